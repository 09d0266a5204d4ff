// What StateWriter wrote, read with every length checked: the bytes come from disk.

import Columns

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Reads numbers and columns from a run of bytes.
package struct StateReader {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    /// Reads from the first of `bytes`.
    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// Bytes not read yet.
    package var remaining: Int { bytes.endIndex - position }

    /// Refuses bytes after the last value.
    package func finish() throws(StateFormatError) {
        guard remaining == 0 else { throw StateFormatError("\(remaining) bytes follow the last value") }
    }

    package mutating func readUInt32() throws(StateFormatError) -> UInt32 {
        UInt32(littleEndian: try readInteger())
    }

    package mutating func readUInt64() throws(StateFormatError) -> UInt64 {
        UInt64(littleEndian: try readInteger())
    }

    /// A count or size that this process wrote as `Int`, not negative.
    package mutating func readCount() throws(StateFormatError) -> Int {
        let value = Int64(bitPattern: try readUInt64())
        guard value >= 0, let count = Int(exactly: value) else { throw StateFormatError("a count of \(value)") }
        return count
    }

    package mutating func readText() throws(StateFormatError) -> String {
        let length = Int(try readUInt32())
        let run = try take(length)
        guard let text = String(validating: run, as: UTF8.self) else {
            throw StateFormatError("a text that is not UTF-8")
        }
        return text
    }

    package mutating func readRun() throws(StateFormatError) -> ArraySlice<UInt8> {
        let length = try readCount()
        return try take(length)
    }

    /// A column of `count` rows of `type`.
    package mutating func readColumn(_ type: DataType, count: Int) throws(StateFormatError) -> ColumnVector {
        guard count >= 0, count <= 1 << 31 else { throw StateFormatError("\(count) rows") }
        if type == .null { return NullKernels.nulls(type: .null, count: count) }
        let nulls = Int(try readUInt32())
        guard nulls <= count else { throw StateFormatError("\(count) rows with \(nulls) NULLs") }
        var validity: Buffer?
        if nulls > 0 {
            let bits = try readBuffer(Bitmap.byteCount(count))
            let ones = Bitmap.countOnes(UnsafePointer(bits.pointer(as: UInt8.self)), count: count)
            guard ones == count - nulls else {
                throw StateFormatError("\(count - ones) NULLs where \(nulls) were written")
            }
            validity = bits
        }
        switch type {
        case .string, .binary, .variant:
            let (starts, total) = try readLengths(count)
            return ColumnVector(
                type: type, count: count, validity: validity, nullCount: nulls, starts: starts,
                bytes: try readBuffer(total))
        case .array(let element, _):
            let (starts, total) = try readLengths(count)
            return ColumnVector(
                type: type, count: count, validity: validity, nullCount: nulls, starts: starts,
                children: [try readColumn(element, count: total)])
        case .map(let key, let value, _):
            let (starts, total) = try readLengths(count)
            return ColumnVector(
                type: type, count: count, validity: validity, nullCount: nulls, starts: starts,
                children: [try readColumn(key, count: total), try readColumn(value, count: total)])
        case .structure(let fields):
            var children: [ColumnVector] = []
            for field in fields { children.append(try readColumn(field.type, count: count)) }
            return ColumnVector(type: type, count: count, validity: validity, nullCount: nulls, children: children)
        default:
            let size = type.fixedWidth.map { count * $0 } ?? Bitmap.byteCount(count)
            return ColumnVector(
                type: type, count: count, validity: validity, nullCount: nulls, values: try readBuffer(size))
        }
    }

    /// The numbers of `count` rows of a join's side, as the rows of a column.
    package mutating func readSlots(count: Int) throws(StateFormatError) -> [UInt32] {
        let column = try readColumn(.integer, count: count)
        let slots = column.slots(as: Int32.self)
        guard column.nullCount == 0, (0..<count).allSatisfy({ slots[$0] >= 0 }) else {
            throw StateFormatError("rows without a place")
        }
        return withExtendedLifetime(column) { (0..<count).map { UInt32(truncatingIfNeeded: slots[$0]) } }
    }

    /// Where runs start, as many and one more, and where the last one ends.
    private mutating func readLengths(_ count: Int) throws(StateFormatError) -> (starts: Buffer, total: Int) {
        let total = Int(try readUInt32())
        guard count <= remaining / 4 else { throw StateFormatError("\(count) lengths in \(remaining) bytes") }
        let lengths = try readBuffer(count * 4)
        let offsets = Buffer(capacity: (count + 1) * 4)
        let source = lengths.pointer(as: UInt32.self)
        let starts = offsets.pointer(as: UInt32.self)
        var sum = 0
        starts[0] = 0
        for row in 0..<count {
            sum &+= Int(UInt32(littleEndian: source[row]))
            guard sum <= total else { break }
            starts[row &+ 1] = UInt32(truncatingIfNeeded: sum)
        }
        guard sum == total else { throw StateFormatError("runs of \(sum) where \(total) were written") }
        return (offsets, total)
    }

    private mutating func take(_ count: Int) throws(StateFormatError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= remaining else {
            throw StateFormatError("\(count) bytes where \(remaining) are left")
        }
        let run = bytes[position..<(position + count)]
        position += count
        return run
    }

    /// The next bytes as a buffer of their own, padded as columns need it.
    private mutating func readBuffer(_ count: Int) throws(StateFormatError) -> Buffer {
        let run = try take(count)
        let buffer = Buffer(capacity: count)
        run.withUnsafeBytes { source in
            if let start = source.baseAddress { memcpy(buffer.address, start, count) }
        }
        return buffer
    }

    private mutating func readInteger<T: FixedWidthInteger & BitwiseCopyable>() throws(StateFormatError) -> T {
        try take(MemoryLayout<T>.size).withUnsafeBytes { $0.loadUnaligned(as: T.self) }
    }
}

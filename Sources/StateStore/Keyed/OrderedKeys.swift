// Rows of key columns as runs of bytes that are in the order of the rows, and back.

import Columns

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Writes the values of key columns so that comparing bytes compares rows: column after column, NULLs first, NaN last.
/// The bytes of a row's first columns are a prefix of the row's bytes, so that all rows with the same first columns are
/// a range.
///
/// A value is a byte, 1 or 0 for NULL, and then, where it is not NULL: numbers, dates and timestamps in big-endian
/// order with the sign turned; a boolean as a byte; strings and binaries with each zero byte written as 0 255, and 0 0
/// behind them; a structure as its fields. There is one zero and one NaN. The format is part of the checkpoint's.
package struct OrderedKeys: Sendable {
    /// The types of the key columns.
    package let types: [DataType]

    /// For keys of these types, all of which satisfy `canEncode`.
    package init(types: [DataType]) {
        precondition(types.allSatisfy(OrderedKeys.canEncode), "key types were checked when the query was planned")
        self.types = types
    }

    /// Whether values of a type can be keys: all but arrays, maps and VARIANT.
    package static func canEncode(_ type: DataType) -> Bool {
        switch type {
        case .array, .map, .variant: false
        case .structure(let fields): fields.allSatisfy { canEncode($0.type) }
        default: true
        }
    }

    /// The first `count` rows as one binary column, none of them NULL. Fewer columns than there are key types give
    /// prefixes of keys.
    package func encode(_ columns: [ColumnVector], count: Int) -> ColumnVector {
        precondition(columns.count <= types.count, "no more columns than key types")
        let columns = columns.map { $0.materialized() }
        let all = [UInt8](repeating: 1, count: count)
        let offsets = Buffer.zeroed(capacity: (count + 1) * 4)
        let starts = offsets.pointer(as: UInt32.self)
        for column in columns { OrderedKeys.addLengths(column, all, starts + 1) }
        var total = 0
        for row in 0..<count {
            total &+= Int(starts[row &+ 1])
            starts[row &+ 1] = UInt32(truncatingIfNeeded: total)
        }
        precondition(total <= Int(UInt32.max), "a batch's keys stay below 4 GiB")
        let bytes = Buffer(capacity: total)
        let cursors = Buffer(capacity: count * 4)
        memcpy(cursors.address, starts, count * 4)
        for column in columns {
            OrderedKeys.write(column, all, bytes.pointer(as: UInt8.self), cursors.pointer(as: UInt32.self))
        }
        return ColumnVector(type: .binary, count: count, starts: offsets, bytes: bytes)
    }

    /// The bytes of one row of single values: where a range begins or ends.
    package func encode(_ values: [Value]) -> [UInt8] {
        let columns = zip(values, types).map { ValueColumns.column(of: [$0], type: $1) }
        let encoded = encode(columns, count: 1)
        return withExtendedLifetime(encoded) { Array(encoded.run(0)) }
    }

    // MARK: Writing

    private static func isValid(_ column: ColumnVector, _ row: Int) -> Bool {
        guard column.type != .null else { return false }
        guard let validity = column.validityBits else { return true }
        return Bitmap.get(validity, row)
    }

    /// Which of the rows that count are not NULL in a column.
    private static func valid(_ column: ColumnVector, _ live: [UInt8]) -> [UInt8] {
        live.indices.map { live[$0] != 0 && isValid(column, $0) ? 1 : 0 }
    }

    private static func addLengths(_ column: ColumnVector, _ live: [UInt8], _ lengths: UnsafeMutablePointer<UInt32>) {
        let valid = valid(column, live)
        for row in live.indices { lengths[row] &+= UInt32(live[row]) }
        switch column.type {
        case .string, .binary:
            let (bytes, starts, ends) = (column.byteStart, column.starts, column.ends)
            for row in valid.indices where valid[row] != 0 {
                var length = ends[row] &- starts[row] &+ 2
                let end = bytes + Int(ends[row])
                var next = bytes + Int(starts[row])
                while let zero = firstZero(next, end) {
                    length &+= 1
                    next = zero + 1
                }
                lengths[row] &+= length
            }
        case .structure: for child in column.children { addLengths(child, valid, lengths) }
        default:
            let width = UInt32(OrderedKeys.width(of: column.type))
            for row in valid.indices { lengths[row] &+= width &* UInt32(valid[row]) }
        }
    }

    private static func width(of type: DataType) -> Int { type == .null ? 0 : type.fixedWidth ?? 1 }

    private static func write(
        _ column: ColumnVector, _ live: [UInt8], _ output: UnsafeMutablePointer<UInt8>,
        _ cursors: UnsafeMutablePointer<UInt32>
    ) {
        let valid = valid(column, live)
        for row in live.indices where live[row] != 0 {
            output[Int(cursors[row])] = valid[row]
            cursors[row] &+= 1
        }
        switch column.type {
        case .null: break
        case .boolean:
            for row in valid.indices where valid[row] != 0 {
                output[Int(cursors[row])] = Bitmap.get(column.bits, row) ? 1 : 0
                cursors[row] &+= 1
            }
        case .byte: write(column, valid, output, cursors) { (word: UInt8) in word ^ 0x80 }
        case .short: write(column, valid, output, cursors) { (word: UInt16) in word ^ 0x8000 }
        case .integer, .date, .yearMonthInterval:
            write(column, valid, output, cursors) { (word: UInt32) in word ^ 1 << 31 }
        case .long, .timestamp, .timestampNTZ, .dayTimeInterval, .time:
            write(column, valid, output, cursors) { (word: UInt64) in word ^ 1 << 63 }
        case .decimal: write(column, valid, output, cursors) { (word: UInt128) in word ^ 1 << 127 }
        case .float:
            write(column, valid, output, cursors) { (word: UInt32) in
                let bits = canonicalBits(Float(bitPattern: word))
                return bits >> 31 == 1 ? ~bits : bits | 1 << 31
            }
        case .double:
            write(column, valid, output, cursors) { (word: UInt64) in
                let bits = canonicalBits(Double(bitPattern: word))
                return bits >> 63 == 1 ? ~bits : bits | 1 << 63
            }
        case .string, .binary: writeRuns(column, valid, output, cursors)
        case .structure: for child in column.children { write(child, valid, output, cursors) }
        case .array, .map, .variant: preconditionFailure("values of \(column.type) are no keys here")
        }
    }

    @inline(__always)
    private static func write<Word: FixedWidthInteger & BitwiseCopyable>(
        _ column: ColumnVector, _ valid: [UInt8], _ output: UnsafeMutablePointer<UInt8>,
        _ cursors: UnsafeMutablePointer<UInt32>, _ ordered: (Word) -> Word
    ) {
        let slots = column.slots(as: Word.self)
        for row in valid.indices where valid[row] != 0 {
            UnsafeMutableRawPointer(output + Int(cursors[row]))
                .storeBytes(of: ordered(slots[row]).bigEndian, as: Word.self)
            cursors[row] &+= UInt32(MemoryLayout<Word>.size)
        }
    }

    private static func writeRuns(
        _ column: ColumnVector, _ valid: [UInt8], _ output: UnsafeMutablePointer<UInt8>,
        _ cursors: UnsafeMutablePointer<UInt32>
    ) {
        let (bytes, starts, ends) = (column.byteStart, column.starts, column.ends)
        for row in valid.indices where valid[row] != 0 {
            var next = output + Int(cursors[row])
            let end = bytes + Int(ends[row])
            var rest = bytes + Int(starts[row])
            while let zero = firstZero(rest, end) {
                let length = zero + 1 - rest
                memcpy(next, rest, length)
                next[length] = 255
                next += length + 1
                rest = zero + 1
            }
            memcpy(next, rest, end - rest)
            next += end - rest
            next[0] = 0
            next[1] = 0
            cursors[row] = UInt32(truncatingIfNeeded: next - output + 2)
        }
    }

    /// Runs are copied from zero to zero: most have none.
    static func firstZero(
        _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
    ) -> UnsafePointer<UInt8>? {
        guard start < end, let found = memchr(start, 0, end - start) else { return nil }
        return UnsafePointer(found.assumingMemoryBound(to: UInt8.self))
    }
}

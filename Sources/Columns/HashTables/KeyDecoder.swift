// From the runs of bytes that KeyEncoder wrote back to columns.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Reads encoded rows from memory that may have come from disk: every read is checked against the end of its row.
private struct EncodedCursor {
    var address: UnsafePointer<UInt8>
    var remaining: Int

    mutating func take(_ count: Int) -> UnsafePointer<UInt8>? {
        guard count >= 0, count <= remaining else { return nil }
        let start = address
        address += count
        remaining -= count
        return start
    }

    mutating func takeCount() -> Int? {
        take(4).map { Int(UInt32(littleEndian: UnsafeRawPointer($0).loadUnaligned(as: UInt32.self))) }
    }
}

/// Collects values of one type, nested ones too.
private final class ValueCollector {
    let type: DataType
    private(set) var count = 0
    private var validity = ValidityBuilder()
    private var values: [UInt8] = []
    private var ends: [UInt32] = [0]
    private var bits: [UInt8] = []
    private let children: [ValueCollector]

    init(_ type: DataType) {
        self.type = type
        children = type.childTypes.map { ValueCollector($0) }
    }

    /// Reads one value; false where the bytes end too early or are not what the encoder writes.
    func read(_ cursor: inout EncodedCursor) -> Bool {
        guard let flag = cursor.take(1)?.pointee, flag <= 1 else { return false }
        if flag == 0 {
            appendNull()
            return true
        }
        switch type.layout {
        case .bits:
            guard let byte = cursor.take(1)?.pointee, byte <= 1 else { return false }
            appendBit(byte == 1)
        case .bytes:
            guard let length = cursor.takeCount(), let bytes = cursor.take(length) else { return false }
            values.append(contentsOf: UnsafeBufferPointer(start: bytes, count: length))
            guard let end = UInt32(exactly: values.count) else { return false }
            ends.append(end)
        case .list:
            // An element takes at least a byte: a damaged count cannot make us loop long.
            guard let length = cursor.takeCount(), length <= cursor.remaining else { return false }
            for _ in 0..<length where !children[0].read(&cursor) { return false }
            ends.append(UInt32(children[0].count))
        case .structure:
            for child in children where !child.read(&cursor) { return false }
        case .none: return false
        case .fixed8, .fixed16, .fixed32, .fixed64, .fixed128:
            guard let width = type.layout.width, let bytes = cursor.take(width) else { return false }
            values.append(contentsOf: UnsafeBufferPointer(start: bytes, count: width))
        }
        validity.appendValid(at: count)
        count += 1
        return true
    }

    private func appendNull() {
        switch type.layout {
        case .bits: appendBit(false)
        case .bytes, .list: ends.append(ends[count])
        case .structure: for child in children { child.appendNull() }
        case .none, .fixed8, .fixed16, .fixed32, .fixed64, .fixed128:
            values.append(contentsOf: repeatElement(0, count: type.layout.width ?? 0))
        }
        validity.appendNull(at: count)
        count += 1
    }

    private func appendBit(_ bit: Bool) {
        if count % 8 == 0 { bits.append(0) }
        if bit { bits[count / 8] |= 1 << UInt8(count % 8) }
    }

    func finish() -> ColumnVector {
        let nulls = validity.nullCount
        let valid = take(&validity).finish(count: count).0
        let childColumns = children.map { $0.finish() }
        switch type.layout {
        case .bits:
            return ColumnVector(type: type, count: count, validity: valid, nullCount: nulls, values: buffer(bits))
        case .bytes:
            return ColumnVector(
                type: type, count: count, validity: valid, nullCount: nulls, starts: buffer(ends),
                bytes: buffer(values))
        case .list:
            return ColumnVector(
                type: type, count: count, validity: valid, nullCount: nulls, starts: buffer(ends),
                children: childColumns)
        case .structure:
            return ColumnVector(
                type: type, count: count, validity: valid, nullCount: nulls, children: childColumns)
        case .none, .fixed8, .fixed16, .fixed32, .fixed64, .fixed128:
            return ColumnVector(type: type, count: count, validity: valid, nullCount: nulls, values: buffer(values))
        }
    }

    private func take(_ builder: inout ValidityBuilder) -> ValidityBuilder {
        var taken = ValidityBuilder()
        swap(&taken, &builder)
        return taken
    }

    private func buffer<T: BitwiseCopyable>(_ array: [T]) -> Buffer {
        array.withUnsafeBytes { source in
            let buffer = Buffer(capacity: source.count)
            if let start = source.baseAddress { memcpy(buffer.address, start, source.count) }
            return buffer
        }
    }
}

extension KeyEncoder {
    /// The columns whose encoding the rows of a binary column are, or `nil` where a row is not an encoding of these
    /// types: our own tables never give one, a damaged file may.
    package func decode(_ encoded: ColumnVector) -> [ColumnVector]? {
        let collectors = types.map { ValueCollector($0) }
        let base = encoded.byteStart
        let starts = encoded.starts
        let ends = encoded.ends
        for row in 0..<encoded.count {
            guard ends[row] >= starts[row] else { return nil }
            var cursor = EncodedCursor(address: base + Int(starts[row]), remaining: Int(ends[row] - starts[row]))
            for collector in collectors where !collector.read(&cursor) { return nil }
            if cursor.remaining != 0 { return nil }
        }
        return collectors.map { $0.finish() }
    }
}

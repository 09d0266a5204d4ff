// From ordered bytes back to the columns of keys.

import Columns

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

extension OrderedKeys {
    /// The key columns of encoded rows; `nil` where a row is no encoding of these types: a damaged file may hold one.
    package func decode(_ keys: ColumnVector) -> [ColumnVector]? {
        var reader = Reader(keys)
        let all = [UInt8](repeating: 1, count: keys.count)
        var columns: [ColumnVector] = []
        for type in types {
            guard let column = reader.read(type, all) else { return nil }
            columns.append(column)
        }
        return reader.isAtEnd ? columns : nil
    }

    /// A place in each row.
    private struct Reader {
        private let bytes: UnsafePointer<UInt8>
        private var places: [(next: Int, end: Int)]
        /// Keeps the bytes.
        private let keys: ColumnVector

        init(_ keys: ColumnVector) {
            self.keys = keys
            bytes = keys.byteStart
            places = (0..<keys.count).map { (Int(keys.starts[$0]), Int(keys.ends[$0])) }
        }

        var isAtEnd: Bool { places.allSatisfy { $0.next == $0.end } }

        /// A column of the rows that are `live`; others are NULL in it.
        mutating func read(_ type: DataType, _ live: [UInt8]) -> ColumnVector? {
            var valid = live
            let validity = Buffer.zeroed(capacity: Bitmap.byteCount(live.count))
            var nulls = 0
            for row in live.indices {
                if live[row] != 0 {
                    guard let flag = take(row, 1)?.pointee, flag <= 1 else { return nil }
                    valid[row] = flag
                }
                if valid[row] != 0 { Bitmap.set(validity.pointer(as: UInt8.self), row) } else { nulls += 1 }
            }
            switch type {
            case .null: return nulls == live.count ? NullKernels.nulls(type: .null, count: nulls) : nil
            case .boolean:
                let bits = Buffer.zeroed(capacity: Bitmap.byteCount(live.count))
                for row in valid.indices where valid[row] != 0 {
                    guard let byte = take(row, 1)?.pointee, byte <= 1 else { return nil }
                    if byte == 1 { Bitmap.set(bits.pointer(as: UInt8.self), row) }
                }
                return ColumnVector(type: type, count: live.count, validity: validity, nullCount: nulls, values: bits)
            case .string, .binary: return readRuns(type, valid, validity, nulls)
            case .structure(let fields):
                var children: [ColumnVector] = []
                for field in fields {
                    guard let child = read(field.type, valid) else { return nil }
                    children.append(child)
                }
                return ColumnVector(
                    type: type, count: live.count, validity: validity, nullCount: nulls, children: children)
            case .array, .map: return nil
            default:
                guard let values = readSlots(type, valid) else { return nil }
                return ColumnVector(type: type, count: live.count, validity: validity, nullCount: nulls, values: values)
            }
        }

        private mutating func take(_ row: Int, _ count: Int) -> UnsafePointer<UInt8>? {
            guard places[row].end - places[row].next >= count else { return nil }
            defer { places[row].next += count }
            return bytes + places[row].next
        }

        private mutating func readSlots(_ type: DataType, _ valid: [UInt8]) -> Buffer? {
            switch type {
            case .byte: readWords(valid) { (word: UInt8) in word ^ 0x80 }
            case .short: readWords(valid) { (word: UInt16) in word ^ 0x8000 }
            case .integer, .date, .yearMonthInterval: readWords(valid) { (word: UInt32) in word ^ 1 << 31 }
            case .long, .timestamp, .timestampNTZ, .dayTimeInterval, .time:
                readWords(valid) { (word: UInt64) in word ^ 1 << 63 }
            case .decimal: readWords(valid) { (word: UInt128) in word ^ 1 << 127 }
            case .float: readWords(valid) { (word: UInt32) in word >> 31 == 1 ? word & ~(1 << 31) : ~word }
            case .double: readWords(valid) { (word: UInt64) in word >> 63 == 1 ? word & ~(1 << 63) : ~word }
            default: nil
            }
        }

        private mutating func readWords<Word: FixedWidthInteger & BitwiseCopyable>(
            _ valid: [UInt8], _ original: (Word) -> Word
        ) -> Buffer? {
            let buffer = Buffer.zeroed(capacity: valid.count * MemoryLayout<Word>.stride)
            let slots = buffer.pointer(as: Word.self)
            for row in valid.indices where valid[row] != 0 {
                guard let start = take(row, MemoryLayout<Word>.size) else { return nil }
                slots[row] = original(Word(bigEndian: UnsafeRawPointer(start).loadUnaligned(as: Word.self)))
            }
            return buffer
        }

        private mutating func readRuns(
            _ type: DataType, _ valid: [UInt8], _ validity: Buffer, _ nulls: Int
        ) -> ColumnVector? {
            let capacity = places.reduce(0) { $0 + $1.end - $1.next }
            let output = Buffer(capacity: capacity)
            let offsets = Buffer.zeroed(capacity: (valid.count + 1) * 4)
            let starts = offsets.pointer(as: UInt32.self)
            let target = output.pointer(as: UInt8.self)
            var used = 0
            for row in valid.indices {
                var isOpen = valid[row] != 0
                while isOpen {
                    // What lies before a zero is the value's; behind it stands whether the zero is, too, or the end.
                    let (next, end) = places[row]
                    guard let zero = OrderedKeys.firstZero(bytes + next, bytes + end) else { return nil }
                    let length = zero - (bytes + next)
                    guard let run = take(row, length + 2), run[length + 1] == 0 || run[length + 1] == 255
                    else { return nil }
                    isOpen = run[length + 1] == 255
                    memcpy(target + used, run, isOpen ? length + 1 : length)
                    used &+= isOpen ? length + 1 : length
                }
                starts[row &+ 1] = UInt32(truncatingIfNeeded: used)
            }
            return ColumnVector(
                type: type, count: valid.count, validity: validity, nullCount: nulls, starts: offsets, bytes: output)
        }
    }
}

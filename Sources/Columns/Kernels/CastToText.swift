// Values as text, as Spark prints them in `CAST(x AS STRING)`.

enum CastToText {
    static func cast(_ column: ColumnVector) -> ColumnVector {
        var builder = BytesBuilder(type: .string, capacity: column.count, byteCapacity: column.count * 8)
        switch column.type {
        case .byte: integers(Int8.self, column, &builder)
        case .short: integers(Int16.self, column, &builder)
        case .integer: integers(Int32.self, column, &builder)
        case .long: integers(Int64.self, column, &builder)
        default:
            for row in 0..<column.count {
                if column.isNull(row) { builder.appendNull() } else { builder.append(text(column, row: row)) }
            }
        }
        return builder.finish()
    }

    /// Digits written backwards into a scratch of 20 bytes, then appended.
    private static func integers<T: FixedWidthInteger & BitwiseCopyable>(
        _: T.Type, _ column: ColumnVector, _ builder: inout BytesBuilder
    ) {
        let from = column.slots(as: T.self)
        let bits = column.validityBits
        let scratch = Buffer(capacity: 32)
        let digits = scratch.pointer(as: UInt8.self)
        for row in 0..<column.count {
            if let bits, !Bitmap.get(bits, row) {
                builder.appendNull()
                continue
            }
            var rest = UInt64(from[row].magnitude)
            var position = 32
            repeat {
                position &-= 1
                digits[position] = UInt8(truncatingIfNeeded: rest % 10) &+ 48
                rest /= 10
            } while rest > 0
            if from[row] < 0 {
                position &-= 1
                digits[position] = UInt8(ascii: "-")
            }
            builder.append(digits + position, count: 32 &- position)
        }
    }

    /// One value as text; inside arrays, maps and structures NULL is `null`.
    static func text(_ column: ColumnVector, row: Int) -> String {
        if column.isNull(row) { return "null" }
        func list(_ child: ColumnVector) -> [String] {
            (Int(column.starts[row])..<Int(column.ends[row])).map { text(child, row: $0) }
        }
        switch column.type {
        case .null: return "null"
        case .boolean: return Bitmap.get(column.bits, row) ? "true" : "false"
        case .byte: return "\(column.slots(as: Int8.self)[row])"
        case .short: return "\(column.slots(as: Int16.self)[row])"
        case .integer: return "\(column.slots(as: Int32.self)[row])"
        case .long: return "\(column.slots(as: Int64.self)[row])"
        case .float: return JavaNumbers.text(column.slots(as: Float.self)[row])
        case .double: return JavaNumbers.text(column.slots(as: Double.self)[row])
        case .decimal(_, let scale):
            return JavaNumbers.text(unscaled: column.slots(as: Int128.self)[row], scale: scale)
        case .date: return CalendarText.date(days: column.slots(as: Int32.self)[row])
        case .timestamp: return CalendarText.timestamp(microseconds: column.slots(as: Int64.self)[row])
        case .string, .binary: return String(decoding: column.run(row), as: UTF8.self)
        case .array: return "[" + list(column.children[0]).joined(separator: ", ") + "]"
        case .map:
            return "{"
                + zip(list(column.children[0]), list(column.children[1])).map { "\($0) -> \($1)" }
                .joined(separator: ", ") + "}"
        case .structure:
            return "{" + column.children.map { text($0, row: row) }.joined(separator: ", ") + "}"
        }
    }
}

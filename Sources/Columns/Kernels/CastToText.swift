// Values as text, as Spark prints them in `CAST(x AS STRING)`.

enum CastToText {
    static func cast(_ column: ColumnVector) -> ColumnVector {
        switch column.type {
        case .byte: return integers(Int8.self, column)
        case .short: return integers(Int16.self, column)
        case .integer: return integers(Int32.self, column)
        case .long: return integers(Int64.self, column)
        case .timestamp, .timestampNTZ:
            let slots = column.slots(as: Int64.self)
            return each(column, bytesPerRow: 24) { $0.write(microseconds: slots[$1]) }
        case .double:
            let slots = column.slots(as: Double.self)
            return each(column, bytesPerRow: 16) { $0.write(slots[$1]) }
        default: return each(column, bytesPerRow: 8) { $0.write(column, row: $1) }
        }
    }

    private static func integers<T: FixedWidthInteger & BitwiseCopyable>(
        _: T.Type, _ column: ColumnVector
    ) -> ColumnVector {
        let slots = column.slots(as: T.self)
        return each(column, bytesPerRow: 8) { $0.write(Int64(slots[$1])) }
    }

    @inline(__always)
    private static func each(
        _ column: ColumnVector, bytesPerRow: Int, _ write: (inout ValueWriter, Int) -> Void
    ) -> ColumnVector {
        let count = column.count
        let bits = column.validityBits
        var writer = ValueWriter(BytesBuilder(type: .string, capacity: count, byteCapacity: count * bytesPerRow))
        for row in 0..<count {
            if let bits, !Bitmap.get(bits, row) {
                writer.out.appendNull()
            } else {
                write(&writer, row)
                writer.out.endValue()
            }
        }
        return writer.finish()
    }

    /// One value as text; inside arrays, maps and structures NULL is `null`. Allocates: for people.
    static func text(_ column: ColumnVector, row: Int) -> String {
        ValueWriter.text { $0.write(column, row: row) }
    }
}

// Reading single values, for people and tests.

extension ColumnVector {
    /// The value of one row. Allocates: never on the data path.
    package func value(at row: Int) -> Value {
        if let constant { return constant.value(at: 0) }
        if isNull(row) { return .null }
        switch type {
        case .null: return .null
        case .boolean: return .boolean(Bitmap.get(bits, row))
        case .byte: return .byte(slots(as: Int8.self)[row])
        case .short: return .short(slots(as: Int16.self)[row])
        case .integer: return .integer(slots(as: Int32.self)[row])
        case .long: return .long(slots(as: Int64.self)[row])
        case .float: return .float(slots(as: Float.self)[row])
        case .double: return .double(slots(as: Double.self)[row])
        case .decimal(_, let scale): return .decimal(unscaled: slots(as: Int128.self)[row], scale: scale)
        case .date: return .date(slots(as: Int32.self)[row])
        case .timestamp: return .timestamp(slots(as: Int64.self)[row])
        case .timestampNTZ: return .timestampNTZ(slots(as: Int64.self)[row])
        case .time: return .time(slots(as: Int64.self)[row])
        case .yearMonthInterval(let fields): return .yearMonthInterval(slots(as: Int32.self)[row], fields)
        case .dayTimeInterval(let fields): return .dayTimeInterval(slots(as: Int64.self)[row], fields)
        case .string: return .string(String(decoding: run(row), as: UTF8.self))
        case .binary: return .binary(Array(run(row)))
        case .variant: return .variant(VariantValue(cell: run(row)))
        case .array: return .array((Int(starts[row])..<Int(ends[row])).map { children[0].value(at: $0) })
        case .map:
            return .map(
                (Int(starts[row])..<Int(ends[row])).map {
                    Value.MapEntry(key: children[0].value(at: $0), value: children[1].value(at: $0))
                })
        case .structure: return .structure(children.map { $0.value(at: row) })
        }
    }

    /// The bytes of one row of a string or binary column; valid while the column lives.
    @inlinable @inline(__always)
    package func run(_ row: Int) -> UnsafeBufferPointer<UInt8> {
        let start = Int(starts[row])
        return UnsafeBufferPointer(start: byteStart + start, count: Int(ends[row]) - start)
    }
}

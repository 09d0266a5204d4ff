// Columns from values, for constants, users' rows and tests. Never on the data path.

extension ColumnVector {
    /// A column of these values.
    ///
    /// The values must be of `type` or NULL; anything else is a mistake of ours.
    package static func of(_ values: [Value], type: DataType) -> ColumnVector {
        switch type {
        case .null: return nulls(type, count: values.count)
        case .boolean:
            var builder = BooleanBuilder()
            for value in values {
                if case .boolean(let bool) = value { builder.append(bool) } else { builder.appendNull(value, type) }
            }
            return builder.finish()
        case .byte:
            return fixed(values, type) { (value) -> Int8? in if case .byte(let x) = value { x } else { nil } }
        case .short:
            return fixed(values, type) { (value) -> Int16? in if case .short(let x) = value { x } else { nil } }
        case .integer:
            return fixed(values, type) { (value) -> Int32? in if case .integer(let x) = value { x } else { nil } }
        case .long:
            return fixed(values, type) { (value) -> Int64? in if case .long(let x) = value { x } else { nil } }
        case .float:
            return fixed(values, type) { (value) -> Float? in if case .float(let x) = value { x } else { nil } }
        case .double:
            return fixed(values, type) { (value) -> Double? in if case .double(let x) = value { x } else { nil } }
        case .date:
            return fixed(values, type) { (value) -> Int32? in if case .date(let x) = value { x } else { nil } }
        case .timestamp:
            return fixed(values, type) { (value) -> Int64? in if case .timestamp(let x) = value { x } else { nil } }
        case .decimal(_, let wanted):
            return fixed(values, type) { (value) -> Int128? in
                if case .decimal(let x, let scale) = value, scale == wanted { x } else { nil }
            }
        case .string, .binary:
            var builder = BytesBuilder(type: type, capacity: values.count, byteCapacity: 64)
            for value in values {
                switch value {
                case .string(let text) where type == .string: builder.append(text)
                case .binary(let bytes) where type == .binary: builder.append(bytes)
                default:
                    requireNull(value, type)
                    builder.appendNull()
                }
            }
            return builder.finish()
        case .array, .map: return lists(values, type)
        case .structure(let fields):
            var parts = [[Value]](repeating: [], count: fields.count)
            for value in values {
                if case .structure(let members) = value, members.count == fields.count {
                    for (index, member) in members.enumerated() { parts[index].append(member) }
                } else {
                    requireNull(value, type)
                    for index in fields.indices { parts[index].append(.null) }
                }
            }
            let validity = validity(of: values)
            return ColumnVector(
                type: type, count: values.count, validity: validity.bits, nullCount: validity.nullCount,
                children: zip(fields, parts).map { of($1, type: $0.type) })
        }
    }

    private static func requireNull(_ value: Value, _ type: DataType) {
        precondition(value.isNull, "a value is not of its column's type \(type)")
    }

    private static func fixed<T: BitwiseCopyable>(
        _ values: [Value], _ type: DataType, _ read: (Value) -> T?
    ) -> ColumnVector {
        var builder = FixedBuilder<T>(type: type, capacity: max(values.count, 1))
        for value in values {
            if let slot = read(value) {
                builder.append(slot)
            } else {
                requireNull(value, type)
                builder.appendNull()
            }
        }
        return builder.finish()
    }

    private static func validity(of values: [Value]) -> Validity {
        var builder = ValidityBuilder()
        for (row, value) in values.enumerated() {
            if value.isNull { builder.appendNull(at: row) } else { builder.appendValid(at: row) }
        }
        let (bits, nullCount) = builder.finish(count: values.count)
        return Validity(bits: bits, nullCount: nullCount)
    }

    private static func lists(_ values: [Value], _ type: DataType) -> ColumnVector {
        let offsets = Buffer(capacity: (values.count + 1) * 4)
        let out = offsets.pointer(as: UInt32.self)
        out[0] = 0
        var first: [Value] = []
        var second: [Value] = []
        for (row, value) in values.enumerated() {
            switch value {
            case .array(let elements): first += elements
            case .map(let entries):
                first += entries.map(\.key)
                second += entries.map(\.value)
            default: requireNull(value, type)
            }
            out[row + 1] = UInt32(first.count)
        }
        let children: [ColumnVector]
        switch type {
        case .array(let element, _): children = [of(first, type: element)]
        case .map(let key, let item, _): children = [of(first, type: key), of(second, type: item)]
        default: preconditionFailure("only arrays and maps have lists")
        }
        let validity = validity(of: values)
        return ColumnVector(
            type: type, count: values.count, validity: validity.bits, nullCount: validity.nullCount, starts: offsets,
            children: children)
    }
}

extension BooleanBuilder {
    fileprivate mutating func appendNull(_ value: Value, _ type: DataType) {
        precondition(value.isNull, "a value is not of its column's type \(type)")
        appendNull()
    }
}

extension RecordBatch {
    /// A batch of these rows.
    package static func of(_ rows: [[Value]], schema: Schema) -> RecordBatch {
        let columns = schema.fields.indices.map { index in
            ColumnVector.of(rows.map { $0[index] }, type: schema.fields[index].type)
        }
        return RecordBatch(schema: schema, columns: columns, count: rows.count)
    }
}

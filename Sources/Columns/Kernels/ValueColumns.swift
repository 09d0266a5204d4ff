// Columns made of single values: for literals, for rows that users bring and for tests.

/// Makes columns of values. Slow, for small numbers of rows.
package enum ValueColumns {
    /// A column of these values. Each is NULL or has `type`; integers may be narrower, and decimals of a smaller scale.
    package static func column(of values: [Value], type: DataType) -> ColumnVector {
        switch type {
        case .null: return NullKernels.nulls(type: type, count: values.count)
        case .boolean:
            var builder = BooleanBuilder()
            for value in values {
                if case .boolean(let flag) = value {
                    builder.append(flag)
                } else {
                    missing(value, type)
                    builder.appendNull()
                }
            }
            return builder.finish()
        case .byte: return integers(values, type, as: Int8.self)
        case .short: return integers(values, type, as: Int16.self)
        case .integer, .date, .yearMonthInterval: return integers(values, type, as: Int32.self)
        case .long, .timestamp, .timestampNTZ, .dayTimeInterval, .time: return integers(values, type, as: Int64.self)
        case .decimal: return integers(values, type, as: Int128.self)
        case .float:
            var builder = FixedBuilder<Float>(type: type, capacity: values.count)
            for value in values {
                if case .float(let number) = value {
                    builder.append(number)
                } else {
                    missing(value, type)
                    builder.appendNull()
                }
            }
            return builder.finish()
        case .double:
            var builder = FixedBuilder<Double>(type: type, capacity: values.count)
            for value in values {
                switch value {
                case .double(let number): builder.append(number)
                case .float(let number): builder.append(Double(number))
                default:
                    missing(value, type)
                    builder.appendNull()
                }
            }
            return builder.finish()
        case .string, .binary, .variant:
            var builder = BytesBuilder(type: type, capacity: values.count)
            for value in values {
                switch value {
                case .string(let text) where type == .string: builder.append(text)
                case .binary(let bytes) where type == .binary: builder.append(bytes)
                case .variant(let variant) where type == .variant: builder.append(variant.metadata + variant.value)
                default:
                    missing(value, type)
                    builder.appendNull()
                }
            }
            return builder.finish()
        case .array(let element, _): return arrays(values, type, element)
        case .map(let key, let value, _): return maps(values, type, key, value)
        case .structure(let fields): return structures(values, type, fields)
        }
    }

    /// A batch of rows, each with one value a column of the schema.
    package static func batch(schema: Schema, rows: [[Value]]) -> RecordBatch {
        let columns = schema.fields.indices.map { index in
            column(of: rows.map { $0[index] }, type: schema.fields[index].type)
        }
        return RecordBatch(schema: schema, columns: columns, count: rows.count)
    }

    /// The slot of a value in a column of integers, dates, timestamps or decimals; `nil` where the types do not fit.
    static func integer(_ value: Value, as type: DataType) -> Int128? {
        if case .decimal(_, let scale) = type { return decimal(value, scale) }
        switch (value, type) {
        case (.date(let days), .date): return Int128(days)
        case (.timestamp(let microseconds), .timestamp), (.timestampNTZ(let microseconds), .timestampNTZ):
            return Int128(microseconds)
        case (.time(let nanoseconds), .time): return Int128(nanoseconds)
        case (.yearMonthInterval(let months, _), .yearMonthInterval): return Int128(months)
        case (.dayTimeInterval(let microseconds, _), .dayTimeInterval): return Int128(microseconds)
        case (.byte(let number), .byte), (.byte(let number), .short), (.byte(let number), .integer),
            (.byte(let number), .long):
            return Int128(number)
        case (.short(let number), .short), (.short(let number), .integer), (.short(let number), .long):
            return Int128(number)
        case (.integer(let number), .integer), (.integer(let number), .long): return Int128(number)
        case (.long(let number), .long): return Int128(number)
        default: return nil
        }
    }

    private static func decimal(_ value: Value, _ scale: Int) -> Int128? {
        let unscaled: Int128
        let from: Int
        switch value {
        case .decimal(let number, let numberScale): (unscaled, from) = (number, numberScale)
        case .byte(let number): (unscaled, from) = (Int128(number), 0)
        case .short(let number): (unscaled, from) = (Int128(number), 0)
        case .integer(let number): (unscaled, from) = (Int128(number), 0)
        case .long(let number): (unscaled, from) = (Int128(number), 0)
        default: return nil
        }
        guard scale >= from, scale - from <= 38 else { return nil }
        let (product, overflow) = unscaled.multipliedReportingOverflow(by: PowersOfTen.integer(scale - from))
        return overflow ? nil : product
    }

    private static func integers<T: FixedWidthInteger & BitwiseCopyable>(
        _ values: [Value], _ type: DataType, as slot: T.Type
    ) -> ColumnVector {
        var builder = FixedBuilder<T>(type: type, capacity: values.count)
        for value in values {
            if let number = integer(value, as: type) {
                builder.append(T(truncatingIfNeeded: number))
            } else {
                missing(value, type)
                builder.appendNull()
            }
        }
        return builder.finish()
    }

    private static func arrays(_ values: [Value], _ type: DataType, _ element: DataType) -> ColumnVector {
        var elements: [Value] = []
        let (offsets, validity) = lists(values) { value in
            guard case .array(let items) = value else { return missing(value, type) }
            elements += items
        } length: {
            elements.count
        }
        return ColumnVector(
            type: type, count: values.count, validity: validity.bits, nullCount: validity.nullCount, starts: offsets,
            children: [column(of: elements, type: element)])
    }

    private static func maps(
        _ values: [Value], _ type: DataType, _ key: DataType, _ value: DataType
    ) -> ColumnVector {
        var entries: [Value.MapEntry] = []
        let (offsets, validity) = lists(values) { value in
            guard case .map(let items) = value else { return missing(value, type) }
            entries += items
        } length: {
            entries.count
        }
        return ColumnVector(
            type: type, count: values.count, validity: validity.bits, nullCount: validity.nullCount, starts: offsets,
            children: [column(of: entries.map(\.key), type: key), column(of: entries.map(\.value), type: value)])
    }

    private static func structures(_ values: [Value], _ type: DataType, _ fields: [Field]) -> ColumnVector {
        var validity = ValidityBuilder()
        for (row, value) in values.enumerated() {
            if value.isNull { validity.appendNull(at: row) } else { validity.appendValid(at: row) }
        }
        let (bits, nulls) = validity.finish(count: values.count)
        let children = fields.indices.map { index in
            column(
                of: values.map { value in
                    guard case .structure(let items) = value, index < items.count else {
                        missing(value, type)
                        return .null
                    }
                    return items[index]
                }, type: fields[index].type)
        }
        return ColumnVector(
            type: type, count: values.count, validity: bits, nullCount: nulls, children: children)
    }

    private static func lists(
        _ values: [Value], append: (Value) -> Void, length: () -> Int
    ) -> (Buffer, Validity) {
        let offsets = Buffer(capacity: (values.count + 1) * 4)
        let out = offsets.pointer(as: UInt32.self)
        out[0] = 0
        var validity = ValidityBuilder()
        for (row, value) in values.enumerated() {
            if value.isNull {
                validity.appendNull(at: row)
            } else {
                append(value)
                validity.appendValid(at: row)
            }
            out[row + 1] = UInt32(length())
        }
        let (bits, nulls) = validity.finish(count: values.count)
        return (offsets, Validity(bits: bits, nullCount: nulls))
    }

    /// What is not of the type must be NULL: callers check values against the schema before they come here.
    private static func missing(_ value: Value, _ type: DataType) {
        precondition(value.isNull, "\(value) is no value of type \(type)")
    }
}

// Values of one type as values of another, by the rules of Spark 4's ANSI mode.

/// Casts of whole columns.
package enum CastKernel {
    /// Whether `CAST(from AS to)` is a cast that ANSI mode knows and this kernel does.
    package static func canCast(from: DataType, to: DataType) -> Bool {
        if from == to || from == .null { return true }
        switch (from, to) {
        case (.variant, let y): return VariantCast.canCast(y)
        case (let x, .variant): return VariantCast.canCast(x, isFrom: true)
        case (.array(let x, _), .array(let y, _)): return canCast(from: x, to: y)
        case (.structure(let x), .structure(let y)):
            return x.count == y.count && zip(x, y).allSatisfy { canCast(from: $0.type, to: $1.type) }
        case (.map(let key, let value, _), .map(let newKey, let newValue, _)):
            return canCast(from: key, to: newKey) && canCast(from: value, to: newValue)
        case (_, .string): return true
        case (.map, _), (_, .map), (.structure, _), (_, .structure), (.array, _), (_, .array), (_, .null): return false
        case (.string, _): return true
        case (.time, .time): return true
        case (.time, let y): return y.isExact
        case (let x, .time): return x == .timestamp || x == .timestampNTZ
        case (.binary, _), (_, .binary): return false
        case (.boolean, let y): return y.isNumeric
        case (let x, .boolean): return x.isNumeric
        case (let x, let y) where x.isNumeric && y.isNumeric: return true
        case (let x, let y) where x.isDatetime && y.isDatetime: return true
        case (.yearMonthInterval, .yearMonthInterval), (.dayTimeInterval, .dayTimeInterval): return true
        case (let x, let y) where x.isInterval: return y.isExact
        case (let x, let y) where y.isInterval: return x.isExact
        case (.timestamp, let y): return y.isNumeric
        case (let x, .timestamp): return x.isNumeric
        default: return false
        }
    }

    /// Whether there are values of `from` without a counterpart in `to`.
    package static func mayRaise(from: DataType, to: DataType) -> Bool {
        if from == to || from == .null { return false }
        switch (from, to) {
        case (.variant, _), (_, .variant): return true
        case (.array(let x, _), .array(let y, _)): return mayRaise(from: x, to: y)
        case (.structure(let x), .structure(let y)): return zip(x, y).contains { mayRaise(from: $0.type, to: $1.type) }
        case (.map(let key, let value, _), .map(let newKey, let newValue, _)):
            return mayRaise(from: key, to: newKey) || mayRaise(from: value, to: newValue)
        case (_, .string), (_, .binary): return false
        case (let x, .boolean): return x == .string
        case (.string, .time): return true
        case (_, .time), (.time, .integer), (.time, .long): return false
        case (let x, let y) where x.isDatetime && y.isDatetime: return false
        case (.yearMonthInterval, .yearMonthInterval), (.dayTimeInterval, .dayTimeInterval): return false
        case (_, .float), (_, .double): return from == .string
        case (let x, let y) where x.isIntegral && y.isIntegral: return (x.fixedWidth ?? 8) > (y.fixedWidth ?? 0)
        case (.boolean, let y) where y.isIntegral: return false
        case (.date, _): return false
        default: return true
        }
    }

    /// Texts as timestamps, with a time alone as that of the day that it is at `now`: microseconds since 1970.
    package static func timestamps(
        _ texts: ColumnVector, isTry: Bool, in zone: TimeZone, now: Int64
    ) throws(KernelError) -> ColumnVector {
        try CastFromText.timestamps(texts.materialized(), isTry: isTry, in: zone, now: now)
    }

    /// The column as another type. With `isTry`, a value that has no counterpart becomes NULL.
    ///
    /// - Throws: CAST_INVALID_INPUT, CAST_OVERFLOW or NUMERIC_VALUE_OUT_OF_RANGE with the first such value, unless
    /// `isTry`.
    package static func cast(
        _ column: ColumnVector, to type: DataType, isTry: Bool = false
    ) throws(KernelError) -> ColumnVector {
        if column.type == type { return column }
        switch (column.type, type) {
        case (.null, _): return NullKernels.nulls(type: type, count: column.count)
        case (.variant, _): return try VariantCast.cast(VariantPlaces(column), to: type, isTry: isTry, in: .utc)
        case (_, .variant): return try VariantSource.variants(column, function: "a cast")
        // The bytes as they are, as Spark keeps them: what needs text repairs it (`Utf8Kernel`).
        case (.binary, .string), (.string, .binary): return column.reinterpreted(as: type)
        case (.string, _): return try CastFromText.cast(column, to: type, isTry: isTry)
        case (_, .string): return CastToText.cast(try VariantTexts.shown(column, in: .utc))
        case (.time, _), (_, .time): return try TimeOfDayCast.cast(column, to: type, isTry: isTry)
        case (.timestamp, .timestampNTZ), (.timestampNTZ, .timestamp): return column.reinterpreted(as: type)
        case (let from, let to) where from.isInterval || to.isInterval:
            return try IntervalCast.cast(column, to: type, isTry: isTry)
        case (.array, .array), (.structure, .structure), (.map, .map):
            return try nested(column, to: type) { (child, type) throws(KernelError) in
                try cast(child, to: type, isTry: isTry)
            }
        case (.boolean, _): return try fromBoolean(column, to: type)
        default: return try NumberCast.cast(column, to: type, isTry: isTry)
        }
    }

    /// Structures, arrays and maps, with what is in them cast.
    static func nested(
        _ column: ColumnVector, to type: DataType,
        _ cast: (ColumnVector, DataType) throws(KernelError) -> ColumnVector
    ) throws(KernelError) -> ColumnVector {
        func all(_ children: [ColumnVector]) throws(KernelError) -> [ColumnVector] {
            var all: [ColumnVector] = []
            for (child, wanted) in zip(children, type.childTypes) { all.append(try cast(child, wanted)) }
            return all
        }
        guard type.layout != .structure else {
            return ColumnVector(
                type: type, count: column.count, validity: column.validity, nullCount: column.nullCount,
                children: try all(column.children))
        }
        do throws(KernelError) {
            return ColumnVector(
                type: type, count: column.count, validity: column.validity, nullCount: column.nullCount,
                starts: column.sharedStarts, ends: column.sharedEnds, children: try all(column.children))
        } catch {
            // Between the lists may be elements of rows that there are no more, which must not raise. Others may be of
            // several rows, and are copied for each.
            let rows = ListRows(column)
            var count = 0
            for row in 0..<column.count where rows.isValid(row) { count += rows.count(row) }
            guard count <= Int(Int32.max) else { throw .tooLarge("the elements of arrays that are cast") }
            let lists = ListElements(column)
            return lists.lists(of: try all(lists.children), type: type)
        }
    }

    // MARK: Booleans

    private static func fromBoolean(_ column: ColumnVector, to type: DataType) throws(KernelError) -> ColumnVector {
        let values = Buffer.zeroed(capacity: column.count)
        let out = values.pointer(as: Int8.self)
        for row in 0..<column.count where !column.isNull(row) && Bitmap.get(column.bits, row) { out[row] = 1 }
        let ones = ColumnVector(
            type: .byte, count: column.count, validity: column.validity, nullCount: column.nullCount, values: values)
        return try cast(ones, to: type)
    }
}

// Random columns of every type, in both layouts that columns have.

import Columns

/// How a test column keeps its runs and rows.
package enum Layout: CaseIterable {
    /// As builders make it.
    case plain
    /// Gathered out of a larger column in disorder: runs lie anywhere, and elements exist that no row has.
    case view
}

/// The flat types.
package let scalarTypes: [DataType] = [
    .boolean, .byte, .short, .integer, .long, .float, .double, .decimal(precision: 38, scale: 10),
    .decimal(precision: 10, scale: 2), .string, .binary, .date, .timestamp, .timestampNTZ,
    .time(precision: 6), .yearMonthInterval(.yearToMonth), .dayTimeInterval(.dayToSecond),
]

/// Types with types in them.
package let nestedTypes: [DataType] = [
    .array(.string, containsNull: true), .array(.long, containsNull: true),
    .array(.array(.integer, containsNull: true), containsNull: true),
    .map(key: .string, value: .long, valueContainsNull: true),
    .structure([Field("a", .integer), Field("b", .string), Field("c", .array(.double, containsNull: true))]),
]

/// Flat and nested types.
package let allTypes = scalarTypes + nestedTypes

/// A random value; `nulls` is how likely NULL is. Edges of the type come often.
package func randomValue(_ type: DataType, nulls: Double, _ random: inout SeededRandom) -> Value {
    if nulls > 0, Double.random(in: 0..<1, using: &random) < nulls { return .null }
    switch type {
    case .null: return .null
    case .boolean: return .boolean(Bool.random(using: &random))
    case .byte: return .byte(edge([.min, .max, 0, -1], &random) { Int8.random(in: .min ... .max, using: &$0) })
    case .short: return .short(edge([.min, .max, 0, -1], &random) { Int16.random(in: .min ... .max, using: &$0) })
    case .integer: return .integer(edge([.min, .max, 0, -1], &random) { Int32.random(in: -99...99, using: &$0) })
    case .long: return .long(edge([.min, .max, 0, -1], &random) { Int64.random(in: -9999...9999, using: &$0) })
    case .float:
        return .float(edge([0, -0.0, .infinity, -.infinity], &random) { Float.random(in: -9...9, using: &$0) })
    case .double:
        return .double(edge([0, -0.0, .infinity, -.infinity], &random) { Double.random(in: -9...9, using: &$0) })
    case .decimal(let precision, let scale):
        let limit = (0..<precision).reduce(Int128(1)) { power, _ in power * 10 } - 1
        return .decimal(
            unscaled: edge([limit, -limit, 0, 1], &random) { Int128.random(in: -99999...99999, using: &$0) },
            scale: scale)
    case .string:
        let letters = Array("ab c\t\nZé漢🙂,;.")
        let length = Int.random(in: 0..<12, using: &random)
        return .string(String((0..<length).map { _ in letters.randomElement(using: &random) ?? "a" }))
    case .binary:
        return .binary((0..<Int.random(in: 0..<12, using: &random)).map { _ in .random(in: 0...255, using: &random) })
    case .variant:
        let type: DataType =
            [.long, .string, .array(.string, containsNull: true), .decimal(precision: 20, scale: 3)]
            .randomElement(using: &random) ?? .long
        let column = ValueColumns.column(of: [randomValue(type, nulls: 0, &random)], type: type)
        return (try? CastKernel.cast(column, to: .variant).value(at: 0)) ?? .null
    case .date: return .date(edge([0, -719528, 2_932_896], &random) { Int32.random(in: -9999...9999, using: &$0) })
    case .timestamp:
        return .timestamp(edge([0, -1, 1], &random) { Int64.random(in: -1 << 52...1 << 52, using: &$0) })
    case .timestampNTZ:
        return .timestampNTZ(edge([0, -1, 1], &random) { Int64.random(in: -1 << 52...1 << 52, using: &$0) })
    case .time(let precision):
        let last = TimeOfDay.nanosecondsPerDay - 1
        let nanoseconds = edge([0, last, last / 2], &random) { Int64.random(in: 0...last, using: &$0) }
        return .time(TimeOfDay.truncated(nanoseconds, precision: precision))
    case .yearMonthInterval(let fields):
        return .yearMonthInterval(edge([0, -1, 13], &random) { Int32.random(in: -9999...9999, using: &$0) }, fields)
    case .dayTimeInterval(let fields):
        return .dayTimeInterval(edge([0, -1, 1], &random) { Int64.random(in: -1 << 52...1 << 52, using: &$0) }, fields)
    case .array(let element, _):
        return .array(
            (0..<Int.random(in: 0..<5, using: &random)).map { _ in randomValue(element, nulls: nulls, &random) })
    case .map(let key, let value, _):
        return .map(
            (0..<Int.random(in: 0..<4, using: &random)).map { _ in
                Value.MapEntry(
                    key: randomValue(key, nulls: 0, &random), value: randomValue(value, nulls: nulls, &random))
            })
    case .structure(let fields):
        return .structure(fields.map { randomValue($0.type, nulls: nulls, &random) })
    }
}

private func edge<T>(_ edges: [T], _ random: inout SeededRandom, _ other: (inout SeededRandom) -> T) -> T {
    if Int.random(in: 0..<6, using: &random) == 0, let value = edges.randomElement(using: &random) { return value }
    return other(&random)
}

/// Random values.
package func randomValues(_ type: DataType, _ count: Int, nulls: Double, _ random: inout SeededRandom) -> [Value] {
    (0..<count).map { _ in randomValue(type, nulls: nulls, &random) }
}

/// A column of these values in the wanted layout.
package func column(_ values: [Value], _ type: DataType, _ layout: Layout = .plain) -> ColumnVector {
    if layout == .plain { return ValueColumns.column(of: values, type: type) }
    var random = SeededRandom(UInt64(values.count))
    // Each value twice, and others between them, in reverse: the gathered rows lie in disorder.
    var source: [Value] = []
    for value in values.reversed() {
        source += [value, randomValue(type, nulls: 0.2, &random), value]
    }
    let rows = values.indices.map { Int32((values.count - 1 - $0) * 3 + ($0 % 2) * 2) }
    return TakeKernel.take(ValueColumns.column(of: source, type: type), selection(rows))
}

/// A constant column.
package func constant(_ value: Value, _ type: DataType, _ count: Int) -> ColumnVector {
    ConstantKernel.constant(value, type, count: count)
}

/// A selection of these rows.
package func selection(_ rows: [Int32]) -> Selection {
    let buffer = Buffer(capacity: max(rows.count, 1) * 4)
    for (index, row) in rows.enumerated() { buffer.pointer(as: Int32.self)[index] = row }
    return Selection(indices: buffer, count: rows.count)
}

/// A column of texts.
package func strings(_ values: [String?], _ layout: Layout = .plain) -> ColumnVector {
    column(values.map { $0.map(Value.string) ?? .null }, .string, layout)
}

/// A column of BIGINTs.
package func longs(_ values: [Int64?]) -> ColumnVector { column(values.map { $0.map(Value.long) ?? .null }, .long) }

/// A column of DOUBLEs.
package func doubles(_ values: [Double?]) -> ColumnVector {
    column(values.map { $0.map(Value.double) ?? .null }, .double)
}

/// A column of BOOLEANs.
package func booleans(_ values: [Bool?]) -> ColumnVector {
    column(values.map { $0.map(Value.boolean) ?? .null }, .boolean)
}

/// A column of INTs.
package func integers(_ values: [Int32?]) -> ColumnVector {
    column(values.map { $0.map(Value.integer) ?? .null }, .integer)
}

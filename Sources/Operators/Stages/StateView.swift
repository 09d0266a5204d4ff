// What people see of a table of state: keys and values as columns, as Spark's state data source has them.

import Columns
import Functions
import StateStore

/// The rows of a table of state as a table with the columns `key`, `value` and `partition_id`.
///
/// What an aggregate keeps is shown as the value that it stands for, where an aggregate of its name makes one of it
/// alone: a sum, a count, the largest value. Other aggregates are shown as they are stored.
package struct StateView: Sendable {
    package let schema: Schema
    private let layout: StateLayout
    /// How a variable of a processor is kept; `nil` of other steps.
    private let variable: StateLayout.Variable?
    private let keyFields: [Field]
    /// What a variable has behind its keys: the keys of a map.
    private let innerKeys: [Field]
    private let valueFields: [Field]
    /// How many of the values are shown as they are.
    private let plainValues: Int
    /// What is made of the others.
    private let parts: [Part]

    /// What an aggregate keeps.
    private struct Part: Sendable {
        let columnCount: Int
        /// What makes a value of it.
        let aggregate: BoundAggregate?
    }

    /// A view of a table, of a join's one side (0 is the left one), of one variable.
    package init(_ layout: StateLayout, side: Int) {
        self.layout = layout
        variable = layout.form == .variables ? layout.variables[side] : nil
        let columns = layout.values(ofSide: side)
        parts = layout.accumulated.map { one in
            Part(columnCount: one.columnCount, aggregate: StateView.aggregate(one))
        }
        plainValues = columns.count - layout.accumulated.reduce(0) { $0 + $1.columnCount }
        var values = columns.prefix(plainValues).map { Field($0.name, $0.type) }
        var rest = columns.dropFirst(plainValues)
        for part in parts {
            let own = rest.prefix(part.columnCount)
            rest = rest.dropFirst(part.columnCount)
            if let aggregate = part.aggregate, let first = own.first {
                values.append(Field(first.name, aggregate.type))
            } else {
                values += own.map { Field($0.name, $0.type) }
            }
        }
        valueFields = StateView.numbered(values)
        // As Spark's limit has it.
        keyFields =
            layout.form == .counter
            ? [Field("key", .null)]
            : StateView.numbered(
                layout.keys.map { Field($0.name, $0.windowMicroseconds > 0 ? TimeWindowKernel.type : $0.type) })
        innerKeys = StateView.numbered((variable?.keys ?? []).map { Field($0.name, $0.type) })
        let (key, value) = (DataType.structure(keyFields), DataType.structure(valueFields))
        let shown: [(String, DataType)] =
            switch variable?.kind {
            case .value?, nil: [("key", key), ("value", value)]
            case .list?: [("key", key), ("list_element", value)]
            case .map?: [("key", key), ("user_map_key", .structure(innerKeys)), ("user_map_value", value)]
            case .timers?: [("key", key)] + innerKeys.map { ($0.name, $0.type) }
            }
        schema = Schema(
            (shown + [("partition_id", DataType.integer)]).map { Field($0.0, $0.1, isNullable: false) })
    }

    /// The aggregate that makes its result of what one part keeps.
    private static func aggregate(_ part: StateLayout.Accumulated) -> BoundAggregate? {
        guard let bound = AggregateTable.aggregate(part.name, over: part.inputTypes), bound.parts.count == 1,
            let kind = bound.parts.first, kind.name == part.name, kind.inputTypes == part.inputTypes,
            kind.make().storedTypes.count == part.columnCount
        else { return nil }
        return bound
    }

    /// Fields with different names: the second `count` is `count_2`.
    private static func numbered(_ fields: [Field]) -> [Field] {
        var seen: [String: Int] = [:]
        return fields.map { field in
            let number = seen[field.name.lowercased(), default: 0] + 1
            seen[field.name.lowercased()] = number
            return number == 1 ? field : Field("\(field.name)_\(number)", field.type, isNullable: field.isNullable)
        }
    }

    /// Some rows of a shard, where they are of the view's side.
    ///
    /// - Throws: `AggregateError` where what was kept has no value, as a sum beyond its type.
    package func batch(_ rows: StoredRows, shard: Int) throws -> RecordBatch {
        let keys =
            layout.form == .counter
            ? [NullKernels.nulls(type: .null, count: rows.count)]
            : zip(layout.keys, rows.keys).map { column, values in
                column.windowMicroseconds > 0
                    ? TimeWindowKernel.windows(startingAt: values.materialized(), size: column.windowMicroseconds)
                    : values
            }
        var values = Array(rows.values.prefix(plainValues))
        var rest = rows.values.dropFirst(plainValues)
        for part in parts {
            let own = Array(rest.prefix(part.columnCount))
            rest = rest.dropFirst(part.columnCount)
            if let aggregate = part.aggregate {
                values.append(try StateView.result(aggregate, own, count: rows.count))
            } else {
                values += own
            }
        }
        var shards = FixedBuilder<Int32>(type: .integer, capacity: rows.count)
        for _ in 0..<rows.count { shards.append(Int32(truncatingIfNeeded: shard)) }
        let inner = Array(rows.keys.dropFirst(layout.keys.count))
        func structure(_ fields: [Field], _ columns: [ColumnVector]) -> ColumnVector {
            ColumnVector(type: .structure(fields), count: rows.count, children: columns)
        }
        var columns = [structure(keyFields, keys)]
        switch variable?.kind {
        case .value?, .list?, nil: columns.append(structure(valueFields, values))
        case .map?: columns += [structure(innerKeys, inner), structure(valueFields, values)]
        case .timers?: columns += inner
        }
        return RecordBatch(schema: schema, columns: columns + [shards.finish()], count: rows.count)
    }

    private static func result(
        _ aggregate: BoundAggregate, _ stored: [ColumnVector], count: Int
    ) throws -> ColumnVector {
        guard let accumulator = aggregate.parts.first?.make() else {
            preconditionFailure("a value is made of one part")
        }
        let groups = Array(0..<UInt32(truncatingIfNeeded: count))
        accumulator.reserve(groups: count)
        accumulator.load(stored, groups: groups, count: count)
        return try aggregate.finish([accumulator], groups, count)
    }
}

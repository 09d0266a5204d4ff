// DISTINCT in aggregates: groups of different values below, and the aggregates over those.

import Columns
import Functions
import LogicalPlan

/// Writes an aggregation with DISTINCT as two without.
///
/// The lower one groups by the keys and the values, so that each value stands there once a group; the upper one
/// aggregates them. Where there are several lists of values, or aggregates without DISTINCT beside them, each row is
/// first copied once for each list and once for those, with a number that says which copy it is and NULL in what is
/// not its own. On a stream there is no DISTINCT.
struct DistinctAggregates {
    private let groupings: [NamedExpression]
    private let aggregates: [NamedAggregate]
    private var ids: ColumnIDs
    /// The different lists of values, each with the condition under which rows count.
    private var lists: [[ResolvedExpression]] = []

    /// The same rows without DISTINCT; `nil` where there is none in the aggregates.
    static func rewritten(
        _ input: ResolvedPlan, _ groupings: [NamedExpression], _ aggregates: [NamedAggregate]
    ) throws(PlanError) -> ResolvedPlan? {
        guard aggregates.contains(where: \.call.isDistinct) else { return nil }
        for aggregate in aggregates where aggregate.call.isDistinct {
            for argument in aggregate.call.arguments where !GroupKeys.canBeKey(argument.type) {
                throw PlanError(
                    "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", "values of \(argument.type) can't be told apart",
                    step: "groupBy", expression: aggregate.name)
            }
        }
        let made = (groupings.map(\.id) + aggregates.map(\.id) + input.columns.map(\.id))
        var rewriting = DistinctAggregates(groupings: groupings, aggregates: aggregates, ids: ColumnIDs(after: made))
        return try rewriting.rewrite(input)
    }

    private init(groupings: [NamedExpression], aggregates: [NamedAggregate], ids: ColumnIDs) {
        self.groupings = groupings
        self.aggregates = aggregates
        self.ids = ids
        for aggregate in aggregates where aggregate.call.isDistinct {
            let list = DistinctAggregates.list(of: aggregate.call)
            if !lists.contains(list) { lists.append(list) }
        }
    }

    /// What must differ for a row to count: the arguments, and whether the filter lets it.
    private static func list(of call: AggregateCall) -> [ResolvedExpression] { call.expressions }

    private mutating func rewrite(_ input: ResolvedPlan) throws(PlanError) -> ResolvedPlan {
        guard lists.count > 1 || aggregates.contains(where: { !$0.call.isDistinct }) else {
            return single(input, lists[0])
        }
        return try several(input)
    }

    // MARK: One list

    private mutating func single(_ input: ResolvedPlan, _ list: [ResolvedExpression]) -> ResolvedPlan {
        let values = list.map { NamedExpression(ids.fresh(), name: "distinct", $0) }
        // A value may be a column that is a grouping, too: it is there once.
        let new = values.filter { value in !groupings.contains { $0.id == value.id } }
        let lower = ResolvedPlan.aggregate(input, groupings: groupings + new, aggregates: [])
        let columns = values.map(\.column.expression)
        return .aggregate(
            lower, groupings: groupings.map { NamedExpression(passing: $0.column) },
            aggregates: aggregates.map { NamedAggregate($0.id, name: $0.name, $0.call.over(columns)) })
    }

    // MARK: Several lists

    private mutating func several(_ input: ResolvedPlan) throws(PlanError) -> ResolvedPlan {
        let plain = aggregates.filter { !$0.call.isDistinct }
        // What each copy of a row is for: the aggregates without DISTINCT first, then each list.
        let parts = (plain.isEmpty ? [] : [plain.flatMap(\.call.expressions)]) + lists
        let prepared = parts.map { part in part.map { NamedExpression(ids.fresh(), name: "value", $0) } }
        var list = groupings
        for value in prepared.joined() where !list.contains(where: { $0.id == value.id }) { list.append(value) }
        let copied = copies(of: .project(input, list), prepared)
        let keys = groupings.map { NamedExpression(passing: $0.column) }
        let firstList = plain.isEmpty ? 0 : 1
        let told = [copied.number] + copied.parts.dropFirst(firstList).joined()
        // Each aggregate without DISTINCT takes its share of the first part.
        var lowerAggregates: [NamedAggregate] = []
        var place = 0
        for aggregate in plain {
            let own = copied.parts[0][place...].prefix(aggregate.call.expressions.count)
            lowerAggregates.append(
                NamedAggregate(ids.fresh(), name: aggregate.name, aggregate.call.over(own.map(\.expression))))
            place += own.count
        }
        let lower = ResolvedPlan.aggregate(
            copied.plan, groupings: keys + told.map { NamedExpression(passing: $0) }, aggregates: lowerAggregates)
        return try upper(lower, keys, copied, lowerAggregates, firstList: firstList)
    }

    /// A row once for each part, and where it is.
    private struct Copies {
        let plan: ResolvedPlan
        /// Which copy it is.
        let number: PlanColumn
        let parts: [[PlanColumn]]
    }

    private mutating func copies(of plan: ResolvedPlan, _ parts: [[NamedExpression]]) -> Copies {
        let number = PlanColumn(ids.fresh(), Field("copy", .integer, isNullable: false))
        let columns = parts.map { part in
            part.map { PlanColumn(ids.fresh(), Field($0.name, $0.expression.type, isNullable: true)) }
        }
        var kept: [PlanColumn] = []
        for grouping in groupings where !kept.contains(where: { $0.id == grouping.id }) { kept.append(grouping.column) }
        let projections = parts.indices.map { copy in
            kept.map(\.expression) + [.literal(.integer(Int32(copy)), .integer)]
                + parts.enumerated().flatMap { place, part in
                    part.map { place == copy ? $0.column.expression : .literal(.null, $0.expression.type) }
                }
        }
        return Copies(
            plan: .expand(plan, projections: projections, columns: kept + [number] + columns.joined()),
            number: number, parts: columns)
    }

    private mutating func upper(
        _ lower: ResolvedPlan, _ keys: [NamedExpression], _ copied: Copies, _ plain: [NamedAggregate], firstList: Int
    ) throws(PlanError) -> ResolvedPlan {
        var remaining = plain[...]
        var calls: [NamedAggregate] = []
        var results = keys
        for aggregate in aggregates {
            let id = ids.fresh()
            if aggregate.call.isDistinct {
                let list = DistinctAggregates.list(of: aggregate.call)
                let copy = firstList + (lists.firstIndex(of: list) ?? 0)
                let own = aggregate.call.over(copied.parts[copy].map(\.expression))
                calls.append(NamedAggregate(id, name: aggregate.name, own.where(isCopy(copy, copied))))
            } else if let made = remaining.popFirst() {
                guard let first = AggregateTable.aggregate("first", over: [made.call.type]) else {
                    throw unsupported("\(aggregate.call) beside DISTINCT")
                }
                let call = AggregateCall(
                    function: first, arguments: [made.column.expression], filter: isCopy(0, copied))
                calls.append(NamedAggregate(id, name: aggregate.name, call))
            }
            results.append(try result(aggregate, calls[calls.count - 1].column.expression))
        }
        return .project(.aggregate(lower, groupings: keys, aggregates: calls), results)
    }

    /// The column that an aggregate gives, from the one that the upper aggregation has for it.
    private func result(
        _ aggregate: NamedAggregate, _ value: ResolvedExpression
    ) throws(PlanError) -> NamedExpression {
        guard let result = aggregate.call.value(in: value) else {
            throw unsupported("\(aggregate.call) beside DISTINCT")
        }
        return NamedExpression(making: aggregate.id, name: aggregate.name, result)
    }

    private func isCopy(_ number: Int, _ copied: Copies) -> ResolvedExpression {
        ResolvedExpression(
            .comparison(.equal, copied.number.expression, .literal(.integer(Int32(number)), .integer)),
            type: .boolean, isNullable: copied.number.field.isNullable)
    }

    private func unsupported(_ what: String) -> PlanError {
        PlanError("UNSUPPORTED_FEATURE", "\(what) is not supported", step: "groupBy")
    }
}

extension AggregateCall {
    /// The same aggregate without DISTINCT, over columns that hold the arguments and then the filter.
    fileprivate func over(_ columns: [ResolvedExpression]) -> AggregateCall {
        AggregateCall(
            function: function, arguments: Array(columns.prefix(arguments.count)),
            filter: filter == nil ? nil : columns.last)
    }

    /// The same aggregate over fewer rows.
    fileprivate func `where`(_ condition: ResolvedExpression) -> AggregateCall {
        let both = filter.map { ResolvedExpression(.and(condition, $0), type: .boolean, isNullable: true) }
        return AggregateCall(function: function, arguments: arguments, filter: both ?? condition)
    }
}

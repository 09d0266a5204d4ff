// Union, distinct, sort, limit and join done naively, row by row: what the steps are compared with.

import Columns
import LogicalPlan
import TestSupport

/// Rows with the plan that gives them.
struct Relation {
    var plan: ResolvedPlan
    var rows: [[Value]]
    /// Whether the order of the rows is known, and not only which they are.
    var isOrdered = true

    var types: [DataType] { plan.columns.map(\.field.type) }

    /// A value as text: equal for values that are equal when they are grouped and joined.
    static func text(_ value: Value) -> String {
        switch value {
        case .double(let number): number.isNaN ? "NaN" : "\(number == 0 ? 0 : number)"
        case .string(let text): "'\(Array(text.utf8))'"
        default: "\(value)"
        }
    }

    static func text(_ row: [Value]) -> String { row.map(text).joined(separator: " ") }

    /// Spark's order of two values of one type, neither NULL: negative, 0 or positive.
    static func compare(_ left: Value, _ right: Value) -> Int {
        switch (left, right) {
        case (.integer(let a), .integer(let b)): return a < b ? -1 : a > b ? 1 : 0
        case (.long(let a), .long(let b)): return a < b ? -1 : a > b ? 1 : 0
        case (.double(let a), .double(let b)):
            if a.isNaN || b.isNaN { return (a.isNaN ? 1 : 0) - (b.isNaN ? 1 : 0) }
            return a < b ? -1 : a > b ? 1 : 0
        case (.string(let a), .string(let b)):
            return a.utf8.lexicographicallyPrecedes(b.utf8) ? -1 : a == b ? 0 : 1
        case (.boolean(let a), .boolean(let b)): return (a ? 1 : 0) - (b ? 1 : 0)
        default: return 0
        }
    }

    // MARK: Steps

    func union(_ other: Relation, _ ids: inout ColumnIDs) -> Relation {
        let columns = plan.columns.map { PlanColumn(ids.fresh(), Field("u\($0.name)", $0.field.type)) }
        return Relation(
            plan: .union([plan, other.plan], columns: columns), rows: rows + other.rows,
            isOrdered: isOrdered && other.isOrdered)
    }

    func distinct() -> Relation {
        var seen: Set<String> = []
        return Relation(
            plan: .aggregate(plan, groupings: plan.columns.map { NamedExpression(passing: $0) }, aggregates: []),
            rows: rows.filter { seen.insert(Relation.text($0)).inserted }, isOrdered: false)
    }

    /// Sorts; where the order of the rows is not known, equal rows must not be told apart, so that all columns count.
    func sorted(_ dice: inout SeededRandom) -> Relation {
        var indices = (0..<(1 + dice.below(2))).map { _ in dice.below(types.count) }
        if !isOrdered { indices += Array(types.indices) }
        let keys = indices.map { index in
            (
                index,
                SortKey(
                    plan.columns[index].expression, isAscending: dice.below(2) == 0, nullsFirst: dice.below(2) == 0)
            )
        }
        let sorted = rows.enumerated().sorted { left, right in
            for (index, key) in keys {
                let (a, b) = (left.element[index], right.element[index])
                if a.isNull != b.isNull { return a.isNull == key.nullsFirst }
                if a.isNull { continue }
                let order = Relation.compare(a, b)
                if order != 0 { return key.isAscending ? order < 0 : order > 0 }
            }
            return left.offset < right.offset
        }
        return Relation(plan: .sort(plan, keys.map(\.1)), rows: sorted.map(\.element), isOrdered: true)
    }

    func limited(_ dice: inout SeededRandom) -> Relation {
        let count = dice.below(4) == 0 ? nil : dice.below(rows.count + 3)
        let offset = dice.below(3) == 0 ? dice.below(rows.count + 3) : 0
        let rest = rows.dropFirst(offset)
        return Relation(
            plan: .limit(plan, count: count, offset: offset), rows: Array(rest.prefix(count ?? rest.count)),
            isOrdered: true)
    }

    /// The columns in another order.
    func swapped() -> Relation {
        Relation(
            plan: .project(plan, plan.columns.reversed().map { NamedExpression(passing: $0) }),
            rows: rows.map { $0.reversed() }, isOrdered: isOrdered)
    }

    /// How two rows stand by some of their values: a condition with NULL for what nobody knows.
    private enum Answer {
        case yes, no, unknown
    }

    func joined(_ other: Relation, _ dice: inout SeededRandom, _ ids: inout ColumnIDs) -> Relation {
        let kinds: [JoinKind] = [
            .inner, .left, .right, .full, .leftSemi, .leftAnti, .cross, .leftAntiNullAware,
            .mark(PlanColumn(ids.fresh(), Field("m", .boolean, isNullable: false)), isNullAware: false),
            .mark(PlanColumn(ids.fresh(), Field("m", .boolean)), isNullAware: true),
        ]
        let kind = kinds[dice.below(kinds.count)]
        var pairs: [(Int, Int)] = []
        if kind != .cross {
            for left in types.indices where dice.below(2) == 0 {
                let partners = other.types.indices.filter { other.types[$0] == types[left] }
                if !partners.isEmpty { pairs.append((left, partners[dice.below(partners.count)])) }
            }
        }
        pairs = Array(pairs.prefix(2))
        let nullSafe = pairs.map { _ in dice.below(3) == 0 }
        let compared = types.indices.first { types[$0] == .long }
        let with = other.types.indices.first { other.types[$0] == .long }
        var condition: (Int, Int)?
        if let compared, let with, dice.below(2) == 0 { condition = (compared, with) }
        let join = Join(
            kind, leftKeys: pairs.map { plan.columns[$0.0].expression },
            rightKeys: pairs.map { other.plan.columns[$0.1].expression }, nullSafe: nullSafe,
            condition: condition.map {
                ResolvedExpression(
                    .comparison(.less, plan.columns[$0.0].expression, other.plan.columns[$0.1].expression),
                    type: .boolean, isNullable: true)
            })
        func match(_ left: [Value], _ right: [Value]) -> Answer {
            if let (a, b) = condition, left[a].isNull || right[b].isNull || Relation.compare(left[a], right[b]) >= 0 {
                return .no
            }
            var answer = Answer.yes
            for ((a, b), isSafe) in zip(pairs, nullSafe) {
                if !isSafe, left[a].isNull || right[b].isNull {
                    answer = .unknown
                } else if Relation.text(left[a]) != Relation.text(right[b]) {
                    return .no
                }
            }
            return answer
        }
        return Relation(plan: .join(plan, other.plan, join), rows: matched(other, kind, match), isOrdered: false)
    }

    /// The rows of a join.
    private func matched(_ other: Relation, _ kind: JoinKind, _ match: ([Value], [Value]) -> Answer) -> [[Value]] {
        let none = (left: types.map { _ in Value.null }, right: other.types.map { _ in Value.null })
        var result: [[Value]] = []
        for left in rows {
            let partners = other.rows.filter { match(left, $0) == .yes }
            let mayHaveOne = other.rows.contains { match(left, $0) == .unknown }
            switch kind {
            case .leftSemi: if !partners.isEmpty { result.append(left) }
            case .leftAnti: if partners.isEmpty { result.append(left) }
            case .leftAntiNullAware: if partners.isEmpty, !mayHaveOne { result.append(left) }
            case .mark(_, let isNullAware):
                let isUnknown = isNullAware && partners.isEmpty && mayHaveOne
                result.append(left + [isUnknown ? .null : .boolean(!partners.isEmpty)])
            default:
                result += partners.map { left + $0 }
                if partners.isEmpty, kind.padsRight { result.append(left + none.right) }
            }
        }
        if kind.padsLeft {
            for right in other.rows where !rows.contains(where: { match($0, right) == .yes }) {
                result.append(none.left + right)
            }
        }
        return result
    }

    /// Each row several times: with another column first, one column passed on, and NULL in it every second time.
    func expanded(_ dice: inout SeededRandom, _ ids: inout ColumnIDs) -> Relation {
        let (passed, chosen) = (plan.columns[dice.below(types.count)], dice.below(types.count))
        let column = plan.columns[chosen]
        let copies = 1 + dice.below(3)
        let columns = [
            PlanColumn(ids.fresh(), Field("copy", .long, isNullable: false)),
            PlanColumn(ids.fresh(), Field("some", column.field.type)), PlanColumn(ids.fresh(), passed.field),
        ]
        let projections = (0..<copies).map { copy -> [ResolvedExpression] in
            [
                .literal(.long(Int64(copy)), .long),
                copy % 2 == 0 ? column.expression : .literal(.null, column.field.type), passed.expression,
            ]
        }
        let place = plan.columns.firstIndex(of: passed) ?? 0
        let rows = rows.flatMap { row in
            (0..<copies).map { [.long(Int64($0)), $0 % 2 == 0 ? row[chosen] : .null, row[place]] }
        }
        return Relation(
            plan: .expand(plan, projections: projections, columns: columns), rows: rows, isOrdered: isOrdered)
    }

    /// The first row as a subquery gives it.
    func single(_ dice: inout SeededRandom) -> Relation {
        let count = dice.below(2)
        return Relation(
            plan: .singleRow(.limit(plan, count: count, offset: 0)),
            rows: [rows.first.flatMap { count == 0 ? nil : $0 } ?? types.map { _ in .null }])
    }
}

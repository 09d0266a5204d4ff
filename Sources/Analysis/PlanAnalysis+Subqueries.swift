// Queries inside expressions become joins with the input of the step that the expressions are in.

import Columns
import LogicalPlan

extension PlanAnalysis {
    // MARK: Filters

    /// The rows for which a condition is true. EXISTS and IN that must be true by themselves become semi and anti
    /// joins; all other queries give a column first.
    func filtered(_ input: ResolvedPlan, _ condition: ResolvedExpression) throws(PlanError) -> ResolvedPlan {
        guard condition.contains(where: { $0.isSubquery }) else { return .filter(input, condition) }
        let conjuncts = condition.conjuncts
        var plan = input
        if let plain = ResolvedExpression.all(conjuncts.filter { !$0.contains { $0.isSubquery } }) {
            plan = .filter(plan, plain)
        }
        // What all queries stand over: each is computed for these rows, whatever the others leave of them.
        let rows = plan
        for conjunct in conjuncts where conjunct.contains(where: { $0.isSubquery }) {
            if let joined = try semiJoined(plan, conjunct, over: rows) {
                plan = joined
            } else {
                let columns = plan.columns.map { NamedExpression(passing: $0) }
                let (lifted, conditions) = try self.lifted(plan, [conjunct], over: rows)
                plan = .project(.filter(lifted, conditions[0]), columns)
            }
        }
        return plan
    }

    private func semiJoined(
        _ input: ResolvedPlan, _ conjunct: ResolvedExpression, over rows: ResolvedPlan
    ) throws(PlanError) -> ResolvedPlan? {
        var (inner, isNegated) = (conjunct, false)
        while case .not(let operand) = inner.kind { (inner, isNegated) = (operand, !isNegated) }
        guard case .subquery(let call) = inner.kind, call.kind != .scalar,
            !call.values.contains(where: { $0.contains { $0.isSubquery } })
        else { return nil }
        let isNullAware = call.kind == .membership
        return try joined(
            input, call, isNegated ? (isNullAware ? .leftAntiNullAware : .leftAnti) : .leftSemi, over: rows)
    }

    // MARK: Columns

    /// A query whose columns are all its own: one that it passes on from outside is another column here, NULL where the
    /// query has no row.
    func withOwnColumns(_ query: Analyzed) -> Analyzed {
        let free = query.plan.freeColumns
        guard query.plan.columns.contains(where: { free.contains($0.id) }) else { return query }
        let list = query.plan.columns.map { column in
            free.contains(column.id)
                ? NamedExpression(making: ids.fresh(), name: column.name, column.expression)
                : NamedExpression(passing: column)
        }
        let scope = Scope(
            zip(query.scope.columns, list).map { ScopedColumn(qualifier: $0.qualifier, column: $1.column) })
        return Analyzed(plan: .project(query.plan, list), scope: scope)
    }

    /// The input with a column for each query in the expressions, and the expressions with these columns. `rows` are
    /// those that the queries stand over, where the input has been joined with what other queries give.
    func lifted(
        _ input: ResolvedPlan, _ expressions: [ResolvedExpression], over rows: ResolvedPlan? = nil
    ) throws(PlanError) -> (plan: ResolvedPlan, expressions: [ResolvedExpression]) {
        var lifting = QueryLifting(self, input, over: rows)
        var replaced: [ResolvedExpression] = []
        for expression in expressions { replaced.append(try lifting.lift(expression)) }
        return (lifting.plan, replaced)
    }

    /// The input with what a query gives, and the expression that has it.
    fileprivate func column(
        _ call: SubqueryCall, _ input: ResolvedPlan, over rows: ResolvedPlan
    ) throws(PlanError) -> (plan: ResolvedPlan, value: ResolvedExpression) {
        if call.kind == .scalar { return try scalar(call, input, over: rows) }
        let isNullAware = call.kind == .membership && call.expression.isNullable
        let mark = PlanColumn(ids.fresh(), Field("exists", .boolean, isNullable: isNullAware))
        return (try joined(input, call, .mark(mark, isNullAware: isNullAware), over: rows), mark.expression)
    }

    /// Each row with whether the query has rows for it, or with the values before IN among them.
    private func joined(
        _ input: ResolvedPlan, _ call: SubqueryCall, _ kind: JoinKind, over rows: ResolvedPlan
    ) throws(PlanError) -> ResolvedPlan {
        var query = call.plan
        if call.kind == .exists { query = query.withoutNeedlessSteps }
        let free = query.freeColumns
        var conditions: [ResolvedExpression] = []
        var keys = query.columns.map(\.expression)
        if free.isEmpty {
            if call.kind == .exists { query = .limit(query, count: 1, offset: 0) }
        } else if let simple = Decorrelation(ids, free).pullUp(query), !simple.isGlobal {
            query = simple.plan
            conditions = simple.conditions
            keys = keys.map { simple.substituting($0) }
            // What the query computes from the row outside can't be a key of its side.
            guard keys.allSatisfy({ $0.referencedColumns.isDisjoint(with: free) }) else {
                return try joinedOverDomain(input, call, kind, rows)
            }
        } else {
            return try joinedOverDomain(input, call, kind, rows)
        }
        return .join(
            input, query,
            Join(
                kind, leftKeys: call.values, rightKeys: call.kind == .membership ? keys : [],
                condition: .all(conditions)))
    }

    private func joinedOverDomain(
        _ input: ResolvedPlan, _ call: SubqueryCall, _ kind: JoinKind, _ rows: ResolvedPlan
    ) throws(PlanError) -> ResolvedPlan {
        let keys = call.kind == .membership ? call.plan.columns.map(\.expression) : []
        let domain = try Domain(ids, rows, call.plan)
        let pushed = try domain.push(call.plan)
        return .join(
            input, pushed.plan,
            Join(kind, leftKeys: call.values, rightKeys: keys, condition: .all(domain.equalities(pushed))))
    }

    // MARK: Values

    private func scalar(
        _ call: SubqueryCall, _ input: ResolvedPlan, over rows: ResolvedPlan
    ) throws(PlanError) -> (plan: ResolvedPlan, value: ResolvedExpression) {
        let query = call.plan
        let value = query.columns[0].expression
        let free = query.freeColumns
        if free.isEmpty {
            let single: ResolvedPlan = query.isOneRow ? query : .singleRow(query)
            return (.join(input, single, Join(.left)), value.padded)
        }
        let simple = Decorrelation(ids, free).pullUp(query)
        if let simple, simple.isGlobal {
            let plan = ResolvedPlan.join(input, simple.plan, Join(.left, condition: .all(simple.conditions)))
            return (plan, simple.substituting(value.padded))
        }
        let isSingle = simple?.isSingle ?? false
        // No group, no value: what the group's row would give is only computed where there is one.
        if let simple, isSingle, simple.replaced.isEmpty {
            let plan = ResolvedPlan.join(input, simple.plan, Join(.left, condition: .all(simple.conditions)))
            return (plan, value.padded)
        }
        guard query.hasOneRowAtMost || isSingle else {
            throw PlanError(
                "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.MUST_AGGREGATE_CORRELATED_SCALAR_SUBQUERY",
                "a query used as a value that depends on the row around it must be an aggregation of one row",
                hint: "aggregate it, for example max(...), or write LIMIT 1")
        }
        let domain = try Domain(ids, rows, query)
        let pushed = try domain.push(query)
        let plan = ResolvedPlan.join(
            input, pushed.plan, Join(.left, condition: .all(domain.equalities(pushed))))
        return (plan, value.padded)
    }
}

/// Exchanges queries in expressions for columns that joins add to a plan, one expression after the other.
struct QueryLifting {
    private let analysis: PlanAnalysis
    private let rows: ResolvedPlan
    /// The plan with the joins so far.
    private(set) var plan: ResolvedPlan
    private var known: [(call: SubqueryCall, value: ResolvedExpression)] = []

    /// A lifting over a plan; `rows` are those that the queries stand over, where the plan has been joined with what
    /// other queries give.
    init(_ analysis: PlanAnalysis, _ plan: ResolvedPlan, over rows: ResolvedPlan? = nil) {
        self.analysis = analysis
        self.plan = plan
        self.rows = rows ?? plan
    }

    /// The expression over the columns of the grown plan.
    mutating func lift(_ expression: ResolvedExpression) throws(PlanError) -> ResolvedExpression {
        try expression.replacing { (part) throws(PlanError) in
            guard case .subquery(let written) = part.kind else { return nil }
            return try value(written)
        }
    }

    /// A step over the plan so far, which passes on all that queries have given.
    mutating func add(_ step: (ResolvedPlan) -> ResolvedPlan) { plan = step(plan) }

    private mutating func value(_ written: SubqueryCall) throws(PlanError) -> ResolvedExpression {
        var values: [ResolvedExpression] = []
        for part in written.values { values.append(try lift(part)) }
        let call = SubqueryCall(written.kind, values: values, written.plan, outer: written.outer)
        if let same = known.first(where: { $0.call == call }) { return same.value }
        let (joined, result) = try analysis.column(call, plan, over: rows)
        plan = joined
        known.append((call, result))
        return result
    }
}

extension ResolvedPlan {
    /// The same question whether there are rows, without what only orders, names or cuts them.
    fileprivate var withoutNeedlessSteps: ResolvedPlan {
        switch self {
        case .sort(let input, _): input.withoutNeedlessSteps
        case .limit(let input, let count, 0) where count ?? 1 > 0: input.withoutNeedlessSteps
        case .project(let input, let list) where !list.contains(where: { $0.expression.mayRaise }):
            input.withoutNeedlessSteps
        default: self
        }
    }

    /// Whether it gives exactly one row.
    var isOneRow: Bool {
        switch self {
        case .aggregate(_, let groupings, _): groupings.isEmpty
        case .project(let input, _), .sort(let input, _), .window(let input, _, _, _): input.isOneRow
        case .values(let rows, _): rows.count == 1
        case .singleRow: true
        // A column that a query gives is joined to each row.
        case .join(let left, let right, let join): join.kind == .left && left.isOneRow && right.isOneRow
        default: false
        }
    }

    /// Whether it never gives more than one row.
    var hasOneRowAtMost: Bool {
        switch self {
        case .limit(_, let count?, _) where count <= 1: true
        case .project(let input, _), .sort(let input, _), .filter(let input, _), .window(let input, _, _, _),
            .limit(let input, _, _):
            input.hasOneRowAtMost
        default: isOneRow
        }
    }
}

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
                var lifting = QueryLifting(self, plan, over: rows)
                let lifted = try lifting.lift(condition: conjunct)
                plan = .project(.filter(lifting.plan, lifted), columns)
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

    /// The input with a column for each query in the expressions, and the expressions with these columns.
    func lifted(
        _ input: ResolvedPlan, _ expressions: [ResolvedExpression]
    ) throws(PlanError) -> (plan: ResolvedPlan, expressions: [ResolvedExpression]) {
        var lifting = QueryLifting(self, input)
        var replaced: [ResolvedExpression] = []
        for expression in expressions { replaced.append(try lifting.lift(expression)) }
        return (lifting.plan, replaced)
    }

    /// The input with what a query gives, and the expression that has it.
    fileprivate func column(
        _ call: SubqueryCall, _ input: ResolvedPlan, over rows: ResolvedPlan, as answer: MembershipAnswer
    ) throws(PlanError) -> (plan: ResolvedPlan, value: ResolvedExpression) {
        if call.kind == .scalar { return try scalar(call, input, over: rows) }
        let isNullAware = call.expression.isNullable && (answer != .isMember || call.comparesNull)
        let mark = PlanColumn(ids.fresh(), Field("exists", .boolean, isNullable: isNullAware))
        let plan = try joined(input, call, .mark(mark, isNullAware: isNullAware), over: rows)
        guard answer == .isNoMember else { return (plan, mark.expression) }
        return (plan, call.comparesNull ? mark.expression.denied : .nullSafeEqual(mark.expression, .isFalse))
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
        // Where nothing says that there is one row at most, the join looks while it runs.
        let kind: JoinKind = query.hasOneRowAtMost || simple?.isSingle == true ? .left : .leftSingle
        if let simple, simple.replaced.isEmpty {
            let plan = ResolvedPlan.join(input, simple.plan, Join(kind, condition: .all(simple.conditions)))
            return (plan, value.padded)
        }
        if let simple { return valueOfBoth(simple, value, input, kind) }
        let domain = try Domain(ids, rows, query)
        let pushed = try domain.push(query)
        let plan = ResolvedPlan.join(
            input, pushed.plan, Join(kind, condition: .all(domain.equalities(pushed))))
        return (plan, value.padded)
    }

    /// What a query computes from its row and the one around it: NULL, and not computed, where the query has no row.
    private func valueOfBoth(
        _ query: Decorrelation.Result, _ value: ResolvedExpression, _ input: ResolvedPlan, _ kind: JoinKind
    ) -> (plan: ResolvedPlan, value: ResolvedExpression) {
        let found = NamedExpression(ids.fresh(), name: "found", .literal(.boolean(true), .boolean))
        let columns = query.plan.columns.map { NamedExpression(passing: $0) }
        let plan = ResolvedPlan.join(
            input, .project(query.plan, columns + [found]), Join(kind, condition: .all(query.conditions)))
        let computed = ResolvedExpression(
            .caseWhen(
                [.init(condition: found.column.expression.padded.isThere, result: query.substituting(value))],
                otherwise: nil), type: value.type, isNullable: true)
        return (plan, computed)
    }
}

/// What the column says that a test against a query gives.
private enum MembershipAnswer {
    /// Whether a value is there for certain.
    case isMember
    /// Whether it is missing for certain.
    case isNoMember
    /// Either, or NULL where a NULL hides it.
    case unknownToo
}

/// Exchanges queries in expressions for columns that joins add to a plan, one expression after the other.
struct QueryLifting {
    private let analysis: PlanAnalysis
    private let rows: ResolvedPlan
    /// The plan with the joins so far.
    private(set) var plan: ResolvedPlan
    private var known: [(call: SubqueryCall, answer: MembershipAnswer, value: ResolvedExpression)] = []

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
            switch part.kind {
            case .subquery(let written): return try value(written)
            case .comparison(.equal, let operand, let other) where operand.isMembership && other == .isFalse:
                return try denial(of: operand)
            case .not(let operand) where operand.contains(where: { $0.isMembership }): return try denial(of: operand)
            default: return nil
            }
        }
    }

    /// The same of what filters rows: there NULL is as good as false.
    mutating func lift(condition: ResolvedExpression) throws(PlanError) -> ResolvedExpression {
        switch condition.kind {
        case .and(let left, let right): return .both(try lift(condition: left), try lift(condition: right))
        case .or(let left, let right): return .either(try lift(condition: left), try lift(condition: right))
        case .not(let operand):
            guard case .subquery(let written) = operand.kind else { return try lift(condition) }
            return try value(written, as: .unknownToo).denied
        case .subquery(let written): return try value(written, as: .unknownToo)
        default: return try lift(condition)
        }
    }

    /// That a condition with an IN is not true. As in Spark, IN and NOT IN are true or false, and both false where a
    /// NULL hides the answer; which of them it is shows when all NOT stand as far inside as they can.
    private mutating func denial(of condition: ResolvedExpression) throws(PlanError) -> ResolvedExpression {
        switch condition.kind {
        case .not(let operand): return try lift(operand)
        case .and(let left, let right): return .either(try denial(of: left), try denial(of: right))
        case .or(let left, let right): return .both(try denial(of: left), try denial(of: right))
        case .subquery(let written) where written.kind == .membership: return try value(written, as: .isNoMember)
        default: return try lift(condition).denied
        }
    }

    /// A step over the plan so far, which passes on all that queries have given.
    mutating func add(_ step: (ResolvedPlan) -> ResolvedPlan) { plan = step(plan) }

    private mutating func value(
        _ written: SubqueryCall, as answer: MembershipAnswer = .isMember
    ) throws(PlanError) -> ResolvedExpression {
        var values: [ResolvedExpression] = []
        for part in written.values { values.append(try lift(part)) }
        let call = SubqueryCall(written.kind, values: values, written.plan, outer: written.outer)
        let answer = call.kind == .membership ? answer : .isMember
        if let same = known.first(where: { $0.call == call && $0.answer == answer }) { return same.value }
        let (joined, result) = try analysis.column(call, plan, over: rows, as: answer)
        plan = joined
        known.append((call, answer, result))
        return result
    }
}

extension SubqueryCall {
    /// Whether NULL itself stands before IN, and the query is the same for all rows: the answer is NULL then, too, but
    /// where the query gives nothing.
    fileprivate var comparesNull: Bool {
        guard kind == .membership, values.count == 1, outer.isEmpty else { return false }
        return values[0].isCastOfNull
    }
}

extension ResolvedExpression {
    fileprivate var isMembership: Bool {
        if case .subquery(let call) = kind { call.kind == .membership } else { false }
    }

    fileprivate static var isFalse: ResolvedExpression { .literal(.boolean(false), .boolean) }

    fileprivate var denied: ResolvedExpression {
        ResolvedExpression(.not(self), type: .boolean, isNullable: isNullable)
    }

    fileprivate static func either(_ left: ResolvedExpression, _ right: ResolvedExpression) -> ResolvedExpression {
        ResolvedExpression(.or(left, right), type: .boolean, isNullable: left.isNullable || right.isNullable)
    }

    fileprivate static func both(_ left: ResolvedExpression, _ right: ResolvedExpression) -> ResolvedExpression {
        ResolvedExpression(.and(left, right), type: .boolean, isNullable: left.isNullable || right.isNullable)
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
        case .join(let left, let right, let join):
            left.isOneRow && (join.kind == .leftSingle || join.kind == .left && right.isOneRow)
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

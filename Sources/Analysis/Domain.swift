// The general way to free a query from the row around it: it is computed for all different rows around it at once.

import Columns
import Functions
import LogicalPlan

/// The different values that the columns a query uses from outside have: every step of the query carries them along.
struct Domain {
    private let ids: AnalysisState
    private let input: ResolvedPlan
    /// The columns from outside that the query uses.
    private let columns: [PlanColumn]
    private let free: Set<ColumnID>

    /// The domain of a query that depends on rows of `input`, or on some of them.
    ///
    /// The input is computed again for the domain, in each place where the query needs it: where several queries stand
    /// over the same rows, it must be what they all stand over, and not the joins with those before.
    init(_ ids: AnalysisState, _ input: ResolvedPlan, _ query: ResolvedPlan) throws(PlanError) {
        let used = query.freeColumns
        var columns: [PlanColumn] = []
        for column in input.columns
        where used.contains(column.id) && !columns.contains(where: { $0.id == column.id }) { columns.append(column) }
        guard columns.count == used.count else {
            throw Domain.unsupported("a query that uses columns of a query further out")
        }
        guard !input.isStreaming else { throw Domain.unsupported("such a query for the rows of a stream") }
        guard !input.readsRecursion else { throw Domain.unsupported("such a query for the rows of a recursion") }
        for column in columns {
            if column.field.type.hasVariant {
                throw Domain.unsupported("a query that uses a VARIANT from outside")
            }
            guard case .map = column.field.type else { continue }
            throw PlanError(
                "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.UNSUPPORTED_CORRELATED_REFERENCE_DATA_TYPE",
                "a query that uses a MAP from outside is not supported", expression: column.name,
                hint: "use a value of it, for example element_at(...), in a column of its own")
        }
        self.ids = ids
        self.input = input.narrowed(to: used)
        self.columns = columns
        free = used
    }

    /// A query that has, besides its own columns, those of the domain.
    struct Pushed {
        var plan: ResolvedPlan
        /// The columns of the domain, in its order.
        var domain: [PlanColumn]
    }

    /// That a row around the query is the one that a row of the query belongs to.
    func equalities(_ pushed: Pushed) -> [ResolvedExpression] {
        equalities(columns, pushed.domain)
    }

    private func equalities(_ left: [PlanColumn], _ right: [PlanColumn]) -> [ResolvedExpression] {
        zip(left, right).map { .nullSafeEqual($0.expression, $1.expression) }
    }

    private static func unsupported(_ what: String) -> PlanError {
        PlanError(
            "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.ACCESSING_OUTER_QUERY_COLUMN_IS_NOT_ALLOWED",
            "\(what) is not supported", hint: "write it as a join")
    }

    /// The domain itself, with columns of its own.
    private func values() -> Pushed {
        let distinct = ResolvedPlan.aggregate(
            input, groupings: columns.map { NamedExpression(passing: $0) }, aggregates: [])
        let fresh = columns.map { PlanColumn(ids.fresh(), $0.field) }
        let renamed = zip(columns, fresh).map { NamedExpression(making: $1.id, name: $1.name, $0.expression) }
        return Pushed(plan: .project(distinct, renamed), domain: fresh)
    }

    /// An expression of the query with the columns of the domain for those from outside.
    private func inside(_ expression: ResolvedExpression, _ domain: [PlanColumn]) -> ResolvedExpression {
        expression.substituting(
            Dictionary(zip(columns, domain).map { ($0.id, $1.expression) }) { first, _ in first })
    }

    // MARK: Steps

    /// The rows of the query for each value of the domain.
    func push(_ plan: ResolvedPlan) throws(PlanError) -> Pushed {
        if plan.freeColumns.isDisjoint(with: free) {
            let values = values()
            return Pushed(plan: .join(values.plan, plan, Join(.cross)), domain: values.domain)
        }
        switch plan {
        case .filter(let input, let condition):
            var below = try push(input)
            below.plan = .filter(below.plan, inside(condition, below.domain))
            return below
        case .project(let input, let list):
            var below = try push(input)
            let domain = below.domain
            below.plan = .project(
                below.plan,
                list.map { $0.with(inside($0.expression, domain)) } + domain.map { NamedExpression(passing: $0) })
            return below
        case .generate(let input, let call, let outputs, let kept):
            var below = try push(input)
            let domain = below.domain
            below.plan = .generate(
                below.plan, call.mapExpressions { inside($0, domain) }, outputs: outputs,
                kept: kept + domain.map(\.id))
            return below
        case .aggregate(let input, let groupings, let aggregates):
            return try aggregate(input, groupings, aggregates)
        case .sort(let input, _): return try push(input)
        case .limit(.sort(let input, let keys), let count, let offset):
            return try limit(input, keys, count, offset)
        case .limit(.project(.sort(let input, let keys), let list), let count, let offset):
            return try push(.project(.limit(.sort(input, keys), count: count, offset: offset), list))
        case .limit(let input, let count, let offset): return try limit(input, [], count, offset)
        case .window(let input, let functions, let partition, let order):
            var below = try push(input)
            let domain = below.domain
            below.plan = .window(
                below.plan, functions.map { $0.mapExpressions { inside($0, domain) } },
                partition: domain.map(\.expression) + partition.map { inside($0, domain) },
                order: order.map { $0.with(inside($0.expression, domain)) })
            return below
        case .union(let inputs, let columns): return try union(inputs, columns)
        case .join(let left, let right, let join): return try self.join(left, right, join)
        case .values(let rows, let columns): return values(rows, columns)
        case .expand(let input, let projections, let columns):
            var below = try push(input)
            let domain = below.domain
            below.plan = .expand(
                below.plan,
                projections: projections.map { $0.map { inside($0, domain) } + domain.map(\.expression) },
                columns: columns + domain)
            return below
        case .watermark, .timeWindow, .deduplicate:
            throw Domain.unsupported("windows of time in a query that depends on the row around it")
        case .groups: throw Domain.unsupported("a function of groups in a query that depends on the row around it")
        case .singleRow: throw Domain.unsupported("a query inside a query that depends on the row around both")
        case .recursion: throw Domain.unsupported("WITH RECURSIVE in a query that depends on the row around it")
        case .scan, .range, .recursionRows: preconditionFailure("a source uses no columns from outside")
        }
    }

    /// Rows of constants and of values from outside: one projection of the domain each.
    private func values(_ rows: [[ResolvedExpression]], _ columns: [PlanColumn]) -> Pushed {
        let values = values()
        let domain = values.domain
        return Pushed(
            plan: .expand(
                values.plan, projections: rows.map { $0.map { inside($0, domain) } + domain.map(\.expression) },
                columns: columns + domain), domain: domain)
    }

    private func aggregate(
        _ input: ResolvedPlan, _ groupings: [NamedExpression], _ aggregates: [NamedAggregate]
    ) throws(PlanError) -> Pushed {
        let below = try push(input)
        func inside(_ expression: ResolvedExpression) -> ResolvedExpression {
            self.inside(expression, below.domain)
        }
        let domain = below.domain.map { NamedExpression(passing: $0) }
        guard groupings.isEmpty else {
            let plan = ResolvedPlan.aggregate(
                below.plan, groupings: groupings.map { $0.with(inside($0.expression)) } + domain,
                aggregates: aggregates.map { NamedAggregate($0.id, name: $0.name, $0.call.mapExpressions(inside)) })
            return Pushed(plan: plan, domain: below.domain)
        }
        // Over nothing there is a row, too. The aggregates under their own names are those with what they give then.
        let values = values()
        var fresh: [NamedAggregate] = []
        var list: [NamedExpression] = []
        for aggregate in aggregates {
            let renamed = NamedAggregate(ids.fresh(), name: aggregate.name, aggregate.call.mapExpressions(inside))
            guard let value = renamed.call.value(in: renamed.column.expression) else {
                throw Domain.unsupported("\(aggregate.call.function.name) in a query that depends on the row around it")
            }
            fresh.append(renamed)
            list.append(NamedExpression(making: aggregate.id, name: aggregate.name, value))
        }
        let joined = ResolvedPlan.join(
            values.plan, .aggregate(below.plan, groupings: domain, aggregates: fresh),
            Join(.left, condition: .all(equalities(values.domain, below.domain))))
        return Pushed(
            plan: .project(joined, list + values.domain.map { NamedExpression(passing: $0) }), domain: values.domain)
    }

    /// The first rows of each value of the domain.
    private func limit(
        _ input: ResolvedPlan, _ keys: [SortKey], _ count: Int?, _ offset: Int
    ) throws(PlanError) -> Pushed {
        let below = try push(input)
        let number = NamedWindow(ids.fresh(), name: "number", .rowNumber)
        let numbered = ResolvedPlan.window(
            below.plan, [number], partition: below.domain.map(\.expression),
            order: keys.map { $0.with(inside($0.expression, below.domain)) })
        func compare(_ operation: ComparisonOperator, _ value: Int) -> ResolvedExpression {
            ResolvedExpression(
                .comparison(
                    operation, number.column.expression,
                    .literal(.integer(Int32(clamping: value)), .integer)), type: .boolean, isNullable: false)
        }
        var conditions: [ResolvedExpression] = []
        if let count { conditions.append(compare(.lessOrEqual, count + offset)) }
        if offset > 0 { conditions.append(compare(.greater, offset)) }
        let kept: ResolvedPlan = ResolvedExpression.all(conditions).map { .filter(numbered, $0) } ?? numbered
        return Pushed(
            plan: .project(kept, below.plan.columns.map { NamedExpression(passing: $0) }), domain: below.domain)
    }

    private func union(_ inputs: [ResolvedPlan], _ columns: [PlanColumn]) throws(PlanError) -> Pushed {
        var plans: [ResolvedPlan] = []
        for input in inputs {
            let pushed = try push(input)
            // By position: the query's columns, then the domain's.
            plans.append(
                .project(pushed.plan, (input.columns + pushed.domain).map { NamedExpression(passing: $0) }))
        }
        let domain = self.columns.map { PlanColumn(ids.fresh(), $0.field) }
        return Pushed(plan: .union(plans, columns: columns + domain), domain: domain)
    }

    private func join(
        _ left: ResolvedPlan, _ right: ResolvedPlan, _ join: Join
    ) throws(PlanError) -> Pushed {
        func inside(_ domain: [PlanColumn], also: [ResolvedExpression] = []) -> Join {
            Join(
                join.kind == .cross && !also.isEmpty ? .inner : join.kind,
                leftKeys: join.leftKeys.map { self.inside($0, domain) },
                rightKeys: join.rightKeys.map { self.inside($0, domain) }, nullSafe: join.nullSafe,
                condition: .all((join.condition.map { [self.inside($0, domain)] } ?? []) + also))
        }
        let rightIsFree = right.freeColumns.isDisjoint(with: free)
        switch join.kind {
        case .inner, .cross, .left, .leftSingle, .leftSemi, .leftAnti, .leftAntiNullAware, .mark:
            let a = try push(left)
            if rightIsFree { return Pushed(plan: .join(a.plan, right, inside(a.domain)), domain: a.domain) }
            let b = try push(right)
            let same = equalities(a.domain, b.domain)
            return Pushed(plan: .join(a.plan, b.plan, inside(a.domain, also: same)), domain: a.domain)
        case .right, .full:
            throw Domain.unsupported("an outer join in a query that depends on the row around it")
        }
    }
}

extension ResolvedPlan {
    /// A part of the plan that has the same values of these columns: without the joins that only add others to all
    /// rows, such as those with what lateral queries gave before.
    fileprivate func narrowed(to needed: Set<ColumnID>) -> ResolvedPlan {
        switch self {
        case .join(let left, _, let join):
            let keepsAll = join.kind == .left || join.kind == .leftSingle || join.kind.markColumn != nil
            return keepsAll && needed.isSubset(of: Set(left.columns.map(\.id))) ? left.narrowed(to: needed) : self
        case .project(let input, let list):
            let arePassedOn = list.allSatisfy { !needed.contains($0.id) || $0.expression == $0.column.expression }
            return arePassedOn ? input.narrowed(to: needed) : self
        default: return self
        }
    }
}

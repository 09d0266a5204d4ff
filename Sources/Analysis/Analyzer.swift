// A query as written to a query that can run: names, types, casts, and aggregates and generators in steps of their own.

import Columns
import LogicalPlan

/// Checks a plan and resolves it.
package enum Analyzer {
    /// The resolved plan, for a session of this time zone; the first mistake is thrown with the step and the expression
    /// that it is in.
    package static func analyze(_ plan: UnresolvedPlan, zone: TimeZone = .utc) throws(PlanError) -> ResolvedPlan {
        let resolved = try PlanAnalysis(zone: zone).analyze(plan).plan
        return zone.isUTC ? resolved : resolved.casting(in: zone)
    }
}

/// A resolved plan with what the step above it can name.
struct Analyzed {
    let plan: ResolvedPlan
    let scope: Scope
    /// What the input of a projection could name: an order behind it may use columns that it leaves out.
    var below: Scope?
}

/// What one run of the analyzer counts: columns get their ids in the same order for the same query.
final class AnalysisState {
    private var columns = ColumnIDs()
    private var scans = 0
    /// The recursions whose steps are being analysed, by their numbers.
    var recursions: [Int: RecursionRows] = [:]
    /// How many characters the texts of columns have that are CHAR.
    var charLengths: [ColumnID: Int] = [:]
    /// The columns of generators that later columns of their list use, by the first one.
    private var generated: [ColumnID: [ColumnID]] = [:]

    /// An id that no column has.
    func fresh() -> ColumnID { columns.fresh() }

    /// The ids of the columns that the generator makes whose first one has this id.
    func generated(from first: ColumnID, count: Int) -> [ColumnID] {
        if let known = generated[first] { return known }
        let ids = [first] + (1..<max(count, 1)).map { _ in fresh() }
        generated[first] = ids
        return ids
    }

    /// How many scans there were before.
    func nextScan() -> Int {
        defer { scans += 1 }
        return scans
    }
}

/// One run of the analyzer, for a query or for one inside it.
struct PlanAnalysis {
    let ids: AnalysisState
    /// What the queries around this one can name, the innermost first.
    let outer: [Scope]
    /// The session's time zone.
    let zone: TimeZone

    init(zone: TimeZone) {
        ids = AnalysisState()
        outer = []
        self.zone = zone
    }

    private init(ids: AnalysisState, outer: [Scope], zone: TimeZone) {
        self.ids = ids
        self.outer = outer
        self.zone = zone
    }

    /// The analysis of a query that stands where these columns can be named.
    func inside(_ scope: Scope) -> PlanAnalysis { PlanAnalysis(ids: ids, outer: [scope] + outer, zone: zone) }

    /// Resolves expressions over the columns of a step's input.
    func resolver(_ scope: Scope) -> ExpressionResolver { ExpressionResolver(scope: scope, analysis: self) }

    /// A query, with the columns alone that it gives.
    func analyze(_ plan: UnresolvedPlan) throws(PlanError) -> Analyzed {
        let rows = try rows(of: plan)
        guard !rows.scope.hidden.isEmpty else { return rows }
        return projection(rows.plan, rows.scope.columns.map { NamedExpression(passing: $0.column) }, rows.scope)
    }

    /// A query as the input of a step that resolves names over its scope: the plan may have hidden columns besides, and
    /// others in another order.
    private func rows(of plan: UnresolvedPlan) throws(PlanError) -> Analyzed {
        switch plan {
        case .scan(let source):
            let columns = source.schema.fields.map { PlanColumn(ids.fresh(), $0) }
            return Analyzed(plan: .scan(source.occurring(as: ids.nextScan()), columns: columns), scope: Scope(columns))
        case .alias(let input, let name):
            let input = try analyze(input)
            return Analyzed(plan: input.plan, scope: input.scope.qualified(by: name))
        case .project(let input, let expressions):
            // Windows become steps of their own, as in a SELECT.
            guard !expressions.contains(where: { $0.contains { $0.isOver } }) else {
                return try analyze(.block(SelectBlock(input, outputs: expressions)))
            }
            return try select(try rows(of: input), expressions)
        case .withColumns(let input, let expressions): return try withColumns(try analyze(input), expressions)
        case .filter(let input, let condition): return try filter(try rows(of: input), condition)
        case .aggregate(let input, let groupings, let outputs):
            return try aggregate(try rows(of: input), groupings, outputs)
        case .renamed(let input, let name, let newName): return rename(try analyze(input), name, newName)
        case .dropped(let input, let columns): return try drop(try analyze(input), columns)
        case .union(let inputs, let matching):
            var analyzed: [Analyzed] = []
            for input in inputs { analyzed.append(try analyze(input)) }
            return try union(analyzed, matching)
        case .distinct(let input): return try distinct(try analyze(input))
        case .deduplicated(let input, let columns, let isWithinWatermark):
            return try deduplicated(try analyze(input), columns, isWithinWatermark: isWithinWatermark)
        case .groups(let input, let keys, let function): return try groups(try analyze(input), keys, function)
        case .sort(let input, let orders): return try sort(try analyze(input), orders)
        case .limit(let input, let count, let offset):
            return try limit(try analyze(input), count: count, offset: offset)
        case .join(let left, let right, let kind, let criteria):
            return try join(try rows(of: left), try rows(of: right), kind, criteria)
        case .located(let place, let plan):
            do throws(PlanError) {
                return try rows(of: plan)
            } catch {
                throw error.at(place)
            }
        case .oneRow: return Analyzed(plan: .values(rows: [[]], columns: []), scope: Scope([PlanColumn]()))
        case .values(let rows): return try values(rows)
        case .tableFunction(let name, let arguments): return try tableFunction(name, arguments)
        case .named(let input, let alias, let columns):
            return try named(try analyze(input), alias, columns)
        case .block(let block):
            var select = SelectAnalysis(self, block, try rows(of: block.input))
            return try select.run()
        case .setOperation(let operation, let isAll, let left, let right):
            return try combine(operation, isAll: isAll, try analyze(left), try analyze(right))
        case .limitExpression(let input, let count, let offset):
            return try limited(try analyze(input), count: count, offset: offset)
        case .lateralView(let input, let generator, let isOuter, let alias, let columns):
            return try lateralView(try rows(of: input), generator, isOuter: isOuter, alias, columns)
        case .lateralJoin(let left, let right, let kind, let condition):
            return try lateralJoin(try rows(of: left), right, kind, condition)
        case .pivot(let input, let pivot): return try self.pivot(try analyze(input), pivot)
        case .unpivot(let input, let unpivot): return try self.unpivot(try analyze(input), unpivot)
        case .recursion(let recursion): return try self.recursion(recursion)
        case .recursionReference(let id): return try recursionRows(id)
        case .watermark(let input, let column, let delay, let place):
            return try watermark(input, column, delay: delay, place)
        case .textLengths(let input, let lengths, let isWritten):
            return try textLengths(try analyze(input), lengths, isWritten: isWritten)
        }
    }

    private func filter(_ input: Analyzed, _ condition: Expression) throws(PlanError) -> Analyzed {
        do throws(PlanError) {
            return Analyzed(
                plan: try filtered(input.plan, try self.condition(condition, resolver(input.scope))),
                scope: input.scope)
        } catch {
            throw error.within(step: "filter", expression: condition.text).at(condition)
        }
    }

    /// The condition of a WHERE: a BOOLEAN of the row alone.
    func condition(_ written: Expression, _ resolver: ExpressionResolver) throws(PlanError) -> ResolvedExpression {
        let resolved = try resolver.resolve(written)
        if resolved.contains(where: { $0.isWindow }) {
            throw PlanError(
                "WINDOW_FUNCTION_NOT_ALLOWED_IN_CLAUSE", "a filter cannot hold window functions",
                hint: "use QUALIFY, or filter what a query inside FROM gives")
        }
        if resolved.contains(where: { $0.isAggregate }) {
            throw PlanError(
                "INVALID_WHERE_CONDITION", "a filter cannot hold aggregates",
                hint: "filter behind groupBy(...).agg(...): HAVING")
        }
        if resolved.contains(where: { $0.isTimeWindow }) {
            throw PlanError(
                "UNSUPPORTED_EXPR_FOR_OPERATOR", "a filter cannot put rows into windows of time",
                hint: "select the window first, or group by it, and filter behind that")
        }
        if resolved.contains(where: { $0.isGenerator }) {
            throw PlanError(
                "UNSUPPORTED_GENERATOR.OUTSIDE_SELECT", "a filter cannot hold generators",
                hint: "explode in a select")
        }
        return try requireBoolean(resolved, written)
    }

    /// The condition itself, where it is true or false of each row.
    func requireBoolean(
        _ resolved: ResolvedExpression, _ written: Expression
    ) throws(PlanError) -> ResolvedExpression {
        if resolved.type == .boolean { return resolved }
        guard resolved.type == .null else {
            throw PlanError(
                "DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN", "a filter needs a BOOLEAN, and this is \(resolved.type)",
                expression: written.text, hint: "compare it with something")
        }
        return resolved.implicitlyCast(to: .boolean)
    }

    /// A projection, or its input where it would pass all columns on as they are.
    func projection(_ input: ResolvedPlan, _ list: [NamedExpression], _ scope: Scope) -> Analyzed {
        let plan: ResolvedPlan = list.map(\.column) == input.columns ? input : .project(input, list)
        return Analyzed(plan: plan, scope: scope.passing(to: plan.columns), below: scope)
    }
}

// A query as written to a query that can run: names, types, casts, and aggregates and generators in steps of their own.

import Columns
import LogicalPlan

/// Checks a plan and resolves it.
package enum Analyzer {
    /// The resolved plan; the first mistake is thrown with the step and the expression that it is in.
    package static func analyze(_ plan: UnresolvedPlan) throws(PlanError) -> ResolvedPlan {
        var analysis = PlanAnalysis()
        return try analysis.analyze(plan).plan
    }
}

/// A resolved plan with what the step above it can name.
struct Analyzed {
    let plan: ResolvedPlan
    let scope: Scope
    /// What the input of a projection could name: an order behind it may use columns that it leaves out.
    var below: Scope?
}

/// One run of the analyzer: gives the columns their ids, in the same order for the same query.
struct PlanAnalysis {
    var ids = ColumnIDs()
    private var scans = 0

    mutating func analyze(_ plan: UnresolvedPlan) throws(PlanError) -> Analyzed {
        switch plan {
        case .scan(let source):
            let columns = source.schema.fields.map { PlanColumn(ids.fresh(), $0) }
            defer { scans += 1 }
            return Analyzed(plan: .scan(source.occurring(as: scans), columns: columns), scope: Scope(columns))
        case .alias(let input, let name):
            let input = try analyze(input)
            return Analyzed(plan: input.plan, scope: input.scope.qualified(by: name))
        case .project(let input, let expressions): return try select(try analyze(input), expressions)
        case .withColumns(let input, let expressions): return try withColumns(try analyze(input), expressions)
        case .filter(let input, let condition): return try filter(try analyze(input), condition)
        case .aggregate(let input, let groupings, let outputs):
            return try aggregate(try analyze(input), groupings, outputs)
        case .renamed(let input, let name, let newName): return rename(try analyze(input), name, newName)
        case .dropped(let input, let columns): return try drop(try analyze(input), columns)
        case .union(let inputs, let matching):
            var analyzed: [Analyzed] = []
            for input in inputs { analyzed.append(try analyze(input)) }
            return try union(analyzed, matching)
        case .distinct(let input): return try distinct(try analyze(input))
        case .sort(let input, let orders): return try sort(try analyze(input), orders)
        case .limit(let input, let count, let offset):
            return try limit(try analyze(input), count: count, offset: offset)
        case .join(let left, let right, let kind, let criteria):
            return try join(try analyze(left), try analyze(right), kind, criteria)
        case .located(let place, let plan):
            do throws(PlanError) {
                return try analyze(plan)
            } catch {
                throw error.at(place)
            }
        case .oneRow, .values, .tableFunction, .named, .block, .setOperation, .limitExpression, .lateralView,
            .lateralJoin, .pivot, .unpivot, .watermark:
            throw StreamingRules.notYet("this step", step: "select")
        }
    }

    private func filter(_ input: Analyzed, _ condition: Expression) throws(PlanError) -> Analyzed {
        do throws(PlanError) {
            let resolver = ExpressionResolver(scope: input.scope)
            let resolved = try resolver.coerce(try resolver.resolve(condition), to: .boolean, condition)
            if resolved.contains(where: { $0.isAggregate }) {
                throw PlanError(
                    "INVALID_WHERE_CONDITION", "a filter cannot hold aggregates",
                    hint: "filter behind groupBy(...).agg(...)")
            }
            if resolved.contains(where: { $0.isGenerator }) {
                throw PlanError(
                    "UNSUPPORTED_GENERATOR.OUTSIDE_SELECT", "a filter cannot hold generators",
                    hint: "explode in a select")
            }
            return Analyzed(plan: .filter(input.plan, resolved), scope: input.scope)
        } catch {
            throw error.within(step: "filter", expression: condition.text)
        }
    }

    /// A projection, or its input where it would pass all columns on as they are.
    func projection(_ input: ResolvedPlan, _ list: [NamedExpression], _ scope: Scope) -> Analyzed {
        let plan: ResolvedPlan = list.map(\.column) == input.columns ? input : .project(input, list)
        return Analyzed(plan: plan, scope: scope.passing(to: plan.columns), below: scope)
    }
}

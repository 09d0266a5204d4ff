// Lets sources deliver only the columns that a query reads.

import Columns
import LogicalPlan

/// Narrows every step of a plan to the columns that the steps above read.
enum ColumnPruning {
    /// The same query with narrower steps. `canPrune` tells by a scan's id whether its source can leave columns out.
    static func prune(_ plan: ResolvedPlan, canPrune: (String) -> Bool) -> ResolvedPlan {
        narrowed(plan, to: Set(plan.schema.fields.indices), canPrune).plan
    }

    /// The narrowed plan, and for each column that is left its new index by its old one.
    private static func narrowed(
        _ plan: ResolvedPlan, to required: Set<Int>, _ canPrune: (String) -> Bool
    ) -> (plan: ResolvedPlan, indices: [Int: Int]) {
        switch plan {
        case .scan(let source):
            let all = Array(source.schema.fields.indices)
            let kept = canPrune(source.id) ? all.filter { required.contains($0) } : all
            let narrow = ScanSource(
                id: source.id, name: source.name, schema: Schema(kept.map { source.schema.fields[$0] }),
                isStreaming: source.isStreaming)
            return (.scan(narrow), positions(kept))
        case .project(let input, let list):
            let kept = list.indices.filter { required.contains($0) }
            let expressions = kept.map { list[$0] }
            let below = narrowed(input, to: references(expressions.map(\.expression)), canPrune)
            return (.project(below.plan, expressions.map { rebound($0, below.indices) }), positions(kept))
        case .filter(let input, let condition):
            let below = narrowed(input, to: required.union(condition.referencedColumns), canPrune)
            return (.filter(below.plan, rebound(condition, below.indices)), below.indices)
        case .generate(let input, let array, let name, let kept):
            let positionsKept = kept.indices.filter { required.contains($0) }
            let columns = positionsKept.map { kept[$0] }
            let below = narrowed(input, to: array.referencedColumns.union(columns), canPrune)
            let plan = ResolvedPlan.generate(
                below.plan, array: rebound(array, below.indices), name: name,
                kept: columns.compactMap { below.indices[$0] })
            var indices = positions(positionsKept)
            indices[kept.count] = positionsKept.count
            return (plan, indices)
        case .aggregate(let input, let groupings, let aggregates):
            // All aggregates stay, read or not: the state's layout must not depend on what is done with it.
            let read =
                groupings.map(\.expression)
                + aggregates.flatMap { $0.call.arguments + ($0.call.filter.map { [$0] } ?? []) }
            let below = narrowed(input, to: references(read), canPrune)
            let plan = ResolvedPlan.aggregate(
                below.plan, groupings: groupings.map { rebound($0, below.indices) },
                aggregates: aggregates.map { rebound($0, below.indices) })
            return (plan, positions(Array(plan.schema.fields.indices)))
        }
    }

    private static func positions(_ kept: [Int]) -> [Int: Int] {
        Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
    }

    private static func references(_ expressions: [ResolvedExpression]) -> Set<Int> {
        expressions.reduce(into: []) { $0.formUnion($1.referencedColumns) }
    }

    private static func rebound(_ named: NamedExpression, _ indices: [Int: Int]) -> NamedExpression {
        NamedExpression(name: named.name, expression: rebound(named.expression, indices))
    }

    private static func rebound(_ named: NamedAggregate, _ indices: [Int: Int]) -> NamedAggregate {
        let call = named.call
        return NamedAggregate(
            name: named.name,
            call: AggregateCall(
                function: call.function, arguments: call.arguments.map { rebound($0, indices) },
                isDistinct: call.isDistinct, filter: call.filter.map { rebound($0, indices) }, type: call.type,
                isNullable: call.isNullable))
    }

    private static func rebound(_ expression: ResolvedExpression, _ indices: [Int: Int]) -> ResolvedExpression {
        expression.rebindingColumns { index in
            guard let new = indices[index] else { preconditionFailure("column \(index) was pruned, but is read") }
            return new
        }
    }
}

extension ResolvedExpression {
    /// The same expression over an input whose columns stand elsewhere.
    func rebindingColumns(_ index: (Int) -> Int) -> ResolvedExpression {
        let rebound = try? replacing { expression in
            guard case .column(let old, let name) = expression.kind else { return nil }
            return ResolvedExpression(
                .column(index: index(old), name: name), type: expression.type, isNullable: expression.isNullable)
        }
        guard let rebound else { preconditionFailure("rebinding columns doesn't throw") }
        return rebound
    }
}

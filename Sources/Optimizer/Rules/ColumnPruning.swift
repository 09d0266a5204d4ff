// Lets sources deliver only the columns that a query reads.

import LogicalPlan

/// Narrows every step of a plan to the columns that the steps above read.
struct ColumnPruning: PlanRule {
    let name = "ColumnPruning"
    /// Whether a source, named by a scan's id, can leave columns out.
    let canPrune: @Sendable (String) -> Bool
    /// Whether rows that come too late are kept, with all their columns.
    var keepsLateRows = false
    /// Which columns, by their names, a source delivers whoever reads them.
    var keptColumns: @Sendable (String) -> Set<String> = { _ in [] }

    func apply(_ plan: ResolvedPlan) -> ResolvedPlan { narrowed(plan, to: plan.columnIDs) }

    /// A plan that gives at least these columns of what it gave, in the same order.
    private func narrowed(_ plan: ResolvedPlan, to required: Set<ColumnID>) -> ResolvedPlan {
        switch plan {
        case .scan(let source, let columns):
            guard canPrune(source.id) else { return plan }
            let kept = keptColumns(source.id)
            return .scan(source, columns: columns.filter { required.contains($0.id) || kept.contains($0.name) })
        case .project(let input, let list):
            let kept = list.filter { required.contains($0.id) }
            return .project(narrowed(input, to: references(kept.map(\.expression))), kept)
        case .generate(let input, let call, let outputs, let kept):
            let kept = kept.filter { required.contains($0) }
            return .generate(
                narrowed(input, to: references(call.arguments).union(kept)), call, outputs: outputs, kept: kept)
        case .aggregate(let input, _, _):
            // All aggregates stay, read or not: the state's layout must not depend on what is done with it.
            return plan.withChildren([narrowed(input, to: references(plan.expressions))])
        case .union(let inputs, let columns):
            let kept = columns.indices.filter { required.contains(columns[$0].id) }
            let narrow = inputs.map { input in
                let chosen = kept.map { input.columns[$0] }
                let below = narrowed(input, to: Set(chosen.map(\.id)))
                return below.columns == chosen ? below : .project(below, chosen.map { NamedExpression(passing: $0) })
            }
            return .union(narrow, columns: kept.map { columns[$0] })
        case .range, .recursionRows: return plan
        case .recursion(let anchor, let step, let recursion):
            // What nobody reads may be what the next rows are made of.
            return .recursion(
                narrowed(anchor, to: anchor.columnIDs), step: narrowed(step, to: step.columnIDs), recursion)
        case .timeWindow(let input, let window, let column):
            let read = required.subtracting([column.id]).union(references(window.expressions))
            return .timeWindow(narrowed(input, to: read), window, column)
        case .deduplicate(let input, let keys, _):
            // The event time says which rows are late, whoever reads it.
            return plan.withChildren([narrowed(input, to: required.union(keys).union(input.eventTimes.keys))])
        case .groups(let input, let step):
            // As with the first rows: late rows are known by the event time.
            return plan.withChildren(
                [narrowed(input, to: Set(step.keys).union(step.rows).union(input.eventTimes.keys))])
        case .watermark(let input, let time, _, _):
            let kept = keepsLateRows ? input.columnIDs : required
            return plan.withChildren([narrowed(input, to: kept.union([time]))])
        case .values(let rows, let columns):
            let kept = columns.indices.filter { required.contains(columns[$0].id) }
            return .values(rows: rows.map { row in kept.map { row[$0] } }, columns: kept.map { columns[$0] })
        case .expand(let input, let projections, let columns):
            let kept = columns.indices.filter { required.contains(columns[$0].id) }
            let narrow = projections.map { projection in kept.map { projection[$0] } }
            return .expand(
                narrowed(input, to: references(narrow.flatMap { $0 })), projections: narrow,
                columns: kept.map { columns[$0] })
        case .window(let input, let functions, let partition, let order):
            let kept = functions.filter { required.contains($0.id) }
            if kept.isEmpty { return narrowed(input, to: required) }
            let read = references(kept.flatMap(\.expressions) + partition + order.map(\.expression))
            return .window(narrowed(input, to: required.union(read)), kept, partition: partition, order: order)
        case .join(let left, let right, let join): return self.join(plan, left, right, join, required)
        case .filter, .sort, .limit, .singleRow:
            let read = required.union(references(plan.expressions))
            return plan.withChildren(plan.children.map { narrowed($0, to: read) })
        }
    }

    private func join(
        _ plan: ResolvedPlan, _ left: ResolvedPlan, _ right: ResolvedPlan, _ join: Join,
        _ required: Set<ColumnID>
    ) -> ResolvedPlan {
        // A value of a query adds no rows, and here nobody reads it.
        if join.kind == .leftSingle, required.isDisjoint(with: right.columnIDs) {
            return narrowed(left, to: required)
        }
        let read = required.union(references(plan.expressions))
        return plan.withChildren(
            [left, right].map { side in
                let below = narrowed(side, to: read)
                guard left.isStreaming, right.isStreaming else { return below }
                // Each side's rows are kept: with what is read, and no more.
                let kept = below.columns.filter { read.contains($0.id) }
                return kept == below.columns ? below : .project(below, kept.map { NamedExpression(passing: $0) })
            })
    }

    private func references(_ expressions: [ResolvedExpression]) -> Set<ColumnID> {
        expressions.reduce(into: []) { $0.formUnion($1.referencedColumns) }
    }
}

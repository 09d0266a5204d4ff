// WITH RECURSIVE: the types of its columns, and where it may name itself.

import Columns
import Functions
import LogicalPlan

/// What the step of a recursion sees of it.
struct RecursionRows {
    let columns: [PlanColumn]
    /// How often the step has named it.
    var uses = 0
}

extension PlanAnalysis {
    /// The rows of the anchor, and those that the step makes of them, again and again. The anchor says of which types.
    func recursion(_ written: UnresolvedRecursion) throws(PlanError) -> Analyzed {
        let anchor = try named(try analyze(written.anchor), written.name, written.columns).plan
        let fields = anchor.columns.map { Field($0.name, $0.field.type.allowingNulls, isNullable: true) }
        let outside = ids.recursions[written.id]
        ids.recursions[written.id] = RecursionRows(columns: fields.map { PlanColumn(ids.fresh(), $0) })
        defer { ids.recursions[written.id] = outside }
        let step = try analyze(written.step).plan
        guard !anchor.isStreaming, !step.isStreaming else {
            throw PlanError(
                "UNSUPPORTED_OPERATION", "Recursive queries over streams are not supported", step: "with",
                expression: written.name)
        }
        try requireRows(step, of: written)
        let types = fields.map(\.type)
        let columns = fields.map { PlanColumn(ids.fresh(), $0) }
        let plan = ResolvedPlan.recursion(
            try cast(anchor, to: types, of: written), step: try cast(step, to: types, of: written),
            Recursion(
                name: written.name, columns: columns, levelLimit: written.levelLimit))
        return Analyzed(plan: plan, scope: Scope(columns))
    }

    /// What a recursion's name means in its step.
    func recursionRows(_ id: Int) throws(PlanError) -> Analyzed {
        guard let columns = ids.recursions[id]?.columns else {
            throw PlanError("INVALID_RECURSIVE_CTE", "a recursive query is named in its first query", step: "with")
        }
        ids.recursions[id]?.uses += 1
        guard ids.recursions[id]?.uses == 1 else {
            throw PlanError(
                "INVALID_RECURSIVE_REFERENCE.NUMBER",
                "Invalid recursive reference found inside WITH RECURSIVE clause. Multiple self-references to one "
                    + "recursive CTE are not allowed", step: "with")
        }
        return Analyzed(plan: .recursionRows(columns: columns), scope: Scope(columns))
    }

    /// A side as these types: what widens by itself is cast.
    private func cast(
        _ plan: ResolvedPlan, to types: [DataType], of written: UnresolvedRecursion
    ) throws(PlanError) -> ResolvedPlan {
        let columns = plan.columns
        guard columns.count == types.count else {
            throw PlanError(
                "NUM_COLUMNS_MISMATCH",
                "the first query of \(written.name) has \(types.count) columns, and the second \(columns.count)",
                step: "with", expression: written.name)
        }
        var list: [NamedExpression] = []
        for (place, column) in columns.enumerated() {
            guard TypeCoercion.commonType(types[place], column.field.type) == types[place] else {
                throw PlanError(
                    "INCOMPATIBLE_COLUMN_TYPE",
                    "column \(place + 1) of \(written.name) is \(types[place]) in its first query, and "
                        + "\(column.field.type) in the second", step: "with", expression: column.name,
                    hint: "write a CAST")
            }
            list.append(
                NamedExpression(
                    ids.fresh(), name: column.name, column.expression.implicitlyCast(to: types[place])))
        }
        return list.map(\.column) == columns ? plan : .project(plan, list)
    }

    // MARK: Places

    /// Refuses a step that doesn't pass the rows of its recursion on one by one.
    private func requireRows(_ plan: ResolvedPlan, of written: UnresolvedRecursion) throws(PlanError) {
        func wrongPlace() -> PlanError {
            PlanError(
                "INVALID_RECURSIVE_REFERENCE.PLACE",
                "Invalid recursive reference found inside WITH RECURSIVE clause. Recursive references cannot be used "
                    + "on the right side of left outer/semi/anti joins, on the left side of right outer joins, in "
                    + "full outer joins, in aggregates, and in subquery expressions", step: "with",
                expression: written.name)
        }
        guard plan.readsRecursion else {
            throw PlanError(
                "INVALID_RECURSIVE_CTE", "the second query of \(written.name) doesn't name it", step: "with",
                expression: written.name)
        }
        switch plan {
        case .recursionRows: return
        case .project(let input, _), .filter(let input, _), .generate(let input, _, _, _), .expand(let input, _, _),
            .watermark(let input, _, _, _), .timeWindow(let input, _, _):
            try requireRows(input, of: written)
        case .join(let left, let right, let join):
            let (inLeft, inRight) = (left.readsRecursion, right.readsRecursion)
            guard !(inLeft && inRight) else { throw wrongPlace() }
            switch join.kind {
            case .inner, .cross: try requireRows(inLeft ? left : right, of: written)
            case .left, .leftSingle, .leftSemi, .leftAnti, .leftAntiNullAware, .mark:
                guard inLeft else { throw wrongPlace() }
                try requireRows(left, of: written)
            case .right:
                guard inRight else { throw wrongPlace() }
                try requireRows(right, of: written)
            case .full: throw wrongPlace()
            }
        case .aggregate, .singleRow: throw wrongPlace()
        default:
            throw StreamingRules.notYet(
                "ORDER BY, LIMIT, a window function or a set operation over the rows of \(written.name)", step: "with",
                hint: "do it with what comes out")
        }
    }
}

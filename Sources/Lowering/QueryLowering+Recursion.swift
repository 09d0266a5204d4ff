// WITH RECURSIVE: queries that name themselves.

import LogicalPlan
import SQLParser
import SourceText

extension QueryLowering {
    /// The plan of a query behind WITH RECURSIVE, which may name itself in the second query of its UNION ALL.
    func recursive(_ table: SyntaxCommonTable) throws(SQLDiagnostic) -> UnresolvedPlan {
        let id = scope.size.nextRecursion()
        let uses = QueryScope.Uses()
        var inner = scope
        inner.common[table.name.lowercased()] = QueryScope.CommonTable(
            plan: located(.named(.recursionReference(id), alias: table.name, columns: []), table.range), size: 1,
            uses: uses)
        let query = table.query
        let lowering = try QueryLowering(text: text, scope: inner).withCommonTables(query)
        guard case .setOperation(.union, let isAll, let left, let right) = query.term.kind, query.order.isEmpty,
            query.limit == nil, query.offset == nil
        else {
            let plan = try lowering.plan(body: query)
            guard uses.count == 0 else { throw invalid(table) }
            return plan
        }
        let anchor = try lowering.plan(left)
        guard uses.count == 0 else { throw invalid(table) }
        let step = try lowering.plan(right)
        guard uses.count > 0 else { return union(anchor, step, isAll: isAll, at: query.term.range) }
        guard isAll else {
            throw SQLDiagnostic(
                code: "UNION_NOT_SUPPORTED_IN_RECURSIVE_CTE",
                "The UNION operator is not yet supported within recursive common table expressions",
                at: query.term.range, hint: "write UNION ALL")
        }
        return .recursion(
            UnresolvedRecursion(
                id: id, name: table.name, columns: table.columns, anchor: anchor, step: step,
                levelLimit: table.maximumLevel ?? scope.recursionLevelLimit))
    }

    private func invalid(_ table: SyntaxCommonTable) -> SQLDiagnostic {
        SQLDiagnostic(
            code: "INVALID_RECURSIVE_CTE",
            "\(table.name) names itself, and isn't a first query, UNION ALL and a second one that names it",
            at: table.range, hint: "WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5)")
    }
}

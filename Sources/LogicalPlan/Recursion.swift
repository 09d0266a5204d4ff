// Queries that refer to themselves: `WITH RECURSIVE`.

import Columns

/// A query behind WITH RECURSIVE, as written: `anchor UNION ALL step`, where the step names the query itself.
package struct UnresolvedRecursion: Hashable, Sendable {
    /// Tells it from others in the same text: `UnresolvedPlan.recursionReference` has the same.
    package let id: Int
    package let name: String
    /// Names for all columns, or none for the names that the anchor gives them.
    package let columns: [String]
    package let anchor: UnresolvedPlan
    package let step: UnresolvedPlan
    /// How many levels it may have.
    package let levelLimit: Int

    /// Creates a recursion.
    package init(
        id: Int, name: String, columns: [String], anchor: UnresolvedPlan, step: UnresolvedPlan, levelLimit: Int
    ) {
        self.levelLimit = levelLimit
        self.id = id
        self.name = name
        self.columns = columns
        self.anchor = anchor
        self.step = step
    }
}

/// What comes out of a recursion, and where it is given up.
package struct Recursion: Hashable, Sendable {
    /// Spark's `spark.sql.cteRecursionLevelLimit`, as it is where nobody sets it.
    package static let levelLimit = 100
    /// Spark's `spark.sql.cteRecursionRowLimit`, as it is where nobody sets it.
    package static let rowLimit = 1_000_000

    package let name: String
    /// The columns that come out: those of the anchor and of the step, by position and of their types.
    package let columns: [PlanColumn]
    /// So many times may rows be made of rows, the anchor's counted as the first.
    package let levelLimit: Int

    /// Creates a recursion.
    package init(name: String, columns: [PlanColumn], levelLimit: Int) {
        self.name = name
        self.columns = columns
        self.levelLimit = levelLimit
    }
}

extension ResolvedPlan {
    /// Whether rows of a recursion around this plan go through it.
    package var readsRecursion: Bool {
        switch self {
        case .recursionRows: true
        // The rows of its own step are none of those around it.
        case .recursion(let anchor, _, _): anchor.readsRecursion
        default: children.contains { $0.readsRecursion }
        }
    }
}

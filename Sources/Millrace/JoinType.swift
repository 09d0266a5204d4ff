// Which rows a join gives.

import LogicalPlan

/// Which rows a join gives.
public enum JoinType: String, Hashable, Sendable, CaseIterable {
    /// Pairs of rows that match.
    case inner
    /// The same, and rows of the left side without a partner, with NULL on the right.
    case left
    /// The same, and rows of the right side without a partner, with NULL on the left.
    case right
    /// The same, and rows of both sides without a partner.
    case full
    /// Rows of the left side that have a partner, once.
    case leftSemi
    /// Rows of the left side that have no partner.
    case leftAnti

    var kind: JoinKind {
        switch self {
        case .inner: .inner
        case .left: .left
        case .right: .right
        case .full: .full
        case .leftSemi: .leftSemi
        case .leftAnti: .leftAnti
        }
    }
}

// Windows of rows as they were written.

import SourceText

/// What stands behind OVER or in a WINDOW clause.
package struct SyntaxWindow: Hashable, Sendable {
    package let kind: Kind
    package let range: TextRange

    package indirect enum Kind: Hashable, Sendable {
        /// A window of the WINDOW clause.
        case named(String)
        case specified(partition: [SyntaxExpression], order: [SyntaxOrder], frame: SyntaxFrame?)
    }

    var height: Int {
        guard case .specified(let partition, let order, let frame) = kind else { return 0 }
        let expressions = partition + order.map(\.expression) + (frame?.amounts ?? [])
        return expressions.lazy.map(\.height).max() ?? 0
    }
}

/// `name AS (...)` of a WINDOW clause.
package struct SyntaxNamedWindow: Hashable, Sendable {
    package let name: String
    package let window: SyntaxWindow
    package let range: TextRange
}

/// `ROWS BETWEEN start AND end`, `RANGE ...`.
package struct SyntaxFrame: Hashable, Sendable {
    /// ROWS, or else RANGE.
    package let isRows: Bool
    package let start: SyntaxFrameBound
    package let end: SyntaxFrameBound
    package let range: TextRange

    var amounts: [SyntaxExpression] { [start, end].compactMap(\.amount) }
}

package indirect enum SyntaxFrameBound: Hashable, Sendable {
    case unboundedPreceding
    case preceding(SyntaxExpression)
    case currentRow
    case following(SyntaxExpression)
    case unboundedFollowing

    var amount: SyntaxExpression? {
        switch self {
        case .preceding(let amount), .following(let amount): amount
        default: nil
        }
    }
}

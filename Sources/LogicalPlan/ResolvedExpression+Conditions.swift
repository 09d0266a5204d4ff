// Conditions as lists of what must be true, and columns exchanged for what they stand for.

import Columns
import Functions

extension ResolvedExpression {
    /// What must be true all together: `a AND b AND c` as a list, in order.
    package var conjuncts: [ResolvedExpression] {
        if case .and(let left, let right) = kind { return left.conjuncts + right.conjuncts }
        return [self]
    }

    /// Several conditions as one, evaluated in order; `nil` for none.
    package static func all(_ conditions: [ResolvedExpression]) -> ResolvedExpression? {
        guard let first = conditions.first else { return nil }
        return conditions.dropFirst().reduce(first) { left, right in
            ResolvedExpression(.and(left, right), type: .boolean, isNullable: left.isNullable || right.isNullable)
        }
    }

    /// The function that is called, by its name in small letters, and with what; `nil` where it is no such call.
    package var functionCall: (name: String, arguments: [ResolvedExpression])? {
        if case .function(let function, let arguments) = kind { (function.name, arguments) } else { nil }
    }

    /// `IS NOT NULL`.
    package var isThere: ResolvedExpression {
        ResolvedExpression(.isNull(self, isNegated: true), type: .boolean, isNullable: false)
    }

    /// `left <=> right`.
    package static func nullSafeEqual(_ left: ResolvedExpression, _ right: ResolvedExpression) -> ResolvedExpression {
        ResolvedExpression(.comparison(.nullSafeEqual, left, right), type: .boolean, isNullable: false)
    }

    /// The expression with columns exchanged for what they stand for.
    package func substituting(_ definitions: [ColumnID: ResolvedExpression]) -> ResolvedExpression {
        if definitions.isEmpty { return self }
        return replacing { part in
            guard case .column(let id, _) = part.kind else { return nil }
            return definitions[id]
        }
    }

    /// The same value where it may be NULL, because a join pads it.
    package var padded: ResolvedExpression {
        isNullable ? self : ResolvedExpression(kind, type: type, isNullable: true)
    }

    /// The operands of which none may be NULL, or this is; `nil` where that isn't known.
    package var nullIntolerantOperands: [ResolvedExpression]? {
        switch kind {
        case .cast(let operand, isTry: false), .negate(let operand): [operand]
        case .arithmetic(_, let left, let right): [left, right]
        case .comparison(let operation, let left, let right) where operation != .nullSafeEqual: [left, right]
        case .function(let function, let arguments) where function.traits.contains(.isNullIntolerant): arguments
        default: nil
        }
    }
}

// Expressions as they were written: names and operators, no types and no meaning.

import SourceText

/// An expression of a SQL text with its place.
package struct SyntaxExpression: Hashable, Sendable {
    package let kind: Kind
    package let range: TextRange
    /// Levels of expressions below this one, so that trees stay shallow enough to walk by recursion.
    package let height: Int

    /// A constant in the place of something else.
    package init(literal: SyntaxLiteral, range: TextRange) {
        self.init(kind: .literal(literal), range: range, height: 1)
    }

    init(kind: Kind, range: TextRange, height: Int) {
        self.kind = kind
        self.range = range
        self.height = height
    }

    package indirect enum Kind: Hashable, Sendable {
        case literal(SyntaxLiteral)
        /// `a`, `a.b.c`: the parts as written, without back-ticks.
        case name([String])
        /// `*`, `t.*`, `* EXCEPT (a, t.b)`.
        case star(qualifier: [String], except: [[String]])
        /// `f(x, y)`.
        case call(SyntaxCall)
        case cast(SyntaxExpression, SyntaxType, isTry: Bool)
        case unary(SyntaxUnaryOperator, SyntaxExpression)
        case binary(SyntaxBinaryOperator, SyntaxExpression, SyntaxExpression)
        case isNull(SyntaxExpression, isNegated: Bool)
        /// `IS [NOT] TRUE / FALSE / UNKNOWN` (`nil` for UNKNOWN).
        case isBoolean(SyntaxExpression, Bool?, isNegated: Bool)
        case isDistinct(SyntaxExpression, SyntaxExpression, isNegated: Bool)
        case between(SyntaxExpression, low: SyntaxExpression, high: SyntaxExpression, isNegated: Bool)
        case inList(SyntaxExpression, [SyntaxExpression], isNegated: Bool)
        case like(
            SyntaxLikeKind, SyntaxExpression, pattern: SyntaxExpression, escape: String?, isNegated: Bool)
        /// `LIKE ANY (...)`, `LIKE ALL (...)`.
        case likeSeveral(
            SyntaxLikeKind, SyntaxExpression, patterns: [SyntaxExpression], needsAll: Bool, isNegated: Bool)
        case caseWhen(operand: SyntaxExpression?, branches: [SyntaxBranch], otherwise: SyntaxExpression?)
        /// `a[i]`.
        case element(SyntaxExpression, index: SyntaxExpression)
        /// `f(x).b`: a field of anything but a name.
        case field(SyntaxExpression, name: String)
        /// `v:a.b[0]`: a value within a VARIANT.
        case within(SyntaxExpression, [SyntaxPathStep])
        case alias(SyntaxExpression, name: String)
        /// `name => value`: an argument of a function.
        case argument(name: String, SyntaxExpression)
        /// `AS (a, b)`: names for the columns of a generator.
        case aliases(SyntaxExpression, names: [String])
        /// `(a, b)`.
        case row([SyntaxExpression])
        /// `(SELECT ...)`.
        case subquery(SyntaxQuery)
        case exists(SyntaxQuery)
        case inQuery(SyntaxExpression, SyntaxQuery, isNegated: Bool)
        /// `(x, y) -> body`.
        case lambda(parameters: [String], SyntaxExpression)
        /// `f(x) OVER ...`.
        case over(SyntaxExpression, SyntaxWindow)
    }
}

/// A call of a function, with the words in it and behind it.
package struct SyntaxCall: Hashable, Sendable {
    package let name: String
    package let arguments: [SyntaxExpression]
    /// `f(DISTINCT x)`.
    package let isDistinct: Bool
    /// `f(x) FILTER (WHERE ...)`.
    package let filter: SyntaxExpression?
    /// IGNORE NULLS, or RESPECT NULLS (`false`).
    package let ignoresNulls: Bool?
    /// `WITHIN GROUP (ORDER BY ...)`; empty without.
    package let order: [SyntaxOrder]
}

/// A step of the way to a value within a VARIANT.
package enum SyntaxPathStep: Hashable, Sendable {
    /// `.name`.
    case name(String)
    /// `['name']`.
    case text(String)
    /// `[0]`.
    case index(String)
}

/// One WHEN ... THEN ....
package struct SyntaxBranch: Hashable, Sendable {
    package let condition: SyntaxExpression
    package let result: SyntaxExpression
}

/// A constant as written.
package enum SyntaxLiteral: Hashable, Sendable {
    case null
    case boolean(Bool)
    case byte(Int8)
    case short(Int16)
    case integer(Int32)
    case long(Int64)
    /// `unscaled` × 10^(-`scale`), with as many digits as were written.
    case decimal(unscaled: Int128, precision: Int, scale: Int)
    case float(Float)
    case double(Double)
    case string(String)
    case binary([UInt8])
    /// `DATE '...'`: the text, not yet checked.
    case date(String)
    /// `TIMESTAMP '...'`: the text, not yet checked.
    case timestamp(String)
    /// `TIMESTAMP_NTZ '...'`: the text, not yet checked.
    case timestampWithoutTimeZone(String)
    /// `TIME '...'`: the text, not yet checked.
    case time(String)
    /// `INTERVAL '1' DAY '2' HOURS`, `INTERVAL '10 minutes'`: amounts and units as written.
    case interval([SyntaxIntervalPart])
}

/// An amount and a unit of an interval, for example `10` `MINUTE`; `INTERVAL '1-2' YEAR TO MONTH` has a `toUnit`.
package struct SyntaxIntervalPart: Hashable, Sendable {
    package let amount: String
    /// In upper case and the singular.
    package let unit: String
    package let toUnit: String?
}

package enum SyntaxUnaryOperator: String, Hashable, Sendable {
    case minus = "-"
    case plus = "+"
    case bitwiseNot = "~"
    case not = "NOT"
}

package enum SyntaxBinaryOperator: String, Hashable, Sendable {
    case or = "OR"
    case and = "AND"
    case equal = "="
    case notEqual = "<>"
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case nullSafeEqual = "<=>"
    case bitwiseOr = "|"
    case bitwiseXor = "^"
    case bitwiseAnd = "&"
    case shiftLeft = "<<"
    case shiftRight = ">>"
    case shiftRightUnsigned = ">>>"
    case add = "+"
    case subtract = "-"
    case concatenate = "||"
    case multiply = "*"
    case divide = "/"
    case remainder = "%"
    case integralDivide = "DIV"
}

package enum SyntaxLikeKind: String, Hashable, Sendable {
    case like = "LIKE"
    case ilike = "ILIKE"
    case rlike = "RLIKE"
}

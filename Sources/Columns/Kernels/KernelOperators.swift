// The operators that kernels know, shared with the plans that name them.

/// An arithmetic operator over two columns of one type.
package enum ArithmeticOperator: String, Hashable, Sendable, CaseIterable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case remainder = "%"
    /// Division that drops what is behind the point; always gives a BIGINT.
    case integralDivide = "div"
}

/// A comparison of two columns of one type, NULL where either side is NULL (but for `nullSafeEqual`).
package enum ComparisonOperator: String, Hashable, Sendable, CaseIterable {
    case equal = "="
    case notEqual = "<>"
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    /// Equality for which two NULLs are equal and one NULL is not; never NULL.
    case nullSafeEqual = "<=>"

    /// The operator that gives the same answer with its sides exchanged.
    package var flipped: ComparisonOperator {
        switch self {
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        case .equal, .notEqual, .nullSafeEqual: self
        }
    }
}

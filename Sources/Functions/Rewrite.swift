// Functions that are other expressions, written as trees over their arguments.

import Columns

/// An expression over the arguments of a call, which the analyser puts in the call's place and gives types.
///
/// Checkpoints keep the analysed plan, rewrites included: one that is changed makes queries with it refuse their old
/// checkpoints. Where the values stay the same, leave it as it is.
package indirect enum Rewrite: Sendable {
    /// The argument with this index.
    case argument(Int)
    case literal(Value, DataType)
    /// Another function of the table, or an aggregate.
    case call(String, [Rewrite])
    case cast(Rewrite, DataType, isTry: Bool = false)
    case arithmetic(ArithmeticOperator, Rewrite, Rewrite)
    /// Arithmetic that gives NULL where it would raise.
    case tryArithmetic(ArithmeticOperator, Rewrite, Rewrite)
    case comparison(ComparisonOperator, Rewrite, Rewrite)
    case and(Rewrite, Rewrite)
    case negate(Rewrite)
    /// The value of a number, for the sake of its checks.
    case plus(Rewrite)
    case isNull(Rewrite, isNegated: Bool)
    /// One of two, by a condition.
    case choose(Rewrite, then: Rewrite, otherwise: Rewrite)

    /// How often an argument is read.
    package func uses(of argument: Int) -> Int {
        switch self {
        case .argument(let index): index == argument ? 1 : 0
        case .literal: 0
        case .call(_, let parts): parts.reduce(0) { $0 + $1.uses(of: argument) }
        case .cast(let a, _, _), .negate(let a), .plus(let a), .isNull(let a, _): a.uses(of: argument)
        case .arithmetic(_, let a, let b), .tryArithmetic(_, let a, let b), .comparison(_, let a, let b),
            .and(let a, let b):
            a.uses(of: argument) + b.uses(of: argument)
        case .choose(let condition, let then, let otherwise):
            condition.uses(of: argument) + then.uses(of: argument) + otherwise.uses(of: argument)
        }
    }

    /// NULL, which takes the type of what it meets.
    package static let null = Rewrite.literal(.null, .null)
}

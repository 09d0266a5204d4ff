// Calls of functions that take lambdas.

import Columns
import Functions

/// One call of a function that applies lambdas to elements.
///
/// In a lambda's body its parameters are shared values: the last is the innermost.
package struct LambdaCall: Hashable, Sendable {
    package let function: LambdaFunction
    /// The arrays or maps; for `aggregate` the array and the start value.
    package let values: [ResolvedExpression]
    package let lambdas: [Lambda]

    package init(_ function: LambdaFunction, values: [ResolvedExpression], lambdas: [Lambda]) {
        self.function = function
        self.values = values
        self.lambdas = lambdas
    }

    /// One lambda.
    package struct Lambda: Hashable, Sendable {
        /// How many parameters it has.
        package let count: Int
        package let body: ResolvedExpression

        package init(count: Int, _ body: ResolvedExpression) {
            self.count = count
            self.body = body
        }
    }

    /// The values, then the bodies.
    package var expressions: [ResolvedExpression] { values + lambdas.map(\.body) }

    /// The same call over other expressions of the same types; `depth` is how many values a body has around it.
    package func mapExpressions<Failure: Error>(
        _ transform: (ResolvedExpression, _ depth: Int) throws(Failure) -> ResolvedExpression
    ) throws(Failure) -> LambdaCall {
        LambdaCall(
            function, values: try values.map { (value) throws(Failure) in try transform(value, 0) },
            lambdas: try lambdas.map { (lambda) throws(Failure) in
                Lambda(count: lambda.count, try transform(lambda.body, lambda.count))
            })
    }
}

extension LambdaCall: CustomStringConvertible {
    package var description: String {
        let parts = values.map(\.description) + lambdas.map { "\($0.count) -> \($0.body)" }
        return "\(function.rawValue)(\(parts.joined(separator: ", ")))"
    }
}

extension ResolvedExpression {
    /// The body of a lambda whose parameters are these, in the place of which `uses` stood while it was made.
    package func binding(_ uses: [ResolvedExpression]) -> ResolvedExpression {
        uses.enumerated().reduce(self) { $0.placing($1.element, depth: uses.count - 1 - $1.offset) }
    }
}

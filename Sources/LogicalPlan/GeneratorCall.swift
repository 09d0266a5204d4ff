// Calls of generators, which make several rows of one.

import Columns
import Functions

/// One call of a generator.
package struct GeneratorCall: Hashable, Sendable {
    package let generator: BoundGenerator
    /// Of the types that the generator takes.
    package let arguments: [ResolvedExpression]
    /// The columns that it makes, with their names.
    package let outputs: [Field]

    /// A call whose columns have the names that the generator gives them.
    package init(_ generator: BoundGenerator, _ arguments: [ResolvedExpression]) {
        self.init(generator, arguments, outputs: generator.outputs)
    }

    private init(_ generator: BoundGenerator, _ arguments: [ResolvedExpression], outputs: [Field]) {
        self.generator = generator
        self.arguments = arguments
        self.outputs = outputs
    }

    /// The same call with other names for its columns, one each.
    package func named(_ names: [String]) -> GeneratorCall {
        precondition(names.count == outputs.count, "each column has a name")
        return GeneratorCall(
            generator, arguments,
            outputs: zip(outputs, names).map { Field($1, $0.type, isNullable: $0.isNullable) })
    }

    /// The same call over other expressions of the same types.
    package func mapExpressions<Failure: Error>(
        _ transform: (ResolvedExpression) throws(Failure) -> ResolvedExpression
    ) throws(Failure) -> GeneratorCall {
        GeneratorCall(generator, try arguments.map(transform), outputs: outputs)
    }
}

extension GeneratorCall: CustomStringConvertible {
    package var description: String {
        "\(generator.name)(\(arguments.map(\.description).joined(separator: ", ")))"
    }
}

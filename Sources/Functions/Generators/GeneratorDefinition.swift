// What there is to know of a generator: its arguments, and the columns of the rows that it makes.

import Columns

/// One generator of the table: adding a generator is adding one of these.
package struct GeneratorDefinition: Sendable {
    /// Spark's name, in lower case.
    package let name: String
    /// The call as documentation shows it.
    package let usage: String
    /// What it gives, as half a sentence.
    package let summary: String
    /// How many arguments it takes.
    package let arity: ClosedRange<Int>
    /// Whether a row for which it makes none stays, with NULLs.
    private let isOuter: Bool
    private let shape: @Sendable (FunctionCall) throws(FunctionError) -> (GeneratorKind, [DataType], [Field])

    /// Creates a definition; `shape` gives the types that it takes and the columns that it makes.
    init(
        _ name: String, _ usage: String, _ summary: String, _ arity: ClosedRange<Int>, isOuter: Bool = false,
        shape: @escaping @Sendable (FunctionCall) throws(FunctionError) -> (GeneratorKind, [DataType], [Field])
    ) {
        self.name = name
        self.usage = usage
        self.summary = summary
        self.arity = arity
        self.isOuter = isOuter
        self.shape = shape
    }

    /// What a call with these arguments is, or why it is none.
    package func bind(_ arguments: [BoundArgument]) throws(FunctionError) -> BoundGenerator {
        let (kind, types, outputs) = try shape(FunctionCall(name: name, arguments: arguments))
        return BoundGenerator(
            name: name, kind: kind, isOuter: isOuter, argumentTypes: types,
            outputs: isOuter ? outputs.map { Field($0.name, $0.type, isNullable: true) } : outputs)
    }
}

/// How a generator makes rows.
package enum GeneratorKind: Hashable, Sendable {
    /// The elements of an array, or the keys and values of a map; with their positions before them.
    case elements(withPosition: Bool)
    /// The fields of an array's structures.
    case structures
    /// The elements or fields of a VARIANT: place, name and value.
    case variantParts
    /// One row of the values that a text of JSON has under these names.
    case members([String])
    /// As many rows as that, each with its share of the arguments behind the first.
    case rows(Int)
}

/// A generator for arguments of certain types.
package struct BoundGenerator: Hashable, Sendable {
    package let name: String
    package let kind: GeneratorKind
    /// Whether a row for which it makes none stays, with NULLs.
    package let isOuter: Bool
    /// The types that the arguments are cast to.
    package let argumentTypes: [DataType]
    /// The columns that it makes, with the names that they have without aliases.
    package let outputs: [Field]
}

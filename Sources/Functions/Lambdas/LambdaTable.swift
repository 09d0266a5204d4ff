// Functions that take lambdas: their names, what they take, and what they give.

import Columns

/// A function that applies lambdas to the elements of arrays or the entries of maps.
package struct LambdaDefinition: Sendable {
    /// Spark's name, in lower case.
    package let name: String
    /// Its other names.
    package let aliases: [String]
    package let function: LambdaFunction
    /// The call as documentation shows it.
    package let usage: String
    /// What it gives, as half a sentence.
    package let summary: String
    /// How many arguments that are no lambdas stand before the lambdas.
    package let values: Int
    /// How many lambdas it takes.
    package let lambdas: ClosedRange<Int>

    /// Whether a call without lambdas is one of the function of this name in the other table.
    package var isFunctionToo: Bool { function == .arraySort }

    /// How many parameters one of its lambdas has, without those that may be left out.
    package func parameterCount(ofLambda number: Int) -> Int {
        switch function {
        case .transform, .filter, .exists, .forall: 1
        case .aggregate: number == 0 ? 2 : 1
        case .arraySort, .transformKeys, .transformValues, .mapFilter, .zipWith: 2
        case .mapZipWith: 3
        }
    }

    fileprivate init(
        _ function: LambdaFunction, aliases: [String] = [], values: Int = 1, lambdas: ClosedRange<Int> = 1...1,
        _ usage: String, _ summary: String
    ) {
        name = function.rawValue
        self.aliases = aliases
        self.function = function
        self.values = values
        self.lambdas = lambdas
        self.usage = usage
        self.summary = summary
    }
}

/// What is made of the elements.
package enum LambdaFunction: String, Hashable, Sendable {
    case transform, filter, exists, forall, aggregate
    case transformKeys = "transform_keys"
    case transformValues = "transform_values"
    case mapFilter = "map_filter"
    case mapZipWith = "map_zip_with"
    case zipWith = "zip_with"
    case arraySort = "array_sort"
}

/// All functions that take lambdas, by name.
package enum LambdaTable {
    /// Every definition.
    package static let all: [LambdaDefinition] = [
        LambdaDefinition(
            .transform, "transform(array, x -> value) or transform(array, (x, place) -> value)",
            "an array of what the lambda makes of each element"),
        LambdaDefinition(
            .filter, "filter(array, x -> condition) or filter(array, (x, place) -> condition)",
            "the elements for which the condition is true"),
        LambdaDefinition(
            .exists, "exists(array, x -> condition)",
            "whether the condition is true of an element; NULL where it is of none, and NULL of some"),
        LambdaDefinition(
            .forall, "forall(array, x -> condition)",
            "whether the condition is true of every element; NULL where it is false of none, and NULL of some"),
        LambdaDefinition(
            .aggregate, aliases: ["reduce"], values: 2, lambdas: 1...2,
            "aggregate(array, start, (sum, x) -> sum [, sum -> value])",
            "what is left when every element is merged into the start value, in order"),
        LambdaDefinition(
            .transformKeys, "transform_keys(map, (key, value) -> key)",
            "the map with what the lambda makes of each entry as its key"),
        LambdaDefinition(
            .transformValues, "transform_values(map, (key, value) -> value)",
            "the map with what the lambda makes of each entry as its value"),
        LambdaDefinition(
            .mapFilter, "map_filter(map, (key, value) -> condition)", "the entries for which the condition is true"),
        LambdaDefinition(
            .mapZipWith, values: 2, "map_zip_with(map, other, (key, x, y) -> value)",
            "a map of what the lambda makes of the values of both at each key, NULL where one doesn't have it"),
        LambdaDefinition(
            .zipWith, values: 2, "zip_with(array, other, (x, y) -> value)",
            "an array of what the lambda makes of the elements of both at the same place, NULL where one is shorter"),
        LambdaDefinition(
            .arraySort, "array_sort(array, (x, y) -> order)",
            "the elements in the order that the lambda tells of two: below 0 where the first comes first"
        ),
    ]

    private static let byName: [String: LambdaDefinition] = {
        var table: [String: LambdaDefinition] = [:]
        for definition in all {
            for name in [definition.name] + definition.aliases { table[name] = definition }
        }
        return table
    }()

    /// Every name that can be called, for "did you mean".
    package static let names: [String] = byName.keys.sorted()

    /// The function with this name, in letters of any case.
    package static func definition(_ name: String) -> LambdaDefinition? { byName[name.lowercased()] }
}

// The functions that only have meaning over a window of rows.

/// One function over windows, as documentation shows it: the analyser knows what each means.
package struct WindowFunctionDefinition: Sendable {
    /// Spark's name, in lower case.
    package let name: String
    /// The call as documentation shows it.
    package let usage: String
    /// What it gives, as half a sentence.
    package let summary: String
    /// How many arguments it takes.
    package let arity: ClosedRange<Int>
}

/// All functions that stand before OVER alone.
package enum WindowFunctionTable {
    /// Every definition, by name.
    package static let all: [WindowFunctionDefinition] = [
        WindowFunctionDefinition(
            name: "cume_dist", usage: "cume_dist()", summary: "the share of rows up to the last of the row's peers",
            arity: 0...0),
        WindowFunctionDefinition(
            name: "dense_rank", usage: "dense_rank()",
            summary: "the rank of the row among the different values of its order", arity: 0...0),
        WindowFunctionDefinition(
            name: "lag", usage: "lag(value [, rows [, default]])",
            summary: "the value so many rows before, 1 where no number is given", arity: 1...3),
        WindowFunctionDefinition(
            name: "lead", usage: "lead(value [, rows [, default]])",
            summary: "the value so many rows behind, 1 where no number is given", arity: 1...3),
        WindowFunctionDefinition(
            name: "nth_value", usage: "nth_value(value, number)",
            summary: "the value in the row of this number, from 1, of the frame", arity: 2...2),
        WindowFunctionDefinition(
            name: "ntile", usage: "ntile(count)", summary: "in which of so many parts of nearly one size the row is",
            arity: 0...1),
        WindowFunctionDefinition(
            name: "percent_rank", usage: "percent_rank()",
            summary: "the share of the other rows that stand before the row's peers", arity: 0...0),
        WindowFunctionDefinition(
            name: "rank", usage: "rank()", summary: "one more than rows stand before the row's peers", arity: 0...0),
        WindowFunctionDefinition(
            name: "row_number", usage: "row_number()", summary: "the row's number in its partition", arity: 0...0),
    ]

    /// Every name that can be called, for "did you mean".
    package static let names: [String] = all.map(\.name)

    /// The function with this name, in letters of any case.
    package static func definition(_ name: String) -> WindowFunctionDefinition? {
        all.first { $0.name == name.lowercased() }
    }
}

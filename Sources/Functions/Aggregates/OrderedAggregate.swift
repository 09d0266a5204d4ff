// Aggregates over the rows of a group in an order: WITHIN GROUP (ORDER BY ...).

import Columns

/// What an aggregate is where WITHIN GROUP (ORDER BY ...) stands behind its call.
package struct OrderedAggregate: Sendable {
    /// How many arguments it takes in the parentheses.
    package let arity: ClosedRange<Int>
    /// How many keys it takes.
    package let keys: ClosedRange<Int>
    /// Whether it takes DISTINCT, where the keys are among the arguments.
    package let takesDistinct: Bool
    let shape: @Sendable (OrderedCall) throws(FunctionError) -> AggregateShape

    init(
        _ arity: ClosedRange<Int>, keys: ClosedRange<Int> = 1...1, takesDistinct: Bool = false,
        shape: @escaping @Sendable (OrderedCall) throws(FunctionError) -> AggregateShape
    ) {
        self.arity = arity
        self.keys = keys
        self.takesDistinct = takesDistinct
        self.shape = shape
    }
}

/// A call with WITHIN GROUP: its arguments and behind them the keys, with a direction each.
struct OrderedCall: Sendable {
    let all: FunctionCall
    let directions: [SortDirection]

    init(_ all: FunctionCall, _ directions: [SortDirection]) {
        self.all = all
        self.directions = directions
    }

    /// What stands in the parentheses of the call.
    var written: FunctionCall {
        FunctionCall(name: all.name, arguments: all.arguments.dropLast(directions.count), zone: all.zone)
    }

    /// Where among all arguments the keys are.
    var keys: Range<Int> { all.arguments.count - directions.count..<all.arguments.count }

    /// The directions as plans name them.
    var order: String {
        directions.map { "\($0.isAscending ? "asc" : "desc") nulls \($0.nullsFirst ? "first" : "last")" }
            .joined(separator: ", ")
    }
}

// What there is to know of an aggregate function: its arguments, what it keeps for a group, what it gives.

import Columns

/// One aggregate of the table: adding an aggregate is adding one of these to its family.
package struct AggregateDefinition: Sendable {
    /// Spark's name, in lower case.
    package let name: String
    /// Its other names.
    package let aliases: [String]
    /// The call as documentation shows it.
    package let usage: String
    /// What it gives, as half a sentence.
    package let summary: String
    /// How many arguments it takes.
    package let arity: ClosedRange<Int>
    /// Whether IGNORE NULLS may stand behind a call: it says the second argument.
    package let takesNullTreatment: Bool
    /// What it is with RESPECT NULLS behind it, where NULLs are left out without that; `nil` where that can't be.
    private let shapeWithNulls: (@Sendable (FunctionCall) throws(FunctionError) -> AggregateShape)?
    /// What it is with WITHIN GROUP (ORDER BY ...) behind it; `nil` where that can't be.
    package let ordered: OrderedAggregate?
    private let shape: @Sendable (FunctionCall) throws(FunctionError) -> AggregateShape

    init(
        _ name: String, aliases: [String] = [], _ usage: String, _ summary: String, _ arity: ClosedRange<Int>,
        takesNullTreatment: Bool = false, ordered: OrderedAggregate? = nil,
        withNulls: (@Sendable (FunctionCall) throws(FunctionError) -> AggregateShape)? = nil,
        shape: @escaping @Sendable (FunctionCall) throws(FunctionError) -> AggregateShape
    ) {
        self.name = name
        self.aliases = aliases
        self.usage = usage
        self.summary = summary
        self.arity = arity
        self.takesNullTreatment = takesNullTreatment
        self.ordered = ordered
        shapeWithNulls = withNulls
        self.shape = shape
    }

    /// The aggregate that it is with RESPECT NULLS behind a call; `nil` where it takes none.
    package var respectingNulls: AggregateDefinition? {
        shapeWithNulls.map { shape in
            AggregateDefinition("\(name) respect nulls", usage, summary, arity, shape: shape)
        }
    }

    /// What a call with these arguments is, or why it is none. With WITHIN GROUP the keys come behind the arguments,
    /// with a direction each.
    package func bind(
        _ arguments: [BoundArgument], withinGroup directions: [SortDirection] = []
    ) throws(FunctionError) -> AggregateBinding {
        guard let ordered, !directions.isEmpty else {
            return bound(name, try shape(FunctionCall(name: name, arguments: arguments)))
        }
        let call = OrderedCall(FunctionCall(name: name, arguments: arguments), directions)
        return bound("\(name) within group (\(call.order))", try ordered.shape(call))
    }

    private func bound(_ name: String, _ shape: AggregateShape) -> AggregateBinding {
        switch shape {
        case .parts(let argumentTypes, let type, let isNullable, let parts, let finish):
            .aggregate(
                BoundAggregate(
                    name: name, argumentTypes: argumentTypes, type: type, isNullable: isNullable, parts: parts,
                    finish: finish))
        case .rewrite(let rewrite): .rewrite(rewrite)
        }
    }
}

/// What a definition says a call is.
enum AggregateShape: Sendable {
    /// The types that it takes and gives, what it keeps, and what it makes of that.
    case parts([DataType], DataType, isNullable: Bool, [AccumulatorKind], AggregateFinish)
    case rewrite(Rewrite)
}

/// The results of some groups from the accumulators of an aggregate's parts.
package typealias AggregateFinish =
    @Sendable ([Accumulator], UnsafePointer<UInt32>, Int) throws(AggregateError) -> ColumnVector

/// What a call of an aggregate turns out to be.
package enum AggregateBinding: Sendable {
    case aggregate(BoundAggregate)
    /// Another expression, with other aggregates, over the same arguments.
    case rewrite(Rewrite)
}

/// An aggregate for arguments of certain types: equal where name and types are.
package struct BoundAggregate: Sendable {
    package let name: String
    /// The types that the arguments are cast to.
    package let argumentTypes: [DataType]
    package let type: DataType
    package let isNullable: Bool
    /// What it keeps for a group. Aggregates over the same values share equal parts: `sum(x)` and `avg(x)` keep one
    /// sum.
    package let parts: [AccumulatorKind]
    /// The results of groups.
    package let finish: AggregateFinish

    /// The same, which may be NULL whatever its arguments are.
    package var nullable: BoundAggregate {
        BoundAggregate(
            name: name, argumentTypes: argumentTypes, type: type, isNullable: true, parts: parts, finish: finish)
    }
}

extension BoundAggregate: Hashable {
    package static func == (a: BoundAggregate, b: BoundAggregate) -> Bool {
        a.name == b.name && a.type == b.type && a.argumentTypes == b.argumentTypes && a.parts == b.parts
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(argumentTypes)
    }
}

/// A way to keep something for each group: equal where name and types are.
package struct AccumulatorKind: Sendable {
    package let name: String
    /// Which of the aggregate's arguments it takes in.
    package let inputs: [Int]
    package let inputTypes: [DataType]
    /// Makes one for no groups.
    package let make: @Sendable () -> Accumulator

    init(_ name: String, _ inputs: [Int], _ inputTypes: [DataType], make: @escaping @Sendable () -> Accumulator) {
        self.name = name
        self.inputs = inputs
        self.inputTypes = inputTypes
        self.make = make
    }

    /// What it keeps, as state files name it: `sum(BIGINT)`.
    package var shape: String { "\(name)(\(inputTypes.map { "\($0)" }.joined(separator: ", ")))" }
}

extension AccumulatorKind: Hashable {
    package static func == (a: AccumulatorKind, b: AccumulatorKind) -> Bool {
        a.name == b.name && a.inputs == b.inputs && a.inputTypes == b.inputTypes
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(inputs)
    }
}

// The columns that aggregates read: arguments and filters, each once.

import Columns
import Functions
import LogicalPlan
import Operators

/// Collects the inputs of an aggregation behind its keys.
struct AggregateInputs {
    /// The keys, then the inputs.
    private(set) var list: [NamedExpression]
    private let keyCount: Int

    init(list groupings: [NamedExpression]) {
        list = groupings
        keyCount = groupings.count
    }

    /// An aggregate over columns of the list, to which what it reads is added.
    mutating func add(_ aggregate: NamedAggregate) -> AggregateSpec {
        let call = aggregate.call
        precondition(!call.isDistinct, "DISTINCT is two aggregations by now")
        let read = Set(call.function.parts.flatMap(\.inputs))
        let inputs = call.arguments.enumerated().map { index, argument in
            read.contains(index) ? column(guarded(argument, by: call.filter), aggregate) : nil
        }
        return AggregateSpec(call.function, inputs: inputs, filter: call.filter.map { column($0, aggregate) })
    }

    /// An argument that raises for no row that a FILTER leaves out.
    private func guarded(_ argument: ResolvedExpression, by filter: ResolvedExpression?) -> ResolvedExpression {
        guard let filter, argument.mayRaise else { return argument }
        return ResolvedExpression(
            .caseWhen([.init(condition: filter, result: argument)], otherwise: nil), type: argument.type,
            isNullable: true)
    }

    /// Which input an expression is. Equal ones are one, unless each evaluation gives another value.
    private mutating func column(_ expression: ResolvedExpression, _ aggregate: NamedAggregate) -> Int {
        if expression.isDeterministic,
            let known = list.dropFirst(keyCount).firstIndex(where: { $0.expression == expression })
        {
            return known - keyCount
        }
        list.append(NamedExpression(aggregate.id, name: aggregate.name, expression))
        return list.count - 1 - keyCount
    }
}

// Calls by name: functions of the table, and aggregates.

import Columns
import Functions
import LogicalPlan
import SourceText

extension ExpressionResolver {
    func function(
        _ written: String, _ arguments: [Expression], isDistinct: Bool, filter: Expression?, _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        let name = written.lowercased()
        if let definition = AggregateTable.definition(name) {
            return try aggregate(definition, name, arguments, isDistinct: isDistinct, filter: filter, whole)
        }
        guard let definition = FunctionTable.definition(name) else {
            throw PlanError(
                "UNRESOLVED_ROUTINE", "there is no function `\(written)`", expression: whole.text,
                hint: Self.didYouMean(name, among: FunctionTable.names + AggregateTable.names))
        }
        guard !isDistinct, filter == nil else {
            throw PlanError(
                "INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX",
                "\(name) is no aggregate and takes no \(isDistinct ? "DISTINCT" : "FILTER")", expression: whole.text)
        }
        var values: [ResolvedExpression] = []
        for argument in arguments { values.append(try resolve(argument)) }
        try count(values, definition.arity, name, whole)
        for value in definition.missingDefaults(values.count) { values.append(.literal(value, value.plainType)) }
        return try bind(definition, values, whole)
    }

    func count(
        _ values: [ResolvedExpression], _ allowed: ClosedRange<Int>, _ name: String, _ whole: Expression
    ) throws(PlanError) {
        guard !allowed.contains(values.count) else { return }
        let expected: String
        switch (allowed.lowerBound, allowed.upperBound) {
        case (let least, let most) where least == most: expected = "\(least)"
        case (let least, .max): expected = "at least \(least)"
        case (let least, let most): expected = "\(least) to \(most)"
        }
        throw PlanError(
            "WRONG_NUM_ARGS", "\(name) takes \(expected) argument\(expected == "1" ? "" : "s"), found \(values.count)",
            expression: whole.text)
    }

    /// A call of a function of the table: bound to the types of its arguments, or the expression that it is.
    func bind(
        _ definition: FunctionDefinition, _ values: [ResolvedExpression], _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        let arguments = values.map {
            BoundArgument(type: $0.type, isNullable: $0.isNullable, constant: $0.constantValue)
        }
        let binding: FunctionBinding
        do throws(FunctionError) {
            binding = try definition.bind(arguments)
        } catch {
            throw PlanError(error.code, error.message, expression: whole.text, hint: error.hint)
        }
        switch binding {
        case .function(let function): return call(function, values)
        case .rewrite(let rewrite): return try sharing(values[...], of: rewrite, [], whole)
        case .generator(.explode):
            guard case .array(let element, let containsNull) = values[0].type else {
                preconditionFailure("the table lets explode only have arrays")
            }
            return ResolvedExpression(.explode(values[0]), type: element, isNullable: containsNull)
        }
    }

    /// A function with its arguments as the types that it takes.
    func call(_ function: BoundFunction, _ values: [ResolvedExpression]) -> ResolvedExpression {
        ResolvedExpression(
            .function(function, zip(values, function.argumentTypes).map { implicitCast($0, to: $1) }),
            type: function.type, isNullable: function.isNullable)
    }

    // MARK: Aggregates

    private func aggregate(
        _ definition: AggregateDefinition, _ name: String, _ arguments: [Expression], isDistinct: Bool,
        filter: Expression?, _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        var values: [ResolvedExpression] = []
        let counts = definition.name == "count"
        if !counts || arguments != [.star(qualifier: [])] {
            for argument in arguments { values.append(try resolve(argument)) }
            try count(values, counts ? 1...Int.max : definition.arity, name, whole)
        }
        guard !values.contains(where: { $0.contains { $0.isAggregate } }) else {
            throw PlanError(
                "NESTED_AGGREGATE_FUNCTION", "an aggregate cannot be the argument of another", expression: whole.text,
                hint: "aggregate twice, in two steps")
        }
        // count(1) counts rows as count(*) does: equal plans must print alike.
        if counts, !isDistinct, values.count == 1, let value = values[0].literalValue, !value.isNull { values = [] }
        var condition: ResolvedExpression?
        if let filter { condition = try coerce(try resolve(filter), to: .boolean, whole) }
        return try bind(definition, values, isDistinct: isDistinct, filter: condition, whole)
    }

    /// A call of an aggregate of the table, or the expression of aggregates that it is.
    func bind(
        _ definition: AggregateDefinition, _ values: [ResolvedExpression], isDistinct: Bool,
        filter: ResolvedExpression?, _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        let arguments = values.map {
            BoundArgument(type: $0.type, isNullable: $0.isNullable, constant: $0.constantValue)
        }
        let binding: AggregateBinding
        do throws(FunctionError) {
            binding = try definition.bind(arguments)
        } catch {
            throw PlanError(error.code, error.message, expression: whole.text, hint: error.hint)
        }
        switch binding {
        case .aggregate(let function):
            let call = AggregateCall(
                function: function,
                arguments: zip(values, function.argumentTypes).map { implicitCast($0, to: $1) },
                isDistinct: isDistinct, filter: filter)
            return ResolvedExpression(.aggregate(call), type: call.type, isNullable: call.isNullable)
        case .rewrite(let rewrite):
            return try resolve(rewrite, values, whole, isDistinct: isDistinct, filter: filter)
        }
    }
}

extension ResolvedExpression {
    /// Whether this is a call of an aggregate.
    var isAggregate: Bool {
        if case .aggregate = kind { return true }
        return false
    }

    /// Whether this makes several rows of one.
    var isGenerator: Bool {
        if case .explode = kind { return true }
        return false
    }
}

extension Value {
    /// The type of a constant that stands for an argument left out.
    var plainType: DataType {
        switch self {
        case .string: .string
        case .integer: .integer
        case .boolean: .boolean
        default: preconditionFailure("no function has the default \(self)")
        }
    }
}

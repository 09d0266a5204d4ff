// Calls by name: functions of the table, and aggregates.

import Columns
import Functions
import LogicalPlan
import SourceText

extension ExpressionResolver {
    func function(
        _ written: String, _ given: [Expression], isDistinct: Bool, filter: Expression?, _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        let name = written.lowercased()
        let arguments = try Expression.positional(name, given)
        if !isDistinct, filter == nil, let window = try timeWindow(name, arguments, whole) { return window }
        if let definition = AggregateTable.definition(name) {
            return try aggregate(definition, name, arguments, isDistinct: isDistinct, filter: filter, whole)
        }
        if isWindowFunction(name) {
            throw PlanError(
                "WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE", "window function \(name) requires an OVER clause",
                expression: whole.text, hint: "\(name)() OVER (ORDER BY ...)")
        }
        if name == "grouping" || name == "grouping_id" { return try grouping(name, arguments, whole) }
        if let definition = LambdaTable.definition(name), !isDistinct, filter == nil,
            !definition.isFunctionToo || arguments.count > definition.values
        {
            return try lambdaCall(definition, arguments, whole)
        }
        let generator = GeneratorTable.definition(name)
        let scalar = FunctionTable.definition(name)
        guard let arity = generator?.arity ?? scalar?.arity else {
            throw PlanError(
                "UNRESOLVED_ROUTINE", "there is no function `\(written)`", expression: whole.text,
                hint: LeftOutFunctions.reason(name)
                    ?? Self.didYouMean(
                        name,
                        among: FunctionTable.names + AggregateTable.names + GeneratorTable.names + LambdaTable.names
                            + WindowFunctionTable.names))
        }
        guard !isDistinct, filter == nil else {
            throw PlanError(
                "INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX",
                "\(name) is no aggregate and takes no \(isDistinct ? "DISTINCT" : "FILTER")", expression: whole.text)
        }
        var values: [ResolvedExpression] = []
        for argument in arguments { values.append(try resolve(argument)) }
        try count(values, arity, name, whole)
        if let generator { return try bind(generator, values, whole) }
        guard let definition = scalar else { preconditionFailure("\(name) is a function or a generator") }
        let given = values.count
        for value in definition.missingDefaults(given) { values.append(.literal(value, value.plainType)) }
        return try bind(definition, values, given: given, whole, names: arguments.map(\.ownName))
    }

    /// A call with IGNORE NULLS or RESPECT NULLS behind it, which some aggregates take as an argument.
    func pick(
        _ name: String, _ arguments: [Expression], isDistinct: Bool, filter: Expression?, ignoresNulls: Bool,
        _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        let known = AggregateTable.definition(name)
        if let known, let respecting = known.respectingNulls {
            return try aggregate(
                ignoresNulls ? known : respecting, name.lowercased(), arguments, isDistinct: isDistinct, filter: filter,
                whole)
        }
        guard let known, known.takesNullTreatment, arguments.count == 1 else {
            throw PlanError(
                "INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX",
                "the function \(name.lowercased()) does not support \(ignoresNulls ? "IGNORE" : "RESPECT") NULLS here",
                expression: whole.text)
        }
        let all = arguments + [.literal(.boolean(ignoresNulls), .boolean)]
        return try function(name, all, isDistinct: isDistinct, filter: filter, whole)
    }

    /// `grouping` and `grouping_id`: the aggregation puts what they mean in their place.
    private func grouping(
        _ name: String, _ arguments: [Expression], _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        var values: [ResolvedExpression] = []
        for argument in arguments { values.append(try resolve(argument)) }
        try count(values, name == "grouping" ? 1...1 : 0...Int.max, name, whole)
        let type: DataType = name == "grouping" ? .byte : .long
        let function = BoundFunction(
            name, values.map(\.type), type, isNullable: false, traits: .isPerBatch, .firstValue)
        return ResolvedExpression(.function(function, values), type: type, isNullable: false)
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
            "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
            "\(name) takes \(expected) argument\(expected == "1" ? "" : "s"), found \(values.count)",
            expression: whole.text)
    }

    /// A call of a function of the table: bound to the types of its arguments, or the expression that it is. The first
    /// `given` values are written, the others are defaults; `names` are those of the arguments that have some.
    func bind(
        _ definition: FunctionDefinition, _ values: [ResolvedExpression], given: Int? = nil, _ whole: Expression,
        names: [String?] = []
    ) throws(PlanError) -> ResolvedExpression {
        let arguments = values.enumerated().map { place, value in
            BoundArgument(
                type: value.type, isNullable: value.isNullable, constant: value.constantValue,
                name: place < names.count ? names[place] : nil, isLeftOut: place >= given ?? values.count)
        }
        let binding: FunctionBinding
        do throws(FunctionError) {
            binding = try definition.bind(arguments, zone: analysis.zone)
        } catch {
            throw PlanError(error.code, error.message, expression: whole.text, hint: error.hint)
        }
        switch binding {
        case .function(let function): return call(function, values)
        case .rewrite(let rewrite): return try sharing(values[...], of: rewrite, [], whole)
        }
    }

    /// A call of a generator of the table.
    private func bind(
        _ definition: GeneratorDefinition, _ values: [ResolvedExpression], _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        let arguments = values.map {
            BoundArgument(type: $0.type, isNullable: $0.isNullable, constant: $0.constantValue)
        }
        let generator: BoundGenerator
        do throws(FunctionError) {
            generator = try definition.bind(arguments)
        } catch {
            throw PlanError(error.code, error.message, expression: whole.text, hint: error.hint)
        }
        let call = GeneratorCall(
            generator, zip(values, generator.argumentTypes).map { implicitCast($0, to: $1) })
        return ResolvedExpression(
            .generator(call), type: call.outputs.count == 1 ? call.outputs[0].type : .structure(call.outputs),
            isNullable: call.outputs.contains { $0.isNullable })
    }

    /// A function with its arguments as the types that it takes.
    func call(_ function: BoundFunction, _ values: [ResolvedExpression]) -> ResolvedExpression {
        // As Spark's optimizer has it: what is NULL for NULL is NULL, whatever the other arguments raise.
        if function.traits.contains(.isNullIntolerant), values.contains(where: { $0.literalValue == .null }) {
            return .literal(.null, function.type)
        }
        return ResolvedExpression(
            .function(function, zip(values, function.argumentTypes).map { implicitCast($0, to: $1) }),
            type: function.type, isNullable: function.isNullable)
    }

    // MARK: Aggregates

    /// An aggregate over rows in order.
    func aggregate(
        _ call: Expression, withinGroup order: [Expression], _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        guard
            case .function(let name, let arguments, let isDistinct, let filter, let ignoresNulls) = call.unlocated,
            ignoresNulls == nil, let definition = AggregateTable.definition(name), let ordered = definition.ordered
        else {
            throw PlanError(
                "INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX", "\(call.text) takes no WITHIN GROUP",
                expression: whole.text)
        }
        var keys: [SortKey] = []
        for key in order { keys.append(try sortKey(key)) }
        guard ordered.keys.contains(keys.count) else {
            throw PlanError(
                "INVALID_WITHIN_GROUP_EXPRESSION.WRONG_NUM_ORDERINGS",
                "\(name) takes \(ordered.keys.upperBound == 1 ? "one key" : "at least one key") in WITHIN GROUP, found "
                    + "\(keys.count)", expression: whole.text)
        }
        guard ordered.takesDistinct || !isDistinct else {
            throw PlanError(
                "INVALID_WITHIN_GROUP_EXPRESSION.DISTINCT_UNSUPPORTED",
                "\(name) takes no DISTINCT with WITHIN GROUP", expression: whole.text)
        }
        return try aggregate(
            definition, name.lowercased(), arguments, orderedBy: keys, isDistinct: isDistinct, filter: filter, whole)
    }

    private func aggregate(
        _ definition: AggregateDefinition, _ name: String, _ arguments: [Expression], orderedBy keys: [SortKey] = [],
        isDistinct: Bool, filter: Expression?, _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        var values: [ResolvedExpression] = []
        let counts = definition.name == "count"
        if !counts || isDistinct || arguments != [.star(qualifier: [])] {
            for argument in arguments { values.append(try resolve(argument)) }
            let arity = keys.isEmpty ? definition.arity : definition.ordered?.arity ?? definition.arity
            try count(values, counts ? 1...Int.max : arity, name, whole)
        }
        // Of several rows with one value DISTINCT leaves one: by another key nobody knows which.
        if isDistinct, keys.contains(where: { $0.expression != values[0] }) {
            throw PlanError(
                "INVALID_WITHIN_GROUP_EXPRESSION.MISMATCH_WITH_DISTINCT_INPUT",
                "\(name) with DISTINCT is ordered by its own argument alone", expression: whole.text)
        }
        values += keys.map(\.expression)
        guard isWindowCall || !values.contains(where: { $0.contains { $0.isAggregate } }) else {
            throw PlanError(
                "NESTED_AGGREGATE_FUNCTION", "an aggregate cannot be the argument of another", expression: whole.text,
                hint: "aggregate twice, in two steps")
        }
        try requireRows(values, of: name, whole)
        // count(1) counts rows as count(*) does: equal plans must print alike.
        if counts, !isDistinct, values.count == 1, let value = values[0].literalValue, !value.isNull { values = [] }
        var condition: ResolvedExpression?
        if let filter { condition = try self.condition(filter, of: name, whole) }
        return try bind(
            definition, values,
            withinGroup: keys.map { SortDirection(isAscending: $0.isAscending, nullsFirst: $0.nullsFirst) },
            isDistinct: isDistinct, filter: condition, whole)
    }

    /// The condition behind FILTER: one of the row alone.
    private func condition(
        _ filter: Expression, of name: String, _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        let condition = try resolve(filter)
        guard condition.type == .boolean else {
            throw PlanError(
                "INVALID_AGGREGATE_FILTER.NOT_BOOLEAN", "FILTER takes a BOOLEAN, found \(condition.type)",
                expression: whole.text, hint: "write a condition, or a CAST")
        }
        guard !condition.contains(where: { $0.isWindow }) else {
            throw PlanError(
                "INVALID_AGGREGATE_FILTER.CONTAINS_WINDOW_FUNCTION", "FILTER cannot hold a window function",
                expression: whole.text, hint: "compute it in a query inside FROM, then use the column")
        }
        guard condition.isDeterministic else {
            throw PlanError(
                "INVALID_AGGREGATE_FILTER.NON_DETERMINISTIC", "FILTER cannot hold what comes by chance",
                expression: whole.text, hint: "compute it in a query inside FROM, then use the column")
        }
        guard !condition.contains(where: { $0.isAggregate }) else {
            throw PlanError(
                "INVALID_AGGREGATE_FILTER.CONTAINS_AGGREGATE", "FILTER cannot hold an aggregate",
                expression: whole.text, hint: "filter in a query inside FROM")
        }
        try requireRows([condition], of: name, whole)
        return condition
    }

    /// Refuses arguments of an aggregate or a window function that take a step of their own above the rows.
    func requireRows(_ values: [ResolvedExpression], of name: String, _ whole: Expression) throws(PlanError) {
        if values.contains(where: { $0.contains { $0.isGenerator } }) {
            throw PlanError(
                "UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS", "\(name) cannot take a generator",
                expression: whole.text, hint: "explode in a query inside FROM, then use the column")
        }
        guard !values.contains(where: { $0.contains { $0.isWindow } }) else {
            throw PlanError(
                "UNSUPPORTED_EXPR_FOR_OPERATOR", "\(name) cannot take a window function", expression: whole.text,
                hint: "compute it in a query inside FROM, then use the column")
        }
    }

    /// A call of an aggregate of the table, or the expression of aggregates that it is.
    func bind(
        _ definition: AggregateDefinition, _ values: [ResolvedExpression], withinGroup order: [SortDirection] = [],
        isDistinct: Bool, filter: ResolvedExpression?, _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        let arguments = values.map {
            BoundArgument(type: $0.type, isNullable: $0.isNullable, constant: $0.constantValue)
        }
        let binding: AggregateBinding
        do throws(FunctionError) {
            binding = try definition.bind(arguments, withinGroup: order)
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
        if case .generator = kind { return true }
        return false
    }
}

extension ResolvedExpression {
    /// Whether this is computed over a window of rows.
    var isWindow: Bool {
        if case .window = kind { return true }
        return false
    }

    /// Whether this is a query.
    var isSubquery: Bool {
        if case .subquery = kind { return true }
        return false
    }
}

extension Expression {
    /// The name of a column, of a field, or behind AS.
    fileprivate var ownName: String? {
        switch unlocated {
        case .alias(_, let name), .field(_, let name): name
        case .column(let parts): parts.last
        case .resolved(_, _, let name): name
        default: nil
        }
    }
}

extension Value {
    /// The type of a constant that stands for an argument left out.
    var plainType: DataType {
        switch self {
        case .null: .null
        case .string: .string
        case .integer: .integer
        case .float: .float
        case .boolean: .boolean
        case .timestamp: .timestamp
        case .decimal(_, let scale): .decimal(precision: max(scale, 1), scale: scale)
        default: preconditionFailure("no function has the default \(self)")
        }
    }
}

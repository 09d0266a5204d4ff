// Calls with lambdas: what a lambda's parameters are, and what comes of its body.

import Columns
import Functions
import LogicalPlan

extension ExpressionResolver {
    /// A call of a function that takes lambdas.
    func lambdaCall(
        _ definition: LambdaDefinition, _ arguments: [Expression], _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        let name = definition.name
        let most = definition.values + definition.lambdas.upperBound
        let least = definition.values + definition.lambdas.lowerBound
        guard (least...most).contains(arguments.count) else {
            throw PlanError(
                "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
                "\(name) takes \(least == most ? "\(least)" : "\(least) to \(most)") arguments, found "
                    + "\(arguments.count)", expression: whole.text, hint: definition.usage)
        }
        var values: [ResolvedExpression] = []
        for argument in arguments.prefix(definition.values) {
            guard case .lambda = argument.unlocated else {
                values.append(try resolve(argument))
                continue
            }
            throw lambdaMisuse(
                "INVALID_LAMBDA_FUNCTION_CALL.UNEXPECTED", "a lambda stands where \(name) takes a value", whole,
                definition)
        }
        var lambdas: [(parameters: [String], body: Expression)] = []
        for argument in Self.withLambdas(definition, arguments).dropFirst(definition.values) {
            guard case .lambda(let parameters, let body) = argument.unlocated else { continue }
            let folded = parameters.map { $0.lowercased() }
            guard Set(folded).count == folded.count else {
                throw lambdaMisuse(
                    "INVALID_LAMBDA_FUNCTION_CALL.DUPLICATE_ARG_NAMES",
                    "the parameters of a lambda need names of their own", whole, definition)
            }
            lambdas.append((parameters, body))
        }
        let result = try made(definition, values, lambdas, whole)
        for lambda in result.lambdas {
            guard !lambda.body.contains(where: { $0.isSubquery }) else {
                throw PlanError(
                    "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.HIGHER_ORDER_FUNCTION",
                    "Subquery expressions are not supported within higher-order functions", expression: whole.text,
                    hint: "join the query's value, and use its column in the lambda")
            }
            guard !lambda.body.contains(where: { $0.isAggregate || $0.isWindow || $0.isGenerator }) else {
                throw StreamingRules.notYet("an aggregate, a window or a generator in a lambda", step: "select")
            }
        }
        return result.expression
    }

    /// The arguments with a lambda in place of each value that stands where one is taken: it gives that value,
    /// whatever its parameters are.
    static func withLambdas(_ definition: LambdaDefinition, _ arguments: [Expression]) -> [Expression] {
        arguments.enumerated().map { place, argument in
            let number = place - definition.values
            guard number >= 0 else { return argument }
            if case .lambda = argument.unlocated { return argument }
            // No name that a query has.
            let parameters = (0..<definition.parameterCount(ofLambda: number)).map { "\u{0}\($0)" }
            return .lambda(parameters: parameters, body: argument)
        }
    }

    private func lambdaMisuse(
        _ condition: String, _ message: String, _ whole: Expression, _ definition: LambdaDefinition
    ) -> PlanError {
        PlanError(
            condition, message, expression: whole.text, hint: definition.usage)
    }

    private struct Made {
        let expression: ResolvedExpression
        let lambdas: [LambdaCall.Lambda]
    }

    private func made(
        _ definition: LambdaDefinition, _ values: [ResolvedExpression],
        _ lambdas: [(parameters: [String], body: Expression)], _ whole: Expression
    ) throws(PlanError) -> Made {
        func lambda(_ place: Int, _ types: [Field], least: Int? = nil) throws(PlanError) -> LambdaCall.Lambda {
            try self.lambda(definition, lambdas[place], types, least: least ?? types.count, whole)
        }
        func call(
            _ lambdas: [LambdaCall.Lambda], _ type: DataType, isNullable: Bool
        ) -> Made {
            Made(
                expression: ResolvedExpression(
                    .lambda(LambdaCall(definition.function, values: values, lambdas: lambdas)), type: type,
                    isNullable: isNullable), lambdas: lambdas)
        }
        func condition(_ lambda: LambdaCall.Lambda) throws(PlanError) -> LambdaCall.Lambda {
            LambdaCall.Lambda(count: lambda.count, try coerce(lambda.body, to: .boolean, whole))
        }
        let isNullable = values.contains { $0.isNullable }
        let place = Field("place", .integer, isNullable: false)
        switch definition.function {
        case .transform:
            let body = try lambda(0, [try element(of: values[0], whole), place], least: 1)
            return call([body], .array(body.body.type, containsNull: body.body.isNullable), isNullable: isNullable)
        case .filter:
            let body = try condition(try lambda(0, [try element(of: values[0], whole), place], least: 1))
            return call([body], values[0].type, isNullable: isNullable)
        case .arraySort:
            let element = try element(of: values[0], whole)
            let body = try lambda(0, [element, element])
            guard body.body.type == .integer else {
                throw mismatch(
                    "DATATYPE_MISMATCH.UNEXPECTED_RETURN_TYPE",
                    "the lambda of array_sort must give INT, and gives \(body.body.type)", whole)
            }
            return call([body], values[0].type, isNullable: isNullable)
        case .exists, .forall:
            let body = try condition(try lambda(0, [try element(of: values[0], whole)]))
            return call([body], .boolean, isNullable: isNullable || body.body.isNullable)
        case .aggregate:
            // What the merge makes may hold NULL where the start value has none.
            let type = values[1].type.allowingNulls
            let sum = Field("sum", type, isNullable: true)
            let merge = try lambda(0, [sum, try element(of: values[0], whole)])
            guard merge.body.type.hasSameShape(as: type) else {
                throw mismatch(
                    "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                    "the start value of \(definition.name) is \(values[1].type), and the lambda makes "
                        + "\(merge.body.type) of it", whole)
            }
            let merged = LambdaCall.Lambda(count: merge.count, merge.body.implicitlyCast(to: type))
            let finish = lambdas.count > 1 ? try lambda(1, [sum]) : nil
            let made = [merged] + (finish.map { [$0] } ?? [])
            let folded = LambdaCall(
                definition.function, values: [values[0], values[1].implicitlyCast(to: type)], lambdas: made)
            return Made(
                expression: ResolvedExpression(.lambda(folded), type: finish?.body.type ?? type, isNullable: true),
                lambdas: made)
        case .mapZipWith where !haveSameKeys(values):
            return try self.made(definition, try withCommonKeys(values, whole), lambdas, whole)
        case .mapZipWith, .transformKeys, .transformValues, .mapFilter:
            let (body, type) = try overMaps(definition, values, lambdas[0], whole)
            return call([body], type, isNullable: isNullable)
        case .zipWith:
            let elements = [try element(of: values[0], whole), try element(of: values[1], whole)]
            let body = try lambda(0, elements.map { Field($0.name, $0.type, isNullable: true) })
            return call([body], .array(body.body.type, containsNull: body.body.isNullable), isNullable: isNullable)
        }
    }

    private func haveSameKeys(_ maps: [ResolvedExpression]) -> Bool {
        guard case .map(let key, _, _) = maps[0].type, case .map(let other, _, _) = maps[1].type else { return true }
        return key == other
    }

    /// Two maps, cast to the type that their keys have in common.
    private func withCommonKeys(
        _ maps: [ResolvedExpression], _ whole: Expression
    ) throws(PlanError) -> [ResolvedExpression] {
        guard case .map(let left, _, _) = maps[0].type, case .map(let right, _, _) = maps[1].type,
            let key = TypeCoercion.commonType(left, right)
        else {
            throw mismatch(
                "DATATYPE_MISMATCH.MAP_ZIP_WITH_DIFF_TYPES",
                "map_zip_with takes two MAPs with keys of one type, found \(maps[0].type) and \(maps[1].type)", whole)
        }
        var cast: [ResolvedExpression] = []
        for map in maps {
            guard case .map(_, let value, let containsNull) = map.type else { continue }
            cast.append(map.implicitlyCast(to: .map(key: key, value: value, valueContainsNull: containsNull)))
        }
        return cast
    }

    /// The lambda of a function of maps, and the type that comes of it.
    private func overMaps(
        _ definition: LambdaDefinition, _ values: [ResolvedExpression],
        _ written: (parameters: [String], body: Expression), _ whole: Expression
    ) throws(PlanError) -> (LambdaCall.Lambda, DataType) {
        func lambda(_ types: [Field]) throws(PlanError) -> LambdaCall.Lambda {
            try self.lambda(definition, written, types, least: types.count, whole)
        }
        guard case .map(let key, let value, let containsNull) = values[0].type else {
            throw mismatch(
                "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "\(definition.name) takes a MAP, found \(values[0].type)",
                whole)
        }
        let first = Field("key", key, isNullable: false)
        if definition.function == .mapZipWith {
            guard case .map(_, let otherValue, _) = values[1].type else {
                throw mismatch(
                    "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                    "\(definition.name) takes two MAPs, found \(values[1].type)", whole)
            }
            let both = [Field("x", value, isNullable: true), Field("y", otherValue, isNullable: true)]
            let made = try lambda([first] + both)
            return (made, .map(key: key, value: made.body.type, valueContainsNull: made.body.isNullable))
        }
        let made = try lambda([first, Field("value", value, isNullable: containsNull)])
        switch definition.function {
        case .mapFilter:
            let condition = LambdaCall.Lambda(count: made.count, try coerce(made.body, to: .boolean, whole))
            return (condition, values[0].type)
        case .transformKeys:
            guard EqualValues.canTell(made.body.type) else {
                throw mismatch(
                    "DATATYPE_MISMATCH.INVALID_MAP_KEY_TYPE", "a key of a map cannot be \(made.body.type)", whole)
            }
            return (made, .map(key: made.body.type, value: value, valueContainsNull: containsNull))
        default: return (made, .map(key: key, value: made.body.type, valueContainsNull: made.body.isNullable))
        }
    }

    /// A lambda whose parameters have these types; the last ones may be left out.
    private func lambda(
        _ definition: LambdaDefinition, _ written: (parameters: [String], body: Expression), _ types: [Field],
        least: Int, _ whole: Expression
    ) throws(PlanError) -> LambdaCall.Lambda {
        guard (least...types.count).contains(written.parameters.count) else {
            throw lambdaMisuse(
                "INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH",
                "a lambda of \(definition.name) has \(types.count) parameters, and this has "
                    + "\(written.parameters.count)", whole, definition)
        }
        let uses = zip(written.parameters, types).map { name, field in
            (name, ResolvedExpression(.shared(outward: 0), type: field.type, isNullable: field.isNullable))
        }
        var inner = self
        inner.variables = uses.map { (name: $0, value: $1) } + variables
        let body = try inner.resolve(written.body)
        return LambdaCall.Lambda(count: uses.count, body.binding(uses.map(\.1)))
    }

    private func element(
        of array: ResolvedExpression, _ whole: Expression
    ) throws(PlanError) -> Field {
        guard case .array(let element, let containsNull) = array.type else {
            throw mismatch("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "expected an ARRAY, found \(array.type)", whole)
        }
        return Field("element", element, isNullable: containsNull)
    }
}

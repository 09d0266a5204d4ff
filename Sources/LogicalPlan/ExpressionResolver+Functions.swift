// The functions by name: how many arguments of which types, and what they give.

import Columns

extension ExpressionResolver {
    /// Every name that can be called, for "did you mean".
    static let functionNames: [String] = [
        "abs", "avg", "bigint", "binary", "boolean", "btrim", "char_length", "character_length", "coalesce", "concat",
        "count", "current_timestamp", "date", "decimal", "double", "explode", "first", "first_value", "float", "if",
        "ifnull", "int", "isnotnull", "isnull", "last", "last_value", "lcase", "len", "length", "like", "lower",
        "ltrim", "max", "mean", "min", "mod", "negative", "now", "nullif", "nvl", "nvl2", "octet_length", "positive",
        "rlike", "regexp", "regexp_like", "rtrim", "size", "smallint", "split", "string", "substr", "substring", "sum",
        "timestamp", "tinyint", "trim", "ucase", "upper",
    ]

    func function(
        _ written: String, _ arguments: [Expression], isDistinct: Bool, filter: Expression?, _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        let name = written.lowercased()
        if let aggregate = ExpressionResolver.aggregates[name] {
            return try self.aggregate(aggregate, arguments, isDistinct: isDistinct, filter: filter, whole)
        }
        guard ExpressionResolver.functionNames.contains(name) else {
            throw PlanError(
                "UNRESOLVED_ROUTINE", "there is no function `\(written)`", expression: whole.text,
                hint: Suggestions.hint(for: name, among: ExpressionResolver.functionNames))
        }
        guard !isDistinct, filter == nil else {
            throw PlanError(
                "INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX",
                "\(name) is no aggregate and takes no \(isDistinct ? "DISTINCT" : "FILTER")", expression: whole.text)
        }
        var values: [ResolvedExpression] = []
        for argument in arguments { values.append(try resolve(argument)) }
        if let type = ExpressionResolver.castFunctions[name] {
            try count(values, 1...1, name, whole)
            return try cast(values[0], to: type, isTry: false, whole)
        }
        if let result = try conditional(name, arguments, values, whole) { return result }
        return try scalar(name, values, whole)
    }

    private static let castFunctions: [String: DataType] = [
        "string": .string, "int": .integer, "bigint": .long, "smallint": .short, "tinyint": .byte, "double": .double,
        "float": .float, "boolean": .boolean, "binary": .binary, "date": .date, "timestamp": .timestamp,
        "decimal": .decimal(precision: 10, scale: 0),
    ]

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

    // MARK: Functions that are other expressions

    private func conditional(
        _ name: String, _ arguments: [Expression], _ values: [ResolvedExpression], _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression? {
        switch name {
        case "isnull", "isnotnull":
            try count(values, 1...1, name, whole)
            return ResolvedExpression(
                .isNull(values[0], isNegated: name == "isnotnull"), type: .boolean, isNullable: false)
        case "if":
            try count(values, 3...3, name, whole)
            return try caseWhen(
                [.init(condition: arguments[0], result: arguments[1])], arguments[2], whole)
        case "nvl2":
            try count(values, 3...3, name, whole)
            return try caseWhen(
                [.init(condition: .isNull(arguments[0], isNegated: true), result: arguments[1])], arguments[2], whole)
        case "nullif":
            try count(values, 2...2, name, whole)
            let equal = try compare(.equal, values[0], values[1], whole)
            return ResolvedExpression(
                .caseWhen([.init(condition: equal, result: .literal(.null, values[0].type))], otherwise: values[0]),
                type: values[0].type, isNullable: true)
        case "coalesce", "nvl", "ifnull":
            try count(values, name == "coalesce" ? 1...Int.max : 2...2, name, whole)
            let together = try coerceTogether(values, whole)
            return ResolvedExpression(
                .function(.coalesce, together), type: together[0].type,
                isNullable: together.allSatisfy { $0.isNullable })
        case "mod":
            try count(values, 2...2, name, whole)
            return try binary(.arithmetic(.remainder), values[0], values[1], whole)
        case "negative", "positive":
            try count(values, 1...1, name, whole)
            return try sign(name == "negative" ? .minus : .plus, arguments[0], whole)
        case "now", "current_timestamp":
            try count(values, 0...0, name, whole)
            return ResolvedExpression(.function(.currentTimestamp, []), type: .timestamp, isNullable: false)
        case "explode":
            try count(values, 1...1, name, whole)
            guard case .array(let element, let containsNull) = values[0].type else {
                throw mismatch("explode needs an ARRAY, found \(values[0].type)", whole)
            }
            return ResolvedExpression(.explode(values[0]), type: element, isNullable: containsNull)
        default: return nil
        }
    }

    // MARK: Scalar functions

    private func scalar(
        _ name: String, _ values: [ResolvedExpression], _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        func make(_ function: ScalarFunction, _ arguments: [ResolvedExpression], _ type: DataType) -> ResolvedExpression
        {
            ResolvedExpression(
                .function(function, arguments), type: type, isNullable: arguments.contains { $0.isNullable })
        }
        switch name {
        case "upper", "ucase", "lower", "lcase":
            try count(values, 1...1, name, whole)
            return make(
                name.hasPrefix("u") ? .upper : .lower, [try coerce(values[0], to: .string, whole)], .string)
        case "trim", "btrim", "ltrim", "rtrim":
            try count(values, 1...2, name, whole)
            var texts: [ResolvedExpression] = []
            for value in values { texts.append(try coerce(text(value), to: .string, whole)) }
            return make(name == "ltrim" ? .ltrim : name == "rtrim" ? .rtrim : .trim, texts, .string)
        case "length", "len", "char_length", "character_length", "octet_length":
            try count(values, 1...1, name, whole)
            let value = values[0].type == .binary ? values[0] : try coerce(values[0], to: .string, whole)
            return make(name == "octet_length" ? .octetLength : .length, [value], .integer)
        case "split":
            try count(values, 2...3, name, whole)
            var parts = [try coerce(values[0], to: .string, whole), try coerce(values[1], to: .string, whole)]
            parts.append(
                values.count == 3 ? try coerce(values[2], to: .integer, whole) : .literal(.integer(-1), .integer))
            return make(.split, parts, .array(.string, containsNull: false))
        case "like", "rlike", "regexp", "regexp_like":
            try count(values, name == "like" ? 2...3 : 2...2, name, whole)
            var parts: [ResolvedExpression] = []
            for value in values { parts.append(try coerce(value, to: .string, whole)) }
            return make(name == "like" ? .like : .rlike, parts, .boolean)
        case "substring", "substr":
            try count(values, 2...3, name, whole)
            let source = values[0].type == .binary ? values[0] : try coerce(values[0], to: .string, whole)
            var parts = [source, try coerce(values[1], to: .integer, whole)]
            parts.append(
                values.count == 3 ? try coerce(values[2], to: .integer, whole) : .literal(.integer(.max), .integer))
            return make(.substring, parts, source.type)
        case "concat": return try concatenation(values, whole)
        case "abs":
            try count(values, 1...1, name, whole)
            let value = values[0].type.isNumeric ? values[0] : try coerce(values[0], to: .double, whole)
            return make(.abs, [value], value.type)
        case "size":
            try count(values, 1...1, name, whole)
            switch values[0].type {
            case .array, .map: return make(.size, values, .integer)
            default: throw mismatch("size needs an ARRAY or a MAP, found \(values[0].type)", whole)
            }
        default: preconditionFailure("the function \(name) is listed and not defined")
        }
    }

    /// Binaries are read as text where text is wanted.
    private func text(_ value: ResolvedExpression) -> ResolvedExpression {
        value.type == .binary ? implicitCast(value, to: .string) : value
    }

    func concatenation(_ values: [ResolvedExpression], _ whole: Expression) throws(PlanError) -> ResolvedExpression {
        guard !values.isEmpty else { return .literal(.string(""), .string) }
        let allBinary = values.allSatisfy { $0.type == .binary }
        var parts: [ResolvedExpression] = []
        for value in values {
            guard value.type.isAtomic || value.type == .null else {
                throw mismatch("concat of \(value.type) is not supported", whole)
            }
            parts.append(implicitCast(value, to: allBinary ? .binary : .string))
        }
        return ResolvedExpression(
            .function(.concat, parts), type: allBinary ? .binary : .string,
            isNullable: parts.contains { $0.isNullable })
    }

    // MARK: Aggregates

    static let aggregates: [String: AggregateFunction] = [
        "count": .count, "sum": .sum, "avg": .average, "mean": .average, "min": .minimum, "max": .maximum,
        "first": .first, "first_value": .first, "last": .last, "last_value": .last,
    ]

    private func aggregate(
        _ function: AggregateFunction, _ arguments: [Expression], isDistinct: Bool, filter: Expression?,
        _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        var values: [ResolvedExpression] = []
        let countsRows = function == .count && arguments == [.star(qualifier: [])]
        if !countsRows { for argument in arguments { values.append(try resolve(argument)) } }
        if !countsRows { try count(values, 1...(function == .count ? Int.max : 1), function.rawValue, whole) }
        guard !values.contains(where: { $0.contains { $0.isAggregate } }) else {
            throw PlanError(
                "NESTED_AGGREGATE_FUNCTION", "an aggregate cannot be the argument of another", expression: whole.text,
                hint: "aggregate twice, in two steps")
        }
        // count(1) counts rows as count(*) does: equal plans must print alike.
        if function == .count, !isDistinct, values.count == 1, let value = values[0].literalValue, !value.isNull {
            values = []
        }
        var condition: ResolvedExpression?
        if let filter { condition = try coerce(try resolve(filter), to: .boolean, whole) }
        let type: DataType
        var isNullable = true
        switch function {
        case .count:
            type = .long
            isNullable = false
        case .sum, .average:
            if values[0].type == .string || values[0].type == .null { values[0] = implicitCast(values[0], to: .double) }
            guard values[0].type.isNumeric else {
                throw mismatch("\(function.rawValue) needs numbers, found \(values[0].type)", whole)
            }
            type = ExpressionResolver.foldedType(function, values[0].type)
        case .minimum, .maximum:
            try requireOrdered(values[0].type, whole)
            type = values[0].type
        case .first, .last: type = values[0].type
        }
        let call = AggregateCall(
            function: function, arguments: values, isDistinct: isDistinct, filter: condition, type: type,
            isNullable: isNullable)
        return ResolvedExpression(.aggregate(call), type: type, isNullable: isNullable)
    }

    private static func foldedType(_ function: AggregateFunction, _ type: DataType) -> DataType {
        switch (function, type) {
        case (.sum, .decimal(let precision, let scale)):
            return TypeCoercion.boundedDecimal(precision: min(38, precision + 10), scale: scale)
        case (.average, .decimal(let precision, let scale)):
            return TypeCoercion.boundedDecimal(precision: min(38, precision + 4), scale: min(38, scale + 4))
        case (.sum, let type) where type.isIntegral: return .long
        default: return .double
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

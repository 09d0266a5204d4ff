// Trees as text with every grouping in brackets, to compare them in tables.

@testable import SQLParser

extension SyntaxExpression {
    var printed: String {
        switch kind {
        case .literal(let literal): literal.printed
        case .name(let parts): parts.joined(separator: ".")
        case .star(let qualifier, let except):
            (qualifier + ["*"]).joined(separator: ".")
                + (except.isEmpty
                    ? "" : " EXCEPT (\(except.map { $0.joined(separator: ".") }.joined(separator: ", ")))")
        case .call(let call):
            call.name + "(" + (call.isDistinct ? "DISTINCT " : "") + list(call.arguments) + ")"
                + (call.order.isEmpty ? "" : " WITHIN [\(call.order.printed)]")
                + (call.filter.map { " FILTER \($0.printed)" } ?? "")
                + (call.ignoresNulls.map { $0 ? " IGNORE NULLS" : " RESPECT NULLS" } ?? "")
        case .cast(let operand, let type, let isTry):
            (isTry ? "TRY_CAST(" : "CAST(") + operand.printed + " AS " + type.printed + ")"
        case .unary(let operation, let operand): "[\(operation.rawValue) \(operand.printed)]"
        case .binary(let operation, let left, let right): "[\(left.printed) \(operation.rawValue) \(right.printed)]"
        case .isNull(let operand, let isNegated): "[\(operand.printed) IS\(isNegated ? " NOT" : "") NULL]"
        case .isBoolean(let operand, let value, let isNegated):
            "[\(operand.printed) IS\(isNegated ? " NOT" : "") \(value.map { $0 ? "TRUE" : "FALSE" } ?? "UNKNOWN")]"
        case .isDistinct(let left, let right, let isNegated):
            "[\(left.printed) IS\(isNegated ? " NOT" : "") DISTINCT FROM \(right.printed)]"
        case .between(let operand, let low, let high, let isNegated):
            "[\(operand.printed)\(isNegated ? " NOT" : "") BETWEEN \(low.printed) AND \(high.printed)]"
        case .inList(let operand, let values, let isNegated):
            "[\(operand.printed)\(isNegated ? " NOT" : "") IN (\(list(values)))]"
        case .like(let kind, let operand, let pattern, let escape, let isNegated):
            "[\(operand.printed)\(isNegated ? " NOT" : "") \(kind.rawValue) \(pattern.printed)"
                + (escape.map { " ESCAPE \($0)" } ?? "") + "]"
        case .likeSeveral(let kind, let operand, let patterns, let needsAll, let isNegated):
            "[\(operand.printed)\(isNegated ? " NOT" : "") \(kind.rawValue) \(needsAll ? "ALL" : "ANY") "
                + "(\(list(patterns)))]"
        case .caseWhen(let operand, let branches, let otherwise):
            "CASE" + (operand.map { " " + $0.printed } ?? "")
                + branches.map { " WHEN \($0.condition.printed) THEN \($0.result.printed)" }.joined()
                + (otherwise.map { " ELSE \($0.printed)" } ?? "") + " END"
        case .element(let base, let index): "\(base.printed)[\(index.printed)]"
        case .field(let base, let name): "\(base.printed)->\(name)"
        case .within(let base, let steps): "\(base.printed):\(steps.map { "\($0)" }.joined(separator: "/"))"
        case .argument(let name, let value): "\(name) => \(value.printed)"
        case .aliases(let operand, let names): "\(operand.printed) AS (\(names.joined(separator: ", ")))"
        case .alias(let operand, let name): "\(operand.printed) AS \(name)"
        case .row(let items): "row(\(list(items)))"
        case .subquery(let query): "{\(query.printed)}"
        case .exists(let query): "EXISTS {\(query.printed)}"
        case .inQuery(let operand, let query, let isNegated):
            "[\(operand.printed)\(isNegated ? " NOT" : "") IN {\(query.printed)}]"
        case .lambda(let parameters, let body): "(\(parameters.joined(separator: ", "))) -> \(body.printed)"
        case .over(let call, let window): "\(call.printed) OVER \(window.printed)"
        }
    }

    private func list(_ expressions: [SyntaxExpression]) -> String { expressions.printed }
}

extension SyntaxLiteral {
    var printed: String {
        switch self {
        case .null: "NULL"
        case .boolean(let value): value ? "TRUE" : "FALSE"
        case .byte(let value): "\(value)Y"
        case .short(let value): "\(value)S"
        case .integer(let value): "\(value)"
        case .long(let value): "\(value)L"
        case .decimal(let unscaled, let precision, let scale): "dec(\(unscaled),\(precision),\(scale))"
        case .float(let value): "\(value)F"
        case .double(let value): "\(value)D"
        case .string(let value): "'\(value)'"
        case .binary(let value): "X\(value)"
        case .date(let value): "DATE'\(value)'"
        case .timestamp(let value): "TIMESTAMP'\(value)'"
        case .timestampWithoutTimeZone(let value): "TIMESTAMP_NTZ'\(value)'"
        case .time(let value): "TIME'\(value)'"
        case .interval(let parts):
            "INTERVAL "
                + parts.map { "\($0.amount) \($0.unit)" + ($0.toUnit.map { " TO \($0)" } ?? "") }
                .joined(separator: " ")
        }
    }
}

extension SyntaxType {
    var printed: String {
        switch kind {
        case .decimal(let precision, let scale): "decimal(\(precision),\(scale))"
        case .varchar(let length): "varchar(\(length))"
        case .char(let length): "char(\(length))"
        case .time(let precision): "time(\(precision))"
        case .interval(let unit, let toUnit): "interval(\(unit ?? ""),\(toUnit ?? ""))"
        case .array(let element): "array<\(element.printed)>"
        case .map(let key, let value): "map<\(key.printed),\(value.printed)>"
        case .structure(let fields): "struct<" + fields.map(\.printed).joined(separator: ",") + ">"
        default: "\(kind)"
        }
    }
}

extension SyntaxField {
    var printed: String {
        "\(name):\(type.printed)" + (isNotNull ? "!" : "") + (comment.map { "#\($0)" } ?? "")
    }
}

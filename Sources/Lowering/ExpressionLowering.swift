// SQL expressions as written to the expressions that plans are made of.

import Columns
import LogicalPlan
import SQLParser
import SchemaText
import SourceText

/// Lowers syntax trees. What the engine has no expression for is refused with its place in the text.
package struct ExpressionLowering {
    /// The text that is lowered: expressions know their places in it.
    let text: String
    /// The tables that subqueries name; `nil` where an expression stands in no query.
    var scope: QueryScope?

    init(text: String, scope: QueryScope? = nil) {
        self.text = text
        self.scope = scope
    }

    /// The expression in a text such as `expr("...")` takes.
    package static func expression(_ text: String) throws(SQLDiagnostic) -> Expression {
        try ExpressionLowering(text: text).lower(try SyntaxParser.expression(text))
    }

    /// The expressions in a list such as `SELECT` takes.
    package static func expressions(_ text: String) throws(SQLDiagnostic) -> [Expression] {
        try ExpressionLowering(text: text).lower(try SyntaxParser.expressions(text))
    }

    /// The expression of a constant that stands in a text.
    package static func constant(_ syntax: SyntaxExpression, in text: String) throws(SQLDiagnostic) -> Expression {
        try ExpressionLowering(text: text).lower(syntax)
    }

    // MARK: Expressions

    func lower(_ list: [SyntaxExpression]) throws(SQLDiagnostic) -> [Expression] {
        var lowered: [Expression] = []
        for expression in list { lowered.append(try lower(expression)) }
        return lowered
    }

    /// The expression with its place in the text, where something can be wrong with it.
    func lower(_ syntax: SyntaxExpression) throws(SQLDiagnostic) -> Expression {
        let expression = try unplaced(syntax)
        switch expression {
        case .literal, .star, .alias, .aliases: return expression
        default: return .located(TextPlace(text, syntax.range), expression)
        }
    }

    private func unplaced(_ syntax: SyntaxExpression) throws(SQLDiagnostic) -> Expression {
        switch syntax.kind {
        case .literal(let literal): return try lower(literal, at: syntax.range)
        case .name(let parts): return .column(parts)
        case .star(let qualifier, let except): return .star(qualifier: qualifier, except: except)
        case .call(let call): return try lower(call)
        case .cast(let operand, let type, let isTry):
            return .cast(try lower(operand), try SchemaText.castType(type), isTry: isTry)
        case .unary(let operation, let operand): return try unary(operation, operand)
        case .binary(let operation, let left, let right):
            return binary(operation, try lower(left), try lower(right))
        case .field(let base, let name):
            let base = try lower(base)
            // As in Spark, `(a).b` is the column `a.b`.
            if case .column(let parts) = base.unlocated { return .column(parts + [name]) }
            return .field(base, name)
        case .element(let base, let index): return .element(try lower(base), try lower(index))
        case .within(let base, let steps): return try within(base, steps)
        case .aliases(let operand, let names): return .aliases(try lower(operand), names)
        case .alias(let operand, let name): return .alias(try lower(operand), name)
        case .argument(let name, let value): return .argument(name: name, try lower(value))
        case .caseWhen(let operand, let branches, let otherwise):
            return try caseWhen(operand, branches, otherwise)
        case .isNull, .isBoolean, .isDistinct, .between, .inList, .like, .likeSeveral: return try predicate(syntax)
        case .row(let items): return .row(try lower(items))
        case .subquery(let query): return .subquery(try lower(query, at: syntax.range))
        case .exists(let query): return .exists(try lower(query, at: syntax.range))
        case .inQuery(let operand, let query, let isNegated):
            let test = Expression.inSubquery(try operands(operand), try lower(query, at: syntax.range))
            return isNegated ? .unary(.not, test) : test
        case .lambda(let parameters, let body): return .lambda(parameters: parameters, body: try lower(body))
        case .over(let call, let window): return try over(call, window)
        }
    }

    /// A value within a VARIANT, which has the name of the last field on the way.
    private func within(
        _ base: SyntaxExpression, _ steps: [SyntaxPathStep]
    ) throws(SQLDiagnostic) -> Expression {
        var path = "$"
        for step in steps {
            switch step {
            case .name(let name): path += ".\(name)"
            case .text(let name): path += "['\(name)']"
            case .index(let index): path += "[\(index)]"
            }
        }
        let value = Expression.function(name: ":", [try lower(base), .literal(.string(path), .string)])
        for step in steps.reversed() {
            switch step {
            // In back-ticks a name may hold points, which part it as they do without.
            case .name(let name): return .alias(value, name.split(separator: ".").last.map(String.init) ?? name)
            case .text(let name): return .alias(value, name)
            case .index: continue
            }
        }
        return value
    }

    private func predicate(_ syntax: SyntaxExpression) throws(SQLDiagnostic) -> Expression {
        func negated(_ isNegated: Bool, _ expression: Expression) -> Expression {
            isNegated ? .unary(.not, expression) : expression
        }
        switch syntax.kind {
        case .isNull(let operand, let isNegated): return .isNull(try lower(operand), isNegated: isNegated)
        case .isBoolean(let operand, let value, let isNegated):
            // Never NULL: NULL IS TRUE is false.
            let constant: Value = value.map { .boolean($0) } ?? .null
            return negated(
                isNegated, .binary(.comparison(.nullSafeEqual), try lower(operand), .literal(constant, .boolean)))
        case .isDistinct(let left, let right, let isNegated):
            return negated(!isNegated, .binary(.comparison(.nullSafeEqual), try lower(left), try lower(right)))
        case .between(let operand, let low, let high, let isNegated):
            return negated(
                isNegated, .between(try lower(operand), low: try lower(low), high: try lower(high)))
        case .inList(let operand, let values, let isNegated):
            return negated(isNegated, try inList(operand, values))
        case .like(let kind, let operand, let pattern, let escape, let isNegated):
            return negated(isNegated, try like(kind, operand, pattern, escape))
        case .likeSeveral(let kind, let operand, let patterns, let needsAll, let isNegated):
            return .likeSeveral(
                function: kind.rawValue.lowercased(), try lower(operand), patterns: try lower(patterns),
                needsAll: needsAll, isNegated: isNegated)
        default: preconditionFailure("only predicates are handed to predicate")
        }
    }

    private func like(
        _ kind: SyntaxLikeKind, _ operand: SyntaxExpression, _ pattern: SyntaxExpression, _ escape: String?
    ) throws(SQLDiagnostic) -> Expression {
        var arguments = [try lower(operand), try lower(pattern)]
        if let escape { arguments.append(.literal(.string(escape), .string)) }
        return .function(name: kind.rawValue.lowercased(), arguments)
    }

    private func caseWhen(
        _ operand: SyntaxExpression?, _ branches: [SyntaxBranch], _ otherwise: SyntaxExpression?
    ) throws(SQLDiagnostic) -> Expression {
        var lowered: [Expression.Branch] = []
        for branch in branches {
            lowered.append(
                Expression.Branch(condition: try lower(branch.condition), result: try lower(branch.result)))
        }
        var last: Expression?
        if let otherwise { last = try lower(otherwise) }
        var compared: Expression?
        if let operand { compared = try lower(operand) }
        return .caseWhen(operand: compared, lowered, otherwise: last)
    }

    private func unary(
        _ operation: SyntaxUnaryOperator, _ operand: SyntaxExpression
    ) throws(SQLDiagnostic) -> Expression {
        switch operation {
        case .minus: return .unary(.minus, try lower(operand))
        case .plus: return .unary(.plus, try lower(operand))
        case .not: return .unary(.not, try lower(operand))
        case .bitwiseNot: return .function(name: operation.rawValue, [try lower(operand)])
        }
    }

    private func binary(_ operation: SyntaxBinaryOperator, _ left: Expression, _ right: Expression) -> Expression {
        switch operation {
        case .or: .binary(.or, left, right)
        case .and: .binary(.and, left, right)
        case .equal: .binary(.comparison(.equal), left, right)
        case .notEqual: .binary(.comparison(.notEqual), left, right)
        case .less: .binary(.comparison(.less), left, right)
        case .lessOrEqual: .binary(.comparison(.lessOrEqual), left, right)
        case .greater: .binary(.comparison(.greater), left, right)
        case .greaterOrEqual: .binary(.comparison(.greaterOrEqual), left, right)
        case .nullSafeEqual: .binary(.comparison(.nullSafeEqual), left, right)
        case .add: .binary(.arithmetic(.add), left, right)
        case .subtract: .binary(.arithmetic(.subtract), left, right)
        case .multiply: .binary(.arithmetic(.multiply), left, right)
        case .divide: .binary(.arithmetic(.divide), left, right)
        case .remainder: .binary(.arithmetic(.remainder), left, right)
        case .integralDivide: .binary(.arithmetic(.integralDivide), left, right)
        case .concatenate: .binary(.concatenate, left, right)
        case .bitwiseOr, .bitwiseXor, .bitwiseAnd, .shiftLeft, .shiftRight, .shiftRightUnsigned:
            .function(name: operation.rawValue, [left, right])
        }
    }

    func unsupported(_ what: String, at range: TextRange, hint: String? = nil) -> SQLDiagnostic {
        SQLDiagnostic(code: "UNSUPPORTED_FEATURE", "\(what) is not supported", at: range, hint: hint)
    }

    private func lower(_ literal: SyntaxLiteral, at range: TextRange) throws(SQLDiagnostic) -> Expression {
        switch literal {
        case .null: return .literal(.null, .null)
        case .boolean(let value): return .literal(.boolean(value), .boolean)
        case .byte(let value): return .literal(.byte(value), .byte)
        case .short(let value): return .literal(.short(value), .short)
        case .integer(let value): return .literal(.integer(value), .integer)
        case .long(let value): return .literal(.long(value), .long)
        case .float(let value): return .literal(.float(value), .float)
        case .double(let value): return .literal(.double(value), .double)
        case .string(let value): return .literal(.string(value), .string)
        case .binary(let value): return .literal(.binary(value), .binary)
        case .decimal(let unscaled, let precision, let scale):
            return .literal(.decimal(unscaled: unscaled, scale: scale), .decimal(precision: precision, scale: scale))
        case .date, .timestamp, .timestampWithoutTimeZone: return try time(literal, at: range)
        case .time(let text): return try timeOfDay(text, at: range)
        case .interval(let parts): return try IntervalLiteral.read(parts, at: range).expression
        }
    }

    private func time(_ literal: SyntaxLiteral, at range: TextRange) throws(SQLDiagnostic) -> Expression {
        switch literal {
        case .date(let text) where Self.isEpoch(text): return .literal(.date(0), .date)
        case .timestamp(let text) where Self.isEpoch(text): return .literal(.timestamp(0), .timestamp)
        case .timestampWithoutTimeZone(let text) where Self.isEpoch(text):
            return .literal(.timestampNTZ(0), .timestampNTZ)
        case .date(let text):
            guard let days = Array(text.utf8).withUnsafeBufferPointer({ CalendarText.parseDate($0) }) else {
                throw invalid("a date", at: range, hint: "DATE '2024-01-31', or current_date() for today")
            }
            return .literal(.date(days), .date)
        case .timestamp(let text):
            let bytes = Array(text.utf8)
            // What a clock of the session shows, where no zone is named.
            if let local = bytes.withUnsafeBufferPointer({ CalendarText.parseLocalTimestamp($0, allowsZone: false) }) {
                return .literal(.timestampNTZ(local), .timestamp)
            }
            guard let time = bytes.withUnsafeBufferPointer({ CalendarText.parseTimestamp($0) }) else {
                throw invalid("a timestamp", at: range, hint: "TIMESTAMP '2024-01-31 12:00:00'")
            }
            return .literal(.timestamp(time), .timestamp)
        case .timestampWithoutTimeZone(let text):
            guard let local = Array(text.utf8).withUnsafeBufferPointer({ CalendarText.parseLocalTimestamp($0) }) else {
                throw invalid("a timestamp", at: range, hint: "TIMESTAMP_NTZ '2024-01-31 12:00:00'")
            }
            return .literal(.timestampNTZ(local), .timestampNTZ)
        default: preconditionFailure("only times are handed to time")
        }
    }

    /// Whether a literal is the word that stands for 1970-01-01. Spark's other words (`now`, `today`) are none here: a
    /// query would be another one each time that it starts.
    private static func isEpoch(_ text: String) -> Bool {
        text.lowercased().split { $0 == " " } == ["epoch"]
    }

    /// Of six digits behind the second, or of as many as there are.
    private func timeOfDay(_ text: String, at range: TextRange) throws(SQLDiagnostic) -> Expression {
        let (nanoseconds, digits) = Array(text.utf8).withUnsafeBufferPointer {
            (TimeOfDay.parse($0), TimeOfDay.fractionDigits($0))
        }
        guard digits <= 9 else {
            throw SQLDiagnostic(
                code: "INVALID_TIME_LITERAL_PRECISION", "a TIME has at most 9 digits behind the second", at: range)
        }
        guard let nanoseconds else { throw invalid("a time of the day", at: range, hint: "TIME '12:34:56.789'") }
        let precision = max(digits, TimeOfDay.usualPrecision)
        return .literal(.time(TimeOfDay.truncated(nanoseconds, precision: precision)), .time(precision: precision))
    }

    private func invalid(_ what: String, at range: TextRange, hint: String) -> SQLDiagnostic {
        SQLDiagnostic(code: "INVALID_TYPED_LITERAL", "the text is not \(what)", at: range, hint: hint)
    }
}

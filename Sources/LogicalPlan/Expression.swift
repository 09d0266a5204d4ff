// What a user wrote: expressions by name, with no types yet.

import Columns
import Functions
import SourceText

/// An expression that has not been resolved: built by the API or lowered from SQL, checked by `Analyzer`.
package indirect enum Expression: Hashable, Sendable {
    /// A column, or a field inside one: `a`, `a.b`.
    case column([String])
    /// A constant. A TIMESTAMP that is a TIMESTAMP_NTZ as a value is what a clock of the session shows.
    case literal(Value, DataType)
    /// All columns, `*`, or all fields of a structure, `a.*`; without those behind EXCEPT.
    case star(qualifier: [String], except: [[String]] = [])
    case cast(Expression, DataType, isTry: Bool)
    case unary(UnaryOperator, Expression)
    case binary(BinaryOperator, Expression, Expression)
    case isNull(Expression, isNegated: Bool)
    case inList(Expression, [Expression])
    /// `value BETWEEN low AND high`; the value is evaluated once.
    case between(Expression, low: Expression, high: Expression)
    /// Whether a function of two texts, `like` or `ilike`, is true of a value and any or all of several patterns.
    case likeSeveral(function: String, Expression, patterns: [Expression], needsAll: Bool, isNegated: Bool)
    /// The operand, if there is one, is evaluated once and compared with each condition.
    case caseWhen(operand: Expression? = nil, [Branch], otherwise: Expression?)
    /// A call of a scalar function, an aggregate or a generator; which, its name says.
    case function(
        name: String, [Expression], isDistinct: Bool = false, filter: Expression? = nil, ignoresNulls: Bool? = nil)
    /// `array[index]` or `map[key]`.
    case element(Expression, Expression)
    /// A field of a structure.
    case field(Expression, String)
    case alias(Expression, String)
    /// An argument that is given by the name of its parameter: only in a call.
    case argument(name: String, Expression)
    /// Names for each of the columns that a generator makes.
    case aliases(Expression, [String])
    /// Several values in parentheses: `(a, b)`.
    case row([Expression])
    /// The one value of a query.
    case subquery(UnresolvedPlan)
    /// Whether a query gives rows.
    case exists(UnresolvedPlan)
    /// Whether these values are a row of a query.
    case inSubquery([Expression], UnresolvedPlan)
    /// `(x, y) -> body`: only as an argument of a function.
    case lambda(parameters: [String], body: Expression)
    /// A call over a window of rows.
    case over(Expression, WindowSpecification)
    /// A call over a window of the WINDOW clause.
    case overNamed(Expression, String)
    /// An aggregate over rows in order: `WITHIN GROUP (ORDER BY ...)`.
    case withinGroup(Expression, [Expression])
    /// A value with the direction in which rows are sorted by it: only in an order.
    case ordered(Expression, isAscending: Bool, nullsFirst: Bool)
    /// What a part means, with the text that stands for it in names, and the name that it has by itself: only while a
    /// query is analysed.
    case resolved(ResolvedExpression, text: String, name: String?)
    /// An expression that stands in a SQL text; what is wrong with it is shown there.
    case located(TextPlace, Expression)

    /// One WHEN ... THEN ....
    package struct Branch: Hashable, Sendable {
        package let condition: Expression
        package let result: Expression

        package init(condition: Expression, result: Expression) {
            self.condition = condition
            self.result = result
        }
    }
}

package enum UnaryOperator: String, Hashable, Sendable {
    case minus = "-"
    case plus = "+"
    case not = "NOT"
}

package enum BinaryOperator: Hashable, Sendable {
    case arithmetic(ArithmeticOperator)
    case comparison(ComparisonOperator)
    case and
    case or
    /// `||`.
    case concatenate
}

// MARK: Text, as Spark names a column without alias

extension Expression {
    /// The expression as Spark prints it where it names a column: strings without quotes, every operator in
    /// parentheses.
    package var text: String {
        switch self {
        case .column(let parts): parts.joined(separator: ".")
        case .literal(.timestampNTZ(let local), .timestamp): Value.timestamp(local).plainText
        case .literal(let value, _): value.columnText
        case .star(let qualifier, _): (qualifier + ["*"]).joined(separator: ".")
        case .row(let values): rowText(values)
        case .subquery: "scalarsubquery()"
        case .exists: "exists()"
        case .inSubquery(let values, _): membershipText(values, outer: "")
        case .lambda(let parameters, let body): lambdaText(parameters, body)
        case .over(let call, let window): "\(call.text) OVER (\(window.text(of: call)))"
        case .overNamed(let call, let name): "\(call.text) OVER \(name)"
        case .withinGroup(let call, let order): call.text(withinGroup: order)
        // As in Spark, where a cast to a type with parts is not printed.
        case .cast(let operand, let type, _) where type.isNested: operand.text
        case .cast(let operand, let type, let isTry): "\(isTry ? "TRY_CAST" : "CAST")(\(operand.text) AS \(type))"
        case .unary(.not, let operand):
            operand.isUnknownOperand.map { "(\($0.text) IS NOT NULL)" } ?? "(NOT \(operand.text))"
        case .unary(let operation, let operand): "(\(operation.rawValue) \(operand.text))"
        case .binary(.comparison(.nullSafeEqual), let left, .literal(.null, .boolean)): "(\(left.text) IS NULL)"
        case .binary(.comparison(.notEqual), let left, let right): "(NOT (\(left.text) = \(right.text)))"
        case .binary(.arithmetic(let operation), let left, let right)
        where left.isIntervalLiteral != right.isIntervalLiteral && (operation == .add || operation == .subtract):
            // A time that is moved stands without parentheses, and first.
            left.isIntervalLiteral && operation == .add
                ? "\(right.text) + \(left.text)" : "\(left.text) \(operation.rawValue) \(right.text)"
        case .binary(let operation, let left, let right): operation.text(left.text, right.text)
        case .isNull(let operand, let isNegated): "(\(operand.text) IS\(isNegated ? " NOT" : "") NULL)"
        case .inList(let operand, let values): "(\(operand.text) IN (\(Expression.list(values))))"
        case .between(let value, let low, let high): "between(\(value.text), \(low.text), \(high.text))"
        case .likeSeveral(let function, let value, let patterns, let needsAll, let isNegated)
        where !patterns.allSatisfy(\.isText):
            // Only of constant texts Spark makes one test.
            likeText(function, value, patterns, needsAll ? .and : .or, isNegated: isNegated)
        case .likeSeveral(let function, let value, _, let needsAll, let isNegated):
            "\(isNegated ? "not" : "")like\(needsAll ? "all" : "any")"
                + (function == "ilike" ? "(lower(\(value.text)))" : "(\(value.text))")
        case .caseWhen(let operand, let branches, let otherwise):
            "CASE"
                + branches.map { branch in
                    let condition = branch.condition.text
                    return " WHEN \(operand.map { "(\($0.text) = \(condition))" } ?? condition) "
                        + "THEN \(branch.result.text)"
                }.joined()
                + (otherwise.map { " ELSE \($0.text)" } ?? "") + " END"
        case .function(let name, let arguments, let isDistinct, let filter, let ignoresNulls):
            callText(Expression.printed(name.lowercased(), ignoresNulls: ignoresNulls == true), arguments, isDistinct)
                + (ignoresNulls == true && name.lowercased() == "nth_value" ? " ignore nulls" : "")
                + (ignoresNulls == false && Expression.collecting.contains(name.lowercased()) ? " RESPECT NULLS" : "")
                + (filter.map { " FILTER (WHERE \($0.text))" } ?? "")
        case .element(let base, let index): "\(base.text)[\(index.text)]"
        case .field(let base, let name): "\(base.argumentText).\(name)"
        case .alias(let operand, let name): "\(operand.text) AS \(name)"
        case .argument(let name, let value): "\(name) => \(value.text)"
        case .aliases(let operand, let names): "\(operand.text) AS (\(names.joined(separator: ", ")))"
        case .located(_, let inner): inner.text
        case .resolved(_, let text, _): text
        case .ordered(let operand, let isAscending, let nullsFirst):
            "\(operand.text) \(isAscending ? "ASC" : "DESC") NULLS \(nullsFirst ? "FIRST" : "LAST")"
        }
    }

    /// `IN` with a query that uses these columns from around it.
    package func membershipText(_ values: [Expression], outer: String) -> String {
        "(\(values.count == 1 ? values[0].text : comparedText(values)) IN (listquery(\(outer))))"
    }

    /// Several values before `IN` and a query, which Spark prints as a structure whose names stand in quotes.
    private func comparedText(_ values: [Expression]) -> String {
        let parts = values.enumerated().map { place, value in "'\(value.comparedName ?? "_\(place)")', \(value.text)" }
        return "named_struct(\(parts.joined(separator: ", ")))"
    }

    private var comparedName: String? {
        switch unlocated {
        case .column, .field: text
        case .alias(_, let name): name
        case .resolved(_, _, let name?): name
        case .literal(.string(let value), _): value
        case .literal(_, let type) where type.isNumeric || type == .null: text
        case .unary(.minus, let operand): if case .literal = operand.unlocated { text } else { nil }
        default: nil
        }
    }

    /// Values in parentheses, which are a structure; those that are columns keep their names.
    private func rowText(_ values: [Expression]) -> String {
        let parts = values.enumerated().map { place, value in
            var value = value
            // The name that the place gives is none that was written.
            if case .alias(let inner, "col\(place + 1)") = value.unlocated { value = inner }
            if case .column(let parts) = value.unlocated { return "\(parts.last ?? ""), \(value.text)" }
            if case .resolved(_, let text, let name?) = value.unlocated { return "\(name), \(text)" }
            return "col\(place + 1), \(value.text)"
        }
        return "named_struct(\(parts.joined(separator: ", ")))"
    }

    /// The name under which a call is printed: IGNORE NULLS, which Spark doesn't print, makes another function of some.
    private static func printed(_ name: String, ignoresNulls: Bool) -> String {
        guard ignoresNulls else { return name }
        switch name {
        case "first_value": return "first"
        case "last_value": return "last"
        default: return name
        }
    }

    /// A call with the order of its rows, which stands before its condition. Percentiles leave the usual direction out,
    /// and `mode` prints the other one, in which Spark breaks its ties.
    private func text(withinGroup order: [Expression]) -> String {
        guard case .function(let name, let arguments, let isDistinct, let filter, let ignoresNulls) = unlocated else {
            return "\(text) WITHIN GROUP (ORDER BY \(Expression.list(order)))"
        }
        let bare = Expression.function(
            name: name, arguments, isDistinct: isDistinct, filter: nil, ignoresNulls: ignoresNulls)
        let isMode = name.lowercased() == "mode"
        let keys = order.map { key in
            guard isMode || name.lowercased().hasPrefix("percentile"),
                case .ordered(let operand, let isAscending, _) = key
            else { return key.text }
            return isAscending != isMode ? operand.text : "\(operand.text) DESC"
        }
        let condition = filter.map { " FILTER (WHERE \($0.text))" } ?? ""
        return "\(bare.text) WITHIN GROUP (ORDER BY \(keys.joined(separator: ", ")))\(condition)"
    }

    /// What Spark prints RESPECT NULLS behind.
    private static let collecting: Set<String> = ["array_agg", "collect_list", "collect_set"]

    /// The body with its parameters as Spark prints them: without their names.
    private func lambdaText(_ parameters: [String], _ body: Expression) -> String {
        let variable = Expression.function(name: "namedlambdavariable", [])
        func plain(_ body: Expression, _ names: Set<String>) -> Expression {
            body.replacing { part in
                switch part {
                case .column(let parts) where names.contains(parts[0].lowercased()):
                    parts.dropFirst().reduce(variable) { .field($0, $1) }
                case .lambda(let inner, let body):
                    .lambda(parameters: inner, body: plain(body, names.subtracting(inner.map { $0.lowercased() })))
                default: nil
                }
            }
        }
        let plain = plain(body, Set(parameters.map { $0.lowercased() }))
        return "lambdafunction(\(Expression.list([plain] + parameters.map { _ in variable })))"
    }

    private static func list(_ expressions: [Expression]) -> String {
        expressions.map(\.text).joined(separator: ", ")
    }

    /// A call as Spark prints it; some functions are operators in disguise, some show their default arguments.
    private func callText(_ name: String, _ arguments: [Expression], _ isDistinct: Bool) -> String {
        if name == "count", !isDistinct, arguments == [.star(qualifier: [])] { return "count(1)" }
        var list = ((try? Self.positional(name, arguments)) ?? arguments).map(\.argumentText)
        if isDistinct, !list.isEmpty { list[0] = "DISTINCT \(list[0])" }
        if let text = ColumnTexts.text(of: name, list) { return text }
        guard let definition = FunctionTable.definition(name) else { return "\(name)(\(list.joined(separator: ", ")))" }
        if let columnText = definition.columnText, definition.arity.contains(list.count) { return columnText(list) }
        let defaults = definition.missingDefaults(list.count).map(\.columnText)
        return "\(name)(\((list + defaults).joined(separator: ", ")))"
    }

    /// A test with each of several patterns.
    private func likeText(
        _ function: String, _ value: Expression, _ patterns: [Expression], _ operation: BinaryOperator, isNegated: Bool
    ) -> String {
        let tests = patterns.map { pattern in
            let test = Expression.function(name: function, [value, pattern])
            return (isNegated ? .unary(.not, test) : test).text
        }
        return tests.dropFirst().reduce(tests.first ?? "") { operation.text($0, $1) }
    }

    /// Whether this is a text that stands there.
    private var isText: Bool {
        if case .literal(.string, _) = unlocated { true } else { false }
    }

    /// The text as an argument, where a window of time is the column that Spark makes of it.
    private var argumentText: String {
        if case .function(let name, _, _, _, _) = unlocated, TimeWindow.isCall(name) { name.lowercased() } else { text }
    }

    /// What `IS UNKNOWN` asks of.
    private var isUnknownOperand: Expression? {
        guard case .binary(.comparison(.nullSafeEqual), let left, .literal(.null, .boolean)) = unlocated else {
            return nil
        }
        return left
    }

    /// Whether this is a constant interval, with or without a sign before it.
    private var isIntervalLiteral: Bool {
        switch unlocated {
        case .literal(_, let type): type.isInterval
        case .unary(.minus, let operand), .unary(.plus, let operand): operand.isIntervalLiteral
        default: false
        }
    }

    /// The expression without its place.
    package var unlocated: Expression {
        if case .located(_, let inner) = self { return inner.unlocated }
        return self
    }

    /// The name of the column that this expression makes.
    package var outputName: String {
        switch self {
        case .alias(_, let name): name
        case .located(_, let inner): inner.outputName
        case .column(let parts): parts.last ?? ""
        case .resolved(_, _, let name?): name
        // As Spark names `v:a::INT`.
        case .cast(let operand, _, _): if case .alias(_, let name) = operand.unlocated { name } else { text }
        case .function(let name, _, _, _, _) where TimeWindow.isCall(name): name.lowercased()
        default: text
        }
    }
}

extension BinaryOperator {
    /// The operation as Spark prints it, in parentheses.
    func text(_ left: String, _ right: String) -> String {
        switch self {
        case .arithmetic(let operation): "(\(left) \(operation.rawValue) \(right))"
        case .comparison(let operation): "(\(left) \(operation.rawValue) \(right))"
        case .and: "(\(left) AND \(right))"
        case .or: "(\(left) OR \(right))"
        case .concatenate: "concat(\(left), \(right))"
        }
    }
}

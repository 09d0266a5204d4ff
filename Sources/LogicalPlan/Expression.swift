// What a user wrote: expressions by name, with no types yet.

import Columns
import Functions
import SourceText

/// An expression that has not been resolved: built by the API or lowered from SQL, checked by `Analyzer`.
package indirect enum Expression: Hashable, Sendable {
    /// A column, or a field inside one: `a`, `a.b`.
    case column([String])
    case literal(Value, DataType)
    /// All columns, `*`, or all fields of a structure, `a.*`.
    case star(qualifier: [String])
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
    case function(name: String, [Expression], isDistinct: Bool = false, filter: Expression? = nil)
    /// `array[index]` or `map[key]`.
    case element(Expression, Expression)
    /// A field of a structure.
    case field(Expression, String)
    case alias(Expression, String)
    /// A value with the direction in which rows are sorted by it: only in an order.
    case ordered(Expression, isAscending: Bool, nullsFirst: Bool)
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
        case .literal(let value, _): value.plainText
        case .star(let qualifier): (qualifier + ["*"]).joined(separator: ".")
        case .cast(let operand, let type, let isTry): "\(isTry ? "TRY_CAST" : "CAST")(\(operand.text) AS \(type))"
        case .unary(.not, let operand): "(NOT \(operand.text))"
        case .unary(let operation, let operand): "(\(operation.rawValue) \(operand.text))"
        case .binary(.comparison(.notEqual), let left, let right): "(NOT (\(left.text) = \(right.text)))"
        case .binary(let operation, let left, let right): operation.text(left.text, right.text)
        case .isNull(let operand, let isNegated): "(\(operand.text) IS\(isNegated ? " NOT" : "") NULL)"
        case .inList(let operand, let values): "(\(operand.text) IN (\(Expression.list(values))))"
        case .between(let value, let low, let high): "between(\(value.text), \(low.text), \(high.text))"
        case .likeSeveral(let function, let value, let patterns, let needsAll, let isNegated):
            "\(isNegated ? "not" : "")\(function)\(needsAll ? "all" : "any")(\(Expression.list([value] + patterns)))"
        case .caseWhen(let operand, let branches, let otherwise):
            "CASE"
                + branches.map { branch in
                    let condition = branch.condition.text
                    return " WHEN \(operand.map { "(\($0.text) = \(condition))" } ?? condition) "
                        + "THEN \(branch.result.text)"
                }.joined()
                + (otherwise.map { " ELSE \($0.text)" } ?? "") + " END"
        case .function(let name, let arguments, let isDistinct, let filter):
            callText(name.lowercased(), arguments, isDistinct)
                + (filter.map { " FILTER (WHERE \($0.text))" } ?? "")
        case .element(let base, let index): "\(base.text)[\(index.text)]"
        case .field(let base, let name): "\(base.text).\(name)"
        case .alias(let operand, let name): "\(operand.text) AS \(name)"
        case .located(_, let inner): inner.text
        case .ordered(let operand, let isAscending, let nullsFirst):
            "\(operand.text) \(isAscending ? "ASC" : "DESC") NULLS \(nullsFirst ? "FIRST" : "LAST")"
        }
    }

    private static func list(_ expressions: [Expression]) -> String {
        expressions.map(\.text).joined(separator: ", ")
    }

    /// A call as Spark prints it; some functions are operators in disguise, some show their default arguments.
    private func callText(_ name: String, _ arguments: [Expression], _ isDistinct: Bool) -> String {
        if name == "count", !isDistinct, arguments == [.star(qualifier: [])] { return "count(1)" }
        let list = arguments.map(\.text)
        guard let definition = FunctionTable.definition(name) else {
            return "\(name)(\(isDistinct ? "DISTINCT " : "")\(list.joined(separator: ", ")))"
        }
        if let columnText = definition.columnText, definition.arity.contains(list.count) { return columnText(list) }
        let defaults = definition.missingDefaults(list.count).map(\.plainText)
        return "\(name)(\(isDistinct ? "DISTINCT " : "")\((list + defaults).joined(separator: ", ")))"
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
        case .field(_, let name): name
        case .function(let name, _, _, _) where ["explode", "explode_outer"].contains(name.lowercased()): "col"
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

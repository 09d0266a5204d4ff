// Names of columns that depend on types: what Spark's analysis makes of arithmetic with times, it prints.

import Columns
import Functions
import LogicalPlan

extension ExpressionResolver {
    /// What stands for arithmetic with a date, a timestamp or an interval: its meaning, with the text that Spark has
    /// for it; `nil` where there is none of those.
    func timesNamed(
        _ operation: ArithmeticOperator, _ left: Expression, _ right: Expression
    ) throws(PlanError) -> Expression? {
        guard isOfTimes(left) || isOfTimes(right) else { return nil }
        let (left, right) = (try spelledOut(left), try spelledOut(right))
        let (first, second) = (try resolve(left), try resolve(right))
        let whole = Expression.binary(
            .arithmetic(operation), .resolved(first, text: left.text, name: nil),
            .resolved(second, text: right.text, name: nil))
        let text = Self.text(operation, (left.text, first.type), (right.text, second.type))
        return .resolved(try resolve(whole), text: text, name: nil)
    }

    /// What stands for a call that Spark makes another one of for arguments of this type.
    func formatNamed(
        _ name: String, _ arguments: [Expression], _ whole: Expression
    ) throws(PlanError) -> Expression? {
        guard ["to_char", "to_varchar"].contains(name.lowercased()), arguments.count == 2,
            [.date, .timestamp, .timestampNTZ].contains((try? resolve(arguments[0]))?.type)
        else { return nil }
        var texts: [String] = []
        for argument in arguments { texts.append(try spelledOut(argument).text) }
        return .resolved(try resolve(whole), text: "date_format(\(texts.joined(separator: ", ")))", name: nil)
    }

    /// A function that goes without parentheses, with them; `nil` where the name means something else.
    func bareFunctionNamed(_ parts: [String]) throws(PlanError) -> Expression? {
        guard parts.count == 1, Self.bareFunctions.contains(parts[0].lowercased()),
            try outputs.named(parts) == nil,
            ([scope] + analysis.outer).allSatisfy({ $0.candidates(parts).columns.isEmpty })
        else { return nil }
        return .function(name: parts[0], [])
    }

    /// Whether arithmetic has times or intervals among its operands, seen without resolving the arithmetic itself.
    private func isOfTimes(_ expression: Expression) -> Bool {
        switch expression.unlocated {
        case .binary(.arithmetic, let left, let right): return isOfTimes(left) || isOfTimes(right)
        case .unary(_, let operand): return isOfTimes(operand)
        case .literal(_, let type): return type.isOfTimes
        case .resolved(let value, _, _): return value.type.isOfTimes
        // A query is resolved once: with its place in the plan it has identifiers.
        case let other where other.contains { $0.isQuery }: return false
        case let other: return (try? resolve(other))?.type.isOfTimes ?? false
        }
    }

    private typealias Operand = (text: String, type: DataType)

    private static func text(_ operation: ArithmeticOperator, _ left: Operand, _ right: Operand) -> String {
        let plain = "(\(left.text) \(operation.rawValue) \(right.text))"
        switch operation {
        case .add where left.type.isInterval != right.type.isInterval:
            return left.type.isInterval ? moved(right, left, by: "+") : moved(left, right, by: "+")
        case .subtract where right.type.isInterval && !left.type.isInterval: return moved(left, right, by: "-")
        case .add where left.type == .date && right.type.isIntegral: return "date_add(\(left.text), \(right.text))"
        case .add where right.type == .date && left.type.isIntegral: return "date_add(\(right.text), \(left.text))"
        case .subtract where left.type == .date && right.type.isIntegral:
            return "date_sub(\(left.text), \(right.text))"
        case .multiply where right.type.isInterval && !left.type.isInterval:
            return "(\(right.text) * \(left.text))"
        default: return plain
        }
    }

    /// A time that is moved by an interval: without parentheses, or by whole days.
    private static func moved(_ time: Operand, _ interval: Operand, by sign: String) -> String {
        guard time.type == .date, interval.type == .dayTimeInterval(.day) else {
            return "\(time.text) \(sign) \(interval.text)"
        }
        let days = "extractansiintervaldays(\(interval.text))"
        return "date_add(\(time.text), \(sign == "+" ? days : "(- \(days))"))"
    }
}

extension DataType {
    /// Whether arithmetic with it is arithmetic of times.
    fileprivate var isOfTimes: Bool {
        switch self {
        case .date, .timestamp, .timestampNTZ, .time: true
        default: isInterval
        }
    }
}

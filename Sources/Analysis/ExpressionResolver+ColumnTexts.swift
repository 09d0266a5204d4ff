// Names of columns that depend on types: what Spark's analysis makes of arithmetic with times, it prints.

import Columns
import Functions
import LogicalPlan
import SourceText

extension ExpressionResolver {
    /// Arithmetic as columns are named by it: where it is of a date, a timestamp or an interval its meaning, with the
    /// text that Spark has for it. Each operand is looked at once, and a long sum is gone through in a loop: it is as
    /// deep a tree as it is long.
    func arithmeticNamed(_ expression: Expression) throws(PlanError) -> Expression {
        var steps: [(operation: ArithmeticOperator, right: Expression, place: TextPlace?)] = []
        var first = expression
        var place: TextPlace?
        while true {
            if case .located(let outer, let inner) = first {
                (place, first) = (outer, inner)
            } else if case .binary(.arithmetic(let operation), let left, let right) = first {
                steps.append((operation, right, place))
                (place, first) = (nil, left)
            } else {
                break
            }
        }
        var named = try spelledOut(place.map { .located($0, first) } ?? first)
        for step in steps.reversed() {
            named = try arithmeticNamed(step.operation, named, try spelledOut(step.right))
            if let place = step.place { named = .located(place, named) }
        }
        return named
    }

    /// The same of operands that are spelled out.
    private func arithmeticNamed(
        _ operation: ArithmeticOperator, _ left: Expression, _ right: Expression
    ) throws(PlanError) -> Expression {
        guard isOfTimes(left) || isOfTimes(right) else { return .binary(.arithmetic(operation), left, right) }
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
        let name = name.lowercased()
        guard ["to_char", "to_varchar", "lpad", "rpad"].contains(name), arguments.count == 2,
            let type = (try? resolve(arguments[0]))?.type
        else { return nil }
        var texts: [String] = []
        for argument in arguments { texts.append(try spelledOut(argument).text) }
        let text: String
        switch (type, name.hasSuffix("pad")) {
        case (.binary, true): text = "\(name)(\(texts[0]), \(texts[1]), X'00')"
        case (.binary, false) where name == "to_varchar": text = "to_varchar(\(texts[0]))"
        case (.binary, false):
            let format = texts[1].lowercased()
            text = format == "utf-8" ? "decode(\(texts[0]), utf-8)" : "\(format)(\(texts[0]))"
        case (.date, false), (.timestamp, false), (.timestampNTZ, false):
            text = "date_format(\(texts.joined(separator: ", ")))"
        default: return nil
        }
        return .resolved(try resolve(whole), text: text, name: nil)
    }

    /// A field of a structure, or of the structures of an array, that stands in brackets: with a point. `nil` for other
    /// elements.
    func fieldNamed(_ base: Expression, _ index: Expression, _ whole: Expression) throws(PlanError) -> Expression? {
        guard case .literal(.string(let field), _) = index.unlocated else { return nil }
        switch try resolve(base).type {
        case .structure, .array(.structure, _):
            return .resolved(try resolve(whole), text: "\(try spelledOut(base).text).\(field)", name: nil)
        default: return nil
        }
    }

    /// A function that goes without parentheses, with them; `nil` where the name means something else.
    func bareFunctionNamed(_ parts: [String]) throws(PlanError) -> Expression? {
        guard parts.count == 1, Self.bareFunctions.contains(parts[0].lowercased()),
            try outputs.named(parts) == nil,
            ([scope] + analysis.outer).allSatisfy({ $0.candidates(parts).columns.isEmpty })
        else { return nil }
        return .function(name: parts[0], [])
    }

    /// Whether an operand that is spelled out is a time or an interval. Arithmetic that were one has its meaning then.
    private func isOfTimes(_ operand: Expression) -> Bool {
        switch operand.unlocated {
        case .binary(.arithmetic, _, _): false
        case .unary(_, let operand): isOfTimes(operand)
        case .literal(_, let type): type.isOfTimes
        case .resolved(let value, _, _): value.type.isOfTimes
        case let other: (try? resolve(other))?.type.isOfTimes ?? false
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

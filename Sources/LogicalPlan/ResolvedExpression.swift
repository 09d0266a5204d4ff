// Expressions with types: every column bound, every implicit cast written out.

import Columns
import Functions

/// An expression that can be evaluated: immutable, with the type and nullability of its result.
package final class ResolvedExpression: Sendable {
    package let kind: Kind
    package let type: DataType
    package let isNullable: Bool

    package init(_ kind: Kind, type: DataType, isNullable: Bool) {
        self.kind = kind
        self.type = type
        self.isNullable = isNullable
    }

    package enum Kind: Hashable, Sendable {
        /// A column that a step below makes; the name is for people.
        case column(ColumnID, name: String)
        /// The column of the input with this index: what `.column` becomes when a plan is made physical.
        case input(index: Int, name: String)
        case literal(Value)
        /// The operand as this expression's type; `isTry` gives NULL where a plain cast raises.
        case cast(ResolvedExpression, isTry: Bool)
        /// Both sides of one type, but for decimals, which differ in precision and scale.
        case arithmetic(ArithmeticOperator, ResolvedExpression, ResolvedExpression)
        /// Both sides of one type.
        case comparison(ComparisonOperator, ResolvedExpression, ResolvedExpression)
        case and(ResolvedExpression, ResolvedExpression)
        case or(ResolvedExpression, ResolvedExpression)
        case not(ResolvedExpression)
        case negate(ResolvedExpression)
        case isNull(ResolvedExpression, isNegated: Bool)
        case inList(ResolvedExpression, [ResolvedExpression])
        case caseWhen([Branch], otherwise: ResolvedExpression?)
        /// A function of the table with arguments of the types that it takes.
        case function(BoundFunction, [ResolvedExpression])
        /// A function of the elements of arrays or the entries of maps.
        case lambda(LambdaCall)
        /// A value that is evaluated once, and an expression that uses it as `.shared`.
        case sharing(ResolvedExpression, in: ResolvedExpression)
        /// A use of a shared value: that of the innermost `.sharing` around it, or of the one so many further out.
        case shared(outward: Int)
        /// A field of a structure by index.
        case field(ResolvedExpression, index: Int, name: String)
        /// Only while a plan is analysed: becomes a column of an aggregate step.
        case aggregate(AggregateCall)
        /// Only while a plan is analysed: becomes a column of a window step.
        case window(WindowCall)
        /// Only while a plan is analysed: becomes a join.
        case subquery(SubqueryCall)
        /// Only while a plan is analysed: becomes the columns of a generate step.
        case generator(GeneratorCall)
        /// Only while a plan is analysed: becomes the column of a step that puts rows into windows of time.
        case timeWindow(TimeWindow)
    }

    /// One WHEN ... THEN ....
    package struct Branch: Hashable, Sendable {
        package let condition: ResolvedExpression
        package let result: ResolvedExpression

        package init(condition: ResolvedExpression, result: ResolvedExpression) {
            self.condition = condition
            self.result = result
        }
    }

    /// A constant.
    package static func literal(_ value: Value, _ type: DataType) -> ResolvedExpression {
        ResolvedExpression(.literal(value), type: type, isNullable: value.isNull)
    }

    /// The constant's value, or `nil` where this is no constant.
    package var literalValue: Value? {
        if case .literal(let value) = kind { return value }
        return nil
    }

    /// The value of a constant, of a constant with a minus or a cast, of arithmetic with constants, or of a map or an
    /// array of constants, as functions want to know it when they are bound.
    package var constantValue: Value? {
        switch kind {
        case .function(let function, let parts) where function.name == "map": return Self.map(of: parts)
        case .function(let function, let parts) where function.name == "array":
            let values = parts.compactMap(\.constantValue)
            return values.count == parts.count ? .array(values) : nil
        case .cast(let operand, let isTry):
            // What clocks of a zone show is not known here.
            guard let value = operand.constantValue, operand.type.isAtomic,
                !CastKernel.needsZone(from: operand.type, to: type),
                let cast = try? CastKernel.cast(
                    ConstantKernel.column(of: value, type: operand.type, count: 1), to: type, isTry: isTry)
            else { return nil }
            let result = ConstantKernel.value(of: cast)
            // A time alone is one of the day on which the batch starts.
            return result == .null && !value.isNull && operand.type == .string && type == .timestamp ? nil : result
        case .negate(let operand): return operand.constantValue.flatMap(Self.negated)
        case .arithmetic(let operation, let left, let right):
            guard left.type.isNumeric, right.type.isNumeric, let a = left.constantValue, let b = right.constantValue,
                let result = try? ArithmeticKernel.apply(
                    operation, ConstantKernel.column(of: a, type: left.type, count: 1),
                    ConstantKernel.column(of: b, type: right.type, count: 1), resultType: type)
            else { return nil }
            return result.value(at: 0)
        default: return literalValue
        }
    }

    private static func negated(_ value: Value) -> Value? {
        switch value {
        case .byte(let value) where value != .min: .byte(-value)
        case .short(let value) where value != .min: .short(-value)
        case .integer(let value) where value != .min: .integer(-value)
        case .long(let value) where value != .min: .long(-value)
        case .yearMonthInterval(let months, let fields) where months != .min: .yearMonthInterval(-months, fields)
        case .dayTimeInterval(let micros, let fields) where micros != .min: .dayTimeInterval(-micros, fields)
        case .float(let value): .float(-value)
        case .double(let value): .double(-value)
        case .decimal(let unscaled, let scale) where unscaled != .min: .decimal(unscaled: -unscaled, scale: scale)
        default: nil
        }
    }
}

extension ResolvedExpression {
    /// A map of keys and values that are constants.
    private static func map(of parts: [ResolvedExpression]) -> Value? {
        let values = parts.compactMap(\.constantValue)
        guard values.count == parts.count, values.count.isMultiple(of: 2) else { return nil }
        return .map(
            stride(from: 0, to: values.count, by: 2).map { .init(key: values[$0], value: values[$0 + 1]) })
    }
}

extension ResolvedExpression: Hashable {
    package static func == (a: ResolvedExpression, b: ResolvedExpression) -> Bool {
        if a === b { return true }
        // A column is the same under every name.
        if case .column(let left, _) = a.kind, case .column(let right, _) = b.kind { return left == right }
        return a.type == b.type && a.isNullable == b.isNullable && a.kind == b.kind
    }

    package func hash(into hasher: inout Hasher) {
        if case .column(let id, _) = kind { hasher.combine(id) } else { hasher.combine(kind) }
    }
}

/// One call of an aggregate function over the rows of a group.
package struct AggregateCall: Hashable, Sendable {
    package let function: BoundAggregate
    /// Of the types that the function takes; empty for `count(*)`.
    package let arguments: [ResolvedExpression]
    package let isDistinct: Bool
    /// Only rows for which this is true are folded.
    package let filter: ResolvedExpression?
    /// Whether it is one of a PIVOT that Spark computes with two aggregations.
    package let isOfTwoSteps: Bool

    package var type: DataType { function.type }
    package var isNullable: Bool { function.isNullable }

    package init(
        function: BoundAggregate, arguments: [ResolvedExpression], isDistinct: Bool = false,
        filter: ResolvedExpression? = nil, isOfTwoSteps: Bool = false
    ) {
        self.function = function
        self.arguments = arguments
        self.isDistinct = isDistinct
        self.filter = filter
        self.isOfTwoSteps = isOfTwoSteps
    }

    /// The same call, whose value may be NULL whatever its arguments are.
    package var nullable: AggregateCall {
        AggregateCall(
            function: function.nullable, arguments: arguments, isDistinct: isDistinct, filter: filter,
            isOfTwoSteps: isOfTwoSteps)
    }
}

// MARK: Walking

extension ResolvedExpression {
    /// The expressions directly below this one.
    package var children: [ResolvedExpression] {
        switch kind {
        case .column, .input, .literal, .shared: []
        case .sharing(let value, let body): [value, body]
        case .cast(let a, _), .not(let a), .negate(let a), .isNull(let a, _), .field(let a, _, _): [a]
        case .arithmetic(_, let a, let b), .comparison(_, let a, let b), .and(let a, let b), .or(let a, let b): [a, b]
        case .inList(let a, let list): [a] + list
        case .caseWhen(let branches, let otherwise):
            branches.flatMap { [$0.condition, $0.result] } + (otherwise.map { [$0] } ?? [])
        case .function(_, let arguments): arguments
        case .aggregate(let call): call.expressions
        case .lambda(let call): call.expressions
        case .window(let call): call.expressions
        case .subquery(let call): call.values + call.outer.map(\.expression)
        case .generator(let call): call.arguments
        case .timeWindow(let window): window.expressions
        }
    }

    /// Whether this or any expression below satisfies a condition.
    package func contains(where condition: (ResolvedExpression) -> Bool) -> Bool {
        condition(self) || children.contains { $0.contains(where: condition) }
    }

    /// Whether the value is known before rows are read.
    package var isConstant: Bool {
        !usesSharedFromOutside()
            && !contains { part in
                switch part.kind {
                case .column, .input, .aggregate, .generator, .window, .subquery, .timeWindow: true
                case .function(let function, _): !function.traits.isFoldable
                case .cast: part.isTimeOfBatch
                default: false
                }
            }
    }

    /// Whether this reads a constant text as a TIMESTAMP that only the batch knows: a time alone is one of its day.
    package var isTimeOfBatch: Bool {
        guard case .cast(let operand, _) = kind, operand.type == .string, type == .timestamp, operand.isConstant,
            operand.literalValue != .null
        else { return false }
        guard case .string(let text)? = operand.constantValue else { return true }
        return Array(text.utf8).withUnsafeBufferPointer { bytes in
            var zones = TimeZoneLookup()
            return CalendarText.parseTimestamp(bytes, in: .utc, &zones) == nil
                && CalendarText.parseTimestamp(bytes, in: .utc, &zones, now: 0) != nil
        }
    }

    /// Whether every evaluation over the same rows, within one micro-batch, gives the same.
    package var isDeterministic: Bool {
        !contains { part in
            if case .function(let function, _) = part.kind { return function.traits.contains(.isNondeterministic) }
            return false
        }
    }

    /// Whether there may be rows for which this raises.
    package var mayRaise: Bool {
        contains { part in
            switch part.kind {
            case .cast(let operand, let isTry): !isTry && CastKernel.mayRaise(from: operand.type, to: part.type)
            case .arithmetic(let operation, _, let right): part.arithmeticMayRaise(operation, right)
            case .negate: !part.type.isFractional
            case .function(let function, _): function.traits.contains(.mayRaise)
            default: false
            }
        }
    }

    private func arithmeticMayRaise(_ operation: ArithmeticOperator, _ right: ResolvedExpression) -> Bool {
        guard type.isFractional else { return true }
        switch operation {
        case .divide, .remainder, .integralDivide:
            if case .double(let divisor)? = right.literalValue { return divisor == 0 }
            return true
        case .add, .subtract, .multiply: return false
        }
    }

    /// The columns that are read.
    package var referencedColumns: Set<ColumnID> {
        if case .column(let id, _) = kind { return [id] }
        return children.reduce(into: []) { $0.formUnion($1.referencedColumns) }
    }

    /// The tree with every expression for which `replacement` gives one exchanged, outermost first.
    package func replacing<Failure: Error>(
        _ replacement: (ResolvedExpression) throws(Failure) -> ResolvedExpression?
    ) throws(Failure) -> ResolvedExpression {
        if let replaced = try replacement(self) { return replaced }
        return try mapChildren { (child) throws(Failure) in try child.replacing(replacement) }
    }

    /// The same expression over other operands of the same types.
    package func mapChildren<Failure: Error>(
        _ transform: (ResolvedExpression) throws(Failure) -> ResolvedExpression
    ) throws(Failure) -> ResolvedExpression {
        let new: Kind
        switch kind {
        case .column, .input, .literal, .shared: return self
        case .sharing(let value, let body): new = .sharing(try transform(value), in: try transform(body))
        case .cast(let a, let isTry): new = .cast(try transform(a), isTry: isTry)
        case .arithmetic(let operation, let a, let b): new = .arithmetic(operation, try transform(a), try transform(b))
        case .comparison(let operation, let a, let b): new = .comparison(operation, try transform(a), try transform(b))
        case .and(let a, let b): new = .and(try transform(a), try transform(b))
        case .or(let a, let b): new = .or(try transform(a), try transform(b))
        case .not(let a): new = .not(try transform(a))
        case .negate(let a): new = .negate(try transform(a))
        case .isNull(let a, let isNegated): new = .isNull(try transform(a), isNegated: isNegated)
        case .inList(let a, let values): new = .inList(try transform(a), try values.map(transform))
        case .caseWhen(let branches, let otherwise):
            let replaced = try branches.map { (branch) throws(Failure) in
                Branch(condition: try transform(branch.condition), result: try transform(branch.result))
            }
            new = .caseWhen(replaced, otherwise: try otherwise.map(transform))
        case .function(let function, let arguments): new = .function(function, try arguments.map(transform))
        case .field(let a, let index, let name): new = .field(try transform(a), index: index, name: name)
        case .generator(let call): new = .generator(try call.mapExpressions(transform))
        case .aggregate(let call): new = .aggregate(try call.mapExpressions(transform))
        case .lambda(let call):
            new = .lambda(try call.mapExpressions { (part, _) throws(Failure) in try transform(part) })
        case .window(let call): new = .window(try call.mapExpressions(transform))
        case .timeWindow(let window): new = .timeWindow(try window.mapExpressions(transform))
        case .subquery(let call):
            // The columns from outside must stay; a transformation may refuse them.
            for column in call.outer { _ = try transform(column.expression) }
            new = .subquery(
                SubqueryCall(call.kind, values: try call.values.map(transform), call.plan, outer: call.outer))
        }
        return ResolvedExpression(new, type: type, isNullable: isNullable)
    }
}

extension AggregateCall {
    /// The arguments, and the filter where there is one.
    package var expressions: [ResolvedExpression] { arguments + (filter.map { [$0] } ?? []) }

    /// The same call over other expressions of the same types.
    package func mapExpressions<Failure: Error>(
        _ transform: (ResolvedExpression) throws(Failure) -> ResolvedExpression
    ) throws(Failure) -> AggregateCall {
        AggregateCall(
            function: function, arguments: try arguments.map(transform), isDistinct: isDistinct,
            filter: try filter.map(transform), isOfTwoSteps: isOfTwoSteps)
    }
}

// MARK: Text

extension ResolvedExpression: CustomStringConvertible {
    /// The expression with every cast and the identity of every column: equal texts mean equal expressions.
    package var description: String {
        func list(_ expressions: [ResolvedExpression]) -> String {
            expressions.map(\.description).joined(separator: ", ")
        }
        switch kind {
        case .column(let id, let name): return "\(name)\(id)"
        case .input(_, let name): return name
        case .literal(let value):
            switch type {
            case .variant: return "VARIANT \(CanonicalText.constant(value))"
            case let type where value.isNull && type != .null: return "\(type) NULL"
            case .integer, .string, .boolean, .null, .binary, .date, .timestamp, .timestampNTZ, .yearMonthInterval,
                .dayTimeInterval:
                return value.canonicalText
            default: return "\(type) \(value.canonicalText)"
            }
        case .cast(let a, let isTry): return "\(isTry ? "TRY_CAST" : "CAST")(\(a) AS \(type))"
        case .arithmetic(let operation, let a, let b): return "(\(a) \(operation.rawValue) \(b))"
        case .comparison(let operation, let a, let b): return "(\(a) \(operation.rawValue) \(b))"
        case .and(let a, let b): return "(\(a) AND \(b))"
        case .or(let a, let b): return "(\(a) OR \(b))"
        case .not(let a): return "(NOT \(a))"
        case .negate(let a): return "(- \(a))"
        case .isNull(let a, let isNegated): return "(\(a) IS\(isNegated ? " NOT" : "") NULL)"
        case .inList(let a, let values): return "(\(a) IN (\(list(values))))"
        case .caseWhen(let branches, let otherwise):
            return "CASE" + branches.map { " WHEN \($0.condition) THEN \($0.result)" }.joined()
                + (otherwise.map { " ELSE \($0)" } ?? "") + " END"
        case .function(let function, let arguments) where function.name == FunctionTable.elementOperator.name:
            return "\(arguments[0])[\(arguments[1])]"
        case .function(let function, let arguments):
            return "\(function.name)\(function.zone.map { " in \($0.name)" } ?? "")(\(list(arguments)))"
        case .sharing(let value, let body): return "(SHARE \(value) IN \(body))"
        case .shared(let outward): return "$\(outward)"
        case .field(let a, _, let name): return "\(a).\(name)"
        case .aggregate(let call): return call.description
        case .lambda(let call): return call.description
        case .window(let call): return call.description
        case .subquery(let call): return call.description
        case .generator(let call): return call.description
        case .timeWindow(let window): return window.description
        }
    }
}

extension AggregateCall: CustomStringConvertible {
    package var description: String {
        let list = arguments.isEmpty ? "1" : arguments.map(\.description).joined(separator: ", ")
        return "\(function.name)(\(isDistinct ? "DISTINCT " : "")\(list))"
            + (filter.map { " FILTER (WHERE \($0))" } ?? "")
    }
}

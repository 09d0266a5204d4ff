// The parts of expressions as written.

import Columns

extension Expression {
    /// The expressions directly below this one, those of queries inside it left out.
    package var children: [Expression] {
        switch self {
        case .column, .literal, .star, .subquery, .exists, .resolved: []
        case .cast(let a, _, _), .unary(_, let a), .isNull(let a, _), .field(let a, _), .alias(let a, _),
            .aliases(let a, _), .argument(_, let a), .ordered(let a, _, _), .located(_, let a), .overNamed(let a, _),
            .lambda(_, let a):
            [a]
        case .binary(_, let a, let b), .element(let a, let b): [a, b]
        case .inList(let a, let list): [a] + list
        case .between(let a, let low, let high): [a, low, high]
        case .likeSeveral(_, let a, let patterns, _, _): [a] + patterns
        case .caseWhen(let operand, let branches, let otherwise):
            [operand].compactMap { $0 } + branches.flatMap { [$0.condition, $0.result] }
                + [otherwise].compactMap { $0 }
        case .function(_, let arguments, _, let filter, _): arguments + [filter].compactMap { $0 }
        case .row(let values), .inSubquery(let values, _): values
        case .over(let call, let window): [call] + window.partition + window.order
        case .withinGroup(let call, let order): [call] + order
        }
    }

    /// Whether this or any expression below satisfies a condition; queries inside it don't count.
    package func contains(where condition: (Expression) -> Bool) -> Bool {
        condition(self) || children.contains { $0.contains(where: condition) }
    }

    /// The tree with every expression for which `replacement` gives one exchanged, outermost first; queries inside it
    /// stay as they are.
    package func replacing<Failure: Error>(
        _ replacement: (Expression) throws(Failure) -> Expression?
    ) throws(Failure) -> Expression {
        if let replaced = try replacement(self) { return replaced }
        func part(_ expression: Expression) throws(Failure) -> Expression { try expression.replacing(replacement) }
        switch self {
        case .column, .literal, .star, .subquery, .exists, .resolved: return self
        case .cast(let a, let type, let isTry): return .cast(try part(a), type, isTry: isTry)
        case .unary(let operation, let a): return .unary(operation, try part(a))
        case .isNull(let a, let isNegated): return .isNull(try part(a), isNegated: isNegated)
        case .field(let a, let name): return .field(try part(a), name)
        case .alias(let a, let name): return .alias(try part(a), name)
        case .argument(let name, let a): return .argument(name: name, try part(a))
        case .aliases(let a, let names): return .aliases(try part(a), names)
        case .ordered(let a, let isAscending, let nullsFirst):
            return .ordered(try part(a), isAscending: isAscending, nullsFirst: nullsFirst)
        case .located(let place, let a): return .located(place, try part(a))
        case .lambda(let parameters, let body): return .lambda(parameters: parameters, body: try part(body))
        case .binary(let operation, let a, let b): return .binary(operation, try part(a), try part(b))
        case .element(let a, let b): return .element(try part(a), try part(b))
        case .inList(let a, let list): return .inList(try part(a), try list.map(part))
        case .between(let a, let low, let high):
            return .between(try part(a), low: try part(low), high: try part(high))
        case .likeSeveral(let function, let a, let patterns, let needsAll, let isNegated):
            return .likeSeveral(
                function: function, try part(a), patterns: try patterns.map(part), needsAll: needsAll,
                isNegated: isNegated)
        case .caseWhen(let operand, let branches, let otherwise):
            return .caseWhen(
                operand: try operand.map(part),
                try branches.map { (branch) throws(Failure) in
                    Branch(condition: try part(branch.condition), result: try part(branch.result))
                }, otherwise: try otherwise.map(part))
        case .function(let name, let arguments, let isDistinct, let filter, let ignoresNulls):
            return .function(
                name: name, try arguments.map(part), isDistinct: isDistinct, filter: try filter.map(part),
                ignoresNulls: ignoresNulls)
        case .row(let values): return .row(try values.map(part))
        case .inSubquery(let values, let plan): return .inSubquery(try values.map(part), plan)
        case .over(let call, let window): return .over(try part(call), try window.mapExpressions(part))
        case .overNamed(let call, let name): return .overNamed(try part(call), name)
        case .withinGroup(let call, let order): return .withinGroup(try part(call), try order.map(part))
        }
    }
}

extension WindowSpecification {
    fileprivate func mapExpressions<Failure: Error>(
        _ transform: (Expression) throws(Failure) -> Expression
    ) throws(Failure) -> WindowSpecification {
        WindowSpecification(
            base: base, partition: try partition.map(transform), order: try order.map(transform), frame: frame)
    }

    /// The window as Spark prints it behind a call, with the frame that it has where none is written.
    func text(of call: Expression) -> String {
        func list(_ expressions: [Expression]) -> String { expressions.map(\.text).joined(separator: ", ") }
        var parts: [String] = []
        if let base { parts.append(base) }
        if !partition.isEmpty { parts.append("PARTITION BY \(list(partition))") }
        if !order.isEmpty { parts.append("ORDER BY \(list(order.map(\.asOrdered)))") }
        let frame = frame ?? defaultFrame(of: call)
        parts.append(
            "\(frame.isRows ? "ROWS" : "RANGE") BETWEEN \(frame.start.text) AND \(frame.end.text)")
        return parts.joined(separator: " ")
    }

    private func defaultFrame(of call: Expression) -> Frame {
        if order.isEmpty { return Frame(isRows: true, start: .unboundedPreceding, end: .unboundedFollowing) }
        guard case .function(let name, let arguments, _, _, _) = call.unlocated else {
            return Frame(isRows: false, start: .unboundedPreceding, end: .currentRow)
        }
        switch name.lowercased() {
        case "lag", "lead":
            let offset = arguments.count > 1 ? arguments[1] : .literal(.integer(1), .integer)
            let bound = Bound.following(name.lowercased() == "lead" ? offset : offset.negated)
            return Frame(isRows: true, start: bound, end: bound)
        case "row_number", "rank", "dense_rank", "percent_rank", "ntile":
            return Frame(isRows: true, start: .unboundedPreceding, end: .currentRow)
        default: return Frame(isRows: false, start: .unboundedPreceding, end: .currentRow)
        }
    }
}

extension WindowSpecification.Bound {
    fileprivate var text: String {
        switch self {
        case .unboundedPreceding: "UNBOUNDED PRECEDING"
        case .preceding(let amount): "\(amount.text) PRECEDING"
        case .currentRow: "CURRENT ROW"
        case .following(let amount): "\(amount.text) FOLLOWING"
        case .unboundedFollowing: "UNBOUNDED FOLLOWING"
        }
    }
}

extension Expression {
    /// The expression with the direction that it is sorted in: upwards where none is written.
    package var asOrdered: Expression {
        if case .ordered = unlocated { return unlocated }
        return .ordered(self, isAscending: true, nullsFirst: true)
    }
}

extension Expression {
    /// The negative of a number, as Spark prints it.
    fileprivate var negated: Expression {
        switch unlocated {
        case .literal(.integer(let value), let type) where value != .min: .literal(.integer(-value), type)
        case .unary(.minus, let operand): operand
        default: .unary(.minus, self)
        }
    }

    /// Whether this stands for several columns, or for all rows.
    package var isStar: Bool {
        if case .star = unlocated { return true }
        return false
    }

    /// Whether this is a call over a window of rows.
    package var isOver: Bool {
        switch self {
        case .over, .overNamed: true
        default: false
        }
    }
}

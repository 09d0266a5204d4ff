// Values that an expression uses more than once and evaluates only once.

import Columns

extension ResolvedExpression {
    /// The expression that `body` makes of a value that it may use any number of times: evaluated once, unless it is a
    /// column or a constant anyway.
    package static func sharing<Failure: Error>(
        _ value: ResolvedExpression, _ body: (ResolvedExpression) throws(Failure) -> ResolvedExpression
    ) throws(Failure) -> ResolvedExpression {
        if value.isFree { return try body(value) }
        // Stands for the value until it is known how many other shared values are around each use.
        let use = ResolvedExpression(.shared(outward: 0), type: value.type, isNullable: value.isNullable)
        let whole = try body(use).placing(use, depth: 0)
        return ResolvedExpression(.sharing(value, in: whole), type: whole.type, isNullable: whole.isNullable)
    }

    /// The expression with the right number of values around each use of one.
    func placing(_ use: ResolvedExpression, depth: Int) -> ResolvedExpression {
        if self === use {
            return depth == 0
                ? use : ResolvedExpression(.shared(outward: depth), type: type, isNullable: isNullable)
        }
        return mapChildren(depth: depth) { $0.placing(use, depth: $1) }
    }

    /// The same expression over other operands, each with the number of values that are around it.
    private func mapChildren(
        depth: Int, _ transform: (ResolvedExpression, Int) -> ResolvedExpression
    ) -> ResolvedExpression {
        switch kind {
        case .sharing(let value, let body):
            ResolvedExpression(
                .sharing(transform(value, depth), in: transform(body, depth + 1)), type: type, isNullable: isNullable)
        case .lambda(let call):
            ResolvedExpression(
                .lambda(call.mapExpressions { transform($0, depth + $1) }), type: type, isNullable: isNullable)
        default: mapChildren { transform($0, depth) }
        }
    }

    /// The body of a sharing expression with `value` itself in the place of its uses.
    ///
    /// - Precondition: The value uses no shared value from outside.
    package func inlining(_ value: ResolvedExpression, depth: Int = 0) -> ResolvedExpression {
        switch kind {
        case .shared(let outward) where outward == depth: value
        case .shared(let outward) where outward > depth:
            ResolvedExpression(.shared(outward: outward - 1), type: type, isNullable: isNullable)
        default: mapChildren(depth: depth) { $0.inlining(value, depth: $1) }
        }
    }

    /// Whether it uses a value that an expression around it shares.
    package func usesSharedFromOutside(depth: Int = 0) -> Bool {
        switch kind {
        case .shared(let outward): outward >= depth
        case .sharing(let value, let body):
            value.usesSharedFromOutside(depth: depth) || body.usesSharedFromOutside(depth: depth + 1)
        case .lambda(let call):
            call.values.contains { $0.usesSharedFromOutside(depth: depth) }
                || call.lambdas.contains { $0.body.usesSharedFromOutside(depth: depth + $0.count) }
        default: children.contains { $0.usesSharedFromOutside(depth: depth) }
        }
    }

    /// Whether evaluating it again costs nothing: a column, a constant, or a field of such.
    package var isFree: Bool {
        switch kind {
        case .column, .input, .literal: true
        case .field(let base, _, _): base.isFree
        default: false
        }
    }
}

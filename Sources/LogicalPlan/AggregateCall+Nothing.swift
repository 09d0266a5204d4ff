// What aggregates give over no rows.

import Columns
import Functions

extension AggregateCall {
    /// What it gives over no rows; `nil` where it raises then.
    package var overNothing: ResolvedExpression? {
        let accumulators = function.parts.map { $0.make() }
        for accumulator in accumulators {
            accumulator.reserve(groups: 1)
            accumulator.clear(groups: 1)
        }
        let group: [UInt32] = [0]
        let made = group.withUnsafeBufferPointer { pointer -> ColumnVector? in
            pointer.baseAddress.flatMap { try? function.finish(accumulators, $0, 1) }
        }
        return made.map { ResolvedExpression.literal($0.materialized().value(at: 0), type) }
    }

    /// What it gives, from a column that has it for groups with rows and is NULL for those without; `nil` where a NULL
    /// could be either.
    package func value(in column: ResolvedExpression) -> ResolvedExpression? {
        guard let overNothing else { return nil }
        if overNothing.literalValue == .null { return column.padded }
        guard !isNullable else { return nil }
        let isMissing = ResolvedExpression(.isNull(column.padded, isNegated: false), type: .boolean, isNullable: false)
        return ResolvedExpression(
            .caseWhen([.init(condition: isMissing, result: overNothing)], otherwise: column.padded), type: type,
            isNullable: false)
    }
}

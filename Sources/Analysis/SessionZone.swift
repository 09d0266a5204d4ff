// What the session's time zone changes of a plan: timestamps are instants, and texts and dates what a clock shows.

import Columns
import Functions
import LogicalPlan

extension ResolvedPlan {
    /// The plan with casts that mean what clocks of a zone show.
    func casting(in zone: TimeZone) -> ResolvedPlan {
        withChildren(children.map { $0.casting(in: zone) }).mapExpressions { $0.casting(in: zone) }
    }
}

extension ResolvedExpression {
    /// The expression with casts that mean what clocks of a zone show: calls of a function, which names the zone.
    func casting(in zone: TimeZone) -> ResolvedExpression {
        let inner = mapChildren { $0.casting(in: zone) }
        guard case .cast(let operand, let isTry) = inner.kind else { return inner }
        let (from, to) = (operand.type, inner.type)
        guard CastKernel.needsZone(from: from, to: to) else { return inner }
        var traits: FunctionTraits =
            isTry || !CastKernel.mayRaise(from: from, to: to) ? .isNullIntolerant : [.isNullIntolerant, .mayRaise]
        if inner.isTimeOfBatch { traits.insert(.isPerBatch) }
        let function = BoundFunction(
            "\(isTry ? "try_cast" : "cast") to \(to)", [from], to, isNullable: inner.isNullable,
            traits: traits,
            zone: zone, Self.kernel(from: from, to: to, isTry: isTry, zone))
        return ResolvedExpression(.function(function, [operand]), type: to, isNullable: inner.isNullable)
    }

    private static func kernel(from: DataType, to: DataType, isTry: Bool, _ zone: TimeZone) -> ScalarKernel {
        guard from == .string, to == .timestamp else {
            return .unary { (column) throws(KernelError) in
                try CastKernel.cast(column, to: to, isTry: isTry, in: zone)
            }
        }
        // A time alone is one of the day on which the batch started.
        return .contextual { (columns, _, context) throws(KernelError) in
            try CastKernel.timestamps(columns[0], isTry: isTry, in: zone, now: context.timestampMicroseconds)
        }
    }
}

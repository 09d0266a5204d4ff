// Plans of queries that give NULL for errors: nothing that is computed is certain to be there.

import Columns
import LogicalPlan

extension ResolvedPlan {
    /// The same plan, in which everything that is computed may be NULL, so that no rule takes a test for NULL away.
    /// Types stay as they are, and so do the columns of sources, which compute nothing.
    package var withoutNullPromises: ResolvedPlan {
        transformingUp { step in step.mapExpressions { $0.transformingUp(\.withoutNullPromise) }.withNullableColumns }
    }

    /// The same step, whose own columns may be NULL.
    private var withNullableColumns: ResolvedPlan {
        func nullable(_ columns: [PlanColumn]) -> [PlanColumn] {
            columns.map { PlanColumn($0.id, Field($0.name, $0.field.type)) }
        }
        switch self {
        case .union(let inputs, let columns): return .union(inputs, columns: nullable(columns))
        case .values(let rows, let columns): return .values(rows: rows, columns: nullable(columns))
        case .expand(let input, let projections, let columns):
            return .expand(input, projections: projections, columns: nullable(columns))
        case .generate(let input, let call, let outputs, let kept):
            return .generate(input, call, outputs: nullable(outputs), kept: kept)
        case .aggregate(let input, let groupings, let aggregates):
            return .aggregate(
                input, groupings: groupings,
                aggregates: aggregates.map { NamedAggregate($0.id, name: $0.name, $0.call.nullable) })
        default: return self
        }
    }
}

extension ResolvedExpression {
    fileprivate var withoutNullPromise: ResolvedExpression {
        switch kind {
        case .literal, .isNull: self
        default: isNullable ? self : ResolvedExpression(kind, type: type, isNullable: true)
        }
    }
}

// The optimiser with what it needs of the rooms above it.

import Columns
import LogicalPlan
import Operators
import Optimizer

/// Optimises plans for this engine.
package enum PlanOptimizer {
    /// The same query in steps that do less. `canPrune` tells by a scan's id whether its source can leave columns out;
    /// with `keepsLateRows` the rows that a watermark sees keep all their columns, and `keptColumns` are those that a
    /// source delivers whoever reads them. Without `narrowsJoins` joins keep the kind that was written.
    package static func optimize(
        _ plan: ResolvedPlan, keepsLateRows: Bool = false, narrowsJoins: Bool = true,
        keptColumns: @escaping @Sendable (String) -> Set<String> = { _ in [] },
        canPrune: @escaping @Sendable (String) -> Bool
    ) -> ResolvedPlan {
        Optimizer(
            evaluate: { ConstantEvaluation.value(of: $0) }, keepsLateRows: keepsLateRows, narrowsJoins: narrowsJoins,
            keptColumns: keptColumns, canPrune: canPrune
        ).optimize(plan)
    }
}

/// Computes what no row has a part in.
package enum ConstantEvaluation {
    /// The value of an expression without columns as a constant; `nil` where it raises, and where no constant can hold
    /// it: `ConstantKernel.value`.
    package static func value(of expression: ResolvedExpression) -> ResolvedExpression? {
        guard let compiled = try? CompiledExpression(expression) else { return nil }
        let row = RecordBatch(schema: Schema([]), columns: [], count: 1)
        guard let column = try? compiled.evaluate(row, BatchContext(batchTimestampMicroseconds: 0)) else { return nil }
        return ConstantKernel.value(of: column).map { .literal($0, expression.type) }
    }
}

// An aggregation as a keyed step: partial results on the workers, running values in the shards.

import Columns
import StateStore

/// `GROUP BY`: its rows have the key columns first, then the aggregates' inputs.
package struct AggregationOperator: KeyedOperator {
    package let name = "Aggregate"
    package let detail: String
    package let state: OperatorState?
    /// The inputs of its aggregates count from the first column behind the keys.
    package let plan: AggregationPlan

    package var outputSchema: Schema { plan.output }
    package var sharding: Sharding { .byKey }
    package var mergesEarly: Bool { true }

    /// Creates the step. `stateID` is what a checkpoint calls its state; without one every batch begins with no groups.
    package init(_ plan: AggregationPlan, detail: String, stateID: String?) {
        self.plan = plan
        self.detail = detail
        state = stateID.map { OperatorState(id: $0, progressName: "stateStoreSave", shape: plan.shape) }
    }

    package func makeCombiner() -> (any MapSideCombiner)? { PartialAggregation(plan) }

    package func makeShard(_ index: Int) -> any KeyedShard {
        AggregationShard(plan, index: index, keepsGroups: state != nil)
    }
}

extension PartialAggregation: MapSideCombiner {
    package func consume(_ rows: RecordBatch, _ order: RowOrder, _ context: BatchContext) throws {
        let rows = rows.compacted()
        let keyCount = plan.keys.count
        consume(
            keys: Array(rows.columns[..<keyCount]), inputs: Array(rows.columns[keyCount...]), count: rows.physicalCount)
    }
}

extension AggregationShard: KeyedShard {
    package var stored: (any StateShard)? { keepsGroups ? self : nil }

    package func reset() { if !keepsGroups { clear() } }

    package func merge(_ combiner: any MapSideCombiner, _ budget: any GrowthBudget) throws {
        guard let partial = combiner as? PartialAggregation, let partition = partial.sealed else {
            preconditionFailure("an aggregation's combiners are partial aggregations, sealed")
        }
        try merge(partial, partition, within: budget)
    }

    package func finish(_ context: BatchContext, _ emit: (RecordBatch) throws -> Void) throws {
        if context.outputMode == .complete {
            try self.emit(allGroups(), emit)
        } else {
            // Distinct values don't change: each comes out once.
            try self.emit(plan.aggregates.isEmpty ? createdGroups : touchedGroups, emit)
        }
    }
}

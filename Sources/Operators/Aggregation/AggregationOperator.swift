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
    private let dropsFinalGroups: Bool

    package var outputSchema: Schema { plan.output }
    package var sharding: Sharding { .byKey }
    package var mergesEarly: Bool { true }
    package var givesWhatIsFinal: Bool { dropsFinalGroups && state != nil && plan.time != nil }

    /// Creates the step. `stateID` is what a checkpoint calls its state; without one every batch begins with no groups.
    ///
    /// With `dropsFinalGroups` groups go once the watermark has reached their end, as in all modes but complete.
    package init(_ plan: AggregationPlan, detail: String, stateID: String?, dropsFinalGroups: Bool = false) {
        self.plan = plan
        self.detail = detail
        self.dropsFinalGroups = dropsFinalGroups
        let reason = Self.growth(plan, dropsFinalGroups: dropsFinalGroups)
        state = stateID.map {
            OperatorState(
                id: $0, progressName: "stateStoreSave", shape: plan.shape, unboundedBecause: reason,
                layout: plan.layout("stateStoreSave"))
        }
    }

    private static func growth(_ plan: AggregationPlan, dropsFinalGroups: Bool) -> String? {
        guard !plan.keys.isEmpty else { return nil }
        guard dropsFinalGroups else { return "in output mode complete every group is kept" }
        guard plan.time == nil else { return nil }
        return OperatorState.noEnd(among: plan.keys.map(\.name))
    }

    package func makeCombiner() -> (any MapSideCombiner)? {
        guard let window = plan.window, !window.cut.isTumbling else { return PartialAggregation(plan) }
        return PaneAggregation(plan, window)
    }

    package func needsBatchWithoutData(
        lastWatermarkMicroseconds last: Int64?, nextWatermarkMicroseconds next: Int64?
    ) -> Bool {
        guard dropsFinalGroups, state != nil, let next else { return false }
        return next > last ?? .min
    }

    package func makeShard(_ index: Int, of count: Int) -> any KeyedShard {
        AggregationShard(plan, index: index, keepsGroups: state != nil)
    }
}

extension PartialAggregation: MapSideCombiner {
    package func consume(_ rows: RecordBatch, _ order: RowOrder, _ context: BatchContext) throws {
        let rows = rows.compacted()
        let keyCount = plan.keys.count
        lateWatermark = context.outputMode == .complete ? nil : context.lateWatermarkMicroseconds
        consume(
            keys: Array(rows.columns[..<keyCount]), inputs: Array(rows.columns[keyCount...]), count: rows.physicalCount)
    }
}

extension AggregationShard: KeyedShard {
    package var stored: (any StateShard)? { keepsGroups ? self : nil }

    package func reset() {
        beginCounts()
        if !keepsGroups { clear() }
    }

    package func merge(_ combiner: any MapSideCombiner, _ budget: any GrowthBudget) throws {
        let known = (combiner as? PaneAggregation)?.windows ?? combiner as? PartialAggregation
        guard let partial = known, let partition = partial.sealed else {
            preconditionFailure("an aggregation's combiners are partial aggregations, sealed")
        }
        try merge(partial, partition, within: budget)
    }

    package func finish(
        _ context: BatchContext, _ budget: any GrowthBudget, _ emit: (RecordBatch) throws -> Void
    ) throws {
        if let failure = spilled?.failure { throw failure }
        countUpdates()
        switch context.outputMode {
        case .complete:
            try self.emit(allGroups(), emit)
            return try emitGroupsOutsideOfMemory(emit)
        // Only what is final comes out, below.
        case .append where plan.time != nil: break
        // Distinct values don't change: each comes out once.
        case .append where plan.aggregates.isEmpty, .update where plan.aggregates.isEmpty:
            try self.emit(createdGroups, emit)
        case .append, .update: try self.emit(touchedGroups, emit)
        }
        guard let watermark = context.evictionWatermarkMicroseconds else { return }
        let final = try takeFinal(at: watermark, budget)
        if context.outputMode == .append { try self.emit(final, emit) }
        remove(groups: final)
        try dropFinalOutsideOfMemory(at: watermark, budget, isEmitted: context.outputMode == .append, emit)
    }
}

// The first half of an aggregation by windows that overlap: rows by pane, panes to windows.

import Columns
import Functions

/// Aggregates the rows of one worker by pane, and only then puts what came of each pane into the windows that it is
/// part of: no row is copied or folded once for each of its windows.
///
/// SAFETY: as that of `PartialAggregation`, of which these are two.
final class PaneAggregation: MapSideCombiner, @unchecked Sendable {
    private let plan: AggregationPlan
    private let window: WindowKey
    private let panes: PartialAggregation
    /// What the shards merge, once all rows are in; where memory is short, in parts.
    private(set) var windows: PartialAggregation
    private var lateWatermark: Int64?
    /// Groups that are expanded at a time.
    private static let expandedGroups = 2048

    init(_ plan: AggregationPlan, _ window: WindowKey) {
        self.plan = plan
        self.window = window
        panes = PartialAggregation(plan)
        windows = PartialAggregation(plan)
    }

    func consume(_ rows: RecordBatch, _ order: RowOrder, _ context: BatchContext) throws {
        lateWatermark = context.outputMode == .complete ? nil : context.lateWatermarkMicroseconds
        try panes.consume(rows, order, context)
    }

    func seal(shards: Int, _ room: any SealingRoom) throws {
        let groups = panes.keys.allGroups()
        let most = window.cut.timesAtOnce(most: PaneAggregation.expandedGroups)
        var first = 0
        while first < groups.count {
            let end = panes.keys.pieceEnd(
                of: groups, from: first, maximumRows: min(most, groups.count - first))
            let bytes = windows.growthBytes(rows: (end - first) * window.cut.maximumWindows)
            if !room.isThere(for: bytes) {
                sealWindows(shards: shards)
                try room.merge(beforeTaking: bytes)
                windows = PartialAggregation(plan)
            }
            expand(Array(groups[first..<end]))
            first = end
        }
        sealWindows(shards: shards)
    }

    private func sealWindows(shards: Int) {
        windows.lateWatermark = lateWatermark
        windows.seal(shards: shards)
    }

    private func expand(_ groups: [UInt32]) {
        var keys = panes.keys.keyColumns(groups: groups, count: groups.count)
        // A pane's start is one of its times.
        let (rows, starts) = TimeWindowKernel.assign(keys[window.key], 0..<groups.count, window.cut)
        for place in keys.indices { keys[place] = place == window.key ? starts : TakeKernel.take(keys[place], rows) }
        let origins = Buffer(capacity: rows.count * 4)
        let (origin, picked) = (origins.pointer(as: UInt32.self), rows.pointer)
        for row in 0..<rows.count { origin[row] = groups[Int(picked[row])] }
        windows.absorb(keys: keys, from: panes, origin, count: rows.count)
    }

    func clear() {
        panes.clear()
        windows.clear()
    }

    var memoryBytes: Int { panes.memoryBytes + windows.memoryBytes }

    /// The rows' own growth. What their panes become in windows comes when all rows are in, and asks for room then.
    func growthBytes(rows: Int) -> Int { panes.growthBytes(rows: rows) }
}

// The first row of each key: dropDuplicates.

import Columns
import StateStore

/// `dropDuplicates` on a stream: of all rows with the same key the first comes out. Only keys are kept.
///
/// A shard gets the rows themselves, in order, so that the first row is the same however many workers there are.
package struct DeduplicationOperator: KeyedOperator {
    /// Until when a key is kept.
    package enum Lifetime: Hashable, Sendable {
        /// For ever: nothing says when no row with the key can come any more.
        case unbounded
        /// Until the watermark has reached the event time that is among its columns.
        case ofEventTime
        /// Until the watermark has reached the event time of its first row and so many microseconds more.
        case within(Int64)
    }

    package let name = "Deduplicate"
    package let detail: String
    package let outputSchema: Schema
    package let state: OperatorState?
    /// Which columns are the key.
    let keys: [Int]
    /// The column that has event time: rows that it calls late are dropped.
    let time: KeyTime?
    let lifetime: Lifetime

    package var sharding: Sharding { .byKey }
    let keyTypes: [DataType]

    /// Creates the step; `time.key` is a column of the rows. With a lifetime there is one. `stateID` is what a
    /// checkpoint calls its state; without one every batch begins with no keys.
    package init(
        keys: [Int], time: KeyTime?, _ lifetime: Lifetime, detail: String, schema: Schema, stateID: String?
    ) {
        precondition(time != nil || lifetime == .unbounded, "a lifetime is told by event time")
        self.keys = keys
        self.time = time
        self.lifetime = lifetime
        self.detail = detail
        outputSchema = schema
        keyTypes = keys.map { schema.fields[$0].type }
        var shape = keyTypes.map { "key \($0)" }
        var values: [StateLayout.Column] = []
        var progressName = "dedupe"
        if case .within = lifetime {
            shape.append("end TIMESTAMP")
            values.append(.init("expiresAt", .timestamp))
            progressName = "dedupeWithinWatermark"
        }
        // As `exchange` does it.
        let layout = StateLayout(
            .grouped, operatorName: progressName,
            keys: keys.map { .init(schema.fields[$0].name, schema.fields[$0].type) }, values: values,
            shardKeys: keys.map { _ in true })
        let reason =
            lifetime == .unbounded ? OperatorState.noEnd(among: keys.map { schema.fields[$0].name }) : nil
        state = stateID.map {
            OperatorState(
                id: $0, progressName: layout.operatorName, shape: shape, unboundedBecause: reason, layout: layout)
        }
    }

    package func makeShard(_ index: Int, of count: Int) -> any KeyedShard { DeduplicationShard(self) }

    package func exchange(
        _ rows: RecordBatch, port: Int, shards: Int, _ context: BatchContext
    ) throws -> [Selection] {
        CanonicalKeys(
            keys.map { rows.columns[$0].materialized() }, count: rows.physicalCount, nullSafe: keys.map { _ in true }
        ).selections(shards: shards)
    }

    package func needsBatchWithoutData(
        lastWatermarkMicroseconds last: Int64?, nextWatermarkMicroseconds next: Int64?
    ) -> Bool { state != nil && next.map { $0 > last ?? .min } ?? false }
}

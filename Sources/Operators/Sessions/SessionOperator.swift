// GROUP BY session_window: rows that follow each other closely are one group.

import Columns
import StateStore

/// An aggregation by sessions: rows of a key are in one session where the time of each is not behind the end of those
/// before it.
///
/// Its rows have the other keys first, then the start and the end that the row alone would give a session, then the
/// aggregates' inputs. They go to the shards as they are: what a session is, is known only where all rows of a
/// key meet.
package struct SessionOperator: KeyedOperator {
    package let name = "SessionAggregate"
    package let detail: String
    package let outputSchema: Schema
    package let state: OperatorState?
    /// The aggregation of the rows of one batch: by the other keys, start and end.
    let plan: AggregationPlan
    /// Where the session stands among the keys of the result.
    let place: Int
    /// Whether event time is what sessions are made of: then they end with the watermark.
    let hasEventTime: Bool
    /// Whether sessions go once they are over, as in all modes but complete.
    private let dropsFinalGroups: Bool

    package var sharding: Sharding { .byKey }
    package var givesWhatIsFinal: Bool { dropsFinalGroups && state != nil && hasEventTime }

    /// How many keys there are beside the session.
    var otherKeys: Int { plan.keys.count - 2 }

    /// Creates the step. `place` is where the session, as the column `name`, stands among the keys.
    package init(
        keys: [Field], session name: String, at place: Int, aggregates: [AggregateSpec], resultNames: [String],
        hasEventTime: Bool, dropsFinalGroups: Bool, detail: String, stateID: String?
    ) {
        plan = AggregationPlan(
            keys: keys + [
                Field("start", .timestamp, isNullable: false), Field("end", .timestamp, isNullable: false),
            ], aggregates: aggregates, resultNames: resultNames)
        self.place = place
        self.hasEventTime = hasEventTime
        self.dropsFinalGroups = dropsFinalGroups
        self.detail = detail
        var fields = keys
        fields.insert(Field(name, TimeWindowKernel.type, isNullable: false), at: place)
        outputSchema = Schema(fields + plan.output.fields.dropFirst(keys.count + 2))
        let shape = plan.shape
        let (values, accumulated) = plan.storedValues
        // As `SessionShard` has its table, and `exchange` divides the rows.
        let layout = StateLayout(
            .ordered, operatorName: "sessionWindowStateStoreSaveExec",
            keys: keys.map { StateLayout.Column($0.name, $0.type) } + [StateLayout.Column("start", .timestamp)],
            values: [StateLayout.Column("end", .timestamp)] + values, accumulated: accumulated,
            shardKeys: keys.map { _ in true })
        let reason: String? =
            !dropsFinalGroups
            ? "in output mode complete every session is kept"
            : hasEventTime ? nil : "no watermark says when a session is over"
        state = stateID.map {
            OperatorState(
                id: $0, progressName: layout.operatorName, shape: shape, unboundedBecause: reason, layout: layout)
        }
    }

    /// Whether values of a type can be keys beside a session.
    package static func canBeKey(_ type: DataType) -> Bool { OrderedKeys.canEncode(type) }

    package func makeShard(_ index: Int, of count: Int) -> any KeyedShard { SessionShard(self) }

    package func exchange(
        _ rows: RecordBatch, port: Int, shards: Int, _ context: BatchContext
    ) throws -> [Selection] {
        let keys = rows.columns[..<otherKeys].map { $0.materialized() }
        return CanonicalKeys(keys, count: rows.physicalCount, nullSafe: keys.map { _ in true })
            .selections(shards: shards)
    }

    package func needsBatchWithoutData(
        lastWatermarkMicroseconds last: Int64?, nextWatermarkMicroseconds next: Int64?
    ) -> Bool { state != nil && hasEventTime && dropsFinalGroups && next.map { $0 > last ?? .min } ?? false }
}

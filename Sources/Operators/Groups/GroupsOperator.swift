// A function of the program for the rows and the state of each key: (flat)mapGroupsWithState.

import Columns
import LogicalPlan
import StateStore

/// Calls a function of the program once for each key that has rows in a batch, with the rows and the state that it has
/// kept for the key, and once more for each key whose time has come.
///
/// A shard gets the rows themselves, in order, so that a function sees those of a key in the same order however many
/// workers there are.
package struct GroupsOperator: KeyedOperator {
    package var name: String { function.form == .map ? "MapGroupsWithState" : "FlatMapGroupsWithState" }
    package let detail: String
    package let outputSchema: Schema
    package let state: OperatorState?
    package var sharding: Sharding { .byKey }
    let function: GroupFunction
    let body: any GroupFunctionBody
    /// The type of the state of a key.
    let stateType: DataType
    let input: GroupInput

    /// Creates the step for a function with this code and type of state. `time.key` is a column of the rows: where
    /// groups time out in event time, late rows are dropped. `stateID` is what a checkpoint calls its state; without
    /// one every batch begins with no states.
    package init(
        _ function: GroupFunction, _ body: any GroupFunctionBody, state stateType: DataType, keys: [Int],
        keyNames: [String], rows: [Int], time: KeyTime?, input: Schema, detail: String, stateID: String?
    ) {
        self.function = function
        self.body = body
        self.stateType = stateType
        self.detail = detail
        self.input = GroupInput(function, keys: keys, keyNames: keyNames, rows: rows, time: time, input: input)
        outputSchema = Schema(function.outputs)
        // As `GroupsShard` has its table.
        state = self.input.state(
            stateID, .ordered, "flatMapGroupsWithState",
            values: [
                StateLayout.Column("groupState", stateType), StateLayout.Column("timeoutTimestamp", .timestamp),
            ], shape: GroupsShard.table(keys: self.input.keyFields.map(\.type), state: stateType).shape)
    }

    package func makeShard(_ index: Int, of count: Int) -> any KeyedShard {
        GroupsShard(self, index: index, of: count)
    }

    package func exchange(
        _ rows: RecordBatch, port: Int, shards: Int, _ context: BatchContext
    ) throws -> [Selection] { input.selections(rows, shards: shards) }

    /// Nothing that a function gives is known to be behind the watermark.
    package func outputWatermark(_ inputs: [Int64]) -> Int64? { nil }

    package func needsBatchWithoutData(
        lastWatermarkMicroseconds last: Int64?, nextWatermarkMicroseconds next: Int64?
    ) -> Bool { state != nil && function.timeout == .eventTime && next.map { $0 > last ?? .min } ?? false }
}

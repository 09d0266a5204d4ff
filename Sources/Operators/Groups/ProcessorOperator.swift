// A processor of the program for the rows, the state and the timers of each key: transformWithState.

import Columns
import LogicalPlan
import StateStore

/// Calls a processor of the program once for each key that has rows in a batch, and once for each timer whose time has
/// come. What it keeps of a key are variables by name: values, lists and maps.
package struct ProcessorOperator: KeyedOperator {
    package let name = "TransformWithState"
    package let detail: String
    package let outputSchema: Schema
    package let state: OperatorState?
    package var sharding: Sharding { .byKey }
    let body: any ProcessorBody
    let variables: [StateVariable]
    let timeout: GroupTimeout
    let input: GroupInput
    /// Which of the columns that come out has event time.
    let eventTime: Int?

    /// Creates the step. `time.key` is a column of the rows: with timers in event time late rows are dropped. `stateID`
    /// is what a checkpoint calls its state; without one every batch begins with no state.
    package init(
        _ function: GroupFunction, _ body: any ProcessorBody, _ variables: [StateVariable], keys: [Int],
        keyNames: [String], rows: [Int], time: KeyTime?, eventTime: Int? = nil, input: Schema, detail: String,
        stateID: String?
    ) {
        self.body = body
        self.variables = variables
        self.eventTime = eventTime
        self.detail = detail
        timeout = function.timeout
        self.input = GroupInput(function, keys: keys, keyNames: keyNames, rows: rows, time: time, input: input)
        outputSchema = Schema(function.outputs)
        // As `ProcessorShard` has its tables.
        var parts = variables.map { variable in
            let columns = VariableTable.columns(of: variable)
            return StateLayout.Variable(
                variable.name, StateLayout.Variable.Kind(variable.kind), keys: columns.keys, values: columns.values)
        }
        if timeout != .none {
            parts.append(
                StateLayout.Variable(
                    StateLayout.timersName, .timers, keys: [.init("expiration_timestamp_ms", .long)], values: []))
        }
        state = self.input.state(stateID, .variables, "transformWithStateExec", variables: parts)
    }

    package func makeShard(_ index: Int, of count: Int) -> any KeyedShard {
        ProcessorShard(self, index: index, of: count)
    }

    package func exchange(
        _ rows: RecordBatch, port: Int, shards: Int, _ context: BatchContext
    ) throws -> [Selection] { input.selections(rows, shards: shards) }

    /// Nothing that a processor gives is known to be behind the watermark, but where it names its event time: what is
    /// older is refused then.
    package func outputWatermark(_ inputs: [Int64]) -> Int64? { eventTime == nil ? nil : inputs.min() }

    package func needsBatchWithoutData(
        lastWatermarkMicroseconds last: Int64?, nextWatermarkMicroseconds next: Int64?
    ) -> Bool { state != nil && timeout == .eventTime && next.map { $0 > last ?? .min } ?? false }
}

extension StateLayout.Variable.Kind {
    fileprivate init(_ kind: StateVariable.Kind) {
        switch kind {
        case .value: self = .value
        case .list: self = .list
        case .map: self = .map
        }
    }
}

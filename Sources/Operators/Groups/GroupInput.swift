// By which keys rows are grouped for code of the program, and what the code gets of them.

import Columns
import LogicalPlan
import StateStore

/// The rows of steps that call code of the program for groups.
struct GroupInput: Sendable {
    /// Which columns are the key, and which make a row for the code.
    let keys: [Int]
    let rows: [Int]
    let keyFields: [Field]
    let rowFields: [Field]
    /// The column with event time, where rows that it calls late are dropped.
    let time: KeyTime?

    /// Of a function; `time.key` is a column of the rows.
    init(
        _ function: GroupFunction, keys: [Int], keyNames: [String], rows: [Int], time: KeyTime?, input: Schema
    ) {
        self.keys = keys
        self.rows = rows
        self.time = function.timeout == .eventTime ? time : nil
        keyFields = zip(keys, keyNames).map {
            Field($1, input.fields[$0].type, isNullable: input.fields[$0].isNullable)
        }
        rowFields = rows.map { input.fields[$0] }
    }

    /// What a checkpoint knows of what the code keeps; `nil` where nothing is kept for the next batch. Without a
    /// `shape` it is that of the variables.
    func state(
        _ id: String?, _ form: StateLayout.Form, _ operatorName: String, values: [StateLayout.Column] = [],
        variables: [StateLayout.Variable] = [], shape: [String]? = nil
    ) -> OperatorState? {
        guard let id else { return nil }
        // As `selections` divides the rows.
        let layout = StateLayout(
            form, operatorName: operatorName, keys: keyFields.map { StateLayout.Column($0.name, $0.type) },
            values: values, variables: variables, shardKeys: keys.map { _ in true })
        // When the code drops what it keeps is its own business.
        return OperatorState(
            id: id, progressName: operatorName, shape: shape ?? layout.shapeOfVariables, unboundedBecause: nil,
            layout: layout)
    }

    /// Which rows go to which of the shards.
    func selections(_ rows: RecordBatch, shards: Int) -> [Selection] {
        canonical(keys.map { rows.columns[$0] }, count: rows.physicalCount).selections(shards: shards)
    }

    /// What a new query begins with, keys and then states, as far as it belongs to one of so many shards; `nil` where
    /// nothing does.
    func own(_ states: [ColumnVector]?, shard: Int, of shards: Int) -> (keys: [ColumnVector], states: ColumnVector)? {
        guard var columns = states, let count = columns.last?.count else { return nil }
        if shards > 1 {
            let selection = canonical(Array(columns.dropLast()), count: count).selections(shards: shards)[shard]
            columns = columns.map { TakeKernel.take($0, selection) }
        }
        guard let states = columns.popLast(), states.count > 0 else { return nil }
        return (columns, states)
    }

    private func canonical(_ columns: [ColumnVector], count: Int) -> CanonicalKeys {
        CanonicalKeys(columns.map { $0.materialized() }, count: count, nullSafe: columns.map { _ in true })
    }
}

// Functions of the program that are called for each group of rows.

import Columns
import LogicalPlan
import Operators

extension StageBuilder {
    mutating func groups(_ flow: Flow, _ step: GroupStep, _ times: [ColumnID: EventTime]) throws -> Flow {
        let places = InputColumns(flow.columns)
        let time = try flow.columns.first { times[$0.id] != nil }.map { column throws in
            KeyTime(key: try places.index(of: column.id), ofType: column.field.type)
        }
        let keyed = GroupsOperator(
            step.function, keys: try step.keys.map { try places.index(of: $0) }, keyNames: step.keyNames,
            rows: try step.rows.map { try places.index(of: $0) },
            time: time, input: flow.schema,
            detail: "[\(step.keyNames.joined(separator: ", "))]" + (step.function.name.map { " \($0)" } ?? "")
                + " \(step.function.timeout.sparkName)",
            stateID: flow.isStreaming ? stateID("groups") : nil)
        return end(flow.inputs, in: keyed, step.outputs, flow.isStreaming ? .incremental : [])
    }
}

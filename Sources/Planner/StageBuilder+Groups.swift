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
        let keys = try step.keys.map { try places.index(of: $0) }
        let rows = try step.rows.map { try places.index(of: $0) }
        let function = step.function
        let detail =
            "[\(step.keyNames.joined(separator: ", "))]" + (function.name.map { " \($0)" } ?? "")
            + " \(function.timeName)"
        let keyed: any KeyedOperator
        switch function.code {
        case .function(let body, let state):
            keyed = GroupsOperator(
                function, body, state: state, keys: keys, keyNames: step.keyNames, rows: rows, time: time,
                input: flow.schema, detail: detail, stateID: flow.isStreaming ? stateID("groups") : nil)
        case .processor(let body, let variables):
            keyed = ProcessorOperator(
                function, body, variables, keys: keys, keyNames: step.keyNames, rows: rows, time: time,
                eventTime: step.eventTime, input: flow.schema, detail: detail,
                stateID: flow.isStreaming ? stateID("processor") : nil)
        }
        return end(flow.inputs, in: keyed, step.outputs, flow.isStreaming ? .incremental : [])
    }
}

// The state of a query as a table: `format("statestore")`.

import Columns
import Connectors
import Operators
import StateStore

/// What is read of the state of a checkpoint.
struct StateRequest: Sendable {
    let path: String
    let operatorID: Int
    /// The batch after which the state is wanted; `nil` for the newest.
    let batch: Int64?
    /// A join's side, in lower case.
    let side: String?
    /// A variable of a processor.
    let variable: String?
    /// Whether a processor's timers are wanted.
    let readsTimers: Bool

    static let table = OptionTable(
        "the statestore source",
        [
            OptionEntry("path", "the checkpoint's directory"),
            OptionEntry("operatorId", "which stateful operator, from 0", defaultValue: "0"),
            OptionEntry("batchId", "the batch after which the state is read", defaultValue: "the newest committed"),
            OptionEntry("joinSide", "of a join of two streams: left or right"),
            OptionEntry("stateVarName", "of a processor: which of its variables"),
            OptionEntry("readRegisteredTimers", "of a processor: its timers", defaultValue: "false"),
        ],
        refusals: [
            .init("storeName", because: "an operator has one store; joinSide chooses the side of a join"),
            .init("snapshotStartBatchId", because: "the newest usable snapshot is taken"),
            .init("snapshotPartitionId", because: "the newest usable snapshot is taken"),
            .init("readChangeFeed", because: "what a batch changed can't be read: read batchId before and after it"),
            .init(
                "flattenCollectionTypes",
                because: "lists and maps of a processor are shown a row an element, other arrays and maps as they are"),
        ])

    init(_ options: [String: String]) throws(ConnectorError) {
        let options = try Options(options, StateRequest.table)
        path = try CheckpointRead.path(options)
        operatorID = Int(try options.integer("operatorId", in: 0...Int64(Int32.max)) ?? 0)
        batch = try options.integer("batchId", in: 0...(Int64.max - 2))
        side = options.string("joinSide")?.lowercased()
        variable = options.string("stateVarName")
        readsTimers = try options.boolean("readRegisteredTimers") ?? false
    }
}

/// The rows of one operator's state.
package enum StateTable {
    /// `format("statestore")`.
    package static let provider = ConnectorProvider(
        "statestore",
        table: TableProvider(
            options: StateRequest.table, takesSchema: false,
            describing: { options, given in
                try refuse(given)
                let request = try StateRequest(options)
                let view = try CheckpointRead(request.path).reading(after: request.batch) { state, _ in
                    try StateTable.view(of: state, request).view
                }
                return (name(request), view.schema)
            },
            makeSource: {
                let (request, schema) = (try StateRequest($0.options), $0.all)
                return LoadedTable(name(request), schema: schema) { try rows(request, schema) }
            }))

    private static func rows(_ request: StateRequest, _ schema: Schema) throws -> [RecordBatch] {
        try CheckpointRead(request.path).reading(after: request.batch) { state, _ in
            let (view, side) = try StateTable.view(of: state, request)
            guard view.schema == schema else { throw changed(request) }
            return try batches(state, request.operatorID, view, side: side)
        }
    }

    private static func batches(
        _ state: StoredState, _ table: Int, _ view: StateView, side: Int
    ) throws -> [RecordBatch] {
        var batches: [RecordBatch] = []
        for shard in 0..<state.tables[table].shardCount {
            var pieces: [StoredRows] = []
            try state.forEachPiece(ofTable: table, shard: shard) { if $0.side == side { pieces.append($0) } }
            for piece in pieces { batches.append(try view.batch(piece, shard: shard)) }
        }
        return batches
    }

    /// What a request asks for, as it looks.
    private static func view(of state: StoredState, _ request: StateRequest) throws -> (view: StateView, side: Int) {
        guard state.tables.indices.contains(request.operatorID) else {
            let known = state.tables.enumerated().map { "\($0) (\($1.operatorName))" }
            throw QueryError(
                code: "STATE_OPERATOR_NOT_FOUND", message: "there is no stateful operator \(request.operatorID)",
                hint: known.isEmpty ? "the query keeps no state" : "operators: \(known.joined(separator: ", "))",
                disposition: .correctAndRestart)
        }
        guard let layout = state.tables[request.operatorID].layout else {
            // Says why.
            try state.forEachPiece(ofTable: request.operatorID, shard: 0) { _ in }
            throw changed(request)
        }
        if layout.form != .joined, request.side != nil {
            throw ConnectorError(
                .invalidOption, "option 'joinSide' is for joins, and operator \(request.operatorID) is none",
                hint: "leave it out")
        }
        if layout.form != .variables, request.variable != nil || request.readsTimers {
            throw ConnectorError(
                .invalidOption,
                "options 'stateVarName' and 'readRegisteredTimers' are for transformWithState, and operator "
                    + "\(request.operatorID) is \(layout.operatorName)",
                hint: "leave them out")
        }
        if layout.form == .variables { return try variable(of: layout, request) }
        guard layout.form == .joined else { return (StateView(layout, side: 0), 0) }
        guard let side = request.side, let place = layout.sides.firstIndex(of: side) else {
            throw ConnectorError(
                .invalidOption,
                "operator \(request.operatorID) is a join of two streams: joinSide "
                    + (request.side.map { "is '\($0)'" } ?? "is missing"),
                hint: "joinSide is \(layout.sides.joined(separator: " or "))")
        }
        return (StateView(layout, side: place), place)
    }

    private static func variable(
        of layout: StateLayout, _ request: StateRequest
    ) throws(ConnectorError) -> (view: StateView, side: Int) {
        let names = layout.variables.filter { $0.kind != .timers }.map(\.name)
        guard request.readsTimers != (request.variable != nil) else {
            throw ConnectorError(
                .invalidOption,
                "operator \(request.operatorID) is transformWithState: stateVarName names one of its variables, or "
                    + "readRegisteredTimers is true",
                hint: "stateVarName is \(names.joined(separator: " or "))")
        }
        let wanted = request.variable ?? StateLayout.timersName
        guard request.variable.map(names.contains) ?? true,
            let place = layout.variables.firstIndex(where: { $0.name == wanted })
        else {
            throw ConnectorError(
                .invalidOption,
                request.readsTimers
                    ? "operator \(request.operatorID) has no timers: its time mode is None"
                    : "operator \(request.operatorID) has no variable '\(wanted)'",
                hint: "its variables are \(names.joined(separator: ", "))")
        }
        return (StateView(layout, side: place), place)
    }

    private static func changed(_ request: StateRequest) -> QueryError {
        QueryError(
            code: "STATE_CHANGED", message: "\(name(request)): the columns have changed since the frame was made",
            hint: "read it again", disposition: .correctAndRestart)
    }

    private static func name(_ request: StateRequest) -> String { "state[\(request.path), \(request.operatorID)]" }

    /// Refuses a schema that the user gives.
    static func refuse(_ given: Schema?) throws {
        guard given != nil else { return }
        throw ConnectorError(
            .invalidSchema, "state has a fixed schema and cannot be set with a custom one",
            hint: "leave the schema out, and select columns of it")
    }
}

// A processor with its Swift types, as plans and shards know it.

import Columns
import LogicalPlan

/// Takes what keys begin with.
class InitialStates<Processor: StatefulProcessor> {
    /// Goes on to these.
    func attach(_ states: ColumnVector) {}
    func call(_ processor: Processor, _ key: Processor.Key, _ group: Int, _ times: TimerValues) throws {}
}

private final class TypedInitialStates<Processor: StatefulProcessorWithInitialState>: InitialStates<Processor> {
    private let reader: TypedReader<Processor.InitialState>

    init(_ reader: TypedReader<Processor.InitialState>) { self.reader = reader }

    override func attach(_ states: ColumnVector) { reader.attach([states]) }

    override func call(
        _ processor: Processor, _ key: Processor.Key, _ group: Int, _ times: TimerValues
    ) throws { try processor.handleInitialState(key, try reader.read(at: group), times) }
}

/// A processor.
final class TypedProcessor<Processor: StatefulProcessor>: ProcessorBody {
    let make: @Sendable (StatefulProcessorHandle) throws -> Processor
    let timeMode: TimeMode
    let outputMode: OutputMode
    let groups: TypedGroups<Processor.Key, Processor.Input>
    let outputs: TypedRows<Processor.Output>
    /// What the processor asks its handle for.
    let variables: [StateVariable]
    let deletedVariables: [String]
    let makeInitialStates: @Sendable () -> InitialStates<Processor>

    init(
        _ timeMode: TimeMode, _ outputMode: OutputMode,
        _ make: @escaping @Sendable (StatefulProcessorHandle) throws -> Processor
    ) throws {
        self.make = make
        self.timeMode = timeMode
        self.outputMode = outputMode
        groups = try TypedGroups()
        outputs = try TypedRows()
        makeInitialStates = { InitialStates() }
        (variables, deletedVariables) = try Self.variables(timeMode, outputMode, make)
    }

    init(
        _ timeMode: TimeMode, _ outputMode: OutputMode, initialState: [Processor.Key: Processor.InitialState],
        _ make: @escaping @Sendable (StatefulProcessorHandle) throws -> Processor
    ) throws where Processor: StatefulProcessorWithInitialState {
        self.make = make
        self.timeMode = timeMode
        self.outputMode = outputMode
        let shape = try TypedColumns.value(Processor.InitialState.self)
        let states = TypedRows<Processor.InitialState>(
            fields: [Field("state", shape.type, isNullable: shape.isNullable)], isStructure: false)
        groups = try TypedGroups(initialState, as: states)
        outputs = try TypedRows()
        makeInitialStates = { TypedInitialStates<Processor>(states.reader()) }
        (variables, deletedVariables) = try Self.variables(timeMode, outputMode, make)
    }

    /// Makes a processor to see what it asks for, and what it deletes.
    private static func variables(
        _ timeMode: TimeMode, _ outputMode: OutputMode,
        _ make: @Sendable (StatefulProcessorHandle) throws -> Processor
    ) throws -> (variables: [StateVariable], deleted: [String]) {
        let backend = StoredBackend()
        defer { backend.forgetVariables() }
        let handle = StatefulProcessorHandle(outputMode: outputMode, timeMode: timeMode, backend: backend)
        try make(handle).close()
        return (handle.variables, handle.deletedVariables)
    }

    func rowColumns(among columns: [Field]) throws(PlanError) -> [Int] { try groups.rowColumns(among: columns) }
    func checkKeys(_ columns: [Field]) throws(PlanError) { try groups.checkKeys(columns) }
    func initialStates(keys columns: [Field]) -> [ColumnVector]? { groups.initialStates(keys: columns) }

    func makeTask(keys columns: [Field], rows: [Field]) -> any ProcessorTask {
        TypedProcessorTask(
            self, keyPlaces: groups.checkedPlaces(columns), keys: columns.map(\.type), rows: rows.map(\.type))
    }
}

/// Calls a processor for the groups of one shard.
private final class TypedProcessorTask<Processor: StatefulProcessor>: ProcessorTask {
    private let body: TypedProcessor<Processor>
    private let keyPlaces: [Int]
    private let keys: TypedReader<Processor.Key>
    private let inputs: DecodedRows<Processor.Input>
    private let outputs: TypedOutputs<Processor.Output>
    private let initialStates: InitialStates<Processor>
    private let backend = StoredBackend()
    private var made: (processor: Processor, handle: StatefulProcessorHandle)?

    init(_ body: TypedProcessor<Processor>, keyPlaces: [Int], keys: [DataType], rows: [DataType]) {
        self.body = body
        self.keyPlaces = keyPlaces
        self.keys = body.groups.keys.reader(from: keyPlaces.map { keys[$0] })
        inputs = DecodedRows(body.groups.inputs.reader(from: rows))
        outputs = TypedOutputs(body.outputs)
        initialStates = body.makeInitialStates()
    }

    deinit {
        made?.processor.close()
        backend.forgetVariables()
    }

    func flush(_ emit: (RecordBatch) throws -> Void) throws { try outputs.flush(emit) }

    func reset() {
        outputs.reset()
        backend.reset()
    }

    func call(
        _ calls: ProcessorCalls, _ state: any ProcessorState, _ emit: (RecordBatch) throws -> Void
    ) throws {
        keys.attach(keyPlaces.map { calls.keys[$0] })
        switch calls.work {
        case .initialStates(let states): initialStates.attach(states)
        case .rows(let rows, _): inputs.attach(rows)
        case .timers: break
        }
        backend.begin(state)
        defer {
            inputs.attach(nil)
            backend.end()
        }
        let query = QueryInfo(queryId: calls.query?.id, runId: calls.query?.runID, batchId: calls.batch)
        let times = TimerValues(
            processingTimeMs: calls.batchTimestampMilliseconds, watermarkMs: calls.watermarkMilliseconds)
        for group in 0..<calls.count {
            do {
                backend.group = group
                try call(calls.work, group, times, query, emit)
                try backend.leave()
            } catch let failure as EmitFailure {
                throw failure.cause
            } catch {
                // Memory that isn't there is no fault of the processor. A row that could not be made is why it found
                // something missing.
                if let failure = backend.failure { throw failure }
                throw GroupFunctionFailure(group: group, inputs.failure ?? error)
            }
        }
        do { try backend.flush() } catch { throw backend.failure ?? error }
    }

    private func call(
        _ work: ProcessorCalls.Work, _ group: Int, _ times: TimerValues, _ query: QueryInfo,
        _ emit: (RecordBatch) throws -> Void
    ) throws {
        let (processor, handle) = try own()
        handle.begin(query)
        let key = try keys.read(at: group)
        switch work {
        case .initialStates: try initialStates.call(processor, key, group, times)
        case .rows(_, let bounds):
            let rows = try processor.handleInputRows(key, GroupRows(inputs, bounds[group]..<bounds[group + 1]), times)
            if let failure = inputs.failure { throw failure }
            for row in rows { try outputs.write(row, emit) }
        case .timers(let due):
            // One that a call before has removed is not due.
            for time in due[group] where try backend.isSet(time) {
                let rows = try processor.handleExpiredTimer(key, times, ExpiredTimerInfo(expiryTimeMs: time))
                for row in rows { try outputs.write(row, emit) }
                try backend.deleteTimer(time)
            }
        }
        // It may have been caught.
        if let failure = backend.failure { throw failure }
        if let refusal = backend.refusal { throw refusal }
    }

    /// The shard's processor.
    private func own() throws -> (Processor, StatefulProcessorHandle) {
        if let made { return made }
        backend.forgetVariables()
        let handle = StatefulProcessorHandle(outputMode: body.outputMode, timeMode: body.timeMode, backend: backend)
        let processor = try body.make(handle)
        handle.close()
        guard handle.variables == body.variables else {
            throw TypedFailure(
                description: "\(Processor.self) asks for other variables than it did when the query was built: "
                    + handle.variables.map(\.name).joined(separator: ", "))
        }
        made = (processor, handle)
        return (processor, handle)
    }
}

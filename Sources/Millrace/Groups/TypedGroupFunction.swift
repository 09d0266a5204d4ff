// A function over groups with its Swift types, as plans and shards know it.

import Columns
import LogicalPlan

/// A call of the function; the last argument takes the rows that it gives, one by one.
typealias GroupFunctionCall<Key, Input: Decodable, State, Output: Encodable> =
    @Sendable (Key, GroupRows<Input>, inout GroupState<State>, (Output) throws -> Void) throws -> Void

/// A function over groups.
final class TypedGroupFunction<Key: Codable & Hashable, Input: Decodable, State: Codable, Output: Codable>:
    GroupFunctionBody
{
    let function: GroupFunctionCall<Key, Input, State, Output>
    let timeout: GroupStateTimeout
    let groups: TypedGroups<Key, Input>
    /// One column, whatever the type.
    let state: TypedRows<State>
    let outputs: TypedRows<Output>

    init(
        timeout: GroupStateTimeout, initialState: [Key: State],
        _ function: @escaping GroupFunctionCall<Key, Input, State, Output>
    ) throws {
        self.function = function
        self.timeout = timeout
        outputs = try TypedRows()
        let shape = try TypedColumns.value(State.self)
        guard !shape.isNullable else {
            throw TypedFailure(description: "the state \(State.self) is optional: no state is what remove() leaves")
        }
        state = TypedRows(fields: [Field("state", shape.type)], isStructure: false)
        groups = try TypedGroups(initialState, as: state)
    }

    func rowColumns(among columns: [Field]) throws(PlanError) -> [Int] { try groups.rowColumns(among: columns) }
    func checkKeys(_ columns: [Field]) throws(PlanError) { try groups.checkKeys(columns) }
    func initialStates(keys columns: [Field]) -> [ColumnVector]? { groups.initialStates(keys: columns) }

    func makeTask(keys columns: [Field], rows: [Field]) -> any GroupFunctionTask {
        TypedGroupTask(
            self, keyPlaces: groups.checkedPlaces(columns), keys: columns.map(\.type), rows: rows.map(\.type))
    }
}

/// Calls a function for the groups of one shard.
private final class TypedGroupTask<Key: Codable & Hashable, Input: Decodable, State: Codable, Output: Codable>:
    GroupFunctionTask
{
    private let body: TypedGroupFunction<Key, Input, State, Output>
    private let keyPlaces: [Int]
    private let keys: TypedReader<Key>
    private let states: TypedReader<State>
    private let inputs: DecodedRows<Input>
    private let newStates: TypedWriter<State>
    private let outputs: TypedOutputs<Output>
    /// Whether a call that failed may have left states behind.
    private var isDirty = false

    /// States are stored once they have so many bytes.
    private static var storedBytes: Int { 16 << 20 }

    init(
        _ body: TypedGroupFunction<Key, Input, State, Output>, keyPlaces: [Int], keys: [DataType], rows: [DataType]
    ) {
        self.body = body
        self.keyPlaces = keyPlaces
        self.keys = body.groups.keys.reader(from: keyPlaces.map { keys[$0] })
        states = body.state.reader()
        inputs = DecodedRows(body.groups.inputs.reader(from: rows))
        newStates = body.state.writer()
        outputs = TypedOutputs(body.outputs)
    }

    func reset() {
        outputs.reset()
        if isDirty { _ = newStates.finish() }
        isDirty = false
    }

    func call(_ groups: GroupCalls, _ emit: (RecordBatch) throws -> Void) throws -> GroupChanges {
        keys.attach(keyPlaces.map { groups.keys[$0] })
        states.attach([groups.states])
        inputs.attach(groups.rows)
        defer { inputs.attach(nil) }
        let times = GroupState<State>.Times(
            timeout: body.timeout, batchProcessingTimeMs: groups.batchTimestampMilliseconds,
            eventTimeWatermarkMs: groups.watermarkMilliseconds, hasTimedOut: groups.hasTimedOut)
        isDirty = true
        var changes: [GroupChanges.Change] = []
        var timeouts: [Int64] = []
        changes.reserveCapacity(groups.count)
        timeouts.reserveCapacity(groups.count)
        for group in 0..<groups.count {
            let state: GroupState<State>
            do {
                state = try call(groups, group, times, emit)
                changes.append(try write(state, before: groups.timeouts[group]))
            } catch let failure as EmitFailure {
                throw failure.cause
            } catch {
                throw GroupFunctionFailure(group: group, error)
            }
            timeouts.append(state.timeoutTimestampMs)
            if newStates.byteCount >= Self.storedBytes { break }
        }
        isDirty = false
        return GroupChanges(changes: changes, states: newStates.finish()[0], timeouts: timeouts)
    }

    private func call(
        _ groups: GroupCalls, _ group: Int, _ times: GroupState<State>.Times, _ emit: (RecordBatch) throws -> Void
    ) throws -> GroupState<State> {
        let row = groups.stateRows[group]
        let value = try row < 0 ? nil : states.read(at: Int(row))
        var state = GroupState<State>(value, times)
        let key = try keys.read(at: group)
        do {
            let rows = GroupRows(inputs, groups.bounds[group]..<groups.bounds[group + 1])
            try body.function(key, rows, &state) { try outputs.write($0, emit) }
        } catch let failure as EmitFailure {
            throw failure
        } catch {
            // A row that could not be made is why the function found something missing.
            throw inputs.failure ?? error
        }
        if let failure = inputs.failure { throw failure }
        return state
    }

    /// Writes the state that a call has left, where it is to be stored.
    private func write(_ state: GroupState<State>, before timeout: Int64) throws -> GroupChanges.Change {
        guard state.isUpdated || state.isRemoved || state.timeoutTimestampMs != timeout else {
            newStates.appendNull()
            return .none
        }
        // A key without a state stays for its timeout alone.
        if state.value == nil, state.timeoutTimestampMs == GroupChanges.noTimeout {
            newStates.appendNull()
            return .removed
        }
        if let value = state.value { try newStates.write(value) } else { newStates.appendNull() }
        return .put
    }

    func flush(_ emit: (RecordBatch) throws -> Void) throws { try outputs.flush(emit) }
}

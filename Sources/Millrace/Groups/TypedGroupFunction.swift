// A function over groups with its Swift types, as plans and shards know it.

import Columns
import LogicalPlan

/// A call of the function; the last argument takes the rows that it gives, one by one.
typealias GroupFunctionCall<Key, Input: Decodable, State, Output: Encodable> =
    @Sendable (Key, GroupRows<Input>, inout GroupState<State>, (Output) throws -> Void) throws -> Void

/// The rows of a call could not be passed on: nothing that the function has done.
private struct EmitFailure: Error {
    let cause: any Error
}

/// The columns of a type.
struct TypedRows<Row>: Sendable {
    let fields: [Field]
    let isStructure: Bool
}

extension TypedRows where Row: Decodable {
    /// Finds the columns of the type: the properties of a structure, or one column `value`.
    init() throws {
        let shape = try TypedColumns.value(Row.self)
        if case .structure(let properties) = shape.type, !shape.isNullable {
            (fields, isStructure) = (properties, true)
        } else {
            (fields, isStructure) = ([Field("value", shape.type, isNullable: shape.isNullable)], false)
        }
    }

    func reader(from columns: [DataType]) -> TypedReader<Row> {
        TypedReader(fields, isStructure: isStructure, from: columns)
    }
}

extension TypedRows where Row: Encodable {
    func writer() -> TypedWriter<Row> { TypedWriter(fields, isStructure: isStructure) }
}

/// A function over groups.
final class TypedGroupFunction<Key: Codable & Hashable, Input: Decodable, State: Codable, Output: Codable>:
    GroupFunctionBody
{
    let function: GroupFunctionCall<Key, Input, State, Output>
    let timeout: GroupStateTimeout
    let keys: TypedRows<Key>
    let inputs: TypedRows<Input>
    /// One column, whatever the type.
    let state: TypedRows<State>
    let outputs: TypedRows<Output>
    /// The states that a new query begins with: as many keys and states.
    private let initial: (keys: [ColumnVector], states: ColumnVector)?

    init(
        timeout: GroupStateTimeout, initialState: [Key: State],
        _ function: @escaping GroupFunctionCall<Key, Input, State, Output>
    ) throws {
        self.function = function
        self.timeout = timeout
        keys = try TypedRows()
        inputs = try TypedRows()
        outputs = try TypedRows()
        let shape = try TypedColumns.value(State.self)
        guard !shape.isNullable else {
            throw TypedFailure(description: "the state \(State.self) is optional: no state is what remove() leaves")
        }
        state = TypedRows(fields: [Field("state", shape.type)], isStructure: false)
        initial = try initialState.isEmpty ? nil : Self.columns(initialState, keys, state)
    }

    private static func columns(
        _ initialState: [Key: State], _ keys: TypedRows<Key>, _ state: TypedRows<State>
    ) throws -> (keys: [ColumnVector], states: ColumnVector) {
        let (keyWriter, stateWriter) = (keys.writer(), state.writer())
        for (key, state) in initialState {
            try keyWriter.write(key)
            try stateWriter.write(state)
        }
        return (keyWriter.finish(), stateWriter.finish()[0])
    }

    // MARK: Columns

    func rowColumns(among columns: [Field]) throws(PlanError) -> [Int] {
        guard inputs.isStructure else {
            guard columns.count == 1 else {
                throw PlanError(
                    "UNSUPPORTED_DESERIALIZER.FIELD_NUMBER_MISMATCH",
                    "\(Input.self) is one value, and the rows have \(columns.count) columns: "
                        + columns.map(\.name).joined(separator: ", "),
                    hint: "take a structure with properties of the columns' names, or select one column before")
            }
            try check(inputs.fields[0], from: columns[0])
            return [0]
        }
        var places: [Int] = []
        for field in inputs.fields {
            guard let place = TypedColumns.place(of: field.name, in: columns) else {
                throw PlanError(
                    "UNRESOLVED_COLUMN",
                    "the property `\(field.name)` of \(Input.self) is no column of the rows, which have "
                        + columns.map(\.name).joined(separator: ", "),
                    hint: "select the column under that name before, or give the property another name")
            }
            try check(field, from: columns[place])
            places.append(place)
        }
        return places
    }

    func checkKeys(_ columns: [Field]) throws(PlanError) {
        let places = try keyPlaces(columns)
        for (values, place) in zip(initial?.keys ?? [], places) where values.type != columns[place].type {
            throw PlanError(
                "CANNOT_UP_CAST_DATATYPE",
                "the key `\(columns[place].name)` is \(columns[place].type), and \(values.type) in the initial state",
                hint: "cast the column to the type of the Swift key")
        }
    }

    /// Which of the key columns each property of the key is.
    private func keyPlaces(_ columns: [Field]) throws(PlanError) -> [Int] {
        guard columns.count == keys.fields.count else {
            throw PlanError(
                "UNSUPPORTED_DESERIALIZER.FIELD_NUMBER_MISMATCH",
                "\(Key.self) has \(keys.fields.count) columns, and rows are grouped by \(columns.count)",
                hint: "take a structure with a property for each key")
        }
        var places: [Int] = []
        for (number, field) in keys.fields.enumerated() {
            // A value has no name of its own.
            let place = keys.isStructure ? TypedColumns.place(of: field.name, in: columns) : number
            guard let place else {
                throw PlanError(
                    "UNRESOLVED_COLUMN",
                    "the property `\(field.name)` of \(Key.self) is none of the keys, which are "
                        + columns.map(\.name).joined(separator: ", "))
            }
            try check(field, from: columns[place])
            places.append(place)
        }
        return places
    }

    private func check(_ wanted: Field, from column: Field) throws(PlanError) {
        guard TypedColumns.canRead(wanted.type, from: column.type) else {
            throw PlanError(
                "CANNOT_UP_CAST_DATATYPE",
                "Cannot up cast `\(column.name)` from \(column.type) to \(wanted.type), the Swift type's",
                hint: "cast the column, or change the type of the property")
        }
    }

    func initialStates(keys columns: [Field]) -> [ColumnVector]? {
        guard let initial else { return nil }
        var ordered = initial.keys
        for (property, place) in checkedPlaces(columns).enumerated() { ordered[place] = initial.keys[property] }
        return ordered + [initial.states]
    }

    private func checkedPlaces(_ columns: [Field]) -> [Int] {
        guard let places = try? keyPlaces(columns) else {
            preconditionFailure("the keys of \(Key.self) were checked when the query was planned")
        }
        return places
    }

    func makeTask(keys columns: [Field], rows: [Field]) -> any GroupFunctionTask {
        TypedGroupTask(self, keyPlaces: checkedPlaces(columns), keys: columns.map(\.type), rows: rows.map(\.type))
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
    private let outputs: TypedWriter<Output>
    private let schema: Schema
    /// Whether a batch that failed may have left values behind.
    private var isDirty = false

    /// Rows that are emitted at once, or fewer of so many bytes.
    private static var emittedRows: Int { 4096 }
    private static var emittedBytes: Int { 1 << 20 }
    /// States are stored once they have so many bytes.
    private static var storedBytes: Int { 16 << 20 }

    init(
        _ body: TypedGroupFunction<Key, Input, State, Output>, keyPlaces: [Int], keys: [DataType], rows: [DataType]
    ) {
        self.body = body
        self.keyPlaces = keyPlaces
        self.keys = body.keys.reader(from: keyPlaces.map { keys[$0] })
        states = body.state.reader(from: body.state.fields.map(\.type))
        inputs = DecodedRows(body.inputs.reader(from: rows))
        newStates = body.state.writer()
        outputs = body.outputs.writer()
        schema = Schema(body.outputs.fields)
    }

    func reset() {
        guard isDirty else { return }
        isDirty = false
        _ = outputs.finish()
        _ = newStates.finish()
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
            try body.function(key, rows, &state) { try write($0, emit) }
        } catch let failure as EmitFailure {
            throw failure
        } catch {
            // A row that could not be made is why the function found something missing.
            throw inputs.failure ?? error
        }
        if let failure = inputs.failure { throw failure }
        return state
    }

    /// Writes a row that a call gives. One call may give any number of them.
    private func write(_ row: Output, _ emit: (RecordBatch) throws -> Void) throws {
        try outputs.write(row)
        guard outputs.count >= Self.emittedRows || outputs.byteCount >= Self.emittedBytes else { return }
        do {
            try flush(emit)
        } catch {
            throw EmitFailure(cause: error)
        }
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

    func flush(_ emit: (RecordBatch) throws -> Void) throws {
        let count = outputs.count
        guard count > 0 else {
            isDirty = false
            return
        }
        try emit(RecordBatch(schema: schema, columns: outputs.finish(), count: count))
    }
}

// What a processor has of its query: variables, timers.

import Columns
import LogicalPlan

/// A processor's variables and timers; Spark's `StatefulProcessorHandle`.
///
/// Variables are asked for in the processor's initialiser, timers in its calls, where they are those of the key that it
/// is called for.
public final class StatefulProcessorHandle {
    /// The output mode that the processor's rows are for.
    public let outputMode: OutputMode
    /// By which time its timers go.
    public let timeMode: TimeMode
    private let backend: any ProcessorBackend
    /// What was asked for, in order.
    private(set) var variables: [StateVariable] = []
    /// The names of what was to be deleted.
    private(set) var deletedVariables: [String] = []
    /// Whether variables may be asked for.
    private var isOpen = true
    private var query = QueryInfo()

    package init(outputMode: OutputMode, timeMode: TimeMode, backend: any ProcessorBackend) {
        self.outputMode = outputMode
        self.timeMode = timeMode
        self.backend = backend
    }

    /// The processor has all its variables.
    package func close() { isOpen = false }

    // MARK: The query

    /// Which query calls the processor, in which run and batch. In the initialiser, and over a table, the ids are all
    /// zeros and the batch is 0.
    public func getQueryInfo() -> QueryInfo { query }

    /// The calls that come are those of a batch.
    package func begin(_ query: QueryInfo) { self.query = query }

    // MARK: Variables

    /// A variable with one value for each key.
    ///
    /// - Throws: outside the initialiser, and where there is one of the name, or no columns can hold the type.
    public func getValueState<Value: Codable & SendableMetatype>(
        _ stateName: String, as type: Value.Type = Value.self, ttlConfig: TTLConfig = .none
    ) throws -> ValueState<Value> {
        try declare(stateName, .value, keys: nil as TypedRows<Int>?, TypedRows<Value>(), ttlConfig)
        return ValueState(backend.value(variables.count - 1, stateName))
    }

    /// A variable with a list for each key.
    ///
    /// - Throws: as `getValueState`.
    public func getListState<Value: Codable & SendableMetatype>(
        _ stateName: String, as type: Value.Type = Value.self, ttlConfig: TTLConfig = .none
    ) throws -> ListState<Value> {
        try declare(stateName, .list, keys: nil as TypedRows<Int>?, TypedRows<Value>(), ttlConfig)
        return ListState(backend.list(variables.count - 1, stateName), stateName)
    }

    /// A variable with values by keys of their own for each key.
    ///
    /// - Throws: as `getValueState`.
    public func getMapState<UserKey: Codable & Hashable & SendableMetatype, Value: Codable & SendableMetatype>(
        _ stateName: String, key: UserKey.Type = UserKey.self, as type: Value.Type = Value.self,
        ttlConfig: TTLConfig = .none
    ) throws -> MapState<UserKey, Value> {
        try declare(stateName, .map, keys: TypedRows<UserKey>(), TypedRows<Value>(), ttlConfig)
        return MapState(backend.map(variables.count - 1, stateName))
    }

    /// Deletes a variable that the processor had in an earlier run and asks for no more, with all values that it has:
    /// a start from such a checkpoint writes the state anew without it. Where there is no such variable, nothing is
    /// done.
    ///
    /// - Throws: outside the initialiser, and where the processor asks for a variable of the name.
    public func deleteIfExists(_ stateName: String) throws {
        try checkOpen("delete_if_exists")
        try checkName(stateName)
        guard !variables.contains(where: { $0.name == stateName }) else { throw bothAskedForAndDeleted(stateName) }
        if !deletedVariables.contains(stateName) { deletedVariables.append(stateName) }
    }

    private func checkOpen(_ operation: String) throws {
        guard !isOpen else { return }
        throw refused(
            "STATEFUL_PROCESSOR_CANNOT_PERFORM_OPERATION_WITH_INVALID_HANDLE_STATE",
            "Failed to perform stateful processor operation=\(operation) with invalid handle state: "
                + "variables are asked for and deleted in the initialiser")
    }

    private func checkName(_ name: String) throws {
        guard name.isEmpty || name.hasPrefix("$") else { return }
        throw refused("STATEFUL_PROCESSOR_INVALID_STATE_NAME", "a state variable can't have the name '\(name)'")
    }

    private func bothAskedForAndDeleted(_ name: String) -> MillraceError {
        refused(
            "STATEFUL_PROCESSOR_INVALID_STATE_NAME",
            "the processor asks for the state variable '\(name)' and deletes it (deleteIfExists): each start would "
                + "begin without its values")
    }

    private func declare<UserKey: Decodable, Value: Decodable>(
        _ name: String, _ kind: StateVariable.Kind, keys: TypedRows<UserKey>?, _ values: TypedRows<Value>,
        _ ttlConfig: TTLConfig
    ) throws {
        try checkOpen("get_\(kind.rawValue)_state")
        guard !variables.contains(where: { $0.name == name }) else {
            throw refused(
                "STATEFUL_PROCESSOR_DUPLICATE_STATE_VARIABLE_DEFINED",
                "State variable with name \(name) has already been defined in the StatefulProcessor.")
        }
        try checkName(name)
        guard !deletedVariables.contains(name) else { throw bothAskedForAndDeleted(name) }
        if let life = ttlConfig.lifeMicroseconds {
            guard timeMode == .processingTime else {
                throw refused(
                    "STATEFUL_PROCESSOR_INCORRECT_TIME_MODE_TO_ASSIGN_TTL",
                    "Cannot use TTL for state=\(name) in timeMode=\(timeMode.inPlan.timeModeName), use "
                        + "TimeMode.ProcessingTime() instead.")
            }
            guard life >= 1000 else {
                throw refused(
                    "STATEFUL_PROCESSOR_TTL_DURATION_MUST_BE_POSITIVE",
                    "TTL duration must be greater than zero for State store operation=get_\(kind.rawValue)_state on "
                        + "state=\(name).")
            }
        }
        if !values.isStructure, values.fields.contains(where: \.isNullable) {
            throw TypedFailure(description: "the state \(name) is of an optional: no state is what clear() leaves")
        }
        for field in keys?.fields ?? [] where !GroupFunction.canBeKey(field.type) {
            throw TypedFailure(description: "\(UserKey.self) can't be the key of the map \(name): it has \(field.type)")
        }
        variables.append(
            StateVariable(
                name, kind, keys: keys?.fields ?? [], values: values.fields,
                lifeMicroseconds: ttlConfig.lifeMicroseconds))
        backend.declare(name, lifeMilliseconds: ttlConfig.lifeMicroseconds.map { $0 / 1000 })
    }

    // MARK: Timers

    /// Sets a timer of the key, in milliseconds since 1970: `handleExpiredTimer` is called once the time is there,
    /// which may be at once. A key has any number of them; the same one once.
    ///
    /// - Throws: where the time mode has no timers.
    public func registerTimer(_ expiryTimestampMs: Int64) throws {
        try checkTimers("register_timer")
        try backend.registerTimer(expiryTimestampMs)
    }

    /// Removes a timer of the key, where it is set.
    ///
    /// - Throws: where the time mode has no timers.
    public func deleteTimer(_ expiryTimestampMs: Int64) throws {
        try checkTimers("delete_timer")
        try backend.deleteTimer(expiryTimestampMs)
    }

    /// The timers of the key in order, the one that the processor is called for among them.
    ///
    /// - Throws: where the time mode has no timers.
    public func listTimers() throws -> [Int64] {
        try checkTimers("list_timers")
        return try backend.listTimers()
    }

    private func checkTimers(_ operation: String) throws {
        guard timeMode == .none else { return }
        throw refused(
            "STATEFUL_PROCESSOR_CANNOT_PERFORM_OPERATION_WITH_INVALID_TIME_MODE",
            "Failed to perform stateful processor operation=\(operation) with invalid timeMode=None")
    }

    private func refused(_ code: String, _ message: String) -> MillraceError {
        MillraceError(code: code, message: message, kind: .query)
    }
}

/// Where a processor's variables and timers are: those of the key that it is called for.
package protocol ProcessorBackend: AnyObject {
    /// A variable is about to be asked for, whose values live so long.
    func declare(_ name: String, lifeMilliseconds: Int64?)
    /// The variable with a number.
    func value<Value: Codable & SendableMetatype>(_ variable: Int, _ name: String) -> ValueCells<Value>
    func list<Value: Codable & SendableMetatype>(_ variable: Int, _ name: String) -> ListCells<Value>
    func map<UserKey: Codable & Hashable & SendableMetatype, Value: Codable & SendableMetatype>(
        _ variable: Int, _ name: String
    ) -> MapCells<UserKey, Value>

    func registerTimer(_ time: Int64) throws
    func deleteTimer(_ time: Int64) throws
    func listTimers() throws -> [Int64]
}

extension MillraceError {
    /// Variables and timers are of the key that a processor is called for: outside of a call there is none.
    static var noProcessorCall: MillraceError {
        MillraceError(
            code: "STATE_STORE_HANDLE_NOT_INITIALIZED",
            message: "The handle has not been initialized for this StatefulProcessor. Please only use the "
                + "StatefulProcessor within the transformWithState operator.", kind: .query)
    }
}

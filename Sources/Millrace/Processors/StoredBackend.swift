// Variables of a processor in the state of a shard: read ahead, and written some at a time.

import Columns
import LogicalPlan

/// What a variable does as the calls go on.
protocol StoredVariable: AnyObject {
    /// The calls are about other groups now.
    func begin()
    /// The calls go on to the next group.
    func leave() throws
    /// Writes all.
    func flush() throws
    /// Forgets what isn't written.
    func reset()
}

/// The variables and timers of the processor of a shard, during its calls.
final class StoredBackend: ProcessorBackend {
    /// The group that the processor is called for.
    var group = 0
    private var state: (any ProcessorState)?
    private var variables: [any StoredVariable] = []
    /// Why something could not be written that the processor has no part in.
    private(set) var failure: (any Error)?
    /// Why a value of the processor could not be encoded.
    private(set) var refusal: (any Error)?

    // MARK: Calls

    func begin(_ state: any ProcessorState) {
        self.state = state
        failure = nil
        refusal = nil
        for variable in variables { variable.begin() }
    }

    func leave() throws { for variable in variables { try variable.leave() } }

    func flush() throws { for variable in variables { try variable.flush() } }

    func end() { state = nil }

    func reset() { for variable in variables { variable.reset() } }

    /// The processor is gone, or is made anew. Variables know their backend: until then each keeps the other.
    func forgetVariables() { variables = [] }

    /// The state of the groups that the processor is called for.
    func current() throws -> any ProcessorState {
        if let state { return state }
        throw MillraceError.noProcessorCall
    }

    /// Encodes; what goes wrong is remembered, whatever the processor makes of it. Half a value is left then, so that
    /// nothing is encoded or written any more.
    func encode(_ body: () throws -> Void) throws {
        if let refusal { throw refusal }
        do {
            try body()
        } catch {
            refusal = error
            throw error
        }
    }

    /// Writes; what goes wrong is remembered, whatever the processor makes of it.
    func write(_ body: (any ProcessorState) throws -> Void) throws {
        if let reason = failure ?? refusal { throw reason }
        let state = try current()
        do {
            try body(state)
        } catch {
            failure = error
            throw error
        }
    }

    /// Reads, or removes; what goes wrong is remembered, whatever the processor makes of it.
    func use<Result>(_ body: (any ProcessorState) throws -> Result) throws -> Result {
        if let failure { throw failure }
        let state = try current()
        do {
            return try body(state)
        } catch {
            failure = error
            throw error
        }
    }

    /// Reads all that a list or a map of the group has.
    func forEachPiece(
        _ variable: Int, _ body: (_ keys: [ColumnVector], _ values: [ColumnVector]) throws -> Void
    ) throws {
        if let failure { throw failure }
        let state = try current()
        var isOfBody = false
        do {
            try state.forEachPiece(variable, group: group) { keys, values in
                isOfBody = true
                try body(keys, values)
                isOfBody = false
            }
        } catch {
            if !isOfBody { failure = error }
            throw error
        }
    }

    // MARK: Variables

    /// The state knows it from the plan.
    func declare(_ name: String, lifeMilliseconds: Int64?) {}

    func value<Value: Codable & SendableMetatype>(_ variable: Int, _ name: String) -> ValueCells<Value> {
        add(StoredValue<Value>(self, variable))
    }

    func list<Value: Codable & SendableMetatype>(_ variable: Int, _ name: String) -> ListCells<Value> {
        add(StoredList<Value>(self, variable))
    }

    func map<UserKey: Codable & Hashable & SendableMetatype, Value: Codable & SendableMetatype>(
        _ variable: Int, _ name: String
    ) -> MapCells<UserKey, Value> { add(StoredMap<UserKey, Value>(self, variable)) }

    private func add<Variable: StoredVariable>(_ variable: Variable) -> Variable {
        variables.append(variable)
        return variable
    }

    // MARK: Timers

    func isSet(_ time: Int64) throws -> Bool { try use { try $0.isSet(timer: time, group: group) } }
    func registerTimer(_ time: Int64) throws { try write { try $0.register(timer: time, group: group) } }
    func deleteTimer(_ time: Int64) throws { try use { try $0.delete(timer: time, group: group) } }
    func listTimers() throws -> [Int64] { try use { try $0.timers(group: group) } }

    /// Removes all that a list or a map of the group has.
    func clear(_ variable: Int) throws {
        try use { state in state.count(updated: 0, removed: try state.clear(variable, group: group)) }
    }
}

/// When what was written goes into the state.
enum Pending {
    static let rows = 4096
    static let bytes = 4 << 20
}

/// Columns of a type that a handle has found before.
func typedRows<Row: Decodable>(_ type: Row.Type) -> TypedRows<Row> {
    guard let rows = try? TypedRows<Row>() else { preconditionFailure("\(type) was looked at when it was asked for") }
    return rows
}

// MARK: - A value

private final class StoredValue<Value: Codable & SendableMetatype>: ValueCells<Value>, StoredVariable {
    private let backend: StoredBackend
    private let variable: Int
    private let reader: TypedReader<Value>
    private let writer: TypedWriter<Value>
    /// The values that were read, and the first group that they are of.
    private var read = ProcessorValues(columns: [], rows: [])
    private var first = 0
    /// The value of the group that is called now, once that is known.
    private var current: Value??
    private var isDirty = false
    private var put: [Int32] = []
    private var removed: [Int32] = []

    init(_ backend: StoredBackend, _ variable: Int) {
        self.backend = backend
        self.variable = variable
        let rows = typedRows(Value.self)
        reader = rows.reader()
        writer = rows.writer()
    }

    override func get() throws -> Value? {
        if let current { return current }
        let group = backend.group
        if group < first || group >= first + read.rows.count {
            read = try backend.use { try $0.values(variable, from: group) }
            first = group
            reader.attach(read.columns)
        }
        let row = read.rows[group - first]
        let value = row < 0 ? nil : try reader.read(at: Int(row))
        current = .some(value)
        return value
    }

    override func set(_ value: Value) throws {
        try backend.current().count(updated: 1, removed: 0)
        current = .some(value)
        isDirty = true
    }

    override func clear() throws {
        try backend.current().count(updated: 0, removed: 1)
        current = .some(nil)
        isDirty = true
    }

    func begin() {
        read = ProcessorValues(columns: [], rows: [])
        first = 0
        current = nil
        isDirty = false
    }

    func leave() throws {
        let group = Int32(truncatingIfNeeded: backend.group)
        if isDirty, let current {
            if let current {
                try backend.encode { try writer.write(current) }
                put.append(group)
            } else {
                removed.append(group)
            }
        }
        current = nil
        isDirty = false
        if writer.byteCount >= Pending.bytes { try flush() }
    }

    func flush() throws {
        guard !put.isEmpty || !removed.isEmpty else { return }
        try backend.write { state in
            if !removed.isEmpty { try state.remove(variable, groups: removed, keys: []) }
            if !put.isEmpty { try state.put(variable, groups: put, keys: [], values: writer.finish()) }
        }
        put = []
        removed = []
    }

    func reset() {
        begin()
        // A value that could not be written may have left a part of itself.
        _ = writer.finish()
        put = []
        removed = []
    }
}

// MARK: - A list

private final class StoredList<Value: Codable & SendableMetatype>: ListCells<Value>, StoredVariable {
    private let backend: StoredBackend
    private let variable: Int
    private let reader: TypedReader<Value>
    private let writer: TypedWriter<Value>
    /// The groups of the values that were added.
    private var added: [Int32] = []

    init(_ backend: StoredBackend, _ variable: Int) {
        self.backend = backend
        self.variable = variable
        let rows = typedRows(Value.self)
        reader = rows.reader()
        writer = rows.writer()
    }

    /// Whether something was added to the list of the group that is called now.
    private var isPending: Bool { added.last == Int32(truncatingIfNeeded: backend.group) }

    override func isEmpty() throws -> Bool {
        if isPending { return false }
        return try backend.use { try $0.isEmpty(variable, group: backend.group) }
    }

    override func all() throws -> [Value] {
        if isPending { try flush() }
        var values: [Value] = []
        try backend.forEachPiece(variable) { _, columns in
            reader.attach(columns)
            for row in 0..<(columns.first?.count ?? 0) { values.append(try reader.read(at: row)) }
        }
        return values
    }

    override func append(_ value: Value) throws {
        try backend.current().count(updated: 1, removed: 0)
        try backend.encode { try writer.write(value) }
        added.append(Int32(truncatingIfNeeded: backend.group))
        if added.count >= Pending.rows || writer.byteCount >= Pending.bytes { try flush() }
    }

    override func clear() throws {
        if isPending { try flush() }
        try backend.clear(variable)
    }

    func begin() {}
    func leave() {}

    func flush() throws {
        guard !added.isEmpty else { return }
        try backend.write { try $0.put(variable, groups: added, keys: [], values: writer.finish()) }
        added = []
    }

    func reset() {
        _ = writer.finish()
        added = []
    }
}

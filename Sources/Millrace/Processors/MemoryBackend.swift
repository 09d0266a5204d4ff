// Variables of a processor without a query, for tests.

/// Variables and timers in dictionaries.
package final class MemoryBackend: ProcessorBackend {
    /// A value, with what it is at in a list or a map, and when it ends.
    package struct Cell {
        package let key: AnyHashable
        package let value: Any
        /// What tells its key from others: in a map its bytes.
        fileprivate let place: AnyHashable
        fileprivate let end: Int64?
    }

    /// The key that the processor is called for; `nil` outside of calls.
    package var key: AnyHashable?
    /// In milliseconds since 1970.
    package var now: Int64 = 0
    /// The timers, in the order in which they were set.
    package private(set) var timers: [(key: AnyHashable, time: Int64)] = []
    private var cells: [String: [AnyHashable: [Cell]]] = [:]
    /// How long values of a variable live, in milliseconds.
    private var lives: [String: Int64] = [:]
    /// What tells the keys of maps apart, by variable.
    private var places: [String: (AnyHashable) -> AnyHashable?] = [:]

    package init() {}

    package func declare(_ name: String, lifeMilliseconds: Int64?) { lives[name] = lifeMilliseconds }

    /// What is there of a key and has not ended.
    package func there(_ name: String, _ key: AnyHashable) -> [Cell] {
        cells[name]?[key]?.filter { $0.end.map { $0 > now } ?? true } ?? []
    }

    /// Sets all that there is of a key.
    package func set(_ name: String, _ key: AnyHashable, _ values: [(key: AnyHashable, value: Any)]) {
        // A key that is none of the map's is found by no call.
        cells[name, default: [:]][key] = values.map { cell(name, $0.key, places[name]?($0.key) ?? $0.key, $0.value) }
    }

    // MARK: The key that the processor is called for

    fileprivate func current() throws -> AnyHashable {
        guard let key else { throw MillraceError.noProcessorCall }
        return key
    }

    fileprivate func there(_ name: String) throws -> [Cell] { try there(name, current()) }

    fileprivate func clear(_ name: String) throws { try set(name, current(), []) }

    fileprivate func put(_ name: String, _ key: AnyHashable, at place: AnyHashable, _ value: Any) throws {
        let others = try there(name).filter { $0.place != place }
        try cells[name, default: [:]][current()] = others + [cell(name, key, place, value)]
    }

    fileprivate func remove(_ name: String, at place: AnyHashable) throws {
        let others = try there(name).filter { $0.place != place }
        try cells[name, default: [:]][current()] = others
    }

    private func cell(_ name: String, _ key: AnyHashable, _ place: AnyHashable, _ value: Any) -> Cell {
        Cell(key: key, value: value, place: place, end: lives[name].map { now + $0 })
    }

    // MARK: Variables

    package func value<Value: Codable & SendableMetatype>(_ variable: Int, _ name: String) -> ValueCells<Value> {
        MemoryValue<Value>(self, name)
    }

    package func list<Value: Codable & SendableMetatype>(_ variable: Int, _ name: String) -> ListCells<Value> {
        MemoryList<Value>(self, name)
    }

    package func map<UserKey: Codable & Hashable & SendableMetatype, Value: Codable & SendableMetatype>(
        _ variable: Int, _ name: String
    ) -> MapCells<UserKey, Value> {
        let probe = KeyProbe<UserKey>(typedRows(UserKey.self))
        places[name] = { key in (key as? UserKey).flatMap { try? probe.encode($0).bytes } }
        return MemoryMap<UserKey, Value>(self, name, probe)
    }

    // MARK: Timers

    package func registerTimer(_ time: Int64) throws {
        if try !isSet(time) { try timers.append((current(), time)) }
    }

    package func deleteTimer(_ time: Int64) throws {
        let key = try current()
        timers.removeAll { $0.key == key && $0.time == time }
    }

    package func listTimers() throws -> [Int64] { try times(of: current()) }

    /// Whether a timer of the key is set.
    package func isSet(_ time: Int64) throws -> Bool { try times(of: current()).contains(time) }

    /// The timers of a key, in the order of the times.
    package func times(of key: AnyHashable) -> [Int64] { timers.filter { $0.key == key }.map(\.time).sorted() }
}

private final class MemoryValue<Value>: ValueCells<Value> {
    private let state: MemoryBackend
    private let name: String

    init(_ state: MemoryBackend, _ name: String) {
        self.state = state
        self.name = name
        super.init()
    }

    override func get() throws -> Value? { try state.there(name).first?.value as? Value }
    override func set(_ value: Value) throws { try state.put(name, 0, at: 0, value) }
    override func clear() throws { try state.clear(name) }
}

private final class MemoryList<Value>: ListCells<Value> {
    private let state: MemoryBackend
    private let name: String
    /// The number of the next element, whatever has gone.
    private var next = 0

    init(_ state: MemoryBackend, _ name: String) {
        self.state = state
        self.name = name
        super.init()
    }

    override func isEmpty() throws -> Bool { try state.there(name).isEmpty }
    override func all() throws -> [Value] { try state.there(name).compactMap { $0.value as? Value } }
    override func clear() throws { try state.clear(name) }

    override func append(_ value: Value) throws {
        // No element that a test has set has a number below 0.
        next -= 1
        try state.put(name, next, at: next, value)
    }
}

private final class MemoryMap<UserKey: Codable & Hashable, Value>: MapCells<UserKey, Value> {
    private let state: MemoryBackend
    private let name: String
    private let probe: KeyProbe<UserKey>

    init(_ state: MemoryBackend, _ name: String, _ probe: KeyProbe<UserKey>) {
        self.state = state
        self.name = name
        self.probe = probe
        super.init()
    }

    override func isEmpty() throws -> Bool { try state.there(name).isEmpty }

    override func set(_ key: UserKey, _ value: Value) throws {
        try state.put(name, key, at: probe.encode(key).bytes, value)
    }

    override func remove(_ key: UserKey) throws { try state.remove(name, at: probe.encode(key).bytes) }
    override func clear() throws { try state.clear(name) }

    override func get(_ key: UserKey) throws -> Value? {
        let place = AnyHashable(try probe.encode(key).bytes)
        return try state.there(name).first { $0.place == place }?.value as? Value
    }

    override func all() throws -> [(key: UserKey, value: Value)] {
        let found = try state.there(name).compactMap { cell -> (bytes: [UInt8], key: UserKey, value: Value)? in
            guard let key = cell.key as? UserKey, let value = cell.value as? Value else { return nil }
            return (cell.place as? [UInt8] ?? [], key, value)
        }
        return found.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }.map { ($0.key, $0.value) }
    }
}

// Variables of a processor without a query, for tests.

/// Variables and timers in dictionaries.
package final class MemoryBackend: ProcessorBackend {
    /// A value, with what it is at in a list or a map, and when it ends.
    package struct Cell {
        package let key: AnyHashable
        package let value: Any
        let end: Int64?
    }

    /// The key that the processor is called for.
    package var key: AnyHashable = 0
    /// In milliseconds since 1970.
    package var now: Int64 = 0
    /// The timers by key.
    package private(set) var timers: [AnyHashable: Set<Int64>] = [:]
    private var cells: [String: [AnyHashable: [Cell]]] = [:]
    /// How long values of a variable live, in milliseconds.
    private var lives: [String: Int64] = [:]

    package init() {}

    package func declare(_ name: String, lifeMilliseconds: Int64?) { lives[name] = lifeMilliseconds }

    /// What is there of a key and has not ended.
    package func there(_ name: String, _ key: AnyHashable) -> [Cell] {
        cells[name]?[key]?.filter { $0.end.map { $0 > now } ?? true } ?? []
    }

    /// Sets all that there is of a key.
    package func set(_ name: String, _ key: AnyHashable, _ values: [(key: AnyHashable, value: Any)]) {
        cells[name, default: [:]][key] = values.map { cell(name, $0.key, $0.value) }
    }

    fileprivate func put(_ name: String, at place: AnyHashable, _ value: Any) {
        let others = there(name, key).filter { $0.key != place }
        cells[name, default: [:]][key] = others + [cell(name, place, value)]
    }

    fileprivate func remove(_ name: String, at place: AnyHashable) {
        cells[name, default: [:]][key] = there(name, key).filter { $0.key != place }
    }

    private func cell(_ name: String, _ key: AnyHashable, _ value: Any) -> Cell {
        Cell(key: key, value: value, end: lives[name].map { now + $0 })
    }

    package func value<Value: Codable & SendableMetatype>(_ variable: Int, _ name: String) -> ValueCells<Value> {
        MemoryValue<Value>(self, name)
    }

    package func list<Value: Codable & SendableMetatype>(_ variable: Int, _ name: String) -> ListCells<Value> {
        MemoryList<Value>(self, name)
    }

    package func map<UserKey: Codable & Hashable & SendableMetatype, Value: Codable & SendableMetatype>(
        _ variable: Int, _ name: String
    ) -> MapCells<UserKey, Value> { MemoryMap<UserKey, Value>(self, name) }

    package func registerTimer(_ time: Int64) { timers[key, default: []].insert(time) }
    package func deleteTimer(_ time: Int64) throws { timers[key]?.remove(time) }
    package func listTimers() -> [Int64] { timers[key].map { $0.sorted() } ?? [] }
}

private final class MemoryValue<Value>: ValueCells<Value> {
    private let state: MemoryBackend
    private let name: String

    init(_ state: MemoryBackend, _ name: String) {
        self.state = state
        self.name = name
        super.init()
    }

    override func get() -> Value? { state.there(name, state.key).first?.value as? Value }
    override func set(_ value: Value) { state.put(name, at: 0, value) }
    override func clear() { state.remove(name, at: 0) }
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

    override func isEmpty() -> Bool { state.there(name, state.key).isEmpty }
    override func all() -> [Value] { state.there(name, state.key).compactMap { $0.value as? Value } }
    override func clear() { state.set(name, state.key, []) }

    override func append(_ value: Value) {
        // No element that a test has set has a number below 0.
        next -= 1
        state.put(name, at: next, value)
    }
}

private final class MemoryMap<UserKey: Hashable, Value>: MapCells<UserKey, Value> {
    private let state: MemoryBackend
    private let name: String

    init(_ state: MemoryBackend, _ name: String) {
        self.state = state
        self.name = name
        super.init()
    }

    override func isEmpty() -> Bool { state.there(name, state.key).isEmpty }
    override func set(_ key: UserKey, _ value: Value) { state.put(name, at: key, value) }
    override func remove(_ key: UserKey) { state.remove(name, at: key) }
    override func clear() { state.set(name, state.key, []) }

    override func get(_ key: UserKey) -> Value? {
        state.there(name, state.key).first { $0.key == AnyHashable(key) }?.value as? Value
    }

    override func all() -> [(key: UserKey, value: Value)] {
        state.there(name, state.key).compactMap { cell in
            guard let key = cell.key as? UserKey, let value = cell.value as? Value else { return nil }
            return (key, value)
        }
    }
}

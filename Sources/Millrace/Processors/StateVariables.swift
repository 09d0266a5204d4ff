// The variables of a processor, as it reads and writes them.

/// One value for each key; Spark's `ValueState`. Its methods are about the key that the processor is called for.
public final class ValueState<Value> {
    private let cells: ValueCells<Value>

    init(_ cells: ValueCells<Value>) { self.cells = cells }

    /// Whether there is a value.
    public func exists() throws -> Bool { try cells.get() != nil }

    /// The value; `nil` where there is none.
    public func get() throws -> Value? { try cells.get() }

    /// Sets the value.
    public func update(_ newState: Value) throws { try cells.set(newState) }

    /// Removes the value.
    public func clear() throws { try cells.clear() }
}

/// A list for each key; Spark's `ListState`. Its methods are about the key that the processor is called for.
public final class ListState<Value> {
    private let cells: ListCells<Value>
    private let name: String

    init(_ cells: ListCells<Value>, _ name: String) {
        self.cells = cells
        self.name = name
    }

    /// Whether there is anything in it.
    public func exists() throws -> Bool { try !cells.isEmpty() }

    /// All that is in it, in the order in which it was added.
    public func get() throws -> [Value] { try cells.all() }

    /// Puts these values in the place of what is there: at least one.
    public func put(_ newState: [Value]) throws {
        try check(newState)
        try cells.clear()
        for value in newState { try cells.append(value) }
    }

    /// Adds a value at the end.
    public func appendValue(_ newState: Value) throws { try cells.append(newState) }

    /// Adds values at the end: at least one.
    public func appendList(_ newState: [Value]) throws {
        try check(newState)
        for value in newState { try cells.append(value) }
    }

    /// Removes all.
    public func clear() throws { try cells.clear() }

    private func check(_ values: [Value]) throws {
        guard values.isEmpty else { return }
        throw MillraceError(
            code: "ILLEGAL_STATE_STORE_VALUE.EMPTY_LIST_VALUE",
            message: "Cannot write empty list values to State store for StateName \(name).", hint: "call clear()",
            kind: .query)
    }
}

/// Values by keys of their own for each key; Spark's `MapState`. Its methods are about the key that the processor is
/// called for.
public final class MapState<UserKey: Hashable, Value> {
    private let cells: MapCells<UserKey, Value>

    init(_ cells: MapCells<UserKey, Value>) { self.cells = cells }

    /// Whether there is anything in it.
    public func exists() throws -> Bool { try !cells.isEmpty() }

    /// The value at a key; `nil` where there is none.
    public func getValue(_ key: UserKey) throws -> Value? { try cells.get(key) }

    /// Whether there is a value at a key.
    public func containsKey(_ key: UserKey) throws -> Bool { try cells.get(key) != nil }

    /// Sets the value at a key.
    public func updateValue(_ key: UserKey, _ value: Value) throws { try cells.set(key, value) }

    /// All keys and values, in the order of the keys as columns have them.
    public func iterator() throws -> [(key: UserKey, value: Value)] { try cells.all() }

    /// All keys, in order.
    public func keys() throws -> [UserKey] { try cells.all().map(\.key) }

    /// All values, in the order of their keys.
    public func values() throws -> [Value] { try cells.all().map(\.value) }

    /// Removes the value at a key.
    public func removeKey(_ key: UserKey) throws { try cells.remove(key) }

    /// Removes all.
    public func clear() throws { try cells.clear() }
}

// MARK: - Where values are

/// Where the values of a variable are.
package class ValueCells<Value> {
    init() {}
    package func get() throws -> Value? { preconditionFailure("\(type(of: self)) has values") }
    package func set(_ value: Value) throws { preconditionFailure("\(type(of: self)) takes values") }
    package func clear() throws { preconditionFailure("\(type(of: self)) drops values") }
}

/// Where the lists of a variable are.
package class ListCells<Value> {
    init() {}
    package func isEmpty() throws -> Bool { preconditionFailure("\(type(of: self)) has lists") }
    package func all() throws -> [Value] { preconditionFailure("\(type(of: self)) has lists") }
    package func append(_ value: Value) throws { preconditionFailure("\(type(of: self)) takes values") }
    package func clear() throws { preconditionFailure("\(type(of: self)) drops lists") }
}

/// Where the maps of a variable are.
package class MapCells<UserKey: Hashable, Value> {
    init() {}
    package func isEmpty() throws -> Bool { preconditionFailure("\(type(of: self)) has maps") }
    package func get(_ key: UserKey) throws -> Value? { preconditionFailure("\(type(of: self)) has maps") }
    package func all() throws -> [(key: UserKey, value: Value)] { preconditionFailure("\(type(of: self)) has maps") }
    package func set(_ key: UserKey, _ value: Value) throws { preconditionFailure("\(type(of: self)) takes values") }
    package func remove(_ key: UserKey) throws { preconditionFailure("\(type(of: self)) drops values") }
    package func clear() throws { preconditionFailure("\(type(of: self)) drops maps") }
}

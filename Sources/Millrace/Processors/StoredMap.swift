// A map of a processor in the state of a shard: what is known of it stands in memory during a call.

import Columns
import LogicalPlan

/// The maps of a variable.
final class StoredMap<
    UserKey: Codable & Hashable & SendableMetatype, Value: Codable & SendableMetatype
>: MapCells<UserKey, Value>, StoredVariable {
    /// What is known of a key of the map of the group that is called now.
    private struct Entry {
        let key: UserKey
        var value: Value?
        var isDirty: Bool
    }

    private let backend: StoredBackend
    private let variable: Int
    private let keyReader: TypedReader<UserKey>
    private let reader: TypedReader<Value>
    private let probe: KeyProbe<UserKey>
    private let keys: TypedWriter<UserKey>
    private let values: TypedWriter<Value>
    private let removedKeys: TypedWriter<UserKey>
    /// By the bytes of the keys: the state tells keys apart that are equal in Swift, and the other way round.
    private var entries: [[UInt8]: Entry] = [:]
    private var put: [Int32] = []
    private var removed: [Int32] = []

    init(_ backend: StoredBackend, _ variable: Int) {
        self.backend = backend
        self.variable = variable
        let (keyRows, rows) = (typedRows(UserKey.self), typedRows(Value.self))
        keyReader = keyRows.reader()
        reader = rows.reader()
        probe = KeyProbe(keyRows)
        keys = keyRows.writer()
        values = rows.writer()
        removedKeys = keyRows.writer()
    }

    // MARK: One key

    override func get(_ key: UserKey) throws -> Value? {
        let (columns, bytes) = try probed(key)
        if let known = entries[bytes] { return known.value }
        var value: Value?
        if let columns = try backend.use({ try $0.find(variable, group: backend.group, key: columns) }) {
            reader.attach(columns)
            value = try reader.read(at: 0)
        }
        try remember(bytes, Entry(key: key, value: value, isDirty: false))
        return value
    }

    override func set(_ key: UserKey, _ value: Value) throws {
        try backend.current().count(updated: 1, removed: 0)
        try remember(probed(key).bytes, Entry(key: key, value: value, isDirty: true))
    }

    override func remove(_ key: UserKey) throws {
        try backend.current().count(updated: 0, removed: 1)
        try remember(probed(key).bytes, Entry(key: key, value: nil, isDirty: true))
    }

    private func probed(_ key: UserKey) throws -> (columns: [ColumnVector], bytes: [UInt8]) {
        var probed: (columns: [ColumnVector], bytes: [UInt8]) = ([], [])
        try backend.encode { probed = try probe.encode(key) }
        return probed
    }

    private func remember(_ bytes: [UInt8], _ entry: Entry) throws {
        entries[bytes] = entry
        if entries.count >= Pending.rows {
            try settle()
            entries = [:]
        }
    }

    // MARK: All keys

    override func isEmpty() throws -> Bool {
        try settle()
        return try backend.use { try $0.isEmpty(variable, group: backend.group) }
    }

    override func all() throws -> [(key: UserKey, value: Value)] {
        try settle()
        var all: [(key: UserKey, value: Value)] = []
        try backend.forEachPiece(variable) { keyColumns, columns in
            keyReader.attach(keyColumns)
            reader.attach(columns)
            for row in 0..<(columns.first?.count ?? 0) {
                all.append((try keyReader.read(at: row), try reader.read(at: row)))
            }
        }
        return all
    }

    override func clear() throws {
        try settle()
        try backend.clear(variable)
        for place in entries.values.indices { entries.values[place].value = nil }
    }

    // MARK: Writing

    func begin() { entries = [:] }

    func leave() throws {
        guard !entries.isEmpty else { return }
        try encodeEntries()
        entries.removeAll(keepingCapacity: entries.count < 64)
    }

    /// Writes all, within a group. What is known stays known.
    private func settle() throws {
        try encodeEntries()
        try flush()
        for place in entries.values.indices { entries.values[place].isDirty = false }
    }

    private func encodeEntries() throws {
        let group = Int32(truncatingIfNeeded: backend.group)
        for entry in entries.values where entry.isDirty {
            try backend.encode {
                if let value = entry.value {
                    try keys.write(entry.key)
                    try values.write(value)
                } else {
                    try removedKeys.write(entry.key)
                }
            }
            if entry.value == nil { removed.append(group) } else { put.append(group) }
            let bytes = keys.byteCount + values.byteCount + removedKeys.byteCount
            if put.count >= Pending.rows || removed.count >= Pending.rows || bytes >= Pending.bytes { try flush() }
        }
    }

    func flush() throws {
        guard !put.isEmpty || !removed.isEmpty else { return }
        try backend.write { state in
            if !removed.isEmpty { try state.remove(variable, groups: removed, keys: removedKeys.finish()) }
            if !put.isEmpty { try state.put(variable, groups: put, keys: keys.finish(), values: values.finish()) }
        }
        put = []
        removed = []
    }

    func reset() {
        entries = [:]
        for writer in [keys, removedKeys] { _ = writer.finish() }
        _ = values.finish()
        put = []
        removed = []
    }
}

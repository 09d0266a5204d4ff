// State as simple as can be: numbers by key, and the whole life of a query around it.

import Columns
import DurableFiles
import StateStore

/// Numbers by key.
final class DictionaryShard: StateShard, @unchecked Sendable {
    var rows: [Int64: Int64] = [:]
    /// The changed rows as they were.
    private var before: [Int64: Int64?] = [:]
    /// Whether it takes changes back itself, or leaves it to the store to read what there was.
    private let keepsBefore: Bool

    init(keepsBefore: Bool = true) { self.keepsBefore = keepsBefore }

    func set(_ key: Int64, _ value: Int64?) {
        if before[key] == nil { before[key] = .some(rows[key]) }
        rows[key] = value
    }

    func encodeChanges(into writer: inout StateWriter) { encode(before.keys.sorted(), into: &writer) }

    func encodeRows(from cursor: StateCursor, byteCount: Int, into writer: inout StateWriter) -> StateCursor? {
        let first = if case .number(let key) = cursor { Int64(key) } else { Int64.min }
        let keys = rows.keys.filter { $0 >= first }.sorted()
        let count = max(1, byteCount / 64)
        encode(Array(keys.prefix(count)), into: &writer)
        return keys.count > count ? .number(Int(keys[count])) : nil
    }

    private func encode(_ keys: [Int64], into writer: inout StateWriter) {
        var keyColumn = FixedBuilder<Int64>(type: .long)
        var values = FixedBuilder<Int64>(type: .long)
        for key in keys {
            keyColumn.append(key)
            if let value = rows[key] { values.append(value) } else { values.appendNull() }
        }
        writer.write(keys.count)
        writer.write(keyColumn.finish())
        writer.write(values.finish())
    }

    func apply(_ reader: inout StateReader) throws(StateFormatError) {
        let count = try reader.readCount()
        let keys = try reader.readColumn(.long, count: count)
        let values = try reader.readColumn(.long, count: count)
        for row in 0..<count {
            let key = keys.slots(as: Int64.self)[row]
            rows[key] = values.isNull(row) ? nil : values.slots(as: Int64.self)[row]
        }
    }

    func clear() {
        rows = [:]
        before = [:]
    }

    func markClean() { before = [:] }

    func rollback() -> Bool {
        guard keepsBefore || before.isEmpty else { return false }
        for (key, value) in before { rows[key] = value }
        before = [:]
        return true
    }

    var rowCount: Int { rows.count }
    var updatedCount: Int { before.count }
    var memoryBytes: Int { rows.count * 16 }
}

/// A query's state with the two shards that hold it.
final class StateWorld {
    static let directory = "/checkpoint/state"

    /// One that takes changes back itself and one that doesn't.
    let shards = [DictionaryShard(), DictionaryShard(keepsBefore: false)]
    let store: StateStore

    init(
        _ disk: any Disk, run: String, shape: [String] = ["key BIGINT", "sum(BIGINT) BIGINT"],
        directory: String = StateWorld.directory, replayVersions: Int = 3, memoryBudgetBytes: Int = 1 << 30,
        loadingBytes: Int = 0, sliceBytes: Int = 1 << 20, inBackground: Bool = false, executor: StateExecutor = .serial
    ) throws {
        var options = StateStoreOptions(memoryBudgetBytes: memoryBudgetBytes)
        options.loadingBytes = loadingBytes
        options.maximumReplayVersions = replayVersions
        options.sliceBytes = sliceBytes
        options.changelogBytes = 1000
        options.growth = AppendLogGrowth(firstBytes: 600, nextBytes: 300)
        options.writesInBackground = inBackground
        store = try StateStore(
            directory: directory, operators: [StateOperator(name: "aggregate-0", shape: shape, shards: shards)],
            runID: run,
            options: options, executor: executor, disk: disk)
    }

    /// What batch `number` does: always the same.
    func change(_ number: Int) {
        let number = Int64(number)
        for key in 0..<(number % 4 + 1) { shards[Int(key % 2)].set(key * 10, number * 100 + key) }
        shards[0].set(number, number)
        if number > 2 { shards[0].set(number - 2, nil) }
    }

    /// All rows.
    var rows: [[Int64: Int64]] { shards.map(\.rows) }

    /// What the rows are after so many batches.
    static func rows(after version: Int) throws -> [[Int64: Int64]] {
        let world = try StateWorld(FaultyDisk(), run: "model")
        for number in 0..<version { world.change(number) }
        return world.rows
    }

    /// What the runtime keeps with a version.
    static func metadata(of version: Int) -> [UInt8] { Array("metadata of \(version)".utf8) }

    /// A batch on top of the current version, prepared and committed.
    @discardableResult
    func run(attempt: String) throws -> StateManifest {
        let version = store.version.number
        change(version)
        let manifest = try store.prepare(
            version: version + 1, attempt: attempt, metadata: StateWorld.metadata(of: version + 1))
        store.committed(version: version + 1, attempt: attempt)
        return manifest
    }
}

// Every kind of query with state, with ten times as much of it in RocksDB as memory has, over restarts and damage.

#if RocksDB
import DurableFiles
import Millrace
import MillraceTestKit
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite(.serialized) struct RocksQueryTests {
    private static let schema = Schema([Field("k", .string), Field("t", .timestamp)])
    private static let stateBytes = 8 << 20

    struct Event: Codable {
        let k: String
    }

    struct Count: Codable {
        let k: String
        let count: Int
    }

    /// Counts what comes, and keeps all counts that there have been.
    final class Counter: StatefulProcessor {
        private let value: ValueState<Int>
        private let list: ListState<Int>

        init(_ handle: StatefulProcessorHandle) throws {
            value = try handle.getValueState("value")
            list = try handle.getListState("list")
        }

        func handleInputRows(_ key: String, _ rows: GroupRows<Event>, _ times: TimerValues) throws -> [Count] {
            let count = try (value.get() ?? 0) + rows.reduce(0) { count, _ in count + 1 }
            try value.update(count)
            try list.appendValue(count)
            return [Count(k: key, count: try list.get().count)]
        }
    }

    /// A query of which each key is counted.
    enum Query: CaseIterable {
        case complete, sessions, join, function, processor

        /// How many keys come in a batch: what it touches has to fit into memory, for some as key of several tables.
        var batchRows: Int { self == .complete || self == .function ? 400 : 200 }

        var outputMode: OutputMode { self == .complete ? .complete : .update }

        func frame(_ streams: StreamFrames) throws -> DataFrame {
            let left = try streams("ls")
            switch self {
            case .complete: return left.groupBy("k").count().where("count > 1")
            case .sessions:
                _ = try streams.sql("SET millrace.extended = true")
                return left.withWatermark("t", "1 hour").groupBy(col("k"), session_window("t", "10 seconds"))
                    .agg(count("*").as("count")).select("k", "count")
            case .join:
                return try streams.sql("SELECT l.k, 2 AS count FROM STREAM ls l JOIN STREAM rs r ON l.k = r.k")
            case .function:
                return left.groupByKey("k").mapGroupsWithState {
                    (key: String, rows: GroupRows<Event>, state: inout GroupState<Int>) -> Count in
                    state.update((state.getOption ?? 0) + rows.reduce(0) { count, _ in count + 1 })
                    return Count(k: key, count: state.getOption ?? 0)
                }
            case .processor:
                return left.groupByKey("k").transformWithState(timeMode: .none, outputMode: .update) {
                    try Counter($0)
                }
            }
        }

        /// What comes out where some keys come for the first or for a later time.
        func output(_ numbers: some Sequence<Int>, time: Int64) -> [[Value]] {
            switch self {
            case .complete where time == 1, .join where time == 1: []
            case .join: numbers.map { [key($0), .integer(2)] }
            default: numbers.map { [key($0), .long(time)] }
            }
        }

        /// Keys of some 2000 bytes.
        private func key(_ number: Int) -> Value {
            .string("\(number) " + String(repeating: "abcdefgh", count: 248))
        }

        /// Some keys come for the first or for a later time.
        func add(_ numbers: some Sequence<Int>, time: Int64, to test: StreamTest) async throws {
            let rows = numbers.map { [key($0), .timestamp(1_000_000 * time)] }
            try test.addData(rows, to: self == .join && time > 1 ? "rs" : "ls")
        }
    }

    private static func test(
        _ query: Query, _ checkpoint: String, _ kind: SessionConfiguration.StateStoreKind
    ) -> StreamTest {
        StreamTest.$configure.withValue(configure(kind)) {
            StreamTest(
                streams: ["ls": schema, "rs": schema], outputMode: query.outputMode, checkpoint: checkpoint,
                workers: 2
            ) { try query.frame($0) }
        }
    }

    private static func configure(
        _ kind: SessionConfiguration.StateStoreKind
    ) -> @Sendable (inout SessionConfiguration) -> Void {
        {
            $0.stateStore = kind
            $0.stateMemoryBytes = stateBytes
        }
    }

    /// Where RocksDB's files are.
    private static func spillDirectories(_ checkpoint: String) throws -> [String] {
        try RealDisk().list(checkpoint).filter { $0.hasPrefix("spill.") }.map { "\(checkpoint)/\($0)" }
    }

    @Test(
        "a state ten times its memory: in memory alone it is refused, in RocksDB it is used and restarted",
        arguments: Query.allCases)
    func tenTimesTheMemory(_ query: Query) async throws {
        let folder = try TemporaryFolder()
        let starts = Array(stride(from: 0, to: 42_000, by: query.batchRows))
        let batches = starts.map { $0..<$0 + query.batchRows }

        let inMemory = Self.test(query, "\(folder.path)/memory", .memory)
        try await inMemory.start()
        for batch in batches.prefix(60) { try await query.add(batch, time: 1, to: inMemory) }
        try await inMemory.checkError("STATE_LIMIT")
        await inMemory.stop()

        let test = Self.test(query, "\(folder.path)/rocks", .rocksdb)
        try await test.start()
        var most: Int64 = 0
        for batch in batches {
            try await query.add(batch, time: 1, to: test)
            try await test.checkNewRows(query.output(batch, time: 1))
            most = max(most, test.query?.lastProgress?.stateOperators.first?.memoryUsedBytes ?? .max)
        }
        #expect(most <= Self.stateBytes)
        // Keys of batches long ago, each in its shard.
        let old = stride(from: 0, to: 42_000, by: 307)
        try await query.add(old, time: 2, to: test)
        try await test.checkNewRows(query.output(old, time: 2))
        await test.stop()
        #expect(try Self.spillDirectories("\(folder.path)/rocks").isEmpty)

        try await StreamTest.$configure.withValue(Self.configure(.rocksdb)) { try await test.start(workers: 3) }
        try await query.add(old, time: 3, to: test)
        try await test.checkNewRows(query.output(old, time: 3))
        await test.stop()
    }

    @Test(
        "damaged files of RocksDB end any query with a named error; the next start makes them anew",
        arguments: Query.allCases)
    func damage(_ query: Query) async throws {
        let folder = try TemporaryFolder()
        let test = Self.test(query, folder.path, .rocksdb)
        try await test.start()
        for first in stride(from: 0, to: 12_000, by: query.batchRows) {
            try await query.add(first..<first + query.batchRows, time: 1, to: test)
            try await test.checkNewRows(query.output(first..<first + query.batchRows, time: 1))
        }
        let directory = try #require(try Self.spillDirectories(folder.path).first)
        let tables = try RealDisk().list(directory).filter { $0.hasSuffix(".sst") }
        #expect(!tables.isEmpty)
        for name in tables { Self.damage("\(directory)/\(name)") }
        // All keys, a part at a time: whatever comes out is right, and some of it can't be read.
        var code: String?
        for first in stride(from: 0, to: 12_000, by: query.batchRows) where code == nil {
            try await query.add(first..<first + query.batchRows, time: 2, to: test)
            do {
                let due = query == .complete ? 0..<first + query.batchRows : first..<first + query.batchRows
                try await test.checkNewRows(query.output(due, time: 2))
            } catch let error as MillraceError {
                code = error.code
            }
        }
        #expect(code == "STATE_SPILL_FAILED")
        await test.stop()
        try await StreamTest.$configure.withValue(Self.configure(.rocksdb)) { try await test.start(workers: 1) }
        let before = try await test.takeNewRows()
        #expect(!before.isEmpty)
        try await query.add(20_000..<20_100, time: 1, to: test)
        _ = try await test.takeNewRows()
        try await query.add(20_000..<20_100, time: 2, to: test)
        let found = try await test.takeNewRows().map { "\($0)" }
        #expect(Set(query.output(20_000..<20_100, time: 2).map { "\($0)" }).isSubset(of: found))
        await test.stop()
    }

    /// Flips a bit in every 3000 bytes of a file.
    static func damage(_ path: String) {
        let file = open(path, O_RDWR)
        defer { close(file) }
        for place in stride(from: off_t(100), to: lseek(file, 0, SEEK_END), by: 3000) {
            var byte: UInt8 = 0
            #expect(pread(file, &byte, 1, place) == 1)
            byte ^= 4
            #expect(pwrite(file, &byte, 1, place) == 1)
        }
    }
}
#endif

// Queries whose state is in RocksDB: more of it than memory, other stores behind it, damage.

#if RocksDB
import DurableFiles
import Millrace
import MillraceTestKit
import TestSupport
import Testing

@Suite struct RocksStateTests {
    private static let schema = Schema([Field("k", .string)])
    private static let stateBytes = 8 << 20

    private static func session(
        _ kind: SessionConfiguration.StateStoreKind, stateBytes: Int? = stateBytes
    ) -> @Sendable (inout SessionConfiguration) -> Void {
        {
            $0.stateStore = kind
            $0.stateMemoryBytes = stateBytes
        }
    }

    /// Makes a test of a count of keys, on a checkpoint.
    private static func test(
        _ checkpoint: String, _ configure: @escaping @Sendable (inout SessionConfiguration) -> Void
    ) -> StreamTest {
        StreamTest.$configure.withValue(configure) {
            StreamTest(schema: schema, checkpoint: checkpoint, workers: 2) { $0.groupBy("k").count() }
        }
    }

    /// Keys of some 500 bytes.
    private static func key(_ number: Int) -> Value {
        .string("\(number) " + String(repeating: "abcdefgh", count: 62))
    }

    private static func rows(_ numbers: some Sequence<Int>) -> [[Value]] { numbers.map { [key($0)] } }

    private static func counts(_ numbers: some Sequence<Int>, _ count: Int64) -> [[Value]] {
        numbers.map { [key($0), .long(count)] }
    }

    /// Where RocksDB's files are.
    private static func spillDirectories(_ checkpoint: String) throws -> [String] {
        try RealDisk().list(checkpoint).filter { $0.hasPrefix("spill.") }.map { "\(checkpoint)/\($0)" }
    }

    @Test("a state ten times its memory: in memory alone it is refused, in RocksDB it is counted on and restarted")
    func tenTimesTheMemory() async throws {
        let folder = try TemporaryFolder()
        let batches = (0..<90).map { $0 * 2000..<($0 + 1) * 2000 }

        let inMemory = Self.test("\(folder.path)/memory", Self.session(.memory))
        try await inMemory.start()
        for batch in batches.prefix(20) { try inMemory.addData(Self.rows(batch)) }
        try await inMemory.checkError("STATE_LIMIT")
        await inMemory.stop()

        let test = Self.test("\(folder.path)/rocks", Self.session(.rocksdb))
        try await test.start()
        var most: Int64 = 0
        for batch in batches {
            try test.addData(Self.rows(batch))
            try await test.checkNewRows(Self.counts(batch, 1))
            most = max(most, test.query?.lastProgress?.stateOperators.first?.memoryUsedBytes ?? .max)
        }
        try await test.checkState(rows: 180_000)
        #expect(most <= Self.stateBytes)
        // Keys of batches long ago, each in its shard.
        let old = stride(from: 0, to: 180_000, by: 97)
        try test.addData(Self.rows(old))
        try await test.checkNewRows(Self.counts(old, 2))
        await test.stop()
        #expect(try Self.spillDirectories("\(folder.path)/rocks").isEmpty)

        try await StreamTest.$configure.withValue(Self.session(.rocksdb)) { try await test.start(workers: 3) }
        try test.addData(Self.rows(old))
        try await test.checkNewRows(Self.counts(old, 3))
        try await test.checkState(rows: 180_000)
        await test.stop()
    }

    @Test("a checkpoint is the same for both stores")
    func otherStoreAfterEveryRestart() async throws {
        let folder = try TemporaryFolder()
        let test = Self.test(folder.path, Self.session(.memory, stateBytes: nil))
        for round in 0..<6 {
            let kind: SessionConfiguration.StateStoreKind = round % 2 == 0 ? .rocksdb : .memory
            let configure = Self.session(kind, stateBytes: kind == .rocksdb ? Self.stateBytes : nil)
            try await StreamTest.$configure.withValue(configure) { try await test.start(workers: 1 + (round + 1) % 2) }
            for batch in [0..<3000, 3000..<6000] {
                try test.addData(Self.rows(batch))
                try await test.checkNewRows(Self.counts(batch, Int64(round) + 1))
            }
            try await test.checkState(rows: 6000)
            await test.stop()
        }
    }

    @Test("damaged files of RocksDB end the query with a named error; the next start makes them anew")
    func damage() async throws {
        let folder = try TemporaryFolder()
        let test = Self.test(folder.path, Self.session(.rocksdb))
        try await test.start()
        for first in stride(from: 0, to: 40_000, by: 2000) {
            try test.addData(Self.rows(first..<first + 2000))
            try await test.checkNewRows(Self.counts(first..<first + 2000, 1))
        }
        let directory = try #require(try Self.spillDirectories(folder.path).first)
        let tables = try RealDisk().list(directory).filter { $0.hasSuffix(".sst") }
        #expect(!tables.isEmpty)
        for name in tables { RocksQueryTests.damage("\(directory)/\(name)") }
        // All keys, a part at a time: whatever comes out is right, and some of it can't be read.
        var code: String?
        for first in stride(from: 0, to: 40_000, by: 2000) where code == nil {
            try test.addData(Self.rows(first..<first + 2000))
            do {
                try await test.checkNewRows(Self.counts(first..<first + 2000, 2))
            } catch let error as MillraceError {
                code = error.code
            }
        }
        #expect(code == "STATE_SPILL_FAILED")
        await test.stop()
        try await StreamTest.$configure.withValue(Self.session(.rocksdb)) { try await test.start(workers: 1) }
        _ = try await test.takeNewRows()
        let numbers = 50_000..<51_000
        try test.addData(Self.rows(numbers))
        try await test.checkNewRows(Self.counts(numbers, 1))
        try await test.checkState(rows: 41_000)
        await test.stop()
    }
}
#endif

// Queries that name a stream several times: it is one source, read once.

import CheckpointLog
import DurableFiles
import MillraceTestKit
import QueryRuntime
import TestSupport
import Testing

@testable import Millrace

@Suite struct SharedStreamTests {
    private static let numbers = Schema([Field("n", .long)])
    private static let sales = StreamScriptTests.sales

    /// The numbers with those that are equal to them by the remainder of a division by five.
    private static func selfJoin(_ streams: StreamFrames) throws -> DataFrame {
        try streams.sql("SELECT a.n, b.n AS m FROM STREAM numbers a JOIN STREAM numbers b ON a.n % 5 = b.n % 5")
    }

    private static func rows(_ numbers: Int64...) -> [[Value]] { numbers.map { [.long($0)] } }

    private static func pairs(_ pairs: (Int64, Int64)...) -> [[Value]] { pairs.map { [.long($0.0), .long($0.1)] } }

    @Test("a stream joined with itself, as Spark's test of its Kafka source has it: rows are read and counted once")
    func selfJoin() async throws {
        let test = StreamTest(streams: ["numbers": Self.numbers], outputMode: .append, Self.selfJoin)
        try await test.start()
        try test.addData(Self.rows(1, 2))
        try await test.checkNewRows(Self.pairs((1, 1), (2, 2)))
        try test.addData(Self.rows(6, 3))
        try await test.checkNewRows(Self.pairs((3, 3), (1, 6), (6, 1), (6, 6)))
        let progress = try #require(test.query?.recentProgress.filter { $0.numInputRows > 0 })
        #expect(progress.map(\.numInputRows) == [2, 2])
        #expect(progress.allSatisfy { $0.sources.count == 1 })
        #expect(progress.last?.stateOperators.first?.numRowsTotal == 8)
        await test.stop()
    }

    @Test("over restarts, and with a batch that runs again", arguments: StreamScript.Way.allCases)
    func restarts(_ way: StreamScript.Way) async throws {
        try await StreamScript(
            streams: ["numbers": Self.numbers], outputMode: .append, query: Self.selfJoin,
            [
                .add("numbers", "1; 2"), .check("1, 1; 2, 2"), .checkState(rows: 4),
                .add("numbers", "6; 3"), .check("3, 3; 1, 6; 6, 1; 6, 6"),
                .stop, .dropNewestCommit, .start, .checkLastBatch("3, 3; 1, 6; 6, 1; 6, 6"),
                .add("numbers", "8"), .check("8, 8; 8, 3; 3, 8"), .checkState(rows: 10),
            ]
        ).run(way)
    }

    @Test(
        "stages that read a stream get its rows at once, those behind other stages, too",
        arguments: StreamScript.Way.allCases)
    func stages(_ way: StreamScript.Way) async throws {
        try await StreamScript(
            streams: ["sales": Self.sales, "returns": Self.sales], outputMode: .append,
            query: { streams in
                let sales = try streams("sales")
                return try sales.dropDuplicates(["shop"]).union(sales.where("amount > 10")).union(streams("returns"))
            },
            [
                .add("sales", "a, 1; a, 20; b, 30"), .check("a, 1; b, 30; a, 20; b, 30"),
                .add("sales", "a, 5"), .add("returns", "a, 5"), .check("a, 5"),
                .add("sales", "c, 11"), .check("c, 11; c, 11"), .checkState(rows: 3),
            ]
        ).run(way)
    }

    @Test("large batches on several workers: every row is there once for each of its places")
    func workers() async throws {
        let test = StreamTest(streams: ["numbers": Self.numbers], outputMode: .complete, workers: 3) { streams in
            let numbers = try streams("numbers")
            let sums = numbers.where("n % 2 = 0").union(numbers).union(numbers.where("n < 10"))
            return sums.groupBy().agg(count("*").as("count"), sum("n").as("sum"))
        }
        try await test.start()
        for block in 0..<10 { try test.addData((0..<2000).map { [.long(Int64(block * 2000 + $0))] }) }
        try await test.checkNewRows([[.long(10_000 + 20_000 + 10), .long(99_990_000 + 199_990_000 + 45)]])
        #expect(test.query?.recentProgress.reduce(0) { $0 + $1.numInputRows } == 20_000)
        await test.stop()
    }

    // MARK: What is one stream

    private let session = Session(appName: "SharedStreamTests", configuration: .quiet)

    private func events() -> DataFrame {
        session.readStream.format("kafka").option("kafka.bootstrap.servers", "nowhere:1").option("subscribe", "events")
            .load()
    }

    @Test("each place gets the columns that it reads, the source is asked for those of all")
    func columns() throws {
        let events = events()
        let plan = try events.select("value", "offset").alias("a")
            .join(
                events.where("timestamp IS NOT NULL").select("key", "value").alias("b"), on: expr("a.value = b.value")
            )
            .select("a.offset", "b.key").explained("simple")
        let sources = plan.split(separator: "\n").map { $0.drop { $0 == " " } }.filter { $0.hasPrefix("Stream ") }
        #expect(
            sources == Array(repeating: "Stream 0 kafka[events] [key, value, offset, timestamp]", count: 2), "\(plan)")
        #expect(plan.contains("Project [value, offset]\n"), "\(plan)")
        #expect(plan.contains("Project [key, value, timestamp]\n"), "\(plan)")
    }

    @Test("a frame, a view and a table are one stream wherever they stand; what is loaded twice is two, as in Spark")
    func identity() throws {
        let events = events()
        #expect(try events.union(events).explained("simple").contains("Stream 1") == false)
        #expect(try events.union(self.events()).explained("simple").contains("Stream 1"))
        try events.createOrReplaceTempView("v")
        for statement in [
            "CREATE TABLE t USING kafka OPTIONS (`kafka.bootstrap.servers` 'nowhere:1', subscribe 'events')",
            "CREATE VIEW w AS SELECT key, value FROM STREAM t",
        ] {
            _ = try session.sql(statement)
        }
        func streams(_ from: String) throws -> Int {
            let plan = try session.sql("SELECT a.key FROM \(from) ON a.key = b.key").explained("simple")
            return (0..<3).filter { plan.contains("Stream \($0) ") }.count
        }
        #expect(try streams("STREAM v a JOIN STREAM v b") == 1)
        #expect(try streams("STREAM t a JOIN STREAM t b") == 1)
        #expect(try streams("w a JOIN STREAM t b") == 1)
        #expect(try streams("STREAM v a JOIN STREAM t b") == 2)
    }

    @Test("of files those are left out that no place needs")
    func filters() async throws {
        let folder = try TemporaryFolder()
        try session.sql("SELECT id FROM range(1, 1000)").write.parquet(folder.path + "/files")
        let files = session.readStream.format("parquet").schema("id BIGINT").load(folder.path + "/files")
        let both = files.where("id > 990").union(files.where("id < 5"))
        #expect(try both.explained("simple").contains("PushedFilters: [Or(GreaterThan(id,990),LessThan(id,5))]"))
        let query = try await both.writeStream.format("memory").queryName("ids").outputMode(.append)
            .trigger(.availableNow).start()
        try await query.awaitTermination()
        #expect(try session.table("ids").count() == 13)
        #expect(query.recentProgress.first?.sources.count == 1)
        let all = files.where("id > 990").union(files)
        #expect(try all.explained("simple").contains("PushedFilters") == false)
    }

    // MARK: Older checkpoints

    /// A checkpoint as older versions made it: with a source for each time that the query names a stream.
    private func olderCheckpoint(_ folder: TemporaryFolder) async throws -> String {
        let (new, old) = (folder.path + "/new", folder.path + "/old")
        let test = StreamTest(
            streams: ["numbers": Self.numbers], outputMode: .append, checkpoint: new, Self.selfJoin)
        try await test.start()
        await test.stop()
        let made = try #require(try CheckpointReader(directory: new, disk: RealDisk()).metadata())
        let source = try #require(made.binding.sources.first)
        let offset = try #require(made.startingOffsets[source.name])
        let second = CheckpointBinding.Source(
            name: "1:" + source.name.dropFirst(2), cluster: source.cluster, logs: source.logs)
        #expect(made.startingOffsets.count == 1 && source.name.hasPrefix("0:"))
        let checkpoint = try Checkpoint.open(directory: old, runID: "older", disk: RealDisk())
        defer { checkpoint.close() }
        try checkpoint.createMetadata(
            CheckpointMetadata(
                id: made.id, name: made.name, engine: made.engine, plan: made.plan, shards: made.shards,
                startingOffsets: [source.name: offset, second.name: offset],
                createdMilliseconds: made.createdMilliseconds,
                binding: CheckpointBinding(sources: [source, second], transactions: made.binding.transactions)))
        return old
    }

    @Test("a query goes on with the sources that its checkpoint has")
    func olderCheckpoints() async throws {
        let folder = try TemporaryFolder()
        let old = try await olderCheckpoint(folder)
        let test = StreamTest(
            streams: ["numbers": Self.numbers], outputMode: .append, checkpoint: old, Self.selfJoin)
        try await test.start()
        try test.addData(Self.rows(1, 2))
        try await test.checkNewRows(Self.pairs((1, 1), (2, 2)))
        await test.stop()
        try await test.start()
        try test.addData(Self.rows(6))
        try await test.checkNewRows(Self.pairs((1, 6), (6, 1), (6, 6)))
        let progress = try #require(test.query?.recentProgress.last { $0.numInputRows > 0 })
        #expect(progress.sources.map(\.description) == Array(repeating: "MemoryStream[n]", count: 2))
        #expect(progress.numInputRows == 2)
        await test.stop()
    }
}

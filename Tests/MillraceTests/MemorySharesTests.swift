// How a query's memory is divided, and what is refused.

import Connectors
import KafkaClient
import Planner
import Testing

@testable import KafkaConnector
@testable import Millrace

@Suite struct MemorySharesTests {
    @Test(
        "the parts of all queries fit into the whole, with room for the program",
        arguments: [(128, 1), (200, 1), (512, 1), (2048, 1), (65536, 1), (144, 2), (160, 3), (2048, 3), (16112, 1000)])
    func parts(mebibytes: Int, queries: Int) throws {
        let total = mebibytes << 20
        let shares = try MemoryShares(of: total, among: queries)
        let least = min(shares.prefetchBytes, shares.stateBytes, shares.batchBytes, shares.outputBytes)
        #expect(least >= 1 << 20)
        #expect(shares.prefetchBytes <= 128 << 20 && shares.outputBytes <= 64 << 20)
        let each = shares.prefetchBytes + shares.stateBytes + shares.batchBytes + shares.outputBytes
        #expect(queries * each <= total - (48 << 20))
    }

    @Test("all Kafka sources and tables of a query share what may be fetched ahead, and nothing else counts")
    func sources() throws {
        let session = Session(appName: "test", configuration: .quiet)
        func topic(_ name: String) -> DataFrame {
            session.readStream.format("kafka").option("kafka.bootstrap.servers", "localhost:1")
                .option("subscribe", name).load().select("value")
        }
        let table = session.read.format("kafka").option("kafka.bootstrap.servers", "localhost:1")
            .option("subscribe", "table").load().select("value")
        let rows = try session.createDataFrame([[.binary([97])]], schema: Schema([Field("value", .binary)]))
        /// What the clients of a frame's streams are told.
        func told(_ frame: DataFrame) throws -> [String?] {
            let planned = try PhysicalPlanner.plan(try frame.analyzed()) { _ in false }
            let made = try frame.makeSources(planned, MemoryShares(of: 1 << 30))
            defer {
                for source in made.streams { source.close() }
                for table in made.tables { table.close() }
            }
            return made.streams.map { ($0 as? KafkaSource)?.consumer.setting("queued.max.messages.kbytes") }
        }
        func share(_ mebibytes: Int) -> String {
            "\(PrefetchBudget(bytes: mebibytes << 20).share(partitions: 4).kilobytes)"
        }
        #expect(share(128) != share(64) && share(64) != share(32))
        let events = topic("events")
        #expect(try told(events) == [share(128)])
        #expect(try told(events.union(topic("others"))) == [share(64), share(64)])
        // A stream that the query names twice is one source.
        #expect(try told(events.union(events)) == [share(128)])
        #expect(try told(events.join(table, on: "value")) == [share(64)])
        #expect(try told(events.join(rows, on: "value")) == [share(128)])
        #expect(
            try told(topic("more").union(events).union(topic("others")).join(table, on: "value")) == [
                share(32), share(32), share(32),
            ])
    }

    @Test(
        "queries that share take their part each, and more than there is room for are refused", arguments: [1, 3, 60])
    func sharing(queries: Int) async throws {
        let lines = Collected<String>()
        var configuration = SessionConfiguration()
        configuration.memoryBytes = 1 << 30
        configuration.log = { _, line in lines.append(line) }
        let session = Session(appName: "test", configuration: configuration)
        let writer = session.readStream.format("rate").load().writeStream.format("noop")
            .sharingMemory(among: queries)
        guard queries < 60 else {
            let error = await #expect(throws: MillraceError.self) { try await writer.start() }
            #expect(error?.message == "1 GiB of memory are too little for 60 queries at the same time")
            #expect(error?.hint?.contains("--memory 1072m") == true)
            return
        }
        let query = try await writer.start()
        await query.stop()
        let expected =
            queries == 1 ? "1 GiB of memory: 128 MiB fetched ahead" : "1 GiB of memory for 3 queries, for each: 42 MiB"
        #expect(lines.all.contains { $0.contains(expected) }, "\(lines.all)")
    }

    @Test("memory is shared among one query or more", arguments: [0, -1, 1001])
    func impossibleSharing(queries: Int) async throws {
        let session = Session(appName: "test", configuration: .quiet)
        let writer = session.readStream.format("rate").load().writeStream.format("noop")
            .sharingMemory(among: queries)
        let error = await #expect(throws: MillraceError.self) { try await writer.start() }
        #expect(error?.code == "INVALID_OPTION")
    }

    @Test("a state of its own size takes nothing from the others")
    func ownState() throws {
        let shares = try MemoryShares(of: 1 << 30, stateBytes: 100)
        #expect(shares.stateBytes == 100)
        #expect(shares.batchBytes == (try MemoryShares(of: 1 << 30)).batchBytes)
    }

    @Test("too little is refused with what would do, before anything is made")
    func little() async throws {
        var configuration = SessionConfiguration.quiet
        configuration.memoryBytes = 100 << 20
        let session = Session(appName: "test", configuration: configuration)
        let writer = session.readStream.format("rate").load().writeStream.format("noop")
        let error = await #expect(throws: MillraceError.self) { try await writer.start() }
        #expect(error?.code == "INVALID_OPTION")
        #expect(error?.hint?.contains("128 MiB") == true)
    }

    @Test(arguments: [(5, "5 bytes"), (1024, "1 KiB"), (1536 << 20, "1.5 GiB"), (23 << 30, "23 GiB")])
    func texts(bytes: Int, expected: String) { #expect(ByteCountText.text(bytes) == expected) }
}

// Tables that a stream is joined with, read again where an option says so; and options that one role of a table takes.

import DurableFiles
import TestSupport
import Testing

@testable import Millrace

@Suite struct TableRefreshTests {
    /// A session whose clock stands still, a stream of shops, and a folder with files of JSON.
    private struct Fixture {
        let clock = ManualClock(at: .seconds(1_000_000))
        let folder: TemporaryFolder
        let session: Session
        let sales: MemoryStream

        let said = Collected<String>()

        init() throws {
            folder = try TemporaryFolder()
            let said = said
            var configuration = SessionConfiguration.quiet
            configuration.manualClock = clock
            configuration.workerCount = 2
            configuration.checksColumns = true
            configuration.log = { level, line in if level == .warning { said.append(line) } }
            session = Session(appName: "test", configuration: configuration)
            sales = MemoryStream(session, schema: Schema([Field("shop", .string)]))
            try sales.toDF().createOrReplaceTempView("sales")
        }

        func write(_ name: String, _ text: String) throws {
            let disk = RealDisk()
            let path = "\(folder.path)/\(name)"
            try disk.createDirectories(DiskPath.parent(of: path))
            let file = try OpenFile(path, .createExclusive, disk: disk)
            try Array(text.utf8).withUnsafeBytes { try file.write([$0], at: 0) }
            file.close()
        }

        func define(_ table: String, _ columns: String, _ options: String = "") throws {
            let options = options.isEmpty ? "" : "OPTIONS (\(options)) "
            try session.sql(
                "CREATE TABLE \(table) (\(columns)) USING json \(options)LOCATION '\(folder.path)/\(table)'")
        }

        /// What a batch with one sale of a shop gives.
        func sell(_ shop: String, _ query: StreamingQuery, _ table: String) async throws -> [String] {
            let before = try session.table(table).count()
            try sales.addData([.string(shop)])
            try await query.processAllAvailable()
            let rows = try session.table(table).collect().dropFirst(Int(before))
            return rows.map { row in
                row.values.map { value in
                    switch value {
                    case .string(let text): text
                    case .long(let number): "\(number)"
                    default: "NULL"
                    }
                }.joined(separator: " ")
            }.sorted()
        }
    }

    @Test("a table with refreshInterval is read again between two batches, once its time has come, and no other is")
    func refresh() async throws {
        let fixture = try Fixture()
        try fixture.write("shops/1.json", #"{"shop":"a","city":"Berlin"}"#)
        try fixture.write("open/1.json", #"{"shop":"a"}"#)
        try fixture.define("shops", "shop STRING, city STRING", "refreshInterval '10m'")
        try fixture.define("open", "shop STRING")
        let frame = try fixture.session.sql(
            """
            SELECT s.shop, city, n FROM sales s
            JOIN (SELECT shop, max(city) AS city, count(*) AS n FROM shops GROUP BY shop) t ON t.shop = s.shop
            WHERE s.shop IN (SELECT shop FROM open)
            """)
        #expect(
            try frame.explained("simple").contains(
                "Table 0 json[\(fixture.folder.path)/shops] [shop, city], read again every 10m"))
        #expect(try frame.explained("simple").contains("Table 1 json[\(fixture.folder.path)/open] [shop]\n"))
        let query = try await frame.writeStream.format("memory").queryName("result").start()
        #expect(try await fixture.sell("a", query, "result") == ["a Berlin 1"])
        #expect(query.lastProgress?.tables.map(\.readAt) == ["1970-01-12T13:46:40.000Z"])
        #expect(
            query.lastProgress?.json.contains(#""tables":[{"description":"json [\#(fixture.folder.path)/shops]""#)
                == true)

        try fixture.write("shops/2.json", #"{"shop":"a","city":"Bonn"}\#n{"shop":"b","city":"Rome"}"#)
        try fixture.write("open/2.json", #"{"shop":"b"}"#)
        fixture.clock.advance(by: .seconds(599))
        #expect(try await fixture.sell("a", query, "result") == ["a Berlin 1"])
        fixture.clock.advance(by: .seconds(1))
        #expect(try await fixture.sell("a", query, "result") == ["a Bonn 2"])
        #expect(query.lastProgress?.tables.map(\.readAt) == ["1970-01-12T13:56:40.000Z"])
        #expect(query.lastProgress?.durations.contains { $0.name == "readTables" } == true)
        // The other table is what it was.
        #expect(try await fixture.sell("b", query, "result") == [])
        #expect(query.lastProgress?.durations.contains { $0.name == "readTables" } == false)
        await query.stop()
        #expect(query.exception == nil)
    }

    @Test("a table that is joined with one that is read again is read with it")
    func together() async throws {
        let fixture = try Fixture()
        try fixture.write("shops/1.json", #"{"shop":"a","country":1}"#)
        try fixture.write("countries/1.json", #"{"id":1,"name":"Italy"}"#)
        try fixture.define("shops", "shop STRING, country INT", "refreshInterval '1h'")
        try fixture.define("countries", "id INT, name STRING")
        let frame = try fixture.session.sql(
            """
            SELECT s.shop, t.name FROM sales s
            LEFT JOIN (SELECT shop, name FROM shops JOIN countries ON country = id) t ON t.shop = s.shop
            """)
        let query = try await frame.writeStream.format("memory").queryName("result").start()
        #expect(try await fixture.sell("b", query, "result") == ["b NULL"])
        try fixture.write("shops/2.json", #"{"shop":"b","country":2}"#)
        try fixture.write("countries/2.json", #"{"id":2,"name":"Chile"}"#)
        fixture.clock.advance(by: .seconds(3600))
        #expect(try await fixture.sell("b", query, "result") == ["b Chile"])
        #expect(try await fixture.sell("a", query, "result") == ["a Italy"])
        await query.stop()
    }

    @Test("a batch that runs again says so where it meets other rows of a table than it was planned with")
    func otherRowsInASecondRun() async throws {
        let fixture = try Fixture()
        try fixture.write("shops/1.json", #"{"shop":"a","city":"Berlin"}"#)
        try fixture.write("countries/1.json", #"{"shop":"a","country":"x"}"#)
        try fixture.define("shops", "shop STRING, city STRING")
        try fixture.define("countries", "shop STRING, country STRING")
        let frame = try fixture.session.sql("SELECT * FROM sales JOIN shops USING (shop) JOIN countries USING (shop)")
        let checkpoint = "\(fixture.folder.path)/checkpoint"
        func run() async throws {
            let query = try await frame.writeStream.foreachBatch { _, _ in }
                .option("checkpointLocation", checkpoint).start()
            try await query.processAllAvailable()
            await query.stop()
        }
        try fixture.sales.addData([.string("a")])
        try await run()
        // The same rows: nothing to say.
        #expect(try CheckpointDirectory(checkpoint).dropNewestCommit() == 0)
        try await run()
        #expect(fixture.said.all.filter { $0.contains("other rows") } == [])
        #expect(try CheckpointDirectory(checkpoint).dropNewestCommit() == 0)
        try fixture.write("shops/2.json", #"{"shop":"a","city":"Bonn"}"#)
        try await run()
        #expect(
            fixture.said.all.filter { $0.contains("other rows") } == [
                "batch 0 runs again, and meets other rows of json [\(fixture.folder.path)/shops] than it was planned "
                    + "with: the tables have changed since, and what they were is not kept"
            ])
    }

    @Test("what is read again shows its mistakes: a path that is gone ends the query")
    func gone() async throws {
        let fixture = try Fixture()
        try fixture.write("shops/1.json", #"{"shop":"a"}"#)
        try fixture.define("shops", "shop STRING", "refreshInterval '1s'")
        let frame = try fixture.session.sql("SELECT s.shop FROM sales s JOIN shops USING (shop)")
        let query = try await frame.writeStream.format("memory").queryName("result").start()
        #expect(try await fixture.sell("a", query, "result") == ["a"])
        TemporaryDirectory.remove("\(fixture.folder.path)/shops")
        fixture.clock.advance(by: .seconds(1))
        try fixture.sales.addData([.string("a")])
        let error = await #expect(throws: MillraceError.self) { try await query.awaitTermination() }
        #expect(error?.code == "PATH_NOT_FOUND")
    }

    @Test(
        "an option that says something about the rows is refused where the role has none such",
        arguments: [
            ("kafka", "endingOffsets 'latest'", "endingOffsets"), ("kafka", "endingTimestamp '1'", "endingTimestamp"),
            ("kafka", "endingOffsetsByTimestamp '{}'", "endingOffsetsByTimestamp"),
            ("kafka", "refreshInterval '1s'", "refreshInterval"),
            ("json", "modifiedAfter '2026-01-01'", "modifiedAfter"),
            ("csv", "refreshInterval '1s'", "refreshInterval"),
        ])
    func rolesOfOptions(format: String, option: String, name: String) throws {
        let session = Session(appName: "test", configuration: .quiet)
        let isKafka = format == "kafka"
        try session.sql(
            "CREATE TABLE t \(isKafka ? "" : "(a INT)") USING \(format) OPTIONS (\(option), "
                + (isKafka ? "`kafka.bootstrap.servers` 'nowhere:1', subscribe 'a')" : "path '/tmp')"))
        let error = #expect(throws: MillraceError.self) { try session.sql("SELECT * FROM STREAM t") }
        #expect(error?.code == "INVALID_OPTION", "\(String(describing: error))")
        #expect(
            error?.message.hasPrefix("line 1, column 22: option '\(name)' of the \(format)") == true,
            "\(String(describing: error))")
    }

    @Test("what another role takes is none of a stream's business")
    func optionsOfOtherRoles() throws {
        let session = Session(appName: "test", configuration: .quiet)
        try session.sql(
            """
            CREATE TABLE k USING kafka OPTIONS (`kafka.bootstrap.servers` 'nowhere:1', topic 'a',
                delivery 'at-least-once', maxOffsetsPerTrigger 5)
            """)
        try session.sql("CREATE TABLE j (a INT) USING json OPTIONS (primitivesAsString 'true', path '/tmp')")
        for query in ["SELECT * FROM STREAM k", "SELECT * FROM k", "SELECT * FROM STREAM j"] {
            _ = try session.sql(query).schema
        }
    }

    @Test("intervals that make no sense", arguments: ["0s", "soon", "-1m"])
    func intervals(_ text: String) throws {
        let session = Session(appName: "test", configuration: .quiet)
        let error = #expect(throws: MillraceError.self) {
            try session.read.option("refreshInterval", text).schema("a INT").json("/tmp").collect()
        }
        #expect(error?.code == "INVALID_OPTION", "\(String(describing: error))")
    }
}

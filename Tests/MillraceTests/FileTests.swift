// JSON files through the public API: tables, and streams over restarts.

import DurableFiles
import Millrace
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite struct FileTests {
    private static let session = Session(appName: "test", configuration: .quiet)

    /// A folder of JSON files.
    private struct Files {
        let folder: TemporaryFolder
        private let disk = RealDisk()

        init() throws { folder = try TemporaryFolder() }

        var path: String { folder.path + "/in" }

        func write(_ name: String, _ text: String, second: Int = 0) throws {
            let path = path + "/" + name
            try disk.createDirectories(DiskPath.parent(of: path))
            // Written elsewhere and moved, as a program should.
            let draft = folder.path + "/draft"
            let file = try OpenFile(draft, .createExclusive, disk: disk)
            try Array(text.utf8).withUnsafeBytes { try file.write([$0], at: 0) }
            file.close()
            let time = timespec(tv_sec: 1_790_000_000 + second, tv_nsec: 0)
            var times = [time, time]
            utimensat(AT_FDCWD, draft, &times, 0)
            rename(draft, path)
        }
    }

    @Test("a table of files: schema inferred or given, folders as columns, only what is asked for is read")
    func table() throws {
        let files = try Files()
        try files.write("day=2026-01-01/a.json", "{\"shop\":\"a\",\"amount\":1}\n{\"shop\":\"b\",\"amount\":2.5}")
        try files.write("day=2026-01-02/b.json", "{\"shop\":\"a\",\"amount\":3,\"more\":[1]}")
        let inferred = Self.session.read.json(files.path)
        #expect(
            try inferred.schema.description == "amount DOUBLE, more ARRAY<BIGINT>, shop STRING, day DATE")
        let rows = try inferred.groupBy("shop", "day").agg(sum("amount").as("s")).collect()
        #expect(rows.count == 3)
        let given = Self.session.read.schema("shop STRING NOT NULL, amount DECIMAL(10,2)").json(files.path)
        #expect(try given.schema.description == "shop STRING, amount DECIMAL(10,2), day DATE")
        #expect(try given.count() == 3)
        #expect(
            try given.filter("day = DATE '2026-01-02'").select("amount").collect().map(\.values) == [
                [.decimal(unscaled: 300, scale: 2)]
            ])
    }

    @Test("what is wrong is told in Spark's words")
    func errors() throws {
        let files = try Files()
        try files.write("a.json", "{\"a\":1}\nno")
        func code(_ frame: DataFrame) -> String? {
            do {
                _ = try frame.collect()
                return nil
            } catch let error as MillraceError {
                return error.code
            } catch {
                return "\(error)"
            }
        }
        let read = Self.session.read.format("json")
        #expect(code(read.load(files.path + "/no")) == "PATH_NOT_FOUND")
        #expect(code(read.load()) == "INVALID_OPTION")
        #expect(
            code(read.schema("a INT").option("mode", "FAILFAST").load(files.path))
                == "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION")
        #expect(code(read.schema("a INT,").load(files.path)) == "PARSE_SYNTAX_ERROR")
        #expect(
            code(read.schema("a INT, _corrupt_record STRING").load(files.path).select("_corrupt_record"))
                == "UNSUPPORTED_FEATURE.QUERY_ONLY_CORRUPT_RECORD_COLUMN")
        #expect(code(Self.session.read.format("kafka").schema("a INT").load()) == "INVALID_SCHEMA")
        let stream = #expect(throws: MillraceError.self) {
            try Self.session.readStream.json(files.path).schema
        }
        #expect(stream?.message == "schema must be specified when creating a streaming source DataFrame")
        // Where in a file a row that a query fails on comes from.
        let bad = #expect(throws: MillraceError.self) {
            try read.schema("a STRING").load(files.path).selectExpr("CAST(concat(a, 'x') AS INT) AS i").collect()
        }
        #expect(bad?.message.contains("line 1 of \(files.path)/a.json") == true, "\(bad.map { "\($0)" } ?? "")")
    }

    enum Way: CaseIterable { case straight, restart, otherWorkers }

    @Test("a stream reads each file once, in the order of their times, over restarts", arguments: Way.allCases)
    func stream(_ way: Way) async throws {
        let files = try Files()
        let checkpoint = files.folder.path + "/checkpoint"
        var workers = 2
        var session = Session(appName: "test", configuration: .quiet)
        func start() async throws -> StreamingQuery {
            var configuration = SessionConfiguration.quiet
            configuration.workerCount = workers
            session = Session(appName: "test", configuration: configuration)
            return try await session.readStream.schema("shop STRING, amount BIGINT").option("maxFilesPerTrigger", 1)
                .json(files.path).groupBy("shop").agg(sum("amount").as("total"))
                .writeStream.outputMode("complete").format("memory").queryName("totals")
                .option("checkpointLocation", checkpoint).start()
        }
        try files.write("1.json", "{\"shop\":\"a\",\"amount\":1}\n{\"shop\":\"b\",\"amount\":2}", second: 1)
        var query = try await start()
        var total: Int64 = 1
        for index in 2..<6 {
            try await query.processAllAvailable()
            let rows = try session.table("totals").collect()
            #expect(
                Set(rows.map { $0.values }) == [[.string("a"), .long(total)], [.string("b"), .long(2)]], "\(index)")
            if way != .straight {
                await query.stop()
                if way == .otherWorkers { workers = index % 3 + 1 }
            }
            try files.write("\(index).json", "{\"shop\":\"a\",\"amount\":\(index)}", second: index)
            total += Int64(index)
            if way != .straight { query = try await start() }
        }
        try await query.processAllAvailable()
        await query.stop()
        let rows = try session.table("totals").collect()
        #expect(Set(rows.map { $0.values }) == [[.string("a"), .long(total)], [.string("b"), .long(2)]])
        let verified = try CheckpointDirectory(checkpoint).verify()
        #expect(verified.whole.contains { $0.contains("/sources/0/") })
    }
}

// Streams and tables into files through the public API and SQL.

import DurableFiles
import TestSupport
import Testing

@testable import Millrace

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite struct FileSinkStreamTests {
    private let session = Session(appName: "test", configuration: .quiet)
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private var out: String { folder.path + "/out" }

    private func write(_ name: String, _ text: String) throws {
        let disk = RealDisk()
        let path = folder.path + "/" + name
        try disk.createDirectories(DiskPath.parent(of: path))
        let file = try OpenFile(path, .createExclusive, disk: disk)
        try Array(text.utf8).withUnsafeBytes { try file.write([$0], at: 0) }
        file.close()
    }

    private func stream() -> DataFrame {
        session.readStream.schema("k STRING, n BIGINT").option("maxFilesPerTrigger", 1).json(folder.path + "/in")
    }

    /// Reads what is there, batch by batch.
    private func run(_ writer: DataStreamWriter, checkpoint: String = "c") async throws {
        let query = try await writer.option("checkpointLocation", folder.path + "/" + checkpoint)
            .trigger(.availableNow).start(out)
        try await query.awaitTermination()
    }

    private func rows() throws -> [[Value]] {
        try session.read.schema("k STRING, n BIGINT").json(out).select("k", "n").orderBy("n").collect().map(\.values)
    }

    private func error(_ body: () async throws -> Void) async -> MillraceError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? MillraceError
        }
    }

    @Test("F05: two batches into folders, a restart, and no row twice")
    func partitions() async throws {
        try write("in/a.json", "{\"k\":\"a\",\"n\":1}\n{\"k\":\"b\",\"n\":2}")
        try write("in/b.json", "{\"k\":\"a\",\"n\":3}")
        let writer = stream().writeStream.format("json").partitionBy("k")
        try await run(writer)
        #expect(try rows() == [[.string("a"), .long(1)], [.string("b"), .long(2)], [.string("a"), .long(3)]])
        try await run(writer)
        try write("in/c.json", "{\"n\":4}")
        try await run(writer)
        #expect(try rows().last == [.null, .long(4)])
        #expect(try rows().count == 4)
        let manifests = try RealDisk().list(out + "/_spark_metadata").filter { Int($0) != nil }
        #expect(manifests == ["0", "1", "2"])
        #expect(try RealDisk().list(out + "/k=a").count == 2)
    }

    @Test("another checkpoint, a directory that was emptied and another mode are refused by name")
    func refusals() async throws {
        try write("in/a.json", "{\"k\":\"a\",\"n\":1}")
        let writer = stream().writeStream.format("json")
        let wrong = await error { try await run(writer.outputMode(.update)) }
        #expect(wrong?.code.hasPrefix("STREAMING_OUTPUT_MODE.") == true, "\(String(describing: wrong))")
        // As in Spark before what keeps the query from the mode.
        let bare = await error { try await run(writer.outputMode(.complete)) }
        #expect(bare?.code == "STREAMING_OUTPUT_MODE.UNSUPPORTED_DATASOURCE")
        let counted = stream().groupBy("k").count().writeStream.format("json").outputMode(.complete)
        let complete = await error { try await run(counted) }
        #expect(complete?.code == "STREAMING_OUTPUT_MODE.UNSUPPORTED_DATASOURCE")
        let unnamed = await error { _ = try await writer.start(out) }
        #expect(unnamed?.message.contains("checkpointLocation") == true)
        let nowhere = await error { _ = try await writer.option("checkpointLocation", "\(folder.path)/n").start() }
        #expect(nowhere?.message == "there is no path")
        let remote = await error {
            _ = try await writer.option("checkpointLocation", "\(folder.path)/n").start("s3a://bucket/out")
        }
        #expect(remote?.message.contains("there is no file system 's3a'") == true)

        try await run(writer)
        let other = await error { try await run(writer, checkpoint: "d") }
        #expect(other?.code == "OUTPUT_TAKEN", "\(String(describing: other))")
        #expect(try rows().count == 1)
        let elsewhere = await error {
            _ = try await writer.option("checkpointLocation", folder.path + "/c").start(folder.path + "/elsewhere")
        }
        #expect(elsewhere?.code == "SINK_CHANGED")
        #expect(elsewhere?.message.contains("directory '\(out)'") == true)
        TemporaryDirectory.remove(out)
        let gone = await error { try await run(writer) }
        #expect(gone?.code == "MARKER_MISSING", "\(String(describing: gone))")
        try write("in/b.json", "{\"k\":\"b\",\"n\":2}")
        try await run(writer.option("onMarkerLost", "replay"))
        try await run(writer)
        #expect(try rows() == [[.string("b"), .long(2)]])
    }

    @Test("where the manifest alone is gone, onMarkerLost says how a query goes on, and each row is there once")
    func manifestLost() async throws {
        try write("in/a.json", "{\"k\":\"a\",\"n\":1}")
        try write("in/b.json", "{\"k\":\"b\",\"n\":2}")
        let writer = stream().writeStream.format("json")
        for policy in ["replay", "skip"] {
            try await run(writer, checkpoint: policy)
            TemporaryDirectory.remove(out + "/_spark_metadata")
            let refused = await error { try await run(writer, checkpoint: policy) }
            #expect(refused?.code == "MARKER_MISSING", "\(String(describing: refused))")
            #expect(refused?.hint?.contains("onMarkerLost") == true)
            try await run(writer.option("onMarkerLost", policy), checkpoint: policy)
            #expect(try rows() == [[.string("a"), .long(1)], [.string("b"), .long(2)]])
            for name in try RealDisk().list(out + "/_spark_metadata") {
                _ = try RealDisk().remove(out + "/_spark_metadata/" + name)
            }
            // Once more, with a file that is new: a manifest whose files are gone is gone, too.
            try write("in/\(policy).json", "{\"k\":\"c\",\"n\":3}")
            try await run(writer.option("onMarkerLost", policy), checkpoint: policy)
            #expect(try rows().last == [.string("c"), .long(3)])
            #expect(try rows().count == 3)
            _ = try RealDisk().remove(folder.path + "/in/\(policy).json")
            for name in try RealDisk().list(out + "/_spark_metadata") {
                _ = try RealDisk().remove(out + "/_spark_metadata/" + name)
            }
            TemporaryDirectory.remove(out + "/_spark_metadata")
            TemporaryDirectory.remove(out)
        }
    }

    @Test("CREATE TABLE AS takes a directory that is empty, and no other; a path is not empty")
    func createdTables() throws {
        try RealDisk().createDirectories(out)
        let create = "CREATE TABLE t USING json LOCATION 'OUT' AS SELECT 1 AS a"
        try sql(create)
        #expect(try session.table("t").collect().map(\.values) == [[.integer(1)]])
        _ = try session.sql("DROP TABLE t")
        let full = #expect(throws: MillraceError.self) { try sql(create) }
        #expect(full?.code == "PATH_ALREADY_EXISTS")
        // A frame is not saved over a directory, as in Spark.
        try RealDisk().createDirectories(folder.path + "/empty")
        let saved = #expect(throws: MillraceError.self) {
            try session.sql("SELECT 1 AS a").write.json(folder.path + "/empty")
        }
        #expect(saved?.code == "PATH_ALREADY_EXISTS")
        for path in ["OPTIONS (path '')", "LOCATION ''"] {
            let error = #expect(throws: MillraceError.self) {
                _ = try session.sql("CREATE TABLE u (a INT) USING json \(path)")
            }
            #expect(error?.code == "INVALID_EMPTY_LOCATION")
        }
    }

    @Test("an aggregation behind a watermark: groups come when they are final")
    func windows() async throws {
        func line(_ minute: Int) -> String { "{\"t\":\"2026-11-27T10:\(minute < 10 ? "0" : "")\(minute):00Z\"}\n" }
        for (index, minutes) in [[1, 2, 11], [25], [50]].enumerated() {
            try write("in/\(index).json", minutes.map(line).joined())
        }
        let counts = session.readStream.schema("t TIMESTAMP").option("maxFilesPerTrigger", 1).json(folder.path + "/in")
            .withWatermark("t", "5 minutes").groupBy(window(col("t"), "10 minutes")).count()
            .selectExpr("date_format(window.start, 'HH:mm') AS start", "count AS n")
        try await run(counts.writeStream.format("json"))
        let rows = try session.read.schema("start STRING, n BIGINT").json(out).orderBy("start").collect()
        #expect(
            rows.map(\.values) == [
                [.string("10:00"), .long(2)], [.string("10:10"), .long(1)], [.string("10:20"), .long(1)],
            ])
    }

    @Test("tables are written in all modes; what is read is what was written")
    func tables() throws {
        let frame = try session.sql("SELECT id, id % 2 AS part, CAST(id AS STRING) AS text FROM range(10)")
        try frame.write.partitionBy("part").json(out)
        let read = { self.session.read.json(self.out) }
        #expect(try read().schema.description == "id BIGINT, text STRING, part INT")
        #expect(try read().filter("part = 1").count() == 5)
        let exists = #expect(throws: MillraceError.self) { try frame.write.json(out) }
        #expect(exists?.code == "PATH_ALREADY_EXISTS")
        try frame.write.mode("ignore").json(out)
        try frame.write.mode(.append).partitionBy("part").json(out)
        #expect(try read().count() == 20)
        // A frame may overwrite what it reads: it has read it all by then.
        try read().filter("id < 3").write.mode("overwrite").partitionBy("part").json(out)
        #expect(try read().count() == 6)
        let mode = #expect(throws: MillraceError.self) { try frame.write.mode("replace").json(out) }
        #expect(mode?.code == "INVALID_SAVE_MODE")
        let kafka = #expect(throws: MillraceError.self) {
            try frame.write.mode("overwrite").format("kafka").option("topic", "t").save()
        }
        #expect(kafka?.code == "UNSUPPORTED_FEATURE")
        let folders = #expect(throws: MillraceError.self) { try frame.write.format("noop").partitionBy("id").save() }
        #expect(folders?.code == "UNSUPPORTED_FEATURE")
        try frame.select("text").write.mode("overwrite").text(out)
        #expect(try session.read.text(out).count() == 10)
    }

    // MARK: SQL

    private func sql(_ script: String) throws {
        for statement in try SQLScript(script.replacing("OUT", with: out)).statements {
            if case .insert(let insert) = try session.execute(statement) { try insert.run() }
        }
    }

    private func longs(_ sql: String) throws -> [Int64] {
        try session.sql(sql).collect().compactMap { if case .long(let number) = $0[0] { number } else { nil } }
    }

    @Test("CREATE TABLE ... AS, INSERT INTO and INSERT OVERWRITE of files")
    func statements() throws {
        try sql(
            "CREATE TABLE t USING json LOCATION 'OUT' PARTITIONED BY (k) AS SELECT id % 2 AS k, id AS n FROM range(4)")
        #expect(try session.sql("SELECT * FROM t").schema.description == "n BIGINT, k BIGINT")
        #expect(try longs("SELECT n FROM t ORDER BY n") == [0, 1, 2, 3])
        try sql("INSERT INTO t VALUES (10, 7)")
        #expect(try longs("SELECT k FROM t WHERE n = 10") == [7])
        try sql("INSERT OVERWRITE t SELECT n + 100, k FROM t WHERE k = 7")
        #expect(try longs("SELECT n FROM t") == [110])
        let again = #expect(throws: MillraceError.self) {
            try sql("CREATE TABLE u USING json LOCATION 'OUT' AS SELECT 1 AS n")
        }
        #expect(again?.code == "PATH_ALREADY_EXISTS")
        #expect(throws: MillraceError.self) { try session.sql("SELECT * FROM u") }
        try sql("CREATE OR REPLACE TABLE t USING csv OPTIONS (path 'OUT', header 'true') AS SELECT 5 AS a, 'x' AS b")
        #expect(try session.sql("SELECT a, b FROM t").collect().map(\.values) == [[.integer(5), .string("x")]])
        #expect(try session.read.option("header", true).csv(out).schema.names == ["a", "b"])
        try sql("CREATE TABLE m AS SELECT 1 AS n; INSERT OVERWRITE TABLE m SELECT 2")
        #expect(try session.sql("SELECT n FROM m").collect().map(\.values) == [[.integer(2)]])
    }

    @Test("the example of the documentation runs as written")
    func example() async throws {
        try write("orders/1.json", File.lines("Examples/SQL/orders.json").joined(separator: "\n"))
        var script = try File.lines("Examples/SQL/files.sql").filter { !$0.hasPrefix("--") }.joined(separator: "\n")
        for name in ["orders", "sales"] { script = script.replacing("'\(name)'", with: "'\(folder.path)/\(name)'") }
        for statement in try SQLScript(script).statements {
            guard case .insert(let insert) = try session.execute(statement) else { continue }
            let query = try await insert.writer().option("checkpointLocation", folder.path + "/c")
                .trigger(.availableNow).start()
            try await query.awaitTermination()
        }
        let written = try session.sql(
            "SELECT item, sum(price * number) AS total FROM sales GROUP BY item ORDER BY item")
        let read = session.read.schema("item STRING, price DECIMAL(10,2), number INT").json(folder.path + "/orders")
            .groupBy("item").agg(expr("sum(price * number) AS total")).orderBy("item")
        #expect(try written.collect().map(\.values) == read.collect().map(\.values))
    }

    @Test("a stream INSERTed into a table of files, with its folders")
    func streamedInsert() async throws {
        try write("in/a.json", "{\"k\":\"a\",\"n\":1}\n{\"k\":\"b\",\"n\":2}")
        try stream().createOrReplaceTempView("s")
        try sql("CREATE TABLE t (n BIGINT, k STRING) USING json PARTITIONED BY (k) LOCATION 'OUT'")
        let statement = try #require(try SQLScript("INSERT INTO t SELECT n, k FROM s").statements.first)
        guard case .insert(let insert) = try session.execute(statement) else { return }
        let query = try await insert.writer().option("checkpointLocation", folder.path + "/c")
            .trigger(.availableNow).start()
        try await query.awaitTermination()
        #expect(try longs("SELECT n FROM t ORDER BY k") == [1, 2])
        // What a stream writes is its alone.
        let error = #expect(throws: MillraceError.self) { try sql("INSERT INTO t VALUES (3, 'c')") }
        #expect(error?.code == "OUTPUT_TAKEN")
        let overwritten = #expect(throws: MillraceError.self) { try sql("INSERT OVERWRITE t SELECT n, k FROM s") }
        #expect(overwritten?.code == "UNSUPPORTED_FEATURE")
    }
}

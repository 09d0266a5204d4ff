// Tables in memory that statements and several streams write: nobody's rows get lost, and promises are kept.

import DurableFiles
import TestSupport
import Testing

@testable import Millrace

@Suite struct SQLTableTests {
    private let session = Session(appName: "test", configuration: .quiet)
    private static let numbers = Schema([Field("n", .long)])

    private func run(_ script: String) throws {
        for statement in try SQLScript(script).statements {
            if case .insert(let insert) = try session.execute(statement) { try insert.run() }
        }
    }

    private func insert(_ sql: String) throws -> SQLInsert {
        let statement = try #require(try SQLScript(sql).statements.first)
        guard case .insert(let insert) = try session.execute(statement) else { throw MissingInsert() }
        return insert
    }

    private struct MissingInsert: Error {}

    private func longs(_ sql: String) throws -> [Int64] {
        try session.sql(sql).collect().compactMap { if case .long(let number) = $0[0] { number } else { nil } }
    }

    private func stream(_ name: String) throws -> MemoryStream {
        let stream = MemoryStream(session, schema: Self.numbers)
        try stream.toDF().createOrReplaceTempView(name)
        return stream
    }

    // MARK: Several writers

    @Test("streams and INSERTs into one table keep each other's rows, whatever the numbers of their batches")
    func severalWriters() async throws {
        try run("CREATE TABLE t (n BIGINT); INSERT INTO t VALUES (100)")
        let (one, two) = (try stream("one"), try stream("two"))
        let first = try await insert("INSERT INTO t SELECT n FROM one").writer().start()
        let second = try await insert("INSERT INTO t SELECT n + 10 FROM two").writer().start()
        for number in 1...2 as ClosedRange<Int64> {
            try one.addData([.long(number)])
            try two.addData([.long(number)])
            try await first.processAllAvailable()
            try await second.processAllAvailable()
        }
        try run("INSERT INTO t VALUES (200)")
        #expect(try longs("SELECT n FROM t ORDER BY n") == [1, 2, 11, 12, 100, 200])
        // One that writes its whole result replaces what it has written itself.
        let whole = try insert("INSERT INTO t SELECT sum(n) + 1000 AS n FROM one").writer().outputMode(.complete)
        let third = try await whole.start()
        try await third.processAllAvailable()
        try one.addData([.long(3)])
        try await first.processAllAvailable()
        try await third.processAllAvailable()
        #expect(try longs("SELECT n FROM t ORDER BY n") == [1, 2, 3, 11, 12, 100, 200, 1006])
        for query in [first, second, third] { await query.stop() }
    }

    @Test("a query that is only checked changes no table")
    func checks() async throws {
        try run("CREATE TABLE t (n BIGINT)")
        let input = try stream("input")
        let running = try await insert("INSERT INTO t SELECT n FROM input").writer().start()
        try input.addData([.long(1)])
        try await running.processAllAvailable()
        try insert("INSERT INTO t SELECT count(*) FROM input").writer().outputMode(.complete).check()
        try input.addData([.long(2)])
        try await running.processAllAvailable()
        #expect(try longs("SELECT n FROM t ORDER BY n") == [1, 2])
        await running.stop()

        let memory = input.toDF().writeStream.format("memory").queryName("kept").trigger(.availableNow)
        try await memory.start().awaitTermination()
        try memory.check()
        #expect(try session.table("kept").count() == 2)
        try input.toDF().writeStream.format("memory").queryName("never").check()
        #expect(throws: MillraceError.self) { try session.table("never") }
    }

    @Test("a stream that goes on from its checkpoint adds to its rows")
    func goesOn() async throws {
        let folder = try TemporaryFolder()
        try run("CREATE TABLE t (n BIGINT)")
        let input = try stream("input")
        for number in 1...2 as ClosedRange<Int64> {
            try input.addData([.long(number)])
            let writer = try insert("INSERT INTO t SELECT n FROM input").writer().trigger(.availableNow)
            try await writer.option("checkpointLocation", folder.path).start().awaitTermination()
        }
        #expect(try longs("SELECT n FROM t ORDER BY n") == [1, 2])
    }

    // MARK: NOT NULL

    @Test(
        "NULL stays out of columns that are NOT NULL, and out of parts of them",
        arguments: [
            ("INSERT INTO t SELECT n, 'x', named_struct('x', 1) FROM numbers", "column a of t"),
            (
                "INSERT INTO t VALUES (1, NULL, named_struct('x', 1)), (NULL, NULL, named_struct('x', 1))",
                "column a of t"
            ),
            ("INSERT INTO t VALUES (1, 'x', named_struct('x', CAST(NULL AS INT)))", "column s.x of t"),
        ])
    func notNull(sql: String, place: String) throws {
        try session.createDataFrame([[.long(1)], [.null]], schema: Self.numbers).createOrReplaceTempView("numbers")
        try run("CREATE TABLE t (a BIGINT NOT NULL, b STRING, s STRUCT<x: INT NOT NULL>)")
        try run("INSERT INTO t VALUES (7, NULL, NULL)")
        let error = #expect(throws: MillraceError.self) { try run(sql) }
        #expect(error?.code == "NOT_NULL_ASSERT_VIOLATION", "\(String(describing: error))")
        #expect(error?.message.contains(place) == true, "\(String(describing: error))")
        // Nothing of a refused INSERT is there.
        #expect(try longs("SELECT a FROM t") == [7])
    }

    @Test("a stream that brings a NULL for a column that is NOT NULL ends")
    func notNullInStreams() async throws {
        try run("CREATE TABLE t (n BIGINT NOT NULL)")
        let input = try stream("input")
        try input.addData([.long(1)], [.null])
        let query = try await insert("INSERT INTO t SELECT n FROM input").writer().trigger(.availableNow).start()
        let error = await #expect(throws: MillraceError.self) { try await query.awaitTermination() }
        #expect(error?.code == "NOT_NULL_ASSERT_VIOLATION")
        #expect(try longs("SELECT n FROM t") == [])
    }

    // MARK: CREATE TABLE ... AS

    @Test("a table that comes with its rows is there when they are, and the one before stays until then")
    func createsWithRows() throws {
        try run("CREATE TABLE t AS SELECT 1L AS n; INSERT INTO t VALUES (NULL)")
        let bad = "AS SELECT CAST(s AS BIGINT) AS n FROM VALUES ('x') AS v (s)"
        #expect(throws: MillraceError.self) { try run("CREATE OR REPLACE TABLE t \(bad)") }
        #expect(throws: MillraceError.self) { try run("CREATE TABLE u \(bad)") }
        #expect(try longs("SELECT n FROM t") == [1])
        #expect(throws: MillraceError.self) { try session.table("u") }
        // A statement that is read and never carried out, too.
        _ = try insert("CREATE OR REPLACE TABLE t AS SELECT 2L AS n")
        #expect(try longs("SELECT n FROM t") == [1])
        try run("CREATE OR REPLACE TABLE t AS SELECT n + 1L AS n FROM t")
        #expect(try longs("SELECT n FROM t") == [2])
    }

    @Test("a table that comes with a stream is there when the stream has started")
    func createsWithStream() async throws {
        let input = try stream("input")
        try run("CREATE TABLE t AS SELECT 1L AS n")
        let writer = try insert("CREATE OR REPLACE TABLE t AS SELECT n FROM input").writer()
        try writer.check()
        await #expect(throws: MillraceError.self) {
            try await writer.option("checkpointLocation", "/dev/null/no").start()
        }
        #expect(try longs("SELECT n FROM t") == [1])
        let query = try await writer.start()
        #expect(try longs("SELECT n FROM t") == [])
        try input.addData([.long(5)])
        try await query.processAllAvailable()
        #expect(try longs("SELECT n FROM t") == [5])
        await query.stop()
    }

    // MARK: Small things

    @Test("DESCRIBE tells the columns of what is only a stream or only a sink")
    func describes() throws {
        try run("CREATE TABLE r USING rate; CREATE TABLE c USING console OPTIONS (numRows 5)")
        let columns = try session.sql("DESCRIBE r").collect().map { "\($0[0]) \($0[1])" }
        #expect(columns == ["timestamp timestamp", "value bigint"])
        #expect(try session.sql("DESCRIBE c").collect().isEmpty)
        let extended = try session.sql("DESCRIBE EXTENDED c").collect().map { "\($0[0])=\($0[1])" }
        #expect(extended.contains("Option numRows=5"))
    }

    @Test("what is stored as text: anything but arrays, maps and structures")
    func storesText() throws {
        try run(
            """
            CREATE TABLE t (s STRING);
            INSERT INTO t SELECT CAST('bytes' AS BINARY);
            INSERT INTO t SELECT true;
            INSERT INTO t SELECT DATE'2026-11-26';
            """)
        let texts = try session.sql("SELECT s FROM t ORDER BY s").collect().map { "\($0[0])" }
        #expect(texts == ["2026-11-26", "bytes", "true"])
        for (sql, type) in [("array(1)", "STRING"), ("'x'", "BINARY"), ("1", "BOOLEAN"), ("X'00'", "INT")] {
            try run("CREATE OR REPLACE TABLE u (s \(type))")
            let error = #expect(throws: MillraceError.self) { try run("INSERT INTO u SELECT \(sql)") }
            #expect(error?.code == "INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST", "\(sql)")
        }
    }

    @Test("values of the Kafka client's options may stand in the environment or in a file")
    func valuesElsewhere() throws {
        let folder = try TemporaryFolder()
        let file = try OpenFile("\(folder.path)/servers", .createExclusive, disk: RealDisk())
        try Array("here:9092\n".utf8).withUnsafeBytes { try file.write([$0], at: 0) }
        file.close()
        func create(_ value: String) throws {
            try run("CREATE OR REPLACE TABLE k USING kafka OPTIONS (subscribe 'a', kafka.bootstrap.servers '\(value)')")
        }
        try create("@file:\(folder.path)/servers")
        let described = try session.sql("DESCRIBE EXTENDED k").collect().map { "\($0[0])=\($0[1])" }
        #expect(described.contains("Option kafka.bootstrap.servers=@file:\(folder.path)/servers"))
        guard case .table(let table)? = session.catalog["k"] else { throw MissingInsert() }
        #expect(table.options(for: .stream)["kafka.bootstrap.servers"] == "here:9092")
        for value in ["@env:MILLRACE_NOT_SET", "@file:\(folder.path)/nothing"] {
            let error = #expect(throws: MillraceError.self) { try create(value) }
            #expect(error?.code == "INVALID_OPTION", "\(value)")
        }
    }

    @Test("a table of files asks for a path when it is made, and no other does")
    func paths() throws {
        for statement in [
            "CREATE TABLE t (value STRING) USING parquet", "CREATE TABLE t USING json",
            "CREATE TABLE t (a INT) USING csv OPTIONS (header 'true')", "CREATE TABLE t USING text AS SELECT 'a' AS a",
        ] {
            let error = #expect(throws: MillraceError.self) { try run(statement) }
            #expect(error?.code == "INVALID_OPTION", "\(statement)")
            #expect(error?.message.contains("has no path, and there is no warehouse") == true, "\(statement)")
            #expect(error?.hint?.contains("LOCATION 'path'") == true, "\(statement)")
        }
        try run("CREATE TABLE r USING rate")
        let folder = try TemporaryFolder()
        try run("CREATE TABLE t (value STRING) USING parquet OPTIONS (PATH '\(folder.path)/t')")
    }

    @Test("no picture of a statement shows a password")
    func pictures() throws {
        let error = #expect(throws: MillraceError.self) {
            try run("CREATE TABLE k USING kafka OPTIONS (kafka.sasl.password 'hunter2', subscrib 'a')")
        }
        #expect(error.map { !"\($0)".contains("hunter2") && "\($0)".contains("subscrib") } == true)
    }
}

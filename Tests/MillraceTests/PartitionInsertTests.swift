// INSERT into the partitions of tables of files, and into directories.

import DurableFiles
import TestSupport
import Testing

@testable import Millrace

@Suite struct PartitionInsertTests {
    private let session = Session(appName: "test", configuration: .quiet)
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func sql(_ text: String) throws {
        for statement in try SQLScript(text.replacing("OUT", with: folder.path + "/out")).statements {
            if case .insert(let insert) = try session.execute(statement) { try insert.run() }
        }
    }

    /// The rows of `t` as texts, in order.
    private func rows(_ query: String = "SELECT * FROM t") throws -> [String] {
        try session.sql("SELECT to_json(struct(*)) AS row FROM (\(query)) ORDER BY row").collect().map {
            if case .string(let text) = $0[0] { text } else { "" }
        }
    }

    private func code(_ text: String) -> String? {
        do {
            try sql(text)
            return nil
        } catch {
            return (error as? MillraceError)?.code
        }
    }

    private func row(_ n: Int, _ k: String, _ d: Int) -> String { "{\"n\":\(n),\"k\":\"\(k)\",\"d\":\(d)}" }

    private func makeTable() throws {
        try sql(
            """
            CREATE TABLE t (n INT, k STRING, d INT) USING json PARTITIONED BY (k, d) LOCATION 'OUT';
            INSERT INTO t VALUES (1, 'a', 1), (2, 'a', 2), (3, 'b', 1);
            """)
    }

    @Test("values of PARTITION are those of all rows; columns without one are the query's last")
    func inserts() throws {
        try makeTable()
        try sql("INSERT INTO t PARTITION (k = 'c', d = 7) SELECT 4")
        try sql("INSERT INTO t PARTITION (k = 'c', d) SELECT 5, 8")
        try sql("INSERT INTO t PARTITION (k, d) SELECT 6, 'e', 9")
        try sql("INSERT INTO t PARTITION (D, K = 'f') (d, n) SELECT 10, 7")
        try sql("INSERT INTO t PARTITION (k = 5, d = '11') BY NAME SELECT 8 AS n")
        try sql("INSERT INTO t PARTITION (k = NULL, d = -1) VALUES (9)")
        #expect(
            try rows() == [
                row(1, "a", 1), row(2, "a", 2), row(3, "b", 1), row(4, "c", 7), row(5, "c", 8), row(6, "e", 9),
                row(7, "f", 10), row(8, "5", 11), "{\"n\":9,\"d\":-1}",
            ])
        #expect(try RealDisk().list(folder.path + "/out/k=c") == ["d=7", "d=8"])
    }

    @Test("overwriting takes the place of what PARTITION says, or of the folders that there are rows for")
    func overwrites() throws {
        try makeTable()
        try sql("INSERT OVERWRITE t PARTITION (k = 'a', d = 2) SELECT 4")
        #expect(try rows() == [row(1, "a", 1), row(3, "b", 1), row(4, "a", 2)])
        try sql("INSERT OVERWRITE TABLE t PARTITION (k = 'a', d) SELECT n + 10, d FROM t WHERE k = 'a' AND d = 1")
        #expect(try rows() == [row(11, "a", 1), row(3, "b", 1)])
        try sql("INSERT OVERWRITE t PARTITION (k = 'b', d = 1) SELECT 1 WHERE false")
        #expect(try rows() == [row(11, "a", 1)])
        try sql("INSERT INTO t VALUES (3, 'b', 1); SET spark.sql.sources.partitionOverwriteMode = dynamic")
        try sql("INSERT OVERWRITE t VALUES (5, 'b', 1), (6, 'c', 1)")
        #expect(try rows() == [row(11, "a", 1), row(5, "b", 1), row(6, "c", 1)])
        try sql("INSERT OVERWRITE t PARTITION (k = 'c', d) VALUES (7, 2)")
        #expect(try rows().count == 4)
        try sql(
            "RESET spark.sql.sources.partitionOverwriteMode; INSERT OVERWRITE t PARTITION (k, d) VALUES (8, 'z', 3)")
        #expect(try rows() == [row(8, "z", 3)])
        // The option counts more than the setting.
        try session.sql("SELECT 9 AS n, 'y' AS k, 4 AS d").write.mode("overwrite").partitionBy("k", "d")
            .option("partitionOverwriteMode", "DYNAMIC").json(folder.path + "/out")
        #expect(try rows() == [row(8, "z", 3), row(9, "y", 4)])
    }

    @Test("what fits no partition is refused, and nothing is written")
    func refusals() throws {
        try makeTable()
        let before = try rows()
        for (text, wanted) in [
            ("INSERT INTO t PARTITION (n = 1, k = 'a', d = 1) SELECT 1", "NON_PARTITION_COLUMN"),
            ("INSERT INTO t PARTITION (k = 'a') SELECT 1, 2", "INSERT_PARTITION_COLUMN_ARITY_MISMATCH"),
            ("INSERT INTO t PARTITION (k = 'a', d) SELECT 1", "INSERT_PARTITION_COLUMN_ARITY_MISMATCH"),
            ("INSERT INTO t PARTITION (k, d = 1) SELECT 1, 'a'", "UNSUPPORTED_FEATURE"),
            (
                "INSERT INTO t PARTITION (k = 'a', d) (n, k) SELECT 1, 'a'",
                "STATIC_PARTITION_COLUMN_IN_INSERT_COLUMN_LIST"
            ), ("INSERT INTO t PARTITION (k = 'a', d = 'x') SELECT 1", "CAST_INVALID_INPUT"),
            ("CREATE TABLE m (a INT); INSERT INTO m PARTITION (a = 1) SELECT 1", "NON_PARTITION_COLUMN"),
            ("SET spark.sql.sources.partitionOverwriteMode = all", "INVALID_CONF_VALUE"),
        ] {
            #expect(code(text) == wanted, "\(text)")
        }
        #expect(try rows() == before)
    }

    @Test("a table whose columns were found has the folders that were found, and keeps them")
    func foundFolders() throws {
        try makeTable()
        try sql("DROP TABLE t; CREATE TABLE t USING json LOCATION 'OUT'")
        try sql("INSERT INTO t SELECT 4, 'c', 1")
        #expect(try RealDisk().list(folder.path + "/out").filter { $0 != "_SUCCESS" } == ["k=a", "k=b", "k=c"])
        try sql("INSERT OVERWRITE t PARTITION (k = 'a', d) SELECT 5, 1")
        #expect(try rows() == [row(3, "b", 1), row(4, "c", 1), row(5, "a", 1)])
        try sql("INSERT OVERWRITE t SELECT 6, 'z', 2")
        #expect(try RealDisk().list(folder.path + "/out").filter { $0 != "_SUCCESS" } == ["k=z"])
        #expect(try rows() == [row(6, "z", 2)])
    }

    @Test("a stream goes into a partition, too")
    func streams() async throws {
        let input = MemoryStream(session, schema: Schema([Field("n", .integer)]))
        try input.toDF().createOrReplaceTempView("input")
        try input.addData([.integer(1)])
        try sql("CREATE TABLE t (n INT, k STRING) USING json PARTITIONED BY (k) LOCATION 'OUT'")
        let statement = try #require(
            try SQLScript("INSERT INTO t PARTITION (k = 'a') SELECT n FROM input").statements.first)
        guard case .insert(let insert) = try session.execute(statement) else { return }
        let query = try await insert.writer().option("checkpointLocation", folder.path + "/c").trigger(.availableNow)
            .start()
        try await query.awaitTermination()
        #expect(try rows() == ["{\"n\":1,\"k\":\"a\"}"])
    }

    @Test("INSERT OVERWRITE DIRECTORY writes what a query gives, in the place of what is there")
    func directories() throws {
        try sql("INSERT OVERWRITE DIRECTORY 'OUT' USING json SELECT 1 AS a, 'x' AS b")
        try sql("INSERT OVERWRITE LOCAL DIRECTORY 'OUT' USING csv OPTIONS (header 'true') SELECT 2 AS a, 'y' AS b")
        #expect(try session.read.option("header", true).csv(folder.path + "/out").schema.names == ["a", "b"])
        try sql("INSERT OVERWRITE DIRECTORY USING parquet OPTIONS (path 'OUT') SELECT 3 AS a")
        #expect(try rows("SELECT * FROM parquet.`\(folder.path)/out`") == ["{\"a\":3}"])
        for (text, wanted) in [
            ("INSERT OVERWRITE DIRECTORY 'OUT' USING kafka SELECT 1 AS a", "UNSUPPORTED_FEATURE"),
            ("INSERT OVERWRITE DIRECTORY 'OUT' USING json OPTIONS (nonsense 1) SELECT 1 AS a", "INVALID_OPTION"),
            ("INSERT OVERWRITE DIRECTORY 'OUT' USING nonsense SELECT 1 AS a", "DATA_SOURCE_NOT_FOUND"),
            (
                "CREATE TABLE r USING rate; INSERT OVERWRITE DIRECTORY 'OUT' USING json SELECT value FROM STREAM r",
                "UNSUPPORTED_FEATURE"
            ),
        ] {
            #expect(code(text) == wanted, "\(text)")
        }
        #expect(try rows("SELECT * FROM parquet.`\(folder.path)/out`") == ["{\"a\":3}"])
    }
}

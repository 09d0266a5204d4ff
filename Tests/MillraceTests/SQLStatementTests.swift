// Statements of SQL in a session: what they define, what they refuse, and what INSERT writes.

import DurableFiles
import Millrace
import TestSupport
import Testing

@Suite struct SQLStatementTests {
    private let session = Session(appName: "test", configuration: .quiet)

    private func texts(_ sql: String) throws -> [[String]] {
        try session.sql(sql).collect().map { row in
            row.values.map { value in
                switch value {
                case .string(let text): text
                case .null: "NULL"
                case .boolean(let isTrue): "\(isTrue)"
                case .integer(let number): "\(number)"
                case .long(let number): "\(number)"
                default: "\(value)"
                }
            }
        }
    }

    private func run(_ script: String) throws {
        for statement in try SQLScript(script).statements {
            if case .insert(let insert) = try session.execute(statement) { try insert.run() }
        }
    }

    private func numbers() throws -> DataFrame {
        try session.createDataFrame(
            [[.integer(1), .string("one")], [.integer(2), .string("two")]],
            schema: Schema([Field("id", .integer), Field("name", .string)]))
    }

    @Test("a view has its query's rows, under the names that it gives, and may be replaced and dropped")
    func views() throws {
        try numbers().createOrReplaceTempView("Numbers")
        try run("CREATE VIEW big (n, word) AS SELECT id, name FROM numbers WHERE id > 1")
        #expect(try texts("SELECT word, n FROM BIG") == [["two", "2"]])
        #expect(try texts("SELECT b.n FROM default.big b") == [["2"]])
        #expect(throws: MillraceError.self) { try session.sql("CREATE VIEW big AS SELECT 1") }
        try run("CREATE VIEW IF NOT EXISTS big AS SELECT 1 AS a; CREATE OR REPLACE VIEW big2 AS SELECT n FROM big")
        #expect(try texts("TABLE big2") == [["2"]])
        try run("CREATE OR REPLACE VIEW big AS SELECT n + 1 AS n FROM big; DROP VIEW big2; DROP VIEW IF EXISTS big2")
        #expect(try texts("TABLE big") == [["3"]])
    }

    @Test("a table in memory takes rows by position, by name, and with columns left out")
    func inserts() throws {
        try numbers().createOrReplaceTempView("numbers")
        try run(
            """
            CREATE TABLE t (a BIGINT, b STRING);
            INSERT INTO t SELECT id, name FROM numbers;
            INSERT INTO t (b) SELECT upper(name) FROM numbers WHERE id = 1;
            INSERT INTO t BY NAME SELECT 'last' AS b, 9L AS a;
            """)
        #expect(
            try texts("SELECT a, b FROM t ORDER BY a NULLS FIRST, b") == [
                ["NULL", "ONE"], ["1", "one"], ["2", "two"], ["9", "last"],
            ])
        try run("CREATE TABLE copy AS SELECT a FROM t WHERE a = 9")
        #expect(try texts("TABLE copy") == [["9"]])
    }

    @Test("a recursive query has as many levels as the session says, or as many as it says itself")
    func recursionLevels() throws {
        func sum(_ words: String = "") throws -> [[String]] {
            try texts(
                "WITH RECURSIVE r(n) \(words) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) "
                    + "SELECT sum(n) FROM r")
        }
        try run("SET spark.sql.cteRecursionLevelLimit = 4")
        let error = #expect(throws: MillraceError.self) { try sum() }
        #expect(error?.code == "RECURSION_LEVEL_LIMIT_EXCEEDED")
        #expect(try sum("MAX RECURSION LEVEL 5") == [["15"]])
        try run("SET spark.sql.cteRecursionLevelLimit = 5")
        #expect(try sum() == [["15"]])
        try run("SET spark.sql.cteRecursionLevelLimit = 4; RESET spark.sql.cteRecursionLevelLimit")
        #expect(try sum() == [["15"]])
    }

    @Test(
        "mistakes have Spark's names",
        arguments: [
            ("SELECT * FROM numbrs", "TABLE_OR_VIEW_NOT_FOUND", "numbers"),
            ("SELECT * FROM other.numbers", "TABLE_OR_VIEW_NOT_FOUND", "default"),
            ("SELECT * FROM STREAM numbers", "UNSUPPORTED_FEATURE", "leave STREAM out"),
            ("CREATE TABLE numbers (a INT)", "TABLE_OR_VIEW_ALREADY_EXISTS", "CREATE OR REPLACE"),
            ("DROP TABLE numbers", "EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", "DROP VIEW"),
            ("DROP VIEW nothing", "TABLE_OR_VIEW_NOT_FOUND", ""),
            ("CREATE TABLE x", "PARSE_SYNTAX_ERROR", "USING"),
            ("CREATE TABLE x USING jsn", "DATA_SOURCE_NOT_FOUND", "json"),
            ("CREATE TABLE x USING kafka OPTIONS (subscrib 'a')", "INVALID_OPTION", "subscribe"),
            ("CREATE TABLE x (a INT) USING kafka OPTIONS (subscribe 'a')", "INVALID_SCHEMA", "leave"),
            ("INSERT INTO numbers SELECT 1, 'a'", "EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", "INSERT INTO"),
            ("INSERT INTO t SELECT 1", "INSERT_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS", "list"),
            ("INSERT INTO t SELECT 1, 2, 3", "INSERT_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS", "leave"),
            ("INSERT INTO t (nonsense) SELECT 1", "UNRESOLVED_COLUMN.WITH_SUGGESTION", "columns: a, b"),
            ("INSERT INTO t SELECT 'x', 'y'", "INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST", "CAST"),
            ("SET spark.sql.shufle.partitions = 4", "SQL_CONF_NOT_FOUND", "spark.sql.shuffle.partitions"),
            ("SET spark.sql.shuffle.partitions = many", "INVALID_CONF_VALUE", "whole number"),
            ("SET millrace.watermark.maxFuture = soon", "INVALID_CONF_VALUE", "interval"),
            ("SET millrace.extendet = true", "SQL_CONF_NOT_FOUND", "millrace.extended"),
            ("SET spark.sql.ansi.enabled = false", "UNSUPPORTED_FEATURE", "ANSI"),
            ("DESCRIBE FUNCTION uper", "UNRESOLVED_ROUTINE", "upper"),
            ("EXPLAIN SHOW TABLES", "UNSUPPORTED_FEATURE", ""),
        ])
    func mistakes(sql: String, code: String, hint: String) throws {
        try numbers().createOrReplaceTempView("numbers")
        try run("CREATE TABLE t (a INT, b STRING)")
        let error = #expect(throws: MillraceError.self) { try session.sql(sql) }
        #expect(error?.code == code, "\(String(describing: error))")
        #expect(hint.isEmpty || error?.hint?.contains(hint) == true, "\(String(describing: error))")
    }

    @Test("SET is kept and taken back; SHOW and DESCRIBE tell what there is, and no secret")
    func telling() throws {
        try run("SET spark.sql.shuffle.partitions = 3; SET TIME ZONE 'UTC'")
        #expect(try texts("SET spark.sql.shuffle.partitions") == [["spark.sql.shuffle.partitions", "3"]])
        try run("RESET spark.sql.shuffle.partitions")
        #expect(try texts("SET spark.sql.shuffle.partitions") == [["spark.sql.shuffle.partitions", "8"]])
        try numbers().createOrReplaceTempView("numbers")
        try run(
            """
            CREATE TABLE k USING kafka OPTIONS (subscribe 'a', `kafka.bootstrap.servers` 'h:1', kafka.sasl.password 'x')
            """)
        #expect(try texts("SHOW TABLES") == [["default", "k", "false"], ["", "numbers", "true"]])
        #expect(try texts("SHOW TABLES LIKE 'num*|z'") == [["", "numbers", "true"]])
        #expect(try texts("SHOW TABLES IN default LIKE 'k'") == [["default", "k", "false"]])
        #expect(try texts("SHOW VIEWS FROM Default") == [["", "numbers", "true"]])
        let nowhere = #expect(throws: MillraceError.self) { try texts("SHOW TABLES IN elsewhere") }
        #expect(nowhere?.code == "SCHEMA_NOT_FOUND")
        #expect(try texts("SHOW VIEWS") == [["", "numbers", "true"]])
        #expect(try texts("SHOW FUNCTIONS LIKE 'upp*'") == [["upper"]])
        #expect(try texts("SHOW FUNCTIONS LIKE 'window|range|div'") == [["div"], ["range"], ["window"]])
        #expect(try texts("SHOW USER FUNCTIONS").isEmpty)
        #expect(try texts("DESCRIBE numbers") == [["id", "int", "NULL"], ["name", "string", "NULL"]])
        #expect(try texts("DESCRIBE QUERY SELECT id + 1L AS n FROM numbers") == [["n", "bigint", "NULL"]])
        let described = try texts("DESCRIBE EXTENDED k").map { $0.prefix(2).joined(separator: "=") }
        #expect(described.contains("Option subscribe=a") && described.contains("Provider=kafka"))
        #expect(described.contains("Option kafka.sasl.password=*********(redacted)"))
        #expect(try texts("DESCRIBE FUNCTION upper")[0] == ["Function: upper"])
        for name in ["cast", "CASE", "when", "in", "div", "%", "||", "<=>", "`!=`", "session_window", "grouping_id"] {
            let bare = name.lowercased().filter { $0 != "`" }
            #expect(try texts("DESCRIBE FUNCTION \(name)")[0] == ["Function: \(bare)"])
        }
        #expect(try texts("EXPLAIN SELECT id FROM numbers")[0][0].contains("== Physical Plan =="))
    }

    @Test("DESCRIBE tells what was written about a table and about its columns, with the names as they were written")
    func notes() throws {
        try run(
            """
            CREATE TABLE t (A INT COMMENT 'the first', s STRUCT<Yy: INT COMMENT 'inner', `z z`: ARRAY<STRING>>)
                COMMENT 'all' TBLPROPERTIES ('owner' 'me', 'api.token' = 'x');
            CREATE VIEW v (b COMMENT 'renamed', c) COMMENT 'a look' TBLPROPERTIES (k 1) AS SELECT a, s FROM t;
            CREATE TEMPORARY TABLE k USING kafka OPTIONS (subscribe 'a', `kafka.bootstrap.servers` 'h:1');
            """)
        let columns = [["A", "int", "the first"], ["s", "struct<Yy:int,z z:array<string>>", "NULL"]]
        #expect(try texts("DESCRIBE t") == columns)
        #expect(
            try texts("DESCRIBE EXTENDED t") == columns + [
                ["", "", ""], ["# Table", "", ""], ["Name", "t", ""], ["Provider", "memory", ""],
                ["Comment", "all", ""],
                ["Table Properties", "[api.token=*********(redacted),owner=me]", ""],
            ])
        #expect(
            try texts("DESCRIBE EXTENDED v") == [
                ["b", "int", "renamed"], ["c", "struct<Yy:int,z z:array<string>>", "NULL"], ["", "", ""],
                ["# View", "", ""], ["Name", "v", ""], ["Comment", "a look", ""], ["Table Properties", "[k=1]", ""],
            ])
        #expect(try texts("DESCRIBE k")[0] == ["key", "binary", "NULL"])
        #expect(
            try texts("DESCRIBE FUNCTION EXTENDED substring").map { $0[0] } == [
                "Function: substring",
                "Usage: substring(text, position [, length]) - characters of a text, or bytes of a binary, from a "
                    + "position that counts from 1, or below 0 from the end", "Extended Usage:",
                "    Kind: scalar", "    Other names: substr", "    Arguments: 2 to 3",
            ])
    }

    @Test(
        "what is wrong with a query as a whole is told at a place of its text",
        arguments: [
            (
                "SELECT id, count(*) FROM STREAM s GROUP BY id", "append",
                "line 1, column 1: Invalid streaming output mode"
            ),
            ("SELECT id FROM STREAM s", "complete", "line 1, column 1: Invalid streaming output mode"),
            ("SELECT id FROM STREAM s ORDER BY id, name", "append", "line 1, column 34: Sorting is not supported"),
            ("SELECT * FROM (SELECT id FROM STREAM s LIMIT 3) t", "update", "line 1, column 46: Limits"),
            ("SELECT id FROM STREAM s LIMIT 3 OFFSET 2", "append", "line 1, column 40: Offset is not supported"),
            (
                "SELECT 1,\n row_number() OVER (ORDER BY id) FROM STREAM s", "append",
                "line 2, column 2: Window functions"
            ),
            ("SELECT id FROM STREAM s UNION ALL TABLE t", "append", "line 1, column 1: Union between"),
            ("SELECT id FROM STREAM s EXCEPT ALL TABLE t", "update", "line 1, column 1: Except ALL of streaming"),
            (
                "SELECT id FROM (SELECT t.id FROM t LEFT JOIN STREAM s ON t.id = s.id) x", "append",
                "line 1, column 34: LeftOuter"
            ),
            ("INSERT INTO k SELECT id FROM STREAM s", "append", "line 1, column 13: "),
            ("INSERT INTO k SELECT id FROM t", "append", "line 1, column 13: "),
        ])
    func placesOfRefusals(sql: String, mode: String, message: String) throws {
        let stream = MemoryStream(session, schema: Schema([Field("id", .integer), Field("name", .string)]))
        try stream.toDF().createOrReplaceTempView("s")
        try run(
            """
            CREATE TABLE t (id INT);
            CREATE TABLE k USING kafka OPTIONS (topic 'a', `kafka.bootstrap.servers` 'h:1')
            """)
        let error = #expect(throws: MillraceError.self) {
            switch try session.execute(try #require(try SQLScript(sql).statements.first)) {
            case .rows(let frame): try frame.writeStream.format("noop").outputMode(mode).check()
            case .insert(let insert) where insert.isStreaming: try insert.writer().outputMode(mode).check()
            case .insert(let insert): try insert.check()
            case .done: break
            }
        }
        #expect(error?.message.hasPrefix(message) == true, "\(String(describing: error))")
    }

    @Test(
        "what a SELECT as a whole has wrong is told at its first word",
        arguments: [
            ("SELECT DISTINCT id FROM t ORDER BY m", "line 1, column"), ("SELECT DISTINCT m FROM t", "line 1, column"),
            ("SELECT 1,\n * EXCEPT (id, id) FROM t", "line "),
        ])
    func placesInSelects(sql: String, message: String) throws {
        try run("CREATE TABLE t (id INT, m MAP<STRING, INT>)")
        let error = #expect(throws: MillraceError.self) { _ = try session.sql(sql).schema }
        #expect(error?.message.hasPrefix(message) == true, "\(String(describing: error))")
    }

    @Test("files by their path and as a table that is empty until there are any")
    func files() throws {
        let folder = try TemporaryFolder()
        let file = try OpenFile("\(folder.path)/a.json", .createExclusive, disk: RealDisk())
        try Array("{\"a\":1}\n{\"a\":2}\n".utf8).withUnsafeBytes { try file.write([$0], at: 0) }
        file.close()
        #expect(try texts("SELECT sum(a) AS s FROM json.`\(folder.path)/a.json`") == [["3"]])
        try run("CREATE TABLE later (a INT) USING json LOCATION '\(folder.path)/later'")
        #expect(try texts("SELECT count(*) FROM later") == [["0"]])
        try run("CREATE TABLE here USING json OPTIONS (path '\(folder.path)', maxFilesPerTrigger 1)")
        #expect(try texts("DESCRIBE here") == [["a", "bigint", "NULL"]])
        #expect(try session.readStream.table("here").isStreaming)
        #expect(try session.sql("SELECT a FROM STREAM here WHERE a > 1").isStreaming)
    }

    @Test("a stream goes into a table in memory, and an INSERT of it is not run by sql")
    func streams() async throws {
        let input = MemoryStream(session, schema: Schema([Field("word", .string)]))
        try input.toDF().createOrReplaceTempView("words")
        try run("CREATE TABLE counts (word STRING, n BIGINT)")
        let sql = "INSERT INTO counts SELECT word, count(*) FROM words GROUP BY word"
        let error = #expect(throws: MillraceError.self) { try session.sql(sql) }
        #expect(error?.code == "UNSUPPORTED_OPERATION")
        let statement = try #require(try SQLScript(sql).statements.first)
        guard case .insert(let insert) = try session.execute(statement) else { throw MissingInsert() }
        #expect(insert.isStreaming && insert.table == "counts")
        #expect(try insert.frame.usualOutputMode == .update)
        let query = try await insert.writer().outputMode(.complete).start()
        try input.addData([.string("a")], [.string("b")], [.string("a")])
        try await query.processAllAvailable()
        #expect(try texts("SELECT word, n FROM counts ORDER BY word") == [["a", "2"], ["b", "1"]])
        await query.stop()
    }

    private struct MissingInsert: Error {}

    @Test("a script knows its statements, their lines and when it is complete")
    func scripts() throws {
        let script = try SQLScript("-- a comment\nSELECT 1;\n\nSHOW TABLES")
        #expect(script.statements.map(\.text) == ["SELECT 1", "SHOW TABLES"])
        #expect(script.statements.map(\.line) == [2, 4])
        #expect(SQLScript.isComplete("SELECT ';';") && !SQLScript.isComplete("SELECT ';'"))
        var lines = SQLLines()
        for (line, isWhole) in [("SELECT ';", false), ("';", true), ("SELECT ä", false), ("-- ;", false), (";", true)] {
            lines.add(line)
            #expect(lines.isComplete == isWhole, "\(lines.text)")
        }
        #expect(lines.text == "SELECT ';\n';\nSELECT ä\n-- ;\n;\n")
        #expect(throws: MillraceError.self) { try SQLScript("SELECT 'a") }
    }

    @Test("rows as JSON and as comma-separated values")
    func outputs() throws {
        try numbers().createOrReplaceTempView("numbers")
        let frame = try session.sql(
            "SELECT id, IF(id = 1, NULL, 'a,\"b') AS `na\"me`, '' AS e FROM numbers ORDER BY id")
        #expect(try frame.toJSON() == [#"{"id":1,"e":""}"#, #"{"id":2,"na\"me":"a,\"b","e":""}"#])
        #expect(try frame.toJSON(ignoreNullFields: false)[0] == #"{"id":1,"na\"me":null,"e":""}"#)
        #expect(try frame.toCSV() == [#"id,"na""me",e"#, #"1,,"""#, #"2,"a,""b","""#])
        #expect(try frame.limit(1).toCSV(header: false) == [#"1,,"""#])
    }
}

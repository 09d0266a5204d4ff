// What is wrong with a statement, where, and what to do about it.

import SourceText
import Testing

@testable import SQLParser

@Suite struct StatementErrorTests {
    /// The text with what is wrong between « and », the condition and part of the message; neither where nothing is
    /// wrong.
    @Test(
        arguments: SyntaxTable.rows(
            #"""
            «» ==> PARSE_EMPTY_STATEMENT: the text is empty
            «SELEC» 1 ==> PARSE_SYNTAX_ERROR: did you mean SELECT?
            «5» ==> PARSE_SYNTAX_ERROR: expected a statement
            «ALTER» TABLE t ==> UNSUPPORTED_FEATURE: the statement ALTER is not supported
            SELECT id«,» FROM emp ==> TRAILING_COMMA_IN_SELECT: remove it
            SELECT id,«» ==> PARSE_SYNTAX_ERROR: expected an expression, found the end
            SELECT «'unclosed FROM emp» ==> PARSE_SYNTAX_ERROR: not closed
            SELECT (1 + 2 «FROM» emp ==> PARSE_SYNTAX_ERROR: expected ')'
            SELECT id FROM emp WERE «id» = 1 ==> PARSE_SYNTAX_ERROR: did you mean WHERE?
            SELECT a FROM t WHERE ==>
            SELECT a FROM t WHERE «)» ==> PARSE_SYNTAX_ERROR: expected the end of the statement
            SELECT a FROM t WHERE a GROUP BY«» ==> PARSE_SYNTAX_ERROR: an expression
            SELECT a FROM «WHERE» a = 1 ==> PARSE_SYNTAX_ERROR: expected the name of a table
            SELECT a FROM t JOIN«» ==> PARSE_SYNTAX_ERROR: expected the name of a table
            SELECT a FROM t LEFT «u» ==> PARSE_SYNTAX_ERROR: expected JOIN, found 'u'
            SELECT a FROM t NATURAL «u» ==> PARSE_SYNTAX_ERROR: expected JOIN
            SELECT a FROM t AS «join» ==> PARSE_SYNTAX_ERROR: between back-ticks
            SELECT a FROM (SELECT 1«» ==> PARSE_SYNTAX_ERROR: expected ')'
            SELECT a FROM t LATERAL VIEW explode(a) «,» x ==> PARSE_SYNTAX_ERROR: a name for the rows
            SELECT a «SORT» BY a ==> UNSUPPORTED_FEATURE: SORT BY is not supported
            SELECT a FROM t «CLUSTER» BY a ==> UNSUPPORTED_FEATURE: CLUSTER BY
            FROM t «|>» WHERE a ==> UNSUPPORTED_FEATURE: pipe syntax
            SELECT a FROM t «TABLESAMPLE» (10 ROWS) ==> UNSUPPORTED_FEATURE: TABLESAMPLE
            SELECT a FROM t «WITH» (a = 1) ==> UNSUPPORTED_FEATURE: CREATE TABLE
            SELECT a FROM STREAM t WATERMARK ts DELAY «5» ==> PARSE_SYNTAX_ERROR: expected OF
            SELECT a FROM STREAM t WATERMARK ts DELAY OF «5» ==> PARSE_SYNTAX_ERROR: an interval
            SELECT a FROM t PIVOT (sum(a) IN (1)«)» ==> PARSE_SYNTAX_ERROR: expected FOR
            SELECT a FROM t UNPIVOT (v FOR n IN («(»a, b))) ==> PARSE_SYNTAX_ERROR: name of a column
            SELECT a FROM t UNPIVOT ((v, w) FOR n IN («(a)»))
            ==> UNPIVOT_VALUE_SIZE_MISMATCH: 1 columns where UNPIVOT has 2
            SELECT 1 ORDER BY a NULLS«» ==> PARSE_SYNTAX_ERROR: FIRST or LAST
            SELECT 1 UNION ==>
            SELECT 1 UNION ALL«» ==> PARSE_SYNTAX_ERROR: SELECT, VALUES
            WITH a AS «SELECT» 1 ==> PARSE_SYNTAX_ERROR: expected '('
            WITH a AS (SELECT 1)«» ==> PARSE_SYNTAX_ERROR: SELECT, VALUES
            SELECT 1; «SELECT 2» ==> PARSE_SYNTAX_ERROR: one statement at a time
            SELECT 1 SELECT «2» ==> PARSE_SYNTAX_ERROR: expected the end of the statement
            CREATE «TABEL» t ==> PARSE_SYNTAX_ERROR: TABLE or VIEW
            CREATE «FUNCTION» f ==> UNSUPPORTED_FEATURE: CREATE FUNCTION
            CREATE TABLE t (a«:» INT) ==> PARSE_SYNTAX_ERROR: no colon
            CREATE TABLE t (a INT «b» INT) ==> PARSE_SYNTAX_ERROR: ',' or ')'
            CREATE TABLE t USING json PARTITIONED BY (a «INT») ==> PARSE_SYNTAX_ERROR: name columns of the table
            CREATE TABLE t USING json «CLUSTERED» BY (a) INTO 2 BUCKETS ==> UNSUPPORTED_FEATURE: CLUSTERED BY
            CREATE TABLE t USING json OPTIONS (a «b») ==> PARSE_SYNTAX_ERROR: a value in quotes
            CREATE «GLOBAL» TEMPORARY VIEW v AS SELECT 1 ==> UNSUPPORTED_FEATURE: GLOBAL
            CREATE VIEW v «SELECT» 1 ==> PARSE_SYNTAX_ERROR: expected AS
            INSERT OVERWRITE DIRECTORY '/a' «SELECT» 1 ==> UNSUPPORTED_FEATURE: USING parquet
            INSERT OVERWRITE «DIRECTORY» USING json SELECT 1 ==> PARSE_SYNTAX_ERROR: there is no path
            INSERT OVERWRITE DIRECTORY '/a' USING json OPTIONS («path» '/b') SELECT 1 ==> DUPLICATE_KEY: path
            INSERT INTO t PARTITION (k = «a + 1») SELECT 1 ==> PARSE_SYNTAX_ERROR: constant
            INSERT INTO t PARTITION (k = 1, «K») SELECT 1 ==> DUPLICATE_KEY: K
            INSERT OVERWRITE t PARTITION (k = 1) «IF» NOT EXISTS SELECT 1 ==> UNSUPPORTED_FEATURE: IF NOT EXISTS
            INSERT «t» SELECT 1 ==> PARSE_SYNTAX_ERROR: expected INTO
            INSERT INTO t«» ==> PARSE_SYNTAX_ERROR: SELECT, VALUES
            SET a «b» ==> PARSE_SYNTAX_ERROR: expected '='
            SET a =«» ==> PARSE_SYNTAX_ERROR: a value
            SHOW «COLUMNS» FROM t ==> UNSUPPORTED_FEATURE: SHOW COLUMNS
            DROP «DATABASE» d ==> PARSE_SYNTAX_ERROR: TABLE or VIEW
            EXPLAIN «CODEGEN» SELECT 1 ==> UNSUPPORTED_FEATURE: CODEGEN
            EXPLAIN «FORMATTED» SELECT 1 ==> UNSUPPORTED_FEATURE: EXPLAIN EXTENDED
            EXPLAIN «COST» SELECT 1 ==> UNSUPPORTED_FEATURE: COST
            WITH a AS (SELECT 1), «A» AS (SELECT 2) SELECT * FROM a ==> DUPLICATED_CTE_NAMES: duplicate names: A
            CREATE TABLE t (a INT, «A STRING») ==> COLUMN_ALREADY_EXISTS: the column A already exists
            CREATE TABLE t (s ARRAY<STRUCT<b: INT, c: INT, «b: STRING»>>) ==> COLUMN_ALREADY_EXISTS: the field b
            CREATE TABLE t USING json OPTIONS (path 'a', «Path» 'b') ==> DUPLICATE_KEY: found duplicate keys: Path
            CREATE TABLE t USING json OPTIONS (path 'a') «LOCATION» 'b' ==> DUPLICATE_KEY: path
            CREATE TABLE t USING json COMMENT 'a' «COMMENT» 'b' ==> DUPLICATE_CLAUSES: COMMENT
            CREATE TABLE t TBLPROPERTIES (a 1, «a» 2) ==> DUPLICATE_KEY: found duplicate keys: a
            CREATE «TEMPORARY» TABLE t (a INT) ==> UNSUPPORTED_FEATURE: use CREATE TEMPORARY VIEW instead
            CREATE «TEMP» TABLE t USING json AS SELECT 1 ==> UNSUPPORTED_FEATURE: CREATE TEMPORARY TABLE ... AS ...
            CREATE «TEMP» TABLE IF NOT EXISTS t USING json ==> UNSUPPORTED_FEATURE: TEMPORARY TABLE IF NOT EXISTS
            CREATE «EXTERNAL» TABLE t (a INT) USING json ==> UNSUPPORTED_FEATURE: must be accompanied by LOCATION
            CREATE «EXTERNAL» VIEW v AS SELECT 1 ==> PARSE_SYNTAX_ERROR: leave EXTERNAL out
            CREATE TEMPORARY VIEW v «TBLPROPERTIES» (a 1) AS SELECT 1 ==> UNSUPPORTED_FEATURE: can't coexist
            SELECT a FROM «x.f»(1) ==> UNRESOLVABLE_TABLE_VALUED_FUNCTION: functions in a catalog
            SELECT a GROUP BY ROLLUP (a) WITH «CUBE» ==> PARSE_SYNTAX_ERROR: plain columns only
            """#))
    func place(_ row: SyntaxTable.Row) throws {
        let pieces = row.text.split(omittingEmptySubsequences: false) { $0 == "«" || $0 == "»" }.map(String.init)
        let text = pieces.joined()
        guard !row.expected.isEmpty else {
            // The last word is a name, as in Spark.
            _ = try SyntaxParser.statement(text)
            return
        }
        let found = try #require(throws: SQLDiagnostic.self) { try SyntaxParser.statement(text) }
        let expected = row.expected.split(separator: ": ", maxSplits: 1).map(String.init)
        let picture = found.rendered(in: text)
        #expect(found.code == expected[0] && picture.contains(expected[1]), "\(found.code): \(picture)")
        #expect(found.range.start == pieces[0].utf8.count, "\(picture)")
        #expect(found.range.end == found.range.start + pieces[1].utf8.count, "\(picture)")
    }

    @Test(
        "nesting is limited wherever statements nest",
        arguments: [
            ("(", "SELECT 1", ")"), ("SELECT * FROM (", "SELECT 1", ")"), ("SELECT (", "SELECT 1", ")"),
            ("SELECT * FROM (", "t", ")"), ("WITH a AS (", "SELECT 1", ") SELECT 1"), ("EXPLAIN ", "SELECT 1", ""),
            ("SELECT a IN (", "SELECT 1", ")"), ("SELECT EXISTS (", "SELECT 1", ")"), ("SELECT f(x -> ", "1", ")"),
            ("SELECT a GROUP BY GROUPING SETS (", "a", ")"), ("SELECT 1 UNION (", "SELECT 1", ")"),
        ])
    func nesting(open: String, middle: String, close: String) throws {
        func text(_ levels: Int) -> String {
            String(repeating: open, count: levels) + middle + String(repeating: close, count: levels)
        }
        if !open.contains("GROUPING") && !open.hasPrefix("SELECT f") && middle != "t" {
            _ = try SyntaxParser.statement(text(20))
        }
        for levels in [1_000, 20_000] {
            let found = #expect(throws: SQLDiagnostic.self) { try SyntaxParser.statement(text(levels)) }
            #expect(open.contains("GROUPING") || open.hasPrefix("SELECT f") || found?.code == "NESTING_TOO_DEEP")
        }
    }

    @Test(
        "chains make high trees, so they are limited, too",
        arguments: [
            ("SELECT 1", " UNION ALL SELECT 1"), ("SELECT 1 FROM t", " JOIN t"), ("SELECT 1 FROM t", ", t"),
            ("SELECT 1 FROM t", " LATERAL VIEW explode(a) e AS x"), ("SELECT 1 FROM t", " UNPIVOT (v FOR n IN (a))"),
        ])
    func chains(first: String, next: String) throws {
        _ = try SyntaxParser.statement(first + String(repeating: next, count: 200))
        let found = #expect(throws: SQLDiagnostic.self) {
            try SyntaxParser.statement(first + String(repeating: next, count: 20_000))
        }
        #expect(found?.code == "NESTING_TOO_DEEP")
    }
}

// Every form of query, as a table of text and tree.

import SourceText
import Testing

@testable import SQLParser

@Suite struct QuerySyntaxTests {
    @Test(
        arguments: SyntaxTable.rows(
            #"""
            # SELECT
            SELECT 1 ==> SELECT 1
            select a, b x FROM t ==> SELECT a, b AS x FROM t
            SELECT DISTINCT a ==> SELECT DISTINCT a
            SELECT ALL a ==> SELECT a
            SELECT distinct, all ==> SELECT distinct, all
            SELECT a FROM t WHERE a > 1 GROUP BY a HAVING count(*) > 1
            ==> SELECT a FROM t WHERE [a > 1] GROUP BY a HAVING [count(*) > 1]
            FROM t SELECT a WHERE b ==> SELECT a FROM t WHERE b
            FROM t ==> SELECT * FROM t
            FROM t x, u SELECT a ORDER BY a ==> SELECT a FROM (t AS x INNER u) ORDER BY a ASC NULLS FIRST
            SELECT a QUALIFY rank() OVER w = 1 WINDOW w AS (ORDER BY a)
            ==> SELECT a QUALIFY [rank() OVER w = 1] WINDOW w = (ORDER BY a ASC NULLS FIRST)
            SELECT sum(a) OVER w FROM t WINDOW w AS (PARTITION BY b), v AS (w) QUALIFY x
            ==> SELECT sum(a) OVER w FROM t QUALIFY x WINDOW w = (PARTITION BY b), v = w
            SELECT /*+ BROADCAST(t) */ a FROM t -- end ==> SELECT a FROM t
            # GROUP BY
            SELECT a GROUP BY ALL ==> SELECT a GROUP BY ALL
            SELECT a GROUP BY 1, b + 1 ==> SELECT a GROUP BY 1, [b + 1]
            SELECT a GROUP BY ROLLUP (a, (b, c)) ==> SELECT a GROUP BY ROLLUP((a), (b, c))
            SELECT a GROUP BY x, CUBE (a, b > 0) ==> SELECT a GROUP BY x, CUBE((a), ([b > 0]))
            SELECT a GROUP BY GROUPING SETS ((a, b), a, (), ROLLUP (b))
            ==> SELECT a GROUP BY SETS((a, b), a, (), ROLLUP((b)))
            SELECT a GROUP BY a, b WITH ROLLUP ==> SELECT a GROUP BY ROLLUP((a), (b))
            SELECT a GROUP BY a WITH CUBE HAVING b ==> SELECT a GROUP BY CUBE((a)) HAVING b
            SELECT a GROUP BY a, b GROUPING SETS ((a), (b)) ==> SELECT a GROUP BY SETS((a), (b))
            SELECT rollup FROM t GROUP BY rollup ==> SELECT rollup FROM t GROUP BY rollup
            # Order and limits
            SELECT a ORDER BY a DESC, b ASC NULLS LAST LIMIT 5 OFFSET 2
            ==> SELECT a ORDER BY a DESC NULLS LAST, b ASC NULLS LAST LIMIT 5 OFFSET 2
            SELECT a LIMIT ALL ==> SELECT a
            SELECT a OFFSET 1 ==> SELECT a OFFSET 1
            SELECT a ORDER BY ALL ==> SELECT a ORDER BY ALL ASC NULLS FIRST
            SELECT a LIMIT 1 + 1 ==> SELECT a LIMIT [1 + 1]
            SELECT a LIMIT -1 ==> SELECT a LIMIT -1
            # Set operations
            SELECT 1 UNION SELECT 2 UNION ALL SELECT 3 ==> ((SELECT 1 UNION SELECT 2) UNION ALL SELECT 3)
            SELECT 1 UNION SELECT 2 INTERSECT SELECT 3 ==> (SELECT 1 UNION (SELECT 2 INTERSECT SELECT 3))
            (SELECT 1) MINUS (SELECT 2) EXCEPT ALL VALUES (3)
            ==> (({SELECT 1} EXCEPT {SELECT 2}) EXCEPT ALL VALUES (3))
            SELECT a FROM t UNION DISTINCT TABLE u ORDER BY a
            ==> (SELECT a FROM t UNION TABLE u) ORDER BY a ASC NULLS FIRST
            SELECT a INTERSECT ALL (SELECT b ORDER BY b LIMIT 1)
            ==> (SELECT a INTERSECT ALL {SELECT b ORDER BY b ASC NULLS FIRST LIMIT 1})
            VALUES (1, 'a'), (2, NULL) ==> VALUES (1, 'a'), (2, NULL)
            VALUES 1, 2 ==> VALUES (1), (2)
            TABLE a.b ==> TABLE a.b
            # WITH
            WITH a AS (SELECT 1), b(x, y) AS (SELECT 1, 2) SELECT * FROM a
            ==> WITH a = {SELECT 1}, b(x, y) = {SELECT 1, 2} SELECT * FROM a
            WITH RECURSIVE r(n) AS (SELECT 1) SELECT n FROM r ==> WITH RECURSIVE r(n) = {SELECT 1} SELECT n FROM r
            WITH RECURSIVE r(n) MAX RECURSION LEVEL 7 AS (SELECT 1), max (SELECT 2) SELECT n FROM r
            ==> WITH RECURSIVE r(n) MAX 7 = {SELECT 1}, max = {SELECT 2} SELECT n FROM r
            WITH recursive AS (SELECT 1) SELECT 2 ==> WITH recursive = {SELECT 1} SELECT 2
            WITH a (SELECT 1) SELECT 2 ==> WITH a = {SELECT 1} SELECT 2
            SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a) x
            ==> SELECT * FROM {WITH a = {SELECT 1} SELECT * FROM a} AS x
            # Keywords as names
            SELECT id order, dept `group` FROM emp WHERE id = 2
            ==> SELECT id AS order, dept AS group FROM emp WHERE [id = 2]
            SELECT where.id FROM emp where WHERE where.id = 3
            ==> SELECT where.id FROM emp AS where WHERE [where.id = 3]
            SELECT * FROM dept LIMIT ==> SELECT * FROM dept AS LIMIT
            SELECT * FROM dept ORDER ==> SELECT * FROM dept AS ORDER
            SELECT id AS select, name from FROM emp WHERE id = 1
            ==> SELECT id AS select, name AS from FROM emp WHERE [id = 1]
            SELECT id FROM ==> SELECT id AS FROM
            SELECT a left, b join ==> SELECT a AS left, b AS join
            SELECT a FROM t WHERE limit > 5 LIMIT 5 ==> SELECT a FROM t WHERE [limit > 5] LIMIT 5
            SELECT a FROM t group WHERE group.x GROUP BY a ==> SELECT a FROM t AS group WHERE group.x GROUP BY a
            SELECT date, timestamp FROM (SELECT 1 AS date, 2 AS timestamp)
            ==> SELECT date, timestamp FROM {SELECT 1 AS date, 2 AS timestamp}
            SELECT a FROM stream ==> SELECT a FROM stream
            SELECT a FROM stream WHERE b ==> SELECT a FROM stream WHERE b
            SELECT a FROM values WHERE b ==> SELECT a FROM values WHERE b
            SELECT a FROM t AS ==> SELECT a FROM t AS AS
            SELECT window.start, window FROM t window ==> SELECT window.start, window FROM t AS window
            SELECT a FROM t watermark WHERE b ==> SELECT a FROM t AS watermark WHERE b
            SELECT a FROM t pivot JOIN u ==> SELECT a FROM (t AS pivot INNER u)
            SELECT a minus, b except ==> SELECT a AS minus, b AS except
            SELECT CASE WHEN a THEN b END end ==> SELECT CASE WHEN a THEN b END AS end
            """#))
    func parses(_ row: SyntaxTable.Row) throws {
        #expect(try SyntaxParser.statement(row.text).printed == row.expected)
    }

    @Test(
        arguments: SyntaxTable.rows(
            #"""
            t ==> t
            a.b.c x ==> a.b.c AS x
            t AS x(a, b) ==> t AS x(a, b)
            (SELECT 1) x ==> {SELECT 1} AS x
            STREAM t x ==> STREAM t AS x
            stream(t) AS x ==> STREAM t AS x
            STREAM a.b ==> STREAM a.b
            STREAM ev WATERMARK ts DELAY OF INTERVAL 5 SECONDS ==> STREAM ev WATERMARK ts DELAY INTERVAL 5 SECOND
            STREAM ev WATERMARK to_timestamp(s) AS ts DELAY OF INTERVAL '1' MINUTE e
            ==> STREAM ev WATERMARK to_timestamp(s) AS ts DELAY INTERVAL 1 MINUTE AS e
            (SELECT * FROM t) WATERMARK ts DELAY OF INTERVAL -5 SECONDS x
            ==> {SELECT * FROM t} WATERMARK ts DELAY INTERVAL -5 SECOND AS x
            range(2, 10, 3) r(n) ==> range(2, 10, 3) AS r(n)
            VALUES (1, 'a'), (2, NULL) AS t(x, y) ==> {VALUES (1, 'a'), (2, NULL)} AS t(x, y)
            VALUES (1), (2) t(x) LEFT JOIN VALUES (2) u ==> ({VALUES (1), (2)} AS t(x) LEFT {VALUES (2)} AS u)
            # Joins
            a JOIN b ON a.x = b.x ==> (a INNER b ON [a.x = b.x])
            a LEFT OUTER JOIN b USING (x, y) ==> (a LEFT b USING (x, y))
            a RIGHT JOIN b FULL OUTER JOIN c ON d ==> ((a RIGHT b) FULL c ON d)
            a CROSS JOIN b, c ==> ((a CROSS b) INNER c)
            a LEFT SEMI JOIN b ON x ANTI JOIN c ON y ==> ((a LEFT SEMI b ON x) LEFT ANTI c ON y)
            a NATURAL LEFT JOIN b ==> (a NATURAL LEFT b)
            a NATURAL JOIN b x ==> (a NATURAL INNER b AS x)
            a INNER JOIN (b JOIN c ON d) ON e ==> (a INNER (b INNER c ON d) ON e)
            (a JOIN b) x ==> (a INNER b) AS x
            a, LATERAL (SELECT a.x) y ==> (a INNER LATERAL {SELECT a.x} AS y)
            a LEFT JOIN LATERAL explode(x) y ON true ==> (a LEFT LATERAL explode(x) AS y ON TRUE)
            ((a)) ==> a
            ((SELECT 1) UNION (SELECT 2)) x ==> {({SELECT 1} UNION {SELECT 2})} AS x
            ((SELECT 1) x JOIN b) ==> ({SELECT 1} AS x INNER b)
            # Lateral views
            t LATERAL VIEW explode(a) e AS x ==> (t VIEW explode(a) e(x))
            t LATERAL VIEW OUTER posexplode(a) e p, x ==> (t VIEW OUTER posexplode(a) e(p, x))
            t LATERAL VIEW explode(a) e LATERAL VIEW explode(x) f AS y
            ==> ((t VIEW explode(a) e()) VIEW explode(x) f(y))
            t, u LATERAL VIEW explode(a) e AS k, v ==> ((t INNER u) VIEW explode(a) e(k, v))
            # Pivots
            t PIVOT (sum(a) AS s, max(b) FOR c IN (1, 2 AS two, 3 three))
            ==> (t PIVOT sum(a) AS s, max(b) FOR c IN 1, 2 AS two, 3 AS three)
            t PIVOT (sum(a) FOR (c, d) IN ((1, 'x') AS one)) ==> (t PIVOT sum(a) FOR c, d IN row(1, 'x') AS one)
            (SELECT 1) x UNPIVOT (val FOR what IN (a, b.c AS d)) u
            ==> ({SELECT 1} AS x UNPIVOT val FOR what IN a; b.c AS d) AS u
            t UNPIVOT INCLUDE NULLS ((v, w) FOR n IN ((a, b) AS x, (c, d)))
            ==> (t UNPIVOT NULLS v, w FOR n IN a, b AS x; c, d)
            t UNPIVOT EXCLUDE NULLS (v FOR n IN (a)) JOIN u ==> ((t UNPIVOT v FOR n IN a) INNER u)
            """#))
    func relations(_ row: SyntaxTable.Row) throws {
        #expect(try SyntaxParser.statement("SELECT 1 FROM \(row.text)").printed == "SELECT 1 FROM \(row.expected)")
    }

    @Test(
        arguments: SyntaxTable.rows(
            #"""
            CREATE TABLE t (a INT, b STRING NOT NULL) USING json OPTIONS (path '/x', mode = 'FAILFAST')
            ==> TABLE t(a:int,b:string!) USING json path='/x' mode='FAILFAST'
            CREATE OR REPLACE TABLE IF NOT EXISTS a.b USING kafka OPTIONS (`kafka.bootstrap.servers` 'h:1', \#
            subscribe 'e', x.y-z 5, q true);
            ==> TABLE REPLACE IF NOT EXISTS a.b() USING kafka kafka.bootstrap.servers='h:1' subscribe='e' x.y-z='5' \#
            q='true'
            CREATE TABLE t USING text LOCATION '/p' COMMENT 'c' OPTIONS ('k' 'v', flag, n -1)
            ==> TABLE t() USING text path='/p' k='v' flag='' n='-1' #c
            CREATE TABLE t USING json AS SELECT 1 ==> TABLE t() USING json = {SELECT 1}
            CREATE TEMPORARY VIEW v USING rate OPTIONS (rowsPerSecond 5) ==> TABLE v() USING rate rowsPerSecond='5'
            CREATE VIEW v AS SELECT 1 ==> VIEW v() = {SELECT 1}
            CREATE OR REPLACE TEMP VIEW IF NOT EXISTS v (a COMMENT 'x', b) COMMENT 'y' AS (SELECT 1, 2)
            ==> VIEW REPLACE TEMPORARY IF NOT EXISTS v(a#x, b) = {{SELECT 1, 2}}
            CREATE VIEW v TBLPROPERTIES ('k' 'v', l = 2) AS SELECT 1 ==> VIEW v() %k='v' %l='2' = {SELECT 1}
            CREATE EXTERNAL TABLE t (a INT) USING json TBLPROPERTIES (k 'v') LOCATION '/p'
            ==> TABLE t(a:int) USING json path='/p' %k='v'
            CREATE TEMPORARY TABLE t USING json OPTIONS (path '/p') ==> TABLE t() USING json path='/p'
            INSERT INTO t SELECT a FROM b ==> INSERT t() = {SELECT a FROM b}
            INSERT INTO TABLE a.t (x, y) VALUES (1, 2) ==> INSERT a.t(x, y) = {VALUES (1, 2)}
            INSERT INTO t BY NAME SELECT 1 AS a ==> INSERT t() BY NAME = {SELECT 1 AS a}
            INSERT INTO t (SELECT 1) ==> INSERT t() = {{SELECT 1}}
            WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a ==> INSERT t() = {WITH a = {SELECT 1} SELECT * FROM a}
            INSERT INTO t WITH a AS (SELECT 1) SELECT * FROM a ==> INSERT t() = {WITH a = {SELECT 1} SELECT * FROM a}
            INSERT INTO t PARTITION (k = 'v', d) SELECT 1 ==> INSERT t[k = 'v'][d]() = {SELECT 1}
            INSERT OVERWRITE TABLE t PARTITION (k = 1) (a) SELECT 1 ==> INSERT t[k = 1](a) = {SELECT 1}
            INSERT OVERWRITE directory SELECT 1 ==> INSERT directory() = {SELECT 1}
            INSERT OVERWRITE LOCAL DIRECTORY '/a' USING json SELECT 1 ==> INSERT DIRECTORY json %path='/a' = {SELECT 1}
            INSERT INTO table SELECT 1 ==> INSERT table() = {SELECT 1}
            DROP TABLE t ==> DROP TABLE t
            DROP VIEW IF EXISTS a.v ==> DROP VIEW IF EXISTS a.v
            SET ==> SET - = -
            SET a.b ==> SET a.b = -
            SET spark.sql.session.timeZone = America/Los_Angeles ;
            ==> SET spark.sql.session.timeZone = America/Los_Angeles
            SET a.b-c=1 second ==> SET a.b-c = 1 second
            SET k='v;w' ==> SET k = v;w
            SET TIME ZONE 'UTC' ==> SET spark.sql.session.timeZone = UTC
            SET TIME ZONE LOCAL ==> SET TIME ZONE LOCAL
            SET TIME ZONE INTERVAL -1 HOUR 30 MINUTES ==> SET TIME ZONE INTERVAL ["-1 HOUR", "30 MINUTE"]
            SET TIME ZONE INTERVAL '10:30' HOUR TO MINUTE ==> SET TIME ZONE INTERVAL ["10:30 HOUR TO MINUTE"]
            RESET ==> RESET -
            RESET a.b ==> RESET a.b
            SHOW TABLES ==> SHOW TABLES -
            SHOW TABLES LIKE 'a*' ==> SHOW TABLES a*
            SHOW TABLES IN default LIKE 'a*' ==> SHOW TABLES IN default a*
            SHOW TABLES FROM a.b ==> SHOW TABLES IN a.b -
            SHOW VIEWS ==> SHOW VIEWS -
            SHOW VIEWS IN d 'a' ==> SHOW VIEWS IN d a
            SHOW FUNCTIONS 'x' ==> SHOW FUNCTIONS x
            SHOW ALL FUNCTIONS ==> SHOW FUNCTIONS -
            SHOW USER FUNCTIONS ==> SHOW USER FUNCTIONS -
            DESCRIBE FUNCTION EXTENDED || ==> DESCRIBE FUNCTION EXTENDED ||
            DESCRIBE t ==> DESCRIBE t
            DESC TABLE EXTENDED a.t ==> DESCRIBE EXTENDED a.t
            DESCRIBE FUNCTION upper ==> DESCRIBE FUNCTION upper
            DESCRIBE FUNCTION EXTENDED upper ==> DESCRIBE FUNCTION EXTENDED upper
            DESCRIBE QUERY SELECT 1 ==> DESCRIBE {SELECT 1}
            DESC SELECT 1 ==> DESCRIBE {SELECT 1}
            DESCRIBE extended ==> DESCRIBE extended
            EXPLAIN SELECT 1 ==> EXPLAIN SIMPLE {SELECT 1}
            EXPLAIN EXTENDED INSERT INTO t SELECT 1 ==> EXPLAIN EXTENDED {INSERT t() = {SELECT 1}}
            """#))
    func statements(_ row: SyntaxTable.Row) throws {
        #expect(try SyntaxParser.statement(row.text).printed == row.expected)
    }

    @Test(
        arguments: SyntaxTable.rows(
            #"""
            TIMESTAMP_NTZ '2024-01-01' ==> TIMESTAMP_NTZ'2024-01-01'
            time '10:00' ==> TIME'10:00'
            (SELECT 1) ==> {SELECT 1}
            ((SELECT 1)) ==> {{SELECT 1}}
            ((SELECT 1) + 1) ==> [{SELECT 1} + 1]
            ((SELECT 1) UNION (SELECT 2)) ==> {({SELECT 1} UNION {SELECT 2})}
            (VALUES (1)) ==> {VALUES (1)}
            NOT EXISTS (SELECT * FROM t) ==> [NOT EXISTS {SELECT * FROM t}]
            exists(a, x -> x) ==> exists(a, (x) -> x)
            a IN (SELECT b FROM t) ==> [a IN {SELECT b FROM t}]
            (a, b) NOT IN (SELECT 1, 2) ==> [row(a, b) NOT IN {SELECT 1, 2}]
            a IN ((SELECT 1), 2) ==> [a IN ({SELECT 1}, 2)]
            (a, b) IN ((1, 2), (3, 4)) ==> [row(a, b) IN (row(1, 2), row(3, 4))]
            (a AS x, b) ==> row(a AS x, b)
            transform(a, x -> x + 1) ==> transform(a, (x) -> [x + 1])
            aggregate(a, 0, (x, y) -> x + y) ==> aggregate(a, 0, (x, y) -> [x + y])
            struct(a AS x, 1 y) ==> struct(a AS x, 1 AS y)
            f(a) ==> f(a)
            rank() OVER (PARTITION BY a, b ORDER BY c DESC)
            ==> rank() OVER (PARTITION BY a, b ORDER BY c DESC NULLS LAST)
            sum(x) OVER w ==> sum(x) OVER w
            sum(x) OVER (w) ==> sum(x) OVER w
            sum(x) OVER () ==> sum(x) OVER ()
            sum(x) OVER (ROWS BETWEEN 1 PRECEDING AND UNBOUNDED FOLLOWING)
            ==> sum(x) OVER (ROWS 1 PRECEDING TO UNBOUNDED FOLLOWING)
            sum(x) OVER (ORDER BY t RANGE INTERVAL 2 DAYS PRECEDING)
            ==> sum(x) OVER (ORDER BY t ASC NULLS FIRST RANGE INTERVAL 2 DAY PRECEDING TO CURRENT ROW)
            first(x) IGNORE NULLS OVER w ==> first(x) IGNORE NULLS OVER w
            count(*) over ==> count(*) AS over
            listagg(a, ',') WITHIN GROUP (ORDER BY b NULLS LAST) ==> listagg(a, ',') WITHIN [b ASC NULLS LAST]
            * EXCEPT (a, t.b) ==> * EXCEPT (a, t.b)
            t.* EXCEPT (a) ==> t.* EXCEPT (a)
            overlay(a PLACING 'x' FROM 2 FOR 1) ==> overlay(a, 'x', 2, 1)
            overlay(a, 'x', 2) ==> overlay(a, 'x', 2)
            a AS b ==> a AS b
            f(a) AS (b, `c d`) ==> f(a) AS (b, c d)
            a b ==> a AS b
            a order ==> a AS order
            a from ==> a AS from
            a where ==> a AS where
            """#))
    func expressions(_ row: SyntaxTable.Row) throws {
        #expect(try SyntaxParser.expression(row.text).printed == row.expected)
    }

    @Test func scripts() throws {
        let text = ";; SELECT ';' AS a; -- not; this\nSELECT `;` /* ; */ FROM t\n;\nSET a = b c;SELECT 1"
        let statements = try SyntaxParser.script(text)
        #expect(statements.map(\.printed) == ["SELECT ';' AS a", "SELECT ; FROM t", "SET a = b c", "SELECT 1"])
        #expect(statements.map(\.range.line) == [1, 2, 4, 4])
        #expect(try SyntaxParser.script(" -- nothing\n").isEmpty)
    }

    @Test("each statement tells its first mistake, and the next one begins behind its semicolon")
    func mistakes() {
        func places(_ text: String) -> [Int] { SyntaxParser.read(text, mistakes: 9).mistakes.map(\.range.start) }
        #expect(places("SELECT 1; SELECT (2); -- nothing").isEmpty)
        #expect(places("SELEC 1; SELECT FROM x; SELECT 1; SELECT (1; SELECT 2 2") == [0, 16, 43, 54])
        let deep = "SELECT " + String(repeating: "(", count: 5_000) + "1;"
        #expect(
            SyntaxParser.read(deep + "SELECT ((((1)))); SELECT 1 1", mistakes: 9).mistakes.map(\.code)
                == ["NESTING_TOO_DEEP", "PARSE_SYNTAX_ERROR"])
        let (statements, first) = SyntaxParser.read("SELECT 1; SELEC 2; SELEC 3; SELECT 4", mistakes: 1)
        #expect(statements.count == 1 && first.count == 1)
        // A text without an end has no statements.
        #expect(places("SELEC 1; SELECT 'x").count == 1)
    }
}

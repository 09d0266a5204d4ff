// However a statement is cut or changed: a tree, or an error with a place in the text.

import SourceText
import Testing

@testable import SQLParser

@Suite struct StatementFuzzTests {
    private static let statements = [
        """
        WITH a(x, y) AS (SELECT id, count(*) FILTER (WHERE v > 1) AS n FROM STREAM ev WATERMARK ts DELAY OF INTERVAL 5
        SECONDS e GROUP BY ROLLUP (id, (k, v)) HAVING n > 1), b AS (VALUES (1, 'x'), (2, NULL)) SELECT DISTINCT a.*
        EXCEPT (y), CASE WHEN x IN (SELECT 1) THEN (1, 2) ELSE -1.5e3 END c, sum(x) OVER (PARTITION BY y ORDER BY x DESC
        NULLS LAST ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) `w`, transform(arr, (p, i) -> p + i)[0].f::BIGINT FROM a
        LEFT JOIN b USING (x) NATURAL JOIN (c JOIN d ON c.x = d.x) AS q(z), LATERAL (SELECT 1) l LATERAL VIEW OUTER
        explode(m) t AS k, v WHERE EXISTS (SELECT * FROM u) AND NOT q BETWEEN 1 AND 2 /* x */ GROUP BY ALL QUALIFY r = 1
        WINDOW r AS (ORDER BY a) UNION ALL (SELECT 1 ORDER BY 1 LIMIT 1) INTERSECT TABLE t ORDER BY 1, ALL LIMIT 5
        OFFSET 2
        """,
        """
        SELECT * FROM t PIVOT (sum(a) AS s FOR (c, d) IN ((1, 2) AS x, (3, 4))) UNPIVOT INCLUDE NULLS ((v, w) FOR n IN
        ((a, b) AS x)) u GROUP BY GROUPING SETS ((a, b), (), CUBE (c)), b
        """,
        """
        CREATE OR REPLACE TABLE IF NOT EXISTS a.b (x INT NOT NULL COMMENT 'c', y STRUCT<z: ARRAY<MAP<STRING, DECIMAL(3,
        1)>>>) USING kafka OPTIONS (`kafka.bootstrap.servers` 'h:1', x.y-z = 5, q true) LOCATION '/p' COMMENT 'c'
        """,
        "CREATE TEMPORARY VIEW IF NOT EXISTS v (a COMMENT 'x', b) AS SELECT a FROM t; DROP VIEW IF EXISTS v;",
        "WITH a AS (SELECT 1) INSERT INTO TABLE t (x, y) SELECT 1, listagg(a, ',') WITHIN GROUP (ORDER BY b) FROM a",
        "SET a.b-c = x y; RESET a.b; SHOW TABLES LIKE 'a'; EXPLAIN EXTENDED DESCRIBE EXTENDED t; DESC FUNCTION f",
    ]

    /// Parses; an error must lie in the text.
    private func check(_ text: String) {
        do throws(SQLDiagnostic) {
            _ = try SyntaxParser.script(text)
        } catch {
            #expect(
                error.range.start <= error.range.end && error.range.end <= text.utf8.count && error.range.line > 0
                    && !error.message.isEmpty && error.rendered(in: text).contains("^"), "\(error) in: \(text)")
        }
    }

    @Test(arguments: statements)
    func whole(text: String) throws { #expect(try !SyntaxParser.script(text).isEmpty) }

    @Test("cut at each token, and at each character", arguments: statements)
    func truncated(text: String) throws {
        let bytes = Array(text.utf8)
        for token in try Lexer.tokens(of: text) {
            check(String(decoding: bytes[..<token.range.start], as: UTF8.self))
            check(String(decoding: bytes[token.range.start...], as: UTF8.self))
        }
        for length in 0..<bytes.count { check(String(decoding: bytes[..<length], as: UTF8.self)) }
    }

    @Test("tokens left out, doubled, exchanged and replaced")
    func mutated() throws {
        var mutation = try Mutation(statements: Self.statements)
        for _ in 0..<Mutation.count { check(mutation.next()) }
    }
}

/// Statements changed by chance, the same in every run.
struct Mutation {
    private let statements: [[String]]
    private let pieces: [String]
    private var state: UInt64

    static let count = 4_000

    init(statements texts: [String], seed: UInt64 = 7) throws {
        var statements: [[String]] = []
        for text in texts {
            let bytes = Array(text.utf8)
            statements.append(
                try Lexer.tokens(of: text).dropLast().map {
                    String(decoding: bytes[$0.range.start..<$0.range.end], as: UTF8.self)
                })
        }
        self.statements = statements
        pieces =
            statements.flatMap { $0 } + Keyword.allCases.map(\.text) + Symbol.allCases.map(\.rawValue)
            + ["'", "`", "/*", "\\", "#", "é", "9e999", "0x", "1Y", "300Y", "''", "r'", "\u{0}", ";", "--"]
        state = seed
    }

    /// The next of a sequence of numbers below a limit.
    private mutating func number(below limit: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(truncatingIfNeeded: state >> 33) % max(limit, 1)
    }

    mutating func next() -> String {
        var tokens = statements[number(below: statements.count)]
        for _ in 0...number(below: 4) {
            let place = number(below: tokens.count)
            switch number(below: 5) {
            case 0 where !tokens.isEmpty: tokens.remove(at: place)
            case 1 where !tokens.isEmpty: tokens.insert(tokens[place], at: place)
            case 2 where !tokens.isEmpty: tokens.swapAt(place, number(below: tokens.count))
            case 3 where !tokens.isEmpty: tokens[place] = pieces[number(below: pieces.count)]
            default: tokens.insert(pieces[number(below: pieces.count)], at: place)
            }
        }
        return tokens.joined(separator: number(below: 8) == 0 ? "" : " ")
    }
}

// Queries in, plans as written out, as text.

import Columns
import LogicalPlan
import Lowering
import SQLParser
import SourceText
import Testing

/// Tables `t`, `u` and `a.b` and the stream `ev`; other names are unknown.
private func catalog(
    _ name: [String], _ isStream: Bool, _ place: TextRange
) throws(SQLDiagnostic) -> UnresolvedPlan {
    let written = name.joined(separator: ".")
    guard ["t", "u", "a.b", "ev"].contains(written) else {
        throw SQLDiagnostic(code: "TABLE_OR_VIEW_NOT_FOUND", "there is no table \(written)", at: place)
    }
    let schema = Schema([Field("x", .integer), Field("y", .string)])
    return .scan(ScanSource(id: written, name: written, schema: schema, isStreaming: isStream))
}

private func plan(_ text: String) throws -> UnresolvedPlan {
    guard case .query(let query) = try SyntaxParser.statement(text).kind else { return .oneRow }
    return try QueryLowering(text: text, catalog: catalog).plan(query)
}

@Suite struct QueryLoweringTests {
    @Test(arguments: [
        ("SELECT 1", "'Select [1]\n  OneRowRelation"),
        (
            "SELECT DISTINCT x FROM t WHERE y > 1 GROUP BY x HAVING z ORDER BY x DESC LIMIT 5 OFFSET 1",
            "'Select distinct [x], where (y > 1), group by [x], having z, order by [x DESC NULLS LAST], limit 5, "
                + "offset 1\n  SubqueryAlias t\n    Relation t"
        ),
        (
            "FROM STREAM ev WATERMARK ts DELAY OF INTERVAL '1' MINUTE 5 SECONDS e",
            "'Select [*]\n  SubqueryAlias e\n    'EventTimeWatermark ts, 1 minute 5 second\n      SubqueryAlias ev\n"
                + "        StreamingRelation ev"
        ),
        (
            "SELECT * FROM a.b AS q(m, n)",
            "'Select [*]\n  SubqueryAlias q [m, n]\n    SubqueryAlias b\n      Relation a.b"
        ),
        // WITH
        (
            "WITH c(z) AS (SELECT x FROM t) SELECT z FROM c",
            "'Select [z]\n  SubqueryAlias c [z]\n    'Select [x]\n      SubqueryAlias t\n        Relation t"
        ),
        (
            "WITH t AS (SELECT x FROM t) SELECT * FROM (WITH T AS (SELECT * FROM t) SELECT * FROM t)",
            "'Select [*]\n  'Select [*]\n    SubqueryAlias T\n      'Select [*]\n        SubqueryAlias t\n"
                + "          'Select [x]\n            SubqueryAlias t\n              Relation t"
        ),
        // Grouping
        ("SELECT x GROUP BY ALL", "'Select [x], group by all\n  OneRowRelation"),
        (
            "SELECT x GROUP BY ROLLUP (x, (y, z))",
            "'Select [x], group by sets [x, y, z], [x], []\n  OneRowRelation"
        ),
        ("SELECT x GROUP BY CUBE (x, y)", "'Select [x], group by sets [x, y], [x], [y], []\n  OneRowRelation"),
        (
            "SELECT x GROUP BY a, GROUPING SETS (b, (c, d), ROLLUP (e))",
            "'Select [x], group by sets [a, b], [a, c, d], [a, e], [a]\n  OneRowRelation"
        ),
        ("SELECT x GROUP BY x ORDER BY ALL DESC", "'Select [x], group by [x], order by all\n  OneRowRelation"),
        // Joins
        (
            "SELECT * FROM t JOIN u USING (x)",
            "'Select [*]\n  'Join Inner using [x]\n    SubqueryAlias t\n      Relation t\n    SubqueryAlias u\n"
                + "      Relation u"
        ),
        (
            "SELECT * FROM t NATURAL LEFT JOIN u",
            "'Select [*]\n  'Join NaturalLeftOuter\n    SubqueryAlias t\n      Relation t\n    SubqueryAlias u\n"
                + "      Relation u"
        ),
        (
            "SELECT * FROM t CROSS JOIN u ON t.x = u.x",
            "'Select [*]\n  'Join Inner, (t.x = u.x)\n    SubqueryAlias t\n      Relation t\n    SubqueryAlias u\n"
                + "      Relation u"
        ),
        (
            "SELECT * FROM t, LATERAL explode(x) e",
            "'Select [*]\n  'LateralJoin Cross\n    SubqueryAlias t\n      Relation t\n    SubqueryAlias e\n"
                + "      'UnresolvedTableValuedFunction explode, [x]"
        ),
        (
            "SELECT * FROM t LATERAL VIEW OUTER posexplode(x) v AS p, q",
            "'Select [*]\n  'Generate posexplode(x), outer, v, [p, q]\n    SubqueryAlias t\n      Relation t"
        ),
        (
            "SELECT * FROM t PIVOT (sum(x) FOR y IN ('a' AS b, 'c'))",
            "'Select [*]\n  'Pivot [y], [a AS b, c], [sum(x)]\n    SubqueryAlias t\n      Relation t"
        ),
        (
            "SELECT * FROM t UNPIVOT (v FOR n IN (x, y AS z))",
            "'Select [*]\n  'Unpivot n, [v]\n    SubqueryAlias t\n      Relation t"
        ),
        // Set operations
        (
            "SELECT x FROM t UNION SELECT 1 ORDER BY x LIMIT 2",
            "'Select [*], order by [x ASC NULLS FIRST], limit 2\n  'Select distinct [*]\n    'Union\n"
                + "      'Select [x]\n"
                + "        SubqueryAlias t\n          Relation t\n      'Select [1]\n        OneRowRelation"
        ),
        (
            "TABLE t INTERSECT ALL VALUES (1, 'a'), (2, 'b')",
            "'Intersect All\n  SubqueryAlias t\n    Relation t\n  'UnresolvedInlineTable 2 rows"
        ),
        // Expressions
        (
            "SELECT (1, x), * EXCEPT (y), sum(x) OVER (PARTITION BY y), rank() OVER W, transform(a, q -> q + 1)",
            ""
        ),
        ("SELECT x IN (SELECT y FROM t), (x, y) NOT IN (SELECT 1, 2), EXISTS (SELECT 1), (SELECT 2)", ""),
    ])
    func plans(text: String, tree: String) throws {
        let found = try plan(text)
        if !tree.isEmpty { #expect(found.description == tree) }
    }

    @Test(
        "errors stand where they are",
        arguments: [
            ("SELECT * FROM t JOIN nope ON true", "TABLE_OR_VIEW_NOT_FOUND", "nope"),
            ("SELECT (SELECT 1 FROM nope)", "TABLE_OR_VIEW_NOT_FOUND", "nope"),
            (
                "WITH c AS (SELECT 1) SELECT * FROM (SELECT 1) WHERE x IN (SELECT * FROM d)", "TABLE_OR_VIEW_NOT_FOUND",
                "d"
            ),
            (
                "WITH RECURSIVE r AS (SELECT n FROM r) SELECT * FROM r", "INVALID_RECURSIVE_CTE",
                "r AS (SELECT n FROM r)"
            ),
            (
                "WITH RECURSIVE r(n) AS (SELECT 1 UNION SELECT n FROM r) SELECT * FROM r",
                "UNION_NOT_SUPPORTED_IN_RECURSIVE_CTE", "SELECT 1 UNION SELECT n FROM r"
            ),
            ("SELECT 1 WINDOW w AS (ORDER BY a), W AS (ORDER BY b)", "PARSE_SYNTAX_ERROR", "W AS (ORDER BY b)"),
            ("SELECT f(1, CAST(x + 1 AS INTERVAL))", "UNSUPPORTED_FEATURE", "INTERVAL"),
            (
                "SELECT * FROM t, LATERAL (SELECT 1) v JOIN LATERAL (SELECT 2) w USING (x)",
                "UNSUPPORTED_FEATURE.LATERAL_JOIN_USING", "(SELECT 1) v JOIN LATERAL (SELECT 2) w USING (x)"
            ),
            (
                "SELECT 1 GROUP BY CUBE (a, b, c, d, e, f, g, h, i, j, k, l, m)", "UNSUPPORTED_FEATURE",
                "CUBE (a, b, c, d, e, f, g, h, i, j, k, l, m)"
            ),
            (
                "SELECT 1 GROUP BY CUBE (a, b, c, d, e, f, g, h), CUBE (i, j, k, l, m)", "UNSUPPORTED_FEATURE",
                "CUBE (i, j, k, l, m)"
            ),
        ])
    func places(text: String, code: String, wrong: String) throws {
        let found = try #require(throws: SQLDiagnostic.self) { try plan(text) }
        #expect(found.code == code)
        let bytes = Array(text.utf8)[found.range.start..<found.range.end]
        #expect(String(decoding: bytes, as: UTF8.self) == wrong, "\(found.rendered(in: text))")
    }

    @Test("common tables that double each other end with an error, not with all memory")
    func doubling() throws {
        let tables = (1...40).map { "c\($0) AS (SELECT * FROM c\($0 - 1) a JOIN c\($0 - 1) b)" }
        let text = "WITH c0 AS (SELECT 1), \(tables.joined(separator: ", ")) SELECT * FROM c40"
        let found = try #require(throws: SQLDiagnostic.self) { try plan(text) }
        #expect(found.code == "QUERY_TOO_LARGE")
        _ = try plan("WITH c0 AS (SELECT 1), \(tables.prefix(8).joined(separator: ", ")) SELECT * FROM c8")
    }

    @Test(arguments: [
        ("INTERVAL 14 MONTHS", "INTERVAL MONTH", 14), ("INTERVAL '1-2' YEAR TO MONTH", "INTERVAL YEAR TO MONTH", 14),
        ("INTERVAL -1 YEAR 2 MONTHS", "INTERVAL YEAR TO MONTH", -10),
        ("INTERVAL 2 WEEKS", "INTERVAL DAY", 1_209_600_000_000),
        ("INTERVAL '-1 02:03:04.5' DAY TO SECOND", "INTERVAL DAY TO SECOND", -93_784_500_000),
        ("INTERVAL '02:03' HOUR TO MINUTE", "INTERVAL HOUR TO MINUTE", 7_380_000_000),
        ("INTERVAL 1.5 SECONDS", "INTERVAL SECOND", 1_500_000), ("INTERVAL '.25' SECOND", "INTERVAL SECOND", 250_000),
        ("INTERVAL '1 day 2 hours'", "INTERVAL DAY TO HOUR", 93_600_000_000),
    ])
    func intervals(text: String, type: String, amount: Int64) throws {
        guard case .literal(let value, let found) = try ExpressionLowering.expression(text).unlocated else {
            Issue.record("\(text) is no constant")
            return
        }
        #expect(found.description == type)
        switch value {
        case .yearMonthInterval(let months, _): #expect(Int64(months) == amount)
        case .dayTimeInterval(let micros, _): #expect(micros == amount)
        default: Issue.record("\(value)")
        }
    }

    @Test(arguments: [
        "INTERVAL 1 MONTH 1 DAY", "INTERVAL 'x' DAY", "INTERVAL '1:99' HOUR TO MINUTE", "INTERVAL '1' DAY TO DAY",
        "INTERVAL '1-13' YEAR TO MONTH", "INTERVAL '1 2' YEAR TO HOUR", "INTERVAL 1.5 DAYS",
        "INTERVAL 9223372036854775807 WEEKS",
        "INTERVAL 99999999999 MONTHS", "INTERVAL '1.2.3' SECOND", "INTERVAL '' SECOND", "INTERVAL '--1' SECOND",
        "INTERVAL '1 02:03' DAY TO SECOND", "INTERVAL 1 NANOSECOND",
    ])
    func noIntervals(text: String) throws {
        let found = try #require(throws: SQLDiagnostic.self) { try ExpressionLowering.expression("x + \(text)") }
        #expect(found.code == "INVALID_INTERVAL_FORMAT")
        #expect(found.range.start == 4 && found.range.end == 4 + text.utf8.count)
    }

    @Test func subqueriesNeedAQuery() {
        let found = #expect(throws: SQLDiagnostic.self) { try ExpressionLowering.expression("1 + (SELECT 2)") }
        #expect(found?.code == "UNSUPPORTED_FEATURE")
    }
}

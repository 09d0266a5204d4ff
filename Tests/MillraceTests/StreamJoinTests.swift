// Joins of two streams as users write them: each script straight, with a restart after every batch, and with other
// numbers of workers.

import Millrace
import MillraceTestKit
import Testing

@Suite struct StreamJoinTests {
    private static let clicks = Schema([Field("id", .integer), Field("at", .timestamp), Field("click", .string)])
    private static let views = Schema([Field("id", .integer), Field("seen", .timestamp), Field("view", .string)])

    private static func time(_ seconds: Int) -> String {
        "1970-01-01 00:\(seconds / 600)\(seconds / 60 % 10):\(seconds % 60 / 10)\(seconds % 10)"
    }

    private static func row(_ id: Int?, _ seconds: Int?, _ name: String) -> String {
        "\(id.map(String.init) ?? "null"), \(seconds.map(time) ?? "null"), \(name)"
    }

    /// Clicks and views of the same id; each view follows its click within ten seconds.
    private static func query(_ kind: String, _ columns: String = "click, view", also: String = "") -> String {
        """
        SELECT \(columns) FROM (SELECT * FROM STREAM clicks WATERMARK at DELAY OF INTERVAL 5 SECONDS) c
        \(kind) JOIN (SELECT * FROM STREAM views WATERMARK seen DELAY OF INTERVAL 5 SECONDS) v
        ON c.id = v.id AND v.seen BETWEEN c.at AND c.at + INTERVAL 10 SECONDS\(also)
        """
    }

    private func run(
        _ sql: String, _ way: StreamScript.Way, mode: OutputMode = .append, _ steps: [StreamScript.Step]
    ) async throws {
        try await StreamScript(
            streams: ["clicks": Self.clicks, "views": Self.views], outputMode: mode, query: { try $0.sql(sql) }, steps
        ).run(way)
    }

    @Test("pairs by key, whenever they come, and NULL has no partner", arguments: StreamScript.Way.allCases)
    func unbounded(_ way: StreamScript.Way) async throws {
        for mode in [OutputMode.append, .update] {
            try await run(
                "SELECT click, view FROM STREAM clicks c JOIN STREAM views v ON c.id = v.id", way, mode: mode,
                [
                    .add("clicks", "1, null, a; null, null, b; 2, null, c"), .check(""), .checkState(rows: 2),
                    .add("views", "1, null, x; null, null, y"), .check("a, x"), .checkState(rows: 3),
                    .add("clicks", "1, null, d"), .check("d, x"),
                    .add("views", "1, null, z; 2, null, w"), .check("a, z; d, z; c, w"), .checkState(rows: 6),
                ])
        }
    }

    @Test("a condition on pairs beside the keys, and one on each side", arguments: StreamScript.Way.allCases)
    func condition(_ way: StreamScript.Way) async throws {
        try await run(
            "SELECT click, view FROM STREAM clicks c JOIN STREAM views v ON c.id = v.id AND c.click < v.view "
                + "WHERE c.click <> 'b' AND length(view) = 1", way,
            [
                .add("clicks", "1, null, a; 1, null, b; 1, null, m"), .check(""), .checkState(rows: 2),
                .add("views", "1, null, k; 1, null, z; 1, null, zz"), .check("a, k; a, z; m, z"),
            ])
    }

    @Test("what can find no partner any more is dropped", arguments: StreamScript.Way.allCases)
    func bounds(_ way: StreamScript.Way) async throws {
        try await run(
            Self.query("INNER"), way,
            [
                .add("clicks", "\(Self.row(1, 10, "a")); \(Self.row(2, 12, "b")); \(Self.row(nil, 500, "n"))"),
                .add("views", "\(Self.row(1, 15, "x")); \(Self.row(1, 21, "late")); \(Self.row(2, 12, "y"))"),
                .check("a, x; b, y"), .checkState(rows: 5),
                // The watermark comes to 25: clicks before 15 and views before 25 find nothing any more.
                .add("clicks", Self.row(3, 30, "c")), .add("views", Self.row(9, 31, "z")), .check(""),
                .checkState(rows: 2),
                .add("views", Self.row(3, 40, "w")), .check("c, w"),
                // Late: not behind the watermark.
                .add("clicks", Self.row(3, 25, "d")), .check(""),
            ])
    }

    private static let script: [StreamScript.Step] = [
        .add("clicks", "\(row(1, 10, "a")); \(row(2, 12, "b")); \(row(nil, 13, "n"))"),
        .add("views", "\(row(1, 15, "x")); \(row(7, 16, "y")); \(row(nil, 17, "m"))"), .run,
    ]

    /// Both watermarks come to 95.
    private static let end: [StreamScript.Step] = [
        .add("clicks", row(50, 100, "e")), .add("views", row(51, 101, "f")),
    ]

    @Test("left: what has found no partner comes out with NULLs, once", arguments: StreamScript.Way.allCases)
    func left(_ way: StreamScript.Way) async throws {
        try await run(
            Self.query("LEFT"), way,
            Self.script + [.check("a, x")] + Self.end + [
                .check("b, null; n, null"), .checkState(rows: 2),
                .add("views", Self.row(50, 102, "g")), .check("e, g"),
                .add("clicks", Self.row(52, 200, "h")), .add("views", Self.row(53, 200, "i")), .check(""),
            ])
    }

    @Test("right: the same for the other side", arguments: StreamScript.Way.allCases)
    func right(_ way: StreamScript.Way) async throws {
        try await run(
            Self.query("RIGHT"), way,
            Self.script + [.check("a, x")] + Self.end + [.check("null, y; null, m"), .checkState(rows: 2)])
    }

    @Test("full: for both sides", arguments: StreamScript.Way.allCases)
    func full(_ way: StreamScript.Way) async throws {
        try await run(
            Self.query("FULL"), way,
            Self.script + [.check("a, x")] + Self.end + [
                .check("b, null; n, null; null, y; null, m"), .checkState(rows: 2),
            ])
    }

    @Test("semi: a row comes out once, whatever partners follow", arguments: StreamScript.Way.allCases)
    func semi(_ way: StreamScript.Way) async throws {
        for mode in [OutputMode.append, .update] {
            try await run(
                Self.query("LEFT SEMI", "click"), way, mode: mode,
                Self.script + [
                    .check("a"), .checkState(rows: 3),
                    .add("views", "\(Self.row(2, 14, "z")); \(Self.row(2, 15, "w")); \(Self.row(1, 16, "v"))"),
                    .check("b"), .checkState(rows: 5),
                ] + Self.end + [.check(""), .checkState(rows: 2)])
        }
    }

    @Test("a left row that its own condition excludes comes out at once", arguments: StreamScript.Way.allCases)
    func ownCondition(_ way: StreamScript.Way) async throws {
        try await run(
            Self.query("LEFT", also: " AND click <> 'a'"), way,
            [
                .add("clicks", "\(Self.row(1, 10, "a")); \(Self.row(1, 10, "b"))"), .check("a, null"),
                .add("views", Self.row(1, 12, "x")), .check("b, x"), .checkState(rows: 2),
            ])
    }

    @Test("so does one that its own condition excludes with what may raise", arguments: StreamScript.Way.allCases)
    func ownRaisingCondition(_ way: StreamScript.Way) async throws {
        try await run(
            Self.query("LEFT", also: " AND c.id % 2 = 0"), way,
            [
                .add("clicks", "\(Self.row(1, 10, "a")); \(Self.row(2, 10, "b"))"), .check("a, null"),
                .add("views", Self.row(2, 12, "x")), .check("b, x"), .checkState(rows: 2),
            ])
    }

    @Test(
        "rows that a side's condition excludes move no watermark, may it raise or not",
        arguments: StreamScript.Way.allCases)
    func excludedRows(_ way: StreamScript.Way) async throws {
        for (on, filter) in [(" AND v.id % 2 = 1", ""), ("", " WHERE click <> view AND v.id % 2 = 1")] {
            try await run(
                Self.query("INNER", also: on + filter), way,
                [
                    .add("clicks", "\(Self.row(1, 10, "a")); \(Self.row(1, 500, "b"))"),
                    .add("views", "\(Self.row(1, 12, "x")); \(Self.row(2, 500, "y"))"), .check("a, x"),
                    .checkState(rows: 3),
                    .add("views", Self.row(1, 13, "z")), .check("a, z"), .checkState(rows: 4),
                ])
        }
    }

    @Test(
        "an outer join whose rows with NULLs WHERE drops keeps what an inner one keeps",
        arguments: StreamScript.Way.allCases)
    func narrowed(_ way: StreamScript.Way) async throws {
        for kind in ["LEFT", "FULL", "INNER"] {
            let filter = kind == "FULL" ? "click < view AND view > 'm'" : "view > 'm'"
            try await run(
                Self.query(kind, also: " WHERE \(filter)"), way,
                [
                    .add("clicks", "\(Self.row(1, 10, "a")); \(Self.row(2, 12, "b")); \(Self.row(nil, 13, "n"))"),
                    // The view that WHERE drops moves no watermark.
                    .add("views", "\(Self.row(1, 15, "x")); \(Self.row(1, 500, "c"))"), .check("a, x"),
                    .checkState(rows: 3),
                    .add("clicks", Self.row(3, 500, "d")), .add("views", Self.row(2, 14, "y")), .check("b, y"),
                    .checkState(rows: 5),
                    .add("views", Self.row(7, 500, "z")), .check(""), .checkState(rows: 2),
                ])
        }
    }

    @Test("keys that have to be computed, on both sides", arguments: StreamScript.Way.allCases)
    func computedKeys(_ way: StreamScript.Way) async throws {
        try await run(
            """
            SELECT click, view FROM (SELECT * FROM STREAM clicks WATERMARK at DELAY OF INTERVAL 5 SECONDS) c
            LEFT JOIN (SELECT * FROM STREAM views WATERMARK seen DELAY OF INTERVAL 5 SECONDS) v
            ON c.id + 1 = v.id * 2 AND click <> 'x' AND v.seen BETWEEN c.at AND c.at + INTERVAL 10 SECONDS
            """, way,
            [
                .add("clicks", "\(Self.row(1, 10, "a")); \(Self.row(3, 12, "b")); \(Self.row(nil, 13, "n"))"),
                .add("clicks", Self.row(1, 10, "x")), .add("views", "\(Self.row(1, 15, "y")); \(Self.row(3, 12, "z"))"),
                .check("a, y; x, null"), .checkState(rows: 5),
            ] + Self.end + [.check("b, null; n, null"), .checkState(rows: 2)])
    }

    @Test("windows of both sides that are equal", arguments: StreamScript.Way.allCases)
    func windows(_ way: StreamScript.Way) async throws {
        try await run(
            """
            SELECT click, view FROM
            (SELECT click, window(at, '10 seconds') AS w FROM STREAM clicks WATERMARK at DELAY OF INTERVAL 0 SECONDS) c
            LEFT JOIN
            (SELECT view, window(seen, '10 seconds') AS w
             FROM STREAM views WATERMARK seen DELAY OF INTERVAL 0 SECONDS) v
            ON c.w = v.w
            """, way,
            [
                .add("clicks", "\(Self.row(1, 5, "a")); \(Self.row(1, 15, "b")); \(Self.row(1, 24, "c"))"),
                .add("views", "\(Self.row(2, 9, "x")); \(Self.row(2, 23, "y"))"), .check("a, x; c, y; b, null"),
                .checkState(rows: 2),
            ])
    }

    @Test("a stream with itself", arguments: StreamScript.Way.allCases)
    func itself(_ way: StreamScript.Way) async throws {
        try await run(
            """
            SELECT x.click, y.click AS next
            FROM (SELECT * FROM STREAM clicks WATERMARK at DELAY OF INTERVAL 5 SECONDS) x
            JOIN (SELECT * FROM STREAM clicks WATERMARK at DELAY OF INTERVAL 5 SECONDS) y
            ON x.id = y.id AND y.at > x.at AND y.at <= x.at + INTERVAL 10 SECONDS
            """, way,
            [
                .add("clicks", "\(Self.row(1, 10, "a")); \(Self.row(1, 15, "b"))"), .check("a, b"),
                .add("clicks", Self.row(1, 20, "c")), .check("a, c; b, c"),
                .add("clicks", Self.row(1, 90, "d")), .check(""), .checkState(rows: 2),
            ])
    }

    @Test("a windowed aggregation behind a join takes no pair as late", arguments: StreamScript.Way.allCases)
    func thenWindow(_ way: StreamScript.Way) async throws {
        try await run(
            "SELECT unix_seconds(window.start) AS w, count(*) AS n FROM (\(Self.query("LEFT", "at, view"))) "
                + "GROUP BY window(at, '10 seconds')", way,
            [
                .add("clicks", "\(Self.row(1, 10, "a")); \(Self.row(2, 12, "b")); \(Self.row(3, 25, "c"))"),
                .add("views", "\(Self.row(1, 15, "x")); \(Self.row(3, 26, "y"))"), .check(""),
                .add("clicks", Self.row(4, 40, "d")), .add("views", Self.row(4, 40, "z")),
                // The watermark is 35, and that of the pairs 25.
                .check("10, 2"),
                .add("clicks", Self.row(4, 90, "e")), .add("views", Self.row(5, 90, "w")), .check("20, 1; 40, 1"),
            ])
    }

    @Test("aggregations of two streams by window, joined", arguments: StreamScript.Way.allCases)
    func windowsThenJoin(_ way: StreamScript.Way) async throws {
        try await run(
            """
            SELECT unix_seconds(c.w.start) AS s, n, m FROM
            (SELECT window AS w, count(*) AS n FROM STREAM clicks WATERMARK at DELAY OF INTERVAL 0 SECONDS
             GROUP BY window(at, '10 seconds')) c
            LEFT JOIN
            (SELECT window AS w, count(*) AS m FROM STREAM views WATERMARK seen DELAY OF INTERVAL 0 SECONDS
             GROUP BY window(seen, '10 seconds')) v ON c.w = v.w
            """, way,
            [
                .add("clicks", "\(Self.row(1, 1, "a")); \(Self.row(1, 2, "b")); \(Self.row(1, 15, "c"))"),
                .add("views", "\(Self.row(1, 3, "x")); \(Self.row(1, 40, "y"))"),
                .add("clicks", Self.row(1, 45, "d")), .check("0, 2, 1; 10, 1, null"),
            ])
    }

    @Test("three streams", arguments: StreamScript.Way.allCases)
    func three(_ way: StreamScript.Way) async throws {
        let buys = Schema([Field("id", .integer), Field("done", .timestamp), Field("buy", .string)])
        try await StreamScript(
            streams: ["clicks": Self.clicks, "views": Self.views, "buys": buys], outputMode: .append,
            query: {
                try $0.sql(
                    "SELECT click, view, buy FROM (\(Self.query("INNER", "c.id AS k, at, click, view"))) x JOIN "
                        + "(SELECT * FROM STREAM buys WATERMARK done DELAY OF INTERVAL 5 SECONDS) b "
                        + "ON k = b.id AND done BETWEEN at AND at + INTERVAL 20 SECONDS")
            },
            [
                .add("clicks", "\(Self.row(1, 10, "a")); \(Self.row(2, 11, "b"))"),
                .add("views", "\(Self.row(1, 12, "x")); \(Self.row(2, 13, "y"))"),
                .add("buys", Self.row(1, 25, "p")), .check("a, x, p"),
                .add("buys", "\(Self.row(2, 31, "q")); \(Self.row(2, 32, "r"))"), .check("b, y, q"),
                .add("clicks", Self.row(9, 90, "c")), .add("views", Self.row(9, 90, "z")),
                .add("buys", Self.row(8, 90, "s")), .check(""), .checkState(rows: 2, operator: 0),
                .checkState(rows: 2, operator: 1),
                .add("buys", Self.row(9, 100, "t")), .check("c, z, t"),
            ]
        ).run(way)
    }

    @Test("what Spark refuses is refused, in its words")
    func refused() async throws {
        let noBound =
            "is not supported without a watermark in the join keys, or a watermark on the nullable side and an "
            + "appropriate range condition"
        let cases: [(String, OutputMode, String)] = [
            ("SELECT 1 FROM STREAM clicks c LEFT JOIN STREAM views v ON c.id = v.id", .append, noBound),
            ("SELECT click FROM STREAM clicks c LEFT SEMI JOIN STREAM views v ON c.id = v.id", .append, noBound),
            ("SELECT 1 FROM STREAM clicks c FULL JOIN STREAM views v ON c.id = v.id", .append, noBound),
            // The join is asked about as it is written, though WHERE makes it an inner one.
            (
                "SELECT 1 FROM STREAM clicks c LEFT JOIN STREAM views v ON c.id = v.id WHERE view > 'm'", .append,
                noBound
            ),
            (
                Self.query("LEFT", also: " WHERE view > 'm'"), .update,
                "LeftOuter join between two streaming DataFrames/Datasets is not supported "
                    + "in Update output mode, only in Append output mode"
            ),
            (
                "SELECT 1 FROM (SELECT * FROM STREAM clicks WATERMARK at DELAY OF INTERVAL 5 SECONDS) c "
                    + "LEFT JOIN STREAM views v ON c.id = v.id AND seen >= at", .append, noBound
            ),
            (
                Self.query("LEFT"), .update,
                "LeftOuter join between two streaming DataFrames/Datasets is not supported "
                    + "in Update output mode, only in Append output mode"
            ),
            (
                "SELECT 1 FROM STREAM clicks c JOIN STREAM views v ON c.at < v.seen", .append,
                "Stream-stream join without equality predicate is not supported"
            ),
            (
                "SELECT 1 FROM STREAM clicks c CROSS JOIN STREAM views v", .append,
                "Stream-stream join without equality predicate is not supported"
            ),
            (
                "SELECT 1 FROM STREAM clicks c JOIN STREAM views v ON c.id = v.id AND rand() < 2", .append,
                "[INVALID_NON_DETERMINISTIC_EXPRESSIONS] line 1, column 54: "
            ),
            (
                "SELECT click FROM STREAM clicks c LEFT ANTI JOIN STREAM views v ON c.id = v.id", .append,
                "LeftAnti joins with a streaming DataFrame/Dataset on the right are not supported"
            ),
            (
                "SELECT count(*) FROM STREAM clicks c JOIN STREAM views v ON c.id = v.id", .complete,
                "Inner join between two streaming DataFrames/Datasets is not supported in Complete output mode, "
                    + "only in Append and Update output modes"
            ),
            (
                "SELECT 1 FROM (SELECT id, count(*) FROM STREAM clicks GROUP BY id) c JOIN STREAM views v "
                    + "ON c.id = v.id",
                .update, "Detected pattern of possible 'correctness' issue due to global watermark"
            ),
        ]
        for (sql, mode, message) in cases {
            let error = await #expect(throws: MillraceError.self, "\(sql)") {
                try await run(sql, .straight, mode: mode, [.check("")])
            }
            #expect(error?.description.contains(message) ?? false, "\(sql): \(String(describing: error))")
        }
    }
}

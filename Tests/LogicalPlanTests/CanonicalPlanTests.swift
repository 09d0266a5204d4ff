// The texts by which checkpoints know their queries: they must stay as they are.

import Analysis
import Columns
import DurableFiles
import LogicalPlan
import Lowering
import SQLParser
import SourceText
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

private typealias Plan = UnresolvedPlan

private func sql(_ text: String) throws -> [Expression] { try ExpressionLowering.expressions(text) }

private func scan(_ name: String, id: String = "1", _ fields: [Field], isStreaming: Bool = true) -> Plan {
    .scan(ScanSource(id: id, name: name, schema: Schema(fields), isStreaming: isStreaming))
}

private let kafka = scan(
    "kafka[events]",
    [
        Field("key", .binary), Field("value", .binary), Field("topic", .string, isNullable: false),
        Field("partition", .integer, isNullable: false), Field("timestamp", .timestamp, isNullable: false),
    ])

private let everyType = scan(
    "it's `odd`\n", id: "3",
    [
        Field("a", .integer), Field("s", .string), Field("n", .decimal(precision: 10, scale: 2)),
        Field("words", .array(.string, containsNull: false)), Field("two words", .boolean),
        Field("p", .structure([Field("x", .integer, isNullable: false), Field("é", .string)])),
        Field("m", .map(key: .string, value: .double, valueContainsNull: true)),
    ], isStreaming: false)

private func wordCount() throws -> Plan {
    let words = Plan.project(kafka, try sql("explode(split(CAST(value AS STRING), '\\\\s+')) AS word"))
    let counts = Plan.aggregate(words, groupings: try sql("word"), outputs: try sql("word, count(*) AS count"))
    return .project(counts, try sql("word AS key, CAST(count AS STRING) AS value"))
}

/// Two topics together, joined with a table that is sorted and cut.
private func steps() throws -> Plan {
    let other = scan("kafka[others]", id: "2", [Field("value", .string), Field("topic", .string)])
    let both = Plan.union(
        [.project(kafka, try sql("value, topic")), other, .project(kafka, try sql("key, topic"))],
        .byPosition)
    let order = Expression.ordered(.column(["a"]), isAscending: false, nullsFirst: true)
    let first = Plan.limit(.sort(everyType, [order, .column(["s"])]), count: 10, offset: 5)
    let joined = Plan.join(both, .project(first, try sql("s AS topic, a")), .left, .columns(["topic"]))
    return .join(joined, .distinct(.project(everyType, try sql("n"))), .inner, .condition(try sql("a > n")[0]))
}

/// A query on the tables `t` and `u` and the streams `events` and `clicks`.
private func query(_ text: String) throws -> Plan {
    guard case .query(let syntax) = try SyntaxParser.statement(text).kind else { return .oneRow }
    let lowering = QueryLowering(text: text) {
        (name: [String], isStream: Bool, place: TextRange) throws(SQLDiagnostic) -> Plan in
        let written = name.joined(separator: ".")
        let fields =
            isStream
            ? [Field("id", .long), Field("at", .timestamp), Field("page", .string)]
            : [Field("a", .integer), Field("s", .string)]
        return .alias(scan(written, id: written, fields, isStreaming: isStream), written)
    }
    return try lowering.plan(syntax)
}

private let windowCounts = """
    SELECT window.end AS until, page, count(*) AS n
    FROM (SELECT * FROM STREAM events WATERMARK at DELAY OF INTERVAL 10 MINUTES)
    GROUP BY window(at, '10 minutes', '5 minutes', '1 minute'), page
    """

private let sessions = """
    SELECT id, session_window.start AS since, count(*) AS n
    FROM (SELECT * FROM STREAM events WATERMARK at DELAY OF INTERVAL 1 HOUR)
    GROUP BY id, session_window(at, '5 minutes')
    """

private let streamJoin = """
    SELECT e.id, e.page AS from, c.page AS to
    FROM (SELECT * FROM STREAM events WATERMARK at DELAY OF INTERVAL 1 MINUTE) e
    LEFT JOIN (SELECT * FROM STREAM clicks WATERMARK at DELAY OF INTERVAL 90 SECONDS) c
    ON e.id = c.id AND c.at BETWEEN e.at AND e.at + INTERVAL 5 MINUTES
    """

/// What only queries on tables have.
private let relations = """
    WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5)
    SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a)
    UNION ALL SELECT a FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.s = t.s)
    UNION ALL SELECT a FROM t WHERE a NOT IN (SELECT a FROM u)
    UNION ALL SELECT a FROM t WHERE a IN (SELECT a FROM u) OR s = 'x'
    UNION ALL SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a) OR s = 'x'
    UNION ALL (SELECT a FROM t INTERSECT SELECT a FROM u)
    UNION ALL SELECT a FROM t FULL JOIN u USING (a)
    UNION ALL SELECT t.a FROM t CROSS JOIN u
    UNION ALL SELECT a FROM t GROUP BY ROLLUP (a, s)
    UNION ALL SELECT col1 FROM VALUES (1, 'x'), (NULL, 'y')
    UNION ALL SELECT CAST(id AS INT) FROM range(1, 10, 3)
    UNION ALL SELECT a + (SELECT u.a FROM u) FROM t
    UNION ALL SELECT n FROM r
    UNION ALL SELECT 7
    """

private let windowFunctions = """
    SELECT row_number() OVER w, rank() OVER w, dense_rank() OVER w, percent_rank() OVER w, cume_dist() OVER w,
      ntile(4) OVER w, lag(a, 2) IGNORE NULLS OVER w, lead(a) OVER w, nth_value(a, 3) OVER w,
      sum(a) OVER (PARTITION BY s ORDER BY a ROWS BETWEEN 1 PRECEDING AND CURRENT ROW),
      max(a) OVER (ORDER BY a DESC NULLS LAST RANGE BETWEEN CURRENT ROW AND 2 FOLLOWING), count(*) OVER ()
    FROM t WINDOW w AS (PARTITION BY s ORDER BY a)
    """

private let lambdas = """
    transform(words, w -> upper(w) || s), transform(words, (w, i) -> i + a), filter(words, w -> w = s), \
    exists(words, w -> w IS NULL), forall(words, w -> w > 'a'), zip_with(words, words, (x, y) -> x || y), \
    aggregate(words, 0, (n, w) -> n + length(w), n -> n * 2), map_filter(m, (k, v) -> v > 1), \
    transform_keys(m, (k, v) -> upper(k)), transform_values(m, (k, v) -> exists(words, w -> w = k)) AS nested
    """

private func text(
    _ plan: Plan, _ mode: OutputMode = .append, usesHighestWatermark: Bool = false, zone: TimeZone = .utc
) throws -> String {
    CanonicalPlan.v1(
        try Analyzer.analyze(plan, zone: zone), outputMode: mode, usesHighestWatermark: usesHighestWatermark)
}

/// Expressions on `times` that mean the same in all zones.
private let zoneless = [
    "sequence(1, 3)", "sequence(1, i, 2)", "sequence(d, d)", "sequence(d, d, INTERVAL 1 MONTH)",
    "sequence(n, n, INTERVAL 1 HOUR)", "sequence(n, n, INTERVAL 1 MONTH)", "d + INTERVAL 1 DAY", "d - INTERVAL 1 MONTH",
    "n + INTERVAL 1 HOUR", "n - INTERVAL 1 MONTH", "d - d", "n - n", "hour(n)", "extract(SECOND FROM n)",
    "date_part('YEAR', d)", "date_part('DAY', INTERVAL '1' DAY)", "timestampadd(DAY, 1, n)",
    "make_timestamp_ntz(2024, 1, 1, 0, 0, 0)", "make_timestamp(2024, 1, 1, 0, 0, 0, s)", "to_timestamp_ntz(s, 'yyyy')",
    "unix_micros(t)", "CAST(d AS STRING)",
]

/// Expressions on `times` that another zone gives another meaning.
private let zoned = [
    "sequence(t, t)", "sequence(t, t, INTERVAL 1 HOUR)", "sequence(t, t, INTERVAL 1 MONTH)", "t + INTERVAL 1 DAY",
    "t - INTERVAL 1 MONTH", "d + INTERVAL 1 HOUR", "t - t", "hour(t)", "minute(t)", "extract(SECOND FROM t)",
    "date_part('YEAR', t)", "date_trunc('DAY', t)", "time_bucket(INTERVAL 1 DAY, t)", "months_between(t, t)",
    "timestampadd(DAY, 1, t)", "timestampdiff(DAY, t, t)", "make_timestamp(2024, 1, 1, 0, 0, 0)",
    "try_make_timestamp(2024, 1, 1, 0, 0, 0)", "date_format(t, 'yyyy')", "from_unixtime(0)", "to_timestamp(s, 'yyyy')",
    "try_to_timestamp(s, 'yyyy')", "to_date(s, 'yyyy')", "unix_timestamp(s, 'yyyy')", "current_date()",
    "current_timezone()", "from_json(s, 'x TIMESTAMP')", "to_json(struct(t))", "from_csv(s, 'x TIMESTAMP')",
    "to_csv(struct(t))", "CAST(t AS STRING)", "CAST(s AS TIMESTAMP)",
]

@Suite struct CanonicalPlanTests {
    /// A file each. What a file holds stands in checkpoints: a file may be added, and none may be changed.
    private static func plans() throws -> [(name: String, plan: Plan, mode: OutputMode)] {
        let expressions = """
            a + 1 AS x, CAST(s AS INT), TRY_CAST(s AS DOUBLE), - n, NOT `two words` OR a > 1 AND a <=> NULL, p.x, \
            p.`é`, words[0], a IN (1, 2), CASE WHEN a = 1 THEN 'it\\'s' ELSE s END, s LIKE 'a%', upper(s) || s, \
            a IS NOT NULL, coalesce(a, 7) BETWEEN 1 AND 9, size(words) div 2, substring(s, 2), current_timestamp(), \
            m AS `map``s`
            """
        let constants = """
            NULL, true, 1Y, -2S, 3, 4L, 1.5F, 0.1D, 1e300D, 12.30, 'line\\nbreak \\'quoted\\' \\\\ é', X'00fF', \
            DATE '2024-02-29', TIMESTAMP '1969-12-31 23:59:59.999999Z', CAST(NULL AS ARRAY<STRING>)
            """
        return [
            ("word-count", try wordCount(), .update),
            ("pass-through", .filter(kafka, try sql("partition = 0")[0]), .append),
            ("expressions", .project(everyType, try sql(expressions)), .append),
            ("constants", .project(everyType, try sql(constants)), .append),
            (
                "aggregates",
                .aggregate(
                    kafka, groupings: try sql("partition % 10 AS k, topic"),
                    outputs: try sql(
                        "k, count(*), count(key), count(DISTINCT value), sum(partition) FILTER (WHERE key IS NULL), "
                            + "avg(partition), min(timestamp), max(timestamp), first(key), last(key)"
                    ).dropFirst().map { $0 }), .complete
            ),
            ("steps", try steps(), .append),
            ("global", .aggregate(kafka, groupings: [], outputs: try sql("count(1), max(timestamp) AS m")), .complete),
            ("event-time", try query(windowCounts), .append),
            ("sessions", try query(sessions), .append),
            (
                "deduplicate",
                .deduplicated(
                    .deduplicated(
                        try query("SELECT * FROM STREAM events WATERMARK at DELAY OF INTERVAL 2 HOURS"),
                        columns: ["id", "page"], isWithinWatermark: true),
                    columns: [], isWithinWatermark: false), .append
            ),
            ("stream-join", try query(streamJoin), .append),
            (
                "processor", .groups(everyType, keys: try sql("s"), SilentProcessor.function(timeout: .processingTime)),
                .update
            ),
            ("relations", try query(relations), .append),
            ("window-functions", try query(windowFunctions), .append),
            ("lambdas", .project(everyType, try sql(lambdas)), .append),
        ]
    }

    /// Written anew with `MILLRACE_UPDATE_GOLDEN=1`, which only new files may need.
    @Test func textsAreThoseOfTheFiles() throws {
        let folder = DiskPath.join(DiskPath.parent(of: #filePath), "Golden")
        let disk = RealDisk()
        for (name, plan, mode) in try Self.plans() {
            let path = DiskPath.join(folder, "plan-v1-\(name).txt")
            let text = try text(plan, mode, usesHighestWatermark: name == "stream-join") + "\n"
            if getenv("MILLRACE_UPDATE_GOLDEN") != nil {
                try disk.remove(path)
                try OpenFile(path, .createExclusive, disk: disk).write(Array(text.utf8), at: 0)
            }
            let golden = String(decoding: try disk.readWhole(path), as: UTF8.self)
            #expect(text == golden, "\(name)")
        }
    }

    @Test("variables that processors delete are gone from the text, new ones are there, and nothing else is other")
    func changedVariables() throws {
        typealias Change = SilentProcessor.Change
        /// One processor behind the other; the key of the first is a column like the other's result.
        func plan(_ first: Change, _ second: Change) throws -> Plan {
            try [first, second].reduce(.project(everyType, try sql("s AS value"))) { plan, change in
                .groups(plan, keys: try sql("value"), SilentProcessor.function(timeout: .none, change))
            }
        }
        /// The text of a query without changes as one with them takes it, and the text of that one.
        func texts(_ first: Change, _ second: Change = .none) throws -> (known: String, own: String) {
            let changed = try plan(first, second)
            return (
                CanonicalPlan.withVariables(
                    try text(plan(.none, .none), .update), of: try Analyzer.analyze(changed, zone: .utc)),
                try text(changed, .update)
            )
        }
        for (first, second): (Change, Change) in [
            (.none, .none), (Change(deleted: ["no", "value", "see", "s"]), Change(deleted: ["it"])),
            (Change(kept: ["n", "it's"], deleted: ["seen"]), .none),
            (Change(kept: ["n"], deleted: ["it's", "seen"]), Change(kept: ["n", "seen"], deleted: ["it's"])),
            (Change(kept: [], deleted: ["n", "it's", "seen"]), .none),
            (Change(kept: ["new", "n", "seen", "it's"]), Change(kept: ["it's", "new", "seen", "n"])),
        ] {
            let (known, own) = try texts(first, second)
            #expect(known == own)
        }
        // A variable that is gone and not deleted stays, and one of another kind is as it was.
        let (gone, _) = try texts(Change(kept: ["n", "seen"]))
        #expect(gone.contains("list 'seen'") && gone.contains("map 'it"))
        let (before, after) = try texts(Change(kept: ["n", "seen", "it's"], isList: true))
        #expect(before.contains("value 'n'") && !before.contains("list 'n'") && after.contains("list 'n'"))
    }

    @Test("what changes no row changes no text")
    func whatDoesNotCount() throws {
        let original = try text(try wordCount(), .update)
        // Names in between.
        let words = Plan.project(kafka, try sql("explode(split(CAST(value AS STRING), '\\\\s+')) AS w, topic AS t"))
        let counts = Plan.aggregate(words, groupings: try sql("w AS v"), outputs: try sql("w, count(1) AS n"))
        #expect(try text(.project(counts, try sql("w AS key, string(n) AS value")), .update) == original)
        // Columns of the source that nobody reads, and the number that the session gives to the source.
        let other = scan("kafka[events]", id: "7", [Field("headers", .binary), Field("value", .binary)])
        let read = Plan.project(other, try sql("CAST(value AS STRING)"))
        #expect(try text(read) == text(.project(kafka, try sql("CAST(value AS STRING)"))))
        // Columns that are put in another order and back.
        let turned = Plan.project(.project(kafka, try sql("topic, value AS v")), try sql("v AS value, topic"))
        #expect(try text(turned) == text(.project(kafka, try sql("value, topic"))))
    }

    @Test("what changes rows or state changes the text")
    func whatCounts() throws {
        let base = Plan.project(kafka, try sql("value, topic"))
        let variants: [Plan] = [
            base, .project(kafka, try sql("topic, value")), .project(kafka, try sql("value AS v, topic")),
            .filter(base, try sql("topic = 'a'")[0]), .filter(base, try sql("topic = 'b'")[0]),
            .filter(base, try sql("topic <=> 'a'")[0]), .project(kafka, try sql("key AS value, topic")),
            .project(kafka, try sql("value, 'topic' AS topic")), .project(kafka, try sql("value, '#0' AS topic")),
            .project(
                scan("kafka[others]", [Field("value", .binary), Field("topic", .string)]), try sql("value, topic")),
        ]
        #expect(Set(try variants.map { try text($0) }).count == variants.count)
        #expect(try text(wordCount(), .update) != text(wordCount(), .complete))
    }

    @Test("the session's zone stands in the text of what depends on it, and of nothing else")
    func zones() throws {
        let times = scan(
            "times",
            [
                Field("t", .timestamp), Field("n", .timestampNTZ), Field("d", .date), Field("i", .integer),
                Field("s", .string),
            ])
        let (east, west) = (try #require(TimeZone.named("+01:00")), try #require(TimeZone.named("-08:00")))
        for (expressions, depends) in [(zoneless, false), (zoned, true)] {
            for expression in expressions {
                let plan = Plan.project(times, try sql("\(expression) AS x"))
                let texts = try [TimeZone.utc, east, west].map { try text(plan, zone: $0) }
                #expect(Set(texts).count == (depends ? 3 : 1), "\(expression)")
            }
        }
    }
}

/// A processor that is never called.
private final class SilentProcessor: ProcessorBody {
    /// Which variables it has, and which it deletes; with `isList` the first one is a list.
    struct Change {
        var kept = ["n", "seen", "it's"]
        var deleted: [String] = []
        var isList = false

        static let none = Change()
    }

    static func function(timeout: GroupTimeout, _ change: Change = .none) -> GroupFunction {
        let variables = [
            StateVariable(
                "n", change.isList ? .list : .value, values: [Field("value", .long, isNullable: false)],
                lifeMicroseconds: nil),
            StateVariable(
                "seen", .list, values: [Field("a", .string), Field("b", .double)], lifeMicroseconds: 1_000_000),
            StateVariable(
                "it's", .map, keys: [Field("value", .string, isNullable: false)], values: [Field("value", .timestamp)],
                lifeMicroseconds: nil),
            StateVariable("new", .value, values: [Field("value", .string)], lifeMicroseconds: nil),
        ]
        return GroupFunction(
            name: "sums", form: .transform(.update), timeout: timeout, outputs: [Field("value", .string)],
            code: .processor(
                SilentProcessor(deleting: change.deleted),
                change.kept.compactMap { name in variables.first { $0.name == name } }))
    }

    let deletedVariables: [String]

    init(deleting names: [String] = []) { deletedVariables = names }

    func rowColumns(among columns: [Field]) throws(PlanError) -> [Int] { [0] }
    func checkKeys(_ keys: [Field]) throws(PlanError) {}
    func initialStates(keys: [Field]) -> [ColumnVector]? { nil }
    func makeTask(keys: [Field], rows: [Field]) -> any ProcessorTask { preconditionFailure("it is never called") }
}

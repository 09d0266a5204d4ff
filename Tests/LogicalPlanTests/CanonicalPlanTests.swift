// The texts by which checkpoints know their queries: they must stay as they are.

import Analysis
import Columns
import DurableFiles
import LogicalPlan
import Lowering
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

private func text(_ plan: Plan, _ mode: OutputMode = .append) throws -> String {
    CanonicalPlan.v1(try Analyzer.analyze(plan), outputMode: mode)
}

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
        ]
    }

    /// Written anew with `MILLRACE_UPDATE_GOLDEN=1`, which only new files may need.
    @Test func textsAreThoseOfTheFiles() throws {
        let folder = DiskPath.join(DiskPath.parent(of: #filePath), "Golden")
        let disk = RealDisk()
        for (name, plan, mode) in try Self.plans() {
            let path = DiskPath.join(folder, "plan-v1-\(name).txt")
            let text = try text(plan, mode) + "\n"
            if getenv("MILLRACE_UPDATE_GOLDEN") != nil {
                try disk.remove(path)
                try OpenFile(path, .createExclusive, disk: disk).write(Array(text.utf8), at: 0)
            }
            let golden = String(decoding: try disk.readWhole(path), as: UTF8.self)
            #expect(text == golden, "\(name)")
        }
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
}

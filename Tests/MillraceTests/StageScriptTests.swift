// Streams through several stages: unions, joins with tables, aggregations behind each other, sorts and limits.

import MillraceTestKit
import Testing

@testable import Millrace

@Suite struct StageScriptTests {
    private static let sales = StreamScriptTests.sales
    /// The shops that are known: `a` twice, and one without a name.
    private static func shops(in session: Session) throws -> DataFrame {
        try session.createDataFrame(
            [
                [.string("a"), .string("Berlin")], [.string("a"), .string("Bonn")], [.string("b"), .string("Rome")],
                [.null, .string("nowhere")], [.string("z"), .string("Oslo")],
            ], schema: Schema([Field("shop", .string), Field("city", .string)]))
    }

    @Test(
        "two aggregations behind each other: the upper one begins anew with the lower one's whole result",
        arguments: StreamScript.Way.allCases)
    func aggregationsBehindEachOther(_ way: StreamScript.Way) async throws {
        try await StreamScript(
            streams: ["sales": Self.sales], outputMode: .complete,
            query: {
                _ = try $0.sql("SET millrace.extended = true")
                return try $0("sales").groupBy("shop").agg(count("*").as("n"), sum("amount").as("total"))
                    .groupBy("n").agg(count("*").as("shops"), sum("total").as("total"))
            },
            [
                .add("sales", "a, 1; b, 2; a, 3; c, 4"),
                .check("2, 1, 4; 1, 2, 6"),
                .checkState(rows: 3),
                .add("sales", "b, 10; d, 5"),
                .check("2, 2, 16; 1, 2, 9"),
                .restart,
                .add("sales", "a, 100"),
                .check("3, 1, 104; 2, 1, 12; 1, 2, 9"),
                .checkState(rows: 4),
            ]
        ).run(way)
    }

    @Test(
        "distinct rows of a stream come out once", arguments: StreamScript.Way.allCases, [OutputMode.append, .update])
    func distinct(_ way: StreamScript.Way, _ mode: OutputMode) async throws {
        try await StreamScript(
            streams: ["sales": Self.sales], outputMode: mode, query: { try $0("sales").distinct() },
            [
                .add("sales", "a, 1; a, 1; null, 2; a, 2"), .check("a, 1; null, 2; a, 2"),
                .add("sales", "a, 2; null, 2; b, 1"), .check("b, 1"),
                .add("sales", "a, 1"), .check(""),
                .checkState(rows: 4),
            ]
        ).run(way)
    }

    @Test("a limit on a stream counts the rows of all batches", arguments: StreamScript.Way.allCases)
    func limits(_ way: StreamScript.Way) async throws {
        try await StreamScript(
            streams: ["sales": Self.sales], outputMode: .append,
            query: { try $0("sales").where("amount > 0").limit(3) },
            [
                .add("sales", "a, 0; a, 1"), .check("a, 1"),
                .checkState(rows: 1),
                .add("sales", "b, 2"), .check("b, 2"),
                .stop, .dropNewestCommit, .start,
                .checkLastBatch("b, 2"),
                .add("sales", "c, 3; c, 3; c, 3"), .check("c, 3"),
                .add("sales", "d, 4"), .check(""),
            ]
        ).run(way)
        try await StreamScript(
            streams: ["sales": Self.sales], outputMode: .append, query: { try $0("sales").limit(0) },
            [.add("sales", "a, 1"), .check("")]
        ).run(way)
    }

    @Test("what aggregates collect is kept from batch to batch", arguments: StreamScript.Way.allCases)
    func collections(_ way: StreamScript.Way) async throws {
        try await StreamScript(
            streams: ["sales": Self.sales],
            query: {
                try $0("sales").groupBy("shop").agg(
                    expr("array_join(sort_array(collect_set(amount)), '+') AS kept"),
                    expr("array_join(sort_array(collect_list(amount)), '+') AS all"), expr("mode(amount) AS often"),
                    expr("percentile_approx(amount, 0.5) AS half"), expr("approx_count_distinct(amount) AS different"),
                    expr("max_by(shop, struct(amount)) AS best"), expr("max(array(amount))[0] AS most"))
            },
            [
                .add("sales", "a, 3; b, 1; a, 3; a, 5"),
                .check("a, 3+5, 3+3+5, 3, 3, 2, a, 5; b, 1, 1, 1, 1, 1, b, 1"),
                .add("sales", "a, 5; a, 5; a, null"),
                .check("a, 3+5, 3+3+5+5+5, 5, 5, 2, a, 5"),
                .stop, .dropNewestCommit, .start,
                .checkLastBatch("a, 3+5, 3+3+5+5+5, 5, 5, 2, a, 5"),
                .add("sales", "b, 9; c, null"),
                .check("b, 1+9, 1+9, 1, 1, 2, b, 9; c, , , null, null, 0, c, null"),
                .checkState(rows: 3),
            ]
        ).run(way)
    }

    @Test("a union of two streams, and of a stream with itself", arguments: StreamScript.Way.allCases)
    func unions(_ way: StreamScript.Way) async throws {
        try await StreamScript(
            streams: ["sales": Self.sales, "returns": Self.sales],
            query: { streams in
                try streams("sales").union(streams("returns").selectExpr("shop", "-amount AS amount"))
                    .union(streams("sales").where("amount > 100"))
                    .groupBy("shop").agg(sum("amount").as("total"), count("*").as("n"))
            },
            [
                .add("sales", "a, 1; b, 200"), .check("a, 1, 1; b, 400, 2"),
                .add("returns", "a, 1; c, 5"), .check("a, 0, 2; c, -5, 1"),
                .add("sales", "c, 5"), .check("c, 0, 2"),
                .checkState(rows: 3),
            ]
        ).run(way)
    }

    @Test("two aggregations side by side, each with a state of its own", arguments: StreamScript.Way.allCases)
    func aggregationsSideBySide(_ way: StreamScript.Way) async throws {
        try await StreamScript(
            streams: ["sales": Self.sales, "returns": Self.sales], outputMode: .complete,
            query: { streams in
                try streams("sales").groupBy("shop").agg(sum("amount").as("total"))
                    .union(streams("returns").groupBy("shop").agg(count("*").as("total")))
            },
            [
                .add("sales", "a, 1; b, 2; a, 3"), .add("returns", "a, 9"),
                .check("a, 4; b, 2; a, 1"),
                .checkState(rows: 1, operator: 0), .checkState(rows: 2, operator: 1),
                .restart,
                .add("returns", "b, 1; c, 1; a, 1"),
                .check("a, 4; b, 2; a, 2; b, 1; c, 1"),
                .add("sales", "c, 7"),
                .check("a, 4; b, 2; c, 7; a, 2; b, 1; c, 1"),
                .checkState(rows: 3, operator: 0), .checkState(rows: 3, operator: 1),
            ]
        ).run(way)
    }

    @Test("the same in update mode: each gives what has changed of its own", arguments: StreamScript.Way.allCases)
    func changesSideBySide(_ way: StreamScript.Way) async throws {
        try await StreamScript(
            streams: ["sales": Self.sales, "returns": Self.sales], outputMode: .update,
            query: { streams in
                try streams("sales").groupBy("shop").agg(sum("amount").as("total"))
                    .union(streams("returns").groupBy("shop").agg(count("*").as("total")))
            },
            [
                .add("sales", "a, 1; b, 2; a, 3"), .add("returns", "a, 9"), .check("a, 4; b, 2; a, 1"),
                .add("returns", "b, 1; a, 1"), .check("b, 1; a, 2"),
                .add("sales", "b, 7"), .check("b, 9"),
                .checkState(rows: 2, operator: 0), .checkState(rows: 2, operator: 1),
            ]
        ).run(way)
    }

    @Test("a stream joined with a table", arguments: StreamScript.Way.allCases)
    func joinsWithTables(_ way: StreamScript.Way) async throws {
        func script(
            _ expected: [String], _ query: @escaping (DataFrame, _ shops: DataFrame) throws -> DataFrame
        ) async throws {
            try await StreamScript(
                streams: ["sales": Self.sales], outputMode: .append,
                query: { streams in
                    let stream = try streams("sales")
                    return try query(stream, try Self.shops(in: stream.session))
                },
                [
                    .add("sales", "a, 1; x, 2; null, 3"), .check(expected[0]),
                    .add("sales", "b, 4"), .check(expected[1]),
                ]
            ).run(way)
        }
        try await script(["a, 1, Berlin; a, 1, Bonn", "b, 4, Rome"]) { $0.join($1, on: "shop") }
        try await script(["a, 1, Berlin; a, 1, Bonn; x, 2, null; null, 3, null", "b, 4, Rome"]) {
            $0.join($1, on: "shop", how: .left)
        }
        try await script(["a, 1", "b, 4"]) { $0.join($1, on: "shop", how: .leftSemi) }
        try await script(["x, 2; null, 3", ""]) { $0.join($1, on: "shop", how: .leftAnti) }
        try await script(["a, Berlin, 1; a, Bonn, 1", "b, Rome, 4"]) { $1.join($0, on: "shop") }
        try await script(["a, Berlin, 1; a, Bonn, 1; x, null, 2; null, null, 3", "b, Rome, 4"]) {
            $1.join($0, on: "shop", how: .right)
        }
        // A table that is computed first, and steps behind the join.
        try await script(["A, 2; X, 0; null, 0", "B, 1"]) { stream, shops in
            let cities = shops.groupBy("shop").agg(count("*").as("cities"))
            return stream.join(cities, on: "shop", how: .left)
                .selectExpr("upper(shop) AS shop", "coalesce(cities, CAST(0 AS BIGINT)) AS cities")
        }
    }

    @Test("a joined stream is aggregated, sorted and cut off in complete mode", arguments: StreamScript.Way.allCases)
    func theFirstOfAll(_ way: StreamScript.Way) async throws {
        try await StreamScript(
            streams: ["sales": Self.sales], outputMode: .complete,
            query: { streams in
                let stream = try streams("sales")
                return stream.join(try Self.shops(in: stream.session), on: "shop")
                    .groupBy("city").agg(sum("amount").as("total"))
                    .orderBy(col("total").desc(), col("city")).limit(2)
            },
            [
                .add("sales", "a, 1; b, 5"), .check("Rome, 5; Berlin, 1"),
                .add("sales", "z, 9"), .check("Oslo, 9; Rome, 5"),
                .add("sales", "a, 100"), .check("Berlin, 101; Bonn, 101"),
            ]
        ).run(way)
    }
}

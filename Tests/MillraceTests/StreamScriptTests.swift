// Scripts on streams: each straight, with a restart after every batch, and with other numbers of workers.

import Millrace
import MillraceTestKit
import Testing

@Suite struct StreamScriptTests {
    static let sales = Schema([Field("shop", .string), Field("amount", .long)])

    @Test("sums by key", arguments: StreamScript.Way.allCases)
    func sums(_ way: StreamScript.Way) async throws {
        try await StreamScript(
            streams: ["sales": Self.sales],
            query: { try $0("sales").groupBy("shop").agg(sum("amount").as("total"), count("*").as("n")) },
            [
                .add("sales", "a, 1; b, 2; a, 3"),
                .check("a, 4, 2; b, 2, 1"),
                .checkState(rows: 2),
                .add("sales", "c, null"),
                .check("c, null, 1"),
                .restart,
                .add("sales", "null, 7; c, 1"),
                .check("null, 7, 1; c, 1, 2"),
                .checkState(rows: 4),
            ]
        ).run(way)
    }

    @Test("complete mode shows every group each time", arguments: StreamScript.Way.allCases)
    func complete(_ way: StreamScript.Way) async throws {
        try await StreamScript(
            streams: ["sales": Self.sales], outputMode: .complete,
            query: { try $0("sales").groupBy("shop").agg(max("amount").as("most")) },
            [
                .add("sales", "a, 1"), .check("a, 1"),
                .add("sales", "b, 5; a, 0"), .check("a, 1; b, 5"),
                .add("sales", "a, 9"), .check("a, 9; b, 5"),
            ]
        ).run(way)
    }

    @Test("a stateless query gives each row once", arguments: StreamScript.Way.allCases)
    func stateless(_ way: StreamScript.Way) async throws {
        try await StreamScript(
            streams: ["sales": Self.sales], outputMode: .append,
            query: {
                try $0("sales").where("amount > 1").selectExpr("upper(shop) AS shop", "amount * 2 AS twice")
            },
            [
                .add("sales", "a, 1; b, 2"), .check("B, 4"),
                .add("sales", "a, 0"), .check(""),
                .add("sales", "c, 3; c, 3"), .check("C, 6; C, 6"),
            ]
        ).run(way)
    }

    @Test("with an interval, batches run when the clock says so", arguments: StreamScript.Way.allCases)
    func interval(_ way: StreamScript.Way) async throws {
        try await StreamScript(
            streams: ["sales": Self.sales], trigger: .processingTime(.seconds(10)),
            query: { try $0("sales").groupBy("shop").agg(sum("amount").as("total")) },
            [
                .add("sales", "a, 1"), .check(""),
                .advanceClock(.seconds(9)), .check(""),
                .advanceClock(.seconds(1)), .checkLastBatch("a, 1"),
                .add("sales", "a, 2; b, 5"), .advanceClock(.seconds(25)), .checkLastBatch("a, 3; b, 5"),
                // Times are multiples of the interval: 40 comes next.
                .add("sales", "b, 1"), .advanceClock(.seconds(4)), .check(""),
                .advanceClock(.seconds(1)), .check("b, 6"),
            ]
        ).run(way)
    }

    @Test("the rate source goes by the clock", arguments: StreamScript.Way.allCases)
    func rate(_ way: StreamScript.Way) async throws {
        try await StreamScript(
            streams: [:], outputMode: .append,
            query: { $0.readStream.format("rate").option("rowsPerSecond", 2).load().select("timestamp", "value") },
            [
                .run, .advanceClock(.seconds(2)),
                .check(
                    """
                    1970-01-01 00:00:00, 0; 1970-01-01 00:00:00.5, 1
                    1970-01-01 00:00:01, 2; 1970-01-01 00:00:01.5, 3
                    """),
                .restart, .advanceClock(.seconds(1)),
                .check("1970-01-01 00:00:02, 4; 1970-01-01 00:00:02.5, 5"),
            ]
        ).run(way)
    }

    @Test("a batch whose commit is lost runs again and gives the same", arguments: StreamScript.Way.allCases)
    func lostCommit(_ way: StreamScript.Way) async throws {
        try await StreamScript(
            streams: ["sales": Self.sales], query: { try $0("sales").groupBy("shop").agg(sum("amount").as("total")) },
            [
                .add("sales", "a, 1; b, 2"), .check("a, 1; b, 2"),
                .add("sales", "a, 5"), .check("a, 6"),
                .stop, .dropNewestCommit, .start, .check("a, 6"), .checkState(rows: 2),
                // A run that has done nothing leaves the commit in the segment before its own.
                .restart, .stop, .dropNewestCommit, .start, .check("a, 6"),
                .stop, .add("sales", "c, 1"), .start, .check("c, 1"), .checkState(rows: 3),
            ]
        ).run(way)
    }

    @Test("an error is expected by its code, of a batch and of a start", arguments: StreamScript.Way.allCases)
    func errors(_ way: StreamScript.Way) async throws {
        try await StreamScript(
            streams: ["sales": Self.sales], query: { try $0("sales").selectExpr("CAST(shop AS INT) AS shop") },
            [.add("sales", "1, 0"), .check("1"), .add("sales", "x, 0"), .expectError("CAST_INVALID_INPUT")]
        ).run(way)
        try await StreamScript(
            streams: ["sales": Self.sales], outputMode: .append, query: { try $0("sales").groupBy("shop").count() },
            [.expectError("STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION")]
        ).run(way)
    }

    @Test("streams and tables meet in one query", arguments: StreamScript.Way.allCases)
    func severalStreams(_ way: StreamScript.Way) async throws {
        let town = Schema([Field("shop", .string), Field("town", .string)])
        try await StreamScript(
            streams: ["sales": Self.sales, "returns": Self.sales], outputMode: .complete,
            query: {
                let all = try $0("sales").union($0("returns").selectExpr("shop", "-amount AS amount"))
                return try all.join($0.table([[.string("a"), .string("Ulm")]], schema: town), on: "shop")
                    .groupBy("town").agg(sum("amount").as("total"))
            },
            [
                .add("sales", "a, 10; b, 3"), .check("Ulm, 10"),
                .add("returns", "a, 4"), .add("sales", "a, 1"), .check("Ulm, 7"),
            ]
        ).run(way)
    }

    @Test("a wrong row, a wrong count of state and a missing stream are each found, with the steps before")
    func failures() async throws {
        func run(_ steps: [StreamScript.Step]) async throws {
            try await StreamScript(
                streams: ["sales": Self.sales], query: { try $0("sales").groupBy("shop").count() }, steps
            ).run(.straight)
        }
        for wrong in [
            .check("a, 2"), .check(""), .check("a, 1; b, 1"), .checkState(rows: 2), .checkState(rows: 1, operator: 1),
            .add("prices", "a, 1"), .check("a"), .checkLastBatch("a, 2"), .expectError("BAD_ROW"), .dropNewestCommit,
        ] as [StreamScript.Step] {
            await #expect(throws: StreamTest.Failure.self, "\(wrong)") {
                try await run([.add("sales", "a, 1"), wrong])
            }
        }
        try await run([.add("sales", "a, 1"), .check("a, 1"), .checkState(rows: 1)])
    }
}

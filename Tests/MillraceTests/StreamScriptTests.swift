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

    @Test("a wrong row, a wrong count of state and a missing stream are each found, with the steps before")
    func failures() async throws {
        func run(_ steps: [StreamScript.Step]) async throws {
            try await StreamScript(
                streams: ["sales": Self.sales], query: { try $0("sales").groupBy("shop").count() }, steps
            ).run(.straight)
        }
        for wrong in [
            .check("a, 2"), .check(""), .check("a, 1; b, 1"), .checkState(rows: 2), .checkState(rows: 1, operator: 1),
            .add("prices", "a, 1"), .check("a"),
        ] as [StreamScript.Step] {
            await #expect(throws: StreamTest.Failure.self, "\(wrong)") {
                try await run([.add("sales", "a, 1"), wrong])
            }
        }
        try await run([.add("sales", "a, 1"), .check("a, 1"), .checkState(rows: 1)])
    }
}

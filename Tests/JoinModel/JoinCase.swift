// Random streams, kinds of join and bounds: what a query gives, held against the naive join batch by batch.

import Millrace
import MillraceTestKit
import TestSupport

/// One random join of two random streams, the same for the same seed; each third is run straight, with a restart after
/// every batch, and resumed with other workers.
package struct JoinCase: Sendable {
    let seed: UInt64

    /// The case of a seed.
    package init(seed: UInt64) { self.seed = seed }

    private static let schema = Schema([
        Field("id", .integer), Field("time", .timestamp), Field("value", .integer), Field("number", .integer),
        Field("text", .string),
    ])

    /// What is wrong with what the query gives; nil where nothing is.
    package func run() async -> String? {
        var dice = SeededRandom(seed)
        var model = JoinModel(&dice)
        let sql = model.sql
        let steps = Self.steps(&model, &dice)
        let way = StreamScript.Way.allCases[Int(seed % 3)]
        do {
            try await StreamScript(
                streams: ["ls": Self.schema, "rs": Self.schema], outputMode: .append,
                trigger: .processingTime(.seconds(1)),
                query: {
                    // Spark refuses the anti join of two streams.
                    _ = try $0.sql("SET millrace.extended = true")
                    return try $0.sql(sql)
                }, steps
            ).run(way)
            return nil
        } catch {
            return "seed \(seed), \(way): \(sql)\n\(error)"
        }
    }

    /// Six batches of rows, each with what the naive join makes of it.
    private static func steps(_ model: inout JoinModel, _ dice: inout SeededRandom) -> [StreamScript.Step] {
        var steps: [StreamScript.Step] = []
        var (now, number) = (10, 0)
        for batch in 0..<6 {
            // The last one is far behind all others.
            now += batch == 5 ? 100 : dice.below(8)
            let arrived = (0...1).map { _ in
                (0..<(batch == 5 ? 1 : dice.below(12))).map { _ -> JoinModel.Row in
                    number += 1
                    return JoinModel.Row(
                        id: dice.below(12) == 0 ? nil : dice.below(3),
                        time: batch < 5 && dice.below(15) == 0 ? nil : max(now - 12 + dice.below(16), 1),
                        value: dice.below(4), number: number)
                }
            }
            for (name, rows) in zip(["ls", "rs"], arrived) where !rows.isEmpty {
                steps.append(.addRows(name, rows.map(values)))
            }
            // The batch, and that without rows which the watermark asks for.
            for _ in 0..<3 { steps += [.advanceClock(.seconds(1)), .run] }
            let expected = model.take(arrived).map { row -> [Value] in
                row.map { cell in cell.map { .integer(Int32($0)) } ?? .null }
            }
            steps.append(.checkRows(expected))
        }
        return steps
    }

    private static func values(_ row: JoinModel.Row) -> [Value] {
        [
            row.id.map { .integer(Int32($0)) } ?? .null, row.time.map { .timestamp(Int64($0) * 1_000_000) } ?? .null,
            .integer(Int32(row.value)), .integer(Int32(row.number)),
            .string(String(repeating: "x", count: row.number % 7)),
        ]
    }
}

// Random plans over random rows, against a naive model that knows neither columns, nor batches, nor pruning.

import Millrace
import TestSupport
import Testing

/// The same steps done naively: columns by name, rows one by one.
private struct Model {
    typealias Cell = Int64?
    var names: [String]
    var rows: [[Cell]]

    func index(_ name: String) -> Int { names.firstIndex(of: name) ?? 0 }

    func selecting(_ columns: [(name: String, value: ([Cell]) -> Cell)]) -> Model {
        Model(names: columns.map(\.name), rows: rows.map { row in columns.map { $0.value(row) } })
    }

    func filtered(_ condition: ([Cell]) -> Bool?) -> Model {
        Model(names: names, rows: rows.filter { condition($0) == true })
    }

    /// One group's rows folded: count(*), count(x), sum, min, max of each of `values`.
    func grouped(by keys: [String], _ values: String) -> Model {
        var order: [[Cell]] = keys.isEmpty ? [[]] : []
        var groups: [[Cell]: [Cell]] = keys.isEmpty ? [[]: []] : [:]
        for row in rows {
            let key = keys.map { row[index($0)] }
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(row[index(values)])
        }
        let results: [[Cell]] = order.map { key in
            let all = groups[key] ?? []
            let known = all.compactMap { $0 }
            return key + [
                Int64(all.count), Int64(known.count), known.isEmpty ? nil : known.reduce(0, +), known.min(),
                known.max(),
            ]
        }
        return Model(names: keys + ["rows", "known", "total", "low", "high"], rows: results)
    }
}

@Suite struct PlanModelTests {
    /// A frame and its model after the same random steps, and a text that says which.
    private static func steps(
        _ frame: DataFrame, _ model: Model, _ dice: inout SeededRandom, mayAggregate: Bool
    ) -> (DataFrame, Model, String, Bool) {
        var (frame, model, text, hasAggregated) = (frame, model, "", false)
        for step in 0..<(1 + dice.below(6)) {
            let (a, b) = (model.names[dice.below(model.names.count)], model.names[dice.below(model.names.count)])
            let (i, j, number) = (model.index(a), model.index(b), Int64(dice.below(5)))
            let name = "x\(step)"
            switch dice.below(mayAggregate && !hasAggregated ? 6 : 5) {
            case 0:
                text += ".select(\(a), \(a) + \(b) AS \(name))"
                frame = frame.selectExpr(a, "\(a) + \(b) AS \(name)")
                model = model.selecting([
                    (a, { $0[i] }), (name, { row in row[i].flatMap { left in row[j].map { left + $0 } } }),
                ])
            case 1:
                text += ".withColumn(\(name), coalesce(\(a), \(number)))"
                frame = frame.withColumn(name, expr("coalesce(\(a), CAST(\(number) AS BIGINT))"))
                let kept = model.names.indices.map { index in
                    (name: model.names[index], value: { (row: [Model.Cell]) in row[index] })
                }
                model = model.selecting(kept + [(name, { $0[i] ?? number })])
            case 2:
                text += ".where(\(a) > \(number))"
                frame = frame.where("\(a) > \(number)")
                model = model.filtered { row in row[i].map { $0 > number } }
            case 3:
                text += ".where(\(a) IS NULL OR \(b) <= \(number))"
                frame = frame.where("\(a) IS NULL OR \(b) <= \(number)")
                model = model.filtered { row in row[i] == nil ? true : row[j].map { $0 <= number } }
            case 4:
                text += ".select(\(b))"
                frame = frame.select(b)
                model = model.selecting([(b, { $0[j] })])
            default:
                hasAggregated = true
                let keys = dice.below(3) == 0 ? [] : Array(Set([a])).sorted()
                text += ".groupBy(\(keys)).agg(\(b))"
                let aggregates = [
                    count("*").as("rows"), count(b).as("known"), sum(b).as("total"), min(b).as("low"),
                    max(b).as("high"),
                ]
                frame =
                    keys.isEmpty
                    ? frame.agg(aggregates[0], aggregates[1], aggregates[2], aggregates[3], aggregates[4])
                    : frame.groupBy(col(keys[0])).agg(
                        aggregates[0], aggregates[1], aggregates[2], aggregates[3], aggregates[4])
                model = model.grouped(by: keys, b)
            }
        }
        return (frame, model, text, hasAggregated)
    }

    private static func rows(_ dice: inout SeededRandom) -> [[Model.Cell]] {
        (0..<dice.below(40)).map { _ in (0..<4).map { _ in dice.below(5) == 0 ? nil : Int64(dice.below(7) - 2) } }
    }

    private static func cells(_ row: [Value]) -> [Model.Cell] {
        row.map { if case .long(let number) = $0 { number } else { nil } }
    }

    private static let schema = Schema(["a", "b", "c", "d"].map { Field($0, .long) })

    private static func sorted(_ rows: [[Model.Cell]]) -> [String] { rows.map { "\($0)" }.sorted() }

    @Test("tables: any steps give what they say")
    func tables() throws {
        let session = Session(appName: "test", configuration: .quiet)
        for seed in 1...400 {
            var dice = SeededRandom(UInt64(seed))
            let rows = Self.rows(&dice)
            let start = try session.createDataFrame(
                rows.map { row in row.map { $0.map { .long($0) } ?? .null } }, schema: Self.schema)
            let (frame, model, text, _) = Self.steps(
                start, Model(names: Self.schema.names, rows: rows), &dice, mayAggregate: true)
            let found = try frame.collect().map { Self.cells($0.values) }
            #expect(Self.sorted(found) == Self.sorted(model.rows), "seed \(seed): \(text) of \(rows)")
        }
    }

    @Test("streams: in complete mode the table after each batch is that of all rows so far; in append mode rows add up")
    func streams() async throws {
        for seed in 1...40 {
            var dice = SeededRandom(UInt64(seed))
            let session = Session(appName: "test", configuration: .quiet)
            let stream = MemoryStream(session, schema: Self.schema)
            let planSeed = dice.below(1_000_000)
            var planDice = SeededRandom(UInt64(planSeed))
            let (frame, _, text, hasAggregated) = Self.steps(
                stream.toDF(), Model(names: Self.schema.names, rows: []), &planDice, mayAggregate: true)
            let query = try await frame.writeStream.format("memory").queryName("t")
                .outputMode(hasAggregated ? .complete : .append).start()
            var all: [[Model.Cell]] = []
            for _ in 0..<3 {
                let rows = Self.rows(&dice)
                all += rows
                try stream.addData(rows.map { row in row.map { $0.map { .long($0) } ?? .null } })
                try await query.processAllAvailable()
                var again = SeededRandom(UInt64(planSeed))
                let (_, model, _, _) = Self.steps(
                    stream.toDF(), Model(names: Self.schema.names, rows: all), &again, mayAggregate: true)
                let found = try session.table("t").collect().map { Self.cells($0.values) }
                #expect(Self.sorted(found) == Self.sorted(model.rows), "seed \(seed): \(text) of \(all)")
            }
            await query.stop()
        }
    }
}

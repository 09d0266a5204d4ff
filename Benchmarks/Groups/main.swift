// A function over groups with a state for each of a million keys, beside the aggregation that does the same.

import Millrace

struct Input: Codable {
    let v: Int
}

struct Total: Codable {
    var count: Int
    var sum: Int
}

struct Output: Codable {
    let k: Int
    let count: Int
    let sum: Int
}

/// Runs a query over so many rows a batch; prints how long the batches took.
func measure(
    _ name: String, rows: Int, keys: Int, batches: Int, _ query: (DataFrame) -> DataFrame
) async throws {
    let clock = ManualClock()
    var configuration = SessionConfiguration()
    configuration.manualClock = clock
    configuration.log = { _, _ in }
    let session = Session(appName: "groups", configuration: configuration)
    let input = session.readStream.format("rate").option("rowsPerSecond", "\(rows)").load()
        .select((col("value") % lit(keys)).as("k"), col("value").as("v"))
    let running = try await query(input).writeStream.format("noop").outputMode("update")
        .trigger(.processingTime(.seconds(1))).start()
    try await running.waitForClock()
    for _ in 0..<batches {
        clock.advance(by: .seconds(1))
        try await running.waitForClock()
    }
    for progress in running.recentProgress where progress.numInputRows > 0 {
        let addBatch = progress.durations.first { $0.name == "addBatch" }?.nanoseconds ?? 1
        let rate = Double(progress.numInputRows) / (Double(addBatch) / 1e9)
        print(
            "\(name): batch \(progress.batchID), \(progress.numInputRows) rows, "
                + "\(progress.stateOperators.first?.numRowsTotal ?? 0) keys: \(addBatch / 1_000_000) ms, "
                + "\(Int(rate)) rows/s")
    }
    await running.stop()
}

for (rows, keys) in [(1_000_000, 1_000_000), (1_000_000, 10_000)] {
    try await measure("mapGroupsWithState", rows: rows, keys: keys, batches: 4) {
        $0.groupByKey("k").mapGroupsWithState {
            (key: Int, rows: GroupRows<Input>, state: inout GroupState<Total>) -> Output in
            var total = state.getOption ?? Total(count: 0, sum: 0)
            for row in rows {
                total.count += 1
                total.sum &+= row.v
            }
            state.update(total)
            return Output(k: key, count: total.count, sum: total.sum)
        }
    }
    try await measure("groupBy", rows: rows, keys: keys, batches: 4) {
        $0.groupBy("k").agg(count("*").as("count"), sum("v").as("sum"))
    }
}

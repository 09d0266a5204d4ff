// A function over groups with a state for each of a million keys, beside the aggregation that does the same, in turns.
//
//     swift run -c release GroupBenchmarks [ROUNDS]
//     swift run -c release GroupBenchmarks --readings FOLDER --into FOLDER --checkpoint FOLDER (beside-spark)

import BenchmarkSupport
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

/// What a query's batches took, in seconds: the one in which all keys are new, and those that follow.
struct BatchTimes {
    var first: [Double] = []
    var following: [Double] = []
}

/// Runs a query over so many rows a batch, and adds what its batches took.
func measure(
    rows: Int, keys: Int, batches: Int, _ times: inout BatchTimes, _ query: (DataFrame) -> DataFrame
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
    let durations = running.recentProgress.filter { $0.numInputRows == Int64(rows) }.compactMap { progress in
        progress.durations.first { $0.name == "addBatch" }.map { Double($0.nanoseconds) / 1e9 }
    }
    await running.stop()
    precondition(durations.count == batches, "every batch has all its rows")
    times.first.append(durations[0])
    times.following += durations.dropFirst()
}

func withFunction(_ input: DataFrame) -> DataFrame {
    input.groupByKey("k").mapGroupsWithState {
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

func withAggregation(_ input: DataFrame) -> DataFrame {
    input.groupBy("k").agg(count("*").as("count"), sum("v").as("sum"))
}

/// The function and the aggregation over as many rows, in turns, at 1 M and 10 k keys.
func compare(rounds: Int) async throws {
    let rowCount = 1_000_000
    print("\(rowCount) rows a batch; M rows/s by the medians of \(rounds) rounds")
    print("")
    print("| keys | all keys new: function | aggregation | keys with states: function | aggregation |")
    print("|---:|---:|---:|---:|---:|")
    for keys in [1_000_000, 10_000] {
        var (function, aggregation) = (BatchTimes(), BatchTimes())
        for _ in 0..<rounds {
            try await measure(rows: rowCount, keys: keys, batches: 4, &function, withFunction)
            try await measure(rows: rowCount, keys: keys, batches: 4, &aggregation, withAggregation)
        }
        let rates = [function.first, aggregation.first, function.following, aggregation.following].map {
            fixed(Double(rowCount) / median($0) / 1e6, 2)
        }
        print("| \(keys) | \(rates.joined(separator: " | ")) |")
    }
}

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.count == 6, arguments[0] == "--readings", arguments[2] == "--into", arguments[4] == "--checkpoint" {
    try await measureReadings(from: arguments[1], into: arguments[3], checkpoint: arguments[5])
} else {
    try await compare(rounds: roundCount(CommandLine.arguments.dropFirst(), usual: 3))
}

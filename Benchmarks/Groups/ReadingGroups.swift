// The query of scripts/beside-spark with a function's state for each key: readings in files of JSON, a file a batch,
// the results as files.

import Millrace

struct Reading: Codable {
    let value: Double
}

struct Measured: Codable {
    var count: Int
    var high: Double
}

struct Measurement: Codable {
    let key: Int
    let count: Int
    let high: Double
}

/// Counts the readings of each of a million keys and keeps their highest value, until all files of a folder are read;
/// what each batch changes goes to files of JSON.
func measureReadings(from folder: String, into results: String, checkpoint: String) async throws {
    var configuration = SessionConfiguration()
    configuration.workerCount = 2
    configuration.log = { _, _ in }
    let readings = Session(appName: "readings", configuration: configuration).readStream.format("json")
        .schema("id BIGINT, sensor STRING, time TIMESTAMP, value DOUBLE").option("maxFilesPerTrigger", "1")
        .load(folder).selectExpr("id % 1000000 AS key", "value")
    let measured = readings.groupByKey("key").mapGroupsWithState("measured") {
        (key: Int, rows: GroupRows<Reading>, state: inout GroupState<Measured>) -> Measurement in
        var measured = state.getOption ?? Measured(count: 0, high: 0)
        for row in rows {
            measured.count += 1
            measured.high = max(measured.high, row.value)
        }
        state.update(measured)
        return Measurement(key: key, count: measured.count, high: measured.high)
    }
    let query = try await measured.writeStream.outputMode("update")
        .foreachBatch { frame, _ in try frame.write.mode("append").json(results) }
        .option("checkpointLocation", checkpoint).trigger(.availableNow).start()
    try await query.awaitTermination()
}

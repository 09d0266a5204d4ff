// Functions over groups from Kafka to Kafka, for the delivery tests to kill.

import Millrace

/// A reading, as the function has it.
private struct Reading: Codable {
    let seconds: Int
    let value: Int
}

/// The windows of a sensor that aren't over yet.
private struct Windows: Codable {
    struct Window: Codable {
        let start: Int
        var count: Int
        var sum: Int

        /// Seconds since 1970.
        var end: Int { start + 600 }
    }

    var open: [Window]

    mutating func add(_ reading: Reading) {
        let start = reading.seconds / 600 * 600
        let place =
            open.firstIndex { $0.start == start }
            ?? {
                open.append(Window(start: start, count: 0, sum: 0))
                return open.count - 1
            }()
        open[place].count += 1
        open[place].sum += reading.value
    }

    /// Takes the windows out that are over, the watermark being behind their ends.
    mutating func close(watermark milliseconds: Int64) -> [Window] {
        let over = open.filter { Int64($0.end) * 1000 < milliseconds }
        open.removeAll { Int64($0.end) * 1000 < milliseconds }
        return over
    }
}

/// A window that is over.
private struct ClosedWindow: Codable {
    let sensor: String
    let start: Timestamp
    let count: Int
    let sum: Int
}

extension DeliveryQueries {
    /// The query of a shape whose state is a function's own; `nil` where there is none of the name. `EventModel` of the
    /// delivery tests knows what it must give.
    func functionFrame() -> DataFrame? { shape == "functions" ? windowsByFunction : nil }

    /// Counts and sums of the readings of each sensor in windows of ten minutes, each of which comes out once, when it
    /// is over: at a timeout, or with other rows of the sensor.
    private var windowsByFunction: DataFrame {
        let readings = readings(0).withWatermark("time", "10 minutes")
            .selectExpr("sensor", "time", "unix_seconds(time) AS seconds", "value")
        let windows = readings.groupByKey("sensor")
            .flatMapGroupsWithState("windows", outputMode: .append, timeout: .eventTimeTimeout) {
                (sensor: String, rows: GroupRows<Reading>, state: inout GroupState<Windows>) -> [ClosedWindow] in
                var windows = state.getOption ?? Windows(open: [])
                for reading in rows { windows.add(reading) }
                let over = try windows.close(watermark: state.getCurrentWatermarkMs())
                if let next = windows.open.map(\.end).min() {
                    state.update(windows)
                    try state.setTimeoutTimestamp(Int64(next) * 1000)
                } else {
                    state.remove()
                }
                return over.map {
                    ClosedWindow(
                        sensor: sensor, start: Timestamp(milliseconds: Int64($0.start) * 1000), count: $0.count,
                        sum: $0.sum)
                }
            }
        return windows.selectExpr(
            "concat(sensor, ' ', \(Self.text("start"))) AS key",
            "concat(CAST(count AS STRING), ' ', CAST(sum AS STRING)) AS value")
    }
}

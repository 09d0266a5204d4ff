// Functions over groups from Kafka to Kafka, for the delivery tests to kill.

import Millrace

/// A reading, as functions and processors have it.
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

/// Keeps the readings of windows that aren't over in a list, and how many each window has in a map; a timer ends each.
private final class WindowProcessor: StatefulProcessor {
    private let handle: StatefulProcessorHandle
    private let counts: MapState<Int, Int>
    private let readings: ListState<Reading>

    init(_ handle: StatefulProcessorHandle) throws {
        self.handle = handle
        counts = try handle.getMapState("counts")
        readings = try handle.getListState("readings")
    }

    func handleInputRows(_ sensor: String, _ rows: GroupRows<Reading>, _ times: TimerValues) throws -> [ClosedWindow] {
        for reading in rows {
            let start = reading.seconds / 600 * 600
            let count = try counts.getValue(start) ?? 0
            if count == 0 { try handle.registerTimer(Int64(start + 600) * 1000) }
            try counts.updateValue(start, count + 1)
            try readings.appendValue(reading)
        }
        return []
    }

    func handleExpiredTimer(
        _ sensor: String, _ times: TimerValues, _ timer: ExpiredTimerInfo
    ) throws -> [ClosedWindow] {
        let start = Int(timer.getExpiryTimeInMs() / 1000) - 600
        let all = Array(try readings.get())
        let (mine, others) = (
            all.filter { $0.seconds / 600 * 600 == start }, all.filter { $0.seconds / 600 * 600 != start }
        )
        if others.isEmpty { try readings.clear() } else { try readings.put(others) }
        let count = try counts.getValue(start) ?? 0
        try counts.removeKey(start)
        return [
            ClosedWindow(
                sensor: sensor, start: Timestamp(milliseconds: Int64(start) * 1000), count: count,
                sum: mine.reduce(0) { $0 + $1.value })
        ]
    }
}

extension DeliveryQueries {
    /// The query of a shape whose state is a function's own; `nil` where there is none of the name. `EventModel` of the
    /// delivery tests knows what it must give.
    func functionFrame() -> DataFrame? {
        switch shape {
        case "functions": windowsByFunction
        case "processors": windowsByProcessor
        default: nil
        }
    }

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
        return output(windows)
    }

    /// The same windows, by a processor with a list, a map and timers.
    private var windowsByProcessor: DataFrame {
        output(
            readings(0).withWatermark("time", "10 minutes")
                .selectExpr("sensor", "time", "unix_seconds(time) AS seconds", "value")
                .groupByKey("sensor").transformWithState("windows", timeMode: .eventTime, outputMode: .append) {
                    try WindowProcessor($0)
                })
    }

    private func output(_ windows: DataFrame) -> DataFrame {
        windows.selectExpr(
            "concat(sensor, ' ', \(Self.text("start"))) AS key",
            "concat(CAST(count AS STRING), ' ', CAST(sum AS STRING)) AS value")
    }
}

// Large charges within a minute behind a small one of the same card, which is how stolen cards are tried out, from a
// topic to another one: {"card":"ann","cents":50,"at":"2026-11-27 10:00:00"}.

import Millrace

struct Charge: Codable {
    let card: String
    let cents: Int
    let at: Timestamp
}

struct Alert: Codable, Equatable {
    let card: String
    let cents: Int
}

/// Finds a large charge within a minute behind a small one.
final class FraudDetector: StatefulProcessor {
    private let handle: StatefulProcessorHandle
    /// Until when a large charge is suspicious.
    private let suspicious: ValueState<Int64>

    init(_ handle: StatefulProcessorHandle) throws {
        self.handle = handle
        suspicious = try handle.getValueState("suspicious")
    }

    func handleInputRows(_ card: String, _ charges: GroupRows<Charge>, _ times: TimerValues) throws -> [Alert] {
        var alerts: [Alert] = []
        for charge in charges {
            let now = charge.at.milliseconds
            if let end = try suspicious.get() {
                if charge.cents > 50_000, now <= end { alerts.append(Alert(card: card, cents: charge.cents)) }
                try handle.deleteTimer(end)
                try suspicious.clear()
            }
            if charge.cents < 100 {
                try suspicious.update(now + 60_000)
                try handle.registerTimer(now + 60_000)
            }
        }
        return alerts
    }

    func handleExpiredTimer(_ card: String, _ times: TimerValues, _ timer: ExpiredTimerInfo) throws -> [Alert] {
        try suspicious.clear()
        return []
    }
}

/// A folder with messages in files, one a line, instead of Kafka; what comes of them is printed:
/// `swift run FraudAlerts data`.
let folder = CommandLine.arguments.dropFirst().first

await StreamingProgram.run {
    let session = Session(appName: "FraudAlerts")
    let messages =
        if let folder {
            session.readStream.format("text").load("\(folder)/charges")
        } else {
            session.readStream
                .format("kafka")
                .option("kafka.bootstrap.servers", "localhost:9092")
                .option("subscribe", "charges")
                .load()
        }
    let charges =
        messages
        .select(from_json(col("value").cast("string"), "card STRING, cents BIGINT, at TIMESTAMP").as("c"))
        .select("c.card", "c.cents", "c.at")
        .filter("card IS NOT NULL AND cents IS NOT NULL AND at IS NOT NULL")

    let alerts = charges.withWatermark("at", "10 seconds").groupByKey("card").transformWithState(
        "fraud", timeMode: .eventTime, outputMode: .append
    ) { try FraudDetector($0) }

    let results = alerts.selectExpr("card AS key", "CAST(cents AS STRING) AS value")
    let writer = results.writeStream.outputMode("append")
    let query =
        if folder != nil {
            try await writer.format("console").option("truncate", "false").trigger(.availableNow).start()
        } else {
            try await writer
                .format("kafka")
                .option("kafka.bootstrap.servers", "localhost:9092")
                .option("topic", "alerts")
                .option("checkpointLocation", "checkpoint")
                .start()
        }
    try await query.awaitTermination()
}

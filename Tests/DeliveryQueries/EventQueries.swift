// Queries by event time from Kafka to Kafka, for the delivery tests to kill.

import Millrace

extension DeliveryQueries {
    /// The query of a shape by event time; `nil` where there is none of the name. `EventModel` of the delivery tests
    /// knows what each must give.
    func eventFrame() -> DataFrame? {
        switch shape {
        case "means", "means-at-once": means(messages(0))
        case "window-updates":
            events.groupBy("sensor", window("time", "10 minutes", "5 minutes"))
                .agg(count("*").as("n"), sum("value").as("s"))
                .selectExpr(
                    "concat(sensor, ' ', \(Self.text("window.start"))) AS key",
                    "concat(CAST(n AS STRING), ' ', CAST(s AS STRING)) AS value")
        case "sessions":
            events.groupBy("sensor", session_window("time", "48 seconds"))
                .agg(count("*").as("n"), sum("value").as("s"))
                .selectExpr(
                    "concat(sensor, ' ', \(Self.text("session_window.start"))) AS key",
                    "concat_ws(' ', \(Self.text("session_window.end")), CAST(n AS STRING), CAST(s AS STRING)) AS value")
        case "distinct":
            events.dropDuplicates("id", "time")
                .selectExpr(
                    "concat(id, ' ', \(Self.text("time"))) AS key",
                    "concat(sensor, ' ', CAST(value AS STRING)) AS value")
        case "distinct-within":
            events.dropDuplicatesWithinWatermark("id")
                .selectExpr("concat(id, ' ', CAST(round AS STRING)) AS key", "'' AS value")
        default: nil
        }
    }

    /// A time as the model has it: as `to_json` writes it.
    static func text(_ time: String) -> String {
        "date_format(\(time), 'yyyy-MM-dd\\'T\\'HH:mm:ss.SSS\\'Z\\'')"
    }

    private var events: DataFrame { readings(0).withWatermark("time", "10 minutes") }

    /// The readings of a topic.
    func readings(_ topic: Int) -> DataFrame {
        let schema = "id STRING, round INT, sensor STRING, time TIMESTAMP, value BIGINT"
        return messages(topic).selectExpr("from_json(CAST(value AS STRING), '\(schema)') AS event").select("event.*")
    }

    /// As `docs/event-time.md` has it.
    private func means(_ messages: DataFrame) -> DataFrame {
        let schema = "sensor STRING, time TIMESTAMP, value DOUBLE"
        let means = messages.selectExpr("from_json(CAST(value AS STRING), '\(schema)') AS reading").select("reading.*")
            .withWatermark("time", "10 minutes")
            .groupBy("sensor", window("time", "10 minutes", "5 minutes"))
            .agg(avg("value").as("mean"))
            .selectExpr("sensor AS key", "to_json(struct(window.start, window.end, mean)) AS value")
        return means
    }
}

// Impressions of ads with their clicks of the next hour, from topics to a topic.

import Millrace

/// A folder with messages in files, one a line, instead of Kafka; what comes of them is printed:
/// `swift run AdClicks data`.
let folder = CommandLine.arguments.dropFirst().first

await StreamingProgram.run {
    let session = Session(appName: "AdClicks")
    func messages(_ topic: String) -> DataFrame {
        if let folder { return session.readStream.format("text").load("\(folder)/\(topic)") }
        return session.readStream
            .format("kafka")
            .option("kafka.bootstrap.servers", "localhost:9092")
            .option("subscribe", topic)
            .load()
    }

    let impressions = messages("impressions")
        .selectExpr("from_json(CAST(value AS STRING), 'adId STRING, time TIMESTAMP') AS shown")
        .selectExpr("shown.adId AS impressionAdId", "shown.time AS impressionTime")
        .withWatermark("impressionTime", "2 hours")
    let clicks = messages("clicks")
        .selectExpr("from_json(CAST(value AS STRING), 'adId STRING, time TIMESTAMP') AS click")
        .selectExpr("click.adId AS clickAdId", "click.time AS clickTime")
        .withWatermark("clickTime", "3 hours")
    let isClickOfImpression = expr(
        """
        clickAdId = impressionAdId AND
        clickTime >= impressionTime AND clickTime <= impressionTime + INTERVAL 1 HOUR
        """)
    let adClicks = impressions.join(clicks, on: isClickOfImpression, how: .left)
        .selectExpr("impressionAdId AS key", "to_json(struct(impressionTime, clickTime)) AS value")

    let writer = adClicks.writeStream.outputMode("append")
    let query =
        if folder != nil {
            try await writer.format("console").option("truncate", "false").trigger(.availableNow).start()
        } else {
            try await writer
                .format("kafka")
                .option("kafka.bootstrap.servers", "localhost:9092")
                .option("topic", "adClicks")
                .option("checkpointLocation", "checkpoint")
                .start()
        }
    try await query.awaitTermination()
}

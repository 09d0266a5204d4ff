import Millrace

await StreamingProgram.run {
    let session = Session(appName: "AdClicks")
    func messages(_ topic: String) -> DataFrame {
        session.readStream
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

    let query = try await adClicks.writeStream
        .format("kafka")
        .option("kafka.bootstrap.servers", "localhost:9092")
        .option("topic", "adClicks")
        .outputMode("append")
        .option("checkpointLocation", "checkpoint")
        .start()
    try await query.awaitTermination()
}

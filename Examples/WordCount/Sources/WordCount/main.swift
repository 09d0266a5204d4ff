import Millrace

await StreamingProgram.run {
    let session = Session(appName: "StreamingWordCount")
    let counts = session.readStream
        .format("kafka")
        .option("kafka.bootstrap.servers", "localhost:9092")
        .option("subscribe", "events")
        .load()
        .select(explode(split(col("value").cast("string"), "\\s+")).as("word"))
        .groupBy("word").count()

    let query = try await counts
        .selectExpr("word AS key", "CAST(count AS STRING) AS value")
        .writeStream
        .format("kafka")
        .option("kafka.bootstrap.servers", "localhost:9092")
        .option("topic", "wordCounts")
        .outputMode("update")
        .trigger(processingTime: "1 second")
        .option("checkpointLocation", "checkpoint")
        .start()
    try await query.awaitTermination()
}

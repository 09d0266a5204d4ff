// What orders cost: a stream of orders, {"item":"nut","number":3}, joined with a table of prices that is read again
// every minute, from a topic to another one.

import Millrace

/// A folder with messages in files, one a line, instead of Kafka; what comes of them is printed:
/// `swift run OrderTotals data`.
let folder = CommandLine.arguments.dropFirst().first

await StreamingProgram.run {
    let session = Session(appName: "OrderTotals")
    let messages =
        if let folder {
            session.readStream.format("text").load("\(folder)/orders")
        } else {
            session.readStream
                .format("kafka")
                .option("kafka.bootstrap.servers", "localhost:9092")
                .option("subscribe", "orders")
                .load()
        }
    let orders =
        messages
        .select(from_json(col("value").cast("string"), "item STRING, number INT").as("o"))
        .select("o.item", "o.number")
        .filter("item IS NOT NULL AND number IS NOT NULL")
    // Files of comma-separated values: item, price.
    let prices = session.read
        .format("csv")
        .option("header", "true")
        .option("refreshInterval", "1m")
        .schema("item STRING, price DECIMAL(10,2)")
        .load("\(folder ?? ".")/prices")

    // An order of an item without a price comes out, too, with a total of NULL.
    let totals = orders.join(prices, on: "item", how: .left)
        .selectExpr("item AS key", "CAST(price * number AS STRING) AS value")

    let writer = totals.writeStream.outputMode("append")
    let query =
        if folder != nil {
            try await writer.format("console").option("truncate", "false").trigger(.availableNow).start()
        } else {
            try await writer
                .format("kafka")
                .option("kafka.bootstrap.servers", "localhost:9092")
                .option("topic", "orderTotals")
                .option("checkpointLocation", "checkpoint")
                .start()
        }
    try await query.awaitTermination()
}

// Whether each user is active, from the actions in a topic to another one: {"userId":"ann","action":"login"}.

import Millrace

struct UserAction: Codable {
    let userId: String
    let action: String
}

struct UserStatus: Codable {
    let userId: String
    var active: Bool

    mutating func update(with action: UserAction) { active = action.action != "logout" }
}

/// A folder with messages in files, one a line, instead of Kafka; what comes of them is printed:
/// `swift run UserStatus data`.
let folder = CommandLine.arguments.dropFirst().first

await StreamingProgram.run {
    let session = Session(appName: "UserStatus")
    let messages =
        if let folder {
            session.readStream.format("text").load("\(folder)/actions")
        } else {
            session.readStream
                .format("kafka")
                .option("kafka.bootstrap.servers", "localhost:9092")
                .option("subscribe", "actions")
                .load()
        }
    let actions =
        messages
        .select(from_json(col("value").cast("string"), "userId STRING, action STRING").as("a"))
        .select("a.userId", "a.action")
        .filter("userId IS NOT NULL AND action IS NOT NULL")

    let status = actions.groupByKey("userId").mapGroupsWithState("status") {
        (userId: String, actions: GroupRows<UserAction>, state: inout GroupState<UserStatus>) -> UserStatus in
        var status = state.getOption ?? UserStatus(userId: userId, active: false)
        for action in actions { status.update(with: action) }
        state.update(status)
        return status
    }

    let results = status.selectExpr("userId AS key", "CAST(active AS STRING) AS value")
    let writer = results.writeStream.outputMode("update")
    let query =
        if folder != nil {
            try await writer.format("console").option("truncate", "false").trigger(.availableNow).start()
        } else {
            try await writer
                .format("kafka")
                .option("kafka.bootstrap.servers", "localhost:9092")
                .option("topic", "userStatus")
                .option("checkpointLocation", "checkpoint")
                .start()
        }
    try await query.awaitTermination()
}

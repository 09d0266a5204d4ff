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

await StreamingProgram.run {
    let session = Session(appName: "UserStatus")
    let actions = session.readStream
        .format("kafka")
        .option("kafka.bootstrap.servers", "localhost:9092")
        .option("subscribe", "actions")
        .load()
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

    let query =
        try await status
        .selectExpr("userId AS key", "CAST(active AS STRING) AS value")
        .writeStream
        .format("kafka")
        .option("kafka.bootstrap.servers", "localhost:9092")
        .option("topic", "userStatus")
        .outputMode("update")
        .option("checkpointLocation", "checkpoint")
        .start()
    try await query.awaitTermination()
}

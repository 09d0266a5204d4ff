// The options of the Kafka sink, with Spark's names and a few of ours.

import Connectors

/// What the options of a Kafka sink ask for.
struct KafkaSinkOptions: Sendable {
    /// What the sink promises.
    enum Delivery: String, Sendable {
        /// Rows and source offsets in one transaction a batch.
        case exactlyOnce = "exactly-once"
        /// Rows alone, as Spark's sink: a batch may come again after a crash.
        case atLeastOnce = "at-least-once"
    }

    /// Where all rows go; `nil` where a column says it.
    let topic: String?
    let delivery: Delivery
    /// Begins the transactional id and the group that holds the marker.
    let identifierPrefix: String
    let transactionTimeoutMilliseconds: Int64
    /// Where rows go that came too late for a watermark; `nil` where they are only counted.
    let lateRowsTopic: String?
    /// Where rows go that an expression has no value for; `nil` where they go nowhere.
    let badRowsTopic: String?
    /// Whether the rows may have headers, where the user says so.
    let includesHeaders: Bool?
    let properties: [String: String]

    /// The option that names `lateRowsTopic`.
    static let lateRowsName = "lateRowsTopic"
    /// The option that names `badRowsTopic`.
    static let badRowsName = "badRowsTopic"

    /// What works, and what is refused.
    static let table = OptionTable(
        "the kafka sink",
        [
            OptionEntry("topic", "where all rows go; without it the column topic says it for each row"),
            OptionEntry("delivery", "exactly-once or at-least-once", defaultValue: "exactly-once"),
            OptionEntry("transactionTimeoutMs", "how long a transaction may take", defaultValue: "60000"),
            OptionEntry("groupIdPrefix", "begins transactional id and group", defaultValue: "millrace"),
            OptionEntry("includeHeaders", "whether the rows may have a column headers; they may unless it is false"),
            OptionEntry(
                "lateRowsTopic", "where rows go that came too late for a watermark, in the batch's transaction"),
            OptionEntry(
                "badRowsTopic",
                "where rows go that raise an error, in the batch's transaction, with badRows=dead-letter"),
            OptionEntry("onMarkerLost", "fail, replay or skip a batch whose fate is unknown", defaultValue: "fail"),
        ],
        refusals: [
            .init("kafka.transaction.timeout.ms", because: "option 'transactionTimeoutMs' sets it"),
            .init("subscribe", because: "a sink's topic is named by option 'topic'"),
        ], prefix: "kafka.", elsewhere: ["kafka.bootstrap.servers", "checkpointLocation", "badRows"])

    init(_ values: [String: String]) throws {
        let options = try Options(values, Self.table)
        topic = options.string("topic")
        let text = options.string("delivery") ?? Delivery.exactlyOnce.rawValue
        guard let delivery = Delivery(rawValue: text.lowercased()) else {
            throw options.invalid("delivery", text, hint: "it takes exactly-once or at-least-once")
        }
        self.delivery = delivery
        identifierPrefix = options.string("groupIdPrefix") ?? "millrace"
        transactionTimeoutMilliseconds = try options.integer("transactionTimeoutMs", in: 1000...900_000) ?? 60_000
        includesHeaders = try options.boolean("includeHeaders")
        var properties = options.group()
        if delivery == .exactlyOnce { properties["transaction.timeout.ms"] = String(transactionTimeoutMilliseconds) }
        self.properties = properties
        guard topic != "" else {
            throw ConnectorError(.invalidOption, "option 'topic' of the kafka sink is empty", hint: "name a topic")
        }
        lateRowsTopic = try Self.topicAside(Self.lateRowsName, "late rows", options, delivery, others: [topic])
        badRowsTopic = try Self.topicAside(
            Self.badRowsName, "bad rows", options, delivery, others: [topic, lateRowsTopic])
    }

    /// A topic for rows that are no part of the result: none of the others, and with a transaction to send them in.
    private static func topicAside(
        _ name: String, _ rows: String, _ options: Options, _ delivery: Delivery, others: [String?]
    ) throws -> String? {
        guard let topic = options.string(name) else { return nil }
        guard topic != "", !others.contains(topic) else {
            throw options.invalid(name, topic, hint: "it takes a topic of its own, where nothing else goes")
        }
        guard delivery == .exactlyOnce else {
            throw options.invalid(
                name, topic,
                hint: "\(rows) go in the batch's transaction, which delivery=at-least-once has none of: leave one out")
        }
        return topic
    }
}

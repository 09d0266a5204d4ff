// The options of the Kafka source, with Spark's names.

import Columns
import Connectors
import JSONText

/// What the options of a Kafka source ask for.
struct KafkaSourceOptions: Sendable {
    /// Which partitions to read.
    enum Subscription: Sendable, Equatable {
        case topics([String])
        case partitions([String: [Int32]])
        case pattern(TopicPattern)
    }

    /// What becomes of a partition without a row of the time at which it is to begin.
    enum NoMatch: String, Sendable {
        case error
        case latest
    }

    let subscription: Subscription
    /// Where a new query starts.
    let start: KafkaOffsetLimit
    /// Which option says where to start, where the user gave one.
    let givenStart: String?
    /// Where a table ends; `nil` for a stream.
    let end: KafkaOffsetLimit?
    let noMatch: NoMatch
    let failOnDataLoss: Bool
    let limits: KafkaBatchLimits
    let includesHeaders: Bool
    let discoveryIntervalMilliseconds: Int64
    /// After how long a table is read again.
    let refreshMilliseconds: Int64?
    /// librdkafka's properties, without the `kafka.` prefix.
    let properties: [String: String]

    /// What works for a stream, and what is refused.
    static let table = OptionTable(
        "the kafka source", common(isTable: false) + KafkaBatchLimits.options + [discovery],
        refusals: KafkaEdge.ending.options.map {
            .init($0, because: "a stream has no end; limit a batch with 'maxOffsetsPerTrigger'")
        } + [TableRefresh.refusal] + refusals,
        prefix: "kafka.", elsewhere: ["kafka.bootstrap.servers"])

    /// The same for a table.
    static let tableTable = OptionTable(
        "the kafka table",
        common(isTable: true) + [
            OptionEntry("endingOffsets", "where it ends: latest or JSON", defaultValue: "latest"),
            OptionEntry("endingTimestamp", "instead: before the first offset with at least this time, in milliseconds"),
            OptionEntry("endingOffsetsByTimestamp", "the same with a time for each partition, as JSON"),
            TableRefresh.option,
        ],
        refusals: (KafkaBatchLimits.options + [discovery]).map {
            .init($0.name, because: "a table is read whole, as it stands when the query starts")
        } + refusals,
        prefix: "kafka.", elsewhere: ["kafka.bootstrap.servers"])

    private static let discovery = OptionEntry(
        "partitionDiscoveryIntervalMs", "how often new topics and partitions are looked for",
        defaultValue: "1000, for a pattern 10000")

    private static func common(isTable: Bool) -> [OptionEntry] {
        let words = isTable ? "earliest or JSON" : "earliest, latest or JSON"
        return [
            OptionEntry("subscribe", "topics, separated by commas"),
            OptionEntry("subscribePattern", "a regular expression that fits the topics' names"),
            OptionEntry("assign", #"partitions: {"events":[0,1]}"#),
            OptionEntry(
                "startingOffsets", "where a new query begins: \(words)",
                defaultValue: isTable ? "earliest" : "latest"),
            OptionEntry("startingTimestamp", "instead: the first offset with at least this time, in milliseconds"),
            OptionEntry("startingOffsetsByTimestamp", "the same with a time for each partition, as JSON"),
            OptionEntry(
                "startingOffsetsByTimestampStrategy", "error or latest where no row is that young",
                defaultValue: "error"),
            OptionEntry(
                "failOnDataLoss", "whether rows that are gone before they were read end the query",
                defaultValue: "true"),
            OptionEntry("includeHeaders", "adds the column headers", defaultValue: "false"),
        ]
    }

    private static let refusals: [OptionTable.Refusal] =
        [
            .init("topic", because: "a source's topics are named by option 'subscribe'"),
            .init(
                "groupIdPrefix",
                because: "the group that shows the query's lag is named by the sink: option 'groupIdPrefix' there"),
        ]
        + ["minPartitions", "maxRecordsPerPartition"].map {
            .init($0, because: "a partition is read by one worker at a time")
        }

    /// Reads the options of a stream or a table, and refuses those that are unknown, contradict each other or have bad
    /// values.
    init(_ values: [String: String], isTable: Bool = false) throws {
        let options = try Options(values, isTable ? Self.tableTable : Self.table)
        subscription = try Self.subscription(options)
        let given = try KafkaEdge.starting.limit(options, isTable: isTable)
        givenStart = given?.option
        // What has an end is read from its beginning, as in Spark.
        start = given?.limit ?? (isTable ? .earliest : .latest)
        end = isTable ? try KafkaEdge.ending.limit(options, isTable: true)?.limit ?? .latest : nil
        noMatch = try Self.noMatch(options)
        failOnDataLoss = try options.boolean("failOnDataLoss") ?? true
        limits = isTable ? KafkaBatchLimits() : try KafkaBatchLimits(options)
        includesHeaders = try options.boolean("includeHeaders") ?? false
        let interval = isTable ? nil : try options.integer(Self.discovery.name, in: 0...86_400_000)
        discoveryIntervalMilliseconds = interval ?? Self.usualDiscoveryInterval(subscription)
        refreshMilliseconds = isTable ? try TableRefresh.milliseconds(options) : nil
        properties = options.group()
    }

    /// A pattern takes the whole cluster's topics to answer, which are many.
    private static func usualDiscoveryInterval(_ subscription: Subscription) -> Int64 {
        if case .pattern = subscription { 10_000 } else { 1_000 }
    }

    private static func noMatch(_ options: Options) throws -> NoMatch {
        let name = "startingOffsetsByTimestampStrategy"
        guard let text = options.string(name) else { return .error }
        guard let strategy = NoMatch(rawValue: text.lowercased()) else {
            throw options.invalid(name, text, hint: "it takes error or latest")
        }
        return strategy
    }

    private static func subscription(_ options: Options) throws -> Subscription {
        let names = ["subscribe", "subscribePattern", "assign"]
        let given = names.compactMap { name in options.string(name).map { (name, $0) } }
        guard let (name, value) = given.first, given.count == 1 else {
            throw ConnectorError(
                .invalidOption,
                given.isEmpty
                    ? "the kafka source needs one of the options 'subscribe', 'subscribePattern' and 'assign'"
                    : "the kafka source has \(given.map { "'\($0.0)'" }.joined(separator: " and "))",
                hint: "give exactly one of them, for example subscribe=events")
        }
        switch name {
        case "subscribe":
            let topics = value.split(separator: ",").map { trimmed($0) }.filter { !$0.isEmpty }
            guard !topics.isEmpty else {
                throw ConnectorError(
                    .invalidOption, "option 'subscribe' names no topic", hint: "for example subscribe=events")
            }
            return .topics(Array(Set(topics)).sorted())
        case "subscribePattern": return .pattern(try pattern(value))
        default: return .partitions(try assigned(value, options))
        }
    }

    private static func pattern(_ value: String) throws -> TopicPattern {
        let text = trimmed(value[...])
        guard !text.isEmpty else {
            throw ConnectorError(
                .invalidOption, "option 'subscribePattern' is empty", hint: "for example subscribePattern=events-.*")
        }
        do throws(KernelError) {
            return try TopicPattern(text)
        } catch {
            throw ConnectorError(
                .invalidOption, "option 'subscribePattern' is no regular expression: \(error.message)",
                hint: error.hint ?? "for example subscribePattern=events-.*")
        }
    }

    private static func assigned(_ text: String, _ options: Options) throws -> [String: [Int32]] {
        let hint = #"it takes JSON such as {"events":[0,1]}"#
        guard let topics = try options.json("assign", text, hint: hint).objectValue, !topics.isEmpty else {
            throw options.invalid("assign", text, hint: hint)
        }
        var assigned: [String: [Int32]] = [:]
        for (topic, list) in topics {
            let partitions = (list.arrayValue ?? []).compactMap { $0.integerValue }.compactMap { Int32(exactly: $0) }
            guard let count = list.arrayValue?.count, count > 0, partitions.count == count,
                partitions.allSatisfy({ $0 >= 0 })
            else {
                throw ConnectorError(.invalidOption, "option 'assign' has bad partitions for '\(topic)'", hint: hint)
            }
            assigned[topic] = Array(Set(partitions)).sorted()
        }
        return assigned
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    /// The subscription as Spark prints it.
    var subscriptionText: String {
        switch subscription {
        case .topics(let topics): "Subscribe[\(topics.joined(separator: ", "))]"
        case .pattern(let pattern): "SubscribePattern[\(pattern.text)]"
        case .partitions(let assigned):
            "Assign["
                + assigned.sorted { $0.key < $1.key }
                .flatMap { topic, partitions in partitions.map { "\(topic)-\($0)" } }.joined(separator: ", ") + "]"
        }
    }
}

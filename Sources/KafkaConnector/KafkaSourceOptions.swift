// The options of the Kafka source, with Spark's names.

import Connectors
import JSONText

/// What the options of a Kafka source ask for.
struct KafkaSourceOptions: Sendable {
    /// Which partitions to read.
    enum Subscription: Sendable, Equatable {
        case topics([String])
        case partitions([String: [Int32]])
    }

    /// Where a new query starts.
    enum Start: Sendable, Equatable {
        case earliest
        case latest
        case offsets([String: [Int32: Int64]])
        /// The first offset with at least this time, in milliseconds since 1970.
        case timestamp(Int64)
    }

    static let earliestOffset: Int64 = -2
    static let latestOffset: Int64 = -1

    let subscription: Subscription
    let start: Start
    /// Which option says where to start, where the user gave one.
    let givenStart: String?
    let failOnDataLoss: Bool
    let maximumOffsetsPerTrigger: Int64?
    let maximumBytesPerTrigger: Int64
    let includesHeaders: Bool
    let discoveryIntervalMilliseconds: Int64
    /// librdkafka's properties, without the `kafka.` prefix.
    let properties: [String: String]

    /// What works, and what is refused.
    static let table = OptionTable(
        "the kafka source",
        [
            OptionEntry("subscribe", "topics, separated by commas"),
            OptionEntry("assign", #"partitions: {"events":[0,1]}"#),
            OptionEntry(
                "startingOffsets", "where a new query begins: earliest, latest or JSON", defaultValue: "latest"),
            OptionEntry("startingTimestamp", "instead: the first offset with at least this time, in milliseconds"),
            OptionEntry(
                "failOnDataLoss", "whether rows that are gone before they were read end the query",
                defaultValue: "true"),
            OptionEntry("maxOffsetsPerTrigger", "how many rows a batch takes"),
            OptionEntry("maxBytesPerTrigger", "how many bytes a batch takes, about", defaultValue: "268435456"),
            OptionEntry("includeHeaders", "adds the column headers", defaultValue: "false"),
            OptionEntry(
                "partitionDiscoveryIntervalMs", "how often new partitions are looked for", defaultValue: "1000"),
        ],
        refusals: [
            .init("subscribePattern", because: "name the topics: subscribe=a,b"),
            .init("topic", because: "a source's topics are named by option 'subscribe'"),
            .init(
                "groupIdPrefix",
                because: "the group that shows the query's lag is named by the sink: option 'groupIdPrefix' there"),
        ]
            + ["endingOffsets", "endingOffsetsByTimestamp", "endingTimestamp"].map {
                .init($0, because: "a stream has no end; limit a batch with 'maxOffsetsPerTrigger'")
            }
            + ["minOffsetsPerTrigger", "maxTriggerDelay"].map {
                .init($0, because: "batches run as soon as the trigger fires; use a longer trigger interval")
            }
            + ["minPartitions", "maxRecordsPerPartition"].map {
                .init($0, because: "a partition is read by one worker at a time")
            }
            + ["startingOffsetsByTimestamp", "startingOffsetsByTimestampStrategy"].map {
                .init($0, because: "use 'startingTimestamp', or 'startingOffsets' with offsets")
            },
        prefix: "kafka.", elsewhere: ["kafka.bootstrap.servers"])

    /// Reads the options, and refuses those that are unknown, contradict each other or have bad values.
    init(_ values: [String: String]) throws {
        let options = try Options(values, Self.table)
        subscription = try Self.subscription(options)
        givenStart = ["startingTimestamp", "startingOffsets"].first { options.string($0) != nil }
        start = try Self.start(options)
        failOnDataLoss = try options.boolean("failOnDataLoss") ?? true
        maximumOffsetsPerTrigger = try options.integer("maxOffsetsPerTrigger", in: 1...Int64.max)
        maximumBytesPerTrigger = try options.integer("maxBytesPerTrigger", in: 1024...Int64.max) ?? (256 << 20)
        includesHeaders = try options.boolean("includeHeaders") ?? false
        discoveryIntervalMilliseconds = try options.integer("partitionDiscoveryIntervalMs", in: 0...86_400_000) ?? 1000
        properties = options.group()
    }

    private static func subscription(_ options: Options) throws -> Subscription {
        let given = [
            options.string("subscribe").map { ("subscribe", $0) },
            options.string("assign").map { ("assign", $0) },
        ].compactMap { $0 }
        guard let (name, value) = given.first, given.count == 1 else {
            throw ConnectorError(
                .invalidOption,
                given.isEmpty
                    ? "the kafka source needs one of the options 'subscribe' and 'assign'"
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
        default: return .partitions(try assigned(value, options))
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

    private static func start(_ options: Options) throws -> Start {
        if let time = try options.integer("startingTimestamp", in: 0...Int64.max) {
            return .timestamp(time)
        }
        guard let text = options.string("startingOffsets") else { return .latest }
        switch text.lowercased() {
        case "earliest": return .earliest
        case "latest": return .latest
        default:
            let hint =
                #"it takes earliest, latest or JSON such as {"events":{"0":23,"1":-2}}; -2 is earliest, -1 latest"#
            // Only what begins like an object is meant as one: `first` is no broken JSON.
            guard text.drop(while: \.isWhitespace).hasPrefix("{"),
                case let json = try options.json("startingOffsets", text, hint: hint),
                let offsets = try? KafkaOffsets.parse(json, lowest: earliestOffset)
            else { throw options.invalid("startingOffsets", text, hint: hint) }
            return .offsets(offsets.byTopic)
        }
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
        case .partitions(let assigned):
            "Assign["
                + assigned.sorted { $0.key < $1.key }
                .flatMap { topic, partitions in partitions.map { "\(topic)-\($0)" } }.joined(separator: ", ") + "]"
        }
    }
}

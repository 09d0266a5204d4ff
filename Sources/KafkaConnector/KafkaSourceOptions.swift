// The options of the Kafka source, with Spark's names.

import Connectors
import JSONText

/// What the options of a Kafka source ask for.
struct KafkaSourceOptions: Sendable {
    /// Which partitions to read.
    enum Subscription: Sendable, Equatable {
        case topics([String])
        case pattern(String)
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

    /// Reads the options, and refuses those that are unknown, contradict each other or have bad values.
    init(_ values: [String: String]) throws {
        var options = Options(values, format: "the kafka source")
        subscription = try Self.subscription(&options)
        givenStart = ["startingTimestamp", "startingOffsets"].first { options.string($0) != nil }
        start = try Self.start(&options)
        failOnDataLoss = try options.boolean("failOnDataLoss") ?? true
        maximumOffsetsPerTrigger = try options.integer("maxOffsetsPerTrigger", in: 1...Int64.max)
        maximumBytesPerTrigger = try options.integer("maxBytesPerTrigger", in: 1024...Int64.max) ?? (256 << 20)
        includesHeaders = try options.boolean("includeHeaders") ?? false
        discoveryIntervalMilliseconds = try options.integer("partitionDiscoveryIntervalMs", in: 0...86_400_000) ?? 1000
        for name in ["endingOffsets", "endingOffsetsByTimestamp", "endingTimestamp"] {
            try options.refuse(name, because: "a stream has no end; limit a batch with maxOffsetsPerTrigger")
        }
        for name in ["minOffsetsPerTrigger", "maxTriggerDelay"] {
            try options.refuse(name, because: "batches run as soon as the trigger fires; use a longer trigger interval")
        }
        for name in ["minPartitions", "maxRecordsPerPartition"] {
            try options.refuse(name, because: "a partition is read by one worker at a time")
        }
        for name in ["startingOffsetsByTimestamp", "startingOffsetsByTimestampStrategy"] {
            try options.refuse(name, because: "use startingTimestamp, or startingOffsets with offsets")
        }
        try options.refuse(
            "groupIdPrefix",
            because: "the group that shows the query's lag is named by the sink: option 'groupIdPrefix' there")
        properties = options.group(prefix: "kafka.")
        try options.finish()
    }

    private static func subscription(_ options: inout Options) throws -> Subscription {
        let given = [
            options.string("subscribe").map { ("subscribe", $0) },
            options.string("subscribePattern").map { ("subscribePattern", $0) },
            options.string("assign").map { ("assign", $0) },
        ].compactMap { $0 }
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
        case "subscribePattern": return .pattern(value)
        default: return .partitions(try assigned(value))
        }
    }

    private static func assigned(_ text: String) throws -> [String: [Int32]] {
        let hint = #"it takes JSON such as {"events":[0,1]}"#
        guard let object = try? JSONValue.parse(text), let topics = object.objectValue, !topics.isEmpty else {
            throw ConnectorError(.invalidOption, "option 'assign' is not an object of topics", hint: hint)
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

    private static func start(_ options: inout Options) throws -> Start {
        if let time = try options.integer("startingTimestamp", in: 0...Int64.max) {
            _ = options.string("startingOffsets")
            return .timestamp(time)
        }
        guard let text = options.string("startingOffsets") else { return .latest }
        switch text.lowercased() {
        case "earliest": return .earliest
        case "latest": return .latest
        default:
            guard let offsets = try? KafkaOffsets.parse(try JSONValue.parse(text), lowest: earliestOffset) else {
                throw ConnectorError(
                    .invalidOption, "option 'startingOffsets' is neither earliest, latest nor an object of offsets",
                    hint: #"for example {"events":{"0":23,"1":-2}}; -2 is the earliest, -1 the latest offset"#)
            }
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
        case .pattern(let pattern): "SubscribePattern[\(pattern)]"
        case .partitions(let assigned):
            "Assign["
                + assigned.sorted { $0.key < $1.key }
                .flatMap { topic, partitions in partitions.map { "\(topic)-\($0)" } }.joined(separator: ", ") + "]"
        }
    }
}

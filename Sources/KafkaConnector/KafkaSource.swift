// Kafka topics as a replayable source: exact offsets from the engine's log, never from a consumer group.

import Columns
import Connectors
import JSONText
import KafkaClient
import Synchronization
import Threads

/// Reads partitions of Kafka topics between exact offsets.
///
/// The client fetches ahead of the batches; what it has fetched beyond a batch's end stays for the next one. Ranges
/// end at the last stable offset, so that a batch never waits for a transaction of somebody else.
package final class KafkaSource: ReplayableSource {
    static let requestTimeoutMilliseconds = 5_000
    /// The first request is tried again until the broker is there, and a stop waits for it: so it is short.
    private static let openTimeoutMilliseconds = 1_000

    package let schema: Schema
    package var description: String { "KafkaV2[\(options.subscriptionText)]" }

<<<<<<< HEAD
    let options: KafkaSourceOptions
    let client: KafkaSourceClient
    let log: KafkaConnection.LogHandler
    let losses: KafkaLosses
    let context: KafkaReadContext
    let state = Mutex(State())
=======
    private let options: KafkaSourceOptions
    private let consumer: KafkaConsumer
    private let configuration: KafkaConfiguration
    private let log: LogHandler
    private let state = Mutex(State())
    let readerState = KafkaReaderState()
>>>>>>> main

    /// Used by the control thread only, but for `clusterIdentity`.
    struct State {
        var cluster: String?
        var partitions = KafkaPartitions()
        var channels: [TopicPartition: KafkaPartitionChannel] = [:]
        var fixedEnd: KafkaOffsets?
        var askedNanoseconds: UInt64 = 0
        var heldEnds = KafkaHeldEnds()
        /// Topics whose rows count as lost, so that they are lost once.
        var lostTopics: Set<String> = []
    }

    /// Creates the source for `columns` out of its full schema. No broker is asked yet.
    init(
        _ options: KafkaSourceOptions, columns: Schema, configuration: KafkaConfiguration,
<<<<<<< HEAD
        prefetch: PrefetchBudget = PrefetchBudget(), patience: KafkaPatience = KafkaPatience(),
        log: @escaping KafkaConnection.LogHandler
=======
        log: @escaping LogHandler
>>>>>>> main
    ) throws {
        self.options = options
        self.schema = columns
        self.log = log
        losses = KafkaLosses(failOnDataLoss: options.failOnDataLoss, log: log)
        context = KafkaReadContext(losses: losses, patience: patience, log: log)
        client = try KafkaFailure.mapped { try KafkaSourceClient(configuration, prefetch: prefetch, log: log) }
    }

    /// The client at the moment; another one after the number of partitions has grown.
    var consumer: KafkaConsumer { client.consumer }

    package var clusterIdentity: String? { state.withLock { $0.cluster } }

    package func open() throws {
        let cluster = try KafkaFailure.mapped {
            try consumer.clusterId(timeoutMilliseconds: Self.openTimeoutMilliseconds)
        }
        state.withLock { $0.cluster = cluster }
    }

    // MARK: Where a query starts

    package func initialOffset() throws -> JSONValue {
        try KafkaFailure.mapped {
            let partitions = try allPartitions()
            switch options.start {
            case .earliest: return KafkaOffsets(try earliest(partitions)).json
            case .latest: return KafkaOffsets(try latest(partitions)).json
            case .timestamp(let milliseconds):
                let found = try consumer.offsetsForTimestamps(
                    Dictionary(uniqueKeysWithValues: partitions.map { ($0, milliseconds) }),
                    timeoutMilliseconds: Self.requestTimeoutMilliseconds)
                // No row is that young: only what comes from now on.
                let ends = try latest(partitions)
                return KafkaOffsets(
                    Dictionary(uniqueKeysWithValues: partitions.map { ($0, (found[$0] ?? nil) ?? ends[$0] ?? 0) })
                ).json
            case .offsets(let given): return try initialOffsets(partitions, given).json
            }
        }
    }

    private func initialOffsets(
        _ partitions: [TopicPartition], _ given: [String: [Int32: Int64]]
    ) throws -> KafkaOffsets {
        let named = Set(given.flatMap { topic, offsets in offsets.keys.map { TopicPartition(topic, $0) } })
        guard named == Set(partitions) else {
            let missing = Set(partitions).subtracting(named).sorted().map(\.description)
            let unknown = named.subtracting(partitions).sorted().map(\.description)
            throw ConnectorError(
                .invalidOption,
                "option 'startingOffsets' "
                    + "\(missing.isEmpty ? "names unknown partitions \(unknown)" : "lacks \(missing)")",
                hint: "name every partition of every topic; -2 is the earliest, -1 the latest offset")
        }
        let (low, high) = (try earliest(partitions), try latest(partitions))
        var offsets = KafkaOffsets()
        for partition in partitions {
            switch given[partition.topic]?[partition.partition] {
            case KafkaSourceOptions.earliestOffset: offsets.values[partition] = low[partition]
            case let offset? where offset >= 0: offsets.values[partition] = offset
            default: offsets.values[partition] = high[partition]
            }
        }
        return offsets
    }

    package func fixEnd() throws {
        try KafkaFailure.mapped {
            let ends = KafkaOffsets(try latest(try allPartitions()))
            state.withLock { $0.fixedEnd = ends }
        }
    }

    // MARK: Figures

    package func estimatedRowCount(from start: JSONValue, to end: JSONValue) -> Int {
        guard let from = try? KafkaOffsets.parse(start), let to = try? KafkaOffsets.parse(end) else { return 0 }
        return to.values.reduce(0) { $0 &+ Int(max(0, $1.value &- (from[$1.key] ?? 0))) }
    }

    package func logPositions(at end: JSONValue) -> [LogPosition] {
        guard let offsets = try? KafkaOffsets.parse(end) else { return [] }
        return offsets.partitions.map {
            LogPosition(log: $0.topic, partition: $0.partition, offset: offsets[$0] ?? 0)
        }
    }

    package func metrics(end: JSONValue, latest: JSONValue) -> [(name: String, value: String)] {
        guard let end = try? KafkaOffsets.parse(end), let latest = try? KafkaOffsets.parse(latest) else { return [] }
        // What lies behind an open transaction is there, too, though it can't be read yet.
        let trueEnds = latest.values.map { ($0.key, max($0.value, consumer.lastKnownEnd($0.key) ?? $0.value)) }
        let behind = trueEnds.map { max(0, $0.1 - (end[$0.0] ?? 0)) }
        guard let most = behind.max(), let least = behind.min() else { return [] }
        let mean = Double(behind.reduce(0, +)) / Double(behind.count)
        return [
            ("avgOffsetsBehindLatest", "\(mean)"), ("maxOffsetsBehindLatest", "\(most)"),
            ("minOffsetsBehindLatest", "\(least)"),
            ("lsoLag", "\(trueEnds.reduce(0) { $0 + $1.1 - (latest[$1.0] ?? $1.1) })"),
            ("rowsLost", "\(losses.lostRows)"),
        ]
    }

    package func takeLogBreaks() -> [LogBreak] { losses.takeBreaks() }

<<<<<<< HEAD
    package func cancelReads() { context.cancel() }
=======
    private func latest(_ partitions: [TopicPartition]) throws -> [TopicPartition: Int64] {
        try consumer.latestOffsets(partitions, timeoutMilliseconds: Self.requestTimeoutMilliseconds)
    }

    private func earliest(_ partitions: [TopicPartition]) throws -> [TopicPartition: Int64] {
        try consumer.earliestOffsets(partitions, timeoutMilliseconds: Self.requestTimeoutMilliseconds)
    }

    /// The partitions to read, asked anew after the discovery interval.
    private func discover(mayUseKnown: Bool) throws -> [TopicPartition] {
        let now = Monotonic.nanoseconds
        let (known, age) = state.withLock { ($0.partitions, now - $0.discoveredNanoseconds) }
        if mayUseKnown, !known.isEmpty, age < UInt64(options.discoveryIntervalMilliseconds) * 1_000_000 { return known }
        let found: [TopicPartition]
        switch options.subscription {
        case .partitions(let assigned):
            found = assigned.flatMap { topic, numbers in numbers.map { TopicPartition(topic, $0) } }.sorted()
        case .topics(let topics): found = try partitions(of: topics)
        }
        let new = Set(found).subtracting(known)
        if !known.isEmpty, !new.isEmpty {
            log(
                .info,
                "new partitions, read from their beginning: \(new.sorted().map(\.description).joined(separator: ", "))")
        }
        state.withLock {
            $0.partitions = found
            $0.discoveredNanoseconds = now
        }
        return found
    }

    private func partitions(of topics: [String]) throws -> [TopicPartition] {
        let metadata = try consumer.metadata(topics: topics, timeoutMilliseconds: Self.requestTimeoutMilliseconds)
        var found: [TopicPartition] = []
        for topic in metadata {
            if let error = topic.error {
                let failure = KafkaFailure.connectorError(error)
                guard failure.code == .notFound else { throw failure }
                throw ConnectorError(
                    .notFound, "topic '\(topic.topic)' does not exist", hint: try nearTopics(topic.topic))
            }
            found += topic.partitions.map { TopicPartition(topic.topic, $0.partition) }
        }
        return found.sorted()
    }

    private func nearTopics(_ name: String) throws -> String {
        let all = try consumer.metadata(topics: nil, timeoutMilliseconds: Self.requestTimeoutMilliseconds).map(\.topic)
        if let near = DidYouMean.nearest(to: name, among: all) { return "did you mean '\(near)'?" }
        return
            "create it first; topics there are: "
            + "\(all.filter { !$0.hasPrefix("__") }.sorted().prefix(20).joined(separator: ", "))"
    }

    // MARK: Reading

    package func readers(from start: JSONValue, to end: JSONValue) throws -> [any PartitionReader] {
        let (from, to) = (try KafkaOffsets.parse(start), try KafkaOffsets.parse(end))
        return try KafkaFailure.mapped {
            let begins = try withBeginnings(of: to.partitions, from)
            let wanted = to.values.keys.reduce(into: [TopicPartition: Int64]()) { $0[$1] = begins[$1] ?? 0 }
            let channels = try channels(at: wanted)
            return to.partitions.compactMap { partition in
                guard let channel = channels[partition], let last = to[partition], channel.nextOffset < last else {
                    return nil
                }
                return KafkaPartitionReader(
                    channel: channel, end: last, schema: schema, includesHeaders: options.includesHeaders,
                    state: readerState, log: log)
            }
        }
    }

    /// Channels that stand at these offsets: the ones there are, where they do, or all of them assigned anew.
    private func channels(at offsets: [TopicPartition: Int64]) throws -> [TopicPartition: KafkaPartitionChannel] {
        let positions = state.withLock { $0.channels.mapValues(\.nextOffset) }
        let stray = positions.contains { offsets[$0.key] != $0.value }
        var begins = stray ? offsets : offsets.filter { positions[$0.key] == nil }
        if begins.isEmpty { return state.withLock { $0.channels } }
        try skipLostRows(&begins)
        // A channel that goes switches its queue's signals off: it goes before the queue gets another one.
        if stray { state.withLock { $0.channels = [:] } }
        if stray { try consumer.assign(begins) } else { try consumer.add(begins) }
        for (partition, offset) in begins {
            guard let queue = consumer.queue(for: partition) else { continue }
            let channel = try KafkaPartitionChannel(queue: queue, nextOffset: offset)
            state.withLock { $0.channels[partition] = channel }
        }
        return state.withLock { $0.channels }
    }

    /// Rows below a partition's beginning are lost: an error, or a later start.
    private func skipLostRows(_ begins: inout [TopicPartition: Int64]) throws {
        let low = try earliest(Array(begins.keys))
        for (partition, begin) in begins {
            guard let first = low[partition], begin < first else { continue }
            try lose(
                "partition \(partition) begins at offset \(first), and \(first - begin) rows from offset \(begin) on "
                    + "were deleted before they were read")
            begins[partition] = first
        }
    }

    package func cancelReads() { readerState.cancel() }
>>>>>>> main

    package func expectNewRows() { state.withLock { $0.askedNanoseconds = 0 } }

    package func close() {
        state.withLock { $0.channels = [:] }
        consumer.close()
    }
}

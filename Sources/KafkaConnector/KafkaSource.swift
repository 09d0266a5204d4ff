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
    private static let requestTimeoutMilliseconds = 5_000
    /// The first request is tried again until the broker is there, and a stop waits for it: so it is short.
    private static let openTimeoutMilliseconds = 1_000
    /// How often the brokers are asked for ends while nothing arrives.
    private static let idleAskNanoseconds: UInt64 = 500_000_000
    /// How long a topic has to be unknown until it counts as deleted.
    private static let vanishedNanoseconds: UInt64 = 10_000_000_000
    /// Rows are taken to be this large until some have been seen, so that a first batch of large rows stays bounded.
    private static let assumedRowBytes = 16_384

    package let schema: Schema
    package var description: String { "KafkaV2[\(options.subscriptionText)]" }

    private let options: KafkaSourceOptions
    private let consumer: KafkaConsumer
    private let configuration: KafkaConfiguration
    private let log: LogHandler
    private let state = Mutex(State())
    let readerState = KafkaReaderState()

    /// Used by the control thread only, but for `clusterIdentity`.
    private struct State {
        var cluster: String?
        var partitions: [TopicPartition] = []
        var discoveredNanoseconds: UInt64 = 0
        var channels: [TopicPartition: KafkaPartitionChannel] = [:]
        var fixedEnd: KafkaOffsets?
        var askedNanoseconds: UInt64 = 0
        /// Since when the brokers don't know a topic that was read before.
        var missingSince: UInt64?
    }

    /// Creates the source for `columns` out of its full schema. No broker is asked yet.
    init(
        _ options: KafkaSourceOptions, columns: Schema, configuration: KafkaConfiguration,
        log: @escaping LogHandler
    ) throws {
        self.options = options
        self.schema = columns
        self.configuration = configuration
        self.log = log
        consumer = try KafkaFailure.mapped {
            try KafkaConsumer(configuration, groupId: "millrace-source", log: KafkaConnection.clientLog(log))
        }
    }

    package var clusterIdentity: String? { state.withLock { $0.cluster } }

    package func open() throws {
        let cluster = try KafkaFailure.mapped {
            try consumer.clusterId(timeoutMilliseconds: Self.openTimeoutMilliseconds)
        }
        state.withLock { $0.cluster = cluster }
    }

    package func logIdentities() throws -> [LogIdentity] {
        let topics: [String] =
            switch options.subscription {
            case .topics(let topics): topics
            case .partitions(let assigned): assigned.keys.sorted()
            }
        return try KafkaFailure.mapped {
            try topics.map {
                let id = try consumer.topicId($0, timeoutMilliseconds: Self.requestTimeoutMilliseconds)
                return LogIdentity(name: $0, id: id)
            }
        }
    }

    package var toleratesDataLoss: Bool { !options.failOnDataLoss }

    package var optionsOfNewQueries: [String] { options.givenStart.map { [$0] } ?? [] }

    // MARK: Offsets

    package func initialOffset() throws -> JSONValue {
        try KafkaFailure.mapped {
            let partitions = try discover(mayUseKnown: false)
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
            let (first, end) = (low[partition] ?? 0, high[partition] ?? 0)
            try Self.require(offsets[partition] ?? end, of: partition, from: first, to: end)
        }
        return offsets
    }

    /// Refuses an offset to start from that isn't there: nothing is lost yet, and a checkpoint would keep it.
    private static func require(
        _ offset: Int64, of partition: TopicPartition, from first: Int64, to end: Int64
    ) throws {
        guard offset < first || offset > end else { return }
        throw ConnectorError(
            .invalidOption,
            "option 'startingOffsets' begins partition \(partition) at offset \(offset), and it has offsets "
                + "\(first) to \(end)",
            hint: "name an offset that is there, or -2 for the earliest and -1 for the latest")
    }

    package func readableRange(from start: JSONValue, limit: ReadLimit) throws -> ReadableRange {
        let from = try KafkaOffsets.parse(start)
        do {
            guard try mayHaveNewRows(from) else { return ReadableRange(end: start, latest: start) }
            let range = try range(from: from, limit: limit)
            state.withLock { $0.missingSince = nil }
            return range
        } catch let error as ConnectorError where error.code == .notFound && !from.values.isEmpty {
            throw vanished(error)
        }
    }

    /// A topic that was there is not known any more. Brokers say so for a moment while they start or move leaders, too.
    private func vanished(_ error: ConnectorError) -> ConnectorError {
        let now = Monotonic.nanoseconds
        let since = state.withLock { state in
            state.partitions = []
            let since = state.missingSince ?? now
            state.missingSince = since
            return since
        }
        guard now - since > Self.vanishedNanoseconds else {
            return ConnectorError(.unavailable, error.message, hint: error.hint)
        }
        return options.failOnDataLoss ? Self.dataLoss("a topic that the query reads is gone: \(error.message)") : error
    }

    private func range(from: KafkaOffsets, limit: ReadLimit) throws -> ReadableRange {
        try KafkaFailure.mapped {
            let partitions = try discover(mayUseKnown: true)
            var latest = KafkaOffsets(try self.latest(partitions))
            state.withLock { $0.askedNanoseconds = Monotonic.nanoseconds }
            latest = try checked(latest, from: from)
            var reachable = latest
            if let fixedEnd = state.withLock({ $0.fixedEnd }) {
                for (partition, offset) in latest.values {
                    reachable.values[partition] = min(offset, max(fixedEnd[partition] ?? 0, from[partition] ?? 0))
                }
            }
            let begin = try withBeginnings(of: reachable.partitions, from)
            if limit == .configured, let rows = rowLimit {
                reachable = RateLimit.bounded(reachable, from: begin, limit: rows)
            }
            return ReadableRange(end: reachable.json, latest: latest.json)
        }
    }

    /// The offsets with those of new partitions, which are read from their first row on. One that has lost rows already
    /// has lost them before anybody read them.
    private func withBeginnings(of partitions: [TopicPartition], _ from: KafkaOffsets) throws -> KafkaOffsets {
        let new = partitions.filter { from[$0] == nil }
        guard !new.isEmpty else { return from }
        var begins = from
        for (partition, first) in try earliest(new) {
            if first > 0 { try lose("new partition \(partition) begins at offset \(first), not at 0") }
            begins.values[partition] = first
        }
        return begins
    }

    /// How many rows a batch may take: what the options say, in rows and in bytes.
    private var rowLimit: Int64? {
        let bytes = readerState.averageRowBytes ?? Self.assumedRowBytes
        let byBytes = max(1, options.maximumBytesPerTrigger / Int64(max(bytes, 1)))
        return min(options.maximumOffsetsPerTrigger ?? Int64.max, byBytes)
    }

    /// Looks into the queues before the brokers are asked: while nothing has arrived, asking now and then is enough.
    private func mayHaveNewRows(_ from: KafkaOffsets) throws -> Bool {
        for error in consumer.pollEvents() where !error.isRetriable {
            let failure = KafkaFailure.connectorError(error)
            if failure.code == .accessDenied { throw failure }
            log(.warning, failure.message)
        }
        let (channels, asked, isFixed) = state.withLock { ($0.channels, $0.askedNanoseconds, $0.fixedEnd != nil) }
        guard !isFixed, !channels.isEmpty, from.partitions.allSatisfy({ channels[$0]?.nextOffset == from[$0] }) else {
            return true
        }
        if asked == 0 || Monotonic.nanoseconds - asked > Self.idleAskNanoseconds { return true }
        return try KafkaFailure.mapped { try channels.values.contains { try $0.hasArrivals() } }
    }

    /// Makes sure that nothing that is still to be read has gone: partitions that vanished, logs that became shorter.
    private func checked(_ latest: KafkaOffsets, from: KafkaOffsets) throws -> KafkaOffsets {
        var checked = latest
        for (partition, start) in from.values {
            guard let end = latest[partition] else {
                try lose("partition \(partition) is gone; it had been read up to offset \(start)")
                continue
            }
            guard end < start else { continue }
            try lose(
                "partition \(partition) ends at offset \(end), and had been read up to \(start): "
                    + "the topic was deleted and made again, or its log was truncated")
            // What the new log holds is read from its beginning.
            checked.values[partition] = try earliest([partition])[partition] ?? end
        }
        return checked
    }

    private func lose(_ message: String) throws {
        guard !options.failOnDataLoss else { throw Self.dataLoss(message) }
        log(.warning, "\(message); failOnDataLoss is false, going on")
    }

    static func dataLoss(_ message: String) -> ConnectorError {
        ConnectorError(
            .dataLoss, message,
            hint: "to go on without these rows set failOnDataLoss=false; "
                + "to read everything again start with a new checkpoint")
    }

    package func fixEnd() throws {
        try KafkaFailure.mapped {
            let ends = KafkaOffsets(try latest(try discover(mayUseKnown: false)))
            state.withLock { $0.fixedEnd = ends }
        }
    }

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
        let behind = latest.values.map { max(0, $0.value - (end[$0.key] ?? 0)) }
        guard let most = behind.max(), let least = behind.min() else { return [] }
        let mean = Double(behind.reduce(0, +)) / Double(behind.count)
        return [
            ("avgOffsetsBehindLatest", "\(mean)"), ("maxOffsetsBehindLatest", "\(most)"),
            ("minOffsetsBehindLatest", "\(least)"),
        ]
    }

    // MARK: Partitions

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
        var (found, missing): ([TopicPartition], [String]) = ([], [])
        for topic in metadata {
            if let error = topic.error {
                let failure = KafkaFailure.connectorError(error)
                guard failure.code == .notFound else { throw failure }
                missing.append(topic.topic)
            }
            found += topic.partitions.map { TopicPartition(topic.topic, $0.partition) }
        }
        guard missing.isEmpty else {
            let known = try consumer.metadata(topics: nil, timeoutMilliseconds: Self.requestTimeoutMilliseconds)
            throw MissingTopics.error(
                missing.sorted(), servers: configuration.bootstrapServers, known: known.map(\.topic))
        }
        return found.sorted()
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

    package func expectNewRows() { state.withLock { $0.askedNanoseconds = 0 } }

    package func close() {
        state.withLock { $0.channels = [:] }
        consumer.close()
    }
}

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
    /// How long a start asks again for a partition that the brokers don't know; a query that runs has its own retries.
    static let unknownMilliseconds = requestTimeoutMilliseconds / 2
    /// The first requests are tried again until the broker is there, and a stop waits for them: so they are short.
    private static let openTimeoutMilliseconds = 1_000

    package let schema: Schema
    package let description: String

    let options: KafkaSourceOptions
    let client: KafkaSourceClient
    let log: LogHandler
    let losses: KafkaLosses
    let context: KafkaReadContext
    let state = Mutex(State())

    /// Used by the control thread only, but for `clusterIdentity`.
    struct State {
        var cluster: String?
        var partitions = KafkaPartitions()
        var offsets = KafkaOffsetsMemo()
        var channels: [TopicPartition: KafkaPartitionChannel] = [:]
        var fixedEnd: KafkaOffsets?
        var askedNanoseconds: UInt64 = 0
        var heldEnds = KafkaHeldEnds()
        /// Topics whose rows count as lost, so that they are lost once.
        var lostTopics: Set<String> = []
        var delay = KafkaBatchDelay()
        /// Rows are there and wait until there are more.
        var isHeldBack = false
        /// How far could be read when that was found.
        var latestWhileHeldBack: KafkaOffsets?
        /// A fetch was refused because the log did not have the position: it is told once, and must not be forgotten
        /// before what it means is known.
        var refused: KafkaError?
        /// How long the next `open` waits for the partitions.
        var openMilliseconds = KafkaSource.openTimeoutMilliseconds
    }

    /// Creates the source for `columns` out of its full schema. No broker is asked yet.
    init(
        _ options: KafkaSourceOptions, columns: Schema, configuration: KafkaConfiguration,
        prefetch: PrefetchBudget = PrefetchBudget(), patience: KafkaPatience = KafkaPatience(),
        log: @escaping LogHandler
    ) throws {
        self.options = options
        description = "KafkaV2[\(options.subscriptionText)]"
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
        // Too many partitions are refused before anything else is done. Of a large cluster the answer may take longer.
        let timeout = state.withLock { state in
            defer { state.openMilliseconds = min(2 * state.openMilliseconds, Self.requestTimeoutMilliseconds) }
            return state.openMilliseconds
        }
        try KafkaFailure.mapped { _ = try discover(mayUseKnown: true, timeoutMilliseconds: timeout) }
    }

    package func logIdentities() throws -> [LogIdentity] {
        try KafkaFailure.mapped {
            let topics: [String] =
                switch options.subscription {
                case .topics(let topics): topics
                case .partitions(let assigned): assigned.keys.sorted()
                case .pattern: Set(try discover(mayUseKnown: true).known.map(\.topic)).sorted()
                }
            return try topics.map {
                let id = try consumer.topicId($0, timeoutMilliseconds: Self.requestTimeoutMilliseconds)
                return LogIdentity(name: $0, id: id)
            }
        }
    }

    package var toleratesDataLoss: Bool { !options.failOnDataLoss }

    package var optionsOfNewQueries: [String] { options.givenStart.map { [$0] } ?? [] }

    package func fixEnd() throws {
        try KafkaFailure.mapped {
            let ends = KafkaOffsets(try latest(try allPartitions(), unknownMilliseconds: Self.unknownMilliseconds))
            state.withLock { $0.fixedEnd = ends }
        }
    }

    /// Offsets as the engine hands them over.
    func offsets(_ json: JSONValue) throws -> KafkaOffsets { try state.withLock { try $0.offsets.offsets(json) } }

    /// Offsets as the engine takes them.
    func json(_ offsets: KafkaOffsets) -> JSONValue { state.withLock { $0.offsets.json(offsets) } }

    // MARK: Figures

    package func estimatedRowCount(from start: JSONValue, to end: JSONValue) -> Int {
        guard let from = try? offsets(start), let to = try? offsets(end) else { return 0 }
        return to.values.reduce(0) { $0 &+ Int(max(0, $1.value &- (from[$1.key] ?? 0))) }
    }

    package func logPositions(at end: JSONValue) -> [LogPosition] {
        guard let offsets = try? offsets(end) else { return [] }
        return offsets.partitions.map {
            LogPosition(log: $0.topic, partition: $0.partition, offset: offsets[$0] ?? 0)
        }
    }

    package func metrics(end: JSONValue, latest: JSONValue) -> [(name: String, value: String)] {
        let lost = ("rowsLost", "\(losses.lostRows)")
        guard let end = try? offsets(end), let latest = try? offsets(latest) else { return [lost] }
        // What lies behind an open transaction is there, too, though it can't be read yet.
        let trueEnds = latest.values.map { ($0.key, max($0.value, consumer.lastKnownEnd($0.key) ?? $0.value)) }
        let behind = trueEnds.map { max(0, $0.1 - (end[$0.0] ?? 0)) }
        guard let most = behind.max(), let least = behind.min() else { return [] }
        let mean = Double(behind.reduce(0, +)) / Double(behind.count)
        return [
            ("avgOffsetsBehindLatest", "\(mean)"), ("maxOffsetsBehindLatest", "\(most)"),
            ("minOffsetsBehindLatest", "\(least)"),
            ("lsoLag", "\(trueEnds.reduce(0) { $0 + $1.1 - (latest[$1.0] ?? $1.1) })"),
            lost,
        ]
    }

    package func takeLogBreaks() -> [LogBreak] { losses.takeBreaks() }

    package func setDataArrivalHandler(_ wake: @escaping @Sendable () -> Void) { client.setArrivalHandler(wake) }

    package func cancelReads() { context.cancel() }

    package func expectNewRows() { state.withLock { $0.askedNanoseconds = 0 } }

    package func close() {
        state.withLock { $0.channels = [:] }
        consumer.close()
    }
}

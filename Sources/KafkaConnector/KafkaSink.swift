// Kafka topics as an exactly-once sink: one transaction a batch, which holds rows and marker.

import Columns
import Connectors
import KafkaClient
import Synchronization
import Threads

/// Writes each batch in a Kafka transaction of its own, together with the marker that names it.
///
/// Every batch has a fresh producer, made in the background after the former batch: its `init_transactions` moves the
/// producer epoch on, so that a delayed answer or request of an older transaction can't touch this one. librdkafka
/// has no KIP-890, whose server side would do the same. The marker is looked at after every `init_transactions`,
/// because an older instance that wakes up fences by it just as well: only the marker says who is right.
package final class KafkaSink: TransactionalSink {
    private static let sliceMilliseconds = 5_000

    package let description: String

    private let options: KafkaSinkOptions
    private let producerConfiguration: KafkaConfiguration
    private let markerConfiguration: KafkaConfiguration
    private let queue: QueueBudget
    private let log: LogHandler
    private let state: Mutex<State>
    private let preparation = Signal()
    private let companion = CompanionThread(name: "kafka-sink")
    private let patience: TransactionPatience

    private struct State {
        var layout: KafkaRowLayout?
        var transactionalID = ""
        var groupID = ""
        var sourceCluster: String?
        var cluster: String?
        var topicID: String?
        var markerRetentionMilliseconds: Int64?
        var time: TransactionTime
        var marksSource: Bool?
        /// Whether the broker is the embedded one, which forgets offsets that are committed in transactions.
        var isEmbedded = false
        var markerReader: KafkaConsumer?
        var prepared: Prepared?
        /// A producer that the brokers have not answered yet.
        var unfinished: TransactionalProducer?
        /// What was sent and is neither committed nor aborted.
        var open: OpenTransaction?
        var hasAnnounced = false
    }

    /// A transaction from its beginning to its end.
    private struct OpenTransaction: Sendable {
        let producer: TransactionalProducer
        let batchID: Int64
        /// The client sends values from where they lie: they stay until the producer is closed, however that comes.
        let rows: [RecordBatch]
        let late: [LateRows]
        let letters: [KafkaLetters]
        let timeoutMilliseconds: Int
        let startNanoseconds: UInt64 = Monotonic.nanoseconds

        var rowCount: Int {
            rows.reduce(0) { $0 + $1.count } + late.reduce(0) { $0 + $1.count } + letters.reduce(0) { $0 + $1.count }
        }
        /// When the brokers give it up.
        var endNanoseconds: UInt64 { startNanoseconds + UInt64(max(0, timeoutMilliseconds)) * 1_000_000 }
    }

    /// A producer that has fenced the ones before it.
    private enum Prepared: Sendable {
        case underWay
        case ready(TransactionalProducer, isFresh: Bool)
    }

    init(
        _ options: KafkaSinkOptions, producer: KafkaConfiguration, markerReader: KafkaConfiguration,
        queue: QueueBudget, log: @escaping LogHandler
    ) throws {
        self.options = options
        description = "KafkaSink[\(options.topic ?? "by column")]"
        self.log = log
        patience = TransactionPatience(log: log)
        state = Mutex(State(time: TransactionTime(milliseconds: options.transactionTimeoutMilliseconds)))
        producerConfiguration = producer
        markerConfiguration = markerReader
        self.queue = queue
    }

    package func stopSoon() { patience.stopSoon() }
    package var lateRowsOption: String? { options.lateRowsTopic.map { _ in KafkaSinkOptions.lateRowsName } }
    package var badRowsOption: String? { options.badRowsTopic.map { _ in KafkaSinkOptions.badRowsName } }
    package var badRowsLog: String? { options.badRowsTopic }

    package func validate(schema: Schema, outputMode: OutputMode) throws {
        let layout = try KafkaRowLayout(
            schema, topic: options.topic, includesHeaders: options.includesHeaders)
        state.withLock { $0.layout = layout }
    }

    package func bind(queryID: String, queryName: String?, sourceCluster: String?) {
        let name = queryName.map { "\(KafkaSink.identifier($0))-" } ?? ""
        state.withLock {
            $0.transactionalID = "\(options.identifierPrefix)-\(name)\(queryID)"
            $0.groupID = "\(options.identifierPrefix)-\(name)\(queryID)"
            $0.sourceCluster = sourceCluster
        }
    }

    /// A name with everything that identifiers don't take replaced.
    private static func identifier(_ name: String) -> String {
        String(
            name.unicodeScalars.prefix(64).map {
                $0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "_" || $0 == "."
                    ? Character($0) : "-"
            })
    }

    package func open() throws {
        try KafkaFailure.mapped {
            let group = state.withLock { $0.groupID }
            let reader =
                try state.withLock { $0.markerReader }
                ?? KafkaConsumer(markerConfiguration, groupId: group, log: KafkaConnection.clientLog(log))
            state.withLock { $0.markerReader = reader }
            let cluster = try reader.clusterId(timeoutMilliseconds: Self.sliceMilliseconds)
            try checkTopics(reader)
            // librdkafka's mock cluster names itself so; it answers neither of the two questions.
            let isEmbedded = cluster?.hasPrefix("mockCluster") ?? false
            let topicID =
                isEmbedded
                ? nil
                : try options.topic.flatMap { try reader.topicId($0, timeoutMilliseconds: Self.sliceMilliseconds) }
            let retention = isEmbedded ? nil : markerRetention(reader)
            let longest = isEmbedded ? nil : brokerNumber("transaction.max.timeout.ms", reader)
            state.withLock {
                $0.cluster = cluster
                $0.topicID = topicID
                $0.markerRetentionMilliseconds = retention
                $0.time.maximumMilliseconds = longest.map { Int(clamping: $0) }
                $0.marksSource = $0.sourceCluster != nil && $0.sourceCluster == cluster
                $0.isEmbedded = isEmbedded
            }
            if !(state.withLock { $0.marksSource ?? false }) { _ = try ownPartition() }
        }
        guard
            state.withLock({ state in
                defer { state.hasAnnounced = true }
                return !state.hasAnnounced
            })
        else { return }
        log(
            .info,
            "\(description): transactional id and group \(state.withLock { $0.groupID }); "
                + "consumers see whole batches with isolation.level=read_committed")
    }

    /// How long the brokers keep committed offsets; `nil` where they don't tell.
    private func markerRetention(_ reader: KafkaConsumer) -> Int64? {
        guard let minutes = brokerNumber("offsets.retention.minutes", reader) else { return nil }
        let (milliseconds, overflow) = minutes.multipliedReportingOverflow(by: 60_000)
        return overflow ? nil : milliseconds
    }

    /// A positive number among the brokers' settings; `nil` where they don't tell.
    private func brokerNumber(_ setting: String, _ reader: KafkaConsumer) -> Int64? {
        do {
            let text = try reader.brokerSetting(setting, timeoutMilliseconds: Self.sliceMilliseconds)
            return text.flatMap { Int64($0) }.flatMap { $0 > 0 ? $0 : nil }
        } catch {
            log(.debug, "\(description): the brokers don't tell \(setting): \(error)")
            return nil
        }
    }

    package var markerRetentionMilliseconds: Int64? { state.withLock { $0.markerRetentionMilliseconds } }

    package var identity: TransactionIdentity {
        state.withLock { state in
            TransactionIdentity(
                cluster: state.cluster, transactionalID: state.transactionalID, group: state.groupID,
                markerPlace: state.marksSource ?? false
                    ? "with the offsets of the source" : "at partition 0 of topic '\(options.topic ?? "")'",
                log: options.topic.map { LogIdentity(name: $0, id: state.topicID) })
        }
    }

    /// The topics that rows go to whatever they say.
    private var topics: [String] { [options.topic, options.lateRowsTopic, options.badRowsTopic].compactMap { $0 } }

    private func checkTopics(_ reader: KafkaConsumer) throws {
        for topic in topics { try checkTopic(topic, reader) }
    }

    private func checkTopic(_ topic: String, _ reader: KafkaConsumer) throws {
        let metadata = try reader.metadata(topics: [topic], timeoutMilliseconds: Self.sliceMilliseconds)
        guard let error = metadata.first?.error else { return }
        let failure = KafkaFailure.connectorError(error)
        guard failure.code == .notFound else { throw failure }
        let known = try reader.metadata(topics: nil, timeoutMilliseconds: Self.sliceMilliseconds)
        throw MissingTopics.error(
            [topic], servers: markerConfiguration.bootstrapServers, known: known.map(\.topic))
    }

    // MARK: Fencing and markers

    package func fence() throws {
        dropPrepared()
        try KafkaFailure.mapped {
            let producer = try makeProducer()
            state.withLock { $0.prepared = .ready(producer, isFresh: true) }
        }
    }

    /// A producer that has ended what older ones left open.
    ///
    /// A commit is decided some milliseconds before the brokers have written it down everywhere, and until then they
    /// refuse the next producer; so they do while they abort what a dead instance left. librdkafka then sleeps for
    /// half a second; another producer asks sooner.
    private func makeProducer() throws -> TransactionalProducer {
        let deadline = Monotonic.nanoseconds + UInt64(Self.sliceMilliseconds) * 1_000_000
        var pause: UInt64 = 5_000_000
        while true {
            do {
                return try makeProducerOnce()
            } catch let error as KafkaError where error.code == .concurrentTransactions {
                guard Monotonic.nanoseconds + pause < deadline else { throw error }
                Monotonic.sleep(nanoseconds: pause)
                pause = min(pause * 2, 500_000_000)
            }
        }
    }

    private func makeProducerOnce() throws -> TransactionalProducer {
        let unfinished = state.withLock { state in
            defer { state.unfinished = nil }
            return state.unfinished
        }
        let producer = try unfinished ?? newProducer()
        do {
            try producer.initTransactions(
                topics: topics, timeoutMilliseconds: Self.sliceMilliseconds,
                waitsForFormer: false)
        } catch  where error.code == .timedOut && error.isRetriable {
            // Slow brokers get there: the next call goes on from here, where a new producer would begin again.
            state.withLock { $0.unfinished = producer }
            throw error
        } catch {
            producer.close()
            throw error
        }
        return producer
    }

    /// A producer that has asked no broker yet.
    func newProducer() throws -> TransactionalProducer {
        let (id, time) = state.withLock { ($0.transactionalID, $0.time.milliseconds) }
        return try TransactionalProducer(
            producerConfiguration, transactionalId: id, transactionTimeoutMilliseconds: time, queue: queue,
            log: KafkaConnection.clientLog(log))
    }

    package func lastMarker(candidates: [LogPosition]) throws -> SinkMarker? {
        try KafkaFailure.mapped { try readMarker(candidates) }
    }

    private func readMarker(_ candidates: [LogPosition]) throws -> SinkMarker? {
        let (reader, marksSource) = state.withLock { ($0.markerReader, $0.marksSource ?? false) }
        guard let reader else { preconditionFailure("the sink was not opened") }
        let partitions =
            marksSource && !candidates.isEmpty
            ? candidates.map { TopicPartition($0.log, $0.partition) } : [try ownPartition()]
        let committed = try reader.committed(partitions, timeoutMilliseconds: Self.sliceMilliseconds)
            .filter { !$0.value.metadata.isEmpty }
        let texts = Set(committed.values.map(\.metadata))
        guard texts.count <= 1 else {
            throw ConnectorError(
                .dataLoss, "the marker's partitions disagree: \(texts.sorted().joined(separator: " and "))",
                hint: "somebody else commits offsets in group \(state.withLock { $0.groupID }); find out who")
        }
        guard let text = texts.first else { return nil }
        let positions = committed.sorted { $0.key < $1.key }.map {
            LogPosition(log: $0.key.topic, partition: $0.key.partition, offset: $0.value.offset)
        }
        return SinkMarker(text: text, positions: marksSource ? positions : [])
    }

    /// Where the marker stands when the source has no partitions on this cluster.
    private func ownPartition() throws -> TopicPartition {
        guard let topic = options.topic else {
            throw ConnectorError(
                .invalidOption, "the source is not on the sink's cluster, and the sink has no option 'topic'",
                hint: "the marker needs a topic of the sink's cluster: set option topic")
        }
        return TopicPartition(topic, 0)
    }

    // MARK: Preparing

    package func prepareNext(candidates: [LogPosition]) {
        // The producer that fenced at the start has not been used: it serves the first batch.
        if case .ready(_, isFresh: true) = state.withLock({ $0.prepared }) { return }
        dropPrepared()
        state.withLock { $0.prepared = .underWay }
        do throws(ThreadRefused) {
            try companion.begin { [self] in prepare(candidates) }
        } catch {
            log(.debug, "\(description): preparing a transaction: no thread (error \(error.errorNumber))")
            state.withLock { $0.prepared = nil }
        }
    }

    private func prepare(_ candidates: [LogPosition]) {
        var prepared: Prepared?
        do {
            let producer = try makeProducer()
            prepared = .ready(producer, isFresh: false)
            // `deliver` reads the marker itself. Read here, it costs the batch no waiting for a former transaction
            // whose offsets the brokers are still writing down.
            _ = try readMarker(candidates)
        } catch {
            // Nothing has been sent: `deliver` tries it itself, and its failure counts.
            log(.debug, "\(description): preparing a transaction: \(error)")
        }
        preparation.locked { state.withLock { $0.prepared = prepared } }
        preparation.broadcast()
    }

    /// The prepared producer, waited for; made now where there is none.
    private func takePrepared() throws -> TransactionalProducer {
        let prepared: Prepared? = preparation.locked {
            while case .underWay = state.withLock({ $0.prepared }) { preparation.wait() }
            return state.withLock { state in
                defer { state.prepared = nil }
                return state.prepared
            }
        }
        if case .ready(let producer, _) = prepared { return producer }
        return try makeProducer()
    }

    private func dropPrepared() {
        companion.finish()
        let old = state.withLock { state in
            defer { state.prepared = nil }
            return state.prepared
        }
        if case .ready(let producer, _) = old { producer.close() }
    }

    // MARK: Delivering

    package func send(
        batchID: Int64, rows: [RecordBatch], aside: AsideRows, positions: [LogPosition], expecting expected: SinkMarker?
    ) throws {
        abort()
        let rows = rows.map { $0.compacted() }
        let producer = try KafkaFailure.mapped { try takePrepared() }
        do {
            // As late as can be: whoever has deleted a topic, the group or has taken over since the last batch shows
            // here.
            let found = try lastMarker(candidates: expected?.positions ?? positions)
            if !Mutant.noMarker.isActive { try SinkMarker.require(found, toBe: expected) }
        } catch {
            producer.close()
            throw error
        }
        let transaction = OpenTransaction(
            producer: producer, batchID: batchID, rows: rows, late: aside.late,
            letters: KafkaLetters.pieces(of: aside.bad),
            timeoutMilliseconds: state.withLock { $0.time.milliseconds })
        try ending(transaction) { try fill(transaction) }
        state.withLock { $0.open = transaction }
    }

    package func commit(_ marker: SinkMarker) throws {
        guard let transaction = takeOpen() else { preconditionFailure("nothing was sent that could be committed") }
        try ending(transaction) { try commit(transaction, marker) }
        transaction.producer.close()
    }

    package func abort() {
        guard let transaction = takeOpen() else { return }
        // Where that fails, the next producer's `init_transactions` does it.
        try? transaction.producer.abort(timeoutMilliseconds: Self.sliceMilliseconds)
        transaction.producer.close()
    }

    private func takeOpen() -> OpenTransaction? {
        state.withLock { state in
            defer { state.open = nil }
            return state.open
        }
    }

    /// Runs a step of a transaction, and ends the transaction where it fails.
    private func ending(_ transaction: OpenTransaction, _ step: () throws -> Void) throws {
        do {
            try step()
        } catch {
            let failure = (error as? KafkaError).map { outcome(of: $0, batchID: transaction.batchID) } ?? error
            // An error that ends the query mustn't hold up the readers of the topic until the transaction's timeout.
            // Where the commit was tried already, librdkafka refuses to abort, and the next start finds out what
            // became of it.
            if (failure as? ConnectorError)?.code != .outcomeUnknown {
                try? transaction.producer.abort(timeoutMilliseconds: Self.sliceMilliseconds)
            }
            transaction.producer.close()
            throw failure
        }
    }

    /// Begins the transaction and waits until the brokers have all its rows.
    private func fill(_ transaction: OpenTransaction) throws {
        let (producer, batchID, expected) = (transaction.producer, transaction.batchID, transaction.rowCount)
        try producer.begin()
        CrashPoint.reach(.transactionOpen)
        do {
            try produce(transaction)
        } catch let error as KafkaError {
            let attempt = TransactionTime.Attempt(
                batchID: batchID, rows: expected, delivered: producer.deliveredCount,
                startNanoseconds: transaction.startNanoseconds, failure: KafkaFailure.connectorError(error))
            throw state.withLock { $0.time.judge(attempt) } ?? error
        }
        CrashPoint.reach(.afterFlush)
        guard producer.acceptedCount == expected, producer.deliveredCount == expected else {
            throw ConnectorError(
                .outcomeUnknown,
                "batch \(batchID): of \(expected) rows \(producer.acceptedCount) were accepted and "
                    + "\(producer.deliveredCount) delivered; the transaction was not committed")
        }
    }

    /// Sends the offsets with the marker and commits.
    private func commit(_ transaction: OpenTransaction, _ marker: SinkMarker) throws {
        let (group, marksSource) = state.withLock { ($0.groupID, $0.marksSource ?? false) }
        let (producer, batchID, end) = (transaction.producer, transaction.batchID, transaction.endNanoseconds)
        var offsets: [TopicPartition: CommittedOffset] = [:]
        if marksSource {
            for position in marker.positions {
                offsets[TopicPartition(position.log, position.partition)] = CommittedOffset(
                    offset: position.offset, metadata: marker.text)
            }
        }
        if offsets.isEmpty {
            offsets[try ownPartition()] = CommittedOffset(offset: batchID + 1, metadata: marker.text)
        }
        try patience.carryOut("the brokers to take the offsets", batchID: batchID, end: end) {
            try producer.sendOffsets(offsets, group: group, timeoutMilliseconds: $0)
        }
        CrashPoint.reach(.afterOffsetsSent)
        CrashPoint.reachSoon(.midCommit)
        try patience.carryOut("the brokers to commit", batchID: batchID, end: end) {
            try producer.commit(timeoutMilliseconds: $0)
        }
        let (reader, isEmbedded) = state.withLock { ($0.markerReader, $0.isEmbedded) }
        // Not atomic, and it need not be: the embedded broker ends with the process.
        if isEmbedded { try reader?.commit(offsets, timeoutMilliseconds: transaction.timeoutMilliseconds) }
    }

    /// Hands the rows over and waits until the brokers have them all.
    private func produce(_ transaction: OpenTransaction) throws {
        guard let layout = state.withLock({ $0.layout }) else { preconditionFailure("the sink was not validated") }
        let producer = transaction.producer
        for batch in transaction.rows {
            try layout.produce(batch) { columns, range, topic in
                try producer.produce(columns, rows: range, topic: topic)
            }
            CrashPoint.reach(.midProduce)
        }
        if let topic = options.lateRowsTopic {
            for rows in transaction.late {
                try KafkaRowLayout.produce(rows, batchID: transaction.batchID) { columns, range in
                    try producer.produce(columns, rows: range, topic: topic)
                }
            }
        }
        if let topic = options.badRowsTopic {
            for letters in transaction.letters {
                try letters.produce { columns, range in try producer.produce(columns, rows: range, topic: topic) }
            }
        }
        let (batchID, end) = (transaction.batchID, transaction.endNanoseconds)
        try patience.carryOut("the brokers to take the rows", batchID: batchID, end: end) {
            try producer.flush(timeoutMilliseconds: $0)
        }
    }

    /// A row that can't be written, or a right that is missing, ends the query; about all else only the marker knows.
    private func outcome(of error: KafkaError, batchID: Int64) -> ConnectorError {
        let failure = KafkaFailure.connectorError(error)
        switch failure.code {
        case .badRow, .accessDenied, .notFound, .invalidOption: return failure
        default:
            return ConnectorError(
                .outcomeUnknown, "transaction of batch \(batchID): \(failure.message)", hint: failure.hint,
                isRetriable: failure.isRetriable)
        }
    }

    package func close() {
        abort()
        dropPrepared()
        companion.close()
        let (reader, unfinished) = state.withLock { state in
            defer {
                state.markerReader = nil
                state.unfinished = nil
            }
            return (state.markerReader, state.unfinished)
        }
        unfinished?.close()
        reader?.close()
    }
}

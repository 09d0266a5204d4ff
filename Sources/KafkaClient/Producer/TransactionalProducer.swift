// Rows and source offsets in one Kafka transaction.

import CRdKafka
import Synchronization

/// A producer of one transaction after the other, all or nothing.
///
/// Every error that is not retriable leaves the transaction's outcome unknown, `commit`'s above all: close this
/// producer, make a new one with the same transactional id, `initTransactions` (which ends the old transaction for
/// good) and look at the committed offsets. It never aborts and redoes by itself. All calls block and are for one
/// thread at a time.
package final class TransactionalProducer: Sendable {
    private let core: ProducerCore

    /// Makes a producer; no broker is asked yet.
    ///
    /// - Parameters:
    ///   - transactionTimeoutMilliseconds: how long a transaction may be open; nil is as configured.
    ///   - queue: the memory for rows not yet delivered; the user's `queue.buffering.max.kbytes` and
    ///     `queue.buffering.max.messages` win.
    package init(
        _ configuration: KafkaConfiguration, transactionalId: String, transactionTimeoutMilliseconds: Int? = nil,
        queue: QueueBudget = QueueBudget(), log: @escaping KafkaLogHandler = { _ in }
    ) throws {
        core = try ProducerCore(
            configuration, queue: queue,
            transactionTimeoutMilliseconds: transactionTimeoutMilliseconds,
            owned: [("transactional.id", transactionalId)], log: log)
    }

    /// Rows librdkafka has taken, in the life of this producer.
    package var acceptedCount: Int { core.accepted }
    /// Rows the broker has confirmed, in the life of this producer.
    package var deliveredCount: Int { core.deliveries.delivered }

    /// A property as this client has it; nil for one that the library doesn't know.
    package func setting(_ name: String) -> String? { core.client.setting(name) }

    /// Fences older producers of the same transactional id and finishes or aborts their transaction.
    ///
    /// Looks at `topics` first: it fails early where one does not exist, and librdkafka knows its leaders when the
    /// first row comes. Returns only when the outcome of the older transaction is final: librdkafka asks every half
    /// second. With `waitsForFormer` false it throws `concurrentTransactions` at once, and a new producer may ask
    /// sooner.
    package func initTransactions(
        topics: [String] = [], timeoutMilliseconds: Int = 60_000, waitsForFormer: Bool = true
    ) throws(KafkaError) {
        try core.requireOpen()
        let deadline = Deadline(milliseconds: timeoutMilliseconds)
        for topic in topics { _ = try core.topic(topic) }
        for topic in try core.client.metadata(topics: topics, deadline: deadline, serve: { core.poll() }) {
            if let error = topic.error { throw error }
        }
        // In slices, so that wrong credentials and an open transaction are told at once; librdkafka goes on where it
        // was.
        while let pointer = rd_kafka_init_transactions(core.client.pointer, 10) {
            core.poll()
            let error = KafkaError.take(pointer, client: core.client, doing: "opening transactions")
            if ClientHandle.isConclusive(error.code) { throw error }
            guard error.isRetriable, error.code != .previousInProgress, !deadline.hasPassed else { throw error }
            if !waitsForFormer, core.client.callbacks.isFormerTransactionOpen.load(ordering: .relaxed) {
                throw KafkaError(
                    code: .concurrentTransactions, message: "the brokers are still ending the former transaction",
                    isRetriable: true)
            }
            if error.code != .timedOut { core.poll(milliseconds: min(50, deadline.remainingMilliseconds)) }
        }
        core.client.callbacks.clearBrokerProblem()
    }

    /// Opens a transaction.
    package func begin() throws(KafkaError) {
        try core.requireOpen()
        if let error = rd_kafka_begin_transaction(core.client.pointer) {
            throw KafkaError.take(error, client: core.client, doing: "beginning a transaction")
        }
    }

    /// Hands rows to librdkafka; values must stay in memory until `flush` or `close` returns.
    ///
    /// Waits where the queue is full. Throws on the first row that is refused, naming it: the transaction is then not
    /// to be committed.
    package func produce(_ columns: ProduceColumns, rows: Range<Int>, topic: String) throws(KafkaError) {
        try core.produce(columns, rows: rows, topic: topic)
    }

    /// Waits until all rows are delivered.
    package func flush(timeoutMilliseconds: Int = 60_000) throws(KafkaError) {
        try core.flush(Deadline(milliseconds: timeoutMilliseconds))
    }

    /// Adds offsets of `group` to the transaction: they are committed if and only if the rows are.
    package func sendOffsets(
        _ offsets: [TopicPartition: CommittedOffset], group: String, timeoutMilliseconds: Int = 60_000
    ) throws(KafkaError) {
        try core.requireOpen()
        guard !group.isEmpty else {
            throw KafkaError(code: .invalidArgument, message: "a consumer group needs a name")
        }
        try repeating("sending offsets", Deadline(milliseconds: timeoutMilliseconds)) { (timeout) throws(KafkaError) in
            switch try OffsetsCall.run(core, offsets, group: group, timeoutMilliseconds: timeout) {
            case .returned(let error): return error
            case .givenUp:
                core.giveUp()
                throw KafkaError(
                    code: .failed,
                    message: "sending offsets: the Kafka library did not come back; its producer is given up",
                    domain: .external)
            }
        }
    }

    /// Commits, after making sure that every accepted row is delivered.
    ///
    /// Returns when the commit is decided; readers see it a moment later, when the brokers have written their markers.
    /// A timeout is retriable and may be followed by another `commit`. After any other error the outcome is unknown.
    package func commit(timeoutMilliseconds: Int = 60_000) throws(KafkaError) {
        let deadline = Deadline(milliseconds: timeoutMilliseconds)
        // librdkafka commits without the rows that it had refused to take; we do not.
        if let refused = core.refused { throw refused }
        try core.flush(deadline)
        try repeating("committing a transaction", deadline) { rd_kafka_commit_transaction(core.client.pointer, $0) }
    }

    /// Gives the open transaction up.
    package func abort(timeoutMilliseconds: Int = 60_000) throws(KafkaError) {
        try core.requireOpen()
        try repeating("aborting a transaction", Deadline(milliseconds: timeoutMilliseconds)) {
            rd_kafka_abort_transaction(core.client.pointer, $0)
        }
    }

    /// Drops undelivered rows and ends the client. An open transaction stays open until its timeout, or until the next
    /// `initTransactions` of the same id.
    package func close() { core.close() }

    /// Calls again while librdkafka says that it may, until the deadline.
    private func repeating(
        _ action: String, _ deadline: Deadline, _ call: (Int32) throws(KafkaError) -> OpaquePointer?
    ) throws(KafkaError) {
        while let pointer = try call(Int32(clamping: max(1, deadline.remainingMilliseconds))) {
            core.poll()
            let error = KafkaError.take(pointer, client: core.client, doing: action)
            if ClientHandle.isConclusive(error.code) { throw error }
            // Another thread's call is in progress: calling again would only race with it.
            guard error.isRetriable, error.code != .previousInProgress, !deadline.hasPassed else { throw error }
            core.poll(milliseconds: min(50, deadline.remainingMilliseconds))
        }
        core.client.callbacks.clearBrokerProblem()
    }
}

// Reads partitions at exact offsets: no group membership, no offset reset, no commits.

import CRdKafka
import Synchronization

/// A librdkafka consumer that reads the partitions it is told to, from the offsets it is told.
///
/// Each assigned partition has a queue of its own (`queue(for:)`), which one thread at a time reads; different queues
/// may be read by different threads. `assign` and `close` are for one thread, while no queue is read: librdkafka 2.0's
/// batch reading may lose messages that arrive during a change of assignment. `pollEvents` wants to be called now and
/// then, or errors of the client as a whole and statistics are never reported.
package final class KafkaConsumer: Sendable {
    let client: ClientHandle
    private let state = Mutex(State())

    private struct State {
        var queues: [TopicPartition: PartitionQueue] = [:]
        var events: [KafkaError] = []
    }

    /// Is woken when messages arrive in the empty queue of any assigned partition.
    package let arrivals = QueueSignal()
    /// The group whose committed offsets are read.
    let groupID: String
    /// What it was made with.
    let configuration: KafkaConfiguration
    /// How much is fetched ahead for each partition.
    package let prefetch: PrefetchBudget.Share

    /// Starts a consumer. No broker is asked yet.
    ///
    /// - Parameters:
    ///   - groupId: the group whose committed offsets `committed` reads; never joined.
    ///   - prefetch: how much may be fetched ahead for each partition; the user's `queued.max.messages.kbytes`,
    ///     `queued.min.messages`, `fetch.message.max.bytes` and `fetch.max.bytes` win.
    ///   - isolation: stands for what the configuration says, where it is given.
    ///   - log: takes what librdkafka says, on librdkafka's threads as well.
    package init(
        _ configuration: KafkaConfiguration, groupId: String,
        prefetch: PrefetchBudget.Share = PrefetchBudget().share(partitions: 1), isolation: String? = nil,
        log: @escaping KafkaLogHandler = { _ in }
    ) throws {
        self.groupID = groupId
        self.configuration = configuration
        self.prefetch = prefetch
        let handle = try configuration.makeHandle(
            defaults: Self.fetchDefaults(prefetch, configuration) + [
                ("isolation.level", "read_committed"),
                ("check.crcs", "true"),
                // How late the end of a partition is told: a range whose last offset is a transaction's marker, as in a
                // topic that another query writes, is complete only then.
                ("fetch.wait.max.ms", "20"),
                ("fetch.error.backoff.ms", "100"),
                ("allow.auto.create.topics", "false"),
                ("socket.keepalive.enable", "true"),
                ("client.id", "millrace"),
            ],
            owned: [
                ("group.id", groupId),
                ("enable.auto.commit", "false"),
                ("enable.auto.offset.store", "false"),
                ("auto.offset.reset", "error"),
                ("enable.partition.eof", "true"),
            ] + (isolation.map { [("isolation.level", $0)] } ?? []))
        client = try ClientHandle(
            type: RD_KAFKA_CONSUMER, configuration: handle, options: configuration, reportsDeliveries: false, log: log)
        rd_kafka_poll_set_consumer(client.pointer)
    }

    private static func fetchDefaults(
        _ share: PrefetchBudget.Share, _ configuration: KafkaConfiguration
    ) -> [(String, String)] {
        var defaults = [
            ("queued.min.messages", String(share.messages)),
            ("queued.max.messages.kbytes", String(share.kilobytes)),
            ("fetch.message.max.bytes", String(share.partitionFetchBytes)),
            // How soon it looks again at a queue that was full. Older versions don't know the name and sleep for up to
            // a second, which `nudge` ends; unknown names are left out.
            ("fetch.queue.backoff.ms", "5"),
        ]
        // librdkafka adjusts its own value to these two, and refuses ours where it doesn't fit them.
        if configuration.value(of: "receive.message.max.bytes") == nil {
            let largest = configuration.value(of: "message.max.bytes").flatMap { Int($0) } ?? 0
            defaults.append(("fetch.max.bytes", String(max(share.fetchBytes, largest))))
        }
        return defaults
    }

    /// A property as this client has it; nil for one that the library doesn't know.
    package func setting(_ name: String) -> String? { client.setting(name) }

    // MARK: Assignment

    /// Reads exactly these partitions from these offsets on, each offset being the first to be read.
    ///
    /// Partitions not named are given up. Batches read before are to be emptied by the caller. Ask for
    /// `latestOffsets` first: a consumer that has no connection to the leaders yet takes a second to make one.
    package func assign(_ offsets: [TopicPartition: Int64]) throws(KafkaError) {
        let queues = try prepareQueues(offsets)
        let list = PartitionList(offsets) { $0.pointee.offset = $1 }
        let error = KafkaErrorCode(rd_kafka_assign(client.pointer, list.pointer))
        guard error == .none else { throw client.describe(error, text: "", doing: "assigning partitions") }
        state.withLock { state in
            state.queues = queues
            for (partition, queue) in queues { queue.restart(at: offsets[partition] ?? 0) }
        }
    }

    /// Reads these partitions as well; none of them may be assigned yet. The others go on undisturbed.
    package func add(_ offsets: [TopicPartition: Int64]) throws(KafkaError) {
        guard !offsets.isEmpty else { return }
        let known = state.withLock { $0.queues }
        if let twice = offsets.keys.sorted().first(where: { known[$0] != nil }) {
            throw KafkaError(
                code: .inconsistent, message: "the partition is assigned already", topic: twice.topic,
                partition: twice.partition)
        }
        let queues = try prepareQueues(offsets)
        let list = PartitionList(offsets) { $0.pointee.offset = $1 }
        if let error = rd_kafka_incremental_assign(client.pointer, list.pointer) {
            throw KafkaError.take(error, client: client, doing: "adding partitions")
        }
        state.withLock { state in
            for (partition, queue) in queues {
                queue.restart(at: offsets[partition] ?? 0)
                state.queues[partition] = queue
            }
        }
    }

    /// Reads an assigned partition from another offset on, also after an error that ended its fetching; the others go
    /// on undisturbed. For the thread that reads the partition's queue.
    package func restart(_ partition: TopicPartition, at offset: Int64) throws(KafkaError) {
        guard let queue = queue(for: partition) else {
            throw KafkaError(
                code: .inconsistent, message: "the partition is not assigned", topic: partition.topic,
                partition: partition.partition)
        }
        let list = PartitionList([partition: offset]) { $0.pointee.offset = $1 }
        if let error = rd_kafka_incremental_unassign(client.pointer, list.pointer) {
            throw KafkaError.take(error, client: client, doing: "giving a partition up")
        }
        queue.restart(at: offset)
        if let error = rd_kafka_incremental_assign(client.pointer, list.pointer) {
            throw KafkaError.take(error, client: client, doing: "assigning a partition again")
        }
    }

    /// The queue of an assigned partition; nil for one that is not assigned.
    package func queue(for partition: TopicPartition) -> PartitionQueue? { state.withLock { $0.queues[partition] } }

    /// Queues that librdkafka does not forward to the consumer's common one. Taken before the assignment, because from
    /// that moment on messages may arrive.
    private func prepareQueues(
        _ offsets: [TopicPartition: Int64]
    ) throws(KafkaError) -> [TopicPartition: PartitionQueue] {
        let known = state.withLock { $0.queues }
        var queues: [TopicPartition: PartitionQueue] = [:]
        for (partition, offset) in offsets {
            guard offset >= 0 else {
                throw KafkaError(
                    code: .invalidArgument, message: "an offset to read from is negative", topic: partition.topic,
                    partition: partition.partition, offset: offset)
            }
            if let queue = known[partition] {
                queues[partition] = queue
                continue
            }
            guard let pointer = rd_kafka_queue_get_partition(client.pointer, partition.topic, partition.partition)
            else {
                throw client.describe(
                    .unknownPartition, text: "", doing: "taking a partition's queue", topic: partition.topic,
                    partition: partition.partition)
            }
            rd_kafka_queue_forward(pointer, nil)
            queues[partition] = PartitionQueue(pointer, partition: partition, client: client, arrivals: arrivals)
        }
        return queues
    }

    /// Whether a queue that was full is looked at again only when its broker's thread has something else to do, or a
    /// second has passed: librdkafka before 2.2 (`fetch.queue.backoff.ms`).
    package static let needsNudges = KafkaLibrary.version < KafkaLibrary.Version(2, 2, 0)

    /// Makes the thread of the partition's leader look at its queues now; returns whether the leader has answered.
    ///
    /// Any request wakes that thread; this one is small. Waits for the answer for a millisecond at most.
    @discardableResult
    package func nudge(_ partition: TopicPartition) -> Bool {
        let list = PartitionList([partition: Int64(-2)]) { $0.pointee.offset = $1 }
        return rd_kafka_offsets_for_times(client.pointer, list.pointer, 1) == RD_KAFKA_RESP_ERR_NO_ERROR
    }

    // MARK: Events

    /// Runs librdkafka's callbacks and returns the errors that belong to no partition's queue, oldest first.
    package func pollEvents() -> [KafkaError] {
        serve()
        return state.withLock { state in
            defer { state.events = [] }
            return state.events
        }
    }

    func serve() {
        while let message = rd_kafka_consumer_poll(client.pointer, 0) {
            defer { rd_kafka_message_destroy(message) }
            guard message.pointee.err != RD_KAFKA_RESP_ERR_NO_ERROR,
                message.pointee.err != RD_KAFKA_RESP_ERR__PARTITION_EOF
            else { continue }
            let error = client.error(of: message, doing: "reading")
            state.withLock { state in
                // Nobody asks: the oldest go rather than memory without bound.
                if state.events.count >= 1_000 { state.events.removeFirst(500) }
                state.events.append(error)
            }
        }
    }

    /// Ends reading. The client's memory is freed with the last batch and queue that came from it.
    package func close() {
        state.withLock { $0.queues = [:] }
        rd_kafka_assign(client.pointer, nil)
        rd_kafka_consumer_close(client.pointer)
    }
}

extension ClientHandle {
    /// The error that a message with `err` set stands for.
    func error(of message: UnsafePointer<rd_kafka_message_t>, doing action: String) -> KafkaError {
        let text = rd_kafka_message_errstr(message).map { String(cString: $0) } ?? ""
        let topic = message.pointee.rkt.topicName
        return describe(
            KafkaErrorCode(message.pointee.err), text: text, doing: action, topic: topic.isEmpty ? nil : topic,
            partition: message.pointee.partition, offset: message.pointee.offset)
    }
}

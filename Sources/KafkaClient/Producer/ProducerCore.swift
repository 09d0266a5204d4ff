// What both producers do: hand rows to librdkafka without losing count.

import CRdKafka

/// A librdkafka producer with its topics and its counts.
///
/// SAFETY: used by one thread at a time, as `DeliveryCounters` demands; the owner may move between threads.
final class ProducerCore: @unchecked Sendable {
    let client: ClientHandle
    /// Messages librdkafka took, since the client was made.
    private(set) var accepted = 0
    private var isGivenUp = false
    private var acceptedBytes = 0
    /// The first row that librdkafka did not take; a transaction that misses it must not be committed.
    private(set) var refused: KafkaError?
    private var topics: [String: OpaquePointer] = [:]
    private let maximumMessages: Int
    private let maximumBytes: Int
    private let scratch: UnsafeMutablePointer<rd_kafka_message_t>
    private let scratchRows: UnsafeMutablePointer<Int>
    /// At most so many rows are handed over at once, of about so many bytes.
    static let chunk = 1_024
    private static let chunkBytes = 1 << 20

    init(
        _ configuration: KafkaConfiguration, queue: QueueBudget, transactionTimeoutMilliseconds: Int? = nil,
        owned: [(String, String)], log: @escaping KafkaLogHandler
    ) throws {
        let transactionMilliseconds =
            transactionTimeoutMilliseconds
            ?? configuration.value(of: "transaction.timeout.ms").flatMap { Int($0) } ?? 60_000
        let timeout = transactionTimeoutMilliseconds.map { [("transaction.timeout.ms", String($0))] } ?? []
        let largest = configuration.value(of: "message.max.bytes").flatMap { Int($0) } ?? 1_000_000
        let queuedKilobytes = queue.kilobytes(chunkBytes: Self.chunkBytes, largestMessageBytes: largest)
        let handle = try configuration.makeHandle(
            defaults: [
                // Java's placement of keys, so that a topic written by both is partitioned one way.
                ("partitioner", "murmur2_random"),
                // Measured on a local broker with 1000 rows a batch: 0 to 5 differ by less than the noise.
                ("linger.ms", "2"),
                ("queue.buffering.max.messages", String(queue.messages)),
                ("queue.buffering.max.kbytes", String(queuedKilobytes)),
                ("delivery.timeout.ms", String(max(1, transactionMilliseconds / 10 * 9))),
                ("allow.auto.create.topics", "false"),
                ("socket.keepalive.enable", "true"),
                ("client.id", "millrace"),
            ],
            owned: [("enable.idempotence", "true"), ("acks", "all")] + timeout + owned)
        client = try ClientHandle(
            type: RD_KAFKA_PRODUCER, configuration: handle, options: configuration, reportsDeliveries: true, log: log)
        // Half of librdkafka's own limits: its refusal of single large rows would let smaller rows pass them.
        let kilobytes = configuration.value(of: "queue.buffering.max.kbytes").flatMap { Int($0) } ?? queuedKilobytes
        maximumBytes = max(1, kilobytes) * 1_024 / 2
        let messages = configuration.value(of: "queue.buffering.max.messages").flatMap { Int($0) } ?? queue.messages
        maximumMessages = messages == 0 ? .max : max(1, messages / 2)
        scratch = .allocate(capacity: Self.chunk)
        scratchRows = .allocate(capacity: Self.chunk)
    }

    deinit {
        close()
        scratch.deallocate()
        scratchRows.deallocate()
    }

    var deliveries: DeliveryCounters { client.callbacks.deliveries }
    private var outstanding: Int { accepted &- deliveries.delivered &- deliveries.failed }

    func poll(milliseconds: Int = 0) { rd_kafka_poll(client.pointer, Int32(clamping: milliseconds)) }

    /// Throws after `close`.
    func requireOpen() throws(KafkaError) {
        guard client.isClosed || isGivenUp else { return }
        throw KafkaError(code: .state, message: "the producer is closed")
    }

    /// librdkafka's handle of a topic; producing through a handle does not wait for metadata.
    func topic(_ name: String) throws(KafkaError) -> OpaquePointer {
        try requireOpen()
        if let topic = topics[name] { return topic }
        guard let topic = rd_kafka_topic_new(client.pointer, name, nil) else {
            throw client.describe(
                KafkaErrorCode(rd_kafka_last_error()), text: "", doing: "naming a topic", topic: name)
        }
        topics[name] = topic
        return topic
    }

    // MARK: Rows

    /// Hands rows to librdkafka, waiting where its queue is full. Throws on the first row it refuses.
    func produce(_ columns: ProduceColumns, rows: Range<Int>, topic name: String) throws(KafkaError) {
        let topic = try topic(name)
        var index = rows.lowerBound
        while index < rows.upperBound {
            var count = 0
            var bytes = 0
            while index < rows.upperBound, count < Self.chunk, count == 0 || bytes < Self.chunkBytes {
                let row = columns.row(index)
                let key = columns.key(row)
                let value = columns.value(row)
                scratch[count] = rd_kafka_message_t(
                    err: RD_KAFKA_RESP_ERR_NO_ERROR, rkt: nil, partition: columns.partitions?[row] ?? -1,
                    payload: value.start, len: value.count, key: key.start, key_len: key.count, offset: 0,
                    _private: nil)
                scratchRows[count] = row
                bytes &+= key.count &+ value.count
                count &+= 1
                index &+= 1
            }
            try awaitRoom(messages: count, bytes: bytes)
            if let headers = columns.headers {
                for entry in 0..<count {
                    try produceWithHeaders(entry, headers(scratchRows[entry]), topic, name)
                }
            } else {
                try produceChunk(count, topic, name)
            }
        }
    }

    /// Waits until our share of the queue has room. Deliveries end after `delivery.timeout.ms` at the latest, so that
    /// this ends, too; a failed delivery ends it at once.
    private func awaitRoom(messages: Int, bytes: Int) throws(KafkaError) {
        poll()
        while true {
            try throwFailure()
            let waiting = outstanding
            let waitingBytes = acceptedBytes &- deliveries.bytesReported
            if waiting <= 0 || (waiting &+ messages <= maximumMessages && waitingBytes &+ bytes <= maximumBytes) {
                return
            }
            poll(milliseconds: 10)
        }
    }

    private func produceChunk(_ count: Int, _ topic: OpaquePointer, _ name: String) throws(KafkaError) {
        var count = count
        while count > 0 {
            rd_kafka_produce_batch(topic, crdkafka_partition_unassigned, crdkafka_flag_partition, scratch, Int32(count))
            var left = 0
            for entry in 0..<count {
                switch scratch[entry].err {
                case RD_KAFKA_RESP_ERR_NO_ERROR: accept(scratch[entry])
                case RD_KAFKA_RESP_ERR__QUEUE_FULL:
                    scratch[left] = scratch[entry]
                    scratchRows[left] = scratchRows[entry]
                    left &+= 1
                default: throw refusal(scratch[entry], scratchRows[entry], name)
                }
            }
            if left > 0 {
                try throwFailure()
                poll(milliseconds: 10)
            }
            count = left
        }
    }

    private func produceWithHeaders(
        _ entry: Int, _ headers: [KafkaHeader], _ topic: OpaquePointer, _ name: String
    ) throws(KafkaError) {
        while true {
            let message = scratch[entry]
            let list = Self.headerList(headers)
            let error = crdkafka_produce_with_headers(
                client.pointer, topic, message.partition, message.payload, message.len, message.key, message.key_len,
                list)
            if error == RD_KAFKA_RESP_ERR_NO_ERROR {
                accept(message)
                return
            }
            rd_kafka_headers_destroy(list)
            scratch[entry].err = error
            guard error == RD_KAFKA_RESP_ERR__QUEUE_FULL else {
                throw refusal(scratch[entry], scratchRows[entry], name)
            }
            try throwFailure()
            poll(milliseconds: 10)
        }
    }

    /// Sends one copied message; for generators and tests.
    func send(
        _ name: String, key: [UInt8]?, value: [UInt8]?, partition: Int32, timestampMilliseconds: Int64,
        headers: [KafkaHeader]
    ) throws(KafkaError) {
        let topic = try topic(name)
        let list = headers.isEmpty ? nil : Self.headerList(headers)
        var error = RD_KAFKA_RESP_ERR_NO_ERROR
        var message = rd_kafka_message_t()
        (key ?? []).withUnsafeBytes { keyBytes in
            (value ?? []).withUnsafeBytes { valueBytes in
                message.partition = partition
                message.key = key == nil ? nil : UnsafeMutableRawPointer(mutating: keyBytes.baseAddress) ?? emptyAddress
                message.key_len = keyBytes.count
                message.payload =
                    value == nil ? nil : UnsafeMutableRawPointer(mutating: valueBytes.baseAddress) ?? emptyAddress
                message.len = valueBytes.count
                repeat {
                    if error == RD_KAFKA_RESP_ERR__QUEUE_FULL { poll(milliseconds: 10) }
                    error = crdkafka_produce_copy(
                        client.pointer, topic, partition, message.payload, message.len, message.key, message.key_len,
                        timestampMilliseconds, list)
                } while error == RD_KAFKA_RESP_ERR__QUEUE_FULL && deliveries.failed == 0
                message.err = error
            }
        }
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
            if let list { rd_kafka_headers_destroy(list) }
            throw refusal(message, nil, name)
        }
        accept(message)
        poll()
    }

    private func accept(_ message: rd_kafka_message_t) {
        accepted &+= 1
        acceptedBytes &+= message.len &+ message.key_len
    }

    private func refusal(_ message: rd_kafka_message_t, _ row: Int?, _ topic: String) -> KafkaError {
        let code = KafkaErrorCode(message.err)
        var error = client.describe(
            code, text: "\(code.explanation): \(recordWords(message))", doing: "producing", topic: topic,
            partition: message.partition >= 0 ? message.partition : nil, row: row)
        error.concernsRecord = true
        if refused == nil { refused = error }
        return error
    }

    private static func headerList(_ headers: [KafkaHeader]) -> OpaquePointer {
        guard let list = rd_kafka_headers_new(headers.count) else {
            preconditionFailure("librdkafka could not allocate headers")
        }
        for header in headers {
            if let value = header.value {
                value.withUnsafeBytes {
                    let bytes = $0.baseAddress ?? UnsafeRawPointer(emptyAddress)
                    rd_kafka_header_add(list, header.name, -1, bytes, $0.count)
                }
            } else {
                rd_kafka_header_add(list, header.name, -1, nil, 0)
            }
        }
        return list
    }

    // MARK: Deliveries

    /// Waits until every accepted message is delivered or has failed. Throws the first failure, or when time is over.
    func flush(_ deadline: Deadline) throws(KafkaError) {
        try requireOpen()
        repeat {
            let remaining = min(deadline.remainingMilliseconds, 1_000)
            let error = KafkaErrorCode(rd_kafka_flush(client.pointer, Int32(clamping: remaining)))
            try throwFailure()
            if error == .none { break }
            if deadline.hasPassed {
                throw client.describe(
                    error, text: "\(outstanding) of \(accepted) records are not delivered", doing: "flushing")
            }
        } while true
        guard deliveries.delivered == accepted else {
            throw KafkaError(
                code: .inconsistent,
                message: "\(accepted) records were accepted and \(deliveries.delivered) reported delivered")
        }
    }

    /// Throws the first failed delivery, if there is one.
    func throwFailure() throws(KafkaError) {
        guard let failure = deliveries.firstFailure else { return }
        var error = client.describe(
            failure.code, text: "\(failure.text): \(failure.record)", doing: "delivering (\(deliveries.failed) failed)",
            topic: failure.topic, partition: failure.partition >= 0 ? failure.partition : nil)
        error.concernsRecord = true
        throw error
    }

    /// Leaves the client to a thread that is stuck in it; nothing but that thread touches it from now on.
    func giveUp() { isGivenUp = true }

    /// Throws away what is not delivered, and ends the client.
    func close() {
        guard !isGivenUp else { return }
        closeAfterGivingUp()
    }

    /// What `close` does, for the thread that had been stuck in the client.
    func closeAfterGivingUp() {
        client.close { client in
            rd_kafka_purge(client, crdkafka_purge_all)
            rd_kafka_poll(client, 0)
            for topic in topics.values { rd_kafka_topic_destroy(topic) }
            topics = [:]
        }
    }
}

/// Stands for the address of nothing: librdkafka tells an empty value from NULL by the pointer.
///
/// SAFETY: set once, and what it points to is never read or written.
nonisolated(unsafe) let emptyAddress = UnsafeMutableRawPointer.allocate(byteCount: 8, alignment: 8)

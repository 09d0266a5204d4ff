// Messages as librdkafka holds them, until they are copied into columns in one call.

import CRdKafka

/// A reusable list of messages of one partition, filled by `PartitionQueue.read` and emptied from the front.
///
/// It owns librdkafka's messages: copy what is wanted (`fill`), then `removeFirst`. Per-message accessors are for tests
/// and cold paths; other modules' loops over messages belong into `measure` and `fill`.
package struct MessageBatch: ~Copyable {
    /// Room for `capacity` messages; those in use are `start..<end`.
    let messages: UnsafeMutablePointer<UnsafeMutablePointer<rd_kafka_message_t>?>
    /// How many messages fit.
    package let capacity: Int
    var start = 0
    var end = 0
    /// Messages must not outlive their client.
    private var client: ClientHandle?

    package init(capacity: Int = 16_384) {
        self.capacity = max(1, capacity)
        messages = .allocate(capacity: self.capacity)
        messages.initialize(repeating: nil, count: self.capacity)
    }

    deinit {
        for index in start..<end { rd_kafka_message_destroy(messages[index]) }
        messages.deallocate()
    }

    /// Rows in the batch.
    package var count: Int { end &- start }
    package var isEmpty: Bool { count == 0 }

    /// Frees the first `count` messages.
    package mutating func removeFirst(_ count: Int) {
        precondition(count >= 0 && count <= self.count, "more messages removed than there are")
        for index in start..<(start &+ count) { rd_kafka_message_destroy(messages[index]) }
        start &+= count
        if start == end {
            start = 0
            end = 0
        }
    }

    /// Frees all messages.
    package mutating func removeAll() { removeFirst(count) }

    /// How many more messages may be put behind `end`, at most `maximum`; moves what is there to the front first.
    mutating func room(_ maximum: Int) -> Int {
        if start > 0 {
            (messages).update(from: messages + start, count: count)
            end = count
            start = 0
        }
        return max(0, min(maximum, capacity - end))
    }

    mutating func keepAlive(_ client: ClientHandle) {
        if self.client !== client {
            precondition(isEmpty, "a batch holds messages of one client at a time")
            self.client = client
        }
    }

    mutating func append(_ rows: Int) { end &+= rows }

    // MARK: Single messages, for tests and cold paths

    private func message(_ row: Int) -> UnsafeMutablePointer<rd_kafka_message_t> {
        precondition(row >= 0 && row < count, "no such row in the batch")
        guard let message = messages[start + row] else { preconditionFailure("a row of the batch has no message") }
        return message
    }

    package func offset(_ row: Int) -> Int64 { message(row).pointee.offset }

    package func key(_ row: Int) -> [UInt8]? {
        let message = message(row)
        return Self.bytes(message.pointee.key, message.pointee.key_len)
    }

    package func value(_ row: Int) -> [UInt8]? {
        let message = message(row)
        return Self.bytes(message.pointee.payload, message.pointee.len)
    }

    /// Milliseconds since 1970 and librdkafka's type of it: 0 made by the producer, 1 by the broker, -1 none.
    package func timestamp(_ row: Int) -> (milliseconds: Int64, type: Int32) {
        var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let time = rd_kafka_message_timestamp(message(row), &type)
        return (time, Self.timestampType(type))
    }

    /// The headers of a message in their order; names may repeat.
    package func headers(_ row: Int) throws(KafkaError) -> [KafkaHeader] {
        let message = message(row)
        var list: OpaquePointer?
        let error = KafkaErrorCode(rd_kafka_message_headers(message, &list))
        if error == KafkaErrorCode(RD_KAFKA_RESP_ERR__NOENT) { return [] }
        guard error == .none, let list else {
            throw KafkaError(
                code: error, message: "the headers cannot be read", topic: message.pointee.rkt.topicName,
                partition: message.pointee.partition, offset: message.pointee.offset)
        }
        var headers: [KafkaHeader] = []
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var count = 0
        while rd_kafka_header_get_all(list, headers.count, &name, &value, &count) == RD_KAFKA_RESP_ERR_NO_ERROR {
            let text = name.map { String(cString: $0) } ?? ""
            headers.append(KafkaHeader(text, Self.bytes(value, count)))
        }
        return headers
    }

    @inline(__always)
    static func timestampType(_ type: rd_kafka_timestamp_type_t) -> Int32 {
        switch type {
        case RD_KAFKA_TIMESTAMP_CREATE_TIME: 0
        case RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME: 1
        default: -1
        }
    }

    private static func bytes(_ pointer: UnsafeRawPointer?, _ count: Int) -> [UInt8]? {
        pointer.map { Array(UnsafeRawBufferPointer(start: $0, count: count)) }
    }
}

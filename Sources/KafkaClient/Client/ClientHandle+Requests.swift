// Requests whose answer comes as an event on a queue of their own.

import CRdKafka

extension ClientHandle {
    /// Sends a request and waits for its event, which is the caller's to destroy.
    func request(
        _ operation: rd_kafka_admin_op_t, _ action: String, _ timeoutMilliseconds: Int, serve: () -> Void,
        _ send: (_ options: OpaquePointer?, _ queue: OpaquePointer?) -> Void
    ) throws(KafkaError) -> OpaquePointer {
        guard !isClosed else { throw KafkaError(code: .state, message: "\(action): the client is closed") }
        let options = rd_kafka_AdminOptions_new(pointer, operation)
        defer { rd_kafka_AdminOptions_destroy(options) }
        let timeout = Int32(clamping: max(1, timeoutMilliseconds))
        rd_kafka_AdminOptions_set_request_timeout(options, timeout, nil, 0)
        rd_kafka_AdminOptions_set_operation_timeout(options, timeout, nil, 0)
        let queue = rd_kafka_queue_new(pointer)
        defer { rd_kafka_queue_destroy(queue) }
        send(options, queue)
        let deadline = Deadline(milliseconds: timeoutMilliseconds + 1_000)
        repeat {
            serve()
            guard let event = rd_kafka_queue_poll(queue, 100) else { continue }
            let code = KafkaErrorCode(rd_kafka_event_error(event))
            guard code != .none else { return event }
            let text = rd_kafka_event_error_string(event).map { String(cString: $0) } ?? ""
            rd_kafka_event_destroy(event)
            throw describe(code, text: text, doing: action)
        } while !deadline.hasPassed
        throw describe(.timedOut, text: "", doing: action)
    }
}

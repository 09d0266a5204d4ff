// `rd_kafka_send_offsets_to_transaction` with an end: where the group's coordinator goes away, it may never come back.

import CRdKafka

/// One call on a thread of its own, so that it can be given up.
///
/// librdkafka takes a timeout and looks at it in some places only (its issue 5456, all versions from 1.4 on): a broker
/// that is killed at the wrong moment would stop the query for good. A producer whose call is given up is done for: the
/// thread that is stuck in it closes it, should the call ever return.
enum OffsetsCall {
    /// How long after its timeout the call is given up.
    private static let patienceMilliseconds = 5_000

    /// What came of the call.
    enum Outcome {
        /// nil is success.
        case returned(OpaquePointer?)
        case givenUp
    }

    /// Makes the call and waits for it. `core` is not to be touched again after `givenUp`.
    static func run(
        _ core: ProducerCore, _ offsets: [TopicPartition: CommittedOffset], group: String, timeoutMilliseconds: Int32
    ) throws(KafkaError) -> Outcome {
        do throws(LimitedCall.Failure) {
            // Pointers may not be handed between threads: the address of the error, 0 for none.
            let error: UInt = try LimitedCall.run(
                "kafka-offsets", milliseconds: Int(max(0, timeoutMilliseconds)) + patienceMilliseconds,
                late: { (error: UInt) in
                    if let error = OpaquePointer(bitPattern: error) { rd_kafka_error_destroy(error) }
                    core.closeAfterGivingUp()
                },
                { send(core.client.pointer, offsets, group, timeoutMilliseconds) })
            return .returned(OpaquePointer(bitPattern: error))
        } catch {
            switch error {
            case .noThread(let number): throw .noThread("sending offsets", number)
            case .notReturned: return .givenUp
            }
        }
    }

    private static func send(
        _ client: OpaquePointer, _ offsets: [TopicPartition: CommittedOffset], _ group: String, _ timeout: Int32
    ) -> UInt {
        guard let metadata = rd_kafka_consumer_group_metadata_new(group) else {
            preconditionFailure("librdkafka could not allocate a group's metadata")
        }
        defer { rd_kafka_consumer_group_metadata_destroy(metadata) }
        let list = PartitionList(offsets) { $0.setCommitted($1) }
        let error = rd_kafka_send_offsets_to_transaction(client, list.pointer, metadata, timeout)
        return UInt(bitPattern: error)
    }
}

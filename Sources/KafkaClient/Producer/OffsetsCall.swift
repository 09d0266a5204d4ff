// `rd_kafka_send_offsets_to_transaction` with an end: where the group's coordinator goes away, it may never come back.

import CRdKafka
import Synchronization
import Threads

/// One call on a thread of its own, so that it can be given up.
///
/// librdkafka takes a timeout and looks at it in some places only (its issue 5456, all versions from 1.4 on): a broker
/// that is killed at the wrong moment would stop the query for good. A producer whose call is given up is done for: the
/// thread that is stuck in it closes it, should the call ever return.
final class OffsetsCall: Sendable {
    /// How long after its timeout the call is given up.
    private static let patienceNanoseconds: UInt64 = 5_000_000_000

    /// What came of the call.
    enum Outcome {
        /// nil is success.
        case returned(OpaquePointer?)
        case givenUp
    }

    private struct State {
        /// The address of the error that the call returned; 0 for none. Pointers may not be handed between threads.
        var error: UInt?
        var isGivenUp = false
    }

    private let state = Mutex(State())
    private let signal = Signal()

    /// Makes the call and waits for it. `core` is not to be touched again after `givenUp`.
    static func run(
        _ core: ProducerCore, _ offsets: [TopicPartition: CommittedOffset], group: String, timeoutMilliseconds: Int32
    ) throws(KafkaError) -> Outcome {
        let call = OffsetsCall()
        let thread: NamedThread
        do throws(ThreadRefused) {
            thread = try NamedThread(ifPossible: "kafka-offsets") {
                call.finish(send(core.client.pointer, offsets, group, timeoutMilliseconds), core)
            }
        } catch {
            throw .noThread("sending offsets", error.errorNumber)
        }
        let end = Monotonic.moment(in: UInt64(max(0, timeoutMilliseconds)) * 1_000_000 + patienceNanoseconds)
        let outcome = call.wait(until: end)
        if case .returned = outcome { thread.join() }
        return outcome
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

    private func finish(_ error: UInt, _ core: ProducerCore) {
        let isGivenUp = signal.locked {
            state.withLock { state in
                state.error = error
                return state.isGivenUp
            }
        }
        signal.broadcast()
        guard isGivenUp else { return }
        if let error = OpaquePointer(bitPattern: error) { rd_kafka_error_destroy(error) }
        core.closeAfterGivingUp()
    }

    private func wait(until end: UInt64) -> Outcome {
        signal.locked {
            while state.withLock({ $0.error }) == nil {
                guard signal.wait(until: end) || state.withLock({ $0.error }) != nil else {
                    state.withLock { $0.isGivenUp = true }
                    return .givenUp
                }
            }
            return .returned(OpaquePointer(bitPattern: state.withLock { $0.error } ?? 0))
        }
    }
}

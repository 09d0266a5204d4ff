// How long the steps of a transaction are waited for, and that it is said.

import Connectors
import KafkaClient
import Synchronization
import Threads

/// Repeats a step of a transaction in slices while the brokers don't answer: until the transaction's time is over, or
/// some seconds after the query was asked to stop. What became of the transaction is then for the marker to say.
final class TransactionPatience: Sendable {
    private static let sliceMilliseconds = 2_000
    private static let firstWordNanoseconds: UInt64 = 5_000_000_000
    private static let nextWordNanoseconds: UInt64 = 30_000_000_000
    /// How much longer a stopping query waits: with a fence after it, less than the 30 s that supervisors give.
    private static let graceNanoseconds: UInt64 = 8_000_000_000

    private let stopNanoseconds = Atomic<UInt64>(0)
    private let log: LogHandler

    init(log: @escaping LogHandler) { self.log = log }

    /// From now on, only the grace period is waited.
    func stopSoon() { stopNanoseconds.store(max(Monotonic.nanoseconds, 1), ordering: .relaxed) }

    /// Calls with a slice's length in milliseconds until the step is done. `end` is the transaction's, in monotonic
    /// nanoseconds. Throws the step's error; a timeout where the time is over.
    func carryOut(_ step: String, batchID: Int64, end: UInt64, _ call: (Int) throws -> Void) throws {
        let start = Monotonic.nanoseconds
        var nextWord = start + Self.firstWordNanoseconds
        while true {
            let begin = Monotonic.nanoseconds
            let left = Int(clamping: end > begin ? (end - begin) / 1_000_000 : 0)
            do {
                return try call(max(1, min(left, Self.sliceMilliseconds)))
            } catch let error as KafkaError where error.code == .timedOut {
                let now = Monotonic.nanoseconds
                let stop = stopNanoseconds.load(ordering: .relaxed)
                if now >= end || (stop > 0 && now > stop + Self.graceNanoseconds) { throw error }
                guard now >= nextWord else { continue }
                nextWord = now + Self.nextWordNanoseconds
                log(
                    .warning,
                    "batch \(batchID): waiting for \(step) for \((now - start) / 1_000_000_000) s: \(error.message)")
            }
        }
    }
}

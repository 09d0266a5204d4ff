// How long a transaction may take, and what happens where a batch doesn't get through in that time.

import Connectors
import Threads

/// The time that transactions have. A batch that runs again has the same rows: where brokers took some of them and the
/// time was over, the same time would not do the next time either, so that it grows, up to what the brokers allow.
struct TransactionTime: Sendable {
    /// The brokers' `transaction.max.timeout.ms` where they don't tell it: Kafka's own.
    private static let usualMaximumMilliseconds = 900_000

    /// For the next transaction.
    private(set) var milliseconds: Int
    /// What the brokers allow.
    var maximumMilliseconds: Int?

    init(milliseconds: Int64) { self.milliseconds = Int(clamping: milliseconds) }

    private var limit: Int { max(milliseconds, maximumMilliseconds ?? Self.usualMaximumMilliseconds) }

    /// What is known of a transaction whose rows were not all delivered.
    struct Attempt {
        let batchID: Int64
        let rows: Int
        let delivered: Int
        let startNanoseconds: UInt64
        let failure: ConnectorError
    }

    /// Whether an error has nothing to do with how long something took.
    private static func isOfRow(_ code: ConnectorError.Code) -> Bool {
        switch code {
        case .badRow, .accessDenied, .notFound, .invalidOption: true
        default: false
        }
    }

    /// Judges a transaction that failed before it was committed. Where it was too slow, gives the next one more time;
    /// where there is no more to be had, says so with a name. `nil` where time wasn't the reason.
    mutating func judge(_ attempt: Attempt) -> ConnectorError? {
        let elapsed = Int(clamping: (Monotonic.nanoseconds &- attempt.startNanoseconds) / 1_000_000)
        // librdkafka gives rows up after nine tenths of the time.
        guard attempt.delivered > 0, elapsed >= milliseconds / 100 * 85, !Self.isOfRow(attempt.failure.code) else {
            return nil
        }
        let story =
            "batch \(attempt.batchID): the brokers took \(attempt.delivered) of \(attempt.rows) rows in the "
            + "\(milliseconds) ms that the transaction had"
        guard milliseconds < limit else {
            return ConnectorError(
                .transactionTooLong,
                "\(story), and allow no more (transaction.max.timeout.ms): \(attempt.failure.message)",
                hint:
                    "the rows of a planned batch stay the same: raise transaction.max.timeout.ms at the brokers, or "
                    + "look at their quotas and their speed; then start again, and give batches less with "
                    + "maxOffsetsPerTrigger")
        }
        let share = Double(attempt.rows) / Double(attempt.delivered)
        let wanted = min(Double(milliseconds) * max(2, share * 1.5), Double(limit))
        milliseconds = Int(wanted)
        return ConnectorError(
            .outcomeUnknown, "\(story); the next try has \(milliseconds) ms: \(attempt.failure.message)",
            hint: attempt.failure.hint, isRetriable: true)
    }
}

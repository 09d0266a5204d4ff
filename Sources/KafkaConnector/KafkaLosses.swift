// Rows that were to be read and are gone: an error, or counted and gone past, as `failOnDataLoss` says.

import Connectors
import KafkaClient
import Synchronization

/// Decides what becomes of a loss, and keeps count. Used by the control thread and the workers.
final class KafkaLosses: Sendable {
    private let failOnDataLoss: Bool
    private let log: LogHandler
    private let state = Mutex(State())

    private struct State {
        var lostRows: Int64 = 0
        var breaks: [LogBreak] = []
    }

    init(failOnDataLoss: Bool, log: @escaping LogHandler) {
        self.failOnDataLoss = failOnDataLoss
        self.log = log
    }

    /// Offsets that were gone past since the source was made: rows lost, with the gaps that transactions leave.
    var lostRows: Int64 { state.withLock { $0.lostRows } }

    /// Throws, or counts `rows` and says so in the log.
    func lose(_ rows: Int64, _ message: String) throws {
        guard !failOnDataLoss else { throw Self.error(message) }
        state.withLock { $0.lostRows += rows }
        log(.warning, "\(message); failOnDataLoss is false, going on")
    }

    /// Throws, or counts the rows of a range of one partition.
    func lose(_ partition: TopicPartition, _ offsets: Range<Int64>, because reason: String) throws {
        let count = Int64(offsets.count)
        try lose(
            count,
            "\(count) \(count == 1 ? "row" : "rows") of partition \(partition) at offsets \(offsets.lowerBound) to "
                + "\(offsets.upperBound - 1) were lost before they were read: \(reason)")
    }

    /// Throws, or says that a log did not have a position for a while that it has again: nobody knows which rows those
    /// are.
    func loseUnseen(_ partition: TopicPartition, at offset: Int64) throws {
        try lose(
            0,
            "partition \(partition) did not have offset \(offset), up to which it had been read, and has it again: the "
                + "topic was made anew, or its log was truncated")
    }

    /// Notes that a log may not be the one that was read before.
    func note(_ found: LogBreak) {
        state.withLock { state in
            // The same is seen again and again until somebody asks.
            if !state.breaks.contains(found) { state.breaks.append(found) }
        }
    }

    /// What was noted since the last call.
    func takeBreaks() -> [LogBreak] {
        state.withLock { state in
            defer { state.breaks = [] }
            return state.breaks
        }
    }

    static func error(_ message: String) -> ConnectorError {
        ConnectorError(
            .dataLoss, message,
            hint: "to go on without these rows set failOnDataLoss=false; "
                + "to read everything again start with a new checkpoint")
    }
}

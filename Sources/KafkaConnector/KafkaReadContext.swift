// What all readers of a Kafka source share: the wish to stop, how large rows are, when the last ones came.

import Connectors
import KafkaClient
import Synchronization
import Threads

/// How long things are waited for, in nanoseconds.
struct KafkaPatience: Sendable {
    /// A batch that is to be the last is finished while rows come; without any for so long it is given up.
    var cancelled: UInt64 = 3_000_000_000
    /// How long a topic has to be unknown, or an end too low, until its rows count as lost: brokers don't know their
    /// topics for a moment while they start or move leaders, too.
    var vanished: UInt64 = 10_000_000_000
    /// How often it is looked whether rows that don't come are still there.
    var look: UInt64 = 1_000_000_000
    /// After how long without rows, or behind an open transaction, there is a word in the log.
    var firstWord: UInt64 = 30_000_000_000
    /// The first word about a transaction that holds the readable end.
    var held: UInt64 = 10_000_000_000
    /// How long until the next word about it.
    var heldAgain: UInt64 = 60_000_000_000
}

/// Shared by the readers of a source. Its counters are only ever added to; order between them doesn't matter.
final class KafkaReadContext: Sendable {
    let losses: KafkaLosses
    let patience: KafkaPatience
    let log: LogHandler

    /// When somebody asked to stop; 0 before.
    private let cancelledNanoseconds = Atomic<UInt64>(0)
    private let rows = Atomic<Int>(0)
    private let bytes = Atomic<Int>(0)
    private let lastRowsNanoseconds = Atomic<UInt64>(0)
    private let lastNudgeNanoseconds = Atomic<UInt64>(0)
    private let nudgePauseNanoseconds = Atomic<UInt64>(KafkaReadContext.shortestPause)
    private static let shortestPause: UInt64 = 2_000_000
    private static let longestPause: UInt64 = 500_000_000

    init(losses: KafkaLosses, patience: KafkaPatience, log: @escaping LogHandler) {
        self.losses = losses
        self.patience = patience
        self.log = log
    }

    /// Asks readers to give up once they get nowhere.
    func cancel() { cancelledNanoseconds.store(max(Monotonic.nanoseconds, 1), ordering: .relaxed) }

    /// Since when somebody wants to stop; `nil` where nobody does.
    var cancelledSince: UInt64? {
        let moment = cancelledNanoseconds.load(ordering: .relaxed)
        return moment > 0 ? moment : nil
    }

    func add(rows: Int, bytes: Int) {
        self.rows.wrappingAdd(rows, ordering: .relaxed)
        self.bytes.wrappingAdd(bytes, ordering: .relaxed)
        lastRowsNanoseconds.store(Monotonic.nanoseconds, ordering: .relaxed)
    }

    /// When rows of any partition came last; 0 before the first.
    var lastRows: UInt64 { lastRowsNanoseconds.load(ordering: .relaxed) }

    /// Bytes of keys and values a row, of all rows so far; `nil` before the first.
    var averageRowBytes: Int? {
        let rows = rows.load(ordering: .relaxed)
        return rows > 0 ? bytes.load(ordering: .relaxed) / rows : nil
    }

    /// Wakes the thread that fetches a partition whose queue is empty, where the library lets it sleep; less and less
    /// often while that brings no rows.
    func nudge(_ partition: TopicPartition, of consumer: KafkaConsumer) {
        guard KafkaConsumer.needsNudges else { return }
        let now = Monotonic.nanoseconds
        let last = lastNudgeNanoseconds.load(ordering: .relaxed)
        let pause = lastRows > last ? Self.shortestPause : nudgePauseNanoseconds.load(ordering: .relaxed)
        guard now > last + pause else { return }
        lastNudgeNanoseconds.store(now, ordering: .relaxed)
        nudgePauseNanoseconds.store(min(pause * 2, Self.longestPause), ordering: .relaxed)
        consumer.nudge(partition)
    }
}

// How far behind the true end of each partition the readable end is held by transactions that are open.

import KafkaClient

/// Watches last stable offsets and high watermarks. A value without clock or log, for the control thread.
struct KafkaHeldEnds {
    private struct Hold {
        var stable: Int64
        var end: Int64
        let since: UInt64
        var nextWord: UInt64
    }

    private var holds: [TopicPartition: Hold] = [:]

    /// A hold that there is to be a word about.
    struct Word: Equatable {
        let partition: TopicPartition
        let stable: Int64
        let waiting: Int64
        let nanoseconds: UInt64
    }

    /// Takes note of the ends as they are now (both exclusive). Returns what there is to say: a readable end that has
    /// stood still for longer than `patience.held`, with offsets behind it, and again from time to time.
    mutating func observe(
        stable: [TopicPartition: Int64], ends: [TopicPartition: Int64], now: UInt64, patience: KafkaPatience
    ) -> [Word] {
        var words: [Word] = []
        holds = holds.filter { stable[$0.key] != nil }
        for (partition, offset) in stable {
            let end = ends[partition] ?? offset
            guard end > offset else {
                holds[partition] = nil
                continue
            }
            guard var hold = holds[partition], hold.stable == offset else {
                holds[partition] = Hold(stable: offset, end: end, since: now, nextWord: now + patience.held)
                continue
            }
            hold.end = end
            if now >= hold.nextWord {
                words.append(
                    Word(partition: partition, stable: offset, waiting: end - offset, nanoseconds: now - hold.since))
                hold.nextWord = now + patience.heldAgain
            }
            holds[partition] = hold
        }
        return words.sorted { $0.partition < $1.partition }
    }
}

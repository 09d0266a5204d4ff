// Lines of words that come again with the same seed, and how often each word is in them.

import KafkaClient
import Synchronization
import TestSupport

/// Writes lines to a topic and keeps count of their words.
///
/// Each line has a word of its own (`u<number>`), so that the output tells of each line whether it was counted once.
final class WordInput: Sendable {
    private struct State {
        var random: SeededRandom
        var lines = 0
        var truth: [[UInt8]: Int] = [:]
        var written: [Line] = []
    }

    /// A line as it was written.
    struct Line: Sendable {
        let text: String
        let partition: Int32
    }

    private let state: Mutex<State>
    private let producer: KafkaProducer
    let topic: String
    private let partitions: Int32

    init(servers: String, topic: String, partitions: Int32, seed: UInt64) throws {
        state = Mutex(State(random: SeededRandom(seed)))
        producer = try KafkaProducer(
            KafkaConfiguration(["bootstrap.servers": servers, "message.max.bytes": "32000000"]))
        self.topic = topic
        self.partitions = partitions
    }

    deinit { producer.close() }

    /// How often each word has been written.
    var truth: [[UInt8]: Int] { state.withLock { $0.truth } }

    /// The random lines that have been written.
    var written: [Line] { state.withLock { $0.written } }

    /// How many lines have been written.
    var lines: Int { state.withLock { $0.lines } }

    /// Writes lines of a few words of a small vocabulary, and waits until the broker has them.
    func write(lines count: Int) throws {
        try state.withLock { state in
            for _ in 0..<count {
                var words = ["u\(state.lines)"]
                for _ in 0..<Int.random(in: 1...9, using: &state.random) {
                    // Few words are frequent, many are rare.
                    let range = Int.random(in: 1...200, using: &state.random)
                    words.append("word\(Int.random(in: 0..<range, using: &state.random))")
                }
                let partition = Int32.random(in: 0..<partitions, using: &state.random)
                let text = words.joined(separator: " ")
                let value = Array(text.utf8)
                try producer.send(topic: topic, key: nil, value: value, partition: partition)
                for word in words { state.truth[Array(word.utf8), default: 0] += 1 }
                state.written.append(Line(text: text, partition: partition))
                state.lines += 1
            }
            try producer.flush()
        }
    }

    /// Writes a value as it is, whose words are `words`.
    func write(_ value: [UInt8]?, words: [String]) throws {
        try state.withLock { state in
            try producer.send(topic: topic, key: nil, value: value, partition: Int32(state.lines) % partitions)
            try producer.flush()
            for word in words { state.truth[Array(word.utf8), default: 0] += 1 }
            state.lines += 1
        }
    }
}

// A query whose input has bad rows, with topics, checkpoint and input of its own.

import KafkaClient
import KafkaTestSupport
import Synchronization

/// A topic of numbers of which some are none, an output topic, a topic of dead letters, a checkpoint, and the runs of
/// one query on them.
final class BadRowWorld: KilledWorld {
    let name = "bad-rows"
    var checkpoint: String { world.checkpoint }
    private let world: QueryWorld
    private let producer: KafkaProducer
    /// What was written, in order.
    private let written = Mutex<[String]>([])

    init() throws {
        world = try QueryWorld("bad-rows", topics: 1)
        producer = try KafkaProducer(KafkaConfiguration(["bootstrap.servers": world.servers]))
    }

    deinit { producer.close() }

    /// Writes numbers, one in ten of which is none.
    func write(lines: () -> Int) throws {
        try write(count: lines()) { $0 % 10 == 7 }
    }

    /// Writes so many messages, which have all their number among those of the topic in them.
    func write(count: Int, isBad: (Int) -> Bool) throws {
        let values = written.withLock { written in
            let values = (written.count..<written.count + count).map { isBad($0) ? "none of \($0)" : "\($0)" }
            written += values
            return values
        }
        for (index, value) in values.enumerated() {
            try producer.send(
                topic: world.topics[0], key: Array("k".utf8), value: Array(value.utf8),
                partition: Int32(index) % QueryWorld.partitions)
        }
        try producer.flush()
    }

    func start(
        trigger: String, maximumOffsets: Int, workers: Int, environment: [String: String]
    ) throws -> RunningProcess {
        try world.start(
            query: name, trigger: trigger, maximumOffsets: maximumOffsets, workers: workers, environment: environment)
    }

    func turn() throws {
        try runToTheEnd()
        try check()
    }

    func faults() throws -> [String] {
        let written = written.withLock { $0 }
        return Self.faults("row", try world.rows(), written.filter { !$0.hasPrefix("none") })
            + Self.faults("dead letter", try world.rowsAside(), written.filter { $0.hasPrefix("none") })
    }

    /// What is missing and what comes again.
    private static func faults(_ what: String, _ found: [String], _ expected: [String]) -> [String] {
        var missing = Dictionary(expected.map { ("k \($0)", 1) }, uniquingKeysWith: +)
        for row in found { missing[row, default: 0] -= 1 }
        return missing.filter { $0.value != 0 }.map {
            "\(what) '\($0.key)' \($0.value > 0 ? "is missing" : "comes again \(-$0.value) times")"
        }
    }
}

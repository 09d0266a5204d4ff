// Readings with event times that come again with the same seed: some twice, some too late.

import KafkaClient
import Synchronization
import TestSupport

/// One reading. What its time and number don't say follows from them, so that rows that are there twice are the same.
struct Event: Hashable, Sendable {
    let number: Int
    /// How often its id had been forgotten before.
    let round: Int
    /// Seconds since 2026-01-01.
    let seconds: Int

    var id: String { "e\(number)" }
    var sensor: String { "s\((number * 7 + seconds) % 5)" }
    var value: Int { (number * 31 + seconds) % 1000 + 1 }

    var json: String {
        #"{"id":"\#(id)","round":\#(round),"sensor":"\#(sensor)","time":"\#(Self.clock(seconds, "2026-01-01 "))","#
            + #""value":\#(value)}"#
    }

    /// A time of 2026-01-01 as text; `seconds` are less than a day's.
    static func clock(_ seconds: Int, _ day: String) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(day)\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    }
}

/// Writes readings to a topic, such that no division into batches makes a difference to what a query must give.
///
/// Times go forward by `step` a row and vary by less than `jitter`, rows come again within `reach` rows, and partitions
/// get rows in turn, so that those which are read together are of about the same time: all that is less than the
/// delay, and no row is late but those of `writeLate`, which are late for a query that has read the rest.
final class EventInput: Sendable {
    /// The queries' delay, in seconds.
    static let delay = 600
    /// The longest window.
    static let longestWindow = 600
    private static let step = 12
    private static let jitter = 120
    private static let reach = 10
    private static let start = 3_600

    private struct State {
        var random: SeededRandom
        /// All rows, also those that are late.
        var rows: Int32 = 0
        var ticks = 0
        var onTime: [Event] = []
        var late: [Event] = []
        /// Where the rows of this half begin.
        var half = 0
        /// The tick of the first row of each id's newest round.
        var born: [Int: Int] = [:]
        /// Ids that a query has forgotten.
        var forgotten: [Event] = []
    }

    private let state: Mutex<State>
    private let producer: KafkaProducer
    private let topic: String
    private let partitions: Int32

    init(servers: String, topic: String, partitions: Int32, seed: UInt64) throws {
        state = Mutex(State(random: SeededRandom(seed)))
        producer = try KafkaProducer(KafkaConfiguration(["bootstrap.servers": servers]))
        self.topic = topic
        self.partitions = partitions
    }

    deinit { producer.close() }

    /// The rows that were in time.
    var onTime: [Event] { state.withLock { $0.onTime } }

    /// The rows of `writeLate`.
    var late: [Event] { state.withLock { $0.late } }

    /// The watermark of a query that has read all rows.
    var watermark: Int { state.withLock { Self.watermark($0) } }

    private static func watermark(_ state: State) -> Int { (state.onTime.map(\.seconds).max() ?? 0) - delay }

    /// Writes rows that are in time, and waits until the broker has them.
    func write(rows: Int) throws {
        try state.withLock { state in
            for _ in 0..<rows {
                let event = Self.next(&state)
                try send(event, &state)
                state.onTime.append(event)
            }
            try producer.flush()
        }
    }

    /// Writes rows as they are, of which the rest of this input knows nothing.
    func write(json rows: [String]) throws {
        for (number, row) in rows.enumerated() {
            try producer.send(
                topic: topic, key: nil, value: Array(row.utf8), partition: Int32(number) % partitions)
        }
        try producer.flush()
    }

    /// Writes again rows whose windows are over, for a query that has read everything: at its watermark, or where it
    /// reads nothing else at this input's.
    func writeLate(rows: Int, at watermark: Int? = nil) throws {
        try state.withLock { state in
            let limit = (watermark ?? Self.watermark(state)) - Self.longestWindow
            let old = state.onTime.filter { $0.seconds <= limit }
            for _ in 0..<rows {
                guard let event = old.randomElement(using: &state.random) else {
                    throw WaitedInVain(description: "no row is old enough to be late")
                }
                try send(event, &state)
                state.late.append(event)
            }
            try producer.flush()
        }
    }

    /// Begins another half: the query has read everything, and ids that it has forgotten may come again.
    func turn() {
        state.withLock { state in
            state.half = state.onTime.count
            var newest: [Int: Event] = [:]
            for event in state.onTime {
                let known = newest[event.number] ?? event
                if (event.round, event.seconds) >= (known.round, known.seconds) { newest[event.number] = event }
            }
            // Each was first seen at its last time or before it, and is kept for the delay from there.
            let limit = Self.watermark(state) - Self.delay
            state.forgotten = newest.values.filter { $0.seconds <= limit }.sorted { $0.number < $1.number }
            state.forgotten.shuffle(using: &state.random)
        }
    }

    private func send(_ event: Event, _ state: inout State) throws {
        let partition = state.rows % partitions
        try producer.send(topic: topic, key: nil, value: Array(event.json.utf8), partition: partition)
        state.rows += 1
    }

    private static func next(_ state: inout State) -> Event {
        let time = start + state.ticks * step + Int.random(in: 0..<jitter, using: &state.random)
        let tick = state.ticks
        state.ticks += 1
        let kind = Int.random(in: 0..<10, using: &state.random)
        let near = state.onTime[max(state.half, state.onTime.count - reach)...]
        if kind < 2, let known = near.randomElement(using: &state.random),
            tick - (state.born[known.number] ?? 0) <= 2 * reach
        {
            // The very same row again, or another one of the same id.
            return kind == 0 ? known : Event(number: known.number, round: known.round, seconds: time)
        }
        let old = kind == 2 ? state.forgotten.popLast() : nil
        let event = Event(number: old?.number ?? tick, round: old.map { $0.round + 1 } ?? 0, seconds: time)
        state.born[event.number] = tick
        return event
    }
}

// Feeds the demo: sentences at an even rate.

import Millrace
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Sends sentences to the topic `events` until the end is asked for. Sending blocks: it has a thread of its own.
final class DemoGenerator: Sendable {
    private let kafka: EmbeddedKafka
    private let rate: Int
    private let seed: UInt64
    private let end: Latch
    private let ended = Latch()
    private let failureBox = Mutex<(any Error)?>(nil)

    init(_ kafka: EmbeddedKafka, rate: Int, seed: UInt64, end: Latch) {
        self.kafka = kafka
        self.rate = rate
        self.seed = seed
        self.end = end
    }

    /// Why sending ended, if not for the end.
    var failure: (any Error)? { failureBox.withLock { $0 } }

    /// Returns when `run` has returned.
    func wait() async { await ended.wait() }

    /// Sends until the end is asked for.
    func run() {
        do {
            try send()
        } catch {
            failureBox.withLock { $0 = error }
            end.open()
        }
        ended.open()
    }

    private func send() throws {
        var sentences = SentenceGenerator(seed: seed)
        // A first handful at once, so that there is something to see.
        let first = min(rate, 10)
        let start = ContinuousClock.now
        var sent = 0
        while !end.isOpen {
            let elapsed = (ContinuousClock.now - start) / .seconds(1)
            // Whatever held us up, a second's worth is the most that is sent at once.
            let count = min(first + Int(elapsed * Double(rate)) - sent, rate)
            if count > 0 {
                try kafka.send((0..<count).map { _ in sentences.next() }, to: "events")
                sent += count
            }
            usleep(20_000)
        }
    }
}

// Calls that may never return.

import Synchronization
import Testing
import Threads

@testable import KafkaClient

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite struct LimitedCallTests {
    @Test func aCallThatReturnsGivesItsResult() throws {
        #expect(try LimitedCall.run("test", milliseconds: 60_000) { 7 } == 7)
    }

    @Test func aCallThatDoesNotReturnIsLeftAloneAndWhatItReturnsLaterIsNotLost() {
        let signal = Signal()
        let state = Mutex((isOpen: false, late: 0))
        #expect(throws: LimitedCall.Failure.notReturned) {
            try LimitedCall.run(
                "test", milliseconds: 10,
                late: { (result: Int) in
                    signal.locked { state.withLock { $0.late = result } }
                    signal.broadcast()
                },
                {
                    signal.locked { while !state.withLock({ $0.isOpen }) { signal.wait() } }
                    return 7
                })
        }
        #expect(state.withLock { $0.late } == 0)
        signal.locked { state.withLock { $0.isOpen = true } }
        signal.broadcast()
        let deadline = Monotonic.moment(in: 60_000_000_000)
        signal.locked { while state.withLock({ $0.late }) == 0, signal.wait(until: deadline) {} }
        #expect(state.withLock { $0.late } == 7)
    }

    @Test func whatReturnsInTimeIsNotLate() throws {
        let late = Mutex(false)
        _ = try LimitedCall.run("test", milliseconds: 60_000, late: { (_: Int) in late.withLock { $0 = true } }, { 7 })
        #expect(!late.withLock { $0 })
    }

    @Test func aThreadThatTheSystemRefusesIsAnError() throws {
        ThreadRefusal.$ofTest.withValue({ _ in true }) {
            #expect(throws: LimitedCall.Failure.noThread(EAGAIN)) { try LimitedCall.run("test", milliseconds: 1) { 7 } }
            let error = #expect(throws: KafkaError.self) {
                try KafkaProducer(KafkaConfiguration(["bootstrap.servers": "localhost:1"], role: .producer))
            }
            #expect(error?.code == .systemResource)
            #expect(error?.hint?.contains("ulimit -u") == true, "\(String(describing: error))")
        }
        // A consumer ends on the calling thread, then.
        var consumer: KafkaConsumer? = try KafkaConsumer(
            KafkaConfiguration(["bootstrap.servers": "localhost:1"], role: .consumer), groupId: "g")
        ThreadRefusal.$ofTest.withValue({ _ in true }) {
            consumer?.close()
            consumer = nil
        }
    }
}

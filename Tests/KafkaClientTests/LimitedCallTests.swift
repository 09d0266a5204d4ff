// Calls that may never return.

import Synchronization
import Testing
import Threads

@testable import KafkaClient

@Suite struct LimitedCallTests {
    @Test func aCallThatReturnsGivesItsResult() throws {
        #expect(try LimitedCall.run("test", milliseconds: 60_000) { 7 } == 7)
    }

    @Test func aCallThatDoesNotReturnIsLeftAlone() {
        let signal = Signal()
        let isOpen = Mutex(false)
        #expect(throws: LimitedCall.Failure.notReturned) {
            try LimitedCall.run("test", milliseconds: 10) {
                signal.locked { while !isOpen.withLock({ $0 }) { signal.wait() } }
            }
        }
        signal.locked { isOpen.withLock { $0 = true } }
        signal.broadcast()
    }
}

// What a running query and those who watch it share: status, progress, the wish to stop, and who waits for what.

import Threads

/// The meeting place of a query's control thread and everybody else. All methods may be called from any thread.
///
/// SAFETY: every stored variable is read and written under `signal`'s lock only.
package final class QueryControl: @unchecked Sendable {
    private let signal = Signal()
    private var isStopRequested = false
    private var stopHandler: (@Sendable () -> Void)?
    private var isWoken = false
    private var hasEnded = false
    /// Whether those who wait for the end may know of it: `endHandler` has been called.
    private var isEndTold = false
    private var endHandler: (@Sendable (QueryError?) -> Void)?
    private var failureValue: QueryError?
    private var statusValue = StreamingQueryStatus(
        message: "Initializing sources", isDataAvailable: false, isTriggerActive: false)
    private var progressValues: RecentValues<StreamingQueryProgress>
    /// How often the sources were asked for new rows and had none, and when such a look began.
    private var looks: UInt64 = 0
    private var fruitlessLook: UInt64 = 0
    /// How many threads wait for the end.
    private var endWaiters = 0
    /// How many threads wait for a look that finds nothing.
    private var idleWaiters = 0
    /// Tells whether the control thread's time has not come yet, while it sleeps by a clock that is moved by hand.
    private var isTooEarly: (() -> Bool)?

    /// `progressLimit` is how many progress records are kept, Spark's `numRecentProgressUpdates`.
    package init(progressLimit: Int = 100) { progressValues = RecentValues(limit: progressLimit) }

    // MARK: For those who watch

    /// Whether the query still runs.
    package var isActive: Bool { signal.locked { !hasEnded } }
    /// Why it ended, where it failed.
    package var failure: QueryError? { signal.locked { failureValue } }
    package var status: StreamingQueryStatus { signal.locked { statusValue } }
    package var recentProgress: [StreamingQueryProgress] { signal.locked { progressValues.inOrder } }
    package var lastProgress: StreamingQueryProgress? { signal.locked { progressValues.last } }

    /// Asks the query to finish its batch and end.
    package func requestStop() {
        let handler = signal.locked {
            isStopRequested = true
            return stopHandler
        }
        signal.broadcast()
        handler?()
    }

    /// Says that there may be new rows.
    package func wake() {
        signal.locked { isWoken = true }
        signal.broadcast()
    }

    /// Whether somebody waits for the end, and so will see why the query failed.
    package var isAwaited: Bool { signal.locked { endWaiters + idleWaiters > 0 } }

    /// Blocks until the query has ended or the deadline (`Monotonic.nanoseconds`) has passed; returns whether it has
    /// ended.
    package func waitForEnd(until deadline: UInt64? = nil) -> Bool {
        signal.locked {
            endWaiters += 1
            defer { endWaiters -= 1 }
            while !isEndTold {
                if let deadline {
                    if !signal.wait(until: deadline) { return isEndTold }
                } else {
                    signal.wait()
                }
            }
            return true
        }
    }

    /// Blocks until a look at the sources that began after this call found nothing to do, or the query has ended.
    package func waitUntilIdle() {
        wake()
        signal.locked {
            let asked = looks
            idleWaiters += 1
            while !isEndTold && fruitlessLook <= asked { signal.wait() }
            idleWaiters -= 1
        }
    }

    /// Blocks until the query sleeps by a clock that is moved by hand and its time has not come, or until it has ended.
    package func waitUntilAsleep() {
        signal.locked {
            idleWaiters += 1
            while !isEndTold && !(isTooEarly?() ?? false) { signal.wait() }
            idleWaiters -= 1
        }
    }

    /// Says that the clock was moved.
    package func lookAtClock() {
        // Whoever sleeps has looked at the clock under this lock, or will do so.
        signal.locked {}
        signal.broadcast()
    }

    // MARK: For the control thread

    package var shouldStop: Bool { signal.locked { isStopRequested } }

    /// What `requestStop` calls besides waking the control thread, which may be blocked elsewhere; called at once
    /// where a stop has been asked for already.
    package func setStopHandler(_ handler: (@Sendable () -> Void)?) {
        let isLate = signal.locked {
            stopHandler = handler
            return isStopRequested
        }
        if isLate { handler?() }
    }

    /// What is called once the query has ended, before those learn of it who wait for its end; set before it runs.
    package func setEndHandler(_ handler: @escaping @Sendable (QueryError?) -> Void) {
        signal.locked { endHandler = handler }
    }

    /// Notes that the sources are being asked for new rows; returns the number of this look, and whether somebody
    /// waits for one that finds nothing.
    package func beginLook() -> (number: UInt64, isAwaited: Bool) {
        signal.locked {
            looks += 1
            isWoken = false
            return (looks, idleWaiters > 0)
        }
    }

    /// Notes that a look found nothing to do.
    package func endFruitlessLook(_ look: UInt64) {
        signal.locked { fruitlessLook = look }
        signal.broadcast()
    }

    /// Sleeps until the deadline, a wake or a wish to stop. With `untilWoken` false only the last counts.
    package func sleep(until deadline: UInt64, untilWoken: Bool) {
        signal.locked {
            while !isStopRequested && !(untilWoken && isWoken) {
                if !signal.wait(until: deadline) { return }
            }
        }
    }

    /// Sleeps for as long as a clock that is moved by hand says that it is too early; a wish to stop ends it.
    package func sleep(while isTooEarly: @escaping () -> Bool) {
        signal.locked { self.isTooEarly = isTooEarly }
        signal.broadcast()
        signal.locked {
            while !isStopRequested && isTooEarly() { signal.wait() }
            self.isTooEarly = nil
        }
    }

    package func setStatus(_ message: String, isDataAvailable: Bool? = nil, isTriggerActive: Bool? = nil) {
        signal.locked {
            statusValue = StreamingQueryStatus(
                message: message, isDataAvailable: isDataAvailable ?? statusValue.isDataAvailable,
                isTriggerActive: isTriggerActive ?? statusValue.isTriggerActive)
        }
    }

    package func add(_ progress: StreamingQueryProgress) {
        signal.locked { progressValues.append(progress) }
    }

    /// Notes the end of the query. Nothing changes afterwards.
    package func end(_ failure: QueryError?) {
        let handler = signal.locked {
            failureValue = failure
            hasEnded = true
            statusValue = StreamingQueryStatus(
                message: failure.map { "Terminated with exception: \($0.message)" } ?? "Stopped",
                isDataAvailable: false, isTriggerActive: false)
            defer { endHandler = nil }
            return endHandler
        }
        handler?(failure)
        signal.locked { isEndTold = true }
        signal.broadcast()
    }
}

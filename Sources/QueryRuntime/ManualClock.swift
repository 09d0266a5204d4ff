// A clock that moves when a test says so.

import Synchronization

/// A clock that stands still until it is moved, for tests: queries of a session that has one plan, wait for their
/// triggers and read the `rate` source by it, and nothing sleeps. Spark's `StreamManualClock`.
public final class ManualClock: EngineClock {
    private struct State {
        var nowMicroseconds: Int64
        /// The queries that sleep by this clock.
        var sleepers: [ObjectIdentifier: QueryControl] = [:]
    }

    private let state: Mutex<State>

    /// Creates a clock that stands at this time after 1970-01-01T00:00:00Z.
    public init(at time: Duration = .zero) {
        state = Mutex(State(nowMicroseconds: time.microseconds))
    }

    /// The time it says, as time since 1970-01-01T00:00:00Z.
    public var now: Duration { .microseconds(nowMicroseconds) }

    /// Microseconds since 1970-01-01T00:00:00Z.
    package var nowMicroseconds: Int64 { state.withLock { $0.nowMicroseconds } }

    /// Moves the clock forward and wakes the queries whose time has come.
    public func advance(by time: Duration) {
        precondition(time >= .zero, "time does not run backwards")
        let sleepers = state.withLock { state in
            state.nowMicroseconds += time.microseconds
            return Array(state.sleepers.values)
        }
        for control in sleepers { control.lookAtClock() }
    }

    package func sleep(until microseconds: Int64, _ control: QueryControl) {
        state.withLock { $0.sleepers[ObjectIdentifier(control)] = control }
        control.sleep { self.nowMicroseconds < microseconds }
        _ = state.withLock { $0.sleepers.removeValue(forKey: ObjectIdentifier(control)) }
    }
}

extension Duration {
    /// Whole microseconds; beyond what fits, the most that does.
    package var microseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        return overflow ? (seconds < 0 ? .min : .max) : whole + attoseconds / 1_000_000_000_000
    }
}

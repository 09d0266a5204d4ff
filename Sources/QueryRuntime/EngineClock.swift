// The time as the engine sees it, so that tests can give it.

import Columns
import Threads

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Tells the time of day, and when a trigger's time has come. Timeouts and pauses between tries run on the monotonic
/// clock, whatever this one says.
package protocol EngineClock: Sendable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    var nowMicroseconds: Int64 { get }

    /// Blocks a query's control thread until this clock says so late, or until the query is asked to stop.
    func sleep(until microseconds: Int64, _ control: QueryControl)
}

extension EngineClock {
    package func sleep(until microseconds: Int64, _ control: QueryControl) {
        let wait = max(0, microseconds - nowMicroseconds)
        control.sleep(until: Monotonic.moment(in: UInt64(wait) &* 1000), untilWoken: false)
    }
}

/// The system's clock.
package struct SystemClock: EngineClock {
    package init() {}

    package var nowMicroseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) &* 1_000_000 &+ Int64(time.tv_nsec) / 1000
    }
}

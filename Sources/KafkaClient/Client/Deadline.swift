// A moment on the monotonic clock by which a call has to be done.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A point in monotonic time.
struct Deadline: Sendable {
    private let nanoseconds: UInt64

    init(milliseconds: Int) {
        let wait = UInt64(max(0, min(milliseconds, Int(Int32.max)))) * 1_000_000
        nanoseconds = Self.now() + wait
    }

    /// What is left, from 0; small enough for librdkafka's Int32.
    var remainingMilliseconds: Int {
        let now = Self.now()
        return now >= nanoseconds ? 0 : Int((nanoseconds - now + 999_999) / 1_000_000)
    }

    var hasPassed: Bool { Self.now() >= nanoseconds }

    private static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

// A lock with a condition that threads can wait for, with deadlines on the monotonic clock.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A mutex and a condition variable in one. Blocking: for threads of ours only, never for Swift's cooperative pool.
///
/// SAFETY: mutex and condition live at a stable address until `deinit`; pthread makes them safe to share.
package final class Signal: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    package init() {
        pthread_mutex_init(mutex, nil)
        #if canImport(Darwin)
        pthread_cond_init(condition, nil)
        #else
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
        #endif
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Runs `body` while holding the lock.
    package func locked<T, E: Error>(_ body: () throws(E) -> T) throws(E) -> T {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }

    /// Wakes every waiting thread. May be called with or without the lock.
    package func broadcast() { pthread_cond_broadcast(condition) }

    /// Waits for a broadcast; the caller holds the lock and checks its condition again afterwards.
    package func wait() { pthread_cond_wait(condition, mutex) }

    /// Waits for a broadcast until `deadline` (`Monotonic.nanoseconds`); returns false when the time is over.
    package func wait(until deadline: UInt64) -> Bool {
        #if canImport(Darwin)
        let now = Monotonic.nanoseconds
        guard deadline > now else { return false }
        var time = timespec(
            tv_sec: Int((deadline - now) / 1_000_000_000), tv_nsec: Int((deadline - now) % 1_000_000_000))
        return pthread_cond_timedwait_relative_np(condition, mutex, &time) == 0
        #else
        var time = timespec(tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
        return pthread_cond_timedwait(condition, mutex, &time) == 0
        #endif
    }
}

/// The clock that never jumps.
package enum Monotonic {
    /// Nanoseconds since some fixed point before the process started.
    package static var nanoseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    /// The moment so many nanoseconds from now; the end of all time where there is no such moment.
    package static func moment(in wait: UInt64) -> UInt64 {
        let (moment, overflow) = nanoseconds.addingReportingOverflow(wait)
        return overflow ? .max : moment
    }

    /// Lets time pass on this thread.
    package static func sleep(nanoseconds: UInt64) {
        var time = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        var rest = timespec()
        while nanosleep(&time, &rest) != 0 && errno == EINTR { time = rest }
    }
}

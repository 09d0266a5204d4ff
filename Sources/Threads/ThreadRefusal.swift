// Threads that the system refuses, as tests want it. Debug builds only.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Whether a thread is refused although the system would give it.
package enum ThreadRefusal {
    #if CRASH_POINTS
    /// Which threads the task of a test doesn't get, by their names; `nil` for none.
    @TaskLocal package static var ofTest: (@Sendable (_ name: String) -> Bool)?
    #endif

    /// The refusal of a thread with this name; `nil` where it is to be had.
    static func refusal(of name: String) -> ThreadRefused? {
        #if CRASH_POINTS
        if let ofTest, ofTest(name) { return ThreadRefused(errorNumber: EAGAIN) }
        #endif
        return nil
    }
}

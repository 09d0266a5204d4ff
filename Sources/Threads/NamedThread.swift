// Operating-system threads of our own, for work that blocks: broker calls, disk, batch tasks. No other target makes
// any.

import CPlatform

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The system gives no thread: too many run, or there is no memory for another.
package struct ThreadRefused: Error, Sendable, Equatable {
    /// The system's number for why.
    package let errorNumber: Int32
}

/// A running thread that can be waited for. Dropping it lets the thread run on; its memory goes when it ends.
///
/// SAFETY: the handle is written once, before the object is shared, and joined at most once under the signal's lock.
package final class NamedThread: @unchecked Sendable {
    private final class Start {
        let name: String
        let body: @Sendable () -> Void
        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    private let handle: pthread_t
    private let lock = Signal()
    private var isJoined = false

    /// Starts a thread that runs `body` once. The name shows in `top -H` and in debuggers, cut to 15 bytes.
    package init(ifPossible name: String, body: @escaping @Sendable () -> Void) throws(ThreadRefused) {
        if let refusal = ThreadRefusal.refusal(of: name) { throw refusal }
        let start = Unmanaged.passRetained(Start(name: name, body: body))
        #if canImport(Darwin)
        var thread: pthread_t?
        #else
        var thread = pthread_t()
        #endif
        let status = pthread_create(&thread, nil, NamedThread.main, start.toOpaque())
        guard status == 0 else {
            start.release()
            throw ThreadRefused(errorNumber: status)
        }
        #if canImport(Darwin)
        guard let thread else { preconditionFailure("pthread_create gave no thread") }
        #endif
        handle = thread
    }

    deinit {
        // A thread that is neither joined nor detached keeps its stack until the process ends.
        if !isJoined { pthread_detach(handle) }
    }

    /// Waits until the thread has ended. May be called from several threads.
    package func join() {
        lock.locked {
            guard !isJoined else { return }
            isJoined = true
            pthread_join(handle, nil)
        }
    }

    #if canImport(Darwin)
    private static let main: @convention(c) (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? = { argument in
        run(argument)
        return nil
    }
    #else
    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
        if let argument { run(argument) }
        return nil
    }
    #endif

    private static func run(_ argument: UnsafeMutableRawPointer) {
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        start.name.withCString { platform_set_thread_name($0) }
        start.body()
    }
}

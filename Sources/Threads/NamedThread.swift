// Operating-system threads of our own, for work that blocks: broker calls, disk, batch tasks. No other target
// makes any, but for the demo's generator and debug builds' crash points.

import CPlatform
import Synchronization

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
/// Who gives a thread back is settled between the two, because `pthread_detach` of a thread that is ending reads memory
/// that the thread's end may have unmapped by then (glibc, sourceware bug 19951): a thread that is dropped while it
/// runs detaches itself, and one whose work is done is joined, which takes no longer than its last steps.
///
/// SAFETY: the handle is written once, before the object is shared, and joined at most once under the signal's lock.
package final class NamedThread: @unchecked Sendable {
    /// How far a thread is, and whether somebody holds it.
    private enum Stage { case runs, isDropped, isDone }

    private final class Start: Sendable {
        let name: String
        let body: Mutex<(@Sendable () -> Void)?>
        let stage = Mutex(Stage.runs)
        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = Mutex(body)
        }
    }

    private let handle: pthread_t
    private let start: Start
    private let lock = Signal()
    private var isJoined = false

    /// Starts a thread that runs `body` once. The name shows in `top -H` and in debuggers, cut to 15 bytes.
    package init(ifPossible name: String, body: @escaping @Sendable () -> Void) throws(ThreadRefused) {
        if let refusal = ThreadRefusal.refusal(of: name) { throw refusal }
        start = Start(name: name, body: body)
        let argument = Unmanaged.passRetained(start)
        #if canImport(Darwin)
        var thread: pthread_t?
        #else
        var thread = pthread_t()
        #endif
        let status = pthread_create(&thread, nil, NamedThread.main, argument.toOpaque())
        guard status == 0 else {
            argument.release()
            throw ThreadRefused(errorNumber: status)
        }
        #if canImport(Darwin)
        guard let thread else { preconditionFailure("pthread_create gave no thread") }
        #endif
        handle = thread
    }

    deinit {
        guard !isJoined else { return }
        let isDone = start.stage.withLock { stage in
            if stage == .runs { stage = .isDropped }
            return stage == .isDone
        }
        // A thread that is neither joined nor detached keeps its stack until the process ends.
        guard isDone else { return }
        // The thread itself lets go of the last reference: it can't wait for itself.
        if pthread_equal(handle, pthread_self()) != 0 { pthread_detach(handle) } else { pthread_join(handle, nil) }
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
        // What the body holds goes before the thread counts as done: it may be this very object.
        start.body.withLock { $0.take() }?()
        let isDropped = start.stage.withLock { stage in
            if stage == .runs { stage = .isDone }
            return stage == .isDropped
        }
        if isDropped { pthread_detach(pthread_self()) }
    }
}

// Threads for what blocks: waiting for a signal, feeding the demo. Swift's own pool is not for blocking.

import Millrace

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A thread that runs one function and ends.
enum BackgroundThread {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts a thread that runs `body`; nobody waits for it.
    static func start(_ body: @escaping @Sendable () -> Void) {
        let argument = Unmanaged.passRetained(Body(body)).toOpaque()
        #if canImport(Darwin)
        var thread: pthread_t?
        let status = pthread_create(&thread, nil, { BackgroundThread.run($0) }, argument)
        #else
        var thread = pthread_t()
        let status = pthread_create(&thread, nil, { $0.flatMap { BackgroundThread.run($0) } }, argument)
        #endif
        guard status == 0 else {
            Output.report(
                "the system refused a thread: \(String(cString: strerror(status)))",
                hint: "raise the limit on processes")
            _exit(ExitCode.defect.rawValue)
        }
    }

    private static func run(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        // By itself: who detaches a thread that may have ended reads memory that may be gone.
        pthread_detach(pthread_self())
        Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
        return nil
    }
}

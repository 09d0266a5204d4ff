// Text to a descriptor that may be a pipe nobody reads any more.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Writes whole texts to the standard output.
enum StandardOutput {
    /// Writes all of a text, in one call where the system takes it.
    ///
    /// A pipe whose reader has gone is an error like any other: this thread holds SIGPIPE back meanwhile, whatever the
    /// program does with that signal, and takes the one that it caused.
    ///
    /// - Throws: `ConnectorError` where the text could not be written.
    static func write(_ text: String, to descriptor: Int32) throws(ConnectorError) {
        let failure = holdingBrokenPipes { writeAll(Array(text.utf8), to: descriptor) }
        guard failure != 0 else { return }
        throw ConnectorError(
            .failed, "the standard output took no more: \(String(cString: strerror(failure)))",
            hint: failure == EPIPE
                ? "the program that read this one's output has ended" : "look whether the file's disk is full")
    }

    /// Returns the error number, 0 for success.
    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        bytes.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
                let count = systemWrite(descriptor, rest.baseAddress, rest.count)
                if count >= 0 {
                    written += count
                } else if errno == EAGAIN {
                    // Somebody who shares the descriptor made it non-blocking.
                    var output = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    poll(&output, 1, -1)
                } else if errno != EINTR {
                    return errno
                }
            }
            return 0
        }
    }

    private static func holdingBrokenPipes(_ body: () -> Int32) -> Int32 {
        var brokenPipe = sigset_t()
        sigemptyset(&brokenPipe)
        sigaddset(&brokenPipe, SIGPIPE)
        var before = sigset_t()
        pthread_sigmask(SIG_BLOCK, &brokenPipe, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        var pending = sigset_t()
        sigpending(&pending)
        let wasPending = sigismember(&pending, SIGPIPE) == 1
        let failure = body()
        // The signal goes to the thread that wrote, and waits there: taken now, it won't be delivered later.
        sigpending(&pending)
        if failure == EPIPE, !wasPending, sigismember(&pending, SIGPIPE) == 1 {
            var number: Int32 = 0
            sigwait(&brokenPipe, &number)
        }
        return failure
    }

    /// The system's `write`, which this type's would hide.
    private static func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
        #if canImport(Glibc)
        Glibc.write(descriptor, bytes, count)
        #else
        Darwin.write(descriptor, bytes, count)
        #endif
    }
}

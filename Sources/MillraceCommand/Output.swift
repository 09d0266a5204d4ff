// Text for people: whole lines, on the standard output or the standard error.

import Millrace
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Writes to the standard output and the standard error, a whole text at a time.
enum Output {
    private static let lock = Mutex(())

    /// Writes to the standard output; returns false where nobody reads it any more.
    @discardableResult
    static func write(_ text: String) -> Bool { lock.withLock { _ in write(text, to: 1) } }

    /// Writes a line to the standard error.
    static func note(_ line: String) { lock.withLock { _ in _ = write(line + "\n", to: 2) } }

    /// An error with what to do about it.
    static func report(_ message: String, hint: String?) { note(errorText(message, hint: hint)) }

    /// The error in a line, and the hint in another.
    static func errorText(_ message: String, hint: String?) -> String {
        StreamingProgram.errorText(message, hint: hint, program: "millrace")
    }

    /// Writes a line to a descriptor of somebody's choice; returns the system's error where it can't be written.
    static func line(_ line: String, to descriptor: Int32) -> Int32? {
        lock.withLock { _ in write(line + "\n", to: descriptor) ? nil : errno }
    }

    private static func write(_ text: String, to descriptor: Int32) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var written = 0
            while written < bytes.count {
                let count = systemWrite(
                    descriptor, UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[written...]))
                if count < 0, errno == EINTR { continue }
                if count < 0, errno == EAGAIN {
                    // Somebody who shares the descriptor made it non-blocking.
                    var output = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    poll(&output, 1, -1)
                    continue
                }
                guard count > 0 else { return false }
                written += count
            }
            return true
        }
    }

    /// The system's `write`, which other names here would hide.
    static func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
        Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #else
        Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }
}

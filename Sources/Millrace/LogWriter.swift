// Log lines on the standard error: time, level, message, as text or as JSON.

import JSONText
import QueryRuntime

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Writes log lines: what `SessionConfiguration.log` is unless said otherwise.
///
/// Lines of text begin with the time and the level: `2026-11-26T09:30:00.123Z warning waiting for ...`.
public struct LogWriter: Sendable {
    /// How lines look.
    public enum Form: String, Sendable, CaseIterable {
        /// Time, level and message, with blanks between them.
        case text
        /// An object with `time`, `level` and `message`.
        case json
    }

    /// The variable that names the least level: `MILLRACE_LOG_LEVEL`.
    public static let levelVariable = "MILLRACE_LOG_LEVEL"

    /// Less urgent lines are not written.
    public let least: SessionConfiguration.LogLevel
    /// How lines look.
    public let form: Form
    private let descriptor: Int32

    /// Writes to a descriptor, the standard error unless said otherwise. Without a level the environment's counts, and
    /// without that one warnings and errors are written.
    public init(
        _ least: SessionConfiguration.LogLevel? = nil, form: Form = .text, descriptor: Int32 = STDERR_FILENO
    ) {
        self.least = least ?? Self.levelOfEnvironment ?? .warning
        self.form = form
        self.descriptor = descriptor
    }

    /// The level that the environment names, or `nil`.
    public static var levelOfEnvironment: SessionConfiguration.LogLevel? {
        getenv(levelVariable).flatMap { SessionConfiguration.LogLevel(rawValue: String(cString: $0).lowercased()) }
    }

    /// Writes a line if it is urgent enough.
    public func write(_ level: SessionConfiguration.LogLevel, _ message: String) {
        guard level >= least else { return }
        Self.writeLine(Self.line(level, message, form, atMicroseconds: SystemClock().nowMicroseconds), to: descriptor)
    }

    /// One line, without its end. What has several lines itself is indented, or escaped in JSON.
    static func line(
        _ level: SessionConfiguration.LogLevel, _ message: String, _ form: Form, atMicroseconds time: Int64
    ) -> String {
        switch form {
        case .text:
            "\(TimestampText.iso8601(microseconds: time)) \(level.rawValue) "
                + message.split(separator: "\n").joined(separator: "\n    ")
        case .json:
            JSONValue.object([
                ("time", .string(TimestampText.iso8601(microseconds: time))), ("level", .string(level.rawValue)),
                ("message", .string(message)),
            ]).text
        }
    }

    /// Writes a whole line, in one call where the system takes it. Where nobody reads any more it is lost.
    static func writeLine(_ line: String, to descriptor: Int32) {
        var bytes = Array(line.utf8)[...]
        bytes.append(UInt8(ascii: "\n"))
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { systemWrite(descriptor, $0) }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN {
                // Somebody who shares the descriptor made it non-blocking.
                var output = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&output, 1, -1)
                continue
            }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }

    private static func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
        Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #else
        Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }
}

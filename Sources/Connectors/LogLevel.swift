// How urgent a log line is, for all rooms that write some.

/// How urgent a log line is.
package enum LogLevel: String, Sendable { case debug, info, warning, error }

/// Takes log lines, from any thread.
package typealias LogHandler = @Sendable (LogLevel, String) -> Void

// How urgent a log line is, for all rooms that write some, and for users.

/// How urgent a log line is.
public enum LogLevel: String, Sendable, Comparable {
    /// What happens inside, the Kafka client's own lines included.
    case debug
    /// What an operator wants to know of every start.
    case info
    /// The query goes on, and somebody should look.
    case warning
    /// The query has failed.
    case error

    private var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .warning: 2
        case .error: 3
        }
    }

    /// Orders by urgency.
    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }
}

/// Takes log lines, from any thread.
package typealias LogHandler = @Sendable (LogLevel, String) -> Void

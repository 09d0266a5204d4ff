// What holds for all queries of a session.

import QueryRuntime

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What holds for all queries of a session.
public struct SessionConfiguration: Sendable {
    /// How many threads compute for each query; as many as the machine has processors unless said otherwise.
    public var workerCount: Int
    /// Into how many shards the state of a new query is divided. An old checkpoint keeps its number.
    public var stateShardCount: Int
    /// How much memory the state of each query may take, in bytes; beyond it the query ends with a clear error.
    public var stateMemoryBytes: Int
    /// How long a start waits for the broker; zero waits for ever.
    public var startupTimeout: Duration
    /// How many progress records each query keeps; Spark's `spark.sql.streaming.numRecentProgressUpdates`.
    public var recentProgressCount: Int
    /// Called with each progress record, on the query's own thread: it must not block.
    public var onProgress: (@Sendable (StreamingQueryProgress) -> Void)?
    /// Takes log lines. The default writes warnings and errors to the standard error.
    public var log: @Sendable (LogLevel, String) -> Void
    /// Tells queries and sources the time of day.
    package var clock: any EngineClock = SystemClock()

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

    /// Creates the defaults.
    public init() {
        workerCount = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        stateShardCount = 8
        stateMemoryBytes = 4 << 30
        startupTimeout = .seconds(300)
        recentProgressCount = 100
        log = { level, message in
            guard level >= .warning else { return }
            StandardError.write("\(level.rawValue): \(message)\n")
        }
    }

    /// The engine's settings for one query.
    var engineSettings: QueryDefinition.Settings {
        var settings = QueryDefinition.Settings()
        settings.workerCount = max(1, workerCount)
        settings.shardCount = max(1, stateShardCount)
        settings.stateMemoryBytes = stateMemoryBytes
        settings.startupTimeoutNanoseconds = startupTimeout.nanoseconds
        settings.progressLimit = max(1, recentProgressCount)
        settings.onProgress = onProgress
        return settings
    }

    var engineLog: QueryDefinition.LogHandler {
        let log = log
        return { level, message in
            switch level {
            case .debug: log(.debug, message)
            case .info: log(.info, message)
            case .warning: log(.warning, message)
            case .error: log(.error, message)
            }
        }
    }
}

/// Text on the standard error, whole lines at once.
enum StandardError {
    static func write(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { unistdWrite($0) }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }

    private static func unistdWrite(_ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
        Glibc.write(2, bytes.baseAddress, bytes.count)
        #else
        Darwin.write(2, bytes.baseAddress, bytes.count)
        #endif
    }
}

// What librdkafka says by itself: log lines, errors, statistics.

/// One line of librdkafka's, without secrets.
package struct KafkaLogRecord: Sendable {
    /// Where a record comes from.
    package enum Kind: Sendable {
        /// A log line.
        case log
        /// An error of the client as a whole: brokers down, authentication, fatal errors.
        case error
        /// A JSON document, every `statistics.interval.ms`.
        case statistics
    }

    package let kind: Kind
    /// syslog's levels: 3 error, 4 warning, 5 notice, 6 information, 7 debug.
    package let level: Int
    /// librdkafka's word for the place, such as `FAIL` or `CONFWARN`.
    package let facility: String
    package let message: String
}

/// Takes log records; called from librdkafka's own threads as well as from the caller's.
package typealias KafkaLogHandler = @Sendable (KafkaLogRecord) -> Void

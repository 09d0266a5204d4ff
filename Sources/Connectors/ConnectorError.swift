// What a source or sink reports when it cannot go on.

/// A failure of a source or sink: what happened, where, whose fault it is, and what to do.
package struct ConnectorError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is; decides what the engine does and which exit code the command gives.
    package enum Code: String, Sendable {
        /// An option is missing, unknown or has a bad value.
        case invalidOption = "INVALID_OPTION"
        /// `format` names no source or sink.
        case unknownFormat = "DATA_SOURCE_NOT_FOUND"
        /// The rows don't have the columns or types that the sink writes.
        case invalidSchema = "INVALID_SCHEMA"
        /// The other side can't be reached at the moment.
        case unavailable = "UNAVAILABLE"
        /// A topic, file or address doesn't exist.
        case notFound = "NOT_FOUND"
        /// The other side refuses who we are or what we ask.
        case accessDenied = "ACCESS_DENIED"
        /// Rows that the query has still to read are gone, or were replaced.
        case dataLoss = "DATA_LOSS"
        /// A row can't be written as it is.
        case badRow = "BAD_ROW"
        /// This process may not open any more files or connections.
        case tooManyFiles = "TOO_MANY_OPEN_FILES"
        /// A source has more partitions than the memory for what is fetched ahead of them is enough for.
        case tooManyPartitions = "TOO_MANY_PARTITIONS"
        /// This process may not start any more threads.
        case tooManyThreads = "TOO_MANY_THREADS"
        /// Another instance of this query has taken over.
        case superseded = "SUPERSEDED"
        /// The marker of the last committed batch is gone while the query runs.
        case markerMissing = "MARKER_MISSING"
        /// A transaction failed in a way that doesn't tell whether it was committed.
        case outcomeUnknown = "OUTCOME_UNKNOWN"
        /// The rows of a batch don't get through within the longest transaction that the other side allows.
        case transactionTooLong = "TRANSACTION_TOO_LONG"
        /// Another process writes to the sink's directory.
        case outputInUse = "OUTPUT_IN_USE"
        /// The sink's directory has what somebody else has written.
        case outputTaken = "OUTPUT_TAKEN"
        /// The user's own code threw.
        case userCode = "USER_CODE"
        /// The query was asked to stop while it waited.
        case cancelled = "CANCELLED"
        /// Anything else that the other side answered.
        case failed = "FAILED"
    }

    /// Whose fault it is.
    package enum Domain: String, Sendable { case user, external, `internal` }

    package let code: Code
    package let message: String
    package let hint: String?
    package let domain: Domain
    /// Whether the same call may go through later.
    package let isRetriable: Bool
    /// Spark's name of the condition, where it has one that says more than the code.
    package let condition: String?

    package init(
        _ code: Code, _ message: String, hint: String? = nil, domain: Domain? = nil, isRetriable: Bool? = nil,
        condition: String? = nil
    ) {
        self.code = code
        self.message = message
        self.hint = hint
        self.domain = domain ?? Self.usualDomain(of: code)
        self.isRetriable = isRetriable ?? (code == .unavailable)
        self.condition = condition
    }

    private static func usualDomain(of code: Code) -> Domain {
        switch code {
        case .invalidOption, .unknownFormat, .invalidSchema, .badRow, .userCode, .tooManyPartitions,
            .outputTaken:
            .user
        default: .external
        }
    }

    package var description: String {
        "[\(condition ?? code.rawValue)] \(message)" + (hint.map { "; \($0)" } ?? "")
    }
}

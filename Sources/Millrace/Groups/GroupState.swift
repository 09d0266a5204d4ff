// The state of a key, as the function of the program sees and changes it.

import Functions
import LogicalPlan

/// The state of one key while a function is called for its group; Spark's `GroupState`.
///
/// A value that the function gets `inout`: what it has become when the function returns is what is kept. A timeout
/// holds until the next call for the key, which sets it anew or leaves the key without one.
public struct GroupState<State> {
    /// What a call knows beside the state.
    struct Times {
        let timeout: GroupStateTimeout
        /// In milliseconds since 1970.
        let batchProcessingTimeMs: Int64
        /// In milliseconds since 1970; -1 before there is one, `nil` where the query has no watermark.
        let eventTimeWatermarkMs: Int64?
        let hasTimedOut: Bool
    }

    private(set) var value: State?
    private let times: Times
    /// Whether the state was set in this call, and not removed afterwards.
    package private(set) var isUpdated = false
    /// Whether the state was removed in this call, and not set afterwards.
    package private(set) var isRemoved = false
    /// When the key times out, in milliseconds since 1970; `GroupChanges.noTimeout` where it doesn't.
    private(set) var timeoutTimestampMs = GroupChanges.noTimeout

    init(_ value: State?, _ times: Times) {
        self.value = value
        self.times = times
    }

    /// The same, for tests of a function.
    package init(
        _ value: State?, timeout: GroupStateTimeout, batchProcessingTimeMs: Int64, eventTimeWatermarkMs: Int64?,
        hasTimedOut: Bool
    ) {
        self.init(
            value,
            Times(
                timeout: timeout, batchProcessingTimeMs: batchProcessingTimeMs,
                eventTimeWatermarkMs: eventTimeWatermarkMs, hasTimedOut: hasTimedOut))
    }

    /// When the key times out, in milliseconds since 1970; `nil` where it doesn't.
    package var timeout: Int64? { timeoutTimestampMs == GroupChanges.noTimeout ? nil : timeoutTimestampMs }

    // MARK: The state

    /// Whether there is a state.
    public var exists: Bool { value != nil }

    /// The state, or `nil` where there is none.
    public var getOption: State? { value }

    /// The state.
    ///
    /// - Throws: where there is none.
    public func get() throws -> State {
        if let value { return value }
        throw refused("State is either not defined or has already been removed")
    }

    /// Sets the state.
    public mutating func update(_ newState: State) {
        value = newState
        isUpdated = true
        isRemoved = false
    }

    /// Removes the state. With a timeout that is set in the same call the key is kept until then, without a state.
    public mutating func remove() {
        value = nil
        isUpdated = false
        isRemoved = true
    }

    // MARK: Timeouts

    /// Whether the function is called because the key's time has come: then there are no rows.
    public var hasTimedOut: Bool { times.hasTimedOut }

    /// Has the key time out so many milliseconds after the time of this batch.
    ///
    /// - Throws: without a timeout in processing time, and where the duration isn't positive.
    public mutating func setTimeoutDuration(_ milliseconds: Int64) throws {
        guard times.timeout == .processingTimeTimeout else {
            throw refused(
                "Cannot set timeout duration without enabling processing time timeout in "
                    + "[map|flatMap]GroupsWithState.")
        }
        guard milliseconds > 0 else { throw refused("Timeout duration must be positive") }
        timeoutTimestampMs = Self.sum(times.batchProcessingTimeMs, milliseconds)
    }

    /// The same with an interval as Spark writes them: `"1 hour 30 minutes"`, with months of 31 days.
    ///
    /// - Throws: as the other one, and where the text is no interval.
    public mutating func setTimeoutDuration(_ duration: String) throws {
        try setTimeoutDuration(try milliseconds(of: duration))
    }

    /// Has the key time out once the watermark is behind this time, in milliseconds since 1970.
    ///
    /// - Throws: without a timeout in event time, and where the watermark is there already.
    public mutating func setTimeoutTimestamp(_ milliseconds: Int64) throws {
        guard times.timeout == .eventTimeTimeout else {
            throw refused(
                "Cannot set timeout timestamp without enabling event time timeout in [map|flatMap]GroupsWithState.")
        }
        guard milliseconds > 0 else { throw refused("Timeout timestamp must be positive") }
        if let watermark = times.eventTimeWatermarkMs, watermark != GroupChanges.noTimeout, milliseconds < watermark {
            throw refused(
                "Timeout timestamp (\(milliseconds)) cannot be earlier than the current watermark (\(watermark))")
        }
        timeoutTimestampMs = Self.sum(milliseconds, 0)
    }

    /// The same so much later, with an interval as Spark writes them.
    ///
    /// - Throws: as the other one, and where the text is no interval.
    public mutating func setTimeoutTimestamp(_ milliseconds: Int64, _ additionalDuration: String) throws {
        try setTimeoutTimestamp(Self.sum(milliseconds, try self.milliseconds(of: additionalDuration)))
    }

    /// Has the key time out once the watermark is behind this time.
    ///
    /// - Throws: as the one with milliseconds.
    public mutating func setTimeoutTimestamp(_ time: Timestamp) throws { try setTimeoutTimestamp(time.milliseconds) }

    /// The same so much later, with an interval as Spark writes them.
    ///
    /// - Throws: as the one with milliseconds, and where the text is no interval.
    public mutating func setTimeoutTimestamp(_ time: Timestamp, _ additionalDuration: String) throws {
        try setTimeoutTimestamp(time.milliseconds, additionalDuration)
    }

    // MARK: Time

    /// The watermark, in milliseconds since 1970; -1 for a function over a table.
    ///
    /// - Throws: where the query has no watermark before the function.
    public func getCurrentWatermarkMs() throws -> Int64 {
        if let watermark = times.eventTimeWatermarkMs { return watermark }
        throw refused(
            "Cannot get event time watermark timestamp without setting watermark before "
                + "[map|flatMap]GroupsWithState.")
    }

    /// The time of the batch, in milliseconds since 1970: the same for all calls in a batch, and again where the batch
    /// runs again.
    public func getCurrentProcessingTimeMs() -> Int64 { times.batchProcessingTimeMs }

    // MARK: Parts

    /// The last millisecond that a TIMESTAMP can say.
    private static var lastMillisecond: Int64 { Int64.max / 1000 }

    private static func sum(_ left: Int64, _ right: Int64) -> Int64 {
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow ? (right > 0 ? lastMillisecond : sum) : min(sum, lastMillisecond)
    }

    private func milliseconds(of duration: String) throws -> Int64 {
        guard let microseconds = CalendarInterval(duration)?.longestMicroseconds else {
            throw refused("unable to parse '\(duration)' as an interval")
        }
        guard microseconds >= 0 else { throw refused("Provided duration (\(duration)) is negative") }
        return microseconds / 1000
    }

    private func refused(_ message: String) -> MillraceError {
        MillraceError(code: "INVALID_GROUP_STATE", message: message, kind: .query)
    }
}

// The state of a key for tests of a function without a query.

import Millrace

/// A `GroupState` for tests of a function of `mapGroupsWithState` or `flatMapGroupsWithState`; Spark's
/// `TestGroupState`.
///
///     var test = TestGroupState<Int>(state: 3)
///     let result = try count("a", GroupRows([Sale(amount: 2)]), &test.state)
///     #expect(test.isUpdated && test.state.getOption == 5)
public struct TestGroupState<State> {
    /// What the function gets, `inout`.
    public var state: GroupState<State>

    /// A state as a batch would give it: with what is known of the key, and the times of the batch in milliseconds
    /// since 1970. Without `eventTimeWatermarkMs` the query has no watermark.
    public init(
        state: State? = nil, timeout: GroupStateTimeout = .noTimeout, batchProcessingTimeMs: Int64 = 0,
        eventTimeWatermarkMs: Int64? = nil, hasTimedOut: Bool = false
    ) {
        self.state = GroupState(
            state, timeout: timeout, batchProcessingTimeMs: batchProcessingTimeMs,
            eventTimeWatermarkMs: eventTimeWatermarkMs, hasTimedOut: hasTimedOut)
    }

    /// Whether the function has set the state, and not removed it afterwards.
    public var isUpdated: Bool { state.isUpdated }

    /// Whether the function has removed the state, and not set it afterwards.
    public var isRemoved: Bool { state.isRemoved }

    /// When the key times out, in milliseconds since 1970; `nil` where the function has set no timeout.
    public var timeoutTimestampMs: Int64? { state.timeout }
}

// When a group times out that gets no rows.

import LogicalPlan

/// When the function of a group is called although no row has come for it; Spark's `GroupStateTimeout`.
public enum GroupStateTimeout: Hashable, Sendable {
    /// Never.
    case noTimeout
    /// Once the time of a batch is behind the one that the function has set with `setTimeoutDuration`.
    case processingTimeTimeout
    /// Once the watermark is behind the time that the function has set with `setTimeoutTimestamp`.
    case eventTimeTimeout

    var inPlan: GroupTimeout {
        switch self {
        case .noTimeout: .none
        case .processingTimeTimeout: .processingTime
        case .eventTimeTimeout: .eventTime
        }
    }
}

// When a query runs its next micro-batch.

/// When a query runs its next micro-batch; Spark's triggers.
public enum Trigger: Hashable, Sendable {
    /// Every `interval`, aligned to multiples of it since 1970; at once where a batch took longer. Zero: as soon as the
    /// former batch has ended.
    case processingTime(Duration)
    /// Everything that is there at the start, in as many batches as the sources' limits ask for, then stops.
    case availableNow
    /// Everything that is there at the start in exactly one batch, whatever the limits say, then stops.
    case once

    /// As soon as there is data: the default.
    public static let immediately = Trigger.processingTime(.zero)
}

extension Trigger: CustomStringConvertible {
    /// The trigger as Spark prints it.
    public var description: String {
        switch self {
        case .processingTime(let interval): "ProcessingTime(\(interval))"
        case .availableNow: "AvailableNow"
        case .once: "Once"
        }
    }
}

extension Duration {
    /// The duration in whole nanoseconds, at most `UInt64.max`; negative ones are 0.
    package var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (product, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : product &+ UInt64(attoseconds / 1_000_000_000)
    }
}

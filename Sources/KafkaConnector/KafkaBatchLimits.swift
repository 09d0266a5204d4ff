// How much a batch takes, and how much it waits for.

import Connectors

/// What the options of a stream say about the size of its batches.
struct KafkaBatchLimits: Sendable {
    var maximumOffsets: Int64?
    var maximumBytes: Int64 = 256 << 20
    /// A batch of fewer offsets waits, but not for longer than `delayMilliseconds`.
    var minimumOffsets: Int64?
    var delayMilliseconds: Int64 = 15 * 60_000

    /// Options that say nothing to a table.
    static let options = [
        OptionEntry("maxOffsetsPerTrigger", "how many rows a batch takes"),
        OptionEntry("maxBytesPerTrigger", "how many bytes a batch takes, about", defaultValue: "268435456"),
        OptionEntry("minOffsetsPerTrigger", "how many rows a batch waits for"),
        OptionEntry("maxTriggerDelay", "how long it waits for them", defaultValue: "15m"),
    ]

    init() {}

    init(_ options: Options) throws {
        maximumOffsets = try options.integer("maxOffsetsPerTrigger", in: 1...Int64.max)
        minimumOffsets = try options.integer("minOffsetsPerTrigger", in: 1...Int64.max)
        if let minimumOffsets, let maximumOffsets, minimumOffsets > maximumOffsets {
            throw ConnectorError(
                .invalidOption,
                "option 'minOffsetsPerTrigger' is \(minimumOffsets), more than 'maxOffsetsPerTrigger', which is "
                    + "\(maximumOffsets)", hint: "a batch can't wait for more than it may take")
        }
        if let bytes = try options.integer("maxBytesPerTrigger", in: 1024...Int64.max) { maximumBytes = bytes }
        if let delay = try options.milliseconds("maxTriggerDelay") { delayMilliseconds = delay }
    }
}

/// Holds batches back until enough rows wait, as Spark does: the first look holds nothing back, and from each that
/// didn't the delay begins anew, whether it found rows or not. So no row waits for longer than the delay. A value
/// without a clock, for the control thread.
struct KafkaBatchDelay {
    private var lastNanoseconds: UInt64?

    /// Whether a batch of `waiting` offsets waits; one that is urgent doesn't.
    mutating func holdsBack(
        _ waiting: Int64, _ limits: KafkaBatchLimits, now: UInt64, isUrgent: Bool = false
    ) -> Bool {
        guard let minimum = limits.minimumOffsets else { return false }
        let (delay, overflow) = UInt64(max(0, limits.delayMilliseconds)).multipliedReportingOverflow(by: 1_000_000)
        let isOver = lastNanoseconds.map { !overflow && now >= $0 && now - $0 >= delay } ?? true
        guard isOver || isUrgent || waiting >= minimum else { return true }
        lastNanoseconds = now
        return false
    }
}

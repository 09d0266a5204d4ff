// The shape of a step that watches event times.

/// A step that watches the event times of the rows that pass it. Rows that lie further behind the newest one than the
/// delay are late from the next batch on.
package protocol WatermarkOperator: PhysicalOperator {
    /// What the log calls it: stable over restarts, such as `watermark-0`.
    var watermarkID: String { get }
    /// How far rows may lie behind the newest one.
    var delayMicroseconds: Int64 { get }
    /// Makes the running half for one worker and one micro-batch.
    func makeWatermarkTask(_ context: BatchContext) -> any WatermarkTask
}

extension WatermarkOperator {
    package func makeTask(_ context: BatchContext) -> any OperatorTask { makeWatermarkTask(context) }
}

/// The running half of a step that watches event times.
package protocol WatermarkTask: OperatorTask {
    /// The newest event time that has passed, in microseconds since 1970; `nil` where none has.
    var newestEventTimeMicroseconds: Int64? { get }
}

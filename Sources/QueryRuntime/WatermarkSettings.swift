// What a query may ask of its watermarks beyond Spark.

/// How watermarks move, where that isn't as in Spark. A query may go on with other settings: a watermark never goes
/// back.
package struct WatermarkSettings: Equatable, Sendable {
    /// Rows whose event time lies further in the future than this, seen from the batch's own time, move no watermark;
    /// in microseconds, `nil` where all do.
    package var maxFutureMicroseconds: Int64?
    /// Whether a watermark goes by the partition that is furthest behind, in place of the newest row of all.
    package var isPerPartition = false
    /// After how many milliseconds without event times a partition is waited for no longer; `nil` waits for ever.
    package var idleTimeoutMilliseconds: Int64?
    /// Whether what becomes final with a batch's own rows comes out in that batch, and not in the next one.
    package var emitsInCrossingBatch = false

    package init() {}

    /// Event times behind this move no watermark in a batch of this time, in microseconds since 1970.
    func limit(at timestampMilliseconds: Int64) -> Int64? {
        maxFutureMicroseconds.map { future in
            let now = Milliseconds.microseconds(timestampMilliseconds)
            let (limit, isFarther) = now.addingReportingOverflow(future)
            return isFarther ? .max : limit
        }
    }
}

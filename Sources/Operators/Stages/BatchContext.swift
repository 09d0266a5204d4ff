// What steps may ask about the micro-batch that they run in.

import Columns
import LogicalPlan

/// The micro-batch that runs: the same for all its steps, and the same again when the batch runs again.
package struct BatchContext: Sendable {
    /// The batch's number; 0 for a query on tables.
    package let batch: Int64
    /// `current_timestamp`, in microseconds since 1970: fixed for the batch and logged.
    package let batchTimestampMicroseconds: Int64
    /// Rows whose event time lies before this are too late, in microseconds since 1970; `nil` without a watermark.
    package let lateWatermarkMicroseconds: Int64?
    /// State that ends at or before this is final: it is emitted and dropped. In microseconds since 1970; `nil`
    /// without a watermark.
    package let evictionWatermarkMicroseconds: Int64?
    /// Event times behind this move no watermark, in microseconds since 1970; `nil` where all do.
    package let eventTimeLimitMicroseconds: Int64?
    /// Which rows of the result are asked for.
    package let outputMode: OutputMode
    /// The query and its run; `nil` for a query on tables.
    package let query: QueryIdentity?
    /// Whether an expression that has no value for a row is NULL there, in place of an error.
    package private(set) var givesNullForErrors = false
    /// Says whether somebody wants the query to end; `nil` where a batch goes on to its end.
    package var isInterrupted: (@Sendable () -> Bool)?

    package init(
        batch: Int64 = 0, batchTimestampMicroseconds: Int64, lateWatermarkMicroseconds: Int64? = nil,
        evictionWatermarkMicroseconds: Int64? = nil, eventTimeLimitMicroseconds: Int64? = nil,
        outputMode: OutputMode = .complete, query: (id: String, runID: String)? = nil
    ) {
        self.batch = batch
        self.batchTimestampMicroseconds = batchTimestampMicroseconds
        self.lateWatermarkMicroseconds = lateWatermarkMicroseconds
        self.evictionWatermarkMicroseconds = evictionWatermarkMicroseconds
        self.eventTimeLimitMicroseconds = eventTimeLimitMicroseconds
        self.outputMode = outputMode
        self.query = query.map { QueryIdentity(id: $0.id, runID: $0.runID) }
    }

    /// `evictionWatermarkMicroseconds` in whole milliseconds, rounded down: before 1970, too.
    package var evictionWatermarkMilliseconds: Int64? {
        evictionWatermarkMicroseconds.map { CalendarText.floorDivide($0, 1000).quotient }
    }

    /// The same micro-batch with NULL for what can't be computed.
    package var givingNullForErrors: BatchContext {
        var context = self
        context.givesNullForErrors = true
        return context
    }

    /// The same micro-batch as a stage sees it.
    package func at(lateWatermarkMicroseconds: Int64?, evictionWatermarkMicroseconds: Int64?) -> BatchContext {
        var context = BatchContext(
            batch: batch, batchTimestampMicroseconds: batchTimestampMicroseconds,
            lateWatermarkMicroseconds: lateWatermarkMicroseconds,
            evictionWatermarkMicroseconds: evictionWatermarkMicroseconds,
            eventTimeLimitMicroseconds: eventTimeLimitMicroseconds, outputMode: outputMode,
            query: query.map { ($0.id, $0.runID) })
        context.isInterrupted = isInterrupted
        return context
    }

    /// Ends a batch that somebody has interrupted.
    ///
    /// - Throws: `BatchInterrupted`.
    package func checkInterruption() throws {
        if let isInterrupted, isInterrupted() { throw BatchInterrupted() }
    }
}

/// Somebody wants the query to end before its rows do.
package struct BatchInterrupted: Error {}

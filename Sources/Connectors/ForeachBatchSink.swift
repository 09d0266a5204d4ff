// Hands each micro-batch to the user's own code.

import Columns

/// Calls a function with the rows and the id of each micro-batch, as Spark's `foreachBatch`: at least once, so that the
/// function uses the id where a batch must not count twice.
package final class ForeachBatchSink: AtLeastOnceSink {
    package var description: String { "ForeachBatchSink" }
    private let body: @Sendable (Schema, [RecordBatch], Int64) throws -> Void
    private let schema: Schema
    /// It has no options, besides those of every writer.
    package static let options = OptionTable("foreachBatch", elsewhere: ["checkpointLocation"])

    package init(schema: Schema, body: @escaping @Sendable (Schema, [RecordBatch], Int64) throws -> Void) {
        self.schema = schema
        self.body = body
    }

    package func validate(schema: Schema, outputMode: OutputMode) {}

    package func deliver(batchID: Int64, rows: [RecordBatch]) throws {
        do {
            try body(schema, rows, batchID)
        } catch {
            throw ConnectorError(
                .userCode, "foreachBatch failed: \(error)",
                hint: "the batch was not committed and comes again when the query is started again")
        }
    }
}

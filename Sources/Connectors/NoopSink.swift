// Takes rows and forgets them: for measuring a query without its sink.

import Columns

/// Discards all rows, as Spark's `noop` format.
package final class NoopSink: AtLeastOnceSink {
    package var description: String { "NoopSink" }

    package init() {}

    package func validate(schema: Schema, outputMode: OutputMode) {}
    package func deliver(batchID: Int64, rows: [RecordBatch]) {}

    /// `format("noop")`.
    package static let provider = ConnectorProvider(
        "noop",
        sink: SinkProvider(options: OptionTable("the noop sink", elsewhere: ["checkpointLocation"])) { _ in NoopSink() }
    )
}

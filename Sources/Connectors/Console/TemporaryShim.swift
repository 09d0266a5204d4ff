import Columns
package final class ConsoleSink: AtLeastOnceSink {
    package var description: String { "" }
    package init(options: [String: String]) throws {}
    package func validate(schema: Schema, outputMode: SinkOutputMode) {}
    package func deliver(batchID: Int64, rows: [RecordBatch]) {}
}

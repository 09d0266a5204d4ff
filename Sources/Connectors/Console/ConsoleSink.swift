// Prints each batch as a table.

import Columns
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Prints each batch on the standard output, as Spark's `console` format.
package final class ConsoleSink: AtLeastOnceSink {
    package let description = "ConsoleSink"
    private let rowLimit: Int
    private let cutsText: Bool
    private let descriptor: Int32
    private let zone: TimeZone

    private static let table = OptionTable(
        "the console sink",
        [
            OptionEntry("numRows", "rows shown of each batch", defaultValue: "20"),
            OptionEntry("truncate", "whether long texts are cut", defaultValue: "true"),
        ], elsewhere: ["checkpointLocation"])

    /// `format("console")`.
    package static let provider = ConnectorProvider(
        "console", sink: SinkProvider(options: table) { try ConsoleSink(options: $0.options, zone: $0.context.zone) })

    /// Creates the sink from Spark's options: `numRows` (20) and `truncate` (true). Writes to `descriptor`; timestamps
    /// are what clocks of `zone` show.
    package init(
        options values: [String: String], descriptor: Int32 = STDOUT_FILENO, zone: TimeZone = .utc
    ) throws {
        let options = try Options(values, Self.table)
        rowLimit = Int(try options.integer("numRows", in: 0...1_000_000) ?? 20)
        cutsText = try options.boolean("truncate") ?? true
        self.descriptor = descriptor
        self.zone = zone
    }

    /// The columns of a batch without rows, which is printed as an empty table.
    private let schema = Mutex(Schema([]))

    package func validate(schema: Schema, outputMode: OutputMode) { self.schema.withLock { $0 = schema } }

    package func deliver(batchID: Int64, rows: [RecordBatch]) throws {
        let schema = rows.first?.local(in: zone).schema ?? schema.withLock { $0 }
        // One row more than is shown tells whether there are more.
        var shown: [Row] = []
        for batch in rows where shown.count <= rowLimit {
            shown += batch.local(in: zone).rows().prefix(rowLimit + 1 - shown.count)
        }
        let line = String(repeating: "-", count: 43)
        let table = ShowTable.render(schema: schema, rows: shown, numRows: rowLimit, truncate: cutsText ? 20 : 0)
        try StandardOutput.write("\(line)\nBatch: \(batchID)\n\(line)\n\(table)\n", to: descriptor)
    }
}

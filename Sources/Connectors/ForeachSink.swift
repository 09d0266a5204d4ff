// Hands each row to the user's own code.

import Columns

/// Calls functions for each micro-batch and each of its rows, as Spark's `foreach`: at least once.
package final class ForeachSink: AtLeastOnceSink {
    /// What is called.
    package struct Calls: Sendable {
        let open: @Sendable (_ batchID: Int64) throws -> Bool
        let process: @Sendable (Row) throws -> Void
        let close: @Sendable ((any Error)?) -> Void

        /// `open` says whether the rows of a batch are wanted; `close` is called once for each call of it.
        package init(
            open: @escaping @Sendable (_ batchID: Int64) throws -> Bool,
            process: @escaping @Sendable (Row) throws -> Void, close: @escaping @Sendable ((any Error)?) -> Void
        ) {
            self.open = open
            self.process = process
            self.close = close
        }
    }

    package var description: String { "ForeachSink" }
    private let calls: Calls
    /// It has no options, besides those of every writer.
    package static let options = OptionTable("foreach", elsewhere: ["checkpointLocation"])

    package init(_ calls: Calls) { self.calls = calls }

    package func validate(schema: Schema, outputMode: OutputMode) {}

    package func deliver(batchID: Int64, rows: [RecordBatch]) throws {
        do {
            if try calls.open(batchID) {
                for batch in rows { for row in batch.rows() { try calls.process(row) } }
            }
        } catch {
            calls.close(error)
            throw ConnectorError(
                .userCode, "An error occurred in the user provided function in foreach sink. Reason: \(error)",
                hint: "the batch was not committed and comes again when the query is started again",
                condition: "FOREACH_USER_FUNCTION_ERROR")
        }
        calls.close(nil)
    }
}

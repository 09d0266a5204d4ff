// Rows of queries on the standard output: tables, lines of JSON, or comma-separated values.

import Millrace
import Synchronization

/// Prints rows in the form that was asked for.
struct RowOutput: Sendable {
    /// That nobody reads the standard output any more: the end of what was asked for, and no error.
    struct Closed: Error, CustomStringConvertible {
        var description: String { "nobody reads the standard output any more" }
    }

    let form: SQLOptions.Form

    /// Prints the rows of a table. A query's plan is text, and printed as such.
    func write(_ frame: DataFrame, of kind: SQLStatement.Kind) throws {
        // DDL has nothing to say.
        guard try !frame.schema.fields.isEmpty || kind == .query else { return }
        switch form {
        case .jsonl: try put(frame.toJSON(ignoreNullFields: false).map { "{\"row\":\($0)}\n" }.joined())
        case .csv: try put(frame.toCSV().map { "\($0)\n" }.joined())
        case .table:
            if kind == .explain, case .string(let plan)? = try frame.collect().first?[0] { return try put("\(plan)\n") }
            try put(frame.shown(numRows: Int.max, truncate: false))
        }
    }

    /// A writer of a stream that prints the rows of each batch.
    func writer(_ frame: DataFrame) -> DataStreamWriter {
        let isFirst = Mutex(true)
        return frame.writeStream.foreachBatch { [form] rows, batchID in
            let text: String
            switch form {
            case .jsonl:
                let lines = try rows.toJSON(ignoreNullFields: false)
                text = lines.map { "{\"batchId\":\(batchID),\"row\":\($0)}\n" }.joined()
            case .csv:
                let header = isFirst.withLock { isFirst in
                    defer { isFirst = false }
                    return isFirst
                }
                text = try rows.toCSV(header: header).map { "\($0)\n" }.joined()
            case .table:
                let rule = String(repeating: "-", count: 43)
                text = "\(rule)\nBatch: \(batchID)\n\(rule)\n\(try rows.shown(numRows: 1_000, truncate: false))\n"
            }
            if !text.isEmpty, !Output.write(text) { StreamingProgram.requestStop() }
        }
    }

    private func put(_ text: String) throws {
        guard text.isEmpty || Output.write(text) else { throw Closed() }
    }
}

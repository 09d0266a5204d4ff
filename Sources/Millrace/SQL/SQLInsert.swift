// An INSERT that has been checked and not yet carried out.

import Connectors

/// Rows on their way into a table: `INSERT INTO table SELECT ...`.
public struct SQLInsert: Sendable {
    /// The table's name, as it was defined.
    public let table: String
    /// The rows, with the table's columns.
    public let frame: DataFrame
    let target: SQLTable

    /// Whether the rows are a stream: `writer()` starts it then, and `run()` is for all others.
    public var isStreaming: Bool { frame.isStreaming }

    /// Writes the rows of tables, once, and returns when they are written.
    ///
    /// - Throws: what is wrong with the query or with the table, or what failed; a stream can't be written so.
    public func run() throws {
        if let memory = target.memory {
            memory.append(try frame.collectBatches())
        } else {
            try frame.write.format(target.format).options(target.options(for: .sink)).save()
        }
    }

    /// Checks the query and whether the table takes its rows, and writes nothing. What the flags of a stream have to do
    /// with it, its writer checks.
    ///
    /// - Throws: what is wrong with them.
    public func check() throws {
        if target.memory == nil { try frame.write.format(target.format).options(target.options(for: .sink)).check() }
    }

    /// A writer of a stream into the table: with output mode, trigger and checkpoint it can be started.
    public func writer() -> DataStreamWriter {
        if let memory = target.memory { return frame.writeStream.into(memory.sink) }
        return frame.writeStream.format(target.format).options(target.options(for: .sink))
    }
}

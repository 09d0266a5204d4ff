// An INSERT that has been checked and not yet carried out.

import Connectors
import SourceText

/// Rows on their way into a table: `INSERT INTO table SELECT ...`, and `CREATE TABLE table AS SELECT ...`.
public struct SQLInsert: Sendable {
    /// The table's name, as it was defined.
    public let table: String
    /// The rows, with the table's columns.
    public let frame: DataFrame
    let target: SQLTable
    /// Where the table is named.
    let place: TextPlace
    /// Whether the table comes with the rows.
    var makesTable = false
    /// What becomes of the rows that are there.
    var mode = SaveMode.append
    /// The values that all rows have in the outermost columns of folders: one row of them. Overwriting takes the place
    /// of what has these alone.
    var partition: DataFrame?

    /// Whether the rows are a stream: `writer()` starts it then, and `run()` is for all others.
    public var isStreaming: Bool { frame.isStreaming }

    /// Writes the rows of tables, once, and returns when they are written. A table that comes with its rows is there
    /// when they are, and one of the same name is left as it was until then.
    ///
    /// - Throws: what is wrong with the query or with the table, or what failed; a stream can't be written so.
    public func run() throws {
        guard let memory = target.memory else {
            try plainWriter.save()
            return define()
        }
        do {
            let rows = try frame.collectBatches()
            if mode == .overwrite { try memory.replace(rows) } else { try memory.append(rows) }
        } catch {
            throw MillraceError(wrapping: error)
        }
        define()
    }

    /// Defines a table that comes with its rows now, and without any: for whoever goes on to check statements that name
    /// it. Does nothing for other tables.
    public func define() {
        if makesTable { frame.session.catalog.set(.table(target)) }
    }

    /// Checks the query and whether the table takes its rows, and writes nothing. What the flags of a stream have to do
    /// with it, its writer checks.
    ///
    /// - Throws: what is wrong with them.
    public func check() throws {
        if target.memory == nil { try plainWriter.check() }
    }

    /// As in Spark a table that is made with its rows may have a directory that is there, as long as that is empty.
    private var saveMode: SaveMode {
        guard mode == .errorIfExists else { return mode }
        return !target.isOfFiles || makesTable && target.isEmptyDirectory ? .append : mode
    }

    private var plainWriter: DataFrameWriter {
        var writer = frame.write.format(target.format).options(target.options(for: .tableSink))
            .partitionBy(target.partitionedBy).mode(saveMode)
        writer.place = place
        writer.partition = partition
        return writer
    }

    /// A writer of a stream into the table: with output mode, trigger and checkpoint it can be started. A table that
    /// comes with its rows is there when the stream has started.
    public func writer() -> DataStreamWriter {
        if let memory = target.memory {
            return frame.writeStream.into {
                define()
                return memory
            }
        }
        var writer = frame.writeStream.format(target.format).options(target.options(for: .sink))
            .options(target.writerOptions).partitionBy(target.partitionedBy)
        writer.place = place
        return writer
    }
}

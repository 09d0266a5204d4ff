// Describes where a static frame comes from.

import Columns
import Connectors

/// Describes where a static frame comes from; Spark's `DataFrameReader`. A value: every call gives a new one.
public struct DataFrameReader: OptionConfigurable {
    let session: Session
    private var choice = ConnectorChoice()

    init(session: Session) { self.session = session }

    /// The kind of source: `kafka`, `json`, `csv`, `text`, `statestore` or `state-metadata`.
    public func format(_ name: String) -> DataFrameReader { changed { $0.format = name } }

    /// An option of the source, with Spark's name; `kafka.*` goes to the Kafka client.
    public func option(_ name: String, _ value: String) -> DataFrameReader { changed { $0.set(name, value) } }

    /// The columns of the source, as `CREATE TABLE` lists them: `name STRING, amount DECIMAL(10,2)`.
    public func schema(_ text: String) -> DataFrameReader { changed { $0.schema = SQLText.schema(text) } }

    /// The columns of the source.
    public func schema(_ schema: Schema) -> DataFrameReader { changed { $0.schema = .success(schema) } }

    private func changed(_ change: (inout ConnectorChoice) -> Void) -> DataFrameReader {
        var reader = self
        change(&reader.choice)
        return reader
    }

    /// The rows as they stand when the frame is collected, or when the query that it is part of starts. Nothing is
    /// connected yet; what is wrong with the options is told then. Of files it is looked now which there are.
    public func load() -> DataFrame { session.scan(choice, Session.connectors.table, SourceBinding.Maker.table) }

    /// The rows of a file, a directory or a pattern: `load()` with the option `path`.
    public func load(_ path: String) -> DataFrame { option("path", path).load() }

    /// The records of JSON files. Without a schema it is inferred from the files now.
    public func json(_ path: String) -> DataFrame { format("json").load(path) }

    /// The records of files of comma-separated values. Without a schema their columns are all STRING, and named by the
    /// first record if the option `header` says so; with `inferSchema` their types are inferred now.
    public func csv(_ path: String) -> DataFrame { format("csv").load(path) }

    /// The columns of Parquet files. Without a schema it is the one of the first file; with `mergeSchema`, of all.
    public func parquet(_ path: String) -> DataFrame { format("parquet").load(path) }

    /// The lines of files of text, as the column `value`.
    public func text(_ path: String) -> DataFrame { format("text").load(path) }

    /// A table or view of the session, as `Session.table`.
    ///
    /// - Throws: `TABLE_OR_VIEW_NOT_FOUND` where there is none.
    public func table(_ name: String) throws -> DataFrame { try session.table(name) }
}

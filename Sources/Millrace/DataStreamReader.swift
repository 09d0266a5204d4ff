// Describes where a stream comes from.

import Columns
import Connectors

/// Describes where a stream comes from; Spark's `DataStreamReader`. A value: every call gives a new one.
public struct DataStreamReader: OptionConfigurable {
    let session: Session
    private var choice = ConnectorChoice()

    init(session: Session) { self.session = session }

    /// The kind of source: `kafka`, `json`, `csv`, `text` or `rate`.
    public func format(_ name: String) -> DataStreamReader { changed { $0.format = name } }

    /// An option of the source, with Spark's name; `kafka.*` goes to the Kafka client.
    public func option(_ name: String, _ value: String) -> DataStreamReader { changed { $0.set(name, value) } }

    /// The columns of the source, as `CREATE TABLE` lists them: `name STRING, amount DECIMAL(10,2)`.
    public func schema(_ text: String) -> DataStreamReader { changed { $0.schema = SQLText.schema(text) } }

    /// The columns of the source.
    public func schema(_ schema: Schema) -> DataStreamReader { changed { $0.schema = .success(schema) } }

    private func changed(_ change: (inout ConnectorChoice) -> Void) -> DataStreamReader {
        var reader = self
        change(&reader.choice)
        return reader
    }

    /// The stream. Nothing is connected yet; what is wrong with the options is told when the query is started.
    public func load() -> DataFrame { session.scan(choice, Session.connectors.stream, SourceBinding.Maker.stream) }

    /// The stream of files of a directory or a pattern: `load()` with the option `path`.
    public func load(_ path: String) -> DataFrame { option("path", path).load() }

    /// The stream of a table that SQL made: what `FROM STREAM name` reads. Its options count, none of the reader's.
    ///
    /// - Throws: `TABLE_OR_VIEW_NOT_FOUND` where there is none of that name.
    public func table(_ name: String) throws -> DataFrame { try session.named([name], isStream: true) }

    /// The records of JSON files, of those that come later as well. It needs a schema.
    public func json(_ path: String) -> DataFrame { format("json").load(path) }

    /// The records of files of comma-separated values, of those that come later as well. It needs a schema.
    public func csv(_ path: String) -> DataFrame { format("csv").load(path) }

    /// The rows of Parquet files.
    public func parquet(_ path: String) -> DataFrame { format("parquet").load(path) }

    /// The lines of files of text, of those that come later as well, as the column `value`.
    public func text(_ path: String) -> DataFrame { format("text").load(path) }
}

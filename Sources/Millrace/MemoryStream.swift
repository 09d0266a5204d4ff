// A stream that the program itself adds rows to.

import Columns
import Connectors

/// A stream that the program adds rows to, for tests and for data of its own; Spark's `MemoryStream`.
///
/// Its rows live as long as the process: a query with a lasting checkpoint can be started again on the same stream,
/// and goes on where it stopped.
public final class MemoryStream: Sendable {
    /// The columns of the rows.
    public let schema: Schema
    private let session: Session
    private let source: MemorySource
    /// What its frames have in common.
    private let id = Session.newID("memory")

    /// Creates an empty stream.
    public init(_ session: Session, schema: Schema) {
        self.session = session
        self.schema = schema
        source = MemorySource(schema: schema)
    }

    /// Adds rows; each has a value for every column. They are part of the next batch that is planned.
    ///
    /// - Throws: where a row doesn't fit the schema.
    public func addData(_ rows: [Value]...) throws { try addData(rows) }

    /// Adds rows; each has a value for every column.
    ///
    /// - Throws: where a row doesn't fit the schema.
    public func addData(_ rows: [[Value]]) throws { source.add(try RowEncoding.batch(rows, schema: schema)) }

    /// The stream as a frame.
    public func toDF() -> DataFrame { toDF(in: session) }

    /// The stream as a frame of another session of this process: queries of several sessions may read it.
    public func toDF(in session: Session) -> DataFrame {
        let source = source
        return session.frame(
            name: "memory", schema: schema,
            SourceBinding(canPrune: false, .stream { _, _ in MemorySource(sharing: source) }), streamID: id)
    }
}

// Describes where a static frame comes from.

import Columns
import Connectors

/// Describes where a static frame comes from; Spark's `DataFrameReader`. A value: every call gives a new one.
public struct DataFrameReader: Sendable {
    let session: Session
    private var formatName: String?
    private var options: [String: String] = [:]

    init(session: Session) { self.session = session }

    /// The kind of source: `kafka`.
    public func format(_ name: String) -> DataFrameReader { changed { $0.formatName = name } }

    /// An option of the source, with Spark's name; `kafka.*` goes to the Kafka client.
    public func option(_ name: String, _ value: String) -> DataFrameReader {
        changed { $0.options.setOption(name, value) }
    }

    /// An option that is a whole number.
    public func option(_ name: String, _ value: Int) -> DataFrameReader { option(name, String(value)) }

    /// An option that is true or false.
    public func option(_ name: String, _ value: Bool) -> DataFrameReader { option(name, String(value)) }

    /// Several options.
    public func options(_ options: [String: String]) -> DataFrameReader {
        changed { for (name, value) in options { $0.options.setOption(name, value) } }
    }

    private func changed(_ change: (inout DataFrameReader) -> Void) -> DataFrameReader {
        var reader = self
        change(&reader)
        return reader
    }

    /// The rows as they stand when the frame is collected, or when the query that it is part of starts. Nothing is
    /// connected yet; what is wrong with the options is told then.
    public func load() -> DataFrame {
        let provider: TableProvider
        do throws(ConnectorError) {
            provider = try Session.connectors.table(formatName)
        } catch {
            let failure = MillraceError(wrapping: error)
            return session.frame(
                name: "invalid", schema: Schema([]), SourceBinding(canPrune: false, .table { _ in throw failure }),
                failure: failure)
        }
        let (options, session) = (options, session)
        let description = provider.describe(options)
        return session.frame(
            name: description.name, schema: description.schema,
            SourceBinding(
                canPrune: provider.canPrune,
                .table { columns in
                    try provider.table(options, columns: columns, try session.connectorContext())
                }))
    }

    /// A table in memory that a query of this session has written.
    ///
    /// - Throws: `TABLE_OR_VIEW_NOT_FOUND` where there is none.
    public func table(_ name: String) throws -> DataFrame { try session.table(name) }
}

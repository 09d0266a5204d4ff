// Describes where a stream comes from.

import Connectors

/// Describes where a stream comes from; Spark's `DataStreamReader`. A value: every call gives a new one.
public struct DataStreamReader: OptionConfigurable {
    let session: Session
    private var choice = ConnectorChoice()

    init(session: Session) { self.session = session }

    /// The kind of source: `kafka` or `rate`.
    public func format(_ name: String) -> DataStreamReader { changed { $0.format = name } }

    /// An option of the source, with Spark's name; `kafka.*` goes to the Kafka client.
    public func option(_ name: String, _ value: String) -> DataStreamReader { changed { $0.set(name, value) } }

    private func changed(_ change: (inout ConnectorChoice) -> Void) -> DataStreamReader {
        var reader = self
        change(&reader.choice)
        return reader
    }

    /// The stream. Nothing is connected yet; what is wrong with the options is told when the query is started.
    public func load() -> DataFrame { session.scan(choice, Session.connectors.stream, SourceBinding.Maker.stream) }
}

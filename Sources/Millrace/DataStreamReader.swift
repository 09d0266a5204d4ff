// Describes where a stream comes from.

import Columns
import Connectors

/// Describes where a stream comes from; Spark's `DataStreamReader`. A value: every call gives a new one.
public struct DataStreamReader: Sendable {
    let session: Session
    private var formatName: String?
    private var options: [String: String] = [:]

    init(session: Session) { self.session = session }

    /// The kind of source: `kafka` or `rate`.
    public func format(_ name: String) -> DataStreamReader { changed { $0.formatName = name } }

    /// An option of the source, with Spark's name; `kafka.*` goes to the Kafka client.
    public func option(_ name: String, _ value: String) -> DataStreamReader {
        changed { $0.options.setOption(name, value) }
    }

    /// An option that is a whole number.
    public func option(_ name: String, _ value: Int) -> DataStreamReader { option(name, String(value)) }

    /// An option that is true or false.
    public func option(_ name: String, _ value: Bool) -> DataStreamReader { option(name, String(value)) }

    /// Several options.
    public func options(_ options: [String: String]) -> DataStreamReader {
        changed { for (name, value) in options { $0.options.setOption(name, value) } }
    }

    private func changed(_ change: (inout DataStreamReader) -> Void) -> DataStreamReader {
        var reader = self
        change(&reader)
        return reader
    }

    /// The stream. Nothing is connected yet; what is wrong with the options is told when the query is started.
    public func load() -> DataFrame {
        let provider: StreamProvider
        do throws(ConnectorError) {
            provider = try Session.connectors.stream(formatName)
        } catch {
            return failed(MillraceError(wrapping: error))
        }
        let (options, session) = (options, session)
        let description = provider.describe(options)
        return session.frame(
            name: description.name, schema: description.schema,
            SourceBinding(
                canPrune: provider.canPrune,
                .stream { columns in
                    try provider.source(options, columns: columns, try session.connectorContext())
                }))
    }

    private func failed(_ error: MillraceError) -> DataFrame {
        session.frame(
            name: "invalid", schema: Schema([]), SourceBinding(canPrune: false, .stream { _ in throw error }),
            failure: error)
    }
}

extension SessionConfiguration.LogLevel {
    init(_ level: Connectors.LogLevel) {
        switch level {
        case .debug: self = .debug
        case .info: self = .info
        case .warning: self = .warning
        case .error: self = .error
        }
    }
}

extension [String: String] {
    /// Sets an option; the same name in other letters is the same option, and the last call counts.
    mutating func setOption(_ name: String, _ value: String) {
        let folded = name.lowercased()
        for other in keys where other != name && other.lowercased() == folded { self[other] = nil }
        self[name] = value
    }
}

// From what a reader was told to the source that a query reads.

import Columns
import Connectors

/// What makes the source of a scan.
struct SourceBinding: Sendable {
    /// Makes the source; the columns are all of them where it can't prune.
    enum Maker: Sendable {
        case stream(@Sendable (Schema) throws -> any ReplayableSource)
        case table(@Sendable (Schema) throws -> any TableSource)
    }

    /// Whether the source can leave columns out.
    let canPrune: Bool
    private let maker: Maker

    init(canPrune: Bool, _ maker: Maker) {
        self.canPrune = canPrune
        self.maker = maker
    }

    var isStreaming: Bool {
        if case .stream = maker { true } else { false }
    }

    /// The stream, reading these columns.
    func makeSource(_ columns: Schema) throws -> any ReplayableSource {
        guard case .stream(let make) = maker else { preconditionFailure("a table is planned as a table") }
        return try make(columns)
    }

    /// The table, reading these columns.
    func makeTable(_ columns: Schema) throws -> any TableSource {
        guard case .table(let make) = maker else { preconditionFailure("a stream is planned as a stream") }
        return try make(columns)
    }
}

extension Session {
    /// A frame that reads what a reader was told to. What is wrong with it is told when the frame is used.
    func scan<Source>(
        _ choice: ConnectorChoice, _ find: (String?) throws(ConnectorError) -> SourceProvider<Source>,
        _ maker: (@escaping @Sendable (Schema) throws -> Source) -> SourceBinding.Maker
    ) -> DataFrame {
        let provider: SourceProvider<Source>
        let description: (name: String, schema: Schema)
        let options: [String: String]
        do {
            provider = try find(choice.format)
            options = try configuration.embeddedKafka?.taking(choice).options ?? choice.options
            description = try provider.describe(options, try choice.schema?.get())
        } catch {
            let failure = MillraceError(wrapping: error)
            let binding = SourceBinding(canPrune: false, maker { _ in throw failure })
            return frame(name: "invalid", schema: Schema([]), binding, failure: failure)
        }
        let binding = SourceBinding(
            canPrune: provider.canPrune,
            maker { columns in
                try provider.source(
                    options, columns: columns, of: description.schema, try self.connectorContext())
            })
        return frame(
            name: description.name, schema: description.schema, binding, note: TableRefresh.note(options))
    }
}

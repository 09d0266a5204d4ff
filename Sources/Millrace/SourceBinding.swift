// From what a reader was told to the source that a query reads.

import Columns
import Connectors
import Planner

/// What makes the source of a scan.
struct SourceBinding: Sendable {
    /// Makes the source of a scan, which may take so much memory; the columns are all of them where it can't prune.
    enum Maker: Sendable {
        case stream(@Sendable (PlannedScan, MemoryShares) throws -> any ReplayableSource)
        case table(@Sendable (PlannedScan, MemoryShares) throws -> any TableSource)
    }

    /// Whether the source can leave columns out.
    let canPrune: Bool
    /// The columns that make up a message as it came, where rows are messages.
    let messageColumns: Set<String>
    /// Whether it can leave rows out that fail a condition.
    let canFilter: Bool
    /// Whether it fills memory with what it fetches ahead of the batches.
    let fetchesAhead: Bool
    private let maker: Maker

    init(
        canPrune: Bool, canFilter: Bool = false, messageColumns: Set<String> = [], fetchesAhead: Bool = false,
        _ maker: Maker
    ) {
        self.canPrune = canPrune
        self.canFilter = canFilter
        self.messageColumns = messageColumns
        self.fetchesAhead = fetchesAhead
        self.maker = maker
    }

    var isStreaming: Bool {
        if case .stream = maker { true } else { false }
    }

    /// The stream, read as planned.
    func makeSource(_ scan: PlannedScan, _ memory: MemoryShares) throws -> any ReplayableSource {
        guard case .stream(let make) = maker else { preconditionFailure("a table is planned as a table") }
        return try make(scan, memory)
    }

    /// The table, read as planned.
    func makeTable(_ scan: PlannedScan, _ memory: MemoryShares) throws -> any TableSource {
        guard case .table(let make) = maker else { preconditionFailure("a stream is planned as a stream") }
        return try make(scan, memory)
    }
}

extension DataFrame {
    /// The sources of a planned query, which divide the memory for what is fetched ahead among themselves.
    func makeSources(
        _ planned: PlannedQuery, _ memory: MemoryShares
    ) throws -> (streams: [any ReplayableSource], tables: [any TableSource]) {
        let fetching = try (planned.streams + planned.tables).filter { try bound($0).fetchesAhead }.count
        let memory = memory.dividing(among: fetching)
        return (
            try planned.streams.map { try bound($0).makeSource($0, memory) },
            try planned.tables.map { try bound($0).makeTable($0, memory) }
        )
    }

    private func bound(_ scan: PlannedScan) throws -> SourceBinding {
        guard let binding = bindings[scan.id] else {
            throw MillraceError(code: "INTERNAL", message: "scan \(scan.id) has no source", kind: .internal)
        }
        return binding
    }
}

extension Session {
    /// A frame that reads what a reader was told to. What is wrong with it is told when the frame is used. In a query
    /// with other frames of the same `streamID` one source delivers the rows of all.
    func scan<Source>(
        _ choice: ConnectorChoice, streamID: String? = nil,
        _ find: (String?) throws(ConnectorError) -> SourceProvider<Source>,
        _ maker: (@escaping @Sendable (PlannedScan, MemoryShares) throws -> Source) -> SourceBinding.Maker
    ) -> DataFrame {
        let provider: SourceProvider<Source>
        let description: (name: String, schema: Schema)
        let options: [String: String]
        do {
            provider = try find(choice.formatOrUsual)
            options = try configuration.embeddedKafka?.taking(choice).options ?? choice.options
            description = try provider.describe(options, try choice.schema?.get())
        } catch {
            let failure = MillraceError(wrapping: error)
            let binding = SourceBinding(canPrune: false, maker { _, _ in throw failure })
            return frame(name: "invalid", schema: Schema([]), binding, failure: failure)
        }
        let binding = SourceBinding(
            canPrune: provider.canPrune, canFilter: provider.canFilter, messageColumns: provider.messageColumns,
            fetchesAhead: provider.fetchesAhead,
            maker { scan, memory in
                try provider.source(
                    options, columns: scan.columns, of: description.schema, filters: scan.filters,
                    try self.connectorContext(memory))
            })
        return frame(
            name: description.name, schema: description.schema, binding, streamID: streamID,
            note: TableRefresh.note(options))
    }
}

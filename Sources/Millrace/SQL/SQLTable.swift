// A table of the session: what CREATE TABLE says.

import Columns
import Connectors
import Synchronization

/// A table by its name: where its rows are, and its columns.
struct SQLTable: Sendable {
    /// What a table is used as.
    enum Role: CaseIterable {
        case stream, table, sink
    }

    let name: String
    /// In lower case.
    let format: String
    /// The columns that were declared or found when the table was made; `nil` where the format has its own.
    let schema: Schema?
    let comment: String?
    /// Where the rows are, of a table in memory.
    let memory: SQLMemoryTable?
    private let choice: ConnectorChoice
    private let provider: ConnectorProvider?

    /// A table in memory.
    init(name: String, memory: SQLMemoryTable, schema: Schema, comment: String?) {
        self.name = name
        self.memory = memory
        self.schema = schema
        self.comment = comment
        format = "memory"
        choice = ConnectorChoice()
        provider = nil
    }

    /// A table in the world outside; looks at what is there where no columns are given and the format has none of its
    /// own.
    ///
    /// - Throws: an unknown format, or what keeps the columns from being found.
    init(
        name: String, format: String, options: [(String, String)], schema declared: Schema?, comment: String?,
        in session: Session
    ) throws {
        let provider = try Session.connectors.provider(format)
        var choice = ConnectorChoice()
        choice.format = provider.name
        for (key, value) in options { choice.set(key, value) }
        self.name = name
        self.format = provider.name
        self.comment = comment
        self.choice = choice
        self.provider = provider
        memory = nil
        guard let table = provider.table else {
            if declared != nil, provider.stream?.takesSchema != true { throw Self.fixedColumns(provider.name) }
            schema = declared
            return
        }
        guard table.takesSchema else {
            if declared != nil { throw Self.fixedColumns(provider.name) }
            schema = nil
            return
        }
        schema = try declared ?? table.describe(Self.options(choice, for: .table, provider), nil).schema
    }

    /// Refuses an option that the format has in no role.
    static func check(_ option: String, of format: String) throws {
        try Session.connectors.provider(format).check(option)
    }

    private static func fixedColumns(_ format: String) -> MillraceError {
        MillraceError(
            code: "INVALID_SCHEMA", message: "tables of the format \(format) have columns of their own",
            hint: "leave the list of columns out", kind: .query)
    }

    /// The table's options that count in a role.
    func options(for role: Role) -> [String: String] {
        provider.map { Self.options(choice, for: role, $0) } ?? [:]
    }

    /// All options, as they were given.
    var options: [String: String] { choice.options }

    private static func options(
        _ choice: ConnectorChoice, for role: Role, _ provider: ConnectorProvider
    ) -> [String: String] {
        guard let known = provider.options(for: role) else { return [:] }
        var choice = choice
        // Of a table that is written, too, one name of the topic is enough.
        if provider.name == "kafka", role != .sink,
            let topic = choice.options.first(where: { $0.key.lowercased() == "topic" }),
            !choice.options.keys.contains(where: {
                ["subscribe", "subscribepattern", "assign"].contains($0.lowercased())
            })
        {
            choice.set("subscribe", topic.value)
        }
        return choice.options.filter { name, _ in
            guard known.knows(name) else { return false }
            guard provider.name == "kafka", name.lowercased().hasPrefix("kafka.") else { return true }
            switch KafkaProperty.side(String(name.dropFirst("kafka.".count))) {
            case .both: return true
            case .consumer: return role != .sink
            case .producer: return role == .sink
            }
        }
    }

    /// The table's rows as they stand when a query on them runs, or as a stream.
    func frame(isStream: Bool, in session: Session) throws -> DataFrame {
        if let memory {
            guard !isStream else {
                throw MillraceError(
                    code: "UNSUPPORTED_FEATURE", message: "\(name) is a table in memory, which is no stream",
                    hint: "leave STREAM out", kind: .query)
            }
            return session.staticFrame(name: name, schema: memory.schema) { memory.sink.table.batches }
        }
        var scan = ConnectorChoice()
        scan.format = format
        scan.schema = schema.map { .success($0) }
        for (key, value) in options(for: isStream ? .stream : .table) { scan.set(key, value) }
        if isStream { return session.scan(scan, Session.connectors.stream, SourceBinding.Maker.stream) }
        let frame = session.scan(scan, Session.connectors.table, SourceBinding.Maker.table)
        // As in Spark, a table may be made before its first file.
        if frame.failure?.code == "PATH_NOT_FOUND", let schema {
            return session.staticFrame(name: name, schema: schema) { [] }
        }
        return frame
    }
}

/// A table whose rows are in memory.
final class SQLMemoryTable: Sendable {
    let schema: Schema
    let sink: MemorySink
    /// Batches of INSERTs are counted downwards, so that they never meet those of a stream.
    private let inserts = Atomic<Int64>(0)

    init(name: String, schema: Schema) {
        self.schema = schema
        sink = MemorySink(name: name)
        sink.validate(schema: schema, outputMode: .append)
    }

    func append(_ rows: [RecordBatch]) {
        sink.deliver(batchID: inserts.subtract(1, ordering: .relaxed).newValue, rows: rows)
    }
}

extension ConnectorProvider {
    fileprivate func options(for role: SQLTable.Role) -> OptionTable? {
        switch role {
        case .stream: stream?.options
        case .table: table?.options
        case .sink: sink?.options
        }
    }

    fileprivate func check(_ option: String) throws {
        let known = SQLTable.Role.allCases.compactMap { self.options(for: $0) }
        guard !known.contains(where: { $0.knows(option) }) else { return }
        // What a role refuses with a reason says more than that nobody knows it.
        try (known.first { $0.refuses(option) } ?? OptionTable(merging: known, of: "the format \(name)")).check(option)
    }
}

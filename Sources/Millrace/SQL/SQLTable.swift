// A table of the session: what CREATE TABLE says.

import Columns
import Connectors
import DurableFiles
import LogicalPlan
import SourceText

/// A table by its name: where its rows are, and its columns.
struct SQLTable: Sendable {
    /// What a table is used as.
    enum Role: CaseIterable {
        case stream, table, sink
        /// What takes the rows of tables, where that is another sink than that of streams.
        case tableSink

        var isSink: Bool { self == .sink || self == .tableSink }
    }

    /// An option of OPTIONS.
    struct Option {
        let key: String
        /// As it was given, for people.
        let written: String
        let value: String

        /// Of the Kafka client's options the value may stand elsewhere: `@env:NAME`, `@file:/path`.
        ///
        /// - Throws: `INVALID_OPTION` where it doesn't; the value is never part of the text.
        init(_ key: String, _ written: String) throws(MillraceError) {
            self.key = key
            self.written = written
            if Self.isNamed(BadRowOption.name, key) { _ = try BadRowOption.handling(written) }
            guard key.lowercased().hasPrefix("kafka.") else {
                value = written
                return
            }
            do throws(ValueReference.Failure) {
                value = try ValueReference.value(written)
            } catch {
                throw MillraceError(
                    code: "INVALID_OPTION", message: "option '\(key)' \(error.message)", hint: error.hint, kind: .query)
            }
        }

        fileprivate static func isNamed(_ name: String, _ key: String) -> Bool { name.lowercased() == key.lowercased() }
    }

    let name: String
    /// In lower case.
    let format: String
    /// The columns that were declared or found when the table was made; `nil` where the format has its own.
    let schema: Schema?
    /// How long the texts of declared columns may be; none where no column is CHAR or VARCHAR.
    let lengths: [TextLength?]
    /// The columns that name the folders of files, from the outermost.
    let partitionedBy: [String]
    let notes: SQLNotes
    /// Where the rows are, of a table in memory.
    let memory: MemoryRows?
    /// All options, as they were given.
    let options: [Option]
    private let choice: ConnectorChoice
    private let provider: ConnectorProvider?
    /// What all readings of it as a stream have in common.
    private let streamID = Session.newID("table")

    /// A table in memory.
    init(name: String, inMemory schema: Schema, lengths: [TextLength?] = [], notes: SQLNotes) {
        self.name = name
        self.lengths = lengths
        partitionedBy = []
        memory = MemoryRows(name: name, schema: schema)
        self.schema = schema
        self.notes = notes
        format = "memory"
        options = []
        choice = ConnectorChoice()
        provider = nil
    }

    /// A table in the world outside; looks at what is there where no columns are given and the format has none of its
    /// own.
    ///
    /// - Throws: an unknown format, or what keeps the columns from being found.
    init(
        name: String, format: String, options: [Option], schema declared: Schema?, lengths: [TextLength?],
        partitionedBy: [String] = [], notes: SQLNotes, in session: Session
    ) throws {
        let provider = try Session.connectors.provider(format)
        var choice = ConnectorChoice()
        choice.format = provider.name
        for option in options { choice.set(option.key, option.value) }
        self.options = options
        self.lengths = lengths
        self.name = name
        self.format = provider.name
        try provider.sink?.checkPartitions(partitionedBy, format: provider.name)
        if provider.sink?.tables != nil {
            guard let path = choice.path else { throw Self.missingPath(provider.name) }
            guard !path.isEmpty else { throw Self.emptyPath }
        }
        self.notes = notes
        self.choice = choice
        self.provider = provider
        memory = nil
        // Columns that are found are those of folders, too.
        self.partitionedBy =
            try declared == nil && partitionedBy.isEmpty
            ? provider.sink?.tables?.folders(Self.options(choice, for: .table, provider)) ?? [] : partitionedBy
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

    private static let emptyPath = MillraceError(
        code: "INVALID_EMPTY_LOCATION", message: "the location name cannot be empty string, but `` was given",
        hint: "say where the table's files are: LOCATION 'path'", kind: .query)

    /// Spark makes a folder of the table's name in its warehouse.
    private static func missingPath(_ format: String) -> MillraceError {
        MillraceError(
            code: "INVALID_OPTION", message: "a table of the format \(format) has no path, and there is no warehouse",
            hint: "say where its files are: LOCATION 'path'; without USING the table is in memory", kind: .query)
    }

    /// The table's options that count in a role.
    func options(for role: Role) -> [String: String] {
        provider.map { Self.options(choice, for: role, $0) } ?? [:]
    }

    /// What the writer of a stream into the table knows besides the options of the sink.
    var writerOptions: [String: String] {
        choice.options.filter { Option.isNamed(BadRowOption.name, $0.key) }
    }

    private static func options(
        _ choice: ConnectorChoice, for role: Role, _ provider: ConnectorProvider
    ) -> [String: String] {
        guard let known = provider.options(for: role) else { return [:] }
        var choice = choice
        // Of a table that is written, too, one name of the topic is enough.
        if provider.name == "kafka", !role.isSink,
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
            case .consumer: return !role.isSink
            case .producer: return role.isSink
            }
        }
    }

    /// Whether it is one of files.
    var isOfFiles: Bool { provider?.sink?.tables != nil }

    /// Whether its path is a directory with nothing in it.
    var isEmptyDirectory: Bool {
        guard let text = choice.path, let path = try? LocalPath.resolve(text) else { return false }
        return (try? RealDisk().list(path).isEmpty) ?? false
    }

    /// The columns, also of a table that can only be read as a stream; none where it can't be read.
    func columns(in session: Session) throws -> Schema {
        guard let provider, provider.table == nil else { return try frame(isStream: false, in: session).schema }
        return try provider.stream == nil ? schema ?? Schema([]) : frame(isStream: true, in: session).schema
    }

    /// The table's rows as they stand when a query on them runs, or as a stream; texts of CHAR with their blanks.
    func frame(isStream: Bool, in session: Session) throws -> DataFrame {
        let rows = try storedRows(isStream: isStream, in: session)
        return lengths.isEmpty ? rows : rows.with(.textLengths(rows.plan, lengths, isWritten: false))
    }

    private func storedRows(isStream: Bool, in session: Session) throws -> DataFrame {
        if let memory {
            guard !isStream else {
                throw MillraceError(
                    code: "UNSUPPORTED_FEATURE", message: "\(name) is a table in memory, which is no stream",
                    hint: "leave STREAM out", kind: .query)
            }
            return session.staticFrame(name: name, schema: memory.schema ?? Schema([])) { memory.rows }
        }
        if isStream, let stream = provider?.stream {
            for option in options { try stream.options.check(option.key, of: provider?.table?.options) }
        }
        var scan = ConnectorChoice()
        scan.format = format
        scan.schema = schema.map { .success($0) }
        for (key, value) in options(for: isStream ? .stream : .table) { scan.set(key, value) }
        if isStream {
            return session.scan(
                scan, streamID: streamID, Session.connectors.stream, SourceBinding.Maker.stream)
        }
        let frame = session.scan(scan, Session.connectors.table, SourceBinding.Maker.table)
        // As in Spark, a table may be made before its first file. One that is read again would never see that file so.
        if frame.failure?.code == "PATH_NOT_FOUND", let schema, TableRefresh.note(scan.options) == nil {
            return session.staticFrame(name: name, schema: schema) { [] }
        }
        return frame
    }
}

extension ConnectorProvider {
    fileprivate func options(for role: SQLTable.Role) -> OptionTable? {
        switch role {
        case .stream: stream?.options
        case .table: table?.options
        case .sink: sink?.options
        case .tableSink: sink.flatMap { $0.tables?.options ?? $0.options }
        }
    }

    fileprivate func check(_ option: String) throws {
        let known =
            SQLTable.Role.allCases.compactMap { self.options(for: $0) } + (sink == nil ? [] : [BadRowOption.table])
        guard !known.contains(where: { $0.knows(option) }) else { return }
        // What a role refuses with a reason says more than that nobody knows it.
        try (known.first { $0.refuses(option) } ?? OptionTable(merging: known, of: "the format \(name)")).check(option)
    }
}

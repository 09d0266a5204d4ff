// The tables and views of a session, by their names.

import Columns
import Connectors
import LogicalPlan
import SourceText
import Synchronization

/// A query by its name, with everything that it reads.
struct SQLView {
    let name: String
    let frame: DataFrame
    var notes = SQLNotes()
}

/// What people have written about a table or a view, for DESCRIBE.
struct SQLNotes {
    var comment: String?
    /// By the names of columns in lower case.
    var columnComments: [String: String] = [:]
    /// TBLPROPERTIES, in the order in which they were given.
    var properties: [(key: String, value: String)] = []
}

/// What `CREATE TABLE` and `CREATE VIEW` made. Names are taken without regard to case.
final class SQLCatalog: Sendable {
    enum Entry: Sendable {
        case table(SQLTable)
        case view(SQLView)

        var name: String {
            switch self {
            case .table(let table): table.name
            case .view(let view): view.name
            }
        }

        var isView: Bool {
            if case .view = self { true } else { false }
        }
    }

    private let entries = Mutex<[String: Entry]>([:])

    /// All entries, by their names.
    var all: [Entry] { entries.withLock { $0.values.sorted { $0.name.lowercased() < $1.name.lowercased() } } }

    subscript(_ name: String) -> Entry? { entries.withLock { $0[name.lowercased()] } }

    func set(_ entry: Entry) { entries.withLock { $0[entry.name.lowercased()] = entry } }

    func remove(_ name: String) { entries.withLock { $0[name.lowercased()] = nil } }

    /// The name without the schema and the catalog that every table is in.
    ///
    /// - Throws: `TABLE_OR_VIEW_NOT_FOUND` for any other place.
    static func name(_ parts: [String]) throws(MillraceError) -> String {
        let places = [[], ["default"], ["spark_catalog", "default"]]
        guard let name = parts.last, places.contains(parts.dropLast().map { $0.lowercased() }) else {
            throw MillraceError(
                code: "TABLE_OR_VIEW_NOT_FOUND",
                message: "there is no table or view \(parts.joined(separator: "."))",
                hint: "there is one schema, default: leave \(parts.dropLast().joined(separator: ".")) out", kind: .query
            )
        }
        return name
    }
}

extension Session {
    /// A table, a view, or what a query with `format("memory")` writes.
    ///
    /// - Throws: `TABLE_OR_VIEW_NOT_FOUND` with the nearest name.
    func named(_ parts: [String], isStream: Bool) throws -> DataFrame {
        if let files = try files(parts, isStream: isStream) { return files }
        let name = try SQLCatalog.name(parts)
        switch catalog[name] {
        case .table(let table)?: return try table.frame(isStream: isStream, in: self)
        case .view(let view)?:
            guard view.frame.isStreaming || !isStream else {
                throw MillraceError(
                    code: "UNSUPPORTED_FEATURE", message: "the view \(view.name) is no stream",
                    hint: "leave STREAM out, or read a stream in the view", kind: .query)
            }
            return view.frame
        case nil:
            if !isStream, let frame = memoryTable(name) { return frame }
            throw notFound(name)
        }
    }

    /// The table of this name; `nil` where it is a view, files, or nothing.
    func table(named parts: [String]) -> SQLTable? {
        guard let name = try? SQLCatalog.name(parts), case .table(let table)? = catalog[name] else { return nil }
        return table
    }

    /// ``FROM json.`/path` ``: files without a table.
    private func files(_ parts: [String], isStream: Bool) throws -> DataFrame? {
        guard parts.count == 2, let provider = try? Session.connectors.provider(parts[0]),
            provider.table?.options.knows("path") == true
        else { return nil }
        guard !isStream else {
            throw MillraceError(
                code: "UNSUPPORTED_FEATURE", message: "files without a table are no stream",
                hint: "CREATE TABLE name (columns) USING \(parts[0]) LOCATION '\(parts[1])', then FROM STREAM name",
                kind: .query)
        }
        return read.format(parts[0]).load(parts[1])
    }

    func notFound(_ name: String) -> MillraceError {
        let known = catalog.all.map(\.name) + memoryTableNames
        let near = Spelling.nearest(to: name, among: known).map { "did you mean \($0)?" }
        let list =
            known.isEmpty ? "CREATE TABLE or CREATE VIEW makes one" : "there are: \(known.joined(separator: ", "))"
        return MillraceError(
            code: "TABLE_OR_VIEW_NOT_FOUND", message: "there is no table or view \(name)", hint: near ?? list,
            kind: .query)
    }
}

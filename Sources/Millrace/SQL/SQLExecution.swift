// One statement of SQL carried out in a session.

import Columns
import Connectors
import LogicalPlan
import Lowering
import SQLParser
import SchemaText
import SourceText

/// Carries a statement out. What is wrong in its text is told with the place.
struct SQLExecution {
    let session: Session
    /// The text that the statement's places are in.
    let text: String

    func run(_ statement: SyntaxStatement) throws -> SQLResult {
        do {
            return try carryOut(statement)
        } catch {
            throw placed(error, statement.range)
        }
    }

    /// The error as users get it. A place is said where the error has none of its own.
    func placed(_ error: any Error, _ range: TextRange) -> MillraceError {
        switch error {
        case let error as SQLDiagnostic: return SQLText.failure(error, in: text)
        case let error as MillraceError: return error
        default: return MillraceError(wrapping: error)
        }
    }

    /// The error with its picture at a place of the text.
    func at<Result>(_ range: TextRange, _ body: () throws -> Result) throws -> Result {
        try Optional(TextPlace(text, range)).telling(body)
    }

    private func carryOut(_ statement: SyntaxStatement) throws -> SQLResult {
        let tells = SQLDescriptions(session: session)
        switch statement.kind {
        case .query(let query): return .rows(try frame(query))
        case .insert(let insert): return .insert(try lower(insert))
        case .insertDirectory(let insert): return .insert(try lower(insert))
        case .createTable(let definition): return try create(definition)
        case .createView(let definition): try create(definition)
        case .drop(let name, let isView, let ifExists): try drop(name, isView: isView, ifExists: ifExists)
        case .set(nil, _): return .rows(try tells.settings())
        case .set(let key?, nil): return .rows(try tells.setting(key.text))
        case .set(let key?, let value?):
            try at(key.range.to(value.range)) { try session.settings.set(key.text, to: value.text) }
        case .setTimeZone(let zone): try set(zone)
        case .reset(let key):
            try at(key?.range ?? statement.range) { try session.settings.reset(key?.text) }
        case .showTables(let schema, let pattern):
            try requireDefault(schema)
            return .rows(try tells.tables(pattern))
        case .showViews(let schema, let pattern):
            try requireDefault(schema)
            return .rows(try tells.views(pattern))
        case .showFunctions(let pattern, let ofUser): return .rows(try tells.functions(pattern, ofUser: ofUser))
        case .describeTable(let name, let isExtended):
            return .rows(try tells.table(name.parts, try columns(of: name), isExtended: isExtended))
        case .describeFunction(let name, let isExtended):
            return .rows(try tells.function(name.text, isExtended: isExtended))
        case .describeQuery(let query): return .rows(try tells.columns(of: try frame(query).schema))
        case .explain(let mode, let statement): return .rows(try explained(statement, mode))
        }
        return .done
    }

    /// There is one schema.
    private func requireDefault(_ schema: SyntaxName?) throws {
        guard let schema, schema.parts.last?.lowercased() != "default" else { return }
        try at(schema.range) {
            throw MillraceError(
                code: "SCHEMA_NOT_FOUND", message: "there is no schema `\(schema.parts.joined(separator: "`.`"))`",
                hint: "there is one, `default`", kind: .query)
        }
    }

    /// A time zone that has no name: that of the machine, or one by how far it is ahead of UTC.
    private func set(_ zone: SyntaxTimeZone) throws {
        let text: String
        switch zone {
        case .local: text = TimeZone.nameOfSystem()
        case .offset(let parts, let range):
            text = try at(range) {
                let interval = try IntervalLiteral.read(parts, at: range)
                guard let text = interval.offsetText else {
                    throw MillraceError(
                        code: "INVALID_INTERVAL_FORMAT.TIMEZONE_INTERVAL_OUT_OF_RANGE",
                        message: "a time zone is at most 18 hours away from UTC, by whole seconds",
                        hint: "for example: SET TIME ZONE INTERVAL 1 HOUR", kind: .query)
                }
                return text
            }
        }
        try session.settings.set("spark.sql.session.timeZone", to: text)
    }

    // MARK: Queries

    /// What a query reads, as far as it has been found.
    private final class Readings {
        var bindings: [String: SourceBinding] = [:]
    }

    /// The frame of a query.
    func frame(_ query: SyntaxQuery) throws -> DataFrame {
        let readings = Readings()
        let levels = session.configuration.recursionLevelLimit
        func read(_ find: () throws -> DataFrame, at place: TextRange) throws(SQLDiagnostic) -> UnresolvedPlan {
            do {
                let frame = try find()
                if let failure = frame.failure { throw failure }
                readings.bindings.merge(frame.bindings) { known, _ in known }
                return frame.plan
            } catch let error as SQLDiagnostic {
                throw error
            } catch {
                let error = MillraceError(wrapping: error)
                throw SQLDiagnostic(code: error.code, error.message, at: place, hint: error.hint)
            }
        }
        let plan = try QueryLowering(
            text: text, recursionLevelLimit: levels,
            functions: { [session] (name, arguments, place) throws(SQLDiagnostic) -> UnresolvedPlan? in
                guard let function = SQLTableFunction.named(name) else { return nil }
                return try read({ try function.frame(arguments, at: place, in: session) }, at: place)
            },
            catalog: { [session] (parts, isStream, place) throws(SQLDiagnostic) -> UnresolvedPlan in
                try read({ try session.named(parts, isStream: isStream) }, at: place)
            }
        ).plan(query)
        return DataFrame(session: session, plan: plan, bindings: readings.bindings)
    }

    /// The columns of what a name stands for, whether it is read as a table, as a stream or not at all.
    private func columns(of name: SyntaxName) throws -> Schema {
        try at(name.range) {
            if let table = session.table(named: name.parts) { return try table.columns(in: session) }
            return try session.named(name.parts, isStream: false).schema
        }
    }

    private func explained(_ statement: SyntaxStatement, _ mode: SyntaxExplainMode) throws -> DataFrame {
        let frame: DataFrame
        switch statement.kind {
        case .query(let query): frame = try self.frame(query)
        case .insert(let insert): frame = try lower(insert).frame
        case .insertDirectory(let insert): frame = try lower(insert).frame
        default:
            throw SQLDiagnostic(
                code: "UNSUPPORTED_FEATURE", "EXPLAIN is for queries and INSERT", at: statement.range)
        }
        return try session.createDataFrame(
            [[.string(try frame.explained(mode.rawValue))]],
            schema: Schema([Field("plan", .string, isNullable: false)]))
    }

    // MARK: Definitions

    private func name(_ name: SyntaxName) throws -> String {
        try at(name.range) { try SQLCatalog.name(name.parts) }
    }

    /// Whether there is nothing to do, since the name is taken and IF NOT EXISTS stands there.
    private func isThere(_ name: SyntaxName, replaces: Bool, ifNotExists: Bool) throws -> Bool {
        guard !replaces, session.catalog[try self.name(name)] != nil else { return false }
        guard ifNotExists else {
            throw SQLDiagnostic(
                code: "TABLE_OR_VIEW_ALREADY_EXISTS", "there is a table or view of this name already", at: name.range,
                hint: "CREATE OR REPLACE takes its place, IF NOT EXISTS leaves it")
        }
        return true
    }

    private func create(_ definition: SyntaxTableDefinition) throws -> SQLResult {
        let name = try name(definition.name)
        if try isThere(definition.name, replaces: definition.replaces, ifNotExists: definition.ifNotExists) {
            return .done
        }
        let columns = try SchemaText.columns(definition.columns)
        let declared = columns.fields.isEmpty ? nil : Schema(columns.fields)
        let lengths = columns.lengths.contains { $0 != nil } ? columns.lengths : []
        let format = definition.format?.text.lowercased() ?? "memory"
        guard format == "memory" else {
            return try createOutside(definition, name: name, format: format, declared: declared, lengths)
        }
        return try createInMemory(definition, name: name, declared: declared, lengths)
    }

    /// A table of files, topics and their like, with the rows of a query where there is one.
    private func createOutside(
        _ definition: SyntaxTableDefinition, name: String, format: String, declared: Schema?, _ lengths: [TextLength?]
    ) throws -> SQLResult {
        let place = definition.format?.range ?? definition.name.range
        let provider = try at(place) { try Session.connectors.provider(format) }
        let options = try self.options(definition.options, of: format)
        let rows = try definition.query.map { try self.rows($0, of: definition, isDeclared: declared != nil) }
        let takesSchema = provider.table?.takesSchema ?? false
        let schema = try declared ?? (takesSchema ? rows?.schema.nullable : nil)
        let partitions = definition.partitionedBy.map(\.text)
        let table = try at(place) {
            let order = try schema.map { try Self.order($0, partitionedBy: partitions) } ?? []
            return try SQLTable(
                name: name, format: format, options: options,
                schema: schema.map { schema in Schema(order.map { schema.fields[$0] }) },
                lengths: lengths.isEmpty ? [] : order.map { lengths[$0] }, partitionedBy: partitions,
                notes: SQLNotes(definition), in: session)
        }
        guard let rows else {
            session.catalog.set(.table(table))
            return .done
        }
        return .insert(
            SQLInsert(
                table: name, frame: rows, target: table, place: TextPlace(text, definition.name.range),
                makesTable: true, mode: definition.replaces ? .overwrite : .errorIfExists))
    }

    /// Options as they were given, which the format has.
    func options(_ given: [SyntaxOption], of format: String) throws -> [SQLTable.Option] {
        try given.map { option in
            try at(option.key.range) { try SQLTable.check(option.key.text, of: format) }
            return try at(option.value.range) { try SQLTable.Option(option.key.text, option.value.text) }
        }
    }

    /// The rows of CREATE TABLE ... AS.
    private func rows(
        _ query: SyntaxQuery, of definition: SyntaxTableDefinition, isDeclared: Bool
    ) throws -> DataFrame {
        let rows = try frame(query)
        guard !isDeclared else {
            throw SQLDiagnostic(
                "columns and AS don't go together", at: definition.name.range, hint: "leave the list of columns out")
        }
        guard !rows.isStreaming else {
            throw SQLDiagnostic(
                code: "UNSUPPORTED_FEATURE", "CREATE TABLE ... USING ... AS is not supported for a stream",
                at: query.range, hint: "make the table first, then INSERT INTO it")
        }
        return rows
    }

    /// As in Spark, the columns of folders are the last ones.
    private static func order(_ schema: Schema, partitionedBy names: [String]) throws -> [Int] {
        var places = Array(schema.fields.indices)
        var last: [Int] = []
        for name in names {
            guard let place = places.firstIndex(where: { schema.names[$0].lowercased() == name.lowercased() }) else {
                throw MillraceError(
                    code: "PARTITION_COLUMN_NOT_FOUND_IN_SCHEMA",
                    message: "partition column `\(name)` not found in the columns of the table",
                    hint: "columns: \(schema.names.joined(separator: ", "))", kind: .query)
            }
            last.append(places.remove(at: place))
        }
        return places + last
    }

    private func createInMemory(
        _ definition: SyntaxTableDefinition, name: String, declared: Schema?, _ lengths: [TextLength?]
    ) throws -> SQLResult {
        if let option = definition.options.first {
            throw SQLDiagnostic(
                code: "INVALID_OPTION", "a table in memory has no options", at: option.key.range,
                hint: "USING json or USING kafka says where the rows are")
        }
        if let column = definition.partitionedBy.first {
            throw SQLDiagnostic(
                code: "UNSUPPORTED_FEATURE", "a table in memory has no folders", at: column.range,
                hint: "leave PARTITIONED BY out, or say where its rows are: USING json LOCATION '...'")
        }
        let rows = try definition.query.map { try frame($0) }
        guard declared == nil || rows == nil else {
            throw SQLDiagnostic(
                "columns and AS don't go together", at: definition.name.range, hint: "leave the list of columns out")
        }
        // As in Spark, columns promise to have no NULL where somebody has declared it, and not where a query has none.
        guard let schema = try declared ?? rows?.schema.nullable else {
            throw SQLDiagnostic(
                "a table in memory needs columns", at: definition.name.range,
                hint: "CREATE TABLE name (column TYPE, ...), or say where its rows are: USING json LOCATION '...'")
        }
        let table = SQLTable(name: name, inMemory: schema, lengths: lengths, notes: SQLNotes(definition))
        if let rows {
            return .insert(
                SQLInsert(
                    table: name, frame: rows, target: table, place: TextPlace(text, definition.name.range),
                    makesTable: true))
        }
        session.catalog.set(.table(table))
        return .done
    }

    private func create(_ definition: SyntaxViewDefinition) throws {
        let name = try name(definition.name)
        if try isThere(definition.name, replaces: definition.replaces, ifNotExists: definition.ifNotExists) { return }
        var rows = try frame(definition.query)
        if !definition.columns.isEmpty {
            rows = rows.with(
                .located(
                    TextPlace(text, definition.name.range),
                    .named(rows.plan, alias: name, columns: definition.columns.map(\.name))))
        }
        _ = try rows.schema
        session.catalog.set(.view(SQLView(name: name, frame: rows, notes: SQLNotes(definition))))
    }

    private func drop(_ name: SyntaxName, isView: Bool, ifExists: Bool) throws {
        let text = try self.name(name)
        guard let entry = session.catalog[text] else {
            if ifExists { return }
            return try at(name.range) { throw session.notFound(text) }
        }
        guard entry.isView == isView else {
            throw SQLDiagnostic(
                code: isView ? "EXPECT_VIEW_NOT_TABLE.NO_ALTERNATIVE" : "EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE",
                "\(entry.name) is a \(entry.isView ? "view" : "table")", at: name.range,
                hint: "DROP \(entry.isView ? "VIEW" : "TABLE") \(entry.name)")
        }
        session.catalog.remove(text)
    }
}

extension SQLNotes {
    fileprivate init(_ definition: SyntaxTableDefinition) {
        self.init(
            definition.comment, definition.columns.map { ($0.name, $0.comment) }, properties: definition.properties)
    }

    fileprivate init(_ definition: SyntaxViewDefinition) {
        self.init(
            definition.comment, definition.columns.map { ($0.name, $0.comment) }, properties: definition.properties)
    }

    private init(_ comment: String?, _ columns: [(name: String, comment: String?)], properties: [SyntaxOption]) {
        self.comment = comment
        for column in columns { columnComments[column.name.lowercased()] = column.comment }
        self.properties = properties.map { ($0.key.text, $0.value.text) }
    }
}

// INSERT: the columns of a query as those of a table.

import Columns
import Connectors
import LogicalPlan
import Lowering
import SQLParser
import SourceText

extension SQLExecution {
    func lower(_ insert: SyntaxInsert) throws -> SQLInsert {
        let table = try target(insert)
        let rows = try frame(insert.query)
        let columns = try rows.schema
        let place = TextPlace(text, insert.table.range)
        if let overwrites = insert.overwrites, rows.isStreaming {
            throw SQLDiagnostic(
                code: "UNSUPPORTED_FEATURE", "INSERT OVERWRITE of a stream is not supported", at: overwrites,
                hint: "INSERT INTO appends; in output mode complete a stream writes its whole result")
        }
        let mode = insert.overwrites == nil ? SaveMode.append : .overwrite
        let partition = try self.partition(insert, of: table)
        if let schema = table.schema {
            var plan = try fitted(rows.plan, columns, to: schema, partition, of: table.name, insert)
            if !table.lengths.isEmpty { plan = .textLengths(plan, table.lengths, isWritten: true) }
            return SQLInsert(
                table: table.name, frame: rows.with(plan), target: table, place: place, mode: mode,
                partition: try partition.isEmpty ? nil : frame(partition, schema))
        }
        guard !insert.columns.isEmpty else {
            return SQLInsert(table: table.name, frame: rows, target: table, place: place, mode: mode)
        }
        try count(columns.count, insert.columns.count, table.name, insert)
        let named = UnresolvedPlan.named(rows.plan, alias: table.name, columns: insert.columns.map(\.text))
        return SQLInsert(table: table.name, frame: rows.with(named), target: table, place: place, mode: mode)
    }

    /// The table, which takes rows.
    private func target(_ insert: SyntaxInsert) throws -> SQLTable {
        let place = insert.table.range
        do {
            let name = try SQLCatalog.name(insert.table.parts)
            switch session.catalog[name] {
            case .table(let table)?:
                if table.memory == nil { _ = try Session.connectors.sink(table.format) }
                return table
            case .view?:
                throw SQLDiagnostic(
                    code: "EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", "\(name) is a view, which takes no rows", at: place,
                    hint: "INSERT INTO the table that it reads")
            case nil: throw session.notFound(name)
            }
        } catch let error as SQLDiagnostic {
            throw error
        } catch {
            let error = MillraceError(wrapping: error)
            throw SQLDiagnostic(code: error.code, error.message, at: place, hint: error.hint)
        }
    }

    /// Rows with the table's columns: by position, or by the names that are listed.
    private func fitted(
        _ plan: UnresolvedPlan, _ columns: Schema, to schema: Schema, _ partition: [String: Expression],
        of table: String, _ insert: SyntaxInsert
    ) throws -> UnresolvedPlan {
        var sources: [String: Field] = [:]
        let open = schema.names.filter { partition[$0.lowercased()] == nil }
        let names = try insert.isByName ? columns.names : insert.columns.isEmpty ? open : known(insert, schema)
        try count(columns.count, names.count, table, insert)
        if let place = names.firstIndex(where: { partition[$0.lowercased()] != nil }) {
            throw SQLDiagnostic(
                code: "STATIC_PARTITION_COLUMN_IN_INSERT_COLUMN_LIST",
                "the column \(names[place]) has its value behind PARTITION, and the query gives it, too",
                at: insert.isByName ? insert.query.range : insert.columns[place].range, hint: "leave one of them out")
        }
        for (name, field) in zip(names, columns.fields) { sources[name.lowercased()] = field }
        if insert.isByName, let extra = names.first(where: { schema.indices(named: $0).isEmpty }) {
            throw SQLDiagnostic(
                code: "INSERT_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS", "\(table) has no column \(extra)",
                at: insert.query.range, hint: "its columns are \(schema.names.joined(separator: ", "))")
        }
        let outputs = try schema.fields.map { field -> Expression in
            if let value = partition[field.name.lowercased()] {
                return .alias(.cast(value, field.type, isTry: false), field.name)
            }
            guard let source = sources[field.name.lowercased()] else {
                guard field.isNullable else {
                    throw SQLDiagnostic(
                        code: "NOT_NULL_CONSTRAINT_VIOLATION", "the column \(field.name) of \(table) is NOT NULL",
                        at: insert.table.range, hint: "give it a value")
                }
                return .alias(.cast(.literal(.null, .null), field.type, isTry: false), field.name)
            }
            try storable(source, as: field, of: table, insert)
            let value = Expression.column([table, field.name])
            return .alias(source.type == field.type ? value : .cast(value, field.type, isTry: false), field.name)
        }
        return .project(.named(plan, alias: table, columns: names), outputs)
    }

    private func known(_ insert: SyntaxInsert, _ schema: Schema) throws -> [String] {
        for (index, column) in insert.columns.enumerated() {
            if schema.indices(named: column.text).isEmpty {
                throw SQLDiagnostic(
                    code: "UNRESOLVED_COLUMN.WITH_SUGGESTION", "there is no column \(column.text)", at: column.range,
                    hint: Spelling.nearest(to: column.text, among: schema.names).map { "did you mean \($0)?" }
                        ?? "columns: \(schema.names.joined(separator: ", "))")
            }
            if insert.columns[..<index].contains(where: { $0.text.lowercased() == column.text.lowercased() }) {
                throw SQLDiagnostic(
                    code: "COLUMN_ALREADY_EXISTS", "the column \(column.text) is listed twice", at: column.range)
            }
        }
        return insert.columns.map(\.text)
    }

    private func count(_ given: Int, _ wanted: Int, _ table: String, _ insert: SyntaxInsert) throws {
        guard given != wanted else { return }
        guard insert.partition.isEmpty else {
            throw SQLDiagnostic(
                code: "INSERT_PARTITION_COLUMN_ARITY_MISMATCH",
                "\(table) takes \(wanted) columns beside those that PARTITION gives, and the query gives \(given)",
                at: insert.query.range, hint: "the columns of PARTITION without a value are the query's last ones")
        }
        throw SQLDiagnostic(
            code: given > wanted
                ? "INSERT_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS"
                : "INSERT_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS",
            "\(table) takes \(wanted) columns here, and the query gives \(given)", at: insert.query.range,
            hint: given > wanted ? "leave some out" : "list the columns that it gives: INSERT INTO \(table) (...)")
    }

    /// Refuses what the ANSI rules of storing refuse: a text isn't read as something else on its way into a table.
    private func storable(_ source: Field, as field: Field, of table: String, _ insert: SyntaxInsert) throws {
        guard !Self.canStore(source.type, as: field.type) else { return }
        throw SQLDiagnostic(
            code: "INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST",
            "the column \(field.name) of \(table) is \(field.type), and the query gives \(source.type)",
            at: insert.query.range, hint: "say how it is meant: CAST(\(source.name) AS \(field.type))")
    }

    private static func canStore(_ type: DataType, as wanted: DataType) -> Bool {
        switch (type, wanted) {
        case (.null, _): true
        case (let type, let wanted) where type == wanted: true
        case (let type, let wanted) where type.isDatetime && wanted.isDatetime: true
        case (.yearMonthInterval, .yearMonthInterval), (.dayTimeInterval, .dayTimeInterval), (.time, .time): true
        case (.array(let from, _), .array(let to, _)): canStore(from, as: to)
        case (.map(let fromKey, let from, _), .map(let toKey, let to, _)):
            canStore(fromKey, as: toKey) && canStore(from, as: to)
        case (.structure(let from), .structure(let to)):
            from.count == to.count && zip(from, to).allSatisfy { canStore($0.type, as: $1.type) }
        case (.array, _), (.map, _), (.structure, _): false
        case (_, .string): true
        default: type.isNumber && wanted.isNumber
        }
    }
}

extension SQLExecution {
    /// The values that PARTITION gives, by the names of columns in lower case.
    private func partition(_ insert: SyntaxInsert, of table: SQLTable) throws -> [String: Expression] {
        guard let first = insert.partition.first else { return [:] }
        let names = table.partitionedBy.map { $0.lowercased() }
        for column in insert.partition where !names.contains(column.name.text.lowercased()) {
            throw SQLDiagnostic(
                code: "NON_PARTITION_COLUMN", "\(table.name) has no partition column \(column.name.text)",
                at: column.name.range,
                hint: names.isEmpty ? "leave PARTITION out" : "they are \(table.partitionedBy.joined(separator: ", "))")
        }
        guard insert.partition.count == names.count else {
            throw SQLDiagnostic(
                code: "INSERT_PARTITION_COLUMN_ARITY_MISMATCH",
                "the partition columns of \(table.name) are \(table.partitionedBy.joined(separator: ", "))",
                at: first.name.range, hint: "name all of them; without a value those that the query gives")
        }
        var values: [String: Expression] = [:]
        for column in insert.partition {
            values[column.name.text.lowercased()] = try column.value.map {
                try ExpressionLowering.constant($0, in: text)
            }
        }
        guard names.drop(while: { values[$0] != nil }).allSatisfy({ values[$0] == nil }) else {
            throw SQLDiagnostic(
                code: "UNSUPPORTED_FEATURE", "a partition column without a value stands above one that has one",
                at: first.name.range, hint: "give the outer ones values: \(table.partitionedBy.joined(separator: ", "))"
            )
        }
        return values
    }

    /// One row with the values that PARTITION gives, as the table has them.
    private func frame(_ partition: [String: Expression], _ schema: Schema) throws -> DataFrame {
        let row = try session.createDataFrame([[.long(0)]], schema: Schema([Field("row", .long)]))
        let values = schema.fields.compactMap { field in
            partition[field.name.lowercased()].map {
                Expression.alias(.cast($0, field.type, isTry: false), field.name)
            }
        }
        return row.with(.project(row.plan, values))
    }

    /// INSERT OVERWRITE DIRECTORY: a table that nobody names.
    func lower(_ insert: SyntaxDirectoryInsert) throws -> SQLInsert {
        let rows = try frame(insert.query)
        guard !rows.isStreaming else {
            throw SQLDiagnostic(
                code: "UNSUPPORTED_FEATURE", "INSERT OVERWRITE DIRECTORY of a stream is not supported",
                at: insert.place, hint: "make a table: CREATE TABLE name USING json LOCATION '...', and INSERT INTO it")
        }
        let format = insert.format.text.lowercased()
        try at(insert.format.range) { try Session.connectors.sink(format).checkDirectory(format) }
        let options = try self.options(insert.options, of: format)
        let path = insert.options.first { $0.key.text.lowercased() == "path" }?.value.text ?? ""
        let table = try at(insert.format.range) {
            try SQLTable(
                name: path, format: format, options: options, schema: rows.schema.nullable, lengths: [],
                notes: SQLNotes(), in: session)
        }
        return SQLInsert(
            table: path, frame: rows, target: table, place: TextPlace(text, insert.place), mode: .overwrite)
    }
}

extension SinkProvider {
    /// Refuses formats that write no directories.
    fileprivate func checkDirectory(_ format: String) throws {
        guard tables == nil else { return }
        throw MillraceError(
            code: "UNSUPPORTED_FEATURE", message: "the format \(format) writes no directory",
            hint: "USING parquet, json, csv or text", kind: .query)
    }
}

extension DataType {
    fileprivate var isNumber: Bool {
        switch self {
        case .byte, .short, .integer, .long, .float, .double, .decimal: true
        default: false
        }
    }
}

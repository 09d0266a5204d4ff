// What SHOW, DESCRIBE and SET tell, as rows.

import Columns
import Functions
import SchemaText
import SourceText

/// Makes frames of what a session knows. The columns have Spark's names.
struct SQLDescriptions {
    let session: Session

    private func frame(_ columns: [String], _ rows: [[Value]]) throws -> DataFrame {
        try session.createDataFrame(rows, schema: Schema(columns.map { Field($0, .string) }))
    }

    // MARK: Settings

    func settings() throws -> DataFrame {
        try frame(
            ["key", "value", "meaning"],
            SQLSettings.known.map {
                [.string($0.name), .string(session.settings.value($0)), .string($0.meaning)]
            })
    }

    func setting(_ name: String) throws -> DataFrame {
        let setting = try SQLSettings.setting(name)
        return try frame(["key", "value"], [[.string(setting.name), .string(session.settings.value(setting))]])
    }

    // MARK: Tables

    func tables(_ pattern: String?) throws -> DataFrame {
        let known = session.catalog.all.map { (name: $0.name, isTemporary: $0.isView) }
        let written = session.memoryTableNames.filter { session.catalog[$0] == nil }.map {
            (name: $0, isTemporary: true)
        }
        let shown = (known + written).filter { Self.matches($0.name, pattern) }
        return try session.createDataFrame(
            shown.map { [.string($0.isTemporary ? "" : "default"), .string($0.name), .boolean($0.isTemporary)] },
            schema: Schema([
                Field("namespace", .string), Field("tableName", .string), Field("isTemporary", .boolean),
            ]))
    }

    func views(_ pattern: String?) throws -> DataFrame {
        let shown = session.catalog.all.filter { $0.isView && Self.matches($0.name, pattern) }
        return try session.createDataFrame(
            shown.map { [.string(""), .string($0.name), .boolean(true)] },
            schema: Schema([Field("namespace", .string), Field("viewName", .string), Field("isTemporary", .boolean)]))
    }

    func columns(of schema: Schema) throws -> DataFrame { try described(rows(of: schema, SQLNotes())) }

    /// A table's columns; extended, also where its rows are. Values of options that are secrets are not shown.
    func table(_ parts: [String], _ schema: Schema, isExtended: Bool) throws -> DataFrame {
        guard let name = parts.last, let entry = session.catalog[name] else { return try columns(of: schema) }
        var rows: [[Value]] = []
        func add(_ name: String, _ text: String) { rows.append([.string(name), .string(text), .string("")]) }
        func add(_ notes: SQLNotes) {
            if let comment = notes.comment { add("Comment", comment) }
            guard !notes.properties.isEmpty else { return }
            let list = notes.properties.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.shown($0.key, $0.value))" }
            add("Table Properties", "[\(list.joined(separator: ","))]")
        }
        switch entry {
        case .view(let view):
            rows = self.rows(of: schema, view.notes)
            guard isExtended else { break }
            add("", "")
            add("# View", "")
            add("Name", view.name)
            add(view.notes)
        case .table(let table):
            rows = self.rows(of: schema, table.notes, table.lengths)
            guard isExtended else { break }
            add("", "")
            add("# Table", "")
            add("Name", table.name)
            add("Provider", table.format)
            add(table.notes)
            for option in table.options.sorted(by: { $0.key < $1.key }) {
                add("Option \(option.key)", Self.shown(option.key, option.written))
            }
        }
        return try described(rows)
    }

    private static func shown(_ key: String, _ value: String) -> String {
        SecretNames.isSecret(key) ? "*********(redacted)" : value
    }

    private func rows(of schema: Schema, _ notes: SQLNotes, _ lengths: [TextLength?] = []) -> [[Value]] {
        schema.fields.enumerated().map { place, field in
            let length = place < lengths.count ? lengths[place] : nil
            return [
                .string(field.name), .string(length?.description ?? SchemaText.catalogText(field.type)),
                notes.columnComments[field.name.lowercased()].map { .string($0) } ?? .null,
            ]
        }
    }

    private func described(_ rows: [[Value]]) throws -> DataFrame {
        try frame(["col_name", "data_type", "comment"], rows)
    }

    // MARK: Functions

    /// The functions that there are; those of the user are none.
    func functions(_ pattern: String?, ofUser: Bool) throws -> DataFrame {
        let names = ofUser ? [] : Set(Self.functionNames).sorted()
        return try frame(["function"], names.filter { Self.matches($0, pattern) }.map { [.string($0)] })
    }

    private static let functionNames =
        FunctionTable.names + AggregateTable.names + GeneratorTable.names + LambdaTable.names
        + WindowFunctionTable.names + SQLOperators.all.map(\.name)

    /// What a function does; extended, also what it is, by which other names it goes and how many arguments it takes.
    func function(_ name: String, isExtended: Bool) throws -> DataFrame {
        var lines: [String] = []
        func describe(
            _ kind: String, _ name: String, _ usage: String, _ summary: String, _ aliases: [String],
            _ arity: ClosedRange<Int>
        ) {
            lines += Self.lines(name, usage, summary) + (isExtended ? Self.more(kind, aliases, arity) : [])
        }
        if let known = FunctionTable.definition(name) {
            describe("scalar", known.name, known.usage, known.summary, known.aliases, known.arity)
        }
        if let known = LambdaTable.definition(name) {
            let arity = (known.values + known.lambdas.lowerBound)...(known.values + known.lambdas.upperBound)
            describe("scalar, with lambdas", known.name, known.usage, known.summary, known.aliases, arity)
        }
        if let known = AggregateTable.definition(name) {
            describe("aggregate", known.name, known.usage, known.summary, known.aliases, known.arity)
        }
        if let known = GeneratorTable.definition(name) {
            describe("generator", known.name, known.usage, known.summary, [], known.arity)
        }
        if let known = WindowFunctionTable.definition(name) {
            describe("over windows", known.name, known.usage, known.summary, [], known.arity)
        }
        if lines.isEmpty, let known = SQLOperators.all.first(where: { $0.name == name.lowercased() }) {
            lines = Self.lines(known.name, known.usage, known.summary)
        }
        guard !lines.isEmpty else {
            throw MillraceError(
                code: "UNRESOLVED_ROUTINE", message: "there is no function \(name)",
                hint: LeftOutFunctions.reason(name.lowercased())
                    ?? Spelling.nearest(to: name.lowercased(), among: Self.functionNames).map { "did you mean \($0)?" }
                    ?? "SHOW FUNCTIONS lists them", kind: .query)
        }
        return try frame(["function_desc"], lines.map { [.string($0)] })
    }

    private static func lines(_ name: String, _ usage: String, _ summary: String) -> [String] {
        ["Function: \(name)", "Usage: \(usage) - \(summary)"]
    }

    private static func more(_ kind: String, _ aliases: [String], _ arity: ClosedRange<Int>) -> [String] {
        let (least, most) = (arity.lowerBound, arity.upperBound)
        let count = least == most ? "\(least)" : most == Int.max ? "\(least) or more" : "\(least) to \(most)"
        let names = aliases.isEmpty ? [] : ["    Other names: \(aliases.joined(separator: ", "))"]
        return ["Extended Usage:", "    Kind: \(kind)"] + names + ["    Arguments: \(count)"]
    }

    // MARK: Patterns

    /// Whether a name is one of a pattern's, in which `*` stands for anything and `|` is between alternatives.
    static func matches(_ name: String, _ pattern: String?) -> Bool {
        guard let pattern else { return true }
        return pattern.lowercased().split(separator: "|").contains { alternative in
            var states: Set<Int> = [0]
            let wanted = Array(alternative.trimmed)
            func closed(_ states: Set<Int>) -> Set<Int> {
                var closed = states
                for state in states.sorted() {
                    var next = state
                    while next < wanted.count, wanted[next] == "*" {
                        next += 1
                        closed.insert(next)
                    }
                }
                return closed
            }
            states = closed(states)
            for character in name.lowercased() {
                var next: Set<Int> = []
                for state in states where state < wanted.count {
                    if wanted[state] == "*" {
                        next.insert(state)
                    } else if wanted[state] == character {
                        next.insert(state + 1)
                    }
                }
                states = closed(next)
            }
            return states.contains(wanted.count)
        }
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var text = self
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}

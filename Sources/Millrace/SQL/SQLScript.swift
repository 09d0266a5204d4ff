// SQL statements as a program gets them: read, but not yet carried out.

import SQLParser
import SourceText

/// Statements of SQL with semicolons between them.
public struct SQLScript: Sendable {
    /// The statements in the order in which they stand.
    public let statements: [SQLStatement]

    /// Reads a script.
    ///
    /// - Throws: the first mistake in its grammar, with a picture of the place; no name is looked up yet.
    public init(_ text: String) throws {
        do {
            statements = try SyntaxParser.script(text).map { SQLStatement(script: text, syntax: $0) }
        } catch {
            throw SQLText.failure(error, in: text)
        }
    }

    /// Reads what can be read of a script.
    ///
    /// - Returns: its statements, and an error for each one that has a mistake in its grammar, with a picture of the
    ///   place, up to a number of them.
    package static func read(_ text: String, mistakes limit: Int) -> (script: SQLScript, mistakes: [any Error]) {
        let (statements, mistakes) = SyntaxParser.read(text, mistakes: limit)
        return (
            SQLScript(statements: statements.map { SQLStatement(script: text, syntax: $0) }),
            mistakes.map { SQLText.failure($0, in: text) }
        )
    }

    private init(statements: [SQLStatement]) { self.statements = statements }

    /// Whether a text that somebody types line by line ends with a statement's semicolon, or holds nothing at all.
    public static func isComplete(_ text: String) -> Bool { SyntaxParser.isComplete(text) }
}

/// Lines of SQL as somebody types them, until they are whole statements. Each line is read once, however many there
/// are.
package struct SQLLines: Sendable {
    /// The lines so far.
    package private(set) var text = ""
    private var lines = StatementLines()

    /// No lines.
    package init() {}

    /// Adds a line, given without its end.
    package mutating func add(_ line: String) {
        text += line + "\n"
        lines.add(line + "\n")
    }

    /// Whether the lines end with a statement's semicolon, or hold nothing at all. A statement with a mistake is whole,
    /// too.
    package var isComplete: Bool { lines.isComplete }
}

/// One statement of a script.
public struct SQLStatement: Sendable {
    /// What a statement is for.
    public enum Kind: Sendable {
        /// It asks for rows: `SELECT`, `VALUES`, `TABLE`.
        case query
        /// It writes rows into a table: `INSERT`, and `CREATE TABLE ... AS`.
        case insert
        /// It shows a query's plan.
        case explain
        /// It defines, sets, shows or describes something.
        case command
    }

    /// The text in which it stands: the places of its errors are places there.
    let script: String
    let syntax: SyntaxStatement

    /// What it is for.
    public var kind: Kind {
        switch syntax.kind {
        case .query: .query
        case .insert, .insertDirectory: .insert
        case .createTable(let table): table.query == nil ? .command : .insert
        case .explain: .explain
        case .createView, .drop, .set, .setTimeZone, .reset, .showTables, .showViews, .showFunctions, .describeTable,
            .describeFunction, .describeQuery:
            .command
        }
    }

    /// The statement as it was written, without the semicolon.
    public var text: String {
        let bytes = Array(script.utf8)
        return String(decoding: bytes[syntax.range.start..<syntax.range.end], as: UTF8.self)
    }

    /// The line of the script in which it begins; the first is 1.
    public var line: Int { syntax.range.line }
}

/// What became of a statement.
public enum SQLResult: Sendable {
    /// It has been carried out, and has nothing to show.
    case done
    /// Its rows: those of a query, which has not run yet, or what a statement such as `SHOW TABLES` tells. Where the
    /// frame is a stream, `writeStream` starts it.
    case rows(DataFrame)
    /// Rows that are to be written into a table: nothing has been written yet.
    case insert(SQLInsert)
}

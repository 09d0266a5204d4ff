// SQL in a session: statements, and views of frames.

import Columns
import Connectors

extension Session {
    /// Carries out one statement of SQL, as Spark's `sql` does.
    ///
    /// A query gives its frame, which runs when it is collected or, if it is a stream, started. Other statements are
    /// carried out at once, and the frame has what they tell: `SHOW TABLES` its tables, `CREATE VIEW` no rows. An
    /// `INSERT` of the rows of tables is carried out, too; of a stream, ask `execute(_:)` for its writer.
    ///
    /// - Throws: what is wrong with the statement, with a picture of the place.
    @discardableResult
    public func sql(_ text: String) throws -> DataFrame {
        let statements = try SQLScript(text).statements
        guard let statement = statements.first, statements.count == 1 else {
            throw MillraceError(
                code: "PARSE_SYNTAX_ERROR", message: "sql takes one statement, and here are \(statements.count)",
                hint: "SQLScript reads several, and execute(_:) carries each out", kind: .query)
        }
        switch try execute(statement) {
        case .rows(let frame): return frame
        case .done: break
        case .insert(let insert):
            guard !insert.isStreaming else {
                throw MillraceError(
                    code: "UNSUPPORTED_OPERATION",
                    message: "an INSERT of a stream has no end: it is a query that has to be started",
                    hint: "execute(_:) gives its writer: with trigger and checkpoint it can be started", kind: .query)
            }
            try insert.run()
        }
        return staticFrame(name: "nothing", schema: Schema([])) { [] }
    }

    /// Carries out one statement of a script, except for what reads or writes rows: that is left to the caller.
    ///
    /// - Throws: what is wrong with the statement, with a picture of the place.
    public func execute(_ statement: SQLStatement) throws -> SQLResult {
        try SQLExecution(session: self, text: statement.script).run(statement.syntax)
    }
}

extension DataFrame {
    /// Gives the query a name that SQL of the same session can read from; a table or view of that name is replaced.
    ///
    /// - Throws: what is wrong with the query.
    public func createOrReplaceTempView(_ name: String) throws {
        _ = try analyzed()
        session.catalog.set(.view(SQLView(name: name, frame: self)))
    }

    /// Gives the query a name that SQL of the same session can read from.
    ///
    /// - Throws: what is wrong with the query, and `TEMP_TABLE_OR_VIEW_ALREADY_EXISTS` where the name is taken.
    public func createTempView(_ name: String) throws {
        guard session.catalog[name] == nil else {
            throw MillraceError(
                code: "TEMP_TABLE_OR_VIEW_ALREADY_EXISTS", message: "there is a table or view \(name) already",
                hint: "createOrReplaceTempView takes its place", kind: .query)
        }
        try createOrReplaceTempView(name)
    }
}

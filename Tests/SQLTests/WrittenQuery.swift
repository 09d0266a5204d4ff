// A query of the tests over tables that need no data, up to its plan.

import Analysis
import Columns
import LogicalPlan
import Lowering
import SQLParser
import SourceText

/// A query as written, over tables of which there are only the schemas.
struct WrittenQuery {
    private static let tables = [
        "emp": "id INT NOT NULL, name STRING, dept INT, mgr INT, salary DECIMAL(10,2), hired DATE",
        "dept": "dept INT, title STRING, city STRING, budget BIGINT",
        "nest": "id INT, arr ARRAY<INT>, m MAP<STRING, INT>, s STRUCT<x: INT, y: STRING>",
        "lists": "id INT, l ARRAY<INT>",
        "clicks": "ts TIMESTAMP, k STRING, v INT",
    ]

    /// The output mode that a first line like `-- update` names.
    let outputMode: OutputMode?
    private let plan: UnresolvedPlan

    /// `nil` where the statement is no query.
    init?(_ text: String) throws {
        guard case .query(let syntax) = try SyntaxParser.statement(text).kind else { return nil }
        let lowering = QueryLowering(text: text) {
            (name: [String], isStream: Bool, place: TextRange) throws(SQLDiagnostic) -> UnresolvedPlan in
            guard let name = name.last, let columns = Self.tables[name],
                let fields = try? SyntaxParser.schema(columns),
                let schema = try? QueryLowering.schema(fields, in: columns)
            else { throw SQLDiagnostic(code: "TABLE_OR_VIEW_NOT_FOUND", "no such table", at: place, hint: nil) }
            return .alias(
                .scan(ScanSource(id: name, name: name, schema: schema, isStreaming: isStream)), name)
        }
        plan = try lowering.plan(syntax)
        let firstLine = text.prefix { $0 != "\n" }
        outputMode = firstLine.hasPrefix("-- ") ? OutputMode(rawValue: String(firstLine.dropFirst(3))) : nil
    }

    func analyzed() throws -> ResolvedPlan { try Analyzer.analyze(plan) }

    /// Refuses the query, analysed, where it's a stream that this output mode can't serve.
    func check(_ analyzed: ResolvedPlan, _ mode: OutputMode) throws(PlanError) {
        try StreamingRules.check(analyzed, of: plan, zone: .utc, outputMode: mode)
    }
}

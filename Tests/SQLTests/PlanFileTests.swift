// Queries and the plans that the analyser makes of them, in files that people read and a variable renews.

import Analysis
import Columns
import LogicalPlan
import Lowering
import SQLParser
import SourceText
import Testing

/// `plans/*.slt`: queries over the tables below, with their analysed plans or their errors; `-- update` and the like
/// on the first line checks a streaming query against the rules of an output mode.
///
/// `MILLRACE_RENEW=1 scripts/test --filter SQLTests` writes the answers anew: read the difference before you commit it.
@Suite struct PlanFileTests {
    static let folder = #filePath.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/plans"

    private static let tables = [
        "emp": "id INT NOT NULL, name STRING, dept INT, mgr INT, salary DECIMAL(10,2), hired DATE",
        "dept": "dept INT, title STRING, city STRING, budget BIGINT",
        "nest": "id INT, arr ARRAY<INT>, m MAP<STRING, INT>, s STRUCT<x: INT, y: STRING>",
        "clicks": "ts TIMESTAMP, k STRING, v INT",
    ]

    @Test("every file has the plans that it says", arguments: files(in: folder, ending: ".slt"))
    func file(_ path: String) throws {
        let file = try SqlLogicFile(path: path)
        #expect(!file.cases.isEmpty)
        let isRenewed = environment("MILLRACE_RENEW") == "1"
        var renewed: [SqlLogicCase] = []
        for var one in file.cases {
            let answer = Self.answer(one.query)
            if !isRenewed { #expect(answer == one.answer, "\(path):\(one.line): \(one.query)") }
            one.answer = answer
            renewed.append(one)
        }
        if isRenewed { try writeText(SqlLogicFile.text(renewed), to: path) }
    }

    /// The plan as people read it, or the error as users see it.
    private static func answer(_ query: String) -> [String] {
        let answer: String
        do {
            let written = try written(query)
            let plan = try Analyzer.analyze(written)
            if query.hasPrefix("-- "), let word = query.split(whereSeparator: \.isWhitespace).dropFirst().first {
                let mode = try #require(OutputMode(rawValue: String(word)), "\(word) is an output mode")
                try StreamingRules.check(plan, of: written, zone: .utc, outputMode: mode)
            }
            answer = "\(plan)"
        } catch {
            answer = "\(error)"
        }
        return answer.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    private static func plan(_ query: String) throws -> ResolvedPlan { try Analyzer.analyze(try written(query)) }

    private static func written(_ query: String) throws -> UnresolvedPlan {
        let statement = try SyntaxParser.statement(query)
        guard case .query(let syntax) = statement.kind else { throw FileFailure(description: "no query") }
        let lowering = QueryLowering(text: query) {
            (name: [String], isStream: Bool, place: TextRange) throws(SQLDiagnostic) -> UnresolvedPlan in
            guard let name = name.last, let columns = tables[name],
                let fields = try? SyntaxParser.schema(columns),
                let schema = try? QueryLowering.schema(fields, in: columns)
            else { throw SQLDiagnostic(code: "TABLE_OR_VIEW_NOT_FOUND", "no such table", at: place, hint: nil) }
            return .alias(
                .scan(ScanSource(id: name, name: name, schema: schema, isStreaming: isStream)), name)
        }
        return try lowering.plan(syntax)
    }

    @Test("a plan grows with the number of queries in it, and no faster", arguments: [true, false])
    func growth(isCondition: Bool) throws {
        func size(_ count: Int) throws -> Int {
            let queries = (0..<count).map { "(SELECT max(u.id) FROM emp u WHERE u.id + \($0) < e.id)" }
            func steps(_ plan: ResolvedPlan) -> Int { plan.children.reduce(1) { $0 + steps($1) } }
            return steps(
                try Self.plan(
                    isCondition
                        ? "SELECT id FROM emp e WHERE " + queries.map { "\($0) > 0" }.joined(separator: " AND ")
                        : "SELECT \(queries.joined(separator: ", ")) FROM emp e"))
        }
        #expect(try size(4) - size(2) == size(6) - size(4))
        #expect(try size(12) < 4 * size(4))
    }
}

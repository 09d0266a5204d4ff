// Queries and the plans that the analyser makes of them, in files that people read and a variable renews.

import LogicalPlan
import Testing

/// `plans/*.slt`: queries over the tables of `WrittenQuery`, with their analysed plans or their errors; `-- update` and
/// the like on the first line checks a streaming query against the rules of an output mode.
///
/// `MILLRACE_RENEW=1 scripts/test --filter SQLTests` writes the answers anew: read the difference before you commit it.
@Suite struct PlanFileTests {
    static let folder = #filePath.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/plans"

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
            let written = try #require(try WrittenQuery(query), "it is a query")
            let plan = try written.analyzed()
            if query.hasPrefix("-- ") {
                try written.check(plan, try #require(written.outputMode, "the first line names an output mode"))
            }
            answer = "\(plan)"
        } catch {
            answer = "\(error)"
        }
        return answer.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    @Test("a plan grows with the number of queries in it, and no faster", arguments: [true, false])
    func growth(isCondition: Bool) throws {
        func size(_ count: Int) throws -> Int {
            let queries = (0..<count).map { "(SELECT max(u.id) FROM emp u WHERE u.id + \($0) < e.id)" }
            func steps(_ plan: ResolvedPlan) -> Int { plan.children.reduce(1) { $0 + steps($1) } }
            return steps(
                try #require(
                    try WrittenQuery(
                        isCondition
                            ? "SELECT id FROM emp e WHERE " + queries.map { "\($0) > 0" }.joined(separator: " AND ")
                            : "SELECT \(queries.joined(separator: ", ")) FROM emp e")
                ).analyzed())
        }
        #expect(try size(4) - size(2) == size(6) - size(4))
        #expect(try size(12) < 4 * size(4))
    }
}

// What is wrong with an expression from SQL text is shown in the text.

import Analysis
import Columns
import LogicalPlan
import Lowering
import Testing

private let table = UnresolvedPlan.scan(
    ScanSource(
        id: "0", name: "t",
        schema: Schema([Field("a", .integer), Field("s", .string), Field("p", .structure([Field("x", .integer)]))]),
        isStreaming: false))

private func failure(_ sql: String) throws -> PlanError? {
    do {
        _ = try Analyzer.analyze(.project(table, try ExpressionLowering.expressions(sql)))
        return nil
    } catch let error as PlanError {
        return error
    }
}

@Suite struct PlaceTests {
    /// The text, and the carets below it.
    @Test(arguments: [
        ("a + wrods", "    ^^^^^"), ("upper(lenght(s))", "      ^^^^^^^^^"), ("upper(s, s) AS u", "^^^^^^^^^^^"),
        ("a, s, CASE WHEN a > 1 THEN s ELSE p END", "      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"),
        ("1 + p.y", "    ^^^"), ("a IN (1, none)", "         ^^^^"), ("none BETWEEN 1 AND 2", "^^^^"),
        ("a + 1 AND true", "^^^^^^^^^^^^^^"), ("CAST(p AS INT) + 1", "^^^^^^^^^^^^^^"), ("sum(sum(a))", "^^^^^^^^^^^"),
        ("'é' || b", "       ^"),
    ])
    func carets(text: String, carets: String) throws {
        let error = try #require(try failure(text), "\(text) passes")
        let lines = error.placedMessage.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        try #require(lines.count == 3, "\(error)")
        #expect(lines[0].hasPrefix("line 1, column \(carets.prefix { $0 == " " }.count + 1): "), "\(error)")
        #expect(lines[0].hasSuffix("; in select"), "\(error)")
        #expect(lines[1] == text)
        #expect(lines[2] == carets, "\(error)")
    }

    @Test func linesOfLongTexts() throws {
        let error = try #require(try failure("a,\n  upper(b) AS u,\n  s"))
        #expect(
            error.placedMessage == """
                line 2, column 9: a column with the name `b` cannot be resolved; in select
                  upper(b) AS u,
                        ^
                """)
        #expect("\(error)".hasPrefix("[UNRESOLVED_COLUMN.WITH_SUGGESTION] line 2"))
        #expect("\(error)".contains("\nhint: did you mean"), "\(error)")
    }

    @Test func whatIsNotFromTextHasNoPlace() throws {
        #expect {
            try Analyzer.analyze(.project(table, [.column(["b"])]))
        } throws: { ($0 as? PlanError)?.placedMessage.contains("in select: b") ?? false }
    }
}

// The answers of expressions, in files that people read and a variable renews.

import JSONText
import Millrace
import Testing

/// `expressions/*.slt`: select lists over one row without columns, with their rows or their errors.
///
/// `MILLRACE_RENEW=1 scripts/test --filter SQLTests` writes the answers anew: read the difference before you commit it.
@Suite struct ExpressionFileTests {
    static let folder = #filePath.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/expressions"

    @Test("every file answers as it says", arguments: files(in: folder, ending: ".slt"))
    func file(_ path: String) throws {
        let file = try SqlLogicFile(path: path)
        #expect(!file.cases.isEmpty)
        let isRenewed = environment("MILLRACE_RENEW") == "1"
        var renewed: [SqlLogicCase] = []
        for var one in file.cases {
            let answer = Self.answer { try Self.select(one.query) }
            if !isRenewed {
                #expect(answer == one.answer, "\(path):\(one.line): \(one.query)")
            }
            one.answer = answer
            renewed.append(one)
        }
        if isRenewed { try writeText(SqlLogicFile.text(renewed), to: path) }
    }

    /// The rows as text with tabs between values, or the error as users see it.
    static func answer(_ rows: () throws -> [Row]) -> [String] {
        do {
            return try rows().map { row in
                zip(row.schema.fields, row.values).map { answerText($1, $0.type) }.joined(separator: "\t")
            }
        } catch {
            return "\(error)".split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        }
    }

    /// Arrays, maps and structures as JSON, everything else as plain text.
    private static func answerText(_ value: Value, _ type: DataType) -> String {
        switch value {
        case .array, .map, .structure: sparkJSON(value, type).text
        default: plainText(value)
        }
    }

    /// The rows of a select list over one row without columns.
    static func select(_ list: String) throws -> [Row] {
        let session = Session(appName: "SQLTests", configuration: .quiet)
        let frame = try session.createDataFrame([[.boolean(true)]], schema: Schema([Field("_", .boolean)]))
        return try frame.select(splitSelectList(list).map { expr($0) }).collect()
    }

    @Test("a select list is cut at its outer commas alone")
    func cutting() {
        #expect(
            splitSelectList("a, f(b, c) , 'x,\\'y', `d,e`, [1,2][0]") == [
                "a", "f(b, c)", "'x,\\'y'", "`d,e`", "[1,2][0]",
            ])
    }
}

// Spark's recorded answers to calls of its functions, evaluated in this process.

import JSONText
import Millrace
import Testing

/// Runs where MILLRACE_CONFORMANCE names the folder with `functions.jsonl` and `functions2.jsonl`; elsewhere says that
/// it was skipped.
///
/// `conformance.txt` holds the queries that are answered as Spark does. One that no longer is fails the test; new ones
/// are added with `MILLRACE_RENEW=1`.
@Suite struct ConformanceTests {
    static let record =
        #filePath.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/conformance.txt"

    @Test("no answer that was Spark's has become another", .enabled(if: isAvailable))
    func functions() throws {
        guard let folder = environment("MILLRACE_CONFORMANCE") else { return }
        var good: [String] = []
        var total = 0
        for name in ["functions", "functions2"] {
            for line in try readText("\(folder)/\(name).jsonl").split(separator: "\n") {
                guard let one = try? JSONValue.parse(String(line)), let sql = one["sql"]?.stringValue,
                    let list = Self.selectList(sql)
                else { continue }
                total += 1
                if Self.isRight(one, list) { good.append("\(name): \(sql.replacingLineEnds)") }
            }
        }
        print("conformance: \(good.count) of \(total) calls of functions are answered as Spark does")
        if environment("MILLRACE_RENEW") == "1" {
            return try writeText(good.map { "\($0)\n" }.joined(), to: Self.record)
        }
        let known = Set(try readText(Self.record).split(separator: "\n").map(String.init))
        let lost = known.subtracting(good).sorted()
        #expect(lost.isEmpty, "\(lost.count) answers are no longer Spark's: \(lost.prefix(10))")
    }

    static var isAvailable: Bool {
        if environment("MILLRACE_CONFORMANCE") != nil { return true }
        print("SKIPPED: Spark's recorded answers. Set MILLRACE_CONFORMANCE to the folder that holds them.")
        return false
    }

    /// The list of a SELECT without FROM; others need statements.
    private static func selectList(_ sql: String) -> String? {
        guard sql.uppercased().hasPrefix("SELECT "), !sql.uppercased().contains(" FROM ") else { return nil }
        return String(sql.dropFirst("SELECT ".count))
    }

    private static func isRight(_ one: JSONValue, _ list: String) -> Bool {
        let rows: [Row]
        do {
            rows = try ExpressionFileTests.select(list)
        } catch {
            guard let expected = one["error"]?.stringValue, let error = error as? MillraceError else { return false }
            return expected.isEmpty || head(error.code) == head(expected)
        }
        guard let expected = one["rows"]?.arrayValue, expected.count == rows.count else { return false }
        return zip(expected, rows).allSatisfy { expected, row in
            guard let text = expected.stringValue, let members = try? JSONValue.parse(text).objectValue else {
                return false
            }
            let found = zip(row.schema.fields, row.values).map { sparkJSON($1, $0.type) }
            return members.count == found.count && zip(members, found).allSatisfy { isSame($0.value, $1) }
        }
    }

    private static func head(_ code: String) -> Substring { code.prefix { $0 != "." } }
}

extension String {
    /// On one line, for a list with a query a line.
    fileprivate var replacingLineEnds: String { String(map { $0.isNewline ? " " : $0 }) }
}

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
                    Self.canRead(sql)
                else { continue }
                total += 1
                if Self.isRight(one, sql) { good.append("\(name): \(sql.replacingLineEnds)") }
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

    /// A SELECT without FROM, or from VALUES; others need statements.
    private static func canRead(_ sql: String) -> Bool {
        sql.uppercased().hasPrefix("SELECT ")
            && (!sql.uppercased().contains(" FROM ") || sql.wholeMatch(of: fromValues) != nil)
    }

    nonisolated(unsafe) private static let fromValues =
        /SELECT (.*) FROM VALUES (.*\))(?: AS)? \w+\(([\w, ]+)\)/.ignoresCase()

    /// The rows of a SELECT.
    private static func rows(_ sql: String) throws -> [Row] {
        guard let match = sql.wholeMatch(of: fromValues) else {
            return try ExpressionFileTests.select(String(sql.dropFirst("SELECT ".count)))
        }
        let names = splitSelectList(String(match.3))
        let session = Session(appName: "SQLTests", configuration: .quiet)
        let one = try session.createDataFrame([[.boolean(true)]], schema: Schema([Field("_", .boolean)]))
        let tuples = splitSelectList(String(match.2)).map { tuple in
            let list = tuple.hasPrefix("(") ? String(tuple.dropFirst().dropLast()) : tuple
            return one.select(zip(splitSelectList(list), names).map { expr($0).as($1) })
        }
        guard let first = tuples.first else { return [] }
        let frame = tuples.dropFirst().reduce(first) { $0.union($1) }
        return try frame.select(splitSelectList(String(match.1)).map { expr($0) }).collect()
    }

    private static func isRight(_ one: JSONValue, _ sql: String) -> Bool {
        let rows: [Row]
        do {
            rows = try Self.rows(sql)
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

// The names of columns that have no alias, beside Spark's.

import Millrace
import Testing

/// `column-names.tsv`: an expression a line, and the name that Spark 4.3 gives its column.
@Suite struct ColumnNameTests {
    private static let path =
        #filePath.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/column-names.tsv"

    private static let view = """
        CREATE VIEW t (a, b, d, dt, ts, ar, m, st, bo) AS VALUES
            (1, 'x', 1.5D, DATE'2020-01-01', TIMESTAMP'2020-01-01 00:00:00', array(1), map('k', 1),
             named_struct('f', 1), true)
        """

    @Test func namesAreSparks() throws {
        let session = Session(appName: "SQLTests", configuration: .quiet)
        for statement in try SQLScript(Self.view).statements { _ = try session.execute(statement) }
        let lines = try readText(Self.path).split(separator: "\n")
        #expect(lines.count > 500)
        for line in lines {
            let parts = line.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                Issue.record("no name: \(line)")
                continue
            }
            let window = parts[0].hasSuffix("OVER w") ? " WINDOW w AS (ORDER BY b)" : ""
            let names = try session.sql("SELECT \(parts[0]) FROM t\(window)").schema.fields.map(\.name)
            #expect(names.joined(separator: ", ").trimmed == String(parts[1]), "\(parts[0])")
        }
    }
}

extension ColumnNameTests {
    @Test("a long sum is named in no more time than it is computed", .timeLimit(.minutes(1)))
    func longSums() throws {
        let session = Session(appName: "SQLTests", configuration: .quiet)
        let term = "CASE WHEN a > 1 THEN 1 WHEN a > 2 THEN 2 ELSE 4 END"
        let sum = Array(repeating: term, count: 120).joined(separator: " + ")
        let name = try session.sql("SELECT \(sum) FROM VALUES (1) t(a)").schema.fields[0].name
        #expect(name.hasPrefix("((((") && name.hasSuffix(" + CASE WHEN (a > 1) THEN 1 WHEN (a > 2) THEN 2 ELSE 4 END)"))
    }
}

extension String {
    /// Without blanks at its end: some names end with what is replaced by nothing.
    fileprivate var trimmed: String { String(reversed().drop { $0 == " " }.reversed()) }
}

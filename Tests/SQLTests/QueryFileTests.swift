// The answers of whole queries, in files that people read and a variable renews.

import Millrace
import Testing

/// `queries/*.slt`: queries over the views below, with their rows in order or their errors.
///
/// `MILLRACE_RENEW=1 scripts/test --filter SQLTests` writes the answers anew: read the difference before you commit it.
@Suite struct QueryFileTests {
    static let folder = #filePath.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/queries"

    private static let views = """
        CREATE VIEW emp (id, name, dept, mgr, salary) AS VALUES
            (1, 'Ada', 10, NULL, 5200), (2, 'Bob', 10, 1, 3100), (3, 'Cyd', 20, 1, 3100), (4, 'Dan', 20, 3, NULL),
            (5, 'Eve', NULL, 3, 990);
        CREATE VIEW dept (dept, title, city) AS VALUES
            (10, 'Core', 'Oslo'), (20, 'Web', 'Rome'), (30, 'Ops', NULL);
        CREATE VIEW lists (id, l) AS VALUES (1, array(7, 8)), (2, array()), (3, NULL), (4, array(9));
        """

    @Test("every file answers as it says", arguments: files(in: folder, ending: ".slt"))
    func file(_ path: String) throws {
        let file = try SqlLogicFile(path: path)
        #expect(!file.cases.isEmpty)
        let session = Session(appName: "SQLTests", configuration: .quiet)
        for statement in try SQLScript(Self.views).statements { _ = try session.execute(statement) }
        let isRenewed = environment("MILLRACE_RENEW") == "1"
        var renewed: [SqlLogicCase] = []
        for var one in file.cases {
            let answer = ExpressionFileTests.answer { try session.sql(one.query).collect() }
            if !isRenewed { #expect(answer == one.answer, "\(path):\(one.line): \(one.query)") }
            one.answer = answer
            renewed.append(one)
        }
        if isRenewed { try writeText(SqlLogicFile.text(renewed), to: path) }
    }
}

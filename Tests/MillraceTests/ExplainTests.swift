// What explain() tells of a query.

import Millrace
import Testing

@Suite struct ExplainTests {
    private func frame() throws -> DataFrame {
        try Session(appName: "ExplainTests", configuration: .quiet)
            .createDataFrame(
                [[.string("a"), .integer(1)]],
                schema: Schema([Field("k", .string), Field("v", .integer, isNullable: false)])
            )
            .filter("v > 1 + 1").select("k")
    }

    @Test("the physical plan, with what is asked of each source")
    func simple() throws {
        #expect(
            try frame().explained("simple") == """
                == Physical Plan ==
                Project [k#0 AS k]
                  Filter (v#1 > 2)
                    Table 0 rows [k, v]

                """)
    }

    @Test("all that becomes of a query, and modes that there are not")
    func extended() throws {
        let text = try frame().explained("EXTENDED")
        #expect(
            text.hasPrefix(
                """
                == Parsed Logical Plan ==
                'Project [k]
                  'Filter (v > (1 + 1))
                    Relation rows

                == Analyzed Logical Plan ==
                k: string
                Project [k#0]
                  Filter (v#1 > (1 + 1))
                    Scan rows [k#0 STRING, v#1 INT NOT NULL]

                == Optimized Logical Plan ==
                Project [k#0]
                  Filter (v#1 > 2)
                    Scan rows [k#0 STRING, v#1 INT NOT NULL]

                == Physical Plan ==
                """), "\(text)")
        let error = #expect(throws: MillraceError.self) { try frame().explained("codegen") }
        #expect(error?.code == "INVALID_EXPLAIN_MODE")
    }
}

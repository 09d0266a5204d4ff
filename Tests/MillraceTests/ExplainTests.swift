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

    @Test("a join of two streams: keys, condition, and how long each side is kept")
    func streams() throws {
        let session = Session(appName: "ExplainTests", configuration: .quiet)
        func stream() -> DataFrame {
            MemoryStream(session, schema: Schema([Field("k", .string), Field("t", .timestamp)])).toDF()
                .withWatermark("t", "5 seconds")
        }
        let on = expr("l.k = r.k AND r.t BETWEEN l.t - INTERVAL 2 SECONDS AND l.t + INTERVAL 9 SECONDS")
        let text = try stream().alias("l").join(stream().alias("r"), on: on, how: .left).explained("simple")
        #expect(
            text.contains("StreamJoin LeftOuter [k#0 = k#2]")
                && text.contains(", kept left until t#1 + 9001000 us, right until t#3 + 2001000 us"), "\(text)")
        #expect(text.contains("Exchange by key") && text.contains("k#2 IS NOT NULL"), "\(text)")
        // A key that has to be computed is so once, before the exchange.
        let computed = try stream().alias("l").join(stream().alias("r"), on: expr("upper(l.k) = r.k")).explained(
            "simple")
        #expect(computed.contains("Project [*, upper(k#0)]"), "\(computed)")
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

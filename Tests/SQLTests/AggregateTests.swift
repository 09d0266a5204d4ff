// Aggregates over rows, in the Swift API: FILTER, several arguments, shared parts, and sums beyond their type.

import Millrace
import Testing

@Suite struct AggregateTests {
    private static let schema = Schema([Field("k", .string), Field("a", .long), Field("b", .string)])

    private func frame(_ rows: [[Value]], workers: Int = 2) throws -> DataFrame {
        var configuration = SessionConfiguration.quiet
        configuration.workerCount = workers
        return try Session(appName: "AggregateTests", configuration: configuration)
            .createDataFrame(rows, schema: Self.schema)
    }

    private func values(_ aggregates: String..., of rows: [[Value]]) throws -> [Value] {
        try frame(rows).select(aggregates.map { expr($0) }).collect().first?.values ?? []
    }

    private static let rows: [[Value]] = [
        [.string("x"), .long(3), .null], [.string("x"), .null, .string("q")], [.string("y"), .long(5), .string("p")],
        [.string("y"), .long(1), .null],
    ]

    @Test("count of several values counts the rows in which none is NULL")
    func counts() throws {
        let counts = try values("count(a, b)", "count(a)", "count(*)", "count(1)", "count_if(a > 2)", of: Self.rows)
        #expect(counts == [.long(1), .long(3), .long(4), .long(4), .long(2)])
    }

    @Test("FILTER leaves rows out, and does not make NULLs of them")
    func filters() throws {
        let found = try values(
            "first(a) FILTER (WHERE a IS NULL OR a < 3)", "last(b) FILTER (WHERE b IS NOT NULL)",
            "count(*) FILTER (WHERE k = 'y')", "sum(a) FILTER (WHERE k = 'y')",
            "sum(a) FILTER (WHERE CAST(NULL AS BOOLEAN))", "first(a) FILTER (WHERE k = 'y')", of: Self.rows)
        #expect(found == [.null, .string("p"), .long(2), .long(6), .null, .long(5)])
    }

    @Test("the first and the last value, with NULLs and without")
    func picks() throws {
        let found = try values(
            "first(b)", "first(b, true)", "last(b)", "last(b, true)", "any_value(a, true)", "min_by(k, a)",
            "max_by(b, a)", "min_by(a, b)", "first(b) IGNORE NULLS", "last(b IGNORE NULLS)",
            "first_value(b) FILTER (WHERE k = 'y') RESPECT NULLS", of: Self.rows)
        #expect(
            found == [
                .null, .string("q"), .null, .string("p"), .long(3), .string("y"), .string("p"), .long(5), .string("q"),
                .string("p"), .string("p"),
            ])
    }

    @Test("all values, the different ones, and the most frequent; none of no rows")
    func collections() throws {
        let rows = Self.rows + [[.string("y"), .long(5), .string("p")]]
        let calls = [
            "sort_array(collect_list(a))", "sort_array(collect_set(a))", "sort_array(array_agg(b))", "mode(a)",
            "listagg(k, '-') FILTER (WHERE k = 'x')", "string_agg(k) FILTER (WHERE a = 1)",
            "size(collect_set(struct(k, b)))",
            "sort_array(collect_list(array(a)))[0]", "element_at(collect_list(map(k, a)) FILTER (WHERE a = 3), 1)['x']",
        ]
        let found = try frame(rows).select(calls.map { expr($0) }).collect().first?.values
        #expect(
            found == [
                .array([.long(1), .long(3), .long(5), .long(5)]), .array([.long(1), .long(3), .long(5)]),
                .array([.string("p"), .string("p"), .string("q")]), .long(5), .string("x-x"), .string("y"), .integer(4),
                .array([.null]), .long(3),
            ])
        let none = try frame([]).select(calls.prefix(6).map { expr($0) }).collect().first?.values
        #expect(none == [.array([]), .array([]), .array([]), .null, .null, .null])
        // Equal counts: the smallest value, whichever worker has seen it.
        #expect(
            try values("mode(k)", "mode(b)", "mode(array(k))", of: Self.rows).prefix(2) == [.string("x"), .string("p")])
    }

    @Test("percentiles are exact, of any kind of number, and with frequencies")
    func percentiles() throws {
        let rows = (1...10).map { [Value.string("k"), .long(Int64($0)), .string("\($0)")] }
        let found = try values(
            "percentile(a, 0.5)", "median(a)", "percentile(a, array(0, 0.25, 1.0))", "percentile(a, 0.5, a)",
            "percentile_approx(a, 0.5)", "approx_percentile(a, array(0.0, 0.91), 100)",
            "percentile_approx(CAST(a AS DECIMAL(4, 2)), 0.1)", "median(a) FILTER (WHERE a > 10)", of: rows)
        #expect(
            found == [
                .double(5.5), .double(5.5), .array([.double(1), .double(3.25), .double(10)]), .double(7), .long(5),
                .array([.long(1), .long(10)]), .decimal(unscaled: 100, scale: 2), .null,
            ])
    }

    @Test("a frequency below 0 is refused whatever comes behind it, and the largest ones add up to no trap")
    func frequencies() throws {
        func rows(_ frequencies: [Int64?], _ texts: [String]) -> [[Value]] {
            zip(frequencies, texts).map { [.string($1), $0.map { .long($0) } ?? .null, .null] }
        }
        func code(_ rows: [[Value]]) -> String? {
            do {
                _ = try values("percentile(length(k), 0.5, a)", of: rows)
                return nil
            } catch {
                return "\(error)".split(separator: "]").first.map { "\($0.drop { $0 != "[" }.dropFirst())" }
            }
        }
        #expect(code(rows([-1], ["x"])) == "NEGATIVE_VALUES_IN_FREQUENCY_EXPRESSION")
        #expect(code(rows([-1, 5, 5], ["x", "x", "y"])) == "NEGATIVE_VALUES_IN_FREQUENCY_EXPRESSION")
        #expect(code(rows([5, -1], ["x", "x"])) == "NEGATIVE_VALUES_IN_FREQUENCY_EXPRESSION")
        #expect(code(rows([.min, .min], ["x", "x"])) == "NEGATIVE_VALUES_IN_FREQUENCY_EXPRESSION")
        #expect(code(rows([.max, .max], ["x", "yy"])) == "ARITHMETIC_OVERFLOW")
        let calls = "percentile(length(k), array(0.0, 0.5, 1.0), a)"
        #expect(
            try values(calls, of: rows([.max, .max], ["xx", "xx"])) == [.array([.double(2), .double(2), .double(2)])])
        #expect(
            try values(calls, of: rows([0, 1, 3, nil], ["", "x", "yyy", ""])) == [
                .array([.double(1), .double(3), .double(3)])
            ])
    }

    @Test("the estimate of how many there are is HyperLogLog++'s, for any number of workers", arguments: [1, 3])
    func estimates(workers: Int) throws {
        let rows = (0..<20_000).map { [Value.null, .long($0), .null] }
        let calls = ["a % 100", "a % 1000", "a", "CAST(a AS STRING)", "a % 1000 + 0.5D"]
        let columns = calls.map { expr("approx_count_distinct(\($0))") } + [expr("approx_count_distinct(a, 0.01)")]
        let found = try frame(rows, workers: workers).select(columns).collect().first?.values
        // Computed apart from this code, with xxHash's own library.
        #expect(found == [103, 989, 19522, 18604, 969, 19877].map { .long($0) })
    }

    @Test("moments of pairs leave out those with a NULL")
    func pairs() throws {
        let rows: [[Value]] = [
            [.string("1"), .long(1), .null], [.string("2"), .null, .null], [.null, .long(3), .null],
            [.string("4"), .long(4), .null],
        ]
        let found = try values(
            "regr_slope(k, a)", "regr_intercept(k, a)", "regr_avgx(k, a)", "regr_sxx(k, a)", "regr_r2(k, a)",
            "regr_count(k, a)", of: rows)
        #expect(found == [.double(1), .double(0), .double(2.5), .double(4.5), .double(1), .long(2)])
    }

    @Test("arrays and structures are picked and compared as values are")
    func nestedValues() throws {
        let found = try values(
            "max(struct(a, k))", "min(array(b, k))", "max_by(k, struct(b, a))", "first(array(k))",
            "min_by(struct(k), a)", "max_by(k, a, 2)", "min_by(b, a, 9)", "max_by(k, a, 2) FILTER (WHERE a > 5)",
            of: Self.rows)
        #expect(
            found == [
                .structure([.long(5), .string("y")]), .array([.null, .string("x")]), .string("x"),
                .array([.string("x")]), .structure([.string("y")]), .array([.string("y"), .string("x")]),
                .array([.null, .null, .string("p")]), .null,
            ])
    }

    @Test("DISTINCT takes each value once, beside others and alone, with FILTER, and of no rows")
    func distinct() throws {
        let rows = Self.rows + Self.rows + [[.string("x"), .long(5), .string("q")]]
        #expect(try values("count(DISTINCT k)", of: rows) == [.long(2)])
        #expect(try values("sum(DISTINCT a)", "count(DISTINCT a)", of: rows) == [.long(9), .long(3)])
        #expect(try values("count(DISTINCT *)", "count(DISTINCT k, 1)", of: rows) == [.long(2), .long(2)])
        let calls = [
            "count(DISTINCT k)", "count(*)", "sum(DISTINCT a)", "sum(a)", "count(DISTINCT a, b)",
            "count(DISTINCT a) FILTER (WHERE k = 'y')", "min(b)", "avg(DISTINCT a) + count(DISTINCT a)",
            "sum(a) FILTER (WHERE k = 'x')", "max(a)",
        ]
        func all(of rows: [[Value]]) throws -> [Value] {
            try frame(rows).select(calls.map { expr($0) }).collect().first?.values ?? []
        }
        #expect(
            try all(of: rows) == [
                .long(2), .long(9), .long(9), .long(23), .long(2), .long(2), .string("p"), .double(6), .long(11),
                .long(5),
            ])
        #expect(
            try all(of: []) == [
                .long(0), .long(0), .null, .null, .long(0), .long(0), .null, .null, .null, .null,
            ])
        let grouped = try frame(rows).groupBy("k").agg(
            expr("count(DISTINCT a) AS d"), expr("count(*) AS n"), expr("count(DISTINCT k) AS own")
        ).orderBy("k").collect()
        #expect(
            grouped.map(\.values) == [
                [.string("x"), .long(2), .long(5), .long(1)], [.string("y"), .long(2), .long(4), .long(1)],
            ])
    }

    @Test("DISTINCT against sets, for any number of workers", arguments: [1, 3])
    func distinctOfMany(workers: Int) throws {
        var rows: [[Value]] = []
        for number in 0..<20_000 {
            let value: Value = number % 97 == 0 ? .null : .long(Int64(number * number % 1_009))
            rows.append([.string("g\(number % 7)"), value, .string("t\(number % 13)")])
        }
        var expected: [[Value]] = []
        for group in 0..<7 {
            let own = rows.filter { $0[0] == .string("g\(group)") }
            let numbers = Set(own.map { $0[1] }).filter { $0 != .null }
            let texts = Set(own.map { $0[2] })
            expected.append([
                .string("g\(group)"), .long(Int64(numbers.count)), .long(Int64(texts.count)), .long(Int64(own.count)),
            ])
        }
        let found = try frame(rows, workers: workers).groupBy("k").agg(
            expr("count(DISTINCT a)"), expr("count(DISTINCT b)"), expr("count(*)")
        ).orderBy("k").collect()
        #expect(found.map(\.values) == expected)
    }

    @Test("sums and means of one value share what they keep, and agree")
    func shared() throws {
        let found = try values("sum(a)", "avg(a)", "sum(a) + 1", "try_sum(a)", "mean(a)", of: Self.rows)
        #expect(found == [.long(9), .double(3), .long(10), .long(9), .double(3)])
    }

    @Test("whether a sum overflows is asked at its end, for any number of workers", arguments: [1, 2, 4])
    func overflow(workers: Int) throws {
        let block = (0..<300).flatMap { _ in
            [
                [Value.string("k"), .long(.max), .null], [.string("k"), .long(-.max), .null],
                [.string("k"), .long(1), .null],
            ]
        }
        for _ in 0..<15 {
            let sum = try frame(block.shuffled(), workers: workers).groupBy("k").agg(sum("a").as("s")).collect()
            #expect(sum.first?["s"] == .long(300))
        }
        let most: [[Value]] = [[.string("k"), .long(.max), .null], [.string("k"), .long(1), .null]]
        let error = #expect(throws: MillraceError.self) { try values("sum(a)", of: most) }
        #expect(error?.code == "ARITHMETIC_OVERFLOW")
        #expect(try values("try_sum(a)", "avg(a)", of: most) == [.null, .double(0x1p62)])
    }

    @Test(
        "mistakes are told before anything runs",
        arguments: [
            ("sum(b, a)", "WRONG_NUM_ARGS.WITHOUT_SUGGESTION"), ("max(sum(a))", "NESTED_AGGREGATE_FUNCTION"),
            ("sum(split(b, 'x'))", "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"),
            ("count_if(a)", "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"),
            ("smu(a)", "UNRESOLVED_ROUTINE"), ("first(a, k = 'x')", "NON_FOLDABLE_ARGUMENT"),
            ("sum(a) IGNORE NULLS", "INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX"),
            ("upper(b) RESPECT NULLS", "INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX"),
            ("first(a, true) IGNORE NULLS", "INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX"),
        ])
    func mistakes(sql: String, code: String) throws {
        let error = #expect(throws: MillraceError.self) { try values(sql, of: Self.rows) }
        #expect(error?.code == code, "\(sql)")
    }
}

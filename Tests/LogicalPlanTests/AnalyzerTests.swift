// Queries in, resolved plans or errors out, as text.

import Analysis
import Columns
import LogicalPlan
import Lowering
import Testing

private typealias Plan = UnresolvedPlan

private let source = ScanSource(
    id: "0", name: "memory",
    schema: Schema([
        Field("a", .integer), Field("b", .long, isNullable: false), Field("s", .string), Field("d", .double),
        Field("n", .decimal(precision: 10, scale: 2)), Field("words", .array(.string, containsNull: false)),
        Field("v", .binary), Field("t", .timestamp),
        Field("p", .structure([Field("x", .integer), Field("Y", .string)])),
        Field("f", .float), Field("q", .boolean), Field("m", .map(key: .string, value: .long, valueContainsNull: true)),
    ]), isStreaming: true)

private let scan = Plan.scan(source)

private func sql(_ text: String) throws -> [Expression] { try ExpressionLowering.expressions(text) }

private func failure(_ plan: Plan) -> PlanError? {
    do {
        _ = try Analyzer.analyze(plan)
        return nil
    } catch {
        return error
    }
}

@Suite struct AnalyzerTests {
    /// The expression, its canonical form with every cast, its type, whether it may be NULL, and its name.
    @Test(arguments: [
        ("a", "a#0", "INT?", "a"), ("A", "a#0", "INT?", "A"), ("b", "b#1", "BIGINT", "b"),
        ("p.y", "p#8.Y", "STRING?", "y"),
        ("a + b", "(CAST(a#0 AS BIGINT) + b#1)", "BIGINT?", "(a + b)"),
        ("b + 1", "(b#1 + CAST(1 AS BIGINT))", "BIGINT", "(b + 1)"),
        ("1 / 2", "(CAST(1 AS DOUBLE) / CAST(2 AS DOUBLE))", "DOUBLE", "(1 / 2)"),
        ("3 div 2", "(CAST(3 AS BIGINT) div CAST(2 AS BIGINT))", "BIGINT", "(3 div 2)"),
        ("a + f", "(CAST(a#0 AS DOUBLE) + CAST(f#9 AS DOUBLE))", "DOUBLE?", "(a + f)"),
        ("s + 1", "(CAST(s#2 AS BIGINT) + CAST(1 AS BIGINT))", "BIGINT?", "(s + 1)"),
        ("s + d", "(CAST(s#2 AS DOUBLE) + d#3)", "DOUBLE?", "(s + d)"),
        ("1 = '1'", "(CAST(1 AS BIGINT) = CAST('1' AS BIGINT))", "BOOLEAN", "(1 = 1)"),
        ("2.0 >= '2.1'", "(CAST(DECIMAL(2,1) 2.0 AS DOUBLE) >= CAST('2.1' AS DOUBLE))", "BOOLEAN", "(2.0 >= 2.1)"),
        ("t > '2024-01-01'", "(t#7 > CAST('2024-01-01' AS TIMESTAMP))", "BOOLEAN?", "(t > 2024-01-01)"),
        ("a != 1", "(a#0 <> 1)", "BOOLEAN?", "(NOT (a = 1))"),
        ("a <=> NULL", "(a#0 <=> INT NULL)", "BOOLEAN", "(a <=> NULL)"),
        // Decimals
        ("n + n", "(n#4 + n#4)", "DECIMAL(11,2)?", "(n + n)"), ("n * n", "(n#4 * n#4)", "DECIMAL(21,4)?", "(n * n)"),
        ("n / n", "(n#4 / n#4)", "DECIMAL(23,13)?", "(n / n)"), ("n % n", "(n#4 % n#4)", "DECIMAL(10,2)?", "(n % n)"),
        ("n + a", "(n#4 + CAST(a#0 AS DECIMAL(10,0)))", "DECIMAL(13,2)?", "(n + a)"),
        ("n + 1", "(n#4 + CAST(1 AS DECIMAL(1,0)))", "DECIMAL(11,2)?", "(n + 1)"),
        ("n * d", "(CAST(n#4 AS DOUBLE) * d#3)", "DOUBLE?", "(n * d)"),
        ("0.1 + 0.2", "(DECIMAL(1,1) 0.1 + DECIMAL(1,1) 0.2)", "DECIMAL(2,1)", "(0.1 + 0.2)"),
        (
            "CAST(1 AS DECIMAL(38,10)) * CAST(1 AS DECIMAL(38,10))",
            "(CAST(1 AS DECIMAL(38,10)) * CAST(1 AS DECIMAL(38,10)))", "DECIMAL(38,6)",
            "(CAST(1 AS DECIMAL(38,10)) * CAST(1 AS DECIMAL(38,10)))"
        ),
        // Casts
        ("CAST(v AS STRING)", "CAST(v#6 AS STRING)", "STRING?", "v"),
        ("b::string", "CAST(b#1 AS STRING)", "STRING", "b"),
        ("TRY_CAST(b AS INT)", "TRY_CAST(b#1 AS INT)", "INT?", "b"),
        ("int(s)", "CAST(s#2 AS INT)", "INT?", "s"),
        // Logic
        ("q AND a > 1", "(q#10 AND (a#0 > 1))", "BOOLEAN?", "(q AND (a > 1))"),
        ("NOT NULL", "(NOT BOOLEAN NULL)", "BOOLEAN?", "(NOT NULL)"),
        ("a IS NULL", "(a#0 IS NULL)", "BOOLEAN", "(a IS NULL)"),
        ("isnull(1)", "(1 IS NULL)", "BOOLEAN", "(1 IS NULL)"),
        ("a IN (1, b)", "(CAST(a#0 AS BIGINT) IN (CAST(1 AS BIGINT), b#1))", "BOOLEAN?", "(a IN (1, b))"),
        ("a BETWEEN 1 AND 2", "((a#0 >= 1) AND (a#0 <= 2))", "BOOLEAN?", "between(a, 1, 2)"),
        (
            "a + 1 BETWEEN a AND size(words)",
            "(SHARE (a#0 + 1) IN (($0 >= a#0) AND ($0 <= size(words#5))))", "BOOLEAN?",
            "between((a + 1), a, size(words))"
        ),
        (
            "CASE WHEN q THEN 1 ELSE 2.5 END",
            "CASE WHEN q#10 THEN CAST(1 AS DECIMAL(11,1)) ELSE CAST(DECIMAL(2,1) 2.5 AS DECIMAL(11,1)) END",
            "DECIMAL(11,1)", "CASE WHEN q THEN 1 ELSE 2.5 END"
        ),
        // Functions
        ("coalesce(NULL, a, b)", "coalesce(BIGINT NULL, CAST(a#0 AS BIGINT), b#1)", "BIGINT", "coalesce(NULL, a, b)"),
        ("split(s, ',')", "split(s#2, ',', -1)", "ARRAY<STRING>?", "split(s, ,, -1)"),
        ("words[0]", "words#5[CAST(0 AS BIGINT)]", "STRING?", "words[0]"),
        ("size(words)", "size(words#5)", "INT?", "size(words)"),
        ("UPPER(s)", "upper(s#2)", "STRING?", "upper(s)"), ("length(v)", "length(v#6)", "INT?", "length(v)"),
        ("substring(s, 2)", "substring(s#2, 2, 2147483647)", "STRING?", "substring(s, 2, 2147483647)"),
        ("s || b", "concat(s#2, CAST(b#1 AS STRING))", "STRING?", "concat(s, b)"),
        ("nullif(a, 1)", "CASE WHEN (a#0 = 1) THEN INT NULL ELSE a#0 END", "INT?", "nullif(a, 1)"),
        ("current_timestamp()", "current_timestamp()", "TIMESTAMP", "current_timestamp()"),
        ("CURRENT_DATE", "current_date()", "DATE", "current_date()"), ("a & 7", "&(a#0, 7)", "INT?", "(a & 7)"),
        (
            "struct(a, p.x AS y, 1)", "struct(a#0, p#8.x, 1)", "STRUCT<a: INT, y: INT, col3: INT>",
            "struct(a, p.x AS y, 1)"
        ),
        ("-a", "(- a#0)", "INT?", "(- a)"), ("a AS z", "a#0", "INT?", "z"),
    ])
    func resolves(text: String, canonical: String, type: String, name: String) throws {
        guard case .project(_, let list) = try Analyzer.analyze(.project(scan, try sql(text))) else {
            Issue.record("no projection")
            return
        }
        #expect("\(list[0].expression)" == canonical)
        #expect("\(list[0].expression.type)\(list[0].expression.isNullable ? "?" : "")" == type)
        #expect(list[0].name == name)
    }

    @Test(arguments: [
        ("wrods", "UNRESOLVED_COLUMN.WITH_SUGGESTION", "did you mean `words`"),
        ("zzzzzz", "UNRESOLVED_COLUMN.WITH_SUGGESTION", "columns: a, b, s"),
        ("p.z", "FIELD_NOT_FOUND", "did you mean `x`"), ("a.b", "INVALID_EXTRACT_BASE_FIELD_TYPE", ""),
        ("a[0]", "INVALID_EXTRACT_BASE_FIELD_TYPE", ""),
        ("lenght(s)", "UNRESOLVED_ROUTINE", "did you mean `length`"),
        ("upper(s, s)", "WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "upper takes 1 argument, found 2"),
        ("if(q)", "WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "3"),
        ("coalesce()", "WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "at least 1"),
        ("upper(DISTINCT s)", "INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX", "DISTINCT"),
        ("a AND q", "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES", "expected BOOLEAN, found INT"),
        ("t + 1", "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES", "no + of TIMESTAMP and INT"),
        ("d div 2", "DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE", "integers"),
        ("q = a", "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES", "no type in common"),
        ("m = m", "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", "cannot be compared"),
        ("CAST(v AS INT)", "DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION", "BINARY cannot be cast to INT"),
        ("CAST(p AS INT)", "DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION", ""),
        ("words['x']", "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "index"),
        ("explode(a)", "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "must be an ARRAY or a MAP"),
        ("upper(explode(words))", "UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS", "select of its own"),
        ("a, count(*)", "MISSING_AGGREGATION", "neither grouped"),
        ("sum(count(*))", "NESTED_AGGREGATE_FUNCTION", "two steps"),
        ("sum(q)", "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "needs numbers"),
        ("sum(DISTINCT a, b)", "WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "1 argument"),
        ("- *", "INVALID_USAGE_OF_STAR_OR_REGEX", ""), ("a.*", "CANNOT_RESOLVE_STAR_EXPAND", "STRUCT"),
        ("explode(words), count(*)", "UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS", ""),
    ])
    func refuses(text: String, code: String, message: String) throws {
        let error = try #require(failure(.project(scan, try sql(text))), "\(text) passes")
        #expect(error.code == code)
        #expect(error.step == "select" && error.expression != nil || code.contains("GENERATOR"))
        #expect("\(error)".contains(message), "\(error)")
    }

    @Test func ambiguousNames() throws {
        let twice = Plan.project(scan, try sql("a, b AS A, s"))
        #expect(failure(.project(twice, [.column(["a"])])) == nil, "an exact name wins")
        #expect(
            failure(.project(.project(scan, try sql("a, b AS a")), [.column(["a"])]))?.code == "AMBIGUOUS_REFERENCE")
    }

    private let words =
        "explode(split(CAST(v AS STRING), '\\\\s+')) AS word"

    @Test func wordCount() throws {
        let exploded = Plan.project(scan, try sql(words))
        let counted = Plan.aggregate(
            exploded, groupings: [.column(["word"])], outputs: try sql("word, count(*) AS count"))
        let plan = try Analyzer.analyze(.project(counted, try sql("word AS key, CAST(count AS STRING) AS value")))
        let expected = """
            Project [word#12 AS key, CAST(count#14 AS STRING) AS value#15]
              Aggregate keys [word#12], values [count(1) AS count#14]
                Generate explode(split(CAST(v#6 AS STRING), '\\\\s+', -1)) AS word#12, keep []
                  StreamScan memory [a#0 INT, b#1 BIGINT NOT NULL, s#2 STRING, d#3 DOUBLE, n#4 DECIMAL(10,2), \
            words#5 ARRAY<STRING>, v#6 BINARY, t#7 TIMESTAMP, p#8 STRUCT<x: INT, Y: STRING>, f#9 FLOAT, q#10 BOOLEAN, \
            m#11 MAP<STRING, BIGINT>]
            """
        #expect("\(plan)" == expected)
        #expect(
            "\(try Analyzer.analyze(.project(counted, try sql("word key, CAST(count AS STRING) value"))))" == expected)
        #expect(plan.schema.description == "key STRING NOT NULL, value STRING NOT NULL")
    }

    @Test func generatorsKeepWhatIsUsed() throws {
        let plan = try Analyzer.analyze(.project(scan, try sql("b + a AS sum, explode(words), s")))
        #expect(
            "\(plan)".hasPrefix(
                """
                Project [(b#1 + CAST(a#0 AS BIGINT)) AS sum#12, col#13, s#2]
                  Generate explode(words#5) AS col#13, keep [a#0, b#1, s#2]
                """))
        #expect(plan.schema.names == ["sum", "col", "s"])
        let added = try Analyzer.analyze(.withColumns(scan, try sql("explode(words) AS words")))
        #expect(added.schema.fields[5] == Field("words", .string, isNullable: false))
        #expect(added.schema.count == source.schema.count)
    }

    @Test func aggregatesMoveBelowWhatUsesThem() throws {
        let plan = try Analyzer.analyze(
            .aggregate(
                scan, groupings: try sql("a % 10 AS k, s"),
                outputs: try sql(
                    "a % 10, sum(b) / count(1) + sum(b) AS x, upper(s), count(*), max(b) FILTER (WHERE q) AS m")))
        #expect(
            "\(plan)".hasPrefix(
                """
                Project [k#12 AS (a % 10), ((CAST(sum(b#1)#18 AS DOUBLE) / CAST(count(1)#19 AS DOUBLE)) \
                + CAST(sum(b#1)#18 AS DOUBLE)) AS x#14, upper(s#2) AS upper(s)#15, count(1)#19, m#20]
                  Aggregate keys [(a#0 % 10) AS k#12, s#2], values [sum(b#1) AS sum(b#1)#18, \
                count(1) AS count(1)#19, max(b#1) FILTER (WHERE q#10) AS m#20]
                """))
        let global = try Analyzer.analyze(.project(scan, try sql("count(*), avg(n), sum(n), sum(a), min(s)")))
        #expect(
            global.schema.description == """
                count(1) BIGINT NOT NULL, avg(n) DECIMAL(14,6), sum(n) DECIMAL(20,2), sum(a) BIGINT, min(s) STRING
                """)
    }

    @Test func stepsAreNamedInErrors() throws {
        #expect(failure(.filter(scan, .column(["x"])))?.step == "filter")
        #expect(
            failure(.filter(scan, try ExpressionLowering.expression("count(*) > 1")))?.code == "INVALID_WHERE_CONDITION"
        )
        #expect(
            failure(.filter(scan, try ExpressionLowering.expression("a + 1")))?.code
                == "DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN")
        #expect(failure(.aggregate(scan, groupings: try sql("zz"), outputs: try sql("count(*)")))?.step == "groupBy")
        #expect(
            failure(.aggregate(scan, groupings: try sql("count(*)"), outputs: try sql("1")))?.code
                == "GROUP_BY_AGGREGATE")
        #expect(
            failure(.aggregate(scan, groupings: try sql("m"), outputs: try sql("m")))?.code
                == "GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE")
        #expect(failure(.withColumns(scan, try sql("count(*) AS c")))?.code == "MISSING_GROUP_BY")
    }

    @Test func starsAndNewColumns() throws {
        let plan = try Analyzer.analyze(.project(.withColumns(scan, try sql("b + 1 AS A, 1 AS z")), try sql("*, p.*")))
        #expect(plan.schema.names == ["A", "b", "s", "d", "n", "words", "v", "t", "p", "f", "q", "m", "z", "x", "Y"])
        #expect(plan.schema.fields[0].type == .long)
    }

    @Test(
        arguments: [
            ("none", OutputMode.append, nil), ("none", .update, nil),
            ("none", .complete, "Invalid streaming output mode: complete"),
            ("one", .append, "Invalid streaming output mode: append"), ("one", .update, nil), ("one", .complete, nil),
            ("two", .update, "Detected pattern of possible 'correctness' issue"),
            ("two", .complete, "Detected pattern of possible 'correctness' issue"),
            ("distinct", .update, "Distinct aggregations"), ("distinct", .complete, "Distinct aggregations"),
            ("values", .append, nil), ("values", .update, nil),
        ] as [(String, OutputMode, String?)])
    func outputModes(shape: String, mode: OutputMode, message: String?) throws {
        let one = Plan.aggregate(scan, groupings: try sql("a"), outputs: try sql("a, count(*) AS c"))
        let plan: Plan =
            switch shape {
            case "one": one
            case "two": .aggregate(one, groupings: try sql("c"), outputs: try sql("c, count(*)"))
            case "distinct": .aggregate(scan, groupings: try sql("a"), outputs: try sql("count(DISTINCT b)"))
            case "values": .distinct(.project(scan, try sql("a")))
            default: .project(scan, try sql("a"))
            }
        let resolved = try Analyzer.analyze(plan)
        do {
            try StreamingRules.check(resolved, outputMode: mode)
            #expect(message == nil)
        } catch {
            #expect(error.message.hasPrefix(message ?? "no error"), "\(error)")
            #expect(["UNSUPPORTED_OPERATION", "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION"].contains(error.code))
        }
        // Where Spark refuses what can be computed all the same, an extended session takes it.
        guard shape == "two" else { return }
        do {
            try StreamingRules.check(resolved, outputMode: mode, isExtended: true)
            #expect(mode == .complete)
        } catch {
            #expect(mode == .update, "\(error)")
        }
    }
}

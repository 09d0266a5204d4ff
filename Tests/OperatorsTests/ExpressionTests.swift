// SQL expressions over a small table, as text: what comes out, and what raises.

import Analysis
import Columns
import LogicalPlan
import Lowering
import Operators
import Planner
import Testing

private let picture = """
      i:i  l:I  d:D  s:T  n:N(10,2)  q:B  w:[T]  v:X  t:t  k:d
    1  10  1.5  'Hello é'  1.25  true  [x,y]  616263  '2024-01-02 03:04:05'  2024-01-02
    .  .  .  .  .  .  .  .  .  .
    -7  9223372036854775807  -2.0  ''  -0.05  false  []  ''  '1969-12-31 23:59:59.5' 1969-12-31
    0  3  0.0  ' 12 '  99.99  true  [.,'a b']  ff61  '1970-01-01 00:00:00'  1970-01-01
    """

private func batch() throws -> RecordBatch { try RecordBatch.fromPicture(picture) }

private func compiled(_ sql: String, _ schema: Schema) throws -> CompiledExpression {
    let source = ScanSource(id: "0", name: "t", schema: schema, isStreaming: false)
    let plan = try Analyzer.analyze(.project(.scan(source), [try ExpressionLowering.expression(sql)]))
    guard case .project(let input, let list) = plan else { throw PlanError("TEST", "no projection") }
    return try CompiledExpression(InputColumns(input.columns).bind(list[0].expression))
}

private func evaluated(_ sql: String, _ batch: RecordBatch) throws -> String {
    let context = BatchContext(batchTimestampMicroseconds: 1_000_000)
    let column = try compiled(sql, batch.schema).evaluate(batch, context)
    #expect(column.brokenInvariants().isEmpty, "\(sql)")
    #expect(column.count == batch.count && !column.isConstant, "\(sql)")
    let schema = Schema([Field("x", column.type)])
    let rows = (0..<column.count).map { Row(schema: schema, values: [column.value(at: $0)]) }
    let lines = ShowTable.render(schema: schema, rows: rows, numRows: 100, truncate: 0).split(separator: "\n")
    return lines.dropFirst(3).dropLast().map { line in
        var cell = line.dropFirst().dropLast()
        while cell.last == " " { cell.removeLast() }
        return String(cell)
    }.joined(separator: "|")
}

@Suite struct ExpressionTests {
    @Test("a column that isn't in the rows is an error, and ends no process")
    func missingColumn() throws {
        let column = PlanColumn(ColumnID(7), Field("x", .integer))
        let error = try #require(throws: PlanError.self) { try InputColumns([]).bind(column.expression) }
        #expect(error.code == "INTERNAL" && error.message.contains("x#7"))
    }

    @Test(arguments: [
        ("i", "1|NULL|-7|0"), ("i + 1", "2|NULL|-6|1"), ("1 - i", "0|NULL|8|1"), ("i * 2L", "2|NULL|-14|0"),
        ("-i", "-1|NULL|7|0"), ("i & 3", "1|NULL|1|0"), ("i | 8L", "9|NULL|-7|8"), ("i ^ i", "0|NULL|0|0"),
        ("~i", "-2|NULL|6|-1"), ("i << 2", "4|NULL|-28|0"), ("i >> 1", "0|NULL|-4|0"),
        ("7 & NULL", "NULL|NULL|NULL|NULL"),
        ("-1 >>> 31", "1|1|1|1"), ("6Y & 3S", "2|2|2|2"),
        ("i / 2", "0.5|NULL|-3.5|0.0"), ("i % 2", "1|NULL|-1|0"), ("i div 2", "0|NULL|-3|0"), ("abs(i)", "1|NULL|7|0"),
        ("d * 2", "3.0|NULL|-4.0|0.0"), ("n + n", "2.50|NULL|-0.10|199.98"), ("n * n", "1.5625|NULL|0.0025|9998.0001"),
        ("n / 3", "0.416667|NULL|-0.016667|33.330000"), ("n % 1", "0.25|NULL|-0.05|0.99"), ("n div 1", "1|NULL|0|99"),
        ("i + n", "2.25|NULL|-7.05|99.99"), ("1 + 2", "3|3|3|3"), ("2 / (1 + 3)", "0.5|0.5|0.5|0.5"),
        // Comparisons and logic
        ("i > 0", "true|NULL|false|false"), ("0 < i", "true|NULL|false|false"), ("i = '1'", "true|NULL|false|false"),
        ("i != 1", "false|NULL|true|true"),
        ("i <=> NULL", "false|true|false|false"), ("NULL <=> NULL", "true|true|true|true"),
        ("i = NULL", "NULL|NULL|NULL|NULL"),
        ("s > 'A'", "true|NULL|false|false"), ("s = ''", "false|NULL|true|false"),
        ("n >= 1.25", "true|NULL|false|true"), ("q = true", "true|NULL|false|true"),
        ("t < '1970-01-01'", "false|NULL|true|false"), ("k = DATE '2024-01-02'", "true|NULL|false|false"),
        ("v = X'616263'", "true|NULL|false|false"),
        ("q AND i > 0", "true|NULL|false|false"), ("q OR i IS NULL", "true|true|false|true"),
        ("NOT q", "false|NULL|true|false"),
        ("q AND NULL", "NULL|NULL|false|NULL"), ("q OR NULL", "true|NULL|NULL|true"),
        ("q IS TRUE", "true|false|false|true"), ("q IS NOT FALSE", "true|true|false|true"),
        ("i IN (1, NULL)", "true|NULL|NULL|NULL"), ("i IN (1, i)", "true|NULL|true|true"),
        ("s IN ('', ' 12 ', 'x')", "false|NULL|true|true"), ("d IN (0, 1.5)", "true|NULL|false|true"),
        ("n IN (1.25, 3)", "true|NULL|false|false"), ("3 IN (1, 2)", "false|false|false|false"),
        ("i NOT IN (1, 2)", "false|NULL|true|true"),
        // A value in the way of a condition is there for the rows that are left, and the inner ones are the nearest.
        ("i + 1 BETWEEN 0 AND 1", "false|NULL|false|true"),
        ("q AND i > 0 AND abs(i) + 1 BETWEEN 1 AND 10 div abs(i)", "true|NULL|false|false"),
        ("CASE abs(i) WHEN 7 THEN 'a' WHEN 0 THEN 'b' ELSE CASE i + 1 WHEN 2 THEN 'c' END END", "c|NULL|a|b"),
        ("abs(i) BETWEEN 0 AND CASE i * 2 WHEN 2 THEN i WHEN i THEN 5 ELSE 8 END", "true|NULL|true|true"),
        ("upper(s) LIKE ANY ('H%', '%2%')", "true|NULL|false|true"),
        ("s NOT LIKE ALL ('H%', '')", "false|NULL|false|true"),
        ("trim(s) ILIKE ALL ('h%', '%O %')", "true|NULL|false|false"),
        ("i BETWEEN 0 AND 1", "true|NULL|false|true"),
        ("i IS NULL", "false|true|false|false"), ("isnotnull(i)", "true|false|true|true"),
        // What is not taken is not evaluated
        ("i <> 0 AND 10 / i > 1", "true|NULL|false|false"), ("CASE WHEN i = 0 THEN 0 ELSE 7 div i END", "7|NULL|-1|0"),
        ("if(i = 0, -1, 7 % i)", "0|NULL|0|-1"),
        ("CASE i WHEN 1 THEN 'one' WHEN 0 THEN 'zero' END", "one|NULL|NULL|zero"),
        ("CASE WHEN q THEN s ELSE 'no' END", "Hello é|no|no| 12"),
        ("coalesce(i, 5)", "1|5|-7|0"), ("nvl(s, 'none')", "Hello é|none|| 12"), ("nullif(i, 1)", "NULL|NULL|-7|0"),
        ("nvl2(i, 'a', 'b')", "a|b|a|a"),
        // Texts
        ("upper(s)", "HELLO É|NULL|| 12"), ("lower(s)", "hello é|NULL|| 12"), ("length(s)", "7|NULL|0|4"),
        ("octet_length(s)", "8|NULL|0|4"), ("length(v)", "3|NULL|0|2"),
        ("trim(s)", "Hello é|NULL||12"), ("ltrim(s)", "Hello é|NULL||12"),
        ("concat('<', rtrim(s), '>')", "<Hello é>|NULL|<>|< 12>"), ("trim(BOTH 'H é' FROM s)", "ello|NULL||12"),
        ("substring(s, 7)", "é|NULL||"), ("substring(s, -1, 1)", "é|NULL||"), ("substring(s, 2, 3)", "ell|NULL||12"),
        ("substring(s, 0, 2)", "He|NULL|| 1"), ("substring(s, -20, 15)", "He|NULL||"),
        ("s || '-' || i", "Hello é-1|NULL|--7| 12 -0"), ("s LIKE '%l_ é'", "true|NULL|false|false"),
        ("s LIKE '' ", "false|NULL|true|false"), ("s RLIKE '[0-9]+'", "false|NULL|false|true"),
        ("s ILIKE 'HELLO%'", "true|NULL|false|false"),
        // One value for all rows beside a column
        ("substring('Hello', size(w))", "ello|NULL|Hello|ello"), ("repeat('x', size(w))", "xx|NULL||xx"),
        ("startswith('Hello é!', s)", "true|NULL|true|false"), ("replace('a12b', trim(s), '-')", "a12b|NULL|a12b|a-b"),
        ("trim(BOTH s FROM 'Hello')", "|NULL|Hello|Hello"), ("lpad('a', size(w), s)", "Ha|NULL|| a"),
        ("concat('<', 'b', s)", "<bHello é|NULL|<b|<b 12"), ("locate(s, 'xHello é')", "2|NULL|1|0"),
        ("CASE WHEN q THEN 'yes' ELSE s END", "yes|NULL||yes"),
        ("CASE WHEN i = 1 THEN 1.5 ELSE d END", "1.5|NULL|-2.0|0.0"),
        ("coalesce(s, 'none')", "Hello é|none|| 12"),
        // Lists
        ("split(s, ' ')", "[Hello, é]|NULL|[]|[, 12, ]"), ("split(s, '\\\\s+')", "[Hello, é]|NULL|[]|[, 12, ]"),
        ("split(s, 'l', 2)", "[He, lo é]|NULL|[]|[ 12 ]"), ("size(split(s, 'l'))", "3|NULL|1|1"),
        ("size(w)", "2|NULL|0|2"), ("CASE WHEN size(w) > 1 THEN w[1] END", "y|NULL|NULL|a b"),
        // Casts
        ("CAST(v AS STRING)", "abc|NULL||\u{FFFD}a"), ("CAST(i AS STRING)", "1|NULL|-7|0"),
        ("CAST(d AS STRING)", "1.5|NULL|-2.0|0.0"), ("CAST(d AS INT)", "1|NULL|-2|0"),
        ("CAST(n AS INT)", "1|NULL|0|99"),
        ("TRY_CAST(s AS INT)", "NULL|NULL|NULL|12"), ("TRY_CAST(l AS INT)", "10|NULL|NULL|3"),
        ("CAST(i AS BOOLEAN)", "true|NULL|true|false"), ("CAST(q AS INT)", "1|NULL|0|1"),
        ("CAST(n AS DECIMAL(5,1))", "1.3|NULL|-0.1|100.0"),
        ("CAST(t AS LONG)", "1704164645|NULL|-1|0"), ("CAST(t AS DATE)", "2024-01-02|NULL|1969-12-31|1970-01-01"),
        ("CAST(k AS TIMESTAMP)", "2024-01-02 00:00:00|NULL|1969-12-31 00:00:00|1970-01-01 00:00:00"),
        ("CAST(w AS STRING)", "[x, y]|NULL|[]|[null, a b]"),
        ("current_timestamp()", "1970-01-01 00:00:01|1970-01-01 00:00:01|1970-01-01 00:00:01|1970-01-01 00:00:01"),
    ])
    func values(sql: String, expected: String) throws {
        #expect(try evaluated(sql, try batch()) == expected)
        // Row by row, and none at all: the same.
        let whole = try batch()
        let rows = whole.rows()
        let single = try rows.map { try evaluated(sql, ValueColumns.batch(schema: whole.schema, rows: [$0.values])) }
        #expect(single.joined(separator: "|") == expected)
        #expect(try evaluated(sql, ValueColumns.batch(schema: whole.schema, rows: [])) == "")
        // Of a selection only its rows: those that are not selected raise nothing.
        let indices = Buffer(capacity: 8)
        for (place, row) in [3, 0].enumerated() { indices.pointer(as: Int32.self)[place] = Int32(row) }
        let selected = whole.selecting(Selection(indices: indices, count: 2))
        #expect(try evaluated(sql, selected) == "\(single[3])|\(single[0])")
    }

    @Test(arguments: [
        ("1 / i", "DIVIDE_BY_ZERO"), ("1 % i", "REMAINDER_BY_ZERO"), ("5 div i", "DIVIDE_BY_ZERO"),
        ("d / d", "DIVIDE_BY_ZERO"), ("n / (n - n)", "DIVIDE_BY_ZERO"),
        ("l + 1", "ARITHMETIC_OVERFLOW"), ("l * 2", "ARITHMETIC_OVERFLOW"),
        ("CAST(i AS TINYINT) * 100Y", "BINARY_ARITHMETIC_OVERFLOW"),
        ("-(CAST(i AS BIGINT) - 9223372036854775801)", "ARITHMETIC_OVERFLOW"),
        ("CAST(s AS INT)", "CAST_INVALID_INPUT"), ("CAST('12.9' AS INT)", "CAST_INVALID_INPUT"),
        ("CAST(l AS INT)", "CAST_OVERFLOW"), ("CAST(1e30 AS INT)", "CAST_OVERFLOW"),
        ("CAST(n AS DECIMAL(3,2))", "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION"), ("w[5]", "INVALID_ARRAY_INDEX"),
        ("w[-1]", "INVALID_ARRAY_INDEX"), ("CAST('x' AS DATE)", "CAST_INVALID_INPUT"),
        (
            "date_trunc('HOUR', timestamp_micros(if(i = 0, CAST(-9223372036854775808 AS BIGINT), 0L)))",
            "DATETIME_OVERFLOW"
        ),
        (
            "date_trunc('YEAR', timestamp_micros(if(i = 0, CAST(-9223372036854775808 AS BIGINT), 0L)))",
            "DATETIME_OVERFLOW"
        ),
    ])
    func errors(sql: String, code: String) throws {
        let batch = try batch()
        let error = #expect(throws: ExecutionError.self) { try evaluated(sql, batch) }
        #expect(error?.code == code)
        #expect(error?.message.contains(", in ") == true)
    }

    @Test(arguments: [
        ("split(s, '(')", "INVALID_PARAMETER_VALUE.PATTERN"), ("s RLIKE '['", "INVALID_PARAMETER_VALUE.PATTERN"),
        ("split(s, s)", "NON_FOLDABLE_ARGUMENT"), ("s LIKE s", "NON_FOLDABLE_ARGUMENT"),
        (#"s LIKE 'a\\'"#, "INVALID_FORMAT.ESC_AT_THE_END"), (#"s LIKE 'a\\b'"#, "INVALID_FORMAT.ESC_IN_THE_MIDDLE"),
    ])
    func planErrors(sql: String, code: String) throws {
        let schema = try batch().schema
        let error = #expect(throws: PlanError.self) { try compiled(sql, schema) }
        #expect(error?.code == code)
    }

    @Test(arguments: [
        "YEAR", "QUARTER", "MONTH", "week", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND", "nothing",
    ])
    func `a constant unit cuts as one of each row's own does`(unit: String) throws {
        let own = "CASE WHEN i > 0 THEN '\(unit)' ELSE '\(unit)' END"
        for time in ["t", "timestamp_micros(i * 123456789012345L)", "TIMESTAMP'2026-11-26 20:46:51.123456'"] {
            let same = try evaluated("date_trunc('\(unit)', \(time)) <=> date_trunc(\(own), \(time))", batch())
            #expect(same == "true|true|true|true", "\(time)")
        }
    }

    @Test(
        "a value that is named once is evaluated once, however often it is compared",
        arguments: [
            ("CAST(rand() * 2 AS INT) BETWEEN 1 AND 0", "false"),
            ("CASE CAST(rand() * 2 AS INT) WHEN 0 THEN true WHEN 1 THEN true END", "true"),
            ("CAST(CAST(rand() * 2 AS INT) AS STRING) LIKE ANY ('0', '1')", "true"),
            ("coalesce(nullif(CAST(rand() * 2 AS INT), 0), 1) = 1", "true"),
        ])
    func evaluatedOnce(sql: String, always: String) throws {
        let rows = try RecordBatch.fromPicture("a:i\n" + (0..<100).map { "\($0)\n" }.joined())
        #expect(Set(try evaluated(sql, rows).split(separator: "|")) == [Substring(always)])
    }
}

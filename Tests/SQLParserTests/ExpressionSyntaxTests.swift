// Every form of expression, as a table of text and tree.

import SourceText
import Testing

@testable import SQLParser

@Suite struct ExpressionSyntaxTests {
    @Test(arguments: [
        // Literals
        ("NULL", "NULL"), ("true", "TRUE"), ("False", "FALSE"), ("1", "1"), ("-1", "-1"), ("- 1", "-1"),
        ("2147483647", "2147483647"), ("2147483648", "2147483648L"), ("-2147483648", "-2147483648"),
        ("9223372036854775808", "dec(9223372036854775808,19,0)"), ("-9223372036854775808", "-9223372036854775808L"),
        ("7L", "7L"), ("7s", "7S"), ("7Y", "7Y"), ("0.5", "dec(5,1,1)"), (".5", "dec(5,1,1)"), ("1.", "dec(1,1,0)"),
        ("12.340", "dec(12340,5,3)"), ("1e3", "1000.0D"), ("1.5E-2", "0.015D"), ("2D", "2.0D"), ("2.5d", "2.5D"),
        ("2F", "2.0F"), ("1BD", "dec(1,1,0)"), ("1.5e1BD", "dec(15,2,0)"), ("1e3BD", "dec(1000,4,0)"), ("007", "7"),
        ("X'1aF'", "X[1, 175]"), ("x\"00ff\"", "X[0, 255]"), ("X''", "X[]"),
        ("DATE '2024-01-02'", "DATE'2024-01-02'"), ("timestamp'2024-01-02 03:04:05'", "TIMESTAMP'2024-01-02 03:04:05'"),
        ("INTERVAL 10 MINUTES", "INTERVAL 10 MINUTE"), ("interval '1 day 2 hours'", "INTERVAL 1 DAY 2 HOUR"),
        ("INTERVAL '1-2' YEAR TO MONTH", "INTERVAL 1-2 YEAR TO MONTH"), ("INTERVAL -5 seconds", "INTERVAL -5 SECOND"),
        ("INTERVAL 1 day 2 hours", "INTERVAL 1 DAY 2 HOUR"), ("interval", "interval"),
        ("interval - 1", "[interval - 1]"),
        // Names
        ("a", "a"), ("a.b.c", "a.b.c"), ("`a b`.`c``d`", "a b.c`d"), ("1a", "1a"), ("date", "date"),
        ("select.table", "select.table"), ("where.a", "where.a"),
        ("`select`.table", "select.table"), ("t.select", "t.select"), ("table", "table"),
        ("`null`", "null"), ("values", "values"), ("*", "*"),
        ("t.*", "t.*"), ("f(x).b", "f(x)->b"), ("a[0].b", "a[0]->b"), ("a.b[i + 1][2]", "a.b[[i + 1]][2]"),
        // Calls
        ("f()", "f()"), ("count(*)", "count(*)"), ("count(DISTINCT a, b)", "count(DISTINCT a, b)"),
        ("sum(x) FILTER (WHERE x > 1)", "sum(x) FILTER [x > 1]"), ("left(a, 1)", "left(a, 1)"),
        ("substring(s FROM 2 FOR 3)", "substring(s, 2, 3)"), ("substr(s, 2)", "substr(s, 2)"),
        ("trim(BOTH 'x' FROM s)", "trim(s, 'x')"), ("trim(LEADING FROM s)", "ltrim(s)"), ("trim(s)", "trim(s)"),
        ("trim('x' FROM s)", "trim(s, 'x')"), ("extract(hour FROM t)", "extract('hour', t)"),
        ("position('a' IN s)", "locate('a', s)"), ("if(a, b, c)", "if(a, b, c)"),
        ("struct(a AS b, c d)", "struct(a AS b, c AS d)"), ("count(ALL a)", "count(a)"), ("f(all)", "f(all)"),
        ("f(all + 1)", "f([all + 1])"),
        ("first(x) IGNORE NULLS", "first(x) IGNORE NULLS"), ("last(x ignore nulls)", "last(x) IGNORE NULLS"),
        ("first(x) FILTER (WHERE y) RESPECT NULLS", "first(x) FILTER y RESPECT NULLS"), ("ignore", "ignore"),
        ("position(a || 'x' IN s)", "locate([a || 'x'], s)"), ("EXTRACT(YEAR FROM d)", "EXTRACT('YEAR', d)"),
        // Casts
        ("CAST(value AS STRING)", "CAST(value AS string)"), ("try_cast(a as int)", "TRY_CAST(a AS int)"),
        ("a::bigint::string", "CAST(CAST(a AS bigint) AS string)"), ("-1::string", "CAST(-1 AS string)"),
        ("-a::int", "[- CAST(a AS int)]"),
        // Operators and how strongly they bind
        ("1 + 2 * 3", "[1 + [2 * 3]]"), ("1 - 2 - 3", "[[1 - 2] - 3]"), ("(1 + 2) * 3", "[[1 + 2] * 3]"),
        ("a div b % c", "[[a DIV b] % c]"), ("a || b + c", "[[a || b] + c]"), ("- - 1", "[- -1]"),
        ("-a * b", "[[- a] * b]"),
        ("a = b = c", "[[a = b] = c]"), ("a == 1", "[a = 1]"), ("a != 1", "[a <> 1]"), ("a <> 1", "[a <> 1]"),
        ("a <=> NULL", "[a <=> NULL]"), ("a !> 1", "[a <= 1]"), ("a !< 1", "[a >= 1]"), ("a !b", "!"),
        ("a >= 1 AND b <= 2", "[[a >= 1] AND [b <= 2]]"),
        ("a OR b AND NOT c", "[a OR [b AND [NOT c]]]"), ("NOT a = b", "[NOT [a = b]]"), ("!a AND b", "[[NOT a] AND b]"),
        ("NOT NOT a", "[NOT [NOT a]]"), ("a & b | c ^ d", "[[a & b] | [c ^ d]]"), ("~a", "[~ a]"), ("+a", "[+ a]"),
        ("a << 1 >> 2", "[[a << 1] >> 2]"), ("a >>> 1", "[a >>> 1]"), ("a > b", "[a > b]"),
        ("1+2<3", "[[1 + 2] < 3]"), ("a\u{a0}", "!"),
        // Predicates
        ("a IS NULL", "[a IS NULL]"), ("a = b IS NOT NULL", "[[a = b] IS NOT NULL]"), ("a IS TRUE", "[a IS TRUE]"),
        ("a IS NOT FALSE", "[a IS NOT FALSE]"), ("a IS UNKNOWN", "[a IS UNKNOWN]"),
        ("a IS NOT DISTINCT FROM b", "[a IS NOT DISTINCT FROM b]"),
        ("a BETWEEN 1 AND 2 AND c", "[[a BETWEEN 1 AND 2] AND c]"),
        ("a NOT BETWEEN 1 AND 2", "[a NOT BETWEEN 1 AND 2]"),
        ("a IN (1, 2 + 3)", "[a IN (1, [2 + 3])]"), ("a NOT IN (1)", "[a NOT IN (1)]"),
        ("a LIKE 'x%' ESCAPE '!'", "[a LIKE 'x%' ESCAPE !]"), ("a NOT RLIKE 'x'", "[a NOT RLIKE 'x']"),
        ("a LIKE ANY ('x', b)", "[a LIKE ANY ('x', b)]"), ("a NOT ILIKE ALL ('x')", "[a NOT ILIKE ALL ('x')]"),
        ("a like all", "[a LIKE all]"), ("a REGEXP 'x'", "[a RLIKE 'x']"), ("a ilike b", "[a ILIKE b]"),
        // CASE
        ("CASE WHEN a THEN 1 WHEN b THEN 2 ELSE 3 END", "CASE WHEN a THEN 1 WHEN b THEN 2 ELSE 3 END"),
        ("case a when 1 then 'x' end", "CASE a WHEN 1 THEN 'x' END"),
        // Aliases
        ("a AS b", "a AS b"), ("f(a) AS (b, `c d`)", "f(a) AS (b, c d)"), ("a b", "a AS b"),
        ("a + 1 `x y`", "[a + 1] AS x y"), ("sum(a) as sum", "sum(a) AS sum"),
        // Blanks and comments
        ("a -- comment", "a"), ("a /* x /* y */ z */ + b", "[a + b]"), ("\ta\r\n+\nb", "[a + b]"),
        ("a--\n+b", "[a + b]"),
    ])
    func parses(text: String, tree: String) throws {
        guard tree != "!" else {
            #expect(throws: SQLDiagnostic.self) { try SyntaxParser.expression(text) }
            return
        }
        #expect(try SyntaxParser.expression(text).printed == tree)
    }

    @Test(arguments: [
        (#"'\\s+'"#, #"\s+"#), (#"'\s+'"#, "s+"), (#"r'\s+'"#, #"\s+"#), (#"R"a\""#, #"a\"#), ("'it''s'", "it's"),
        (#""say ""hi""""#, #"say "hi""#), (#"'a\nb\tc\r\0\b\Z'"#, "a\nb\tc\r\0\u{8}\u{1A}"), (#"'\''"#, "'"),
        (#"'\u00e9\U0001F600'"#, "é😀"), (#"'\101\060'"#, "A0"), (#"'100\%\_'"#, #"100\%\_"#), ("'a' 'b'\n'c'", "abc"),
        ("''", ""), ("'é\n😀'", "é\n😀"), (#"'\uZZ'"#, "uZZ"),
    ])
    func strings(text: String, value: String) throws {
        guard case .literal(.string(let found)) = try SyntaxParser.expression(text).kind else {
            Issue.record("not a string")
            return
        }
        #expect(found == value)
    }

    @Test func lists() throws {
        let list = try SyntaxParser.expressions("CAST(key AS STRING), value AS v, *")
        #expect(list.map(\.printed) == ["CAST(key AS string)", "value AS v", "*"])
    }

    @Test func rangesCoverTheirText() throws {
        let text = "a +\n  é_(b)".replacing("é_", with: "f")
        guard case .binary(_, let left, let right) = try SyntaxParser.expression(text).kind else {
            Issue.record("not a sum")
            return
        }
        #expect(left.range == TextRange(start: 0, end: 1, line: 1, column: 1))
        #expect(right.range == TextRange(start: 6, end: 10, line: 2, column: 3))
    }

    @Test(arguments: [
        ("boolean", "boolean"), ("BYTE", "tinyint"), ("short", "smallint"), ("INTEGER", "int"), ("long", "bigint"),
        ("REAL", "float"), ("double", "double"), ("decimal", "decimal(10,0)"), ("DEC(5)", "decimal(5,0)"),
        ("numeric(38, 18)", "decimal(38,18)"), ("string", "string"), ("STRING COLLATE UTF8_BINARY", "string"),
        ("varchar(10)", "varchar(10)"), ("CHAR(3)", "char(3)"), ("binary", "binary"), ("date", "date"),
        ("timestamp_ltz", "timestamp"), ("TIMESTAMP_NTZ", "timestampWithoutTimeZone"), ("time(3)", "time(3)"),
        ("interval day to second", "interval(DAY,SECOND)"), ("variant", "variant"), ("void", "void"),
        ("array<array<int>>", "array<array<int>>"), ("MAP<STRING, ARRAY<BIGINT>>", "map<string,array<bigint>>"),
        ("struct<a: int, b string NOT NULL COMMENT 'x', c: struct<>>", "struct<a:int,b:string!#x,c:struct<>>"),
    ])
    func types(text: String, tree: String) throws {
        #expect(try SyntaxParser.type(text).printed == tree)
    }

    @Test(arguments: [
        ("a INT", "a:int"), ("select INT, 1a LONG", "select:int,1a:bigint"), ("a INT, a STRING", "a:int,a:string"),
        ("`é x` INT NOT NULL COMMENT 'c' -- end", "é x:int!#c"),
        ("a INT, b STRUCT<c: STRING>", "a:int,b:struct<c:string>"),
    ])
    func schemas(text: String, fields: String) throws {
        #expect(try SyntaxParser.schema(text).map(\.printed).joined(separator: ",") == fields)
    }
}

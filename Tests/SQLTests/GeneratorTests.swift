// Generators over rows: what comes out, under which names.

import Millrace
import Testing

@Suite struct GeneratorTests {
    private static let pair = DataType.structure([Field("x", .integer), Field("y", .string, isNullable: false)])
    private static let schema = Schema([
        Field("id", .integer), Field("l", .array(.integer, containsNull: true)),
        Field("m", .map(key: .string, value: .integer, valueContainsNull: true)),
        Field("s", .array(pair, containsNull: true)),
    ])
    private static let rows: [[Value]] = [
        [
            .integer(1), .array([.integer(7), .null]), .map([.init(key: .string("a"), value: .integer(1))]),
            .array([.structure([.integer(3), .string("p")]), .null]),
        ],
        [.integer(2), .array([]), .map([]), .array([])],
        [.integer(3), .null, .null, .null],
        [.integer(4), .array([.integer(9)]), .map([.init(key: .string("b"), value: .null)]), .array([])],
    ]

    /// The names of the columns, and the rows.
    private func select(_ columns: String...) throws -> (names: [String], rows: String) {
        let frame = try Session(appName: "GeneratorTests", configuration: .quiet)
            .createDataFrame(Self.rows, schema: Self.schema).select(columns.map { expr($0) })
        let rows = try frame.collect().map { row in row.values.map { "\($0)" }.joined(separator: ",") }
        return (try frame.schema.names, rows.joined(separator: " "))
    }

    @Test(
        "rows and names of each generator",
        arguments: [
            ("explode(l)", "id,col", "1,7 1,NULL 4,9"), ("explode(l) AS e", "id,e", "1,7 1,NULL 4,9"),
            ("explode_outer(l)", "id,col", "1,7 1,NULL 2,NULL 3,NULL 4,9"),
            ("posexplode(l)", "id,pos,col", "1,0,7 1,1,NULL 4,0,9"),
            ("posexplode_outer(l) AS (p, e)", "id,p,e", "1,0,7 1,1,NULL 2,NULL,NULL 3,NULL,NULL 4,0,9"),
            ("explode(m)", "id,key,value", "1,a,1 4,b,NULL"),
            ("explode_outer(m) AS (k, v)", "id,k,v", "1,a,1 2,NULL,NULL 3,NULL,NULL 4,b,NULL"),
            ("posexplode(m)", "id,pos,key,value", "1,0,a,1 4,0,b,NULL"),
            ("inline(s)", "id,x,y", "1,3,p 1,NULL,NULL"),
            ("inline_outer(s)", "id,x,y", "1,3,p 1,NULL,NULL 2,NULL,NULL 3,NULL,NULL 4,NULL,NULL"),
            ("explode(s) AS t", "id,t", "1,{3, p} 1,NULL"),
            (
                "json_tuple(concat('{\"a\":', id, ',\"b c\":\"x\"}'), 'b c', 'a', 'z')", "id,c0,c1,c2",
                "1,x,1,NULL 2,x,2,NULL 3,x,3,NULL 4,x,4,NULL"
            ),
            ("json_tuple('no', 'a')", "id,c0", "1,NULL 2,NULL 3,NULL 4,NULL"),
            (
                "stack(2, id, 'a', id * 10)", "id,col0,col1",
                "1,1,a 1,10,NULL 2,2,a 2,20,NULL 3,3,a 3,30,NULL 4,4,a 4,40,NULL"
            ),
        ])
    func generates(generator: String, names: String, rows: String) throws {
        let found = try select("id", generator)
        #expect(found.names.joined(separator: ",") == names)
        #expect(found.rows == rows)
    }

    @Test("a generator alone, in the middle, and behind a filter of its rows")
    func places() throws {
        #expect(try select("posexplode(l)").rows == "0,7 1,NULL 0,9")
        #expect(try select("id", "explode(m)", "size(l) AS n").rows == "1,a,1,2 4,b,NULL,1")
        let filtered = try Session(appName: "GeneratorTests", configuration: .quiet)
            .createDataFrame(Self.rows, schema: Self.schema).select("id", expr("posexplode_outer(l)"))
            .filter("pos IS NULL AND id > 2").collect()
        #expect(filtered.map(\.values) == [[.integer(3), .null, .null]])
    }

    @Test(
        "mistakes are told before anything runs",
        arguments: [
            ("explode(m) AS e", "UDTF_ALIAS_NUMBER_MISMATCH"),
            ("posexplode(l) AS (a, b, c)", "UDTF_ALIAS_NUMBER_MISMATCH"),
            ("id AS (a, b)", "MULTI_ALIAS_WITHOUT_GENERATOR"),
            ("inline(l)", "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"),
            ("stack(id, 1)", "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT"),
            ("stack(0, 1)", "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE"),
            ("stack(2, 1, 'a')", "DATATYPE_MISMATCH.STACK_COLUMN_DIFF_TYPES"),
            ("abs(explode(l))", "UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS"),
            ("posexplod(l)", "UNRESOLVED_ROUTINE"),
        ])
    func mistakes(sql: String, code: String) throws {
        let error = #expect(throws: MillraceError.self) { _ = try select("id", sql) }
        #expect(error?.code == code)
    }
}

// What pyarrow has written, read.

import Columns
import Testing

@testable import Parquet

@Suite struct ReaderTests {
    @Test(arguments: Fixtures.names)
    func `a file holds what its writer says`(_ name: String) throws {
        let expected = String(decoding: try Fixtures.bytes(name + ".txt"), as: UTF8.self).split(separator: "\n")
        let read = try rows(try Fixtures.bytes(name + ".parquet"))
        #expect(read.count == expected.count)
        for (line, wanted) in zip(read, expected) { #expect(line == wanted) }
    }

    @Test func `types are those of Spark`() throws {
        func schema(_ name: String) throws -> String {
            try ParquetFooter(MemoryInput(try Fixtures.bytes(name + ".parquet"))).schema().description
        }
        #expect(
            try schema("numbers")
                == "i8 TINYINT, i16 SMALLINT, u8 SMALLINT, u16 INT, u32 BIGINT, u64 DECIMAL(20,0)")
        #expect(
            try schema("times") == "day DATE, ms TIMESTAMP, us TIMESTAMP, ns TIMESTAMP, clock TIMESTAMP_NTZ")
        #expect(
            try schema("decimals") == "small DECIMAL(7,2), middle DECIMAL(17,2), large DECIMAL(38,5)")
        #expect(try schema("int96") == "t TIMESTAMP")
        #expect(
            try schema("nested")
                == "id INT, l ARRAY<INT>, m MAP<STRING, BIGINT>, s STRUCT<x: INT, y: STRUCT<z: STRING>>, "
                + "ls ARRAY<STRUCT<a: INT, b: ARRAY<STRING>>>, ll ARRAY<ARRAY<BIGINT>>, "
                + "lm ARRAY<MAP<STRING, STRUCT<a: INT, b: ARRAY<STRING>>>>")
    }

    /// `spark.sql("SELECT INTERVAL '1-2' YEAR TO MONTH AS ym, ...").write.parquet(...)` of PySpark 4.3: one row.
    @Test func `intervals of Spark are intervals`() throws {
        let bytes = try Fixtures.bytes("intervals_spark.parquet")
        let schema = try ParquetFooter(MemoryInput(bytes)).schema()
        #expect(
            schema.description
                == "ym INTERVAL YEAR TO MONTH, y INTERVAL YEAR, m INTERVAL MONTH, ds INTERVAL DAY TO SECOND, "
                + "d INTERVAL DAY, hm INTERVAL HOUR TO MINUTE, ntz TIMESTAMP_NTZ, ts TIMESTAMP, "
                + "a ARRAY<INTERVAL HOUR>, mp MAP<STRING, INTERVAL MONTH>, st STRUCT<x: INTERVAL SECOND, y: TINYINT>, "
                + "sh SMALLINT, de DECIMAL(5,2), da DATE, tm TIME(6), b BINARY")
        let wanted = Schema(["ym", "d", "hm"].compactMap { name in schema.fields.first { $0.name == name } })
        #expect(
            try rows(bytes, wanted) == [
                "INTERVAL '1-2' YEAR TO MONTH | INTERVAL '5' DAY | INTERVAL '06:07' HOUR TO MINUTE"
            ])
    }

    @Test func `what Spark notes of a schema counts where it can be so, and nowhere else`() throws {
        let columns = Schema([
            Field("i", .dayTimeInterval(.dayToSecond)), Field("n", .integer), Field("t", .time(precision: 3)),
            Field("s", .structure([Field("x", .yearMonthInterval(.year))])), Field("w", .string),
        ])
        let own = "i BIGINT, n INT, t TIME(6), s STRUCT<x: INT>, w STRING"
        let written = try WrittenFile([], columns, ParquetWriteOptions()).footer()
        func schema(_ text: String?) throws -> String {
            var footer = written
            footer.keyValues = [KeyValue("other", "{}"), KeyValue(SparkSchemaText.key, text)]
            return try ParquetFooter(footer, dataSize: 1 << 20).schema().description
        }
        func noted(_ types: (name: String, type: String)...) -> String {
            let fields = types.map { #"{"name":"\#($0.name)","type":\#($0.type),"nullable":true,"metadata":{}}"# }
            return #"{"type":"struct","fields":["# + fields.joined(separator: ",") + "]}"
        }
        let text = try #require(written.keyValues?.first { $0.key == SparkSchemaText.key }?.value)
        #expect(
            try schema(text)
                == "i INTERVAL DAY TO SECOND, n INT, t TIME(3), s STRUCT<x: INTERVAL YEAR>, w STRING")
        // Nothing, no JSON, no schema, and one that nests deeper than anything that is read.
        let deep = String(repeating: #"{"type":"array","elementType":"#, count: 5000)
        for text in [nil, "", "{", "[]", "7", #"{"fields":7}"#, #"{"fields":[7,{},{"name":"i"},{"name":7}]}"#, deep] {
            #expect(try schema(text) == own, "\(text?.prefix(40) ?? "nothing")")
        }
        // Types that the values can't be, other shapes, words that there are not, and columns that are gone.
        #expect(
            try schema(
                noted(
                    ("i", #""interval year to month""#), ("n", #""interval day""#), ("t", #""time(12)""#),
                    ("s", #"{"type":"array","elementType":"integer","containsNull":true}"#), ("w", #""long""#),
                    ("gone", #""interval day""#))) == own)
        #expect(
            try schema(
                noted(("I", #""interval day""#), ("n", #""byte""#), ("t", #""string""#), ("w", #""interval day""#)))
                == own)
        // Of a type of a program's own the type counts by which it is kept.
        #expect(
            try schema(noted(("i", #"{"type":"udt","class":"A","sqlType":"interval day"}"#)))
                == "i INTERVAL DAY, n INT, t TIME(6), s STRUCT<x: INT>, w STRING")
    }

    @Test func `columns are found by name, and those that are missing are NULL`() throws {
        let wanted = Schema([
            Field("D", .double), Field("nope", .array(.string, containsNull: true)), Field("I", .long),
        ])
        let read = try rows(try Fixtures.bytes("plain.parquet"), wanted)
        #expect(
            read.prefix(5) == [
                "-3.0 | NULL | -500", "-2.875 | NULL | -499", "-2.75 | NULL | -496", "-2.625 | NULL | -491",
                "-2.5 | NULL | NULL",
            ])
    }

    @Test func `a structure with none of its fields in the file is there where the file says so`() throws {
        let nope = DataType.structure([Field("nope", .integer)])
        let wanted = Schema([
            Field("s", .structure([Field("y", nope)])), Field("ls", .array(nope, containsNull: true)),
        ])
        let read = try rows(try Fixtures.bytes("nested.parquet"), wanted)
        #expect(
            read.prefix(4) == ["NULL | NULL", "{NULL} | []", "{{NULL}} | [{NULL}, NULL]", "NULL | [{NULL}, {NULL}]"])
    }

    @Test func `rows without columns are counted`() throws {
        #expect(try rows(try Fixtures.bytes("pages.parquet"), Schema([])).count == 60)
    }

    @Test func `types are widened`() throws {
        let wanted = Schema([
            Field("i8", .long), Field("i16", .double), Field("u8", .integer),
            Field("u32", .decimal(precision: 12, scale: 1)),
        ])
        let error = #expect(throws: ParquetError.self) { try rows(try Fixtures.bytes("numbers.parquet"), wanted) }
        #expect(error?.kind == .wrongType)
        #expect(error?.column == "u32")
        let numbers = try rows(try Fixtures.bytes("numbers.parquet"), Schema(Array(wanted.fields.prefix(3))))
        #expect(numbers.first == "-30 | -9000.0 | 0")
        let decimals = Schema([
            Field("small", .decimal(precision: 20, scale: 4)), Field("middle", .decimal(precision: 38, scale: 2)),
        ])
        #expect(try rows(try Fixtures.bytes("decimals.parquet"), decimals).first == "-9.0000 | -9.00")
        #expect(try rows(try Fixtures.bytes("decimals_as_integers.parquet"), decimals).first == "-9.0000 | -9.00")
    }

    @Test(arguments: [
        ("plain", "i", DataType.string), ("plain", "s", .integer), ("plain", "d", .float), ("plain", "l", .integer),
        ("plain", "l", .timestamp), ("decimals", "large", .decimal(precision: 38, scale: 4)),
        ("times", "us", .timestampNTZ),
        ("nested", "l", .integer), ("nested", "s", .array(.integer, containsNull: true)),
        ("nested", "l", .array(.string, containsNull: true)),
    ])
    func `a type that the file's can't become is refused by name`(
        _ file: String, _ name: String, _ type: DataType
    ) throws {
        let bytes = try Fixtures.bytes(file + ".parquet")
        let error = #expect(throws: ParquetError.self) { try rows(bytes, Schema([Field(name, type)])) }
        #expect(error?.kind == .wrongType)
        #expect(error?.column?.split(separator: ".").first.map(String.init) == name)
    }

    @Test func `row groups are divided by where their middle lies`() throws {
        let input = MemoryInput(try Fixtures.bytes("pages.parquet"))
        let footer = try ParquetFooter(input)
        #expect(footer.metaData.rowGroups.count == 3)
        for cut in stride(from: Int64(0), through: input.size, by: 100) {
            #expect(footer.rowGroups(from: 0, to: cut) + footer.rowGroups(from: cut, to: input.size) == [0, 1, 2])
        }
    }
}

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

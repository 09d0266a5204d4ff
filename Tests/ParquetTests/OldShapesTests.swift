// Shapes of lists and maps, and encodings of levels, that nobody writes any more: files made by hand.

import Columns
import Testing

@testable import Parquet

/// A file with one row group, a page a column.
struct HandMadeFile {
    /// A column's page: levels and values as they lie in it.
    struct Column {
        var path: [String]
        var type = PhysicalType.int32
        var entries: Int32
        var bytes: [UInt8]
        var encoding = ParquetEncoding.plain
        var definitionLevels = ParquetEncoding.rle
    }

    /// Without the root.
    var schema: [SchemaElement]
    var columnCount: Int32
    var columns: [Column]
    var rowCount: Int64

    var bytes: [UInt8] {
        var file = Array("PAR1".utf8)
        var chunks: [ColumnChunk] = []
        for column in columns {
            let size = Int32(column.bytes.count)
            var header = PageHeader(.data, uncompressedSize: size, compressedSize: size)
            header.data = DataPageHeader(valueCount: column.entries, encoding: column.encoding)
            header.data?.definitionLevelEncoding = column.definitionLevels
            let page = header.thriftBytes + column.bytes
            chunks.append(
                ColumnChunk(
                    ColumnMetaData(
                        type: column.type, encodings: [column.encoding], path: column.path, codec: .uncompressed,
                        valueCount: Int64(column.entries), uncompressedSize: Int64(page.count),
                        compressedSize: Int64(page.count), dataPageOffset: Int64(file.count))))
            file += page
        }
        let footer = FileMetaData(
            version: 1, schema: [SchemaElement("root", childCount: columnCount)] + schema, rowCount: rowCount,
            rowGroups: [RowGroup(columns: chunks, totalByteSize: 0, rowCount: rowCount)]
        ).thriftBytes
        return file + footer + Self.littleEndian(Int32(footer.count)) + Array("PAR1".utf8)
    }

    static func littleEndian(_ values: Int32...) -> [UInt8] {
        values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
    }

    /// Levels as runs of one.
    static func levels(_ levels: [UInt8]) -> [UInt8] {
        let runs: [UInt8] = levels.flatMap { level -> [UInt8] in [2, level] }
        return littleEndian(Int32(runs.count)) + runs
    }
}

@Suite struct OldShapesTests {
    private let group = SchemaElement("l", repetition: .optional, childCount: 1, convertedType: .list)
    private let numbers = HandMadeFile.littleEndian(1, 2, 3)

    @Test func `a list of two levels has the repeated field for its element`() throws {
        let levels = HandMadeFile.levels([0, 1, 0, 0, 0]) + HandMadeFile.levels([2, 2, 1, 0, 2])
        for name in ["element", "array", "l_tuple"] {
            let file = HandMadeFile(
                schema: [group, SchemaElement(name, type: .int32, repetition: .repeated)], columnCount: 1,
                columns: [.init(path: ["l", name], entries: 5, bytes: levels + numbers)], rowCount: 4)
            #expect(try rows(file.bytes) == ["[1, 2]", "[]", "NULL", "[3]"])
        }
    }

    @Test func `a repeated group is the element by its name or where it has more than one field`() throws {
        let levels = HandMadeFile.levels([0, 1, 0, 0, 0]) + HandMadeFile.levels([2, 2, 1, 0, 2])
        let field = SchemaElement("a", type: .int32, repetition: .required)
        func file(_ name: String) -> HandMadeFile {
            HandMadeFile(
                schema: [group, SchemaElement(name, repetition: .repeated, childCount: 1), field], columnCount: 1,
                columns: [.init(path: ["l", name, "a"], entries: 5, bytes: levels + numbers)], rowCount: 4)
        }
        #expect(try rows(file("array").bytes) == ["[{1}, {2}]", "[]", "NULL", "[{3}]"])
        #expect(try rows(file("l_tuple").bytes) == ["[{1}, {2}]", "[]", "NULL", "[{3}]"])
        #expect(try rows(file("bag").bytes) == ["[1, 2]", "[]", "NULL", "[3]"])
    }

    @Test func `a repeated field without a group around is a list that is never NULL`() throws {
        let file = HandMadeFile(
            schema: [SchemaElement("n", type: .int32, repetition: .repeated)], columnCount: 1,
            columns: [
                .init(
                    path: ["n"], entries: 4,
                    bytes: HandMadeFile.levels([0, 1, 0, 0]) + HandMadeFile.levels([1, 1, 0, 1]) + numbers)
            ], rowCount: 3)
        #expect(try rows(file.bytes) == ["[1, 2]", "[]", "[3]"])
    }

    private func map(values: [UInt8], valueRepetitions: [UInt8]) -> HandMadeFile {
        HandMadeFile(
            schema: [
                SchemaElement("m", repetition: .optional, childCount: 1, convertedType: .mapKeyValue),
                SchemaElement("map", repetition: .repeated, childCount: 2),
                SchemaElement("key", type: .int32, repetition: .required),
                SchemaElement("value", type: .int32, repetition: .optional),
            ], columnCount: 1,
            columns: [
                .init(
                    path: ["m", "map", "key"], entries: 4,
                    bytes: HandMadeFile.levels([0, 1, 0, 0]) + HandMadeFile.levels([2, 2, 0, 2]) + numbers),
                .init(
                    path: ["m", "map", "value"], entries: 4,
                    bytes: HandMadeFile.levels(valueRepetitions) + HandMadeFile.levels(values) + numbers),
            ], rowCount: 3)
    }

    @Test func `a map by its older name is one`() throws {
        let file = map(values: [3, 2, 0, 3], valueRepetitions: [0, 1, 0, 0])
        #expect(try rows(file.bytes) == ["{1 -> 1, 2 -> NULL}", "NULL", "{3 -> 2}"])
    }

    @Test func `keys and values of different counts are an error`() throws {
        let error = #expect(throws: ParquetError.self) {
            try rows(map(values: [3, 0, 0, 3], valueRepetitions: [0, 0, 0, 0]).bytes)
        }
        #expect(error?.kind == .damaged)
        #expect(throws: ParquetError.self) {
            try rows(map(values: [3, 0, 0, 3], valueRepetitions: [0, 1, 0, 0]).bytes)
        }
    }

    @Test func `levels may be packed from the highest bit on`() throws {
        let file = HandMadeFile(
            schema: [SchemaElement("n", type: .int32, repetition: .optional)], columnCount: 1,
            columns: [
                .init(path: ["n"], entries: 4, bytes: [0b1011_0000] + numbers, definitionLevels: .bitPacked)
            ], rowCount: 4)
        #expect(try rows(file.bytes) == ["1", "NULL", "2", "3"])
    }

    @Test func `booleans may be runs`() throws {
        let file = HandMadeFile(
            schema: [SchemaElement("b", type: .boolean, repetition: .required)], columnCount: 1,
            columns: [
                .init(
                    path: ["b"], type: .boolean, entries: 5,
                    bytes: HandMadeFile.littleEndian(4) + [6, 1, 3, 0b01], encoding: .rle)
            ], rowCount: 5)
        #expect(try rows(file.bytes) == ["true", "true", "true", "true", "false"])
    }

    @Test func `fewer values than rows are an error`() throws {
        var file = HandMadeFile(
            schema: [SchemaElement("n", type: .int32, repetition: .required)], columnCount: 1,
            columns: [.init(path: ["n"], entries: 4, bytes: numbers)], rowCount: 4)
        let error = #expect(throws: ParquetError.self) { try rows(file.bytes) }
        #expect(error?.description.contains("fewer values") == true)
        file.columns[0].entries = 3
        #expect(throws: ParquetError.self) { try rows(file.bytes) }
    }
}

// What files say about themselves: written and read back, and read from bytes that may be anything.

import Testing

@testable import Parquet

/// Reads a structure from bytes.
func thrift<Structure: ThriftStructure>(_ bytes: [UInt8], _: Structure.Type) throws -> Structure {
    try bytes.withUnsafeBytes { buffer in
        var reader = ThriftReader(buffer, base: 100)
        return try Structure(&reader)
    }
}

@Suite struct MetadataTests {
    private var footer: FileMetaData {
        var chunk = ColumnChunk(
            ColumnMetaData(
                type: .int64, encodings: [.plain, .rle], path: ["a", "list", "element"], codec: .zstd, valueCount: -1,
                uncompressedSize: 1 << 40, compressedSize: .max, dataPageOffset: 4, dictionaryPageOffset: 900,
                encodingStatistics: [PageEncodingStatistics(.data, .plain, count: 3)]),
            fileOffset: .min)
        var statistics = ColumnStatistics()
        statistics.minimum = [1, 2]
        statistics.maximum = []
        statistics.nullCount = 7
        statistics.isMaximumExact = false
        chunk.metaData?.statistics = statistics
        chunk.offsetIndexOffset = 12
        chunk.columnIndexLength = 300
        var group = RowGroup(columns: [chunk, chunk], totalByteSize: 5, rowCount: 6, ordinal: 3)
        group.sortingColumns = [SortingColumn(column: 1, isDescending: true, nullsFirst: false)]
        let types: [LogicalType] = [
            .string, .map, .list, .enumeration, .decimal(scale: 2, precision: 9), .date,
            .time(isAdjustedToUTC: true, unit: .nanoseconds), .timestamp(isAdjustedToUTC: false, unit: .microseconds),
            .integer(bitWidth: -8, isSigned: false), .unknown, .json, .bson, .uuid, .float16, .other(300),
        ]
        let fields = types.map {
            SchemaElement(
                "é\($0)", type: .fixedLengthByteArray, typeLength: 12, repetition: .optional, convertedType: .decimal,
                scale: 1, precision: 2, fieldID: 77, logicalType: $0)
        }
        return FileMetaData(
            version: 2, schema: [SchemaElement("root", childCount: 15)] + fields, rowCount: 6,
            rowGroups: [group, group], keyValues: [KeyValue("a", "b"), KeyValue("c", nil)], createdBy: "me",
            columnOrders: [ColumnOrder()])
    }

    @Test func `a footer is read as it was written`() throws {
        #expect(try thrift(footer.thriftBytes, FileMetaData.self) == footer)
    }

    @Test func `headers and indexes are read as they were written`() throws {
        var header = PageHeader(.dataV2, uncompressedSize: 3, compressedSize: -4, checksum: -5)
        header.data = DataPageHeader(valueCount: 9, encoding: .deltaByteArray)
        header.dictionary = DictionaryPageHeader(valueCount: 1, isSorted: true)
        header.dataV2 = DataPageHeaderV2(
            valueCount: 1, nullCount: 2, rowCount: 3, encoding: .rleDictionary, definitionLevelsLength: 4,
            repetitionLevelsLength: 5, isCompressed: false)
        #expect(try thrift(header.thriftBytes, PageHeader.self) == header)
        let places = OffsetIndex(
            pages: (0..<20).map { PageLocation(offset: $0, compressedSize: Int32($0), firstRow: -$0) })
        #expect(try thrift(places.thriftBytes, OffsetIndex.self) == places)
        let index = ColumnIndex(
            nullPages: [true, false], minimums: [[], [1]], maximums: [[], [2, 3]], order: .descending,
            nullCounts: [1, 2])
        #expect(try thrift(index.thriftBytes, ColumnIndex.self) == index)
    }

    @Test func `a footer that was cut off is an error with its place`() throws {
        let bytes = footer.thriftBytes
        for count in 0..<bytes.count {
            let error = #expect(throws: ParquetError.self) { try thrift(Array(bytes[..<count]), FileMetaData.self) }
            #expect(error?.kind == .damaged)
            #expect(try #require(error?.offset) <= 100 + Int64(count))
        }
    }

    @Test func `a footer with a changed byte is an error or another footer`() throws {
        let bytes = footer.thriftBytes
        for index in bytes.indices {
            for change: UInt8 in [1, 0x0F, 0x80, 0xFF] {
                var other = bytes
                other[index] ^= change
                _ = try? thrift(other, FileMetaData.self)
            }
        }
    }

    @Test func `fields that nobody knows are passed over`() throws {
        // Id 100 of every type: booleans, numbers, a text, lists, a map and a structure; then the page's own.
        let unknown: [UInt8] = [
            0x01, 200, 1, 0x03, 202, 1, 9, 0x05, 204, 1, 0x80, 1, 0x07, 206, 1, 1, 2, 3, 4, 5, 6, 7, 8, 0x08, 208, 1, 2,
            65, 66, 0x09, 210, 1, 0x21, 1, 2, 0x0B, 212, 1, 1, 0x58, 3, 1, 65, 0x0C, 214, 1, 0x15, 2, 0, 0x0B, 216, 1,
            0,
        ]
        let known = PageLocation(offset: 1, compressedSize: 2, firstRow: 3)
        #expect(try thrift(unknown + [0x06, 2, 2, 0x15, 4, 0x16, 6, 0], PageLocation.self) == known)
    }

    @Test func `nesting has a bound`() throws {
        let lists = [UInt8](repeating: 0x19, count: 10_000)
        let structures = [UInt8](repeating: 0x1C, count: 10_000)
        for bytes in [[0x49] + lists, [0x4C] + structures] {
            let error = #expect(throws: ParquetError.self) { try thrift(bytes, PageLocation.self) }
            #expect(error?.message.contains("nested deeper than") == true)
        }
    }
}

// What the footer, the indexes and the page headers of a written file say, held against its rows.

import Columns
import Compression
import JSONText
import TestSupport
import Testing

@testable import Parquet

@Suite("Written files of Parquet")
struct WriterTests {
    @Test("say where everything lies, and what the values of each page are between")
    func places() throws {
        var options = ParquetWriteOptions()
        (options.pageRows, options.rowGroupBytes, options.dictionaryBytes) = (3000, 60_000, 4000)
        let schema = Schema([Field("id", .long, isNullable: false), Field("word", .string), Field("x", .double)])
        var random = SeededRandom(9)
        var rows: [[Value]] = []
        for row in 0..<20_000 {
            let word: Value = row % 7 == 0 ? .null : .string(String(random.below(900)))
            let number: Double = row == 11_000 ? .nan : Double(row)
            rows.append([.long(Int64(row) * 3), word, .double(number)])
        }
        let file = try WrittenFile(rows, schema, options)
        let footer = try file.footer()
        #expect(footer.rowCount == 20_000)
        #expect(footer.rowGroups.count > 1)
        #expect(footer.rowGroups.reduce(0) { $0 + $1.rowCount } == 20_000)
        var firstRow = 0
        for group in footer.rowGroups {
            let sizes: [Int64] = group.columns.compactMap { $0.metaData?.compressedSize }
            #expect(sizes.reduce(0, +) == group.totalCompressedSize)
            for (column, chunk) in group.columns.enumerated() {
                try check(chunk, file, rows[firstRow..<(firstRow + Int(group.rowCount))].map { $0[column] }, column)
            }
            firstRow += Int(group.rowCount)
        }
    }

    @Test("a page ends with the rows that it may have, and with levels as with values")
    func endsOfPages() throws {
        var options = ParquetWriteOptions()
        (options.pageRows, options.pageBytes) = (100, 5000)
        let schema = Schema([Field("id", .long), Field("list", .array(.integer, containsNull: true))])
        let rows = (0..<700).map { [Value.long($0), .array([Value](repeating: .null, count: 100))] }
        let file = try WrittenFile(rows, schema, options)
        let group = try #require(try file.footer().rowGroups.first)
        let counts = try group.columns.map { chunk in
            try file.read(
                OffsetIndex.self, chunk.offsetIndexOffset, Int64(try #require(chunk.offsetIndexLength))
            ).pages.count
        }
        // Two levels for each of 10,000 elements are more than the bytes of a page.
        #expect(counts[0] == 7 && counts[1] > 14)
        let headers = try group.columns.map { chunk in
            let data = try #require(chunk.metaData)
            let header = try file.read(PageHeader.self, data.dataPageOffset, data.compressedSize)
            return try #require(header.data?.valueCount)
        }
        #expect(headers[0] == 100)
    }

    /// Holds the indexes and headers of a chunk against its values.
    private func check(_ chunk: ColumnChunk, _ file: WrittenFile, _ values: [Value], _ column: Int) throws {
        let data = try #require(chunk.metaData)
        #expect(data.valueCount == Int64(values.count))
        #expect(data.statistics?.nullCount == Int64(values.filter(\.isNull).count))
        let offsets = try file.read(
            OffsetIndex.self, chunk.offsetIndexOffset, Int64(try #require(chunk.offsetIndexLength)))
        // From page to page there is no hole.
        var place = data.dataPageOffset
        for page in offsets.pages {
            #expect(page.offset == place)
            let header = try file.read(PageHeader.self, page.offset, Int64(page.compressedSize))
            let body = Int(page.offset) + Int(page.compressedSize) - Int(header.compressedSize)
            let bytes = file.bytes[body..<(body + Int(header.compressedSize))]
            #expect(header.checksum == Int32(bitPattern: bytes.withUnsafeBytes { CyclicChecksum.crc32($0) }))
            place += Int64(page.compressedSize)
        }
        #expect(place == (data.dictionaryPageOffset ?? data.dataPageOffset) + data.compressedSize)
        let hasNaN = values.contains { if case .double(let number) = $0 { number.isNaN } else { false } }
        #expect((chunk.columnIndexOffset == nil) == hasNaN)
        #expect((data.statistics?.minimum == nil) == hasNaN)
        guard !hasNaN else { return }
        let index = try file.read(
            ColumnIndex.self, chunk.columnIndexOffset, Int64(try #require(chunk.columnIndexLength)))
        let starts = offsets.pages.map { Int($0.firstRow) } + [values.count]
        for page in offsets.pages.indices {
            let known = values[starts[page]..<starts[page + 1]].filter { !$0.isNull }.map { plain($0) }
            #expect(index.nullCounts?[page] == Int64(starts[page + 1] - starts[page] - known.count))
            if column == 1 {
                #expect(index.minimums[page] == known.min { $0.lexicographicallyPrecedes($1) })
                #expect(index.maximums[page] == known.max { $0.lexicographicallyPrecedes($1) })
            } else {
                // They grow.
                #expect(index.minimums[page] == known.first)
                #expect(index.maximums[page] == known.last)
                #expect(index.order == .ascending)
            }
        }
    }

    private func plain(_ value: Value) -> [UInt8] {
        switch value {
        case .long(let number): LeafKind.int64.plain(Int128(number))
        case .double(let number): LeafKind.double.plain(number == 0 ? -0.0 : number)
        case .string(let text): Array(text.utf8)
        default: []
        }
    }

    @Test("have a dictionary where it pays, and only there")
    func dictionaries() throws {
        let schema = Schema([Field("few", .string), Field("many", .long), Field("later", .long)])
        var rows: [[Value]] = []
        for row in 0..<50_000 {
            // The first pages repeat, then the dictionary fills.
            let later: Int64 = row < 25_000 ? Int64(row % 3) : Int64(row) << 20
            rows.append([.string("one of \(row % 10)"), .long(Int64(row) << 20), .long(later)])
        }
        var options = ParquetWriteOptions()
        options.dictionaryBytes = 10_000
        let file = try WrittenFile(rows, schema, options)
        let columns = try #require(try file.footer().rowGroups.first?.columns.compactMap(\.metaData))
        #expect(columns.map { $0.dictionaryPageOffset != nil } == [true, false, true])
        #expect(columns[0].encodings == [.rle, .plainDictionary])
        #expect(columns[1].encodings == [.rle, .plain])
        #expect(columns[2].encodings == [.rle, .plainDictionary, .plain])
        #expect(columns[0].compressedSize < 50_000)
        // It is whole, though pages without it follow: three values, and some slices of others.
        let header = try file.read(PageHeader.self, columns[2].dictionaryPageOffset, 100)
        #expect(header.dictionary?.valueCount ?? 0 > 1000)
        options.usesDictionaries = false
        let plain = try WrittenFile(rows, schema, options).footer()
        #expect(plain.rowGroups[0].columns.allSatisfy { $0.metaData?.dictionaryPageOffset == nil })
    }

    @Test("cut long bounds and say so")
    func longBounds() throws {
        let rows: [[Value]] = [
            [.string(String(repeating: "é", count: 500))], [.string("z" + String(repeating: "ü", count: 99))],
        ]
        let file = try WrittenFile(rows, Schema([Field("a", .string)]), ParquetWriteOptions())
        let statistics = try #require(try file.footer().rowGroups.first?.columns.first?.metaData?.statistics)
        #expect(statistics.minimum == Array(("z" + String(repeating: "ü", count: 31)).utf8))
        #expect(statistics.maximum == Array((String(repeating: "é", count: 31) + "ê").utf8))
        #expect(statistics.isMinimumExact == false)
        #expect(statistics.isMaximumExact == false)
    }

    @Test("have Spark's schema, as Parquet's and as Spark's own")
    func schema() throws {
        let schema = Schema([
            Field("a b;", .byte, isNullable: false), Field("t", .timestamp), Field("n", .timestampNTZ),
            Field("d", .decimal(precision: 20, scale: 3)), Field("i", .dayTimeInterval(.dayToSecond)),
            Field("m", .map(key: .string, value: .array(.integer, containsNull: false), valueContainsNull: true)),
        ])
        let footer = try WrittenFile([], schema, ParquetWriteOptions()).footer()
        #expect(footer.rowGroups.isEmpty)
        #expect(
            footer.schema.map(\.name) == [
                "spark_schema", "a b;", "t", "n", "d", "i", "m", "key_value", "key", "value", "list", "element",
            ])
        #expect(footer.schema[1].logicalType == .integer(bitWidth: 8, isSigned: true))
        #expect(footer.schema[2].logicalType == .timestamp(isAdjustedToUTC: true, unit: .microseconds))
        #expect(footer.schema[3].logicalType == .timestamp(isAdjustedToUTC: false, unit: .microseconds))
        #expect(footer.schema[3].convertedType == nil)
        #expect(footer.schema[4].typeLength == 9)
        #expect(
            footer.schema.map(\.repetition).dropFirst() == [
                .required, .optional, .optional, .optional, .optional, .optional, .repeated, .required, .optional,
                .repeated, .required,
            ])
        let text = try #require(footer.keyValues?.first { $0.key == SparkSchemaText.key }?.value)
        let fields = try JSONValue.parse(text)["fields"]
        #expect(fields?[0]?["nullable"]?.boolValue == false)
        #expect(
            (0..<5).map { fields?[$0]?["type"]?.stringValue } == [
                "byte", "timestamp", "timestamp_ntz", "decimal(20,3)", "interval day to second",
            ])
        #expect(fields?[5]?["type"]?["valueType"]?["elementType"]?.stringValue == "integer")
    }

    @Test("are refused where a type can't be written, or a NULL stands where none may")
    func refusals() {
        for type: DataType in [.null, .structure([]), .array(.null, containsNull: true)] {
            #expect(throws: ParquetError.self) { _ = try ParquetWriter.filterableLeaves(Schema([Field("a", type)])) }
        }
        #expect(throws: ParquetError.self) { _ = try ParquetWriter.filterableLeaves(Schema([])) }
        let schema = Schema([Field("a", .array(.integer, containsNull: false))])
        #expect(throws: ParquetError.self) {
            try WrittenFile([[.array([.integer(1), .null])]], schema, ParquetWriteOptions())
        }
    }

    @Test("hold no more in memory than a row group")
    func memory() throws {
        var options = ParquetWriteOptions()
        (options.codec, options.rowGroupBytes, options.usesDictionaries) = (.none, 1 << 20, false)
        let writer = try ParquetWriter(Schema([Field("a", .long)]), options: options)
        let output = WrittenBytes()
        try writer.begin(output)
        let batch = RecordBatch(
            schema: Schema([Field("a", .long)]), columns: [longs((0..<4096).map { Int64($0) })], count: 4096)
        for _ in 0..<400 {
            try writer.write(batch, to: output)
            #expect(writer.heldBytes < 1 << 20)
        }
        #expect(output.bytes.count > 11 << 20)
    }
}

/// The bytes of a file in memory.
final class WrittenBytes: ParquetOutput {
    var bytes: [UInt8] = []

    func append(_ bytes: UnsafeRawBufferPointer) { self.bytes += bytes }
}

/// A file in memory, and what it says of itself.
struct WrittenFile {
    let bytes: [UInt8]

    /// Writes rows, some hundred at a time.
    init(_ rows: [[Value]], _ schema: Schema, _ options: ParquetWriteOptions) throws {
        let writer = try ParquetWriter(schema, options: options)
        let output = WrittenBytes()
        try writer.begin(output)
        for start in stride(from: 0, to: rows.count, by: 700) {
            let some = rows[start..<min(start + 700, rows.count)]
            let columns = schema.fields.enumerated().map { index, field in
                column(some.map { $0[index] }, field.type, index % 2 == 0 ? .plain : .view)
            }
            try writer.write(RecordBatch(schema: schema, columns: columns, count: some.count), to: output)
        }
        try writer.finish(output)
        bytes = output.bytes
    }

    /// Reads the footer by the length that stands behind it.
    func footer() throws -> FileMetaData {
        #expect(bytes.starts(with: Array("PAR1".utf8)))
        #expect(bytes.suffix(4) == Array("PAR1".utf8)[...])
        let length = bytes.suffix(8).prefix(4).reversed().reduce(0) { $0 << 8 | Int64($1) }
        return try read(FileMetaData.self, Int64(bytes.count) - 8 - length, length)
    }

    /// Reads a structure at a place.
    func read<Structure: ThriftStructure>(_: Structure.Type, _ offset: Int64?, _ length: Int64) throws -> Structure {
        let start = Int(try #require(offset))
        return try thrift(Array(bytes[start..<(start + Int(length))]), Structure.self)
    }
}

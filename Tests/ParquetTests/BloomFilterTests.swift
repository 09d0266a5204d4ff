// Bloom filters tell values that aren't there, and never one that is.

import Columns
import TestSupport
import Testing

@testable import Parquet

@Suite("Bloom filters")
struct BloomFilterTests {
    /// How many rows a reader finds that looks for a value, and how many row groups it leaves out.
    private func find(_ value: Value, in bytes: [UInt8], _ field: Field) throws -> (rows: Int, skipped: Int) {
        let input = MemoryInput(bytes)
        let footer = try ParquetFooter(input)
        let reader = try ParquetReader(
            input, footer, wanted: Schema([field]), groups: Array(footer.metaData.rowGroups.indices),
            filter: RowFilter([.column(ColumnPath(field.name), .compares(.equal, value))]))
        var count = 0
        while let batch = try reader.next() {
            for row in batch.rows() where row.values[0] == value { count += 1 }
        }
        return (count, reader.skippedGroups)
    }

    private static let types: [DataType] = [
        .short, .integer, .long, .float, .double, .string, .binary, .date, .timestamp, .timestampNTZ,
        .decimal(precision: 9, scale: 3), .decimal(precision: 18, scale: 2), .decimal(precision: 38, scale: 10),
    ]

    /// A different value for each number; of floats and doubles both signs.
    private func value(_ number: Int, _ type: DataType) -> Value {
        switch type {
        case .short: .short(Int16(number - 3000))
        case .integer: .integer(Int32(number))
        case .date: .date(Int32(number))
        case .long: .long(Int64(number) << 20)
        case .timestamp: .timestamp(Int64(number) << 20)
        case .timestampNTZ: .timestampNTZ(Int64(number) << 20)
        case .float: .float(Float(number) - 3000)
        case .double: .double(Double(number) / 8 - 300)
        case .decimal(let precision, let scale):
            // Of both signs, of as many digits as there may be.
            .decimal(unscaled: Int128(number - 3000) << (precision > 18 ? 90 : 10), scale: scale)
        case .string: .string("the key \(number)")
        default: .binary(Array("\(number)".utf8) + [0xFF])
        }
    }

    /// A file whose bounds hold every number below 6,000, and whose values are the even ones.
    private func file(_ type: DataType, _ options: ParquetWriteOptions) throws -> WrittenFile {
        var random = SeededRandom(5)
        let numbers = (0..<3000).shuffled(using: &random)
        return try WrittenFile(numbers.map { [value($0 * 2, type)] }, Schema([Field("c", type)]), options)
    }

    private func options(dictionaries: Bool, filters: Bool = true) -> ParquetWriteOptions {
        var options = ParquetWriteOptions()
        options.usesDictionaries = dictionaries
        (options.rowGroupBytes, options.dictionaryBytes, options.pageRows) = (9000, 1000, 300)
        options.bloomFilter = filters ? BloomFilterOptions() : nil
        return options
    }

    @Test("tell values that aren't there, and find those that are", arguments: types, [false, true])
    func written(type: DataType, usesDictionaries: Bool) throws {
        let file = try file(type, options(dictionaries: usesDictionaries))
        let groups = try file.footer().rowGroups.count
        #expect(groups > 1)
        let field = Field("c", type)
        var skipped = 0
        for number in stride(from: 0, to: 6000, by: 111) {
            let found = try find(value(number, type), in: file.bytes, field)
            #expect(found.rows == (number % 2 == 0 ? 1 : 0), "\(number)")
            if number % 2 == 0 { #expect(found.skipped < groups) } else { skipped += found.skipped }
        }
        #expect(skipped >= groups * 27 * 95 / 100)
        // It is the filters that do it.
        let bare = try self.file(type, options(dictionaries: false, filters: false))
        #expect(try find(value(111, type), in: bare.bytes, field).skipped <= 1)
    }

    @Test("know both zeros, integers of other types, and nothing of NaN")
    func equals() throws {
        var options = ParquetWriteOptions()
        options.usesDictionaries = false
        options.bloomFilter = BloomFilterOptions()
        let rows: [[Value]] = [
            [.double(-1), .float(5), .integer(-9)], [.double(-0.0), .float(0), .integer(7)],
            [.double(.nan), .float(.nan), .integer(70)], [.double(8), .float(-7), .integer(11)],
        ]
        let schema = Schema([Field("d", .double), Field("f", .float), Field("i", .integer)])
        let file = try WrittenFile(rows, schema, options)
        func isSkipped(_ name: String, _ type: DataType, _ test: ColumnPredicate.Test) throws -> Bool {
            let input = MemoryInput(file.bytes)
            let reader = try ParquetReader(
                input, try ParquetFooter(input), wanted: Schema([Field(name, type)]), groups: [0],
                filter: RowFilter([.column(ColumnPath(name), test)]))
            while try reader.next() != nil {}
            return reader.skippedGroups == 1
        }
        #expect(try !isSkipped("d", .double, .compares(.equal, .double(0))))
        #expect(try !isSkipped("f", .float, .compares(.equal, .float(-0.0))))
        #expect(try !isSkipped("d", .double, .compares(.equal, .double(.nan))))
        #expect(try isSkipped("d", .double, .compares(.equal, .double(2.5))))
        #expect(try isSkipped("f", .double, .compares(.equal, .double(0.1))))
        #expect(try !isSkipped("f", .double, .compares(.nullSafeEqual, .double(5))))
        #expect(try !isSkipped("i", .long, .compares(.equal, .long(7))))
        #expect(try isSkipped("i", .long, .compares(.equal, .short(8))))
        #expect(try isSkipped("i", .integer, .isIn([.integer(8), .integer(12)])))
        #expect(try !isSkipped("i", .integer, .isIn([.integer(8), .integer(11)])))
        #expect(try !isSkipped("i", .integer, .isIn([.integer(8), .null])))
        // More than are looked for one by one.
        #expect(try !isSkipped("i", .integer, .isIn((12..<70).map { .integer($0) } + (80..<90).map { .integer($0) })))
    }

    @Test("know decimals by their number, whatever their digits, and small integers within their bounds")
    func decimals() throws {
        var options = ParquetWriteOptions()
        options.usesDictionaries = false
        options.bloomFilter = BloomFilterOptions()
        let small = DataType.decimal(precision: 7, scale: 2)
        let large = DataType.decimal(precision: 30, scale: 4)
        let rows: [[Value]] = [-900, -1, 7, 70, 999].map {
            [
                .byte(Int8($0 / 10)), .decimal(unscaled: $0, scale: 2),
                .decimal(unscaled: $0 * 100_000_000_000_000_000_000, scale: 4),
            ]
        }
        let file = try WrittenFile(rows, Schema([Field("b", .byte), Field("s", small), Field("l", large)]), options)
        func isSkipped(_ name: String, _ type: DataType, _ value: Value) throws -> Bool {
            let input = MemoryInput(file.bytes)
            let reader = try ParquetReader(
                input, try ParquetFooter(input), wanted: Schema([Field(name, type)]), groups: [0],
                filter: RowFilter([.column(ColumnPath(name), .compares(.equal, value))]))
            while try reader.next() != nil {}
            return reader.skippedGroups == 1
        }
        func decimal(_ unscaled: Int128, _ scale: Int) -> Value { .decimal(unscaled: unscaled, scale: scale) }
        for (type, name) in [(small, "s"), (.decimal(precision: 20, scale: 6), "s")] {
            #expect(try !isSkipped(name, type, decimal(7, 2)))
            #expect(try !isSkipped(name, type, decimal(-90000, 4)))
            #expect(try !isSkipped(name, type, decimal(7, 1)))
            #expect(try !isSkipped(name, type, decimal(-9, 0)))
            #expect(try !isSkipped(name, type, .integer(-9)))
            #expect(try isSkipped(name, type, decimal(8, 2)))
            #expect(try isSkipped(name, type, decimal(71, 3)))
            #expect(try isSkipped(name, type, .integer(-8)))
        }
        let unit: Int128 = 100_000_000_000_000_000_000
        #expect(try !isSkipped("l", large, decimal(-unit, 4)))
        #expect(try !isSkipped("l", large, decimal(70 * unit / 10_000, 0)))
        #expect(try isSkipped("l", large, decimal(unit, 4)))
        #expect(try isSkipped("l", large, decimal(7 * unit + 1, 4)))
        for number in [-90, 0, 7, 99] { #expect(try !isSkipped("b", .byte, .integer(Int32(number)))) }
        #expect(try isSkipped("b", .byte, .byte(8)))
        #expect(try isSkipped("b", .byte, .integer(7 + 256)))
    }

    @Test("know nothing of numbers that are cut when they are read, and of decimals of any length")
    func unknown() {
        let narrow = SchemaElement("c", type: .int32, repetition: .optional)
        let reader = BoundReader(narrow, as: .byte, isTypeOrder: true, createdBy: nil)
        var known = KnownValues()
        #expect(reader.writings(of: .number(7, scale: 0), known) == nil)
        (known.least, known.greatest) = (.number(-9, scale: 0), .number(9, scale: 0))
        #expect(reader.writings(of: .number(7, scale: 0), known) == [[7, 0, 0, 0]])
        let type = LogicalType.decimal(scale: 2, precision: 20)
        func fixed(_ length: Int32?) -> BoundReader {
            BoundReader(
                SchemaElement(
                    "c", type: length == nil ? .byteArray : .fixedLengthByteArray, typeLength: length,
                    repetition: .optional, logicalType: type),
                as: .decimal(precision: 20, scale: 2), isTypeOrder: true, createdBy: nil)
        }
        #expect(fixed(nil).writings(of: .number(7, scale: 2), known) == nil)
        #expect(fixed(2).writings(of: .number(-2, scale: 1), known) == [[0xFF, 0xEC]])
        #expect(fixed(2).writings(of: .number(40_000, scale: 2), known) == [])
        #expect(
            fixed(20).writings(of: .number(-2, scale: 2), known) == [[UInt8](repeating: 0xFF, count: 19) + [0xFE]])
    }

    /// `df.write.option("parquet.bloom.filter.enabled#id", "true")...` of PySpark 4.3, for four columns of 200 rows,
    /// without dictionaries.
    @Test("that Spark has written are read")
    func ofSpark() throws {
        let bytes = try Fixtures.bytes("bloom_spark.parquet")
        var skipped = 0
        for number in 0..<200 {
            for (field, value) in [
                (Field("id", .long), Value.long(Int64(number * 7919 % 1_000_003))),
                (Field("n", .integer), .integer(Int32(number * 31 % 1009))),
                (Field("word", .string), .string("key\(number * 13)")),
                (Field("price", .double), .double(Double(number) / 8)),
            ] {
                #expect(try find(value, in: bytes, field) == (1, 0))
            }
            // Within the bounds, and not there.
            skipped += try find(.string("key\(number * 13 + 1)"), in: bytes, Field("word", .string)).skipped
            skipped += try find(.double(Double(number) / 8 + 0.01), in: bytes, Field("price", .double)).skipped
        }
        #expect(skipped >= 390)
    }

    @Test("that are damaged, or of another kind, leave nothing out")
    func damaged() throws {
        let file = try file(.long, options(dictionaries: false))
        let footer = try file.footer()
        let (there, field) = (value(2000, .long), Field("c", .long))
        let places = try footer.rowGroups.map { Int(try #require($0.columns[0].metaData?.bloomFilterOffset)) }
        let header = BloomFilterHeader(byteCount: 0).thriftBytes.count
        var random = SeededRandom(9)
        for _ in 0..<500 {
            var bytes = file.bytes
            for place in places {
                // The header, not the bits.
                for _ in 0...random.below(3) { bytes[place + random.below(header - 2)] = UInt8(random.below(256)) }
            }
            let found = try find(there, in: bytes, field)
            // A header that says another size, and is sound, looks at other blocks: there is no telling.
            #expect(found.rows == 1 || found.skipped > 0)
        }
        for (from, to) in [(UInt8(0x1C), UInt8(0x2C)), (0x15, 0x16)] {
            var bytes = file.bytes
            for place in places {
                for index in place..<(place + header) where bytes[index] == from { bytes[index] = to }
            }
            #expect(try find(there, in: bytes, field) == (1, 0))
            #expect(try find(value(2001, .long), in: bytes, field).skipped == 0)
        }
    }

    @Test("are as large as parquet-mr's, and not larger than they may be")
    func sizes() throws {
        var options = BloomFilterOptions()
        #expect(BloomFilterWriter.byteCount(0, options) == 32)
        #expect(BloomFilterWriter.byteCount(1000, options) == 2048)
        options.falsePositives = 0.5
        #expect(BloomFilterWriter.byteCount(1000, options) == 512)
        options.maximumBytes = 256
        #expect(BloomFilterWriter.byteCount(1000, options) == 256)
        // Values that come again count once; and what says how many there are isn't counted.
        for (distinct, expected) in [(nil, 64), (1000, 512)] {
            var options = BloomFilterOptions()
            (options.distinctValues, options.falsePositives) = (distinct, 0.5)
            var writer = BloomFilterWriter(.int32, options)
            for _ in 0..<10 {
                let values = (0..<100).map { Int32($0) }
                values.withUnsafeBytes { writer.add($0, count: 100) }
            }
            let bytes = writer.finish()
            let header = try thrift(bytes, BloomFilterHeader.self)
            #expect(header.byteCount == expected)
            #expect(bytes.count == header.thriftBytes.count + expected)
            // The next one begins empty.
            #expect(writer.finish().suffix(32).allSatisfy { $0 == 0 })
        }
    }

    @Test("are written of the leaves that are named")
    func leaves() throws {
        let schema = Schema([
            Field("a", .long), Field("s", .structure([Field("B", .string)])), Field("t", .boolean), Field("u", .long),
        ])
        var options = ParquetWriteOptions()
        options.bloomFilters = ["s.b": BloomFilterOptions(), "u": nil]
        func filtered(_ options: ParquetWriteOptions) throws -> [Bool] {
            let rows: [[Value]] = [[.long(1), .structure([.string("x")]), .boolean(true), .null]]
            return try WrittenFile(rows, schema, options).footer().rowGroups[0].columns.map {
                $0.metaData?.bloomFilterOffset != nil
            }
        }
        #expect(try filtered(options) == [false, true, false, false])
        options.bloomFilter = BloomFilterOptions()
        #expect(try filtered(options) == [true, true, false, false])
        #expect(try ParquetWriter.filterableLeaves(schema) == ["a", "s.b", "u"])
    }
}

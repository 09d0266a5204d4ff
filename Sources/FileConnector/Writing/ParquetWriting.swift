// Files of Parquet are written.

import Columns
import Compression
import Connectors
import DurableFiles
import Parquet

/// How files of Parquet are written.
struct ParquetWriting: FileWriteFormat {
    static let name = ParquetFormat.name
    static let writeOptions = [
        OptionEntry("compression", "none, snappy, gzip, zstd, lz4_raw or lz4", defaultValue: "snappy"),
        OptionEntry("parquet.compression.codec.zstd.level", "the level of zstd, from 1 to 22", defaultValue: "3"),
        OptionEntry("parquet.block.size", "a row group of so many bytes ends", defaultValue: "134217728"),
        OptionEntry("parquet.page.size", "a page of so many bytes ends", defaultValue: "1048576"),
        OptionEntry("parquet.page.row.count.limit", "a page of so many rows ends", defaultValue: "20000"),
        OptionEntry("parquet.enable.dictionary", "write values that repeat once", defaultValue: "true"),
        OptionEntry("parquet.dictionary.page.size", "a dictionary of so many bytes ends", defaultValue: "1048576"),
        OptionEntry(
            BloomOption.enabled, "write Bloom filters; of one column with #column behind it", defaultValue: "false",
            takesColumn: true),
        OptionEntry(
            BloomOption.distinct, "so many different values has a row group of the column behind #", takesColumn: true),
        OptionEntry(
            BloomOption.chance, "of so many values that aren't there one passes a Bloom filter", defaultValue: "0.01",
            takesColumn: true),
        OptionEntry(BloomOption.largest, "no Bloom filter has more bytes", defaultValue: "1048576"),
        OptionEntry("parquet.writer.version", "v1 or v2: pages of version 2, with differences", defaultValue: "v1"),
    ]
    static let writeRefusals: [OptionTable.Refusal] = []

    private var options = ParquetWriteOptions()
    /// The columns that options name, with the option.
    private var named: [(column: String, option: String)] = []
    let zone: TimeZone
    let nameExtension: String
    let writesEmptyFile = true

    init(writing options: Options, zone: TimeZone) throws(ConnectorError) {
        self.zone = zone
        let level = try options.integer("parquet.compression.codec.zstd.level", in: 1...22) ?? 3
        (self.options.codec, nameExtension) = try Self.codec(options, zstdLevel: Int(level))
        func size(_ name: String, _ usual: Int, in range: ClosedRange<Int64>) throws(ConnectorError) -> Int {
            Int(try options.integer(name, in: range) ?? Int64(usual))
        }
        let usual = self.options
        // A page ends behind the row with which it is full, and its levels come on top: a reader takes 256 MiB.
        let largest: Int64 = 64 << 20
        self.options.rowGroupBytes = try size("parquet.block.size", usual.rowGroupBytes, in: 1 << 10...1 << 30)
        self.options.pageBytes = try size("parquet.page.size", usual.pageBytes, in: 1 << 10...largest)
        self.options.pageRows = try size("parquet.page.row.count.limit", usual.pageRows, in: 1...1 << 30)
        self.options.dictionaryBytes = try size(
            "parquet.dictionary.page.size", usual.dictionaryBytes, in: 1 << 10...largest)
        self.options.usesDictionaries = try options.boolean("parquet.enable.dictionary") ?? true
        self.options.version = try Self.version(options)
        try chooseFilters(options)
    }

    // MARK: Bloom filters

    /// The names of their options.
    private enum BloomOption {
        static let enabled = "parquet.bloom.filter.enabled"
        static let distinct = "parquet.bloom.filter.expected.ndv"
        static let chance = "parquet.bloom.filter.fpp"
        static let largest = "parquet.bloom.filter.max.bytes"
    }

    private mutating func chooseFilters(_ given: Options) throws(ConnectorError) {
        var usual = BloomFilterOptions()
        // Whole blocks, a power of two of them.
        let largest = Int(try given.integer(BloomOption.largest, in: 32...128 << 20) ?? Int64(usual.maximumBytes))
        usual.maximumBytes = 1 << (Int.bitWidth - 1 - largest.leadingZeroBitCount)
        usual.falsePositives = try Self.chance(given, BloomOption.chance) ?? usual.falsePositives
        if let text = given.string(BloomOption.distinct) {
            throw given.invalid(BloomOption.distinct, text, hint: "say of which column: \(BloomOption.distinct)#column")
        }
        let isUsual = try given.boolean(BloomOption.enabled) ?? false
        options.bloomFilter = isUsual ? usual : nil
        for option in [BloomOption.enabled, BloomOption.distinct, BloomOption.chance] {
            named += given.columns(of: option).map { ($0, option) }
        }
        for column in Set(named.map(\.column)) {
            var own = usual
            own.distinctValues = try given.integer("\(BloomOption.distinct)#\(column)", in: 1...1 << 40).map { Int($0) }
            own.falsePositives = try Self.chance(given, "\(BloomOption.chance)#\(column)") ?? own.falsePositives
            let isEnabled = try given.boolean("\(BloomOption.enabled)#\(column)") ?? isUsual
            options.bloomFilters[column] = .some(isEnabled ? own : nil)
        }
    }

    private static func chance(_ given: Options, _ name: String) throws(ConnectorError) -> Double? {
        guard let text = given.string(name) else { return nil }
        guard let number = Double(text), number > 0, number < 1 else {
            throw given.invalid(name, text, hint: "it takes a number between 0 and 1")
        }
        return number
    }

    /// The codec, and what Spark's files with it are named.
    private static func codec(
        _ options: Options, zstdLevel: Int
    ) throws(ConnectorError) -> (codec: CompressionCodec, nameExtension: String) {
        let text = options.string("compression") ?? "snappy"
        switch text.lowercased() {
        case "none", "uncompressed": return (.none, ".parquet")
        case "snappy": return (.snappy, ".snappy.parquet")
        case "gzip": return (.gzip, ".gz.parquet")
        case "zstd": return (.zstd(level: zstdLevel), ".zstd.parquet")
        case "lz4_raw": return (.lz4, ".lz4raw.parquet")
        case "lz4": return (.hadoopLZ4, ".lz4hadoop.parquet")
        default:
            throw options.invalid("compression", text, hint: "there are none, snappy, gzip, zstd, lz4 and lz4_raw")
        }
    }

    private static func version(_ options: Options) throws(ConnectorError) -> ParquetWriteOptions.Version {
        let text = options.string("parquet.writer.version") ?? "v1"
        switch text.lowercased() {
        case "v1", "parquet_1_0": return .one
        case "v2", "parquet_2_0": return .two
        default: throw options.invalid("parquet.writer.version", text, hint: "there are v1 and v2")
        }
    }

    func checkWritable(_ columns: Schema) throws(ConnectorError) {
        for field in columns.fields {
            if Self.holds(field.type, { $0 == .null || $0 == .variant }) {
                throw Self.unsupported(field, as: "Parquet")
            }
        }
        let leaves: [String]
        do throws(ParquetError) {
            leaves = try ParquetWriter.filterableLeaves(columns)
        } catch {
            throw FileErrors.noColumns(of: "Parquet")
        }
        if let wrong = named.first(where: { !leaves.contains($0.column) }) {
            throw ConnectorError(
                .invalidOption, "option '\(wrong.option)#\(wrong.column)' names no column that may have a Bloom filter",
                hint: "those columns are \(leaves.joined(separator: ", "))")
        }
    }

    /// Whether a type is one, or has one in it, that a test is true of.
    private static func holds(_ type: DataType, _ test: (DataType) -> Bool) -> Bool {
        test(type) || type.childTypes.contains { holds($0, test) }
    }

    func writer(_ columns: Schema) throws -> any RowFileWriter { Writer(try ParquetWriter(columns, options: options)) }

    private final class Writer: RowFileWriter {
        private let writer: ParquetWriter

        init(_ writer: ParquetWriter) { self.writer = writer }

        var heldBytes: Int64 { Int64(writer.heldBytes) }

        func begin(_ file: FileOutput) throws { try naming(file) { try writer.begin(file) } }

        func write(_ rows: RecordBatch, _ range: Range<Int>, to file: FileOutput, limit: Int64) throws -> Int {
            // What rows are as columns is more than what they become: where they fit, the file's end is further off.
            let room = max(limit - file.byteCount - heldBytes, Self.leastPiece)
            let first = range.lowerBound
            var end = range.upperBound
            while end - first > 1, ParquetWriter.bytes(of: rows, first..<end) > room { end = first + (end - first) / 2 }
            try naming(file) { try writer.write(rows.rows(first..<end), to: file) }
            return end
        }

        /// Less than this is not worth a cut.
        private static let leastPiece: Int64 = 64 << 10

        func finish(_ file: FileOutput) throws { try naming(file) { try writer.finish(file) } }

        private func naming(_ file: FileOutput, _ body: () throws -> Void) throws {
            do {
                try body()
            } catch let error as ParquetError {
                throw ConnectorError(.badRow, "\(error), of the file \(file.path)")
            }
        }
    }
}

extension FileOutput: ParquetOutput {}

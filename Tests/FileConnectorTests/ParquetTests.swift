// Files of Parquet as tables and streams.

import Columns
import Connectors
import DurableFiles
import Testing

@testable import FileConnector

@Suite struct ParquetTests {
    private static let folder =
        #filePath.split(separator: "/").dropLast(2).reduce("") { "\($0)/\($1)" } + "/ParquetTests/Fixtures"

    private static func bytes(_ name: String) throws -> [UInt8] {
        try RealDisk().readWhole("\(folder)/\(name).parquet")
    }

    private let columns = schema(("full", .long), ("s", .string))

    private func describe(_ values: [String: String], _ given: Schema? = nil) throws -> Schema {
        try #require(FileConnection.parquet.table).describe(values, given).schema
    }

    @Test func `folders are columns, and the schema is the file's`() throws {
        let folder = try TestFolder()
        try folder.write("k=1/a.parquet", try Self.bytes("fixed"))
        try folder.write("k=2/b.parquet", try Self.bytes("fixed"))
        let schema = try describe(["path": folder.path])
        #expect(schema.description == "x BINARY, k INT")
        let read = try rows(try table(["path": folder.path], schema, as: ParquetFormat.self))
        #expect(read.count == 120)
        #expect(read.first == #"{"x":"AAAAAAA=","k":1}"#)
        #expect(read.last == #"{"x":null,"k":2}"#)
    }

    @Test func `the schema is that of the first file, or of all`() throws {
        let folder = try TestFolder()
        try folder.write("a.parquet", try Self.bytes("fixed"))
        try folder.write("b.parquet", try Self.bytes("int96"))
        #expect(try describe(["path": folder.path]).description == "x BINARY")
        #expect(try describe(["path": folder.path, "mergeSchema": "true"]).description == "x BINARY, t TIMESTAMP")
        // There `x` is BINARY as well; `s` is STRING in one and a structure in the other.
        try folder.write("c.parquet", try Self.bytes("plain"))
        try folder.write("d.parquet", try Self.bytes("nested"))
        let error = #expect(throws: ConnectorError.self) {
            try describe(["path": folder.path, "mergeSchema": "true"])
        }
        #expect(error?.condition == "CANNOT_MERGE_SCHEMAS")
    }

    @Test func `every row is in one part of a file`() throws {
        let folder = try TestFolder()
        try folder.write("a.parquet", try Self.bytes("pages"))
        let values = try options(["path": folder.path], ParquetFormat.tableOptions)
        let source = try FileSource(
            ParquetFormat(values, zone: .utc), columns: columns, all: columns, values, log: nothing)
        let file = try #require(try FileListing(values, takesTimes: true).files()?.first)
        let scan = FileScan(source, files: [file], mustBeUnchanged: false, isCancelled: { false })
        let whole = try rows([source.format.reader(of: [FilePart(file: file, start: 0, end: file.size)], scan)])
        #expect(whole.count == 60)
        for step in [100, 1000, 3000] as [Int64] {
            let readers = stride(from: Int64(0), to: file.size, by: Int(step)).map { start in
                source.format.reader(of: [FilePart(file: file, start: start, end: min(start + step, file.size))], scan)
            }
            #expect(try rows(readers) == whole, "steps of \(step)")
        }
    }

    @Test func `a damaged file is named, or left out`() throws {
        let folder = try TestFolder()
        var bytes = try Self.bytes("checksum_gzip")
        for place in 4..<1500 { bytes[place] ^= 0x55 }
        try folder.write("bad.parquet", bytes)
        try folder.write("good.parquet", try Self.bytes("plain"))
        let error = #expect(throws: ConnectorError.self) {
            try rows(try table(["path": folder.path], columns, as: ParquetFormat.self))
        }
        #expect(error?.condition == "FAILED_READ_FILE.NO_HINT")
        #expect(error?.message.hasPrefix("\(folder.path)/bad.parquet: ") == true)
        #expect(error?.message.contains(", in column ") == true)
        #expect(error?.message.contains(", at byte ") == true)
        let left = try table(
            ["path": folder.path, "ignoreCorruptFiles": "true"], columns, as: ParquetFormat.self)
        #expect(try rows(left).count == 60)
    }

    @Test func `a column of another type is refused even where corrupt files are left out`() throws {
        let folder = try TestFolder()
        try folder.write("a.parquet", try Self.bytes("plain"))
        let error = #expect(throws: ConnectorError.self) {
            try rows(
                try table(
                    ["path": folder.path, "ignoreCorruptFiles": "true"], schema(("s", .integer)),
                    as: ParquetFormat.self))
        }
        #expect(error?.condition == "FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH")
    }

    @Test func `what can't count is left out, and told`() throws {
        let folder = try TestFolder()
        for k in 1...3 { try folder.write("k=\(k)/a.parquet", try Self.bytes("plain"), second: k) }
        let columns = schema(("full", .long), ("k", .integer))
        let values = try options(["path": folder.path], ParquetFormat.streamOptions)
        func stream(_ filters: ColumnPredicate...) throws -> (rows: Int, skipped: [String]) {
            let source = try FileStream(
                FileSource(
                    ParquetFormat(values, zone: .utc), columns: columns, all: columns, filters: filters, values,
                    log: nothing), values)
            try source.open()
            let start = try source.initialOffset()
            let end = try source.readableRange(from: start, limit: .configured).end
            let read = try rows(try source.readers(from: start, to: end)).count
            return (read, source.metrics(end: end, latest: end).filter { $0.name.hasSuffix("Skipped") }.map(\.value))
        }
        #expect(try stream() == (180, []))
        #expect(try stream(.column("k", .compares(.greaterOrEqual, .long(2)))) == (120, ["1", "0", "0"]))
        #expect(try stream(.column("K", .isNull)) == (0, ["3", "0", "0"]))
        let none = ColumnPredicate.column("full", .compares(.less, .long(.min)))
        #expect(try stream(none).rows == 0)
        #expect(try stream(.any([none, .column("k", .isIn([.integer(3), .integer(7)]))])).rows == 60)
    }

    @Test func `Bloom filters are written where options say so, and asked`() throws {
        let columns = schema(("k", .string), ("n", .long))
        var texts = BytesBuilder(type: .string, capacity: 5000)
        var numbers = FixedBuilder<Int64>(type: .long)
        for row in 0..<5000 {
            let number = row * 7919 % 100_003 * 2
            let text = Array("key \(number)".utf8)
            text.withUnsafeBufferPointer { texts.append($0.baseAddress, count: $0.count) }
            numbers.append(Int64(number))
        }
        let batch = RecordBatch(schema: columns, columns: [texts.finish(), numbers.finish()], count: 5000)
        for (option, skipsText, skipsNumber) in [
            ("parquet.bloom.filter.enabled", true, true), ("parquet.bloom.filter.enabled#K", true, false),
            ("parquet.bloom.filter.fpp#n", false, false),
        ] {
            let folder = try TestFolder()
            let values = [
                "path": folder.path, "parquet.enable.dictionary": "false",
                option: option.contains("fpp") ? "0.1" : "true",
            ]
            try tableSink(values, columns: columns, as: ParquetWriting.self).save([batch], mode: .overwrite)
            func isSkipped(_ name: String, _ value: Value) throws -> Bool {
                let read = try options(["path": folder.path], ParquetFormat.tableOptions)
                return try rows(
                    FileTable(
                        try FileSource(
                            ParquetFormat(read, zone: .utc), columns: columns, all: columns,
                            filters: [.column(ColumnPath(name), .compares(.equal, value))], read, log: nothing),
                        listing: try FileListing(read, takesTimes: true))
                ).isEmpty
            }
            #expect(try isSkipped("k", .string("key 1001")) == skipsText, "\(option)")
            #expect(try isSkipped("n", .long(1001)) == skipsNumber, "\(option)")
            #expect(try !isSkipped("k", .string("key 15838")))
            #expect(try !isSkipped("n", .long(15838)))
        }
        let wrong = #expect(throws: ConnectorError.self) {
            try tableSink(
                ["path": "/nowhere", "parquet.bloom.filter.enabled#m": "true"], columns: columns,
                as: ParquetWriting.self)
        }
        #expect(wrong?.code == .invalidOption)
    }

    @Test func `files come once as a stream, and must not change`() throws {
        let folder = try TestFolder()
        try folder.write("a.parquet", try Self.bytes("plain"))
        let source = try stream(["path": folder.path], columns, as: ParquetFormat.self)
        try source.open()
        let start = try source.initialOffset()
        let end = try source.readableRange(from: start, limit: .configured).end
        #expect(try rows(try source.readers(from: start, to: end)).count == 60)
        try folder.write("a.parquet", try Self.bytes("plain"), second: 5)
        let error = #expect(throws: ConnectorError.self) { try rows(try source.readers(from: start, to: end)) }
        #expect(error?.code == .dataLoss)
    }
}

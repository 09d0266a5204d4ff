// Files of which somebody changed a byte, or cut off the end.

import Columns
import Testing

@testable import Parquet

@Suite struct DamageTests {
    /// So many of a file's bytes are changed: all of them would take minutes.
    private static let sample = 250

    @Test(arguments: Fixtures.names)
    func `a file with a changed byte is an error or other rows`(_ name: String) throws {
        let bytes = try Fixtures.bytes(name + ".parquet")
        var index = 0
        while index < bytes.count {
            var other = bytes
            other[index] ^= [1, 0x80, 0xFF][index % 3]
            do {
                _ = try rows(other, limits: Self.limits)
            } catch {
                #expect(error is ParquetError)
            }
            index += max(1, bytes.count / Self.sample)
        }
    }

    @Test(arguments: Fixtures.names)
    func `a file that was cut off is an error`(_ name: String) throws {
        let bytes = try Fixtures.bytes(name + ".parquet")
        for count in stride(from: 0, to: bytes.count, by: max(1, bytes.count / Self.sample)) {
            let error = #expect(throws: ParquetError.self) { try rows(Array(bytes[..<count])) }
            #expect(error?.kind == .damaged)
            #expect(error?.offset != nil)
        }
    }

    @Test func `a page with another checksum is named by its place`() throws {
        var bytes = try Fixtures.bytes("checksum_gzip.parquet")
        let input = MemoryInput(bytes)
        let chunk = try #require(ParquetFooter(input).metaData.rowGroups.first?.columns.last?.metaData)
        let start = min(chunk.dataPageOffset, chunk.dictionaryPageOffset ?? .max)
        bytes[Int(start + chunk.compressedSize) - 1] ^= 1
        let error = #expect(throws: ParquetError.self) { try rows(bytes) }
        #expect(error?.message.contains("checksum") == true)
        #expect(error?.offset == chunk.dataPageOffset)
        #expect(error?.column == "none")
    }

    @Test func `a page beyond the limit is refused before it has memory`() throws {
        var limits = ParquetLimits()
        limits.pageBytes = 100
        let error = #expect(throws: ParquetError.self) {
            try rows(try Fixtures.bytes("plain.parquet"), limits: limits)
        }
        #expect(error?.kind == .tooLarge)
    }

    @Test func `lists beyond the limit are refused`() throws {
        var limits = ParquetLimits()
        limits.batchElements = 100
        let error = #expect(throws: ParquetError.self) {
            try rows(try Fixtures.bytes("nested.parquet"), limits: limits)
        }
        #expect(error?.kind == .tooLarge)
        #expect(error?.column == "l.element")
    }

    @Test func `all columns of a batch share one limit`() throws {
        let fields = (0..<400).map { Field("c\($0)", .string) }
        let row = [Value](repeating: .string("some text"), count: fields.count)
        let bytes = try WrittenFile([[Value]](repeating: row, count: 500), Schema(fields), ParquetWriteOptions()).bytes
        #expect(try rows(bytes).count == 500)
        var limits = ParquetLimits()
        limits.batchBytes = 200_000
        let error = #expect(throws: ParquetError.self) { try rows(bytes, limits: limits) }
        #expect(error?.kind == .tooLarge)
        #expect(error?.column != nil)
    }

    @Test func `many columns of NULL come in small batches`() throws {
        let fields = (0..<2000).map { Field("c\($0)", .string) }
        let row = [Value](repeating: .null, count: fields.count)
        let bytes = try WrittenFile([[Value]](repeating: row, count: 1500), Schema(fields), ParquetWriteOptions()).bytes
        let input = MemoryInput(bytes)
        let footer = try ParquetFooter(input)
        let reader = try ParquetReader(input, footer, wanted: try footer.schema(), groups: [0])
        let first = try #require(try reader.next())
        #expect(first.count < 1000)
    }

    @Test func `what a footer says must fit the file`() throws {
        let schema = Schema([Field("a", .integer), Field("l", .array(.integer, containsNull: true))])
        let lines: [[Value]] = (0..<50).map { [.integer($0), .array([.integer($0)])] }
        let file = try WrittenFile(lines, schema, ParquetWriteOptions())
        let footer = try file.footer()
        let changes: [(inout ColumnMetaData) -> Void] = [
            { $0.compressedSize = 1 << 40 }, { $0.compressedSize = -1 }, { $0.dataPageOffset = 1 << 40 },
            { $0.dataPageOffset = 0 }, { $0.valueCount = 10 }, { $0.valueCount = .max },
            { $0.compressedSize = .max },
        ]
        for (number, change) in changes.enumerated() {
            for column in 0..<2 {
                var other = footer
                var data = try #require(other.rowGroups[0].columns[column].metaData)
                data.dictionaryPageOffset = nil
                change(&data)
                other.rowGroups[0].columns[column].metaData = data
                let size = Int64(file.bytes.count)
                let error = #expect(throws: ParquetError.self) { try ParquetFooter(other, dataSize: size) }
                #expect(error?.kind == .damaged, "\(number)")
                #expect(error?.column != nil)
            }
        }
    }

    /// Small, so that what a file claims isn't what it gets.
    private static var limits: ParquetLimits {
        var limits = ParquetLimits()
        limits.pageBytes = 1 << 20
        limits.openBytes = 8 << 20
        limits.batchBytes = 1 << 20
        limits.batchElements = 1 << 16
        return limits
    }
}

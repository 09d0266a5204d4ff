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

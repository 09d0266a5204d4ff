// Files in memory, and those of the folder of fixtures.

import Columns
import DurableFiles
import TestSupport

@testable import Parquet

/// A file's bytes.
final class MemoryInput: ParquetInput {
    private let bytes: [UInt8]
    var size: Int64 { Int64(bytes.count) }

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func read(at offset: Int64, into target: UnsafeMutableRawBufferPointer) throws(ParquetError) {
        guard offset >= 0, target.count <= bytes.count, Int(offset) <= bytes.count - target.count else {
            preconditionFailure("bytes \(offset) to \(Int(offset) + target.count) were asked for, of \(bytes.count)")
        }
        bytes.withUnsafeBytes {
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[Int(offset)...].prefix(target.count)))
        }
    }
}

/// What pyarrow has written, and what it says that it is.
enum Fixtures {
    static let folder = #filePath.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/Fixtures"

    static let names = [
        "plain", "required", "required_v2", "dictionary_snappy", "dictionary_v2_zstd", "lz4", "checksum_gzip", "delta",
        "split", "pages", "fallback", "delta_wide", "dictionary_wide", "numbers", "decimals", "decimals_as_integers",
        "times", "int96", "fixed",
        "nested", "nested_v2", "nested_pages", "empty",
    ]

    static func bytes(_ name: String) throws -> [UInt8] { try RealDisk().readWhole("\(folder)/\(name)") }
}

/// All rows of a file, as text.
func rows(
    _ bytes: [UInt8], _ wanted: Schema? = nil, limits: ParquetLimits = ParquetLimits()
) throws -> [String] {
    let input = MemoryInput(bytes)
    let footer = try ParquetFooter(input, limits: limits)
    let reader = try ParquetReader(
        input, footer, wanted: try wanted ?? footer.schema(),
        groups: Array(footer.metaData.rowGroups.indices), limits: limits)
    var lines: [String] = []
    while let batch = try reader.next() {
        for row in batch.rows() { lines.append(row.values.map(\.description).joined(separator: " | ")) }
    }
    return lines
}

// What our writer writes our reader reads: random rows of every type, in every way that there is to write them.

import Columns
import Compression
import TestSupport
import Testing

@testable import Parquet

@Suite("Rows through Parquet and back")
struct RoundTripTests {
    private static let types: [DataType] =
        allTypes + [
            .decimal(precision: 9, scale: 3), .decimal(precision: 19, scale: 0),
            .array(
                .structure([Field("x", .integer), Field("y", .array(.string, containsNull: true))]),
                containsNull: true),
            .map(key: .integer, value: .array(.double, containsNull: true), valueContainsNull: true),
            .structure([
                Field("p", .structure([Field("q", .map(key: .string, value: .boolean, valueContainsNull: true))]))
            ]),
        ]

    @Test(
        "are the same", arguments: [CompressionCodec.none, .snappy, .gzip, .zstd, .lz4],
        [ParquetWriteOptions.Version.one, .two])
    func same(_ codec: CompressionCodec, _ version: ParquetWriteOptions.Version) throws {
        var random = SeededRandom(17)
        for (rows, nulls, isRequired) in [
            (0, 0, false), (1, 0, true), (1500, 0.3, false), (900, 0, true), (90, 1, false),
        ] {
            for usesDictionaries in [true, false] where rows > 1 || usesDictionaries {
                var options = ParquetWriteOptions()
                (options.codec, options.version, options.usesDictionaries) = (codec, version, usesDictionaries)
                // Several pages, several row groups, dictionaries that fill.
                (options.pageRows, options.pageBytes, options.rowGroupBytes) = (100, 3000, 100_000)
                options.dictionaryBytes = 1500
                let fields = Self.types.enumerated().map { Field("c\($0)", $1, isNullable: !isRequired) }
                let values = fields.map { field in
                    let all = randomValues(field.type, rows, nulls: Double(nulls), &random)
                    // Some come often.
                    return all.indices.map { all[$0 % 3 == 0 ? $0 : $0 % 9] }
                }
                let lines = (0..<rows).map { row in values.map { $0[row] } }
                let file = try WrittenFile(lines, Schema(fields), options)
                let read = try self.read(file.bytes, Schema(fields))
                #expect(read.count == rows)
                for (row, line) in lines.enumerated() where row < read.count && read[row] != line {
                    let column = zip(read[row], line).enumerated().first { $1.0 != $1.1 }?.offset ?? 0
                    Issue.record("row \(row), \(fields[column]): \(read[row][column]), not \(line[column])")
                    return
                }
            }
        }
    }

    private func read(_ bytes: [UInt8], _ schema: Schema) throws -> [[Value]] {
        let input = MemoryInput(bytes)
        let footer = try ParquetFooter(input)
        let reader = try ParquetReader(
            input, footer, wanted: schema, groups: Array(footer.metaData.rowGroups.indices))
        var rows: [[Value]] = []
        while let batch = try reader.next() { rows += batch.rows().map(\.values) }
        return rows
    }
}

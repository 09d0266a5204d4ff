// Batches become a file of Parquet.

import Columns

/// Writes one file. What it holds is bounded: the compressed pages of a row group, and an open page for each column.
/// Used by one thread at a time.
package final class ParquetWriter {
    private static let magic = Array("PAR1".utf8)
    /// Readers know the mistakes of some writers by it, and some believe no bounds where it has another form. The
    /// number is the writer's own: another one comes with other bytes for the same rows.
    private static let createdBy = "millrace-parquet version 1.0.0"
    /// Rows that a column takes at once: pages end behind such slices, row groups behind larger ones.
    private static let sliceRows = 2048
    private static let groupSliceRows = 16 * 1024

    private let schema: Schema
    private let options: ParquetWriteOptions
    private let written: WrittenSchema
    private let chunks: [ChunkWriter]
    private let walk: LevelWalk

    private var offset: Int64 = 0
    private var groupRows = 0
    private var rowCount: Int64 = 0
    private var groups: [RowGroup] = []
    private var ends: [[ChunkEnds]] = []

    /// A writer of a file with these columns.
    ///
    /// - Throws: `unsupported` where a type, or a codec, can't be written.
    package init(_ schema: Schema, options: ParquetWriteOptions = ParquetWriteOptions()) throws(ParquetError) {
        self.schema = schema
        self.options = options
        written = try WrittenSchema(schema)
        let compression = try PageCompression(options.codec)
        chunks = written.leaves.map { ChunkWriter($0, options, compression) }
        walk = LevelWalk(chunks: chunks)
    }

    /// The leaves of a file with these columns that may have a Bloom filter: the names from the root, in small letters.
    ///
    /// - Throws: `unsupported` for columns that no file can have.
    package static func filterableLeaves(_ schema: Schema) throws(ParquetError) -> [String] {
        try WrittenSchema(schema).leaves.filter { BloomFilterWriter.canFilter($0.kind) }.map(\.name)
    }

    /// Bytes of the row group that is open, which come when it is whole.
    package var heldBytes: Int { chunks.reduce(0) { $0 + $1.byteCount } }

    /// About how many bytes rows of a batch are, as columns.
    package static func bytes(of batch: RecordBatch, _ rows: Range<Int>) -> Int {
        batch.columns.reduce(0) { $0 + RowSizes.bytes(of: $1, rows) }
    }

    /// Writes what stands before the first row group.
    package func begin(_ output: any ParquetOutput) throws { try put(Self.magic, output) }

    /// Takes the rows of a batch that count; those of a whole row group are written.
    ///
    /// - Throws: where a value is NULL that must not be, or a page can't be made.
    package func write(_ batch: RecordBatch, to output: any ParquetOutput) throws {
        precondition(batch.columns.count == written.columns.count, "a batch has the columns of its file")
        let batch = batch.compacted()
        let columns = batch.columns.map { $0.materialized() }
        var start = 0
        while start < batch.count {
            let end = min(start + Self.groupSliceRows, batch.count)
            for (column, node) in zip(columns, written.columns) { try write(column, node, start..<end) }
            groupRows += end - start
            start = end
            if heldBytes >= options.rowGroupBytes { try finishGroup(output) }
        }
    }

    /// Writes the last row group, the indexes and the footer.
    package func finish(_ output: any ParquetOutput) throws {
        try finishGroup(output)
        try putIndexes(output)
        let footer = FileMetaData(
            version: options.version == .one ? 1 : 2, schema: written.elements, rowCount: rowCount, rowGroups: groups,
            keyValues: [KeyValue(SparkSchemaText.key, SparkSchemaText.text(schema))], createdBy: Self.createdBy,
            columnOrders: written.leaves.map { _ in ColumnOrder() })
        let bytes = footer.thriftBytes
        guard let count = UInt32(exactly: bytes.count), count < 1 << 31 else {
            throw ParquetError(.tooLarge, "the footer has more than 2 GiB", offset: offset)
        }
        try put(bytes + withUnsafeBytes(of: count.littleEndian) { Array($0) } + Self.magic, output)
    }

    // MARK: Parts

    /// Writes some rows of a column, in slices that don't make a page much larger than it should be.
    private func write(_ column: ColumnVector, _ node: WrittenNode, _ rows: Range<Int>) throws(ParquetError) {
        var start = rows.lowerBound
        while start < rows.upperBound {
            var end = min(start + min(Self.sliceRows, options.pageRows), rows.upperBound)
            while end - start > 1, RowSizes.bytes(of: column, start..<end) > options.pageBytes {
                end = start + (end - start) / 2
            }
            try walk.write(column, node, rows: start..<end)
            start = end
        }
    }

    private func finishGroup(_ output: any ParquetOutput) throws {
        guard groupRows > 0 else { return }
        let start = offset
        var columns: [ColumnChunk] = []
        var ends: [ChunkEnds] = []
        for chunk in chunks {
            let (column, end) = try chunk.finish(at: offset, to: output)
            offset += column.metaData?.compressedSize ?? 0
            columns.append(column)
            ends.append(end)
        }
        let uncompressed = columns.reduce(0) { $0 + ($1.metaData?.uncompressedSize ?? 0) }
        groups.append(
            RowGroup(
                columns: columns, totalByteSize: uncompressed, rowCount: Int64(groupRows), fileOffset: start,
                totalCompressedSize: offset - start, ordinal: Int16(exactly: groups.count)))
        self.ends.append(ends)
        rowCount += Int64(groupRows)
        groupRows = 0
    }

    /// Writes Bloom filters, the bounds of all pages, and then where they lie.
    private func putIndexes(_ output: any ParquetOutput) throws {
        for (group, columns) in ends.enumerated() {
            for (column, end) in columns.enumerated() {
                guard let filter = end.filter else { continue }
                groups[group].columns[column].metaData?.bloomFilterOffset = offset
                groups[group].columns[column].metaData?.bloomFilterLength = Int32(clamping: filter.count)
                try put(filter, output)
            }
        }
        for (group, columns) in ends.enumerated() {
            for (column, end) in columns.enumerated() {
                guard let bytes = end.bounds?.thriftBytes else { continue }
                groups[group].columns[column].columnIndexOffset = offset
                groups[group].columns[column].columnIndexLength = Int32(clamping: bytes.count)
                try put(bytes, output)
            }
        }
        for (group, columns) in ends.enumerated() {
            for (column, end) in columns.enumerated() {
                let bytes = end.offsets.thriftBytes
                groups[group].columns[column].offsetIndexOffset = offset
                groups[group].columns[column].offsetIndexLength = Int32(clamping: bytes.count)
                try put(bytes, output)
            }
        }
    }

    private func put(_ bytes: [UInt8], _ output: any ParquetOutput) throws {
        try bytes.withUnsafeBytes { try output.append($0) }
        offset += Int64(bytes.count)
    }
}

/// About how many bytes rows are.
enum RowSizes {
    /// The bytes of the runs of some rows, elements' and fields' included, and a slot's for each other value.
    static func bytes(of column: ColumnVector, _ rows: Range<Int>) -> Int {
        guard !column.isConstant else { return bytes(of: column.physical, 0..<1) * rows.count }
        guard rows.lowerBound < rows.upperBound else { return 0 }
        switch column.type.layout {
        case .none, .bits: return rows.count
        case .fixed8, .fixed16, .fixed32, .fixed64, .fixed128: return rows.count * (column.type.fixedWidth ?? 1)
        case .structure: return column.children.reduce(0) { $0 + bytes(of: $1, rows) }
        case .bytes: return rows.count * 4 + length(column, rows)
        case .list:
            // Elements of rows that are near to each other mostly are, too; otherwise by their number.
            let count = length(column, rows)
            let first = Int(column.starts[rows.lowerBound])
            return rows.count
                + column.children.reduce(0) { sum, child in
                    let end = min(first + count, child.count)
                    return sum + (first < end ? bytes(of: child, first..<end) : 0)
                }
        }
    }

    private static func length(_ column: ColumnVector, _ rows: Range<Int>) -> Int {
        let (starts, ends) = (column.starts, column.ends)
        if column.isPlainLayout { return Int(ends[rows.upperBound - 1]) - Int(starts[rows.lowerBound]) }
        var count = 0
        for row in rows { count &+= Int(ends[row]) &- Int(starts[row]) }
        return count
    }
}

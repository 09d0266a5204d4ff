// Rows of a file, as batches of columns.

import Columns
import Compression

/// Reads the wanted columns of some row groups.
package final class ParquetReader {
    private let input: any ParquetInput
    private let footer: ParquetFooter
    private let wanted: Schema
    private let nodes: [ReadNode]
    private let leaves: [LeafReader]
    private var groups: ArraySlice<Int>
    private let limits: ParquetLimits
    private let open: OpenBytes
    private let decompressor = Decompressor()
    /// Rows of the row group that weren't read yet, and how many a batch has.
    private var rowsLeft: Int64 = 0
    private var batchRows = 1

    private static let mostRows = 4096
    /// About so many bytes has a batch.
    private static let batchBytes: Int64 = 1 << 20
    /// So many bytes of all columns together are read at a time.
    private static let readBytes = 8 << 20

    /// Reads `wanted` of the row groups with these numbers; columns that the file is without are NULL.
    ///
    /// - Throws: where a column can't be read as what is wanted.
    package init(
        _ input: any ParquetInput, _ footer: ParquetFooter, wanted: Schema, groups: [Int],
        limits: ParquetLimits = ParquetLimits()
    ) throws(ParquetError) {
        self.input = input
        self.footer = footer
        self.wanted = wanted
        self.limits = limits
        self.groups = groups[...]
        open = OpenBytes(limits)
        var planner = ReadPlanner(limits: limits)
        var nodes: [ReadNode] = []
        for field in wanted.fields { nodes.append(try planner.column(field, of: footer.root)) }
        self.nodes = nodes
        leaves = planner.leaves
    }

    /// The next rows, or `nil` after the last.
    package func next() throws(ParquetError) -> RecordBatch? {
        while rowsLeft == 0 {
            guard let group = groups.popFirst() else { return nil }
            // One without rows may have no pages, either.
            if footer.metaData.rowGroups[group].rowCount > 0 { try begin(footer.metaData.rowGroups[group]) }
        }
        let rows = Int(min(rowsLeft, Int64(batchRows)))
        for leaf in leaves { try leaf.read(rows: rows) }
        var columns: [ColumnVector] = []
        for node in nodes { columns.append(try node.column(count: rows)) }
        for leaf in leaves { leaf.clear() }
        rowsLeft -= Int64(rows)
        return RecordBatch(schema: wanted, columns: columns, count: rows)
    }

    private func begin(_ group: RowGroup) throws(ParquetError) {
        let piece = min(1 << 20, max(32 << 10, Self.readBytes / max(leaves.count, 1)))
        var bytes: Int64 = 0
        for leaf in leaves {
            do throws(ParquetError) {
                guard let column = leaf.leaf.column, column < group.columns.count else { continue }
                let chunk = group.columns[column]
                if let data = chunk.metaData {
                    try PageStream.check(data.codec)
                    let (sum, overflow) = bytes.addingReportingOverflow(max(0, data.uncompressedSize))
                    bytes = overflow ? .max : sum
                    guard leaf.leaf.maxRepetition > 0 || data.valueCount == group.rowCount else {
                        throw .damaged("\(data.valueCount) values in a row group of \(group.rowCount) rows")
                    }
                }
                leaf.begin(
                    try PageStream(
                        chunk, leaf: leaf.leaf, input, dataSize: footer.dataSize, pieceBytes: piece,
                        decompressor: decompressor, open: open))
            } catch {
                throw error.at(column: leaf.path)
            }
        }
        rowsLeft = group.rowCount
        let size = max(1, bytes / max(1, group.rowCount))
        batchRows = Int(max(1, min(Int64(Self.mostRows), Self.batchBytes / size)))
    }
}

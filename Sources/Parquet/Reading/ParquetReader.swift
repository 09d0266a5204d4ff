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
    private let batch: BatchBytes
    private let decompressor = Decompressor()
    private let memory: PageMemory
    private let pages: ChunkPages
    private let filter: RowGroupFilter?
    /// Rows of the row group that are to be read yet, which of it is read next, and how many a batch has.
    private var ranges: ArraySlice<Range<Int64>> = []
    private var row: Int64 = 0
    private var batchRows = 1
    /// How many row groups were left out, and how many rows of the others.
    package private(set) var skippedGroups = 0
    package private(set) var skippedRows: Int64 = 0

    private static let mostRows = 4096
    /// About so many bytes has a batch, by what the file says of its size; and no more than so many in slots, since
    /// columns of little else than NULL are far larger than in a file.
    private static let batchBytes: Int64 = 1 << 20
    private static let slotBytes = 16 << 20
    /// So many bytes of all columns together are read at a time.
    private static let readBytes = 8 << 20

    /// Reads `wanted` of the row groups with these numbers; columns that the file is without are NULL. Rows that don't
    /// pass the filter may be left out. Readers of one scan share the memory of their pages.
    ///
    /// - Throws: where a column can't be read as what is wanted.
    package init(
        _ input: any ParquetInput, _ footer: ParquetFooter, wanted: Schema, groups: [Int],
        filter: RowFilter = RowFilter([]), limits: ParquetLimits = ParquetLimits(), memory: PageMemory = PageMemory()
    ) throws(ParquetError) {
        self.input = input
        self.memory = memory
        self.footer = footer
        self.wanted = wanted
        self.limits = limits
        self.groups = groups[...]
        open = OpenBytes(limits)
        batch = BatchBytes(limits)
        var planner = ReadPlanner(limits: limits, batch: batch)
        var nodes: [ReadNode] = []
        for field in wanted.fields { nodes.append(try planner.column(field, of: footer.root)) }
        self.nodes = nodes
        leaves = planner.leaves
        pages = ChunkPages(
            input, dataSize: footer.dataSize, decompressor: decompressor, open: open, memory: memory)
        self.filter = RowGroupFilter(filter, footer, wanted: wanted, pages: pages, batch: BatchBytes(limits))
    }

    /// The next rows, or `nil` after the last.
    package func next() throws(ParquetError) -> RecordBatch? {
        while ranges.isEmpty {
            guard let group = groups.popFirst() else { return nil }
            // One without rows may have no pages, either.
            if footer.metaData.rowGroups[group].rowCount > 0 { try filterAndBegin(footer.metaData.rowGroups[group]) }
        }
        guard let range = ranges.first else { return nil }
        if row < range.lowerBound {
            for leaf in leaves { try leaf.seek(toRow: range.lowerBound, batchRows: batchRows) }
            row = range.lowerBound
        }
        let rows = Int(min(range.upperBound - row, Int64(batchRows)))
        for leaf in leaves { try leaf.read(rows: rows) }
        var columns: [ColumnVector] = []
        for node in nodes { columns.append(try node.column(count: rows)) }
        for leaf in leaves { leaf.clear() }
        batch.clear()
        row += Int64(rows)
        if row == range.upperBound { ranges.removeFirst() }
        return RecordBatch(schema: wanted, columns: columns, count: rows)
    }

    private func filterAndBegin(_ group: RowGroup) throws(ParquetError) {
        let rows = filter?.rows(of: group) ?? RowRanges(0..<group.rowCount)
        guard !rows.isEmpty else {
            skippedGroups += 1
            return
        }
        skippedRows += group.rowCount - rows.count
        try begin(group, isWhole: rows.count == group.rowCount)
        ranges = rows.ranges[...]
        row = 0
    }

    private func begin(_ group: RowGroup, isWhole: Bool) throws(ParquetError) {
        // Between pages that are read there may be others that nobody needs.
        let piece = min(isWhole ? 1 << 20 : 64 << 10, max(32 << 10, Self.readBytes / max(leaves.count, 1)))
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
                        decompressor: decompressor, open: open, memory: memory),
                    rows: group.rowCount, index: isWhole ? nil : pages.offsets(chunk))
            } catch {
                throw error.at(column: leaf.path)
            }
        }
        let size = max(1, bytes / max(1, group.rowCount))
        let slots = Self.slotBytes / max(1, leaves.reduce(0) { $0 + $1.entryBytes })
        batchRows = Int(max(1, min(Int64(min(Self.mostRows, slots)), Self.batchBytes / size)))
    }
}

// One column of a row group: its values become pages, which are kept until the row group is whole.

import Columns
import Compression

/// Writes the pages of one leaf, row group after row group.
final class ChunkWriter {
    let leaf: WrittenLeaf
    private let options: ParquetWriteOptions
    private let compression: PageCompression

    // The page that is open.
    private var definition = PageBytes()
    private var repetition = PageBytes()
    private var values: ValueEncoder
    private var entryCount = 0
    private var rowCount = 0
    private var bounds = ColumnBounds()

    // The chunk.
    private var pages: [WrittenPage] = []
    private var dictionary: WrittenPage?
    private var writtenBytes = 0
    private var filter: BloomFilterWriter?

    init(_ leaf: WrittenLeaf, _ options: ParquetWriteOptions, _ compression: PageCompression) {
        self.leaf = leaf
        self.options = options
        self.compression = compression
        values = ValueEncoder(leaf.kind, options)
        if BloomFilterWriter.canFilter(leaf.kind) {
            let chosen = options.bloomFilters[leaf.name] ?? options.bloomFilter
            filter = chosen.map { BloomFilterWriter(leaf.kind, $0) }
        }
    }

    /// Bytes of the pages so far, and about those of the open one.
    var byteCount: Int { writtenBytes + openBytes + values.dictionaryByteCount + (filter?.byteCount ?? 0) }

    /// About what the open page takes: its levels, too, which are a byte each until they are packed.
    private var openBytes: Int { values.byteCount + definition.count + repetition.count }

    // MARK: Appending

    /// Appends the rows of a column that have a value, and an entry for each row that has none.
    func append(_ column: ColumnVector, _ entries: LevelEntries, rowCount: Int) throws(ParquetError) {
        var picked: [Int32] = []
        picked.reserveCapacity(entries.rows.count)
        for row in entries.rows where row >= 0 { picked.append(row) }
        var failure: ParquetError?
        picked.withUnsafeBufferPointer { rows in
            let rows = PickedRows(rows: rows.baseAddress, start: 0, count: rows.count)
            do throws(ParquetError) {
                try append(column, rows, levels: entries, rowCount: rowCount)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    /// Appends values; without levels all are there, and each is a row of the table.
    func append(
        _ column: ColumnVector, _ rows: PickedRows, levels: LevelEntries?, rowCount: Int
    ) throws(ParquetError) {
        if values.isDictionaryFull {
            try flush()
            try endDictionary()
        }
        let entries = levels?.rows.count ?? rows.count
        if leaf.maximumDefinition > 0 {
            if let levels {
                levels.definition.withUnsafeBytes { definition.append($0) }
            } else {
                definition.append(repeating: leaf.maximumDefinition, count: entries)
            }
        }
        if leaf.maximumRepetition > 0 { levels?.repetition.withUnsafeBytes { repetition.append($0) } }
        entryCount += entries
        self.rowCount += rowCount
        bounds.nullCount += Int64(entries - rows.count)
        values.append(column, rows, &bounds)
        if self.rowCount >= options.pageRows || openBytes >= options.pageBytes { try flush() }
    }

    // MARK: Pages

    /// Ends the open page.
    private func flush() throws(ParquetError) {
        guard entryCount > 0 else { return }
        let encoded = values.finishPage()
        // What is in the dictionary is taken when it is whole.
        if filter != nil, !values.usesDictionary { values.withPlain { filter?.add($0, count: $1) } }
        let page = try compression.dataPage(
            PageContent(
                entryCount: entryCount, rowCount: rowCount, nullCount: Int(bounds.nullCount),
                encoding: encoded), leaf, definition: definition, repetition: repetition, values: values.encoded,
            version: options.version)
        pages.append(WrittenPage(page, bounds: bounds, rowCount: rowCount, encoding: encoded))
        writtenBytes += page.byteCount
        definition.clear()
        repetition.clear()
        values.clearPage()
        (entryCount, rowCount, bounds) = (0, 0, ColumnBounds())
    }

    /// Writes the dictionary, if pages use it, and goes on without.
    private func endDictionary() throws(ParquetError) {
        guard values.usesDictionary else { return }
        if filter != nil { values.withDictionary { filter?.add($0, count: $1) } }
        if pages.contains(where: { $0.isByDictionary }) {
            let encoding = options.version == .one ? ParquetEncoding.plainDictionary : .plain
            var page: CompressedPage?
            var failure: ParquetError?
            values.withDictionary { bytes, count in
                do throws(ParquetError) {
                    page = try compression.dictionaryPage(bytes, count: count, encoding: encoding)
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
            if let page {
                dictionary = WrittenPage(page, bounds: ColumnBounds(), rowCount: 0, encoding: encoding)
                writtenBytes += page.byteCount
            }
        }
        values.leaveDictionary()
    }

    // MARK: The chunk's end

    /// Writes all pages, the first at `offset`, tells what they are, and begins anew.
    func finish(
        at offset: Int64, to output: any ParquetOutput
    ) throws -> (chunk: ColumnChunk, ends: ChunkEnds) {
        try flush()
        try endDictionary()
        var place = offset
        if let dictionary {
            try output.append(dictionary.page.bytes)
            place += Int64(dictionary.page.byteCount)
        }
        let firstData = place
        var (locations, firstRow): ([PageLocation], Int64) = ([], 0)
        for page in pages {
            try output.append(page.page.bytes)
            locations.append(
                PageLocation(
                    offset: place, compressedSize: Int32(truncatingIfNeeded: page.page.byteCount), firstRow: firstRow))
            place += Int64(page.page.byteCount)
            firstRow += Int64(page.rowCount)
        }
        var chunk = ColumnChunk(metaData(from: offset, firstData: firstData, to: place))
        chunk.fileOffset = offset
        let index = columnIndex()
        (pages, dictionary, writtenBytes) = ([], nil, 0)
        values.beginChunk()
        return (chunk, ChunkEnds(offsets: OffsetIndex(pages: locations), bounds: index, filter: filter?.finish()))
    }

    private func metaData(from start: Int64, firstData: Int64, to end: Int64) -> ColumnMetaData {
        var whole = ColumnBounds()
        var (entries, uncompressed) = (0, dictionary?.page.uncompressedCount ?? 0)
        var counts: [PageEncodingStatistics] = []
        if let dictionary { counts.append(PageEncodingStatistics(.dictionary, dictionary.encoding, count: 1)) }
        let type = options.version == .one ? PageType.data : .dataV2
        for page in pages {
            whole.add(page.bounds)
            entries += page.page.entryCount
            uncompressed += page.page.uncompressedCount
            if let known = counts.firstIndex(where: { $0.page == type && $0.encoding == page.encoding }) {
                counts[known].count += 1
            } else {
                counts.append(PageEncodingStatistics(type, page.encoding, count: 1))
            }
        }
        var encodings = [ParquetEncoding.rle]
        for count in counts where !encodings.contains(count.encoding) { encodings.append(count.encoding) }
        var statistics = ColumnStatistics()
        statistics.nullCount = whole.nullCount
        if let (least, greatest) = whole.bounds(of: leaf.kind) {
            (statistics.minimum, statistics.isMinimumExact) = (least.bytes, least.isExact)
            (statistics.maximum, statistics.isMaximumExact) = (greatest.bytes, greatest.isExact)
        }
        return ColumnMetaData(
            type: leaf.kind.physical, encodings: encodings, path: leaf.path, codec: compression.codec,
            valueCount: Int64(entries), uncompressedSize: Int64(uncompressed), compressedSize: end - start,
            dataPageOffset: firstData, dictionaryPageOffset: dictionary == nil ? nil : start, statistics: statistics,
            encodingStatistics: counts)
    }

    /// What is known of each page; nothing where it isn't known of one.
    private func columnIndex() -> ColumnIndex? {
        var (least, greatest, isNull): ([[UInt8]], [[UInt8]], [Bool]) = ([], [], [])
        for page in pages {
            isNull.append(page.bounds.isEmpty)
            guard !page.bounds.isEmpty else {
                least.append([])
                greatest.append([])
                continue
            }
            guard let (low, high) = page.bounds.bounds(of: leaf.kind) else { return nil }
            least.append(low.bytes)
            greatest.append(high.bytes)
        }
        return ColumnIndex(
            nullPages: isNull, minimums: least, maximums: greatest,
            order: ColumnBounds.order(of: pages.map(\.bounds), kind: leaf.kind),
            nullCounts: pages.map(\.bounds.nullCount))
    }
}

/// What stands behind all row groups of a chunk.
struct ChunkEnds {
    let offsets: OffsetIndex
    let bounds: ColumnIndex?
    /// The Bloom filter with its header.
    let filter: [UInt8]?
}

/// A page that waits for its row group, with what is said of it elsewhere.
struct WrittenPage {
    let page: CompressedPage
    let bounds: ColumnBounds
    let rowCount: Int
    let encoding: ParquetEncoding

    init(_ page: CompressedPage, bounds: ColumnBounds, rowCount: Int, encoding: ParquetEncoding) {
        self.page = page
        self.bounds = bounds
        self.rowCount = rowCount
        self.encoding = encoding
    }

    /// Whether its values are numbers of the dictionary's.
    var isByDictionary: Bool { encoding == .plainDictionary || encoding == .rleDictionary }
}

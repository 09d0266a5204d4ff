// What can be known of a column's chunk by reading a little of it: its dictionary, and the indexes of its pages.

import Columns
import Compression

/// Reads small parts of a file. What isn't there, or can't be read, is `nil`.
final class ChunkPages {
    private let input: any ParquetInput
    private let dataSize: Int64
    private let decompressor: Decompressor
    private let open: OpenBytes
    private let memory: PageMemory

    /// Larger dictionaries and indexes are not worth it.
    private static let mostBytes: Int64 = 2 << 20

    init(
        _ input: any ParquetInput, dataSize: Int64, decompressor: Decompressor, open: OpenBytes, memory: PageMemory
    ) {
        self.input = input
        self.dataSize = dataSize
        self.decompressor = decompressor
        self.open = open
        self.memory = memory
    }

    // MARK: Dictionaries

    /// All values of a chunk, where its pages say nothing but numbers of its dictionary; `reader` reads them.
    func dictionary(_ chunk: ColumnChunk, _ leaf: SchemaNode, _ reader: ValueReader) -> [OrderedValue]? {
        guard let data = chunk.metaData, Self.isByDictionary(data), data.start < data.dataPageOffset,
            data.dataPageOffset - data.start <= Self.mostBytes
        else { return nil }
        do throws(ParquetError) {
            try PageStream.check(data.codec)
            let stream = try PageStream(
                chunk, leaf: leaf, input, dataSize: dataSize, pieceBytes: Int(data.dataPageOffset - data.start),
                decompressor: decompressor, open: open, memory: memory)
            guard case .dictionary(let page) = try stream.next() else { return nil }
            try reader.setDictionary(page)
            guard let column = try reader.dictionaryValues() else { return nil }
            var values: [OrderedValue] = []
            values.reserveCapacity(column.count)
            for index in 0..<column.count {
                guard let value = OrderedValue(column.value(at: index)) else { return nil }
                values.append(value)
            }
            return values
        } catch {
            return nil
        }
    }

    private static func isByDictionary(_ data: ColumnMetaData) -> Bool {
        let numbers: [ParquetEncoding] = [.plainDictionary, .rleDictionary]
        guard let counts = data.encodingStatistics else {
            // Of version 1: in version 2 the dictionary itself is plain, as pages may be.
            return data.encodings.contains(.plainDictionary)
                && data.encodings.allSatisfy { [.plainDictionary, .rle, .bitPacked].contains($0) }
        }
        let pages = counts.filter { ($0.page == .data || $0.page == .dataV2) && $0.count > 0 }
        return !pages.isEmpty && pages.allSatisfy { numbers.contains($0.encoding) }
    }

    // MARK: Bloom filters

    /// A column's filter, of which single blocks are read.
    struct BloomFilter {
        fileprivate let input: any ParquetInput
        fileprivate let place: Int64
        fileprivate let blockCount: Int

        /// Whether a value may be there, by its bytes in plain encoding without a length.
        func mayHold(_ plain: [UInt8]) -> Bool {
            let hash = plain.withUnsafeBufferPointer { BloomBlock.hash($0) }
            let offset = place + Int64(BloomBlock.index(hash, of: blockCount) * BloomBlock.byteCount)
            let block = Buffer(capacity: BloomBlock.byteCount)
            do throws(ParquetError) {
                try input.read(
                    at: offset, into: UnsafeMutableRawBufferPointer(start: block.address, count: BloomBlock.byteCount))
            } catch {
                return true
            }
            let bits = BloomBlock.bits(hash)
            return BloomBlock.load(block.address) & bits == bits
        }
    }

    /// A header of the only kind of filter that there is has at most so many bytes.
    private static let filterHeaderBytes: Int64 = 64

    /// The Bloom filter of a chunk; `nil` without one that can be asked.
    func bloomFilter(_ chunk: ColumnChunk) -> BloomFilter? {
        guard let offset = chunk.metaData?.bloomFilterOffset, offset >= 4, offset < dataSize else { return nil }
        let count = Int(min(Self.filterHeaderBytes, dataSize - offset))
        let content = Buffer(capacity: count)
        do throws(ParquetError) {
            try input.read(at: offset, into: UnsafeMutableRawBufferPointer(start: content.address, count: count))
            var reader = ThriftReader(UnsafeRawBufferPointer(start: content.address, count: count), base: offset)
            let header = try BloomFilterHeader(&reader)
            withExtendedLifetime(content) {}
            let (place, bytes) = (offset + Int64(reader.position), Int(header.byteCount))
            guard header.isKnown, bytes > 0, bytes % BloomBlock.byteCount == 0, Int64(bytes) <= dataSize - place
            else { return nil }
            return BloomFilter(input: input, place: place, blockCount: bytes / BloomBlock.byteCount)
        } catch {
            return nil
        }
    }

    // MARK: Indexes

    /// What the index says of each page of a chunk.
    func known(
        _ chunk: ColumnChunk, _ leaf: SchemaNode, _ bounds: BoundReader, rows: Int64
    ) -> [(rows: Range<Int64>, known: KnownValues)]? {
        guard let index: ColumnIndex = structure(chunk.columnIndexOffset, chunk.columnIndexLength),
            let places = offsets(chunk)?.pages, places.count == index.nullPages.count, places.first?.firstRow == 0,
            zip(places, places.dropFirst()).allSatisfy({ $0.firstRow < $1.firstRow }),
            let last = places.last, last.firstRow < rows
        else { return nil }
        return places.indices.map { page in
            let end = page + 1 < places.count ? places[page + 1].firstRow : rows
            return (
                places[page].firstRow..<end,
                bounds.known(
                    isNull: index.nullPages[page], nullCount: index.nullCounts?[page], least: index.minimums[page],
                    greatest: index.maximums[page], isRequired: leaf.maxDefinition == 0)
            )
        }
    }

    /// Where the pages of a chunk lie.
    func offsets(_ chunk: ColumnChunk) -> OffsetIndex? {
        structure(chunk.offsetIndexOffset, chunk.offsetIndexLength)
    }

    private func structure<Structure: ThriftStructure>(_ offset: Int64?, _ length: Int32?) -> Structure? {
        guard let offset, let length, offset >= 4, length > 0, Int64(length) <= Self.mostBytes,
            offset <= dataSize, Int64(length) <= dataSize - offset
        else { return nil }
        let content = Buffer(capacity: Int(length))
        do throws(ParquetError) {
            try input.read(
                at: offset, into: UnsafeMutableRawBufferPointer(start: content.address, count: Int(length)))
            var reader = ThriftReader(
                UnsafeRawBufferPointer(start: content.address, count: Int(length)), base: offset)
            let structure = try Structure(&reader)
            withExtendedLifetime(content) {}
            return structure
        } catch {
            return nil
        }
    }
}

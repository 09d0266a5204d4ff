// Levels and values as a page: compressed, with its header before it.

import Columns
import Compression

/// What a page's header says of it.
struct PageContent {
    let entryCount: Int
    let rowCount: Int
    let nullCount: Int
    let encoding: ParquetEncoding
}

/// A page as it will lie in the file.
struct CompressedPage {
    private let buffer: Buffer
    /// The header's bytes included.
    let byteCount: Int
    /// The same before it was compressed.
    let uncompressedCount: Int
    let entryCount: Int

    /// Puts a header before what was compressed.
    init(_ header: [UInt8], _ body: UnsafeRawBufferPointer, uncompressedCount: Int, entryCount: Int) {
        byteCount = header.count + body.count
        buffer = Buffer(capacity: byteCount)
        let memory = UnsafeMutableRawBufferPointer(start: buffer.address, count: byteCount)
        memory.copyBytes(from: header)
        UnsafeMutableRawBufferPointer(rebasing: memory[header.count...]).copyMemory(from: body)
        self.uncompressedCount = header.count + uncompressedCount
        self.entryCount = entryCount
    }

    /// The bytes; they live as long as the page.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: buffer.address, count: byteCount) }
}

/// Makes pages of one file. Used by one thread at a time.
final class PageCompression {
    private let compressor: Compressor
    let codec: ParquetCodec
    private var page = PageBytes()
    private var levels = PageBytes()
    private var compressed = PageBytes()

    init(_ codec: CompressionCodec) throws(ParquetError) {
        switch codec {
        case .none: self.codec = .uncompressed
        case .snappy: self.codec = .snappy
        case .gzip: self.codec = .gzip
        case .zstd: self.codec = .zstd
        case .lz4: self.codec = .lz4Raw
        case .hadoopLZ4: self.codec = .lz4
        }
        do throws(CompressionError) {
            compressor = try Compressor(codec)
        } catch {
            throw ParquetError(.unsupported, error.description)
        }
    }

    // MARK: Pages

    /// A page of data.
    func dataPage(
        _ content: PageContent, _ leaf: WrittenLeaf, definition: borrowing PageBytes,
        repetition: borrowing PageBytes, values: UnsafeRawBufferPointer, version: ParquetWriteOptions.Version
    ) throws(ParquetError) -> CompressedPage {
        page.clear()
        let isFirstVersion = version == .one
        let repetitionLength = put(repetition, leaf.maximumRepetition, content.entryCount, withLength: isFirstVersion)
        let definitionLength = put(definition, leaf.maximumDefinition, content.entryCount, withLength: isFirstVersion)
        guard isFirstVersion else {
            return try secondVersion(content, definitionLength, repetitionLength, values)
        }
        page.append(values)
        compressed.clear()
        try compress(page.bytes)
        var header = try Self.header(.data, page.count, compressed.bytes)
        header.data = DataPageHeader(valueCount: try Self.count(content), encoding: content.encoding)
        return CompressedPage(
            header.thriftBytes, compressed.bytes, uncompressedCount: page.count, entryCount: content.entryCount)
    }

    /// Levels stand uncompressed before the values, which stay as they are where compressing doesn't pay.
    private func secondVersion(
        _ content: PageContent, _ definitionLength: Int, _ repetitionLength: Int, _ values: UnsafeRawBufferPointer
    ) throws(ParquetError) -> CompressedPage {
        let levelCount = page.count
        compressed.clear()
        compressed.append(page.bytes)
        try compress(values)
        var isCompressed = codec != .uncompressed
        if isCompressed, compressed.count - levelCount >= values.count {
            isCompressed = false
            compressed.clear()
            compressed.append(page.bytes)
            compressed.append(values)
        }
        let size = levelCount + values.count
        var header = try Self.header(.dataV2, size, compressed.bytes)
        header.dataV2 = DataPageHeaderV2(
            valueCount: try Self.count(content), nullCount: Int32(clamping: content.nullCount),
            rowCount: Int32(clamping: content.rowCount), encoding: content.encoding,
            definitionLevelsLength: Int32(clamping: definitionLength),
            repetitionLevelsLength: Int32(clamping: repetitionLength), isCompressed: isCompressed)
        return CompressedPage(
            header.thriftBytes, compressed.bytes, uncompressedCount: size, entryCount: content.entryCount)
    }

    /// A page of a dictionary's values in plain encoding.
    func dictionaryPage(
        _ values: UnsafeRawBufferPointer, count: Int, encoding: ParquetEncoding
    ) throws(ParquetError) -> CompressedPage {
        compressed.clear()
        try compress(values)
        var header = try Self.header(.dictionary, values.count, compressed.bytes)
        header.dictionary = DictionaryPageHeader(valueCount: Int32(clamping: count), encoding: encoding)
        return CompressedPage(header.thriftBytes, compressed.bytes, uncompressedCount: values.count, entryCount: 0)
    }

    // MARK: Parts

    private static func count(_ content: PageContent) throws(ParquetError) -> Int32 {
        guard let count = Int32(exactly: content.entryCount) else {
            throw ParquetError(.tooLarge, "a page of \(content.entryCount) values")
        }
        return count
    }

    private static func header(
        _ type: PageType, _ size: Int, _ body: UnsafeRawBufferPointer
    ) throws(ParquetError) -> PageHeader {
        guard let uncompressed = Int32(exactly: size), let compressed = Int32(exactly: body.count) else {
            throw ParquetError(.tooLarge, "a page of \(size) bytes can't be written: there are 2 GiB at most")
        }
        return PageHeader(
            type, uncompressedSize: uncompressed, compressedSize: compressed,
            checksum: Int32(bitPattern: CyclicChecksum.crc32(body)))
    }

    /// Appends levels to the page, and tells how many bytes they are.
    private func put(_ bytes: borrowing PageBytes, _ maximum: UInt8, _ count: Int, withLength: Bool) -> Int {
        guard maximum > 0 else { return 0 }
        levels.clear()
        HybridEncoder.encode(
            UnsafePointer(bytes.pointer(as: UInt8.self)), count: count, width: HybridEncoder.width(Int(maximum)),
            into: &levels)
        if withLength { page.append(word: UInt32(truncatingIfNeeded: levels.count)) }
        page.append(levels.bytes)
        return levels.count
    }

    /// Appends the compressed bytes.
    private func compress(_ bytes: UnsafeRawBufferPointer) throws(ParquetError) {
        let bound = compressor.bound(bytes.count)
        let target = UnsafeMutableRawBufferPointer(start: compressed.reserve(bound), count: bound)
        do throws(CompressionError) {
            compressed.advance(try compressor.compress(bytes, into: target))
        } catch {
            throw ParquetError(.unsupported, "a page can't be compressed: \(error)")
        }
    }
}

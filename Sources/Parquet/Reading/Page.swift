// The pages of a column, one after the other.

import Columns
import Compression

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A data page in memory.
struct Page {
    /// Its levels and values; 64 bytes beyond them may be read.
    let buffer: Buffer
    /// How many levels there are, or values where there are no levels.
    let entryCount: Int
    var definitions: LevelDecoder
    var repetitions: LevelDecoder
    /// Where the values lie.
    let values: Range<Int>
    let encoding: ParquetEncoding

    /// The values' bytes.
    var valueBytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: buffer.address + values.lowerBound, count: values.count)
    }
}

/// A dictionary in memory, as plain encoding writes values.
struct DictionaryPage {
    let buffer: Buffer
    let byteCount: Int
    let valueCount: Int

    /// The values' bytes.
    var valueBytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: buffer.address, count: byteCount) }
}

/// Reads the pages of a column's chunk forward.
final class PageStream {
    enum Step {
        case dictionary(DictionaryPage)
        case data(Page)
        /// There are no more.
        case end
    }

    private let input: any ParquetInput
    private let leaf: SchemaNode
    private let codec: ParquetCodec
    private let decompressor: Decompressor
    private let open: OpenBytes
    private let memory: PageMemory
    /// Where the next page begins, and where the chunk ends.
    private(set) var place: Int64
    private let end: Int64
    /// Levels, or values where there are none, that no page was read with yet; `nil` where only the chunk's end tells.
    private var left: Int64?
    /// Bytes of the chunk from `windowStart` on.
    private var window = Buffer(capacity: 0)
    private var windowBytes = 0
    private let pieceBytes: Int
    private var windowStart: Int64 = 0
    private var windowCount = 0
    /// What the page and the dictionary that were read last take.
    private var pageBytes = 0
    private var dictionaryBytes = 0

    /// Pages of a chunk, read in pieces of `pieceBytes`.
    init(
        _ chunk: ColumnChunk, leaf: SchemaNode, _ input: any ParquetInput, dataSize: Int64, pieceBytes: Int,
        decompressor: Decompressor, open: OpenBytes, memory: PageMemory
    ) throws(ParquetError) {
        guard let data = chunk.metaData, !chunk.isEncrypted else {
            throw ParquetError(.unsupported, "the column is encrypted")
        }
        guard chunk.filePath == nil else {
            throw ParquetError(.unsupported, "the column lies in another file, \(chunk.filePath ?? "")")
        }
        guard data.type == leaf.element.type else {
            throw .damaged("the column is of type \(data.type), in the schema of another")
        }
        let start = data.start
        let (end, overflow) = start.addingReportingOverflow(data.compressedSize)
        guard start >= 4, data.compressedSize >= 0, !overflow, end <= dataSize else {
            throw .damaged("pages of \(data.compressedSize) bytes at byte \(start), before a footer at \(dataSize)")
        }
        guard data.valueCount >= 0 else { throw .damaged("\(data.valueCount) values") }
        place = start
        self.end = end
        left = data.valueCount
        codec = data.codec
        self.input = input
        self.leaf = leaf
        self.decompressor = decompressor
        self.open = open
        self.memory = memory
        self.pieceBytes = pieceBytes
    }

    deinit { open.give(pageBytes + dictionaryBytes + windowBytes) }

    // MARK: Bytes

    /// Makes `count` bytes from `place` on part of the window, or as many as the chunk has.
    private func fill(_ count: Int) throws(ParquetError) {
        let wanted = Int(min(Int64(count), end - place))
        let skipped = place - windowStart
        if skipped >= 0, skipped + Int64(wanted) <= Int64(windowCount) { return }
        let size = max(wanted, Int(min(Int64(pieceBytes), end - place)))
        // What is there already stays.
        let kept = skipped >= 0 && skipped < Int64(windowCount) ? windowCount - Int(skipped) : 0
        if size > windowBytes {
            try open.take(size)
            open.give(windowBytes)
            windowBytes = size
            let larger = memory.buffer(capacity: size)
            if kept > 0 { larger.address.copyMemory(from: window.address + Int(skipped), byteCount: kept) }
            window = larger
        } else if kept > 0 {
            memmove(window.address, window.address + Int(skipped), kept)
        }
        windowCount = 0
        try input.read(
            at: place + Int64(kept),
            into: UnsafeMutableRawBufferPointer(start: window.address + kept, count: size - kept))
        windowStart = place
        windowCount = size
    }

    /// The bytes of the window from `place` on.
    private var bytes: UnsafeRawBufferPointer {
        let skipped = Int(place - windowStart)
        return UnsafeRawBufferPointer(start: window.address + skipped, count: windowCount - skipped)
    }

    /// Headers are this long at first, at most: statistics may have long texts.
    private static let usualHeaderBytes = 4096
    private static let longestHeader = 16 << 20

    private func readHeader() throws(ParquetError) -> PageHeader {
        var size = Self.usualHeaderBytes
        while true {
            try fill(size)
            var reader = ThriftReader(bytes, base: place)
            do throws(ParquetError) {
                let header = try PageHeader(&reader)
                place += Int64(reader.position)
                return header
            } catch {
                // It may be longer than what was looked at.
                guard Int64(bytes.count) < end - place, size < Self.longestHeader else { throw error }
                size = max(size * 8, bytes.count + 1)
            }
        }
    }

    // MARK: Pages

    /// The next page.
    func next() throws(ParquetError) -> Step {
        while left != 0 {
            let start = place
            guard place < end else {
                guard let left else { return .end }
                throw .damaged("\(left) values are missing at the end of the column", offset: end)
            }
            do throws(ParquetError) {
                let header = try readHeader()
                guard header.compressedSize >= 0, header.uncompressedSize >= 0,
                    Int64(header.compressedSize) <= end - place
                else { throw .damaged("a page of \(header.compressedSize) bytes, beyond the end of the column") }
                let step = try page(header)
                place += Int64(header.compressedSize)
                if let step { return step }
            } catch {
                throw error.at(start)
            }
        }
        return .end
    }

    /// The page behind a header; `nil` where it is of a kind that has no values.
    private func page(_ header: PageHeader) throws(ParquetError) -> Step? {
        switch header.type {
        case .dictionary:
            guard let dictionary = header.dictionary, dictionary.valueCount >= 0 else {
                throw .damaged("a dictionary without its header")
            }
            guard dictionaryBytes == 0 else { throw .damaged("a second dictionary") }
            guard dictionary.encoding == .plain || dictionary.encoding == .plainDictionary else {
                throw ParquetError(.unsupported, "a dictionary in encoding \(dictionary.encoding.rawValue)")
            }
            let size = Int(header.uncompressedSize)
            try open.take(size + 1)
            dictionaryBytes = size + 1
            let buffer = Buffer(capacity: size)
            try checked(header)
            try decompress(Int(header.compressedSize), into: buffer, at: 0, count: size)
            return .dictionary(
                DictionaryPage(buffer: buffer, byteCount: size, valueCount: Int(dictionary.valueCount)))
        case .data:
            guard let data = header.data else { throw .damaged("a page without its header") }
            try count(data.valueCount)
            let buffer = try begin(header)
            try decompress(Int(header.compressedSize), into: buffer, at: 0, count: Int(header.uncompressedSize))
            return .data(try page(data, buffer, Int(header.uncompressedSize)))
        case .dataV2:
            guard let data = header.dataV2 else { throw .damaged("a page without its header") }
            try count(data.valueCount)
            return .data(try page(data, header))
        default: return nil
        }
    }

    private func count(_ count: Int32) throws(ParquetError) {
        guard count >= 0, Int64(count) <= left ?? .max else {
            throw .damaged("a page of \(count) values, where \(left ?? 0) are left")
        }
        left = left.map { $0 - Int64(count) }
    }

    /// Goes on with the page that begins at `place`, in the chunk; `left` is how many values there are from it on,
    /// where that is known.
    func jump(to place: Int64, left: Int64?) {
        self.place = place
        self.left = left
    }

    /// Whether bytes from `start` on, so many, are pages of the chunk.
    func holds(_ start: Int64, _ count: Int64) -> Bool {
        let (last, overflow) = start.addingReportingOverflow(count)
        return start >= place && count > 0 && !overflow && last <= end
    }

    /// Room for the page behind a header.
    private func begin(_ header: PageHeader) throws(ParquetError) -> Buffer {
        try checked(header)
        open.give(pageBytes)
        pageBytes = 0
        try open.take(Int(header.uncompressedSize))
        pageBytes = Int(header.uncompressedSize)
        return memory.buffer(capacity: pageBytes)
    }

    /// Makes sure of the checksum, where there is one.
    private func checked(_ header: PageHeader) throws(ParquetError) {
        let size = Int(header.compressedSize)
        try fill(size)
        guard let checksum = header.checksum else { return }
        let own = CyclicChecksum.crc32(UnsafeRawBufferPointer(rebasing: bytes[..<size]))
        guard own == UInt32(bitPattern: checksum) else {
            throw .damaged("a page whose checksum is \(own), not \(UInt32(bitPattern: checksum))")
        }
    }

    /// Puts `size` bytes from `place` on, decompressed, into a buffer.
    private func decompress(
        _ size: Int, into buffer: Buffer, at offset: Int, count: Int, from skipped: Int = 0,
        isCompressed: Bool = true
    ) throws(ParquetError) {
        let source = UnsafeRawBufferPointer(rebasing: bytes[skipped..<(skipped + size)])
        let target = UnsafeMutableRawBufferPointer(start: buffer.address + offset, count: count)
        do throws(CompressionError) {
            try decompressor.decompress(source, into: target, isCompressed ? usedCodec : .none)
        } catch {
            throw .damaged(error.description)
        }
    }

    private var usedCodec: CompressionCodec {
        switch codec {
        case .uncompressed: .none
        case .snappy: .snappy
        case .gzip: .gzip
        case .zstd: .zstd
        case .lz4: .hadoopLZ4
        default: .lz4
        }
    }

    /// Makes sure that the codec is one that is read.
    static func check(_ codec: ParquetCodec) throws(ParquetError) {
        let known: [ParquetCodec] = [.uncompressed, .snappy, .gzip, .zstd, .lz4, .lz4Raw]
        guard !known.contains(codec) else { return }
        let name = codec == .brotli ? "Brotli" : codec == .lzo ? "LZO" : "codec \(codec.rawValue)"
        throw ParquetError(.unsupported, "the column is compressed with \(name)")
    }

    // MARK: Levels

    private func page(_ data: DataPageHeader, _ buffer: Buffer, _ size: Int) throws(ParquetError) -> Page {
        let bytes = UnsafePointer(buffer.pointer(as: UInt8.self))
        var next = 0
        func levels(_ maximum: UInt8, _ encoding: ParquetEncoding) throws(ParquetError) -> LevelDecoder {
            guard maximum > 0 else { return LevelDecoder() }
            let length: Int
            switch encoding {
            case .rle:
                guard size - next >= 4 else { throw .damaged("a page that ends before its levels") }
                length = Int(UInt32(littleEndian: buffer.address.loadUnaligned(fromByteOffset: next, as: UInt32.self)))
                next += 4
            case .bitPacked: length = (Int(data.valueCount) * LevelDecoder.width(maximum) + 7) / 8
            default: throw ParquetError(.unsupported, "levels in encoding \(encoding.rawValue)")
            }
            guard length <= size - next else { throw .damaged("levels of \(length) bytes in a page of \(size)") }
            defer { next += length }
            return LevelDecoder(
                bytes + next, bytes + next + length, maximum: maximum, isBitPacked: encoding == .bitPacked)
        }
        let repetitions = try levels(leaf.maxRepetition, data.repetitionLevelEncoding)
        let definitions = try levels(leaf.maxDefinition, data.definitionLevelEncoding)
        return Page(
            buffer: buffer, entryCount: Int(data.valueCount), definitions: definitions, repetitions: repetitions,
            values: next..<size, encoding: data.encoding)
    }

    private func page(_ data: DataPageHeaderV2, _ header: PageHeader) throws(ParquetError) -> Page {
        let (size, compressed) = (Int(header.uncompressedSize), Int(header.compressedSize))
        let (first, second) = (Int(data.repetitionLevelsLength), Int(data.definitionLevelsLength))
        guard first >= 0, second >= 0, first + second <= size, first + second <= compressed else {
            throw .damaged("levels of \(first) and \(second) bytes in a page of \(compressed)")
        }
        let buffer = try begin(header)
        let levels = first + second
        buffer.address.copyMemory(from: bytes.baseAddress ?? UnsafeRawPointer(buffer.address), byteCount: levels)
        try decompress(
            compressed - levels, into: buffer, at: levels, count: size - levels, from: levels,
            isCompressed: data.isCompressed ?? true)
        let bytes = UnsafePointer(buffer.pointer(as: UInt8.self))
        func decoder(_ maximum: UInt8, _ range: Range<Int>) -> LevelDecoder {
            maximum == 0
                ? LevelDecoder() : LevelDecoder(bytes + range.lowerBound, bytes + range.upperBound, maximum: maximum)
        }
        return Page(
            buffer: buffer, entryCount: Int(data.valueCount),
            definitions: decoder(leaf.maxDefinition, first..<levels),
            repetitions: decoder(leaf.maxRepetition, 0..<first), values: levels..<size, encoding: data.encoding)
    }
}

// Texts, binaries, and decimals as bytes.

import Columns

/// Values that are runs of bytes. They aren't copied where all of a batch lie in one page or in its dictionary.
final class BytesValueReader: ValueReader {
    private enum Source {
        case none
        case plain(next: Int, end: Int)
        /// All of the same length.
        case fixed(next: Int, end: Int)
        case dictionary(HybridDecoder)
        case lengths(DeltaDecoder, next: Int, end: Int)
        /// How much of the value before each begins with, and what follows.
        case prefixes(DeltaDecoder, suffixes: DeltaDecoder, next: Int, end: Int)
        case streams(next: Int, start: Int, count: Int)
    }

    private let type: DataType
    /// Bytes of a value, where all have as many.
    private let length: Int?
    /// Of decimals: what they are multiplied with, and below what they are before.
    private let decimal: (factor: Int128, limit: Int128)?
    private let batch: BatchBytes
    private var source = Source.none
    private var page = Buffer(capacity: 0)
    private var dictionary: (starts: Buffer, ends: Buffer, bytes: Buffer, count: Int)?
    private var starts = Buffer(capacity: 0)
    private var ends = Buffer(capacity: 0)
    /// In which bytes the slots from one on lie; `nil` stands for those that were put together.
    private var segments: [(slot: Int, bytes: Buffer?)] = []
    private var built = Buffer(capacity: 0)
    private var builtCount = 0
    /// The value before, where values begin as others do.
    private var last: [UInt8] = []
    private var scratch = Scratch()
    private var otherScratch = Scratch()

    /// Reads texts, binaries or decimals.
    init(
        _ type: DataType, length: Int?, decimal: (factor: Int128, limit: Int128)? = nil, batch: BatchBytes
    ) {
        self.type = type
        self.length = length
        self.decimal = decimal
        self.batch = batch
        // Where it begins and ends; a decimal has its number besides.
        super.init(slotBytes: decimal == nil ? 8 : 24)
    }

    override func setDictionary(_ dictionary: DictionaryPage) throws(ParquetError) {
        let count = dictionary.valueCount
        guard count <= dictionary.byteCount / (length ?? 4) else {
            throw .damaged("a dictionary of \(count) values in \(dictionary.byteCount) bytes")
        }
        let (starts, ends) = (Buffer(capacity: count * 4), Buffer(capacity: count * 4))
        var next = 0
        let isWhole = plain(
            dictionary.buffer, &next, dictionary.byteCount, count, starts.pointer(as: UInt32.self),
            ends.pointer(as: UInt32.self))
        guard isWhole else { throw .damaged("a dictionary that ends within a value") }
        self.dictionary = (starts, ends, dictionary.buffer, count)
    }

    override func dictionaryValues() throws(ParquetError) -> ColumnVector? {
        guard let dictionary else { return nil }
        return try column(
            dictionary.count, dictionary.starts, dictionary.ends, dictionary.bytes, Validity.allValid)
    }

    override func beginChunk() {
        dictionary = nil
        source = .none
    }

    override func begin(_ page: Page) throws(ParquetError) {
        self.page = page.buffer
        last = []
        let (first, end) = (page.values.lowerBound, page.values.upperBound)
        let bytes = UnsafePointer(page.buffer.pointer(as: UInt8.self))
        func numbers(from place: Int) throws(ParquetError) -> (DeltaDecoder, next: Int) {
            guard let decoder = DeltaDecoder(bytes + place, bytes + end), let next = decoder.endOfNumbers else {
                throw .damaged("lengths that don't end")
            }
            return (decoder, next - bytes)
        }
        switch page.encoding {
        case .plain: source = length == nil ? .plain(next: first, end: end) : .fixed(next: first, end: end)
        case .plainDictionary, .rleDictionary: source = .dictionary(try Self.numbers(page))
        case .deltaLengthByteArray where length == nil:
            let (lengths, next) = try numbers(from: first)
            source = .lengths(lengths, next: next, end: end)
        case .deltaByteArray:
            let (prefixes, second) = try numbers(from: first)
            let (suffixes, next) = try numbers(from: second)
            source = .prefixes(prefixes, suffixes: suffixes, next: next, end: end)
        case .byteStreamSplit:
            guard let length else { throw Self.unknown(page.encoding, "texts") }
            source = .streams(next: 0, start: first, count: page.values.count / length)
        default: throw Self.unknown(page.encoding, "texts")
        }
    }

    override func read(
        _ count: Int, present: Int, levels: UnsafePointer<UInt8>?, maximum: UInt8
    ) throws(ParquetError) {
        let needed = (slots + count) * 4
        if needed > starts.capacity {
            starts = Buffer.grown(starts, used: slots * 4, needed: needed)
            ends = Buffer.grown(ends, used: slots * 4, needed: needed)
        }
        let (first, behind) = (starts.pointer(as: UInt32.self) + slots, ends.pointer(as: UInt32.self) + slots)
        if present > 0 { try decode(present, first, behind) }
        if let levels, present < count {
            Spread.spread(first, width: 4, count, present: present, levels, maximum)
            Spread.spread(behind, width: 4, count, present: present, levels, maximum)
        }
        slots += count
    }

    /// The values that are filled in next lie in these bytes.
    private func use(_ bytes: Buffer?) throws(ParquetError) {
        if let last = segments.last, last.bytes === bytes { return }
        // A page is kept until the batch is whole, and may be larger than its values; the dictionary is kept anyway.
        if let bytes, bytes === page { try batch.take(bytes.capacity) }
        segments.append((slots, bytes))
    }

    private func decode(
        _ count: Int, _ first: UnsafeMutablePointer<UInt32>, _ behind: UnsafeMutablePointer<UInt32>
    ) throws(ParquetError) {
        switch source {
        case .none: throw Self.tooFew
        case .plain(var next, let end):
            try use(page)
            guard plain(page, &next, end, count, first, behind) else { throw Self.tooFew }
            source = .plain(next: next, end: end)
        case .fixed(var next, let end):
            try use(page)
            guard plain(page, &next, end, count, first, behind) else { throw Self.tooFew }
            source = .fixed(next: next, end: end)
        case .dictionary(var decoder):
            let numbers = scratch.room(count, of: UInt32.self)
            guard decoder.decode(into: numbers, count: count) else { throw Self.tooFew }
            source = .dictionary(decoder)
            guard let dictionary, Spread.areBelow(dictionary.count, numbers, count) else {
                throw .damaged("a number that the dictionary doesn't have")
            }
            try use(dictionary.bytes)
            Spread.gather(dictionary.starts, width: 4, numbers, count, into: first)
            Spread.gather(dictionary.ends, width: 4, numbers, count, into: behind)
        case .lengths(var decoder, var next, let end):
            try use(page)
            let lengths = scratch.room(count, of: Int32.self)
            guard decoder.decode(into: lengths, count: count) else { throw Self.tooFew }
            for index in 0..<count {
                let length = Int(lengths[index])
                guard length >= 0, length <= end &- next else { throw Self.tooFew }
                first[index] = UInt32(truncatingIfNeeded: next)
                next &+= length
                behind[index] = UInt32(truncatingIfNeeded: next)
            }
            source = .lengths(decoder, next: next, end: end)
        case .prefixes: try prefixes(count, first, behind)
        case .streams(let next, let start, let total):
            guard let length, count <= total - next else { throw Self.tooFew }
            try use(nil)
            try reserve(count * length)
            ByteStreams.join(
                page.address + start + next, stride: total, width: length, count, into: built.address + builtCount)
            for index in 0..<count {
                first[index] = UInt32(truncatingIfNeeded: builtCount)
                builtCount &+= length
                behind[index] = UInt32(truncatingIfNeeded: builtCount)
            }
            source = .streams(next: next + count, start: start, count: total)
        }
    }

    /// Finds values one behind the other, each with its length before it, or all of one length. Whether all are there.
    private func plain(
        _ buffer: Buffer, _ next: inout Int, _ end: Int, _ count: Int, _ first: UnsafeMutablePointer<UInt32>,
        _ behind: UnsafeMutablePointer<UInt32>
    ) -> Bool {
        var place = next
        if let length {
            guard count <= (end - place) / length else { return false }
            for index in 0..<count {
                first[index] = UInt32(truncatingIfNeeded: place)
                place &+= length
                behind[index] = UInt32(truncatingIfNeeded: place)
            }
        } else {
            let bytes = UnsafeRawPointer(buffer.address)
            for index in 0..<count {
                // The length itself may be read: buffers are padded.
                let length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
                place &+= 4
                guard length <= end &- place else { return false }
                first[index] = UInt32(truncatingIfNeeded: place)
                place &+= length
                behind[index] = UInt32(truncatingIfNeeded: place)
            }
        }
        next = place
        return true
    }

    /// Makes room for bytes that are put together.
    private func reserve(_ count: Int) throws(ParquetError) {
        try batch.take(count)
        let needed = builtCount + count
        if needed > built.capacity { built = Buffer.grown(built, used: builtCount, needed: needed) }
    }

    private func prefixes(
        _ count: Int, _ first: UnsafeMutablePointer<UInt32>, _ behind: UnsafeMutablePointer<UInt32>
    ) throws(ParquetError) {
        guard case .prefixes(var prefixDecoder, var suffixDecoder, var next, let end) = source else { return }
        try use(nil)
        let prefixes = scratch.room(count, of: Int32.self)
        let suffixes = otherScratch.room(count, of: Int32.self)
        guard prefixDecoder.decode(into: prefixes, count: count), suffixDecoder.decode(into: suffixes, count: count)
        else { throw Self.tooFew }
        // The value before the first one of this batch is put before it.
        var before = builtCount
        try reserve(last.count)
        last.withUnsafeBytes { built.address.copyMemory($0, at: builtCount) }
        builtCount += last.count
        for index in 0..<count {
            let (prefix, suffix) = (Int(prefixes[index]), Int(suffixes[index]))
            guard prefix >= 0, prefix <= builtCount &- before, suffix >= 0, suffix <= end &- next,
                length == nil || length == prefix &+ suffix
            else { throw Self.tooFew }
            try reserve(prefix + suffix)
            let place = builtCount
            built.address.copyMemory(UnsafeRawBufferPointer(start: built.address + before, count: prefix), at: place)
            built.address.copyMemory(
                UnsafeRawBufferPointer(start: page.address + next, count: suffix), at: place + prefix)
            next &+= suffix
            first[index] = UInt32(truncatingIfNeeded: place)
            builtCount = place &+ prefix &+ suffix
            behind[index] = UInt32(truncatingIfNeeded: builtCount)
            before = place
        }
        last = Array(UnsafeRawBufferPointer(start: built.address + before, count: builtCount - before))
        source = .prefixes(prefixDecoder, suffixes: suffixDecoder, next: next, end: end)
    }

    // MARK: Batches

    override func take(_ validity: Validity) throws(ParquetError) -> ColumnVector? {
        let count = slots
        let bytes = try oneBuffer()
        let (starts, ends) = (starts, ends)
        self.starts = Buffer(capacity: 0)
        self.ends = Buffer(capacity: 0)
        segments = []
        built = Buffer(capacity: 0)
        builtCount = 0
        slots = 0
        return try column(count, starts, ends, bytes, validity)
    }

    private func column(
        _ count: Int, _ starts: Buffer, _ ends: Buffer, _ bytes: Buffer, _ validity: Validity
    ) throws(ParquetError) -> ColumnVector {
        guard let decimal else {
            return ColumnVector(
                type: type, count: count, validity: validity.bits, nullCount: validity.nullCount, starts: starts,
                ends: ends, bytes: bytes)
        }
        let values = Buffer(capacity: count * 16)
        let isWhole = BigEndian.convert(
            bytes, starts.pointer(as: UInt32.self), ends.pointer(as: UInt32.self), count, decimal,
            into: values.pointer(as: Int128.self))
        guard isWhole else { throw .damaged("a decimal with more digits than \(type) has") }
        return ColumnVector(
            type: type, count: count, validity: validity.bits, nullCount: validity.nullCount, values: values)
    }

    /// The bytes in which all values lie, copied where they lie in several.
    private func oneBuffer() throws(ParquetError) -> Buffer {
        guard segments.count > 1 else { return segments.first.map { $0.bytes ?? built } ?? Buffer(capacity: 0) }
        let (first, behind) = (starts.pointer(as: UInt32.self), ends.pointer(as: UInt32.self))
        var total = 0
        for slot in 0..<slots { total &+= Int(behind[slot] &- first[slot]) }
        try batch.take(total)
        let whole = Buffer(capacity: total)
        var place = 0
        for (index, segment) in segments.enumerated() {
            let source = (segment.bytes ?? built).address
            let end = index + 1 < segments.count ? segments[index + 1].slot : slots
            for slot in segment.slot..<end {
                let length = Int(behind[slot] &- first[slot])
                (whole.address + place).copyMemory(from: source + Int(first[slot]), byteCount: length)
                first[slot] = UInt32(truncatingIfNeeded: place)
                place &+= length
                behind[slot] = UInt32(truncatingIfNeeded: place)
            }
        }
        return whole
    }
}

extension UnsafeMutableRawPointer {
    /// Copies bytes to an offset.
    fileprivate func copyMemory(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        if let start = bytes.baseAddress, bytes.count > 0 {
            (self + offset).copyMemory(from: start, byteCount: bytes.count)
        }
    }
}

/// Numbers whose most significant byte comes first.
enum BigEndian {
    /// Decimals' numbers, each times a factor. Whether all are below the limit.
    static func convert(
        _ buffer: Buffer, _ starts: UnsafePointer<UInt32>, _ ends: UnsafePointer<UInt32>, _ count: Int,
        _ decimal: (factor: Int128, limit: Int128), into out: UnsafeMutablePointer<Int128>
    ) -> Bool {
        let bytes = UnsafePointer(buffer.pointer(as: UInt8.self))
        var isWhole = true
        for slot in 0..<count {
            var (place, end) = (Int(starts[slot]), Int(ends[slot]))
            // No value, or one without bytes, is zero.
            guard place < end else {
                out[slot] = 0
                continue
            }
            let fill: UInt8 = bytes[place] & 0x80 != 0 ? 0xFF : 0
            // Beyond 16 bytes there may be signs alone.
            while end &- place > 16 {
                isWhole = isWhole && bytes[place] == fill
                place &+= 1
            }
            var number: UInt128 = fill == 0 ? 0 : ~0
            while place < end {
                number = number &<< 8 | UInt128(bytes[place])
                place &+= 1
            }
            let value = Int128(bitPattern: number)
            // And what is left begins with that sign.
            isWhole = isWhole && (value < 0) == (fill != 0) && value < decimal.limit && value > -decimal.limit
            out[slot] = value &* decimal.factor
        }
        return isWhole
    }
}

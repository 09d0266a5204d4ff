// Numbers, times and booleans: values of a fixed width.

import Columns

/// Values of a fixed width, converted to ours.
final class FixedValueReader: ValueReader {
    /// Where the values of the page come from.
    private enum Source {
        case none
        case plain(UnsafeRawPointer, count: Int)
        case dictionary(HybridDecoder)
        case delta32(DeltaDecoder)
        case delta64(DeltaDecoder)
        /// The first bytes of all values, then their second ones, and so on.
        case streams(UnsafeRawPointer, next: Int, count: Int)
        /// Booleans as bits, and as runs of them.
        case bits(UnsafePointer<UInt8>, next: Int, count: Int)
        case runs(HybridDecoder)
    }

    private let type: DataType
    private let physical: PhysicalType
    private let conversion: FixedConversion
    private let width: Int
    private var source = Source.none
    /// Keeps the bytes of the page.
    private var page: Buffer?
    private var dictionary: (values: Buffer, count: Int)?
    private var values = Buffer(capacity: 0)
    private var scratch = Scratch()

    /// Reads values of a physical type. Booleans have a byte each, until they are taken.
    init(_ type: DataType, _ physical: PhysicalType, _ conversion: FixedConversion) {
        self.type = type
        self.physical = physical
        self.conversion = conversion
        width = conversion.widths.ours
        super.init(slotBytes: width)
    }

    private static let outOfRange = ParquetError(
        .damaged, "a value that its type can't hold")

    override func beginChunk() {
        dictionary = nil
        source = .none
    }

    override func setDictionary(_ dictionary: DictionaryPage) throws(ParquetError) {
        guard physical != .boolean else { throw .damaged("a dictionary of booleans") }
        let count = dictionary.valueCount
        guard count <= dictionary.byteCount / conversion.widths.file else {
            throw .damaged("a dictionary of \(count) values in \(dictionary.byteCount) bytes")
        }
        let values = Buffer(capacity: count * width)
        guard conversion.convert(dictionary.buffer.address, count: count, into: values.address) else {
            throw Self.outOfRange
        }
        self.dictionary = (values, count)
    }

    override func dictionaryValues() throws(ParquetError) -> ColumnVector? {
        dictionary.map { ColumnVector(type: type, count: $0.count, values: $0.values) }
    }

    override func begin(_ page: Page) throws(ParquetError) {
        self.page = page.buffer
        let bytes = page.buffer.address + page.values.lowerBound
        let start = UnsafePointer(page.buffer.pointer(as: UInt8.self)) + page.values.lowerBound
        let end = start + page.values.count
        let file = conversion.widths.file
        switch (page.encoding, physical) {
        case (.plain, .boolean): source = .bits(start, next: 0, count: page.values.count * 8)
        case (.plain, _): source = .plain(bytes, count: page.values.count / file)
        case (.rle, .boolean):
            guard page.values.count >= 4 else { throw Self.tooFew }
            let length = Int(UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)))
            guard length <= page.values.count - 4 else { throw Self.tooFew }
            source = .runs(HybridDecoder(start + 4, start + 4 + length, width: 1))
        case (.plainDictionary, _), (.rleDictionary, _): source = .dictionary(try Self.numbers(page))
        case (.deltaBinaryPacked, .int32), (.deltaBinaryPacked, .int64):
            guard let decoder = DeltaDecoder(start, end) else { throw .damaged("differences without their header") }
            source = physical == .int32 ? .delta32(decoder) : .delta64(decoder)
        case (.byteStreamSplit, .int32), (.byteStreamSplit, .int64), (.byteStreamSplit, .float),
            (.byteStreamSplit, .double):
            source = .streams(bytes, next: 0, count: page.values.count / file)
        default: throw Self.unknown(page.encoding, "values of type \(physical)")
        }
    }

    override func read(
        _ count: Int, present: Int, levels: UnsafePointer<UInt8>?, maximum: UInt8
    ) throws(ParquetError) {
        let needed = (slots + count) * width
        if needed > values.capacity { values = Buffer.grown(values, used: slots * width, needed: needed) }
        let out = values.address + slots * width
        try decode(present, into: out)
        if let levels, present < count {
            Spread.spread(out, width: width, count, present: present, levels, maximum)
        }
        slots += count
    }

    private func convert(_ from: UnsafeRawPointer, _ count: Int, _ out: UnsafeMutableRawPointer) throws(ParquetError) {
        guard conversion.convert(from, count: count, into: out) else { throw Self.outOfRange }
    }

    private func decode(_ count: Int, into out: UnsafeMutableRawPointer) throws(ParquetError) {
        guard count > 0 else { return }
        let file = conversion.widths.file
        switch source {
        case .none: throw Self.tooFew
        case .plain(let from, let left):
            guard count <= left else { throw Self.tooFew }
            try convert(from, count, out)
            source = .plain(from + count * file, count: left - count)
        case .dictionary(var decoder):
            let numbers = scratch.room(count, of: UInt32.self)
            guard decoder.decode(into: numbers, count: count) else { throw Self.tooFew }
            source = .dictionary(decoder)
            guard let dictionary, Spread.areBelow(dictionary.count, numbers, count) else {
                throw .damaged("a number that the dictionary doesn't have")
            }
            Spread.gather(dictionary.values, width: width, numbers, count, into: out)
        case .delta32(var decoder):
            let numbers = scratch.room(count, of: Int32.self)
            guard decoder.decode(into: numbers, count: count) else { throw Self.tooFew }
            source = .delta32(decoder)
            try convert(numbers, count, out)
        case .delta64(var decoder):
            let numbers = scratch.room(count, of: Int64.self)
            guard decoder.decode(into: numbers, count: count) else { throw Self.tooFew }
            source = .delta64(decoder)
            try convert(numbers, count, out)
        case .streams(let from, let next, let total):
            guard count <= total - next else { throw Self.tooFew }
            let joined = scratch.room(count * file)
            ByteStreams.join(from + next, stride: total, width: file, count, into: joined)
            source = .streams(from, next: next + count, count: total)
            try convert(joined, count, out)
        case .bits(let from, let next, let total):
            guard count <= total - next else { throw Self.tooFew }
            let bytes = out.assumingMemoryBound(to: UInt8.self)
            for index in 0..<count { bytes[index] = Bitmap.get(from, next &+ index) ? 1 : 0 }
            source = .bits(from, next: next + count, count: total)
        case .runs(var decoder):
            guard decoder.decode(into: out.assumingMemoryBound(to: UInt8.self), count: count) else {
                throw Self.tooFew
            }
            source = .runs(decoder)
        }
    }

    override func take(_ validity: Validity) throws(ParquetError) -> ColumnVector? {
        let count = slots
        var taken = values
        values = Buffer(capacity: 0)
        slots = 0
        if physical == .boolean {
            let bytes = taken.pointer(as: UInt8.self)
            taken = Bitmap.filled(count: count) { out, _ in Bitmap.pack(count, into: out) { bytes[$0] != 0 } }
        }
        return ColumnVector(
            type: type, count: count, validity: validity.bits, nullCount: validity.nullCount, values: taken)
    }
}

/// Values whose first bytes lie together, and their second ones.
enum ByteStreams {
    /// Puts the bytes of `count` values together; those of one place lie `stride` bytes behind those before.
    static func join(
        _ from: UnsafeRawPointer, stride: Int, width: Int, _ count: Int, into out: UnsafeMutableRawPointer
    ) {
        let bytes = out.assumingMemoryBound(to: UInt8.self)
        for place in 0..<width {
            let stream = (from + place &* stride).assumingMemoryBound(to: UInt8.self)
            for index in 0..<count { bytes[index &* width &+ place] = stream[index] }
        }
    }
}

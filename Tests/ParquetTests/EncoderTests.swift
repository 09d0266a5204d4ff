// What the encoders write is read by the plainest readers that there can be.

import Columns
import TestSupport
import Testing

@testable import Parquet

@Suite("Encoders of Parquet")
struct EncoderTests {
    @Test("write numbers as runs and packed, of every width")
    func hybrid() {
        var random = SeededRandom(1)
        for width in 0...24 {
            for count in [0, 1, 7, 8, 9, 64, 1000] {
                // Long runs, short runs and none.
                var numbers: [UInt32] = []
                while numbers.count < count {
                    let number = UInt32(random.next() & ((1 << UInt64(width)) - 1))
                    numbers += [UInt32](repeating: number, count: random.below(4) == 0 ? random.below(40) : 1)
                }
                numbers.removeLast(numbers.count - count)
                var out = PageBytes()
                numbers.withUnsafeBufferPointer { numbers in
                    guard let start = numbers.baseAddress else { return }
                    HybridEncoder.encode(start, count: count, width: width, into: &out)
                }
                var reader = PlainReader(out.bytes)
                #expect(reader.hybrid(count: count, width: width) == numbers.map { UInt64($0) })
                #expect(reader.isAtEnd)
            }
        }
    }

    @Test("write a run in a few bytes")
    func longRun() {
        var out = PageBytes()
        let levels = [UInt8](repeating: 1, count: 100_000)
        levels.withUnsafeBufferPointer { levels in
            guard let start = levels.baseAddress else { return }
            HybridEncoder.encode(start, count: 100_000, width: 1, into: &out)
        }
        #expect(out.count == 4)
    }

    @Test("write integers as differences, whatever they are")
    func differences() {
        var random = SeededRandom(2)
        for count in [0, 1, 2, 31, 32, 33, 128, 129, 130, 1000] {
            for bits in [0, 1, 8, 33, 63, 64] {
                let mask = bits == 64 ? ~0 : (UInt64(1) << UInt64(bits)) - 1
                let longs = (0..<count).map { _ in Int64(bitPattern: random.next() & mask) }
                #expect(decoded(longs) == longs)
                let integers = longs.map { Int32(truncatingIfNeeded: $0) }
                #expect(decoded(integers) == integers.map { Int64($0) })
            }
        }
    }

    private func decoded<Number: FixedWidthInteger & SignedInteger & BitwiseCopyable>(_ numbers: [Number]) -> [Int64]
    where Number.Magnitude: BitwiseCopyable {
        var out = PageBytes()
        numbers.withUnsafeBufferPointer { numbers in
            guard let start = numbers.baseAddress else { return }
            DeltaEncoder.encode(start, count: numbers.count, into: &out)
        }
        guard !numbers.isEmpty else { return [] }
        var reader = PlainReader(out.bytes)
        let read = reader.differences()
        #expect(reader.isAtEnd)
        return Number.bitWidth == 32 ? read.map { Int64(Int32(truncatingIfNeeded: $0)) } : read
    }

    @Test("write texts as what differs from the one before")
    func prefixes() {
        let texts = ["", "a", "axis", "axle", "axle", "b", "babble", "babyhood", ""].map { Array($0.utf8) }
        var plain = PageBytes()
        var out = PageBytes()
        for text in texts {
            plain.append(word: UInt32(text.count))
            text.withUnsafeBytes { plain.append($0) }
        }
        DeltaEncoder.encode(plain.bytes, count: texts.count, fixedLength: nil, into: &out)
        var reader = PlainReader(out.bytes)
        let (shared, lengths) = (reader.differences(), reader.differences())
        #expect(shared == [0, 0, 1, 2, 4, 0, 1, 3, 0])
        var read: [[UInt8]] = []
        for (common, length) in zip(shared, lengths) {
            read.append(Array((read.last ?? []).prefix(Int(common))) + reader.bytes(Int(length)))
        }
        #expect(read == texts)
        #expect(reader.isAtEnd)
    }

    @Test("give equal values one number, NaN and both zeros apart by their bits")
    func dictionary() {
        var random = SeededRandom(3)
        let values = (0..<20_000).map { _ in random.next() % 3000 }
        var dictionary = FixedDictionary<UInt64>()
        var numbers = PageBytes()
        for start in stride(from: 0, to: values.count, by: 1000) {
            values.withUnsafeBufferPointer { values in
                guard let base = values.baseAddress else { return }
                dictionary.encode(base + start, count: 1000, into: &numbers)
            }
        }
        #expect(dictionary.count == Set(values).count)
        let (places, known) = (numbers.pointer(as: UInt32.self), dictionary.values.pointer(as: UInt64.self))
        #expect(values.indices.allSatisfy { known[Int(places[$0])] == values[$0] })
    }

    @Test("give equal texts one number")
    func textDictionary() {
        var random = SeededRandom(4)
        let texts = (0..<8000).map { _ in String(repeating: "x", count: random.below(40)) + String(random.below(90)) }
        var dictionary = BytesDictionary(writesLengths: true)
        var numbers = PageBytes()
        var plain = PageBytes()
        let column = strings(texts, .view)
        for start in stride(from: 0, to: texts.count, by: 1000) {
            dictionary.encode(
                StagedRuns(column, PickedRows(rows: nil, start: start, count: 1000)), into: &numbers)
        }
        #expect(dictionary.count == Set(texts).count)
        dictionary.decode(UnsafePointer(numbers.pointer(as: UInt32.self)), count: texts.count, into: &plain)
        var reader = PlainReader(plain.bytes)
        #expect(texts.allSatisfy { Array($0.utf8) == reader.bytes(Int(reader.word())) })
    }

    @Test("cut bounds so that they still are some")
    func cutting() {
        #expect(RunCutting.bytesAfter([1, 2, 0xFF]) == [1, 3])
        #expect(RunCutting.bytesAfter([0xFF, 0xFF]) == nil)
        #expect(RunCutting.textAfter(Array("ab".utf8)) == Array("ac".utf8))
        #expect(RunCutting.textAfter(Array("a\u{10FFFF}".utf8)) == Array("b".utf8))
        #expect(RunCutting.textAfter(Array("a\u{D7FF}".utf8)) == Array("a\u{E000}".utf8))
        #expect(RunCutting.textAfter(Array("\u{10FFFF}".utf8)) == nil)
        // Bytes that are no characters: a bound made of characters would be below them.
        #expect(RunCutting.textAfter([0x61, 0xFF, 0x62]) == [0x61, 0xFF, 0x63])
        // The last character lost its end.
        #expect(RunCutting.wholeCharacters(Array("aé".utf8).dropLast()) == Array("a".utf8))
        #expect(RunCutting.wholeCharacters(Array("aé".utf8)) == Array("aé".utf8))
    }
}

/// Reads encodings byte by byte.
struct PlainReader {
    private let all: [UInt8]
    private var place = 0
    var isAtEnd: Bool { place == all.count }

    init(_ bytes: UnsafeRawBufferPointer) { all = Array(bytes) }

    mutating func byte() -> UInt8 {
        defer { place += 1 }
        return place < all.count ? all[place] : 0
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in byte() } }

    mutating func word() -> UInt32 { bytes(4).reversed().reduce(0) { $0 << 8 | UInt32($1) } }

    mutating func varint() -> UInt64 {
        var (number, shift): (UInt64, UInt64) = (0, 0)
        while true {
            let byte = byte()
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return number }
            shift += 7
        }
    }

    mutating func zigzag() -> Int64 {
        let number = varint()
        return Int64(bitPattern: number >> 1) ^ -Int64(number & 1)
    }

    /// Numbers of `width` bits, the first in the lowest bits.
    mutating func packed(count: Int, width: Int) -> [UInt64] {
        let bytes = bytes((count * width + 7) / 8)
        return (0..<count).map { index in
            (0..<width).reduce(UInt64(0)) { number, bit in
                let place = index * width + bit
                return number | UInt64(bytes[place / 8] >> UInt8(place % 8) & 1) << UInt64(bit)
            }
        }
    }

    mutating func hybrid(count: Int, width: Int) -> [UInt64] {
        var numbers: [UInt64] = []
        while numbers.count < count {
            let header = varint()
            if header & 1 == 1 {
                numbers += packed(count: Int(header >> 1) * 8, width: width)
            } else {
                let number = bytes((width + 7) / 8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                numbers += [UInt64](repeating: number, count: Int(header >> 1))
            }
        }
        return Array(numbers.prefix(count))
    }

    mutating func differences() -> [Int64] {
        let (block, miniblocks, count) = (Int(varint()), Int(varint()), Int(varint()))
        let length = block / miniblocks
        var numbers = [zigzag()]
        while numbers.count < count {
            let least = zigzag()
            let widths = bytes(miniblocks)
            for width in widths where numbers.count < count {
                for difference in packed(count: length, width: Int(width)) {
                    numbers.append((numbers.last ?? 0) &+ least &+ Int64(bitPattern: difference))
                }
                numbers.removeLast(max(0, numbers.count - count))
            }
        }
        return numbers
    }
}

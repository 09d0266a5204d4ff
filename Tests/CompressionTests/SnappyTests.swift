// Blocks of Snappy, sound and damaged, beside a reader that copies byte by byte.

import TestSupport
import Testing

@testable import Compression

@Suite("Blocks of Snappy")
struct SnappyTests {
    /// What a block holds, or `nil` where it is none: the format's description, word for word.
    private func model(_ block: [UInt8]) -> [UInt8]? {
        var place = 0
        func number(_ width: Int) -> Int? {
            guard width <= block.count - place else { return nil }
            defer { place += width }
            return block[place..<(place + width)].reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        var length = 0
        for shift in stride(from: 0, to: 35, by: 7) {
            guard let byte = number(1) else { return nil }
            length |= (byte & 0x7F) << shift
            if byte < 0x80 { break }
            if shift == 28 { return nil }
        }
        guard length <= Int(UInt32.max) else { return nil }
        var bytes: [UInt8] = []
        while place < block.count {
            guard let tag = number(1) else { return nil }
            if tag & 3 == 0 {
                guard let long = number(max(0, tag >> 2 - 59)) else { return nil }
                let count = (tag >> 2 < 60 ? tag >> 2 : long) + 1
                guard count <= block.count - place, count <= length - bytes.count else { return nil }
                bytes += block[place..<(place + count)]
                place += count
                continue
            }
            guard let low = number([0, 1, 2, 4][tag & 3]) else { return nil }
            let count = tag & 3 == 1 ? (tag >> 2) & 7 + 4 : tag >> 2 + 1
            let distance = tag & 3 == 1 ? (tag >> 5) << 8 | low : low
            guard distance > 0, distance <= bytes.count, count <= length - bytes.count else { return nil }
            for _ in 0..<count { bytes.append(bytes[bytes.count - distance]) }
        }
        return bytes.count == length ? bytes : nil
    }

    /// A block of elements of all kinds, one of which may be wrong.
    private func block(_ random: inout SeededRandom, elements: Int, isSound: Bool) -> [UInt8] {
        var (block, length) = ([UInt8](), 0)
        func append(_ number: Int, _ width: Int) {
            for index in 0..<width { block.append(UInt8(truncatingIfNeeded: number >> (8 * index))) }
        }
        for _ in 0..<elements {
            let kind = length == 0 ? 0 : random.below(4)
            if kind == 0 {
                let count = 1 + random.below([4, 20, 60, 70, 300][random.below(5)])
                // A long form of a short length is sound, too.
                let width = count <= 60 && random.below(4) > 0 ? 0 : (count > 256 ? 2 : 1) + random.below(3)
                block.append(UInt8((width == 0 ? count - 1 : 59 + width) << 2))
                append(count - 1, width)
                for _ in 0..<count { block.append(UInt8(random.below(256))) }
                length += count
                continue
            }
            let farthest = kind == 1 ? min(length, 2047) : min(length, 65535)
            let distance = 1 + random.below(random.below(2) == 0 ? min(20, farthest) : farthest)
            let count = kind == 1 ? 4 + random.below(8) : 1 + random.below(64)
            if kind == 1 {
                block.append(UInt8((distance >> 8) << 5 | (count - 4) << 2 | 1))
                append(distance, 1)
            } else {
                block.append(UInt8((count - 1) << 2 | kind))
                append(distance, kind == 2 ? 2 : 4)
            }
            length += count
        }
        if !isSound { length = max(0, length + random.below(3) - 1) }
        var start: [UInt8] = []
        repeat {
            start.append(UInt8(length & 0x7F | (length > 0x7F ? 0x80 : 0)))
            length >>= 7
        } while length > 0
        var whole = start + block
        if !isSound, random.below(3) > 0 { whole[random.below(whole.count)] ^= UInt8(1 << random.below(8)) }
        if !isSound, random.below(4) == 0 { whole.removeLast(random.below(whole.count)) }
        return whole
    }

    /// Behind memory of exactly its size.
    private func read(_ block: [UInt8], count: Int) -> [UInt8]? {
        let target = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
        defer { target.deallocate() }
        let isWhole = block.withUnsafeBytes { source in
            (try? Decompressor().decompress(source, into: target, .snappy)) != nil
        }
        return isWhole ? Array(target) : nil
    }

    @Test("hold what the format says, or nothing", arguments: [1, 2, 3, 4])
    func elements(seed: UInt64) {
        var random = SeededRandom(seed)
        var sound = 0
        for round in 0..<3000 {
            let isSound = round % 2 == 0
            let block = block(&random, elements: 1 + random.below(60), isSound: isSound)
            let expected = model(block)
            sound += expected == nil ? 0 : 1
            #expect(expected != nil || !isSound, "seed \(seed), block \(block)")
            let said = block.withUnsafeBytes { SnappyBlock.length($0)?.bytes }
            guard let said, said < 1 << 20 else { continue }
            #expect(read(block, count: said) == expected, "seed \(seed), block \(block)")
        }
        #expect(sound >= 1500 && sound < 2900)
    }

    @Test("repeat from any distance and for any length")
    func repeats() {
        for distance in 1...70 {
            for count in 1...64 {
                let first = (0..<70).map { UInt8($0 + 100) }
                // In the middle, where much room follows, and at the end.
                for rest in [0, 200] {
                    let length = 70 + count + rest
                    var block = [UInt8(length & 0x7F | 0x80), UInt8(length >> 7), 60 << 2, 69] + first
                    block += [UInt8((count - 1) << 2 | 2), UInt8(distance), 0]
                    if rest > 0 { block += [60 << 2, 199] + [UInt8](repeating: 7, count: 200) }
                    let expected = model(block)
                    #expect(expected?.count == length)
                    #expect(read(block, count: length) == expected, "distance \(distance), count \(count)")
                }
            }
        }
    }

    @Test("that end within a length, or lie about it, are refused")
    func lengths() {
        #expect(read([], count: 1) == nil)
        #expect(read([0x80], count: 1) == nil)
        #expect(read([0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0, 1], count: 1) == nil)
        #expect(read([1, 0], count: 1) == nil)
        #expect(read([2, 0, 5], count: 2) == nil)
        #expect(read([1, 0, 5], count: 1) == [5])
        #expect(read([0], count: 0) == [])
    }
}

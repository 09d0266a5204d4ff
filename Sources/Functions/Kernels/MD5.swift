// The digest MD5, of eight messages at once.

import Columns

/// MD5, by RFC 1321. Each of its steps waits for the one before, so that eight messages, a lane of vectors each, take
/// hardly longer than one.
enum MD5 {
    fileprivate typealias Words = SIMD8<UInt32>
    private static let lanes = 8

    /// The digest of one message.
    static func digest(_ message: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        let words = Buffer.zeroed(capacity: 16 * MemoryLayout<Words>.stride)
        defer { withExtendedLifetime(words) {} }
        digests(words, lanes: 1) { _ in message }
        let found = words.pointer(as: UInt32.self)
        return (0..<16).map { UInt8(truncatingIfNeeded: found[$0 / 4 * lanes] >> UInt32($0 % 4 * 8)) }
    }

    /// The digest of each row in hexadecimal digits.
    ///
    /// - Throws: where they are too large for a column.
    static func texts(of column: ColumnVector) throws(KernelError) -> ColumnVector {
        let (runs, valid, count) = (Runs(column), column.validityBits, column.count)
        guard count <= Int(UInt32.max) / 32 else { throw .tooLarge("the texts") }
        var out = BytesBuilder(type: .string, capacity: count, byteCapacity: count * 32)
        let words = Buffer.zeroed(capacity: 16 * MemoryLayout<Words>.stride)
        let found = words.pointer(as: UInt32.self)
        defer { withExtendedLifetime(words) {} }
        for first in stride(from: 0, to: count, by: lanes) {
            let used = min(lanes, count &- first)
            // What is NULL takes part as an empty message.
            digests(words, lanes: used) { lane in
                let row = first &+ lane
                return UnsafeBufferPointer(
                    start: runs.address(row), count: Loops.isValid(valid, row) ? runs.length(row) : 0)
            }
            for lane in 0..<used {
                guard Loops.isValid(valid, first &+ lane) else {
                    out.appendNull()
                    continue
                }
                for word in 0..<4 { out.putHexadecimal(found[word &* lanes &+ lane]) }
                out.endValue()
            }
        }
        return out.finish()
    }

    /// Leaves the four words of each digest in `words`, which holds a block of each message before: word by word, and
    /// of each word lane by lane.
    @inline(__always)
    private static func digests(
        _ words: Buffer, lanes used: Int, _ message: (Int) -> UnsafeBufferPointer<UInt8>
    ) {
        let block = words.pointer(as: Words.self)
        var state = State()
        var blocks = 1
        for lane in 0..<used { blocks = max(blocks, blockCount(message(lane))) }
        for number in 0..<blocks {
            // All bits, in the lanes whose messages go on.
            var goesOn = Words()
            for lane in 0..<used where number < blockCount(message(lane)) {
                fill(words.pointer(as: UInt32.self) + lane, message(lane), number)
                goesOn[lane] = .max
            }
            state.add(block, goesOn)
        }
        (block[0], block[1], block[2], block[3]) = (state.a, state.b, state.c, state.d)
    }

    /// Blocks of 64 bytes: the message, a bit, zeros, and the number of bits.
    @inline(__always)
    private static func blockCount(_ message: UnsafeBufferPointer<UInt8>) -> Int { (message.count &+ 8) / 64 &+ 1 }

    /// Writes a block of a message into its lane.
    @inline(__always)
    private static func fill(
        _ slots: UnsafeMutablePointer<UInt32>, _ message: UnsafeBufferPointer<UInt8>, _ number: Int
    ) {
        let start = number &* 64
        let rest = max(0, message.count &- start)
        let whole = min(16, rest / 4)
        if let bytes = message.baseAddress {
            let raw = UnsafeRawPointer(bytes) + start
            for word in 0..<whole {
                slots[word &* lanes] = raw.loadUnaligned(fromByteOffset: word &* 4, as: UInt32.self).littleEndian
            }
        }
        guard whole < 16 else { return }
        var last: UInt32 = 0
        // The bit stands right behind the message, unless a block before has had it.
        if message.count >= start {
            for place in (whole &* 4)..<rest {
                last |= UInt32(message[start &+ place]) &<< UInt32(truncatingIfNeeded: (place & 3) &* 8)
            }
            last |= 0x80 &<< UInt32(truncatingIfNeeded: (rest & 3) &* 8)
        }
        slots[whole &* lanes] = last
        for word in (whole &+ 1)..<16 { slots[word &* lanes] = 0 }
        if number == blockCount(message) &- 1 {
            let bits = UInt64(message.count) &* 8
            slots[14 &* lanes] = UInt32(truncatingIfNeeded: bits)
            slots[15 &* lanes] = UInt32(truncatingIfNeeded: bits &>> 32)
        }
    }

    // MARK: Steps

    /// The first 32 bits behind the point of |sin(1)|, |sin(2)| and so on.
    private static let sines: [UInt32] = [
        0xd76a_a478, 0xe8c7_b756, 0x2420_70db, 0xc1bd_ceee, 0xf57c_0faf, 0x4787_c62a, 0xa830_4613, 0xfd46_9501,
        0x6980_98d8, 0x8b44_f7af, 0xffff_5bb1, 0x895c_d7be, 0x6b90_1122, 0xfd98_7193, 0xa679_438e, 0x49b4_0821,
        0xf61e_2562, 0xc040_b340, 0x265e_5a51, 0xe9b6_c7aa, 0xd62f_105d, 0x0244_1453, 0xd8a1_e681, 0xe7d3_fbc8,
        0x21e1_cde6, 0xc337_07d6, 0xf4d5_0d87, 0x455a_14ed, 0xa9e3_e905, 0xfcef_a3f8, 0x676f_02d9, 0x8d2a_4c8a,
        0xfffa_3942, 0x8771_f681, 0x6d9d_6122, 0xfde5_380c, 0xa4be_ea44, 0x4bde_cfa9, 0xf6bb_4b60, 0xbebf_bc70,
        0x289b_7ec6, 0xeaa1_27fa, 0xd4ef_3085, 0x0488_1d05, 0xd9d4_d039, 0xe6db_99e5, 0x1fa2_7cf8, 0xc4ac_5665,
        0xf429_2244, 0x432a_ff97, 0xab94_23a7, 0xfc93_a039, 0x655b_59c3, 0x8f0c_cc92, 0xffef_f47d, 0x8584_5dd1,
        0x6fa8_7e4f, 0xfe2c_e6e0, 0xa301_4314, 0x4e08_11a1, 0xf753_7e82, 0xbd3a_f235, 0x2ad7_d2bb, 0xeb86_d391,
    ]

    /// What the blocks so far have made.
    private struct State {
        var a = Words(repeating: 0x6745_2301)
        var b = Words(repeating: 0xefcd_ab89)
        var c = Words(repeating: 0x98ba_dcfe)
        var d = Words(repeating: 0x1032_5476)

        @inline(__always)
        mutating func add(_ block: UnsafePointer<Words>, _ goesOn: Words) {
            let start = self
            MD5.sines.withUnsafeBufferPointer { sines in
                round(block, sines, 0, (7, 12, 17, 22), { $2 ^ ($0 & ($1 ^ $2)) }, { $0 })
                round(block, sines, 16, (5, 9, 14, 20), { $1 ^ ($2 & ($0 ^ $1)) }, { 5 &* $0 &+ 1 })
                round(block, sines, 32, (4, 11, 16, 23), { $0 ^ $1 ^ $2 }, { 3 &* $0 &+ 5 })
                round(block, sines, 48, (6, 10, 15, 21), { $1 ^ ($0 | ~$2) }, { 7 &* $0 })
            }
            a = start.a &+ (a & goesOn)
            b = start.b &+ (b & goesOn)
            c = start.c &+ (c & goesOn)
            d = start.d &+ (d & goesOn)
        }

        /// Sixteen steps, four at a time.
        @inline(__always)
        private mutating func round(
            _ block: UnsafePointer<Words>, _ sines: UnsafeBufferPointer<UInt32>, _ first: Int,
            _ shifts: (UInt32, UInt32, UInt32, UInt32), _ mix: (Words, Words, Words) -> Words, _ word: (Int) -> Int
        ) {
            @inline(__always)
            func step(_ number: Int, _ a: Words, _ b: Words, _ c: Words, _ d: Words, _ shift: UInt32) -> Words {
                let known = a &+ block[word(number) & 15] &+ Words(repeating: sines[first &+ number])
                let sum = known &+ mix(b, c, d)
                return b &+ (sum &<< Words(repeating: shift) | sum &>> Words(repeating: 32 &- shift))
            }
            for number in stride(from: 0, to: 16, by: 4) {
                a = step(number, a, b, c, d, shifts.0)
                d = step(number &+ 1, d, a, b, c, shifts.1)
                c = step(number &+ 2, c, d, a, b, shifts.2)
                b = step(number &+ 3, b, c, d, a, shifts.3)
            }
        }
    }
}

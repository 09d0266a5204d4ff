// Digests and checksums of bytes: MD5, SHA-1, SHA-2 and CRC-32.

/// A message in blocks, with the padding that MD5, SHA-1 and SHA-2 have in common.
private enum PaddedBlocks {
    /// Calls `body` with each block; the number of bits stands at the end, little- or big-endian.
    static func each(
        _ message: UnsafeBufferPointer<UInt8>, size: Int, isBigEndian: Bool, _ body: (UnsafePointer<UInt8>) -> Void
    ) {
        let whole = message.count / size * size
        if let start = message.baseAddress {
            for place in stride(from: 0, to: whole, by: size) { body(start + place) }
        }
        var rest = Array(message[whole...])
        rest.append(0x80)
        let lengthBytes = size / 8
        while rest.count % size != size - lengthBytes { rest.append(0) }
        let bits = UInt64(message.count) &* 8
        rest += [UInt8](repeating: 0, count: lengthBytes - 8)
        for byte in 0..<8 {
            rest.append(UInt8(truncatingIfNeeded: bits >> UInt64(isBigEndian ? 56 - 8 * byte : 8 * byte)))
        }
        if !isBigEndian, lengthBytes > 8 { preconditionFailure("lengths of 16 bytes are big-endian") }
        rest.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            for place in stride(from: 0, to: buffer.count, by: size) { body(start + place) }
        }
    }

    @inline(__always)
    static func bigEndian<T: FixedWidthInteger & BitwiseCopyable>(_ block: UnsafePointer<UInt8>, _ word: Int) -> T {
        T(bigEndian: UnsafeRawPointer(block).loadUnaligned(fromByteOffset: word * MemoryLayout<T>.size, as: T.self))
    }

    static func bytes<T: FixedWidthInteger>(_ words: [T]) -> [UInt8] {
        words.flatMap { word in
            (0..<(T.bitWidth / 8)).map { UInt8(truncatingIfNeeded: word >> T(T.bitWidth - 8 - 8 * $0)) }
        }
    }
}

/// MD5, by RFC 1321.
enum MD5 {
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

    static func digest(_ message: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        Array(unsafeUninitializedCapacity: 16) { out, count in
            count = 16
            guard let start = out.baseAddress else { return }
            digest(message, into: start)
        }
    }

    /// The same as 16 bytes at a place, without memory of its own.
    static func digest(_ message: UnsafeBufferPointer<UInt8>, into out: UnsafeMutablePointer<UInt8>) {
        var state = State()
        let whole = message.count / 64 * 64
        if let start = message.baseAddress {
            for place in stride(from: 0, to: whole, by: 64) { state.add(start + place) }
        }
        // The rest, a bit, zeros, and the number of bits: one block, or two.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 128) { tail in
            guard let block = tail.baseAddress else { return }
            tail.initialize(repeating: 0)
            let rest = message.count - whole
            for place in 0..<rest { block[place] = message[whole + place] }
            block[rest] = 0x80
            let size = rest < 56 ? 64 : 128
            UnsafeMutableRawPointer(block + size - 8).storeBytes(
                of: (UInt64(message.count) &* 8).littleEndian, as: UInt64.self)
            state.add(block)
            if size == 128 { state.add(block + 64) }
        }
        let raw = UnsafeMutableRawPointer(out)
        raw.storeBytes(of: state.a.littleEndian, as: UInt32.self)
        raw.storeBytes(of: state.b.littleEndian, toByteOffset: 4, as: UInt32.self)
        raw.storeBytes(of: state.c.littleEndian, toByteOffset: 8, as: UInt32.self)
        raw.storeBytes(of: state.d.littleEndian, toByteOffset: 12, as: UInt32.self)
    }

    /// What the blocks so far have made.
    private struct State {
        var a: UInt32 = 0x6745_2301
        var b: UInt32 = 0xefcd_ab89
        var c: UInt32 = 0x98ba_dcfe
        var d: UInt32 = 0x1032_5476

        mutating func add(_ block: UnsafePointer<UInt8>) {
            let start = self
            MD5.sines.withUnsafeBufferPointer { sines in
                round(block, sines, 0, (7, 12, 17, 22), { $0 & $1 | ~$0 & $2 }, { $0 })
                round(block, sines, 16, (5, 9, 14, 20), { $2 & $0 | ~$2 & $1 }, { 5 &* $0 &+ 1 })
                round(block, sines, 32, (4, 11, 16, 23), { $0 ^ $1 ^ $2 }, { 3 &* $0 &+ 5 })
                round(block, sines, 48, (6, 10, 15, 21), { $1 ^ ($0 | ~$2) }, { 7 &* $0 })
            }
            a &+= start.a
            b &+= start.b
            c &+= start.c
            d &+= start.d
        }

        /// Sixteen steps, four at a time.
        @inline(__always)
        private mutating func round(
            _ block: UnsafePointer<UInt8>, _ sines: UnsafeBufferPointer<UInt32>, _ first: Int,
            _ shifts: (UInt32, UInt32, UInt32, UInt32), _ mix: (UInt32, UInt32, UInt32) -> UInt32, _ word: (Int) -> Int
        ) {
            @inline(__always)
            func step(_ number: Int, _ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32, _ shift: UInt32) -> UInt32 {
                let place = (word(number) & 15) &* 4
                let value = UnsafeRawPointer(block).loadUnaligned(fromByteOffset: place, as: UInt32.self).littleEndian
                let sum = a &+ mix(b, c, d) &+ sines[first &+ number] &+ value
                return b &+ (sum &<< shift | sum &>> (32 &- shift))
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

/// SHA-1, by FIPS 180-4.
enum SHA1 {
    static func digest(_ message: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var state: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]
        var words = [UInt32](repeating: 0, count: 80)
        PaddedBlocks.each(message, size: 64, isBigEndian: true) { block in
            for step in 0..<16 { words[step] = PaddedBlocks.bigEndian(block, step) }
            for step in 16..<80 {
                words[step] = rotated(words[step - 3] ^ words[step - 8] ^ words[step - 14] ^ words[step - 16], 1)
            }
            var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
            for step in 0..<80 {
                let (mixed, constant): (UInt32, UInt32) =
                    switch step / 20 {
                    case 0: (b & c | ~b & d, 0x5a82_7999)
                    case 1: (b ^ c ^ d, 0x6ed9_eba1)
                    case 2: (b & c | b & d | c & d, 0x8f1b_bcdc)
                    default: (b ^ c ^ d, 0xca62_c1d6)
                    }
                let next = rotated(a, 5) &+ mixed &+ e &+ constant &+ words[step]
                (e, d, c, b, a) = (d, c, rotated(b, 30), a, next)
            }
            for (place, word) in [a, b, c, d, e].enumerated() { state[place] &+= word }
        }
        return PaddedBlocks.bytes(state)
    }

    private static func rotated(_ word: UInt32, _ bits: UInt32) -> UInt32 { word << bits | word >> (32 - bits) }
}

/// SHA-2, by FIPS 180-4.
enum SHA2 {
    /// The digest of 224, 256, 384 or 512 bits; 0 stands for 256, and others are none.
    static func digest(_ message: UnsafeBufferPointer<UInt8>, bits: Int) -> [UInt8]? {
        switch bits {
        case 224: Array(digest(message, SHA256Words.start224).prefix(28))
        case 0, 256: digest(message, SHA256Words.start)
        case 384: Array(digest(message, SHA512Words.start384).prefix(48))
        case 512: digest(message, SHA512Words.start)
        default: nil
        }
    }

    private static func digest<Words: SHA2Words>(
        _ message: UnsafeBufferPointer<UInt8>, _ start: Words
    ) -> [UInt8] {
        var state = start.words
        let rounds = Words.constants.count
        var words = [Words.Word](repeating: 0, count: rounds)
        PaddedBlocks.each(message, size: 16 * Words.Word.bitWidth / 8, isBigEndian: true) { block in
            for step in 0..<16 { words[step] = PaddedBlocks.bigEndian(block, step) }
            for step in 16..<rounds {
                let low = Words.schedule(words[step - 15], Words.lowSchedule)
                let high = Words.schedule(words[step - 2], Words.highSchedule)
                words[step] = words[step - 16] &+ low &+ words[step - 7] &+ high
            }
            var now = state
            for step in 0..<rounds {
                let (a, e) = (now[0], now[4])
                let choice = e & now[5] ^ ~e & now[6]
                let first = now[7] &+ Words.sum(e, Words.highSum) &+ choice &+ Words.constants[step] &+ words[step]
                let majority = a & now[1] ^ a & now[2] ^ now[1] & now[2]
                let second = Words.sum(a, Words.lowSum) &+ majority
                for place in (1..<8).reversed() { now[place] = now[place - 1] }
                now[4] = now[4] &+ first
                now[0] = first &+ second
            }
            for place in 0..<8 { state[place] &+= now[place] }
        }
        return PaddedBlocks.bytes(state)
    }
}

/// What the variants of SHA-2 with words of 32 and of 64 bits differ in.
private protocol SHA2Words {
    associatedtype Word: FixedWidthInteger & BitwiseCopyable & UnsignedInteger
    var words: [Word] { get }
    static var constants: [Word] { get }
    static var lowSum: [Word] { get }
    static var highSum: [Word] { get }
    /// Two rotations and a shift.
    static var lowSchedule: [Word] { get }
    static var highSchedule: [Word] { get }
}

extension SHA2Words {
    static func rotated(_ word: Word, _ bits: Word) -> Word { word >> bits | word << (Word(Word.bitWidth) - bits) }

    static func sum(_ word: Word, _ bits: [Word]) -> Word {
        rotated(word, bits[0]) ^ rotated(word, bits[1]) ^ rotated(word, bits[2])
    }

    static func schedule(_ word: Word, _ bits: [Word]) -> Word {
        rotated(word, bits[0]) ^ rotated(word, bits[1]) ^ word >> bits[2]
    }
}

private struct SHA256Words: SHA2Words {
    let words: [UInt32]

    /// The fractions of the roots of the first primes, of which SHA-512's constants have more bits.
    static let constants: [UInt32] = SHA512Words.constants.prefix(64).map { UInt32(truncatingIfNeeded: $0 >> 32) }
    static let lowSum: [UInt32] = [2, 13, 22]
    static let highSum: [UInt32] = [6, 11, 25]
    static let lowSchedule: [UInt32] = [7, 18, 3]
    static let highSchedule: [UInt32] = [17, 19, 10]

    static let start = SHA256Words(words: SHA512Words.start.words.map { UInt32(truncatingIfNeeded: $0 >> 32) })
    static let start224 = SHA256Words(words: SHA512Words.start384.words.map { UInt32(truncatingIfNeeded: $0) })
}

private struct SHA512Words: SHA2Words {
    let words: [UInt64]

    static let lowSum: [UInt64] = [28, 34, 39]
    static let highSum: [UInt64] = [14, 18, 41]
    static let lowSchedule: [UInt64] = [1, 8, 7]
    static let highSchedule: [UInt64] = [19, 61, 6]

    static let start = SHA512Words(words: [
        0x6a09_e667_f3bc_c908, 0xbb67_ae85_84ca_a73b, 0x3c6e_f372_fe94_f82b, 0xa54f_f53a_5f1d_36f1,
        0x510e_527f_ade6_82d1, 0x9b05_688c_2b3e_6c1f, 0x1f83_d9ab_fb41_bd6b, 0x5be0_cd19_137e_2179,
    ])
    static let start384 = SHA512Words(words: [
        0xcbbb_9d5d_c105_9ed8, 0x629a_292a_367c_d507, 0x9159_015a_3070_dd17, 0x152f_ecd8_f70e_5939,
        0x6733_2667_ffc0_0b31, 0x8eb4_4a87_6858_1511, 0xdb0c_2e0d_64f9_8fa7, 0x47b5_481d_befa_4fa4,
    ])
    /// The fractions of the cube roots of the first 80 primes.
    static let constants: [UInt64] = [
        0x428a_2f98_d728_ae22, 0x7137_4491_23ef_65cd, 0xb5c0_fbcf_ec4d_3b2f, 0xe9b5_dba5_8189_dbbc,
        0x3956_c25b_f348_b538, 0x59f1_11f1_b605_d019, 0x923f_82a4_af19_4f9b, 0xab1c_5ed5_da6d_8118,
        0xd807_aa98_a303_0242, 0x1283_5b01_4570_6fbe, 0x2431_85be_4ee4_b28c, 0x550c_7dc3_d5ff_b4e2,
        0x72be_5d74_f27b_896f, 0x80de_b1fe_3b16_96b1, 0x9bdc_06a7_25c7_1235, 0xc19b_f174_cf69_2694,
        0xe49b_69c1_9ef1_4ad2, 0xefbe_4786_384f_25e3, 0x0fc1_9dc6_8b8c_d5b5, 0x240c_a1cc_77ac_9c65,
        0x2de9_2c6f_592b_0275, 0x4a74_84aa_6ea6_e483, 0x5cb0_a9dc_bd41_fbd4, 0x76f9_88da_8311_53b5,
        0x983e_5152_ee66_dfab, 0xa831_c66d_2db4_3210, 0xb003_27c8_98fb_213f, 0xbf59_7fc7_beef_0ee4,
        0xc6e0_0bf3_3da8_8fc2, 0xd5a7_9147_930a_a725, 0x06ca_6351_e003_826f, 0x1429_2967_0a0e_6e70,
        0x27b7_0a85_46d2_2ffc, 0x2e1b_2138_5c26_c926, 0x4d2c_6dfc_5ac4_2aed, 0x5338_0d13_9d95_b3df,
        0x650a_7354_8baf_63de, 0x766a_0abb_3c77_b2a8, 0x81c2_c92e_47ed_aee6, 0x9272_2c85_1482_353b,
        0xa2bf_e8a1_4cf1_0364, 0xa81a_664b_bc42_3001, 0xc24b_8b70_d0f8_9791, 0xc76c_51a3_0654_be30,
        0xd192_e819_d6ef_5218, 0xd699_0624_5565_a910, 0xf40e_3585_5771_202a, 0x106a_a070_32bb_d1b8,
        0x19a4_c116_b8d2_d0c8, 0x1e37_6c08_5141_ab53, 0x2748_774c_df8e_eb99, 0x34b0_bcb5_e19b_48a8,
        0x391c_0cb3_c5c9_5a63, 0x4ed8_aa4a_e341_8acb, 0x5b9c_ca4f_7763_e373, 0x682e_6ff3_d6b2_b8a3,
        0x748f_82ee_5def_b2fc, 0x78a5_636f_4317_2f60, 0x84c8_7814_a1f0_ab72, 0x8cc7_0208_1a64_39ec,
        0x90be_fffa_2363_1e28, 0xa450_6ceb_de82_bde9, 0xbef9_a3f7_b2c6_7915, 0xc671_78f2_e372_532b,
        0xca27_3ece_ea26_619c, 0xd186_b8c7_21c0_c207, 0xeada_7dd6_cde0_eb1e, 0xf57d_4f7f_ee6e_d178,
        0x06f0_67aa_7217_6fba, 0x0a63_7dc5_a2c8_98a6, 0x113f_9804_bef9_0dae, 0x1b71_0b35_131c_471b,
        0x28db_77f5_2304_7d84, 0x32ca_ab7b_40c7_2493, 0x3c9e_be0a_15c9_bebc, 0x431d_67c4_9c10_0d4c,
        0x4cc5_d4be_cb3e_42b6, 0x597f_299c_fc65_7e2a, 0x5fcb_6fab_3ad6_faec, 0x6c44_198c_4a47_5817,
    ]
}

/// CRC-32, as zlib and Java have it.
enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1 }
    }

    static func checksum(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
        ~bytes.reduce(~0 as UInt32) { sum, byte in
            table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ sum >> 8
        }
    }
}

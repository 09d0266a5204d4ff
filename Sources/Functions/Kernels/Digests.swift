// Digests and checksums of bytes: SHA-1, SHA-2 and CRC-32.

/// A message in blocks of 16 words, with the padding that SHA-1 and SHA-2 have in common.
private enum PaddedBlocks {
    /// Calls `body` with each block; behind the message stand a bit, zeros, and the number of bits in two words.
    @inline(__always)
    static func each<Word: FixedWidthInteger>(
        _ message: UnsafeBufferPointer<UInt8>, of _: Word.Type, _ body: (UnsafePointer<UInt8>) -> Void
    ) {
        let size = 16 * MemoryLayout<Word>.size
        let whole = message.count / size * size
        if let start = message.baseAddress {
            for place in stride(from: 0, to: whole, by: size) { body(start + place) }
        }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 2 * size) { tail in
            guard let block = tail.baseAddress else { return }
            tail.initialize(repeating: 0)
            let rest = message.count - whole
            for place in 0..<rest { block[place] = message[whole + place] }
            block[rest] = 0x80
            let end = rest + 1 + size / 8 <= size ? size : 2 * size
            UnsafeMutableRawPointer(block + end - 8).storeBytes(
                of: (UInt64(message.count) &* 8).bigEndian, as: UInt64.self)
            for place in stride(from: 0, to: end, by: size) { body(block + place) }
        }
    }

    @inline(__always)
    static func word<Word: FixedWidthInteger & BitwiseCopyable>(
        _ block: UnsafePointer<UInt8>, _ place: Int, _: Word.Type
    ) -> Word {
        Word(
            bigEndian: UnsafeRawPointer(block).loadUnaligned(
                fromByteOffset: place &* MemoryLayout<Word>.size, as: Word.self))
    }
}

/// SHA-1, by FIPS 180-4.
enum SHA1 {
    static let byteCount = 20

    static func digest(_ message: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        Array(unsafeUninitializedCapacity: byteCount) { out, count in
            if let start = out.baseAddress { digest(message, into: start) }
            count = byteCount
        }
    }

    /// The same as 20 bytes at a place.
    static func digest(_ message: UnsafeBufferPointer<UInt8>, into out: UnsafeMutablePointer<UInt8>) {
        var state = State()
        PaddedBlocks.each(message, of: UInt32.self) { state.add($0) }
        let raw = UnsafeMutableRawPointer(out)
        for (place, word) in [state.a, state.b, state.c, state.d, state.e].enumerated() {
            raw.storeBytes(of: word.bigEndian, toByteOffset: 4 * place, as: UInt32.self)
        }
    }

    /// What the blocks so far have made.
    private struct State {
        var a: UInt32 = 0x6745_2301
        var b: UInt32 = 0xefcd_ab89
        var c: UInt32 = 0x98ba_dcfe
        var d: UInt32 = 0x1032_5476
        var e: UInt32 = 0xc3d2_e1f0

        mutating func add(_ block: UnsafePointer<UInt8>) {
            let start = self
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 16) { words in
                for place in 0..<16 { words[place] = PaddedBlocks.word(block, place, UInt32.self) }
                steps(0..<20, words, 0x5a82_7999) { $2 ^ ($0 & ($1 ^ $2)) }
                steps(20..<40, words, 0x6ed9_eba1) { $0 ^ $1 ^ $2 }
                steps(40..<60, words, 0x8f1b_bcdc) { $0 & $1 | $2 & ($0 | $1) }
                steps(60..<80, words, 0xca62_c1d6) { $0 ^ $1 ^ $2 }
            }
            a &+= start.a
            b &+= start.b
            c &+= start.c
            d &+= start.d
            e &+= start.e
        }

        @inline(__always)
        private mutating func steps(
            _ steps: Range<Int>, _ words: UnsafeMutableBufferPointer<UInt32>, _ constant: UInt32,
            _ mix: (UInt32, UInt32, UInt32) -> UInt32
        ) {
            for step in steps {
                // The last 16 words are kept: each goes where the one 16 steps before was.
                if step >= 16 {
                    let word = words[(step &+ 13) & 15] ^ words[(step &+ 8) & 15] ^ words[(step &+ 2) & 15]
                    words[step & 15] = Self.rotated(words[step & 15] ^ word, 1)
                }
                let next = Self.rotated(a, 5) &+ mix(b, c, d) &+ e &+ constant &+ words[step & 15]
                (e, d, c, b, a) = (d, c, Self.rotated(b, 30), a, next)
            }
        }

        @inline(__always)
        private static func rotated(_ word: UInt32, _ bits: UInt32) -> UInt32 {
            word &<< bits | word &>> (32 &- bits)
        }
    }
}

/// SHA-2, by FIPS 180-4.
enum SHA2 {
    static let mostBytes = 64

    /// The digest of 224, 256, 384 or 512 bits; 0 stands for 256, and others are none.
    static func digest(_ message: UnsafeBufferPointer<UInt8>, bits: Int) -> [UInt8]? {
        let digest = Array(unsafeUninitializedCapacity: mostBytes) { out, count in
            count = out.baseAddress.flatMap { self.digest(message, bits: bits, into: $0) } ?? 0
        }
        return digest.isEmpty ? nil : digest
    }

    /// The same at a place that has room for 64 bytes; gives how many count.
    static func digest(
        _ message: UnsafeBufferPointer<UInt8>, bits: Int, into out: UnsafeMutablePointer<UInt8>
    ) -> Int? {
        switch bits {
        case 224: write(message, SHA2State(start224), into: out)
        case 0, 256: write(message, SHA2State(start256), into: out)
        case 384: write(message, SHA2State(start384), into: out)
        case 512: write(message, SHA2State(start512), into: out)
        default: return nil
        }
        return bits == 0 ? 32 : bits / 8
    }

    private static func write<Word: SHA2Word>(
        _ message: UnsafeBufferPointer<UInt8>, _ start: SHA2State<Word>, into out: UnsafeMutablePointer<UInt8>
    ) {
        var state = start
        PaddedBlocks.each(message, of: Word.self) { state.add($0) }
        state.write(to: out)
    }

    private static let start256 = start512.map { UInt32(truncatingIfNeeded: $0 >> 32) }
    private static let start224 = start384.map { UInt32(truncatingIfNeeded: $0) }
    /// Fractions of the roots of the first primes, whose upper halves SHA-256 begins with.
    private static let start512: [UInt64] = [
        0x6a09_e667_f3bc_c908, 0xbb67_ae85_84ca_a73b, 0x3c6e_f372_fe94_f82b, 0xa54f_f53a_5f1d_36f1,
        0x510e_527f_ade6_82d1, 0x9b05_688c_2b3e_6c1f, 0x1f83_d9ab_fb41_bd6b, 0x5be0_cd19_137e_2179,
    ]
    /// Those of the ninth to the sixteenth prime, whose lower halves SHA-224 begins with.
    private static let start384: [UInt64] = [
        0xcbbb_9d5d_c105_9ed8, 0x629a_292a_367c_d507, 0x9159_015a_3070_dd17, 0x152f_ecd8_f70e_5939,
        0x6733_2667_ffc0_0b31, 0x8eb4_4a87_6858_1511, 0xdb0c_2e0d_64f9_8fa7, 0x47b5_481d_befa_4fa4,
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

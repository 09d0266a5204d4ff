// Bloom filters of split blocks: which values are certainly not there.

import Columns

/// What Bloom filters are made of: 256 bits, of which each value has one in each of eight words.
enum BloomBlock {
    static let byteCount = 32

    private static let salts = SIMD8<UInt32>(
        0x47b6_137b, 0x4497_4d91, 0x8824_ad5b, 0xa2b7_289d, 0x7054_95c7, 0x2df1_424b, 0x9efc_4947, 0x5c6b_fb31)

    /// What a value is found by, of its bytes in plain encoding, without the length of a text.
    static func hash(_ plain: UnsafeBufferPointer<UInt8>) -> UInt64 { XXHash64.hash(plain, seed: 0) }

    /// The block of a value in a filter of so many.
    static func index(_ hash: UInt64, of count: Int) -> Int {
        Int(truncatingIfNeeded: (hash >> 32).multipliedFullWidth(by: UInt64(count)).low >> 32)
    }

    /// The bits of a value in its block.
    static func bits(_ hash: UInt64) -> SIMD8<UInt32> {
        let places = (SIMD8(repeating: UInt32(truncatingIfNeeded: hash)) &* salts) &>> SIMD8(repeating: 27)
        return SIMD8(repeating: 1) &<< places
    }

    /// A block of 32 bytes.
    static func load(_ bytes: UnsafeRawPointer) -> SIMD8<UInt32> {
        var block = SIMD8<UInt32>()
        for word in 0..<8 {
            block[word] = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: word * 4, as: UInt32.self))
        }
        return block
    }
}

// The hash that places state in shards, held by vectors that must never change.

import Columns
import Testing

@Suite struct HashTableStableHashTests {
    /// A change here means that existing checkpoints look for their keys in the wrong shard: never edit a vector.
    @Test(arguments: [
        ("", 0x5511_7E3E_CE88_AFD1 as UInt64), ("a", 0xC78F_14EC_2C9D_367F), ("word", 0xB303_CAED_64BC_C36D),
        ("12345678", 0x2579_44AA_FE70_DD57), ("123456789", 0xA234_5D3B_2D50_51ED),
        ("sixteen bytes 16", 0x5530_BEDB_5DEA_661C), ("seventeen bytes17", 0x550B_6AAD_19D9_1DE7),
        ("a key that is longer than thirty-two bytes", 0x7D5D_CF13_112C_360A),
    ])
    func vectorsNeverChange(text: String, expected: UInt64) {
        let hash = Array(text.utf8).withUnsafeBufferPointer { StableHash.hash($0) }
        #expect(hash == expected, "\(text): 0x\(String(hash, radix: 16))")
    }

    @Test func wordsHashAsTheirBytes() {
        for word in [0, 1, UInt64.max, 0x0123_4567_89AB_CDEF] {
            let bytes = withUnsafeBytes(of: word.littleEndian) { Array($0) }
            #expect(bytes.withUnsafeBufferPointer { StableHash.hash($0) } == StableHash.hash(word: word))
        }
        #expect(StableHash.hash(word: 42) == 0xBF9E_3B44_EE39_3D91, "0x\(String(StableHash.hash(word: 42), radix: 16))")
    }

    @Test func everyShardGetsItsPart() {
        for shards in [1, 2, 3, 8, 200] {
            var counts = [Int](repeating: 0, count: shards)
            for number in 0..<20_000 {
                counts[StableHash.shard(of: StableHash.hash(word: UInt64(number)), shards: shards)] += 1
            }
            let fair = 20_000 / shards
            #expect(counts.allSatisfy { $0 > fair / 2 && $0 < fair * 2 }, "\(shards): \(counts)")
        }
    }
}

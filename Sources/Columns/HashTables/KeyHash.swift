// Hashes of keys: a seeded one for tables in memory, a fixed one that decides where state lives.

/// The high half of `left` × `right` folded onto the low half: one multiplication that mixes every bit (as wyhash
/// does).
@inline(__always)
func multiplyFold(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
}

/// Eight bytes at any address, in the order of little-endian machines.
@inline(__always)
func loadWord(_ address: UnsafePointer<UInt8>) -> UInt64 {
    UInt64(littleEndian: UnsafeRawPointer(address).loadUnaligned(as: UInt64.self))
}

/// A mask for the low `count` bytes of a word; all of it for 8 or more.
@inline(__always)
func byteMask(_ count: Int) -> UInt64 {
    ~(UInt64.max << UInt64(truncatingIfNeeded: count &<< 3))
}

/// The secrets that a hash starts from.
///
/// Tables in memory take `process`, drawn once a process: whoever chooses keys cannot know which of them collide, so
/// that nobody makes a table quadratic. The seed never reaches a file.
package struct HashSeed: Hashable, Sendable {
    package let first: UInt64
    package let second: UInt64
    package let third: UInt64

    /// A seed of three words; for tests, which want to choose.
    package init(first: UInt64, second: UInt64, third: UInt64) {
        self.first = first
        self.second = second
        self.third = third
    }

    /// The seed of this process, from the system's random numbers.
    package static let process: HashSeed = {
        var generator = SystemRandomNumberGenerator()
        // Odd and with high bits set, so that a multiplication by the word alone still mixes.
        return HashSeed(
            first: generator.next(), second: generator.next() | 0x8000_0000_0000_0001,
            third: generator.next() | 0x8000_0000_0000_0001)
    }()

    /// The seed of `StableHash`. Part of the checkpoint's format: it must never change.
    static let stable = HashSeed(
        first: 0x9E37_79B9_7F4A_7C15, second: 0xD1B5_4A32_D192_ED03, third: 0x8CB9_2BA7_2F3D_8DD7)
}

extension HashSeed {
    /// The hash of a key of at most 16 bytes, given as two words with zeros beyond its end.
    @inline(__always)
    func hashShort(_ low: UInt64, _ high: UInt64, length: Int) -> UInt64 {
        multiplyFold(low ^ first, high ^ second ^ UInt64(truncatingIfNeeded: length))
    }

    /// The hash of one word.
    @inline(__always)
    func hashWord(_ word: UInt64) -> UInt64 {
        multiplyFold(word ^ first, second)
    }

    /// The hash of a key longer than 16 bytes.
    @inline(never)
    func hashLong(_ address: UnsafePointer<UInt8>, length: Int) -> UInt64 {
        var state = third ^ UInt64(truncatingIfNeeded: length)
        var cursor = address
        let last = address + (length &- 16)
        while cursor < last {
            state = multiplyFold(loadWord(cursor) ^ first, loadWord(cursor + 8) ^ state)
            cursor += 16
        }
        return multiplyFold(loadWord(last) ^ second, loadWord(last + 8) ^ state)
    }
}

/// The hash that chooses the state shard of a key.
///
/// A checkpoint outlives processes and versions, and each key must be found in the shard where it was put: so this
/// function **never changes**. It is `multiplyFold` over the key's canonical bytes (`GroupKeys`), little-endian, with
/// the constants of `HashSeed.stable`, folded once more with `third`; its vectors are fixed in
/// `HashTableStableHashTests`.
package enum StableHash {
    /// The hash of the NULL key of a single key column.
    package static let null: UInt64 = 0x27D4_EB2F_1656_67C5

    /// The hash of a run of bytes. Never reads beyond it.
    package static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        guard let address = bytes.baseAddress, bytes.count > 0 else { return finish(short(0, 0, length: 0)) }
        if bytes.count > 16 { return finish(HashSeed.stable.hashLong(address, length: bytes.count)) }
        var low: UInt64 = 0
        var high: UInt64 = 0
        for (index, byte) in bytes.enumerated() {
            if index < 8 { low |= UInt64(byte) << (8 * index) } else { high |= UInt64(byte) << (8 * (index - 8)) }
        }
        return finish(short(low, high, length: bytes.count))
    }

    /// The hash of one word, equal to the hash of its 8 little-endian bytes.
    @inline(__always)
    package static func hash(word: UInt64) -> UInt64 { finish(short(word, 0, length: 8)) }

    /// The hash of a run of bytes that may be read for 16 bytes from its start, whatever its length.
    @inline(__always)
    static func hash(padded address: UnsafePointer<UInt8>, length: Int) -> UInt64 {
        if length > 16 { return finish(HashSeed.stable.hashLong(address, length: length)) }
        return finish(
            short(
                loadWord(address) & byteMask(length), loadWord(address + 8) & byteMask(max(length &- 8, 0)),
                length: length))
    }

    /// The shard of a hash, from 0 to `shards` - 1: the hash as a fraction of 2^64, times `shards`.
    @inline(__always)
    package static func shard(of hash: UInt64, shards: Int) -> Int {
        Int(truncatingIfNeeded: hash.multipliedFullWidth(by: UInt64(truncatingIfNeeded: shards)).high)
    }

    @inline(__always)
    private static func short(_ low: UInt64, _ high: UInt64, length: Int) -> UInt64 {
        HashSeed.stable.hashShort(low, high, length: length)
    }

    /// A second fold: `shard` takes the high bits, which one fold leaves weaker than the low ones.
    @inline(__always)
    private static func finish(_ hash: UInt64) -> UInt64 {
        multiplyFold(hash ^ HashSeed.stable.first, HashSeed.stable.third)
    }
}

// Hashes of changes, and of the chain of changes that made a part of the state.

import DurableFiles

/// What a run of changes is known by. Not secret: it finds damage and mix-ups, 96 bits of them.
struct ChangeDigest: Hashable, Sendable {
    var byteCount = 0
    private(set) var checksum: UInt32 = 0
    private(set) var word: UInt64 = 0
    /// Bytes of the word that is not full yet, and how many.
    private var carry: UInt64 = 0
    private var carried: UInt64 = 0

    private static let first: UInt64 = 0x9E37_79B9_7F4A_7C15
    private static let second: UInt64 = 0xD1B5_4A32_D192_ED03

    init() {}

    /// The digest that was written down.
    init(byteCount: Int, checksum: UInt32, word: UInt64) {
        self.byteCount = byteCount
        self.checksum = checksum
        self.word = word
    }

    /// The digest of runs of bytes, wherever one ends and the next begins.
    init(_ runs: [UnsafeRawBufferPointer]) {
        for run in runs { add(run) }
        finish()
    }

    /// Takes in the next bytes.
    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        guard let address = bytes.baseAddress, bytes.count > 0 else { return }
        byteCount += bytes.count
        checksum = Checksum.crc32c(bytes, continuing: checksum)
        let words = bytes.count / 8
        var state = word
        if carried == 0 {
            for index in 0..<words {
                let next = address.loadUnaligned(fromByteOffset: 8 &* index, as: UInt64.self)
                state = ChangeDigest.fold(state, UInt64(littleEndian: next))
            }
        } else {
            let shift = 8 &* carried
            for index in 0..<words {
                let next = UInt64(
                    littleEndian: address.loadUnaligned(fromByteOffset: 8 &* index, as: UInt64.self))
                state = ChangeDigest.fold(state, carry | next &<< shift)
                carry = next &>> (64 &- shift)
            }
        }
        word = state
        for index in (8 * words)..<bytes.count {
            carry |= UInt64(bytes[index]) &<< (8 &* carried)
            carried += 1
            if carried == 8 {
                word = ChangeDigest.fold(word, carry)
                carry = 0
                carried = 0
            }
        }
    }

    /// Closes the digest: nothing is added afterwards.
    mutating func finish() {
        word = ChangeDigest.fold(word, carry)
        word = ChangeDigest.fold(word, UInt64(byteCount))
        carry = 0
        carried = 0
    }

    @inline(__always)
    private static func fold(_ state: UInt64, _ next: UInt64) -> UInt64 {
        let product = (state ^ next ^ first).multipliedFullWidth(by: second ^ state)
        return product.high ^ product.low
    }
}

/// Stands for all changes that made a part of the state.
struct PartHash: Hashable, Sendable {
    private(set) var word: UInt64
    private(set) var checksum: UInt32

    /// The hash of a part that was never changed.
    static let empty = PartHash(word: 0, checksum: 0)

    /// The hash after more changes.
    func next(_ changes: ChangeDigest) -> PartHash {
        let numbers = (
            word.littleEndian, UInt64(checksum).littleEndian, UInt64(changes.byteCount).littleEndian,
            changes.word.littleEndian, UInt64(changes.checksum).littleEndian
        )
        var digest = ChangeDigest()
        withUnsafeBytes(of: numbers) { digest.add($0) }
        digest.finish()
        return PartHash(word: digest.word, checksum: digest.checksum)
    }
}

/// The hash of a manifest as text.
enum ManifestHash {
    /// The hash of the empty state.
    static let empty = String(repeating: "0", count: 24)

    /// 24 hexadecimal digits.
    static func of(_ manifest: [UInt8]) -> String {
        let digest = manifest.withUnsafeBytes { ChangeDigest([$0]) }
        return String(unsafeUninitializedCapacity: 24) { text in
            for place in 0..<24 {
                let number = place < 16 ? digest.word : UInt64(digest.checksum)
                let digit = UInt8(truncatingIfNeeded: number >> UInt64(4 * ((place < 16 ? 15 : 23) - place)) & 15)
                text[place] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
            }
            return 24
        }
    }
}

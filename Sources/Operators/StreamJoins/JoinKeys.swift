// What both sides of a join of two streams know of each key.

import CPlatform
import Columns

/// For each key by its number the first row of each side, and whether the key has a number at all: side by side,
/// because who asks for one mostly asks for all.
///
/// SAFETY: not synchronised; the shard that it belongs to has one owner at a time. The words are not checked for
/// overlapping use: they are private, and no call comes back here.
final class JoinKeys {
    /// Of each key three words: the slots of its first rows, counted from 1, 0 for none, and its marks.
    @exclusivity(unchecked) private var words = GroupArray<UInt32>()
    private static let width = 3

    var memoryBytes: Int { words.memoryBytes }

    /// Makes room for keys with numbers below a limit.
    func reserve(_ limit: Int) { words.reserve(limit * JoinKeys.width) }

    /// Bytes that making room for them takes.
    func growthBytes(_ limit: Int) -> Int { words.growthBytes(limit * JoinKeys.width) }

    /// Nothing is known of any key.
    func clear() { words.clear(words.capacity) }

    /// No key has rows on a side.
    func clearHeads(_ side: Int) { clear(word: side) }

    /// No key has a number.
    func clearMarks() { clear(word: 2) }

    private func clear(word: Int) {
        for place in stride(from: word, to: words.capacity, by: JoinKeys.width) { words.pointer[place] = 0 }
    }

    /// The same, and the memory goes.
    func letGo() { words = GroupArray<UInt32>() }

    @inline(__always)
    private func place(_ key: UInt32) -> UnsafeMutablePointer<UInt32> { words.pointer + Int(key) &* JoinKeys.width }

    /// Fetches what is known of a key.
    @inline(__always)
    func fetch(_ key: UInt32) { platform_prefetch(place(key)) }

    /// The slot of a key's first row on a side, counted from 1; 0 for none.
    @inline(__always)
    func head(of key: UInt32, _ side: Int) -> UInt32 { place(key)[side] }

    @inline(__always)
    func setHead(of key: UInt32, _ side: Int, _ head: UInt32) { place(key)[side] = head }

    /// Whether no side has rows of a key.
    @inline(__always)
    func isLoose(_ key: UInt32) -> Bool { place(key)[0] | place(key)[1] == 0 }

    /// What is noted of a key: 0 where it has no number.
    @inline(__always)
    func marks(of key: UInt32) -> UInt32 { place(key)[2] }

    @inline(__always)
    func setMarks(of key: UInt32, _ marks: UInt32) { place(key)[2] = marks }

    /// Some keys have numbers.
    func note(_ keys: UnsafePointer<UInt32>, count: Int) {
        for row in 0..<count {
            if row &+ 24 < count { fetch(keys[row &+ 24]) }
            place(keys[row])[2] |= 1
        }
    }
}

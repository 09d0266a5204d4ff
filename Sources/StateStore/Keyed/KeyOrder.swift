// Keys in the order of their bytes: a sorted list of sorted leaves.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Numbers of keys in the order of the keys' bytes.
///
/// Two levels: leaves of at most 256 keys, and a list of leaves that is searched by halving. A split moves the list's
/// tail, which even for tens of millions of keys is little beside the 128 insertions before it.
struct KeyOrder {
    private static let leafCapacity = 256
    private static let leafBytes = leafCapacity * 12 + 96

    /// A leaf: the first eight bytes of each key, big-endian, and its number.
    private final class Leaf {
        var heads: [UInt64] = []
        var numbers: [UInt32] = []

        init() {
            heads.reserveCapacity(KeyOrder.leafCapacity)
            numbers.reserveCapacity(KeyOrder.leafCapacity)
        }
    }

    /// Where a key is or would be.
    struct Place {
        fileprivate var leaf: Int
        fileprivate var index: Int
        /// Whether the key is there.
        var isFound: Bool
    }

    private var leaves: [Leaf] = []
    /// The bytes of keys by number.
    private(set) var keys = ByteArena()

    /// Bytes of memory.
    var memoryBytes: Int { keys.memoryBytes + leaves.count * KeyOrder.leafBytes }

    /// Finds a key.
    func place(of key: UnsafeBufferPointer<UInt8>) -> Place {
        let head = KeyOrder.head(key)
        var low = 0
        var high = leaves.count
        // The last leaf whose first key is not behind the key.
        while low < high {
            let middle = (low + high) / 2
            if compare(key, head, leaves[middle], 0) < 0 { high = middle } else { low = middle + 1 }
        }
        guard low > 0 else { return Place(leaf: 0, index: 0, isFound: false) }
        let leaf = leaves[low - 1]
        var first = 0
        var last = leaf.numbers.count
        while first < last {
            let middle = (first + last) / 2
            let order = compare(key, head, leaf, middle)
            if order == 0 { return Place(leaf: low - 1, index: middle, isFound: true) }
            if order < 0 { last = middle } else { first = middle + 1 }
        }
        return Place(leaf: low - 1, index: first, isFound: false)
    }

    /// The number of the key at a place where one was found.
    func number(at place: Place) -> UInt32 { leaves[place.leaf].numbers[place.index] }

    /// Adds a key, which is not there yet, under a number that no other key has.
    mutating func insert(_ key: UnsafeBufferPointer<UInt8>, number: UInt32, at place: Place) {
        keys.set(Int(number), key)
        if leaves.isEmpty { leaves.append(Leaf()) }
        let leaf = leaves[place.leaf]
        leaf.heads.insert(KeyOrder.head(key), at: place.index)
        leaf.numbers.insert(number, at: place.index)
        if leaf.numbers.count >= KeyOrder.leafCapacity { split(place.leaf) }
    }

    private mutating func split(_ index: Int) {
        let leaf = leaves[index]
        let other = Leaf()
        // Keys often come in ascending order: then a full leaf stays full.
        let middle = index == leaves.count - 1 ? leaf.numbers.count * 7 / 8 : leaf.numbers.count / 2
        other.heads.append(contentsOf: leaf.heads[middle...])
        other.numbers.append(contentsOf: leaf.numbers[middle...])
        leaf.heads.removeSubrange(middle...)
        leaf.numbers.removeSubrange(middle...)
        leaves.insert(other, at: index + 1)
    }

    /// Removes the key with a number.
    mutating func remove(_ number: UInt32) {
        let place = place(of: keys.run(Int(number)))
        precondition(place.isFound && self.number(at: place) == number, "only a key that is there is removed")
        let leaf = leaves[place.leaf]
        leaf.heads.remove(at: place.index)
        leaf.numbers.remove(at: place.index)
        if leaf.numbers.isEmpty { leaves.remove(at: place.leaf) }
        keys.clear(Int(number))
    }

    /// The numbers of keys in order, from `start` on, until `visit` gives false.
    func visit(from start: [UInt8], _ visit: (UInt32) -> Bool) {
        guard !leaves.isEmpty else { return }
        let place = start.withUnsafeBufferPointer { self.place(of: $0) }
        var index = place.index
        for leaf in leaves[place.leaf...] {
            while index < leaf.numbers.count {
                guard visit(leaf.numbers[index]) else { return }
                index += 1
            }
            index = 0
        }
    }

    /// The last key before `end` of which `isWanted` is true. A key of which it is false ends the search; `nil`, which
    /// passes a key over, is for those that begin as the one that is looked for: else the walk goes on through the keys
    /// of all others.
    func last(before end: [UInt8], _ isWanted: (UInt32) -> Bool?) -> UInt32? {
        guard !leaves.isEmpty else { return nil }
        var place = end.withUnsafeBufferPointer { self.place(of: $0) }
        while true {
            while place.index > 0 {
                place.index -= 1
                let number = number(at: place)
                if let isWanted = isWanted(number) { return isWanted ? number : nil }
            }
            guard place.leaf > 0 else { return nil }
            place.leaf -= 1
            place.index = leaves[place.leaf].numbers.count
        }
    }

    /// Bytes that so many more keys, with so many bytes, may take at the peak.
    func growthBytes(adding count: Int, bytes: Int) -> Int {
        keys.growthBytes(bytes) + 2 * count * ByteArena.placeBytes
            + (2 * count / KeyOrder.leafCapacity + 1) * KeyOrder.leafBytes
    }

    private func compare(_ key: UnsafeBufferPointer<UInt8>, _ head: UInt64, _ leaf: Leaf, _ index: Int) -> Int {
        let other = leaf.heads[index]
        if head != other { return head < other ? -1 : 1 }
        return KeyOrder.compare(key, keys.run(Int(leaf.numbers[index])))
    }

    /// Negative, zero or positive as the first key is before, the same as or behind the second.
    static func compare(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Int {
        if let a = left.baseAddress, let b = right.baseAddress {
            let order = memcmp(a, b, min(left.count, right.count))
            if order != 0 { return Int(order) }
        }
        return left.count - right.count
    }

    private static func head(_ key: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var word: UInt64 = 0
        for index in 0..<min(8, key.count) { word |= UInt64(key[index]) << UInt64(56 - 8 * index) }
        return word
    }
}

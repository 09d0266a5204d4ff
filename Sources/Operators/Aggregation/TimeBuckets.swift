// The first group of each stretch of time.

import Columns

/// A number for each of some stretches of time: open addressing, because one is asked for with every row.
struct TimeBuckets {
    private struct Slot {
        var bucket: Int64
        var head: UInt32
    }

    /// What no bucket has as head.
    static let none = UInt32.max

    private var slots: [Slot]
    private(set) var count = 0
    private let seed = HashSeed.process

    init(minimumCapacity: Int = 0) {
        var size = 16
        while size < 2 * minimumCapacity { size *= 2 }
        slots = Array(repeating: Slot(bucket: 0, head: TimeBuckets.none), count: size)
    }

    /// How many buckets there is room for.
    var capacity: Int { slots.count / 2 }

    /// Bytes that a bucket takes, with the room that the table leaves.
    static let bytes = 2 * MemoryLayout<Slot>.stride

    private func home(_ bucket: Int64) -> Int {
        let product = (UInt64(bitPattern: bucket) ^ seed.first).multipliedFullWidth(by: seed.second)
        return Int(truncatingIfNeeded: product.high ^ product.low) & (slots.count &- 1)
    }

    /// Where a bucket is, or would be.
    private func place(of bucket: Int64) -> Int {
        var place = home(bucket)
        while slots[place].head != TimeBuckets.none, slots[place].bucket != bucket {
            place = (place &+ 1) & (slots.count &- 1)
        }
        return place
    }

    /// The head of a bucket, or `none`.
    subscript(bucket: Int64) -> UInt32 { slots[place(of: bucket)].head }

    /// Sets the head of a bucket, which is not `none`, and gives the one before.
    mutating func set(_ bucket: Int64, _ head: UInt32) -> UInt32 {
        let place = place(of: bucket)
        let before = slots[place].head
        slots[place] = Slot(bucket: bucket, head: head)
        if before == TimeBuckets.none {
            count += 1
            if 2 * count > slots.count { grow() }
        }
        return before
    }

    private mutating func grow() {
        let known = slots
        slots = Array(repeating: Slot(bucket: 0, head: TimeBuckets.none), count: 2 * known.count)
        for slot in known where slot.head != TimeBuckets.none { slots[place(of: slot.bucket)] = slot }
    }

    /// Removes a bucket, and gives the head that it had.
    mutating func remove(_ bucket: Int64) -> UInt32 {
        var hole = place(of: bucket)
        let head = slots[hole].head
        guard head != TimeBuckets.none else { return head }
        let mask = slots.count &- 1
        var next = (hole &+ 1) & mask
        while slots[next].head != TimeBuckets.none {
            // One may move back only if its home doesn't lie between the hole and itself.
            if (next &- home(slots[next].bucket)) & mask >= (next &- hole) & mask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next &+ 1) & mask
        }
        slots[hole].head = TimeBuckets.none
        count -= 1
        return head
    }

    /// Forgets all buckets and keeps the memory.
    mutating func removeAll() {
        for place in slots.indices { slots[place].head = TimeBuckets.none }
        count = 0
    }

    /// All buckets with their heads, in no order.
    var all: [(bucket: Int64, head: UInt32)] {
        slots.lazy.filter { $0.head != TimeBuckets.none }.map { ($0.bucket, $0.head) }
    }
}

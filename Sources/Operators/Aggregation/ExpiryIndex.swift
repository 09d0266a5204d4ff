// Groups in the order in which they become final: what is dropped is found without looking at what stays.

/// Groups by the time at which each is final.
///
/// A heap of buckets, and for each a list of its groups. As long as there are few different times a bucket is one of
/// them, as many groups share the end of a window. Where there are many, a bucket is a stretch of time, so short that
/// looking through one costs little. What is taken out costs what it is, whatever else there is.
struct ExpiryIndex {
    /// The buckets, each before those at twice its place and the next one. Some may have no groups any more.
    private var heap: [Int64] = []
    /// The first group of each bucket's list.
    private var heads = TimeBuckets()
    /// The next group of the same bucket, by group.
    private var next: [UInt32] = []
    /// The group before, where single groups are removed; `end` before the first.
    private var previous: [UInt32] = []
    /// The time of each group, where a bucket has several.
    private var times: [Int64] = []
    /// How many bits of a time its bucket leaves out: 0 where each time has its own.
    private(set) var shift: Int64 = 0
    private let canRemove: Bool
    /// Beyond this many buckets each is made longer.
    private let bucketLimit: Int
    private static let end = TimeBuckets.none

    /// Creates an index; `canRemove` says that single groups will be taken out before their time.
    init(canRemove: Bool = false, bucketLimit: Int = 1 << 14) {
        self.canRemove = canRemove
        self.bucketLimit = bucketLimit
    }

    /// Bytes of memory.
    var memoryBytes: Int {
        heap.capacity * 8 + heads.capacity * TimeBuckets.bytes + (next.capacity + previous.capacity) * 4
            + times.capacity * 8
    }

    /// Bytes that adding so many groups takes at the peak, with numbers below `limit`: each may have a time of its own.
    func growthBytes(limit: Int, adding count: Int) -> Int {
        // All of them double.
        var bytes = limit > next.count ? (canRemove ? 8 : 4) * 2 * limit : 0
        let buckets = min(heap.count + count, bucketLimit + 1)
        if buckets > heap.capacity { bytes += 8 * 2 * buckets }
        // The old table is there, too, while it grows.
        if buckets > heads.capacity { bytes += TimeBuckets.bytes * 3 * buckets }
        let hasTimes = shift > 0 || buckets > bucketLimit
        if hasTimes, limit > times.count { bytes += 8 * 2 * limit }
        return bytes
    }

    /// Forgets all groups.
    mutating func clear() {
        heap.removeAll(keepingCapacity: true)
        heads.removeAll()
        times = []
        shift = 0
    }

    /// Adds a group that isn't there.
    mutating func add(_ group: UInt32, at time: Int64) {
        if Int(group) >= next.count { makeRoom(for: group) }
        if shift > 0 { times[Int(group)] = time }
        link(group, to: time >> shift)
        if heap.count > bucketLimit { lengthenBuckets() }
    }

    private mutating func makeRoom(for group: UInt32) {
        let count = max(Int(group) + 1, 2 * next.count) - next.count
        next += repeatElement(ExpiryIndex.end, count: count)
        if canRemove { previous += repeatElement(ExpiryIndex.end, count: count) }
        if shift > 0 { times += repeatElement(0, count: count) }
    }

    /// Puts a group before the others of its bucket.
    private mutating func link(_ group: UInt32, to bucket: Int64) {
        if canRemove { previous[Int(group)] = ExpiryIndex.end }
        let head = heads.set(bucket, group)
        if head != ExpiryIndex.end {
            next[Int(group)] = head
            if canRemove { previous[Int(head)] = group }
        } else {
            next[Int(group)] = ExpiryIndex.end
            push(bucket)
        }
    }

    /// Takes a group out that was added with this time.
    mutating func remove(_ group: UInt32, at time: Int64) {
        precondition(canRemove, "an index whose groups stay until their time")
        let (after, before) = (next[Int(group)], previous[Int(group)])
        if after != ExpiryIndex.end { previous[Int(after)] = before }
        if before != ExpiryIndex.end {
            next[Int(before)] = after
        } else if after != ExpiryIndex.end {
            _ = heads.set(time >> shift, after)
        } else {
            // The bucket stays in the heap, until its time comes or too many are there for nothing.
            _ = heads.remove(time >> shift)
            if heap.count > 2 * heads.count + 64 { setHeap() }
        }
    }

    /// Takes the groups out that are final at `time`, bucket by bucket.
    mutating func takeFinal(at time: Int64) -> [UInt32] {
        var groups: [UInt32] = []
        let rest: Int64 = (1 << shift) - 1
        while let first = heap.first, (first << shift) | rest <= time {
            pop()
            var group = heads.remove(first)
            while group != ExpiryIndex.end {
                groups.append(group)
                group = next[Int(group)]
            }
        }
        if shift > 0, let first = heap.first, first << shift <= time { takePart(of: first, at: time, into: &groups) }
        return groups
    }

    /// Takes those groups out of the first bucket that are final at `time`; others of it are not yet.
    private mutating func takePart(of bucket: Int64, at time: Int64, into groups: inout [UInt32]) {
        var group = heads[bucket]
        var (head, last, kept) = (ExpiryIndex.end, ExpiryIndex.end, 0)
        while group != ExpiryIndex.end {
            let after = next[Int(group)]
            if times[Int(group)] <= time {
                groups.append(group)
            } else {
                if last == ExpiryIndex.end { head = group } else { next[Int(last)] = group }
                if canRemove { previous[Int(group)] = last }
                last = group
                kept += 1
            }
            group = after
        }
        guard last != ExpiryIndex.end else {
            _ = heads.remove(bucket)
            return pop()
        }
        next[Int(last)] = ExpiryIndex.end
        _ = heads.set(bucket, head)
        // A long bucket is looked through again and again; where there are few, shorter ones cost nothing.
        if kept > bucketLimit / 4, heads.count <= bucketLimit / 64 { setBuckets(shift: max(0, shift - 4)) }
    }

    // MARK: Buckets

    private mutating func lengthenBuckets() {
        setHeap()
        var (more, count) = (Int64(0), heap.count)
        while count > bucketLimit / 4, shift + more < 60 {
            more += 4
            count = 1
            for place in heap.indices.dropFirst() where heap[place - 1] >> more != heap[place] >> more { count += 1 }
        }
        setBuckets(shift: shift + more)
    }

    /// Puts all groups into buckets of another length.
    private mutating func setBuckets(shift new: Int64) {
        guard new != shift else { return }
        let (known, hadTimes) = (heads, shift > 0)
        if !hadTimes { times = Array(repeating: 0, count: next.count) }
        heads = TimeBuckets(minimumCapacity: heads.count)
        heap.removeAll(keepingCapacity: true)
        for (bucket, head) in known.all {
            var group = head
            while group != ExpiryIndex.end {
                let after = next[Int(group)]
                if !hadTimes { times[Int(group)] = bucket }
                link(group, to: times[Int(group)] >> new)
                group = after
            }
        }
        shift = new
        if new == 0 { times = [] }
    }

    /// Makes the heap anew of the buckets that have groups.
    private mutating func setHeap() {
        heap.removeAll(keepingCapacity: true)
        heap.append(contentsOf: heads.all.map(\.bucket))
        // In order it is a heap.
        heap.sort()
    }

    private mutating func push(_ bucket: Int64) {
        var place = heap.count
        heap.append(bucket)
        while place > 0 {
            let parent = (place - 1) / 2
            guard heap[parent] > bucket else { break }
            heap[place] = heap[parent]
            place = parent
        }
        heap[place] = bucket
    }

    private mutating func pop() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        var place = 0
        while true {
            var child = 2 * place + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
            guard heap[child] < last else { break }
            heap[place] = heap[child]
            place = child
        }
        heap[place] = last
    }
}

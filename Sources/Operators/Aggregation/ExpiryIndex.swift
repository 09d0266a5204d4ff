// Groups in the order in which they become final: what is dropped is found without looking at what stays.

/// Groups by the time at which each is final.
///
/// A heap of the different times, and for each a list of its groups: many groups share the end of a window. What is
/// taken out costs what it is, whatever else there is.
struct ExpiryIndex {
    /// The different times, each before those at twice its place and the next one.
    private var heap: [Int64] = []
    /// The first group of each time's list.
    private var heads: [Int64: UInt32] = [:]
    /// The next group of the same time, by group.
    private var next: [UInt32] = []
    private static let end = UInt32.max

    /// Bytes of memory.
    var memoryBytes: Int { heap.capacity * 8 + heads.capacity * 24 + next.capacity * 4 }

    /// Bytes that adding groups up to `limit` takes at the peak, where they have few different times.
    func growthBytes(limit: Int) -> Int { limit > next.capacity ? 4 * max(limit, 2 * next.capacity) : 0 }

    /// Forgets all groups.
    mutating func clear() {
        heap.removeAll(keepingCapacity: true)
        heads.removeAll(keepingCapacity: true)
    }

    /// Adds a group that isn't there.
    mutating func add(_ group: UInt32, at time: Int64) {
        if Int(group) >= next.count {
            next += repeatElement(ExpiryIndex.end, count: max(Int(group) + 1, 2 * next.count) - next.count)
        }
        if let head = heads.updateValue(group, forKey: time) {
            next[Int(group)] = head
        } else {
            next[Int(group)] = ExpiryIndex.end
            push(time)
        }
    }

    /// Takes the groups out that are final at `time`, those of the first time first.
    mutating func takeFinal(at time: Int64) -> [UInt32] {
        var groups: [UInt32] = []
        while let first = heap.first, first <= time {
            pop()
            var group = heads.removeValue(forKey: first) ?? ExpiryIndex.end
            while group != ExpiryIndex.end {
                groups.append(group)
                group = next[Int(group)]
            }
        }
        return groups
    }

    private mutating func push(_ time: Int64) {
        var place = heap.count
        heap.append(time)
        while place > 0 {
            let parent = (place - 1) / 2
            guard heap[parent] > time else { break }
            heap[place] = heap[parent]
            place = parent
        }
        heap[place] = time
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

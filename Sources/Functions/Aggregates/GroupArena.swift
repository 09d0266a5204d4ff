// The bytes of all groups' runs, in one piece of memory.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Bytes that are given out one piece behind the other and never taken back: what groups leave behind is counted, so
/// that their owner writes an arena anew when more than half of it is waste.
struct GroupArena: ~Copyable {
    /// The bytes, at a multiple of 8; moves when more are given out.
    private(set) var start: UnsafeMutableRawPointer
    private(set) var capacity: Int
    /// Bytes that are given out, those in front of the first place included.
    private(set) var used: Int
    /// Bytes of `used` that no group needs.
    var wasted = 0
    /// The first place that is given out.
    private let first: Int

    /// An empty one with room for at least so many bytes.
    init(first: Int = 0, capacity: Int = 1024) {
        self.first = first
        self.capacity = max(capacity, 1024)
        used = first
        start = .allocate(byteCount: self.capacity, alignment: 8)
    }

    deinit { start.deallocate() }

    /// Whether it is to be written anew.
    var isWasteful: Bool { wasted > 64 * 1024 && wasted * 2 > used }

    /// The place of so many more bytes, which hold anything.
    mutating func take(_ bytes: Int) -> Int {
        if used + bytes > capacity { grow(to: used + bytes) }
        defer { used += bytes }
        return used
    }

    @inline(never)
    private mutating func grow(to bytes: Int) {
        let larger = max(bytes, capacity * 2)
        let new = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 8)
        memcpy(new, start, used)
        start.deallocate()
        start = new
        capacity = larger
    }

    /// Bytes that giving out so many more takes.
    func growthBytes(_ more: Int) -> Int { used + more > capacity ? max(used + more, capacity * 2) : 0 }

    /// Takes all back.
    mutating func clear() {
        used = first
        wasted = 0
    }
}

// A value for each group, in a flat array that grows by moving pages.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// One value a group, zero at first, in memory that grows by moving pages.
@usableFromInline
package struct GroupArray<Element: BitwiseCopyable>: ~Copyable {
    /// The values; moves when more are reserved.
    @usableFromInline package internal(set) var pointer: UnsafeMutablePointer<Element>
    /// How many groups there is room for.
    @usableFromInline package internal(set) var capacity: Int

    /// Room for a few groups.
    @inlinable
    package init() {
        capacity = 64
        pointer = GroupArray.allocated(nil, 64)
        memset(pointer, 0, 64 * MemoryLayout<Element>.stride)
    }

    deinit { free(pointer) }

    /// Bytes that it holds.
    @inlinable package var memoryBytes: Int { capacity * MemoryLayout<Element>.stride }

    /// Makes room for `count` groups.
    @inlinable
    package mutating func reserve(_ count: Int) {
        guard count > capacity else { return }
        let larger = max(count, capacity * 2)
        pointer = GroupArray.allocated(pointer, larger)
        memset(pointer + capacity, 0, (larger - capacity) * MemoryLayout<Element>.stride)
        capacity = larger
    }

    /// Bytes that making room for `count` groups takes.
    @inlinable
    package func growthBytes(_ count: Int) -> Int {
        count > capacity ? (max(count, capacity * 2) - capacity) * MemoryLayout<Element>.stride : 0
    }

    /// Zeroes the first `count` groups.
    @inlinable
    package mutating func clear(_ count: Int) {
        memset(pointer, 0, min(count, capacity) * MemoryLayout<Element>.stride)
    }

    @usableFromInline
    static func allocated(_ old: UnsafeMutablePointer<Element>?, _ count: Int) -> UnsafeMutablePointer<Element> {
        guard let memory = realloc(old, count * MemoryLayout<Element>.stride) else {
            // Nothing can be reported or released without memory: as in Buffer, where we give up.
            preconditionFailure("out of memory: could not allocate \(count) values of groups")
        }
        LargePages.prefer(memory, byteCount: count * MemoryLayout<Element>.stride)
        return memory.assumingMemoryBound(to: Element.self)
    }
}

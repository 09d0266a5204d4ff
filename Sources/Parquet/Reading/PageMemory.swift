// Memory for pages and for what is read of a file, used again.

import Columns
import Synchronization

/// Memory that is filled again when nobody reads it any more: that of the system is cleared page by page when it is
/// first touched, which costs more than decompressing into it. All readers of a scan share it: each of them may read
/// one row group alone.
package final class PageMemory: Sendable {
    fileprivate struct Kept {
        var buffers: [Buffer] = []
        var bytes = 0
    }

    private let kept = Mutex(Kept())

    private static let leastBytes = 32 << 10
    private static let mostBytes = 64 << 20

    /// Memory that holds nothing yet.
    package init() {}

    /// A buffer of so many bytes or some more, with any content.
    func buffer(capacity: Int) -> Buffer {
        kept.withLock { kept in
            if let free = kept.free(capacity) { return free }
            let new = Buffer(capacity: capacity)
            guard (Self.leastBytes...Self.mostBytes / 4).contains(new.capacity) else { return new }
            kept.bytes += new.capacity
            kept.buffers.append(new)
            // The oldest are those of sizes that come no more.
            while kept.bytes > Self.mostBytes { kept.bytes -= kept.buffers.removeFirst().capacity }
            return new
        }
    }
}

extension PageMemory.Kept {
    /// The smallest one that is large enough, not far too large, and read by nobody.
    fileprivate mutating func free(_ capacity: Int) -> Buffer? {
        var best: Int?
        var least = max(capacity, 4 * capacity)
        for index in buffers.indices where buffers[index].capacity >= capacity && buffers[index].capacity <= least {
            guard buffers[index].isUniquelyReferenced() else { continue }
            (best, least) = (index, buffers[index].capacity - 1)
            // Nearly as large as wanted will do.
            if least <= capacity + capacity / 8 { break }
        }
        return best.map { buffers[$0] }
    }
}

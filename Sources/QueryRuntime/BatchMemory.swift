// How much memory a batch may take while it is computed, and what takes it.

import Operators
import StateStore
import Synchronization

/// Counts the memory that a batch's partial tables and kept rows take on all workers, or that the state takes.
final class BatchMemory: GrowthBudget {
    /// Whose memory it is.
    enum Owner: Sendable {
        case batch, state
    }

    /// More than this is refused.
    let limit: Int
    private let owner: Owner
    private let held = Atomic<Int>(0)
    private let mergeable = Atomic<Int>(0)

    init(limit: Int, of owner: Owner = .batch) {
        self.limit = limit
        self.owner = owner
    }

    /// More rows are kept until the batch ends, or fewer.
    func hold(_ bytes: Int) throws(BatchMemoryExceeded) {
        guard bytes != 0 else { return }
        let (_, total) = held.add(bytes, ordering: .relaxed)
        if total > limit, bytes > 0 { throw BatchMemoryExceeded(owner: owner, bytes: bytes) }
    }

    func take(_ bytes: Int) throws { try hold(bytes) }

    func give(_ bytes: Int) { release(bytes) }

    /// Rows are no longer kept.
    func release(_ bytes: Int) { held.subtract(bytes, ordering: .relaxed) }

    /// Partial tables have grown by so many bytes, or shrunk: they can be merged into their shards early.
    func growMergeable(by bytes: Int) {
        if bytes != 0 { mergeable.add(bytes, ordering: .relaxed) }
    }

    /// Whether partial tables ought to be merged before so much more is taken.
    func isFull(adding bytes: Int = 0) -> Bool {
        held.load(ordering: .relaxed) + mergeable.load(ordering: .relaxed) + bytes > limit
    }

    /// Nothing is held any more but so much.
    func clear(holding bytes: Int = 0) {
        held.store(bytes, ordering: .relaxed)
        mergeable.store(0, ordering: .relaxed)
    }
}

/// A batch or the state needs more memory than it may take; `BatchComputation` says what holds it.
struct BatchMemoryExceeded: Error {
    let owner: BatchMemory.Owner
    /// What was asked for and not there.
    let bytes: Int
}

extension QueryError {
    /// A batch took too much memory; `holders` are what took it, with the bytes.
    static func memoryLimit(_ limit: Int, holders: [(name: String, bytes: Int)]) -> QueryError {
        let parts = holders.filter { $0.bytes > 0 }.sorted { $0.bytes > $1.bytes }.map {
            "\($0.name) \(text($0.bytes))"
        }
        return QueryError(
            code: "MEMORY_LIMIT",
            message: "a batch takes more than the \(text(limit)) of memory that it may: "
                + parts.joined(separator: ", "),
            hint: "give the query more memory (memoryBytes, or --memory), let it read fewer rows a batch "
                + "(maxOffsetsPerTrigger), or filter rows before they are sorted, joined or collected",
            disposition: .correctAndRestart)
    }

    private static func text(_ bytes: Int) -> String {
        bytes < 10 << 20 ? "\(max(1, bytes >> 10)) KiB" : "\(bytes >> 20) MiB"
    }
}

// How a store is set up.

import DurableFiles

/// How much memory, how much replay, and how files grow.
package struct StateStoreOptions: Sendable {
    /// Bytes of memory that all shards together may take; more fails the batch with `STATE_LIMIT`.
    package var memoryBudgetBytes: Int
    /// So much more they may take while they are loaded: rows that later changes remove, and tables that are moved as
    /// they grow.
    package var loadingBytes = 0
    var loadingLimitBytes: Int { memoryBudgetBytes + min(loadingBytes, Int.max - memoryBudgetBytes) }
    /// Parts are written to snapshots when the changes that a start would have to read are more than this and more than
    /// all snapshots...
    package var minimumReplayBytes = 4 << 20
    /// ...or more than this...
    package var maximumReplayBytes = 256 << 20
    /// ...or those of so many versions.
    package var maximumReplayVersions = 10_000
    /// About so much of a snapshot is encoded at a commit, and as much again as twice what the batch changed.
    package var sliceBytes = 256 << 10
    /// A changelog of more bytes is followed by a new one, so that old ones can be removed.
    package var changelogBytes = 64 << 20
    /// How the changelogs grow.
    package var growth = AppendLogGrowth(firstBytes: 1 << 20, nextBytes: 4 << 20)
    /// Where rows go that have no room in memory; `nil` keeps all rows there.
    package var spill: Spill?
    /// Whether snapshots are written by a thread of their own; tests that count what the disk does write them at once.
    package var writesInBackground = true
    /// Called at each step with what has just been done, by the thread that did it.
    package var reach: @Sendable (StateStep) -> Void = { _ in }

    /// The usual values.
    package init(memoryBudgetBytes: Int) { self.memoryBudgetBytes = memoryBudgetBytes }
}

extension StateStoreOptions {
    /// A place outside of memory.
    package struct Spill: Sendable {
        /// The store's own: it is closed with it.
        package let storage: any SpillStorage
        /// Where all shards together take more than so much memory after a commit, the largest are moved out.
        package let residentBytes: Int

        package init(storage: any SpillStorage, residentBytes: Int) {
            self.storage = storage
            self.residentBytes = residentBytes
        }
    }
}

/// The steps of a store between which a process may die.
package enum StateStep: Sendable {
    /// A batch's changes are encoded, nothing is written.
    case changesEncoded
    /// They are written, not yet synchronized.
    case changesWritten
    /// A part of a snapshot is written.
    case snapshotSectionWritten
    /// A snapshot has its name.
    case snapshotPublished
    /// A version is in memory; nothing has been removed.
    case loaded
    /// Files that the version doesn't need are removed.
    case filesRemoved
}

/// Who carries out the store's tasks: the workers of a query, or the calling thread.
package struct StateExecutor: Sendable {
    /// Runs tasks 0 to `taskCount` - 1, several at once unless they are small, and returns when all have ended; throws
    /// the first failure.
    package let run:
        @Sendable (
            _ taskCount: Int, _ isSmall: Bool, _ body: @escaping @Sendable (_ worker: Int, _ task: Int) throws -> Void
        ) throws -> Void

    package init(
        _ run: @escaping @Sendable (Int, Bool, @escaping @Sendable (Int, Int) throws -> Void) throws -> Void
    ) { self.run = run }

    /// One task after another, on the calling thread.
    package static let serial = StateExecutor { taskCount, _, body in for task in 0..<taskCount { try body(0, task) } }

    /// What each task gives, in order.
    func results<T: Sendable>(
        _ taskCount: Int, isSmall: Bool, _ body: @escaping @Sendable (_ task: Int) throws(StateStoreError) -> T
    ) throws(StateStoreError) -> [T] {
        // Small tasks run here, one after another: they need no place for each to leave what it gives.
        if isSmall { return try (0..<taskCount).map(body) }
        let slots = Slots<T>(taskCount)
        do {
            try run(taskCount, false) { _, task in slots.set(task, try body(task)) }
        } catch let error as StateStoreError {
            throw error
        } catch {
            preconditionFailure("an executor throws what its tasks throw, not \(error)")
        }
        return slots.all
    }
}

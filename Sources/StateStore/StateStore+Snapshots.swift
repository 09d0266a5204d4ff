// Snapshots of parts in turn: a slice at each commit, written by another thread.

import DurableFiles

/// A snapshot under way.
final class SnapshotJob {
    let part: Int
    let path: String
    let start: StateVersion
    let startHash: PartHash
    var cursor = StateCursor.start
    /// The first version after `start` that changed the part.
    var firstChange: Int?
    /// The version at which the last rows were encoded; `nil` as long as there are more.
    var end: Int?

    init(part: Int, path: String, start: StateVersion, startHash: PartHash) {
        self.part = part
        self.path = path
        self.start = start
        self.startHash = startHash
    }
}

/// How much a start would have to read of changes.
struct ReplayLength {
    private var versions: ArraySlice<(version: Int, bytes: Int)> = []
    /// Bytes of the changes of all versions from the first needed one on.
    private(set) var bytes = 0

    mutating func add(version: Int, bytes: Int) {
        versions.append((version, bytes))
        self.bytes += bytes
    }

    /// Forgets versions before the first needed one.
    mutating func forget(before version: Int) {
        while let first = versions.first, first.version < version {
            bytes -= first.bytes
            versions.removeFirst()
        }
    }
}

extension StateStore {
    /// A slice of one snapshot is never longer than about this.
    private static let largestSliceBytes = 8 << 20
    /// So much may wait to be written at the most, and an eighth of what the state may take.
    private static let largestQueueBytes = 64 << 20
    private static let leastQueueBytes = 64 << 10
    /// Of a batch that changes so much more, a further part is written at the same time.
    private static let bytesPerJob = 4 << 20

    /// Takes over the snapshots that have become whole, and notes for the next `committed` how many, and why another
    /// has not.
    func collectSnapshots() {
        for outcome in snapshotWriter.takeOutcomes() {
            guard let index = jobs.firstIndex(where: { $0.path == outcome.path }) else {
                // Given up, and published all the same.
                snapshots.insert(outcome.path)
                continue
            }
            let job = jobs.remove(at: index)
            snapshots.insert(job.path)
            switch outcome.result {
            case .success(let summary):
                guard let end = job.end else { preconditionFailure("a snapshot is whole when its last slice is") }
                current.parts[job.part].base = SnapshotReference(
                    start: job.start, startHash: job.startHash, end: end, byteCount: summary.byteCount,
                    checksum: summary.checksum)
                current.parts[job.part].firstUnsaved = job.firstChange
                maintenance.snapshots += 1
            case .failure(let error): maintenance.failure = .disk(error)
            }
        }
    }

    /// Begins snapshots where they are due, and encodes a slice of each that is under way.
    func advanceSnapshots(changedBytes: Int) throws(StateStoreError) {
        replay.forget(before: lowestUnsaved)
        while jobs.count < 1 + changedBytes / StateStore.bytesPerJob, isSnapshotDue, let part = nextPart {
            let path = StateDirectory.snapshotPath(directory, parts[part].name, current.version)
            let job = SnapshotJob(
                part: part, path: path, start: current.version, startHash: current.parts[part].hash)
            jobs.append(job)
            snapshotWriter.append(
                SnapshotFile.head(parts[part].name, start: job.start, startHash: job.startHash), to: path,
                isLast: false)
        }
        let open = jobs.filter { $0.end == nil }
        // While half of what may wait does, no more is encoded.
        let room = queueLimitBytes - snapshotWriter.queuedBytes
        guard !open.isEmpty, room > queueLimitBytes / 2 else { return }
        let budget = min(
            options.sliceBytes + 2 * changedBytes / open.count, StateStore.largestSliceBytes, room / open.count)
        let work = open.map { (shard: parts[$0.part].shard, cursor: $0.cursor) }
        let slices = try executor.results(open.count, isSmall: false) { (task) throws(StateStoreError) in
            var writer = StateWriter()
            let next = work[task].shard.encodeRows(from: work[task].cursor, byteCount: budget, into: &writer)
            // Of what it could not read, nothing is written.
            if let failure = work[task].shard.spillFailure { throw failure }
            return (section: SnapshotFile.section(writer.finish()), next: next)
        }
        for (job, slice) in zip(open, slices) {
            if let next = slice.next { job.cursor = next } else { job.end = current.version.number }
            snapshotWriter.append(slice.section, to: job.path, isLast: slice.next == nil)
        }
    }

    /// How many bytes of snapshots may wait to be written.
    var queueLimitBytes: Int {
        max(StateStore.leastQueueBytes, min(StateStore.largestQueueBytes, options.memoryBudgetBytes / 8))
    }

    /// Waits until the other thread has written what has been encoded so far, so that a test knows what there is.
    package func waitForSnapshots() { snapshotWriter.waitUntilWritten() }

    /// Gives up what is under way: a rollback may have moved rows.
    func giveUpSnapshots() {
        for job in jobs { snapshotWriter.discard(job.path) }
        jobs = []
    }

    /// The first version that a start would have to apply.
    private var lowestUnsaved: Int { current.parts.reduce(Int.max) { min($0, $1.firstUnsaved ?? Int.max) } }

    private var isSnapshotDue: Bool {
        let snapshotBytes = current.parts.reduce(0) { $0 + ($1.base?.byteCount ?? 0) }
        let limit = min(max(snapshotBytes, options.minimumReplayBytes), options.maximumReplayBytes)
        return replay.bytes > limit
            || current.version.number - min(lowestUnsaved, current.version.number) >= options.maximumReplayVersions
    }

    /// The part whose changes reach back furthest.
    private var nextPart: Int? {
        let busy = Set(jobs.map(\.part))
        return parts.indices.filter { current.parts[$0].firstUnsaved != nil && !busy.contains($0) }
            .min { (current.parts[$0].firstUnsaved ?? 0, $0) < (current.parts[$1].firstUnsaved ?? 0, $1) }
    }
}

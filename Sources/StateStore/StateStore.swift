// The state of a query on disk: what each batch changes, and snapshots of its parts in turn.

import DurableFiles
import Threads

/// The state of one query's operators: in memory in their shards, on disk in one directory. A query without any has a
/// store, too: it keeps the metadata that the runtime hands it with each version.
///
/// - `changelog.<segment>.<run>`: a frame a batch, in one durable append: the manifest of the version (which parts
///   there are, what each is made from, and what the runtime keeps), and the rows that the batch changed, part by part.
/// - `<part>.<version>.<attempt>.snapshot`: all rows of a part. Encoded a slice at each commit, written by a thread of
///   its own, part after part: no batch waits for a snapshot.
///
/// Parts are encoded, checksummed and loaded by the workers. Each run writes files of its own name only, and an attempt
/// has its own frame: what an older instance writes is never taken for a newer one's. Files are removed when the last
/// two committed versions don't need them.
///
/// A batch: the operators change their shards, `prepare`, the transaction commits, `committed`; or `rollback`. After a
/// start: `contains` to decide, `load`.
///
/// SAFETY: not synchronised; one thread uses it at a time, and tasks of its executor while it waits for them.
package final class StateStore: @unchecked Sendable {
    /// A part of the state, and who holds it.
    struct Part: Sendable {
        let name: PartName
        let shard: any StateShard
    }

    /// What is known of a part at a version.
    struct PartState {
        var hash = PartHash.empty
        /// The newest snapshot.
        var base: SnapshotReference?
        /// The first version whose changes have to be applied to that; `nil` where there are none.
        var firstUnsaved: Int?
    }

    /// A state that is known.
    struct Known {
        var version = StateVersion.empty
        var hash = ManifestHash.empty
        var parts: [PartState]
    }

    /// What a version on disk needs.
    struct Needs {
        var lowestVersion = 0
        /// For each part the version at which its snapshot was begun; `nil` where it has none.
        var bases: [StateVersion?] = []
    }

    /// A changelog that may have to be removed.
    struct StoredLog {
        var path: String
        var highestVersion: Int
    }

    let directory: String
    /// The names that were in the directory when the store was made. What came later and is not the store's own is
    /// another instance's, whatever this one believes: it is never removed.
    let namesFound: Set<String>
    let operators: [StateOperator]
    let tables: [ManifestFrame.Table]
    let parts: [Part]
    let runID: String
    let options: StateStoreOptions
    let executor: StateExecutor
    let disk: any Disk
    let snapshotWriter: SnapshotWriter
    /// The parts that have a place outside of memory.
    let spilling: [Int]

    var current: Known
    /// What `contains` has read into the shards, until the first `load`.
    var verified: (image: StateImage, plans: [StateImage.PartPlan])?
    /// Whether the shards hold what `load` has read: nothing else may write to them then.
    var isLoaded = false
    private var staged: (known: Known, needs: Needs, changedBytes: Int)?
    /// What the last two committed versions need.
    var needs: [Needs] = [Needs()]
    var log: FrameLog?
    var segment = 0
    /// Changelogs of all runs, this one's last.
    var logs: [StoredLog] = []
    /// Snapshots that are there and may have to be removed.
    var snapshots: Set<String> = []
    /// Snapshots under way.
    var jobs: [SnapshotJob] = []
    /// What the next `committed` will tell.
    var maintenance = Maintenance()
    /// Bytes of changes by version, from the first that a start would read on.
    var replay = ReplayLength()

    /// A batch of fewer changed rows is encoded on the calling thread: waking others costs more.
    private static let smallRowCount = 4096

    /// A store in `directory`, which is made where it is missing. Nothing is read before `load`.
    ///
    /// - Parameter runID: Unique among all runs of the query; letters, digits and hyphens.
    package init(
        directory: String, operators: [StateOperator], runID: String, options: StateStoreOptions,
        executor: StateExecutor = .serial, disk: any Disk
    ) throws(StateStoreError) {
        precondition(StateName.isValid(runID), "a run is named with letters, digits and hyphens")
        self.directory = directory
        self.operators = operators
        self.runID = runID
        self.options = options
        self.executor = executor
        self.disk = disk
        tables = operators.map(\.inManifest)
        let parts = operators.flatMap { one in
            one.shards.enumerated().map {
                Part(name: PartName(operatorName: one.name, table: one.table, shard: $0.offset), shard: $0.element)
            }
        }
        self.parts = parts
        precondition(Set(parts.map(\.name)).count == parts.count, "operators and their tables have different names")
        let spilling = options.spill.map { spill in
            parts.indices.filter { parts[$0].shard.useSpill(spill.storage, part: $0) }
        }
        self.spilling = spilling ?? []
        current = Known(parts: parts.map { _ in PartState() })
        snapshotWriter = SnapshotWriter(disk: disk, isInBackground: options.writesInBackground, reach: options.reach)
        namesFound = try StateStore.onDisk { () throws(DurabilityError) in
            try disk.createDirectories(directory)
            return Set(try disk.list(directory))
        }
    }

    static func onDisk<Result>(_ body: () throws(DurabilityError) -> Result) throws(StateStoreError) -> Result {
        do throws(DurabilityError) {
            return try body()
        } catch {
            throw .disk(error)
        }
    }

    // MARK: What there is

    /// The version that the shards hold, without what the batch in progress changed.
    package var version: StateVersion { current.version }

    /// Rows in all shards.
    package var rowCount: Int { sum { $0.rowCount } }
    /// Rows set or removed by the batch in progress.
    package var updatedCount: Int { sum { $0.updatedCount } }
    /// Bytes of memory that the shards take.
    package var memoryBytes: Int { sum { $0.memoryBytes } }

    private func sum(_ number: (any StateShard) -> Int) -> Int { parts.reduce(0) { $0 + number($1.shard) } }

    /// Refuses state that takes more memory than it may, with `bytes` of changes that are encoded. Operators ask their
    /// budget before their shards grow; this is what holds for shards that don't.
    func checkMemory(adding bytes: Int = 0) throws(StateStoreError) {
        guard memoryBytes + bytes > options.memoryBudgetBytes else { return }
        throw .limit(options.memoryBudgetBytes, of: operators, adding: bytes)
    }

    /// Closes the changelog and gives up unfinished snapshots. What is prepared and not committed stays on disk, where
    /// a later run may adopt it.
    package func close() {
        closeLog()
        jobs = []
        snapshotWriter.close()
        options.spill?.storage.close()
    }

    // MARK: A batch

    /// Makes the changes of the batch in progress durable, as a version that is not yet committed. After an error, call
    /// `rollback`.
    ///
    /// - Parameter metadata: What `load` of this version gives back: the runtime's, part of the hash.
    package func prepare(
        version number: Int, attempt: String, metadata: [UInt8]
    ) throws(StateStoreError) -> StateManifest {
        precondition(number == current.version.number + 1, "a batch makes the version after the current one")
        precondition(staged == nil, "the prepared version was neither committed nor rolled back")
        precondition(StateName.isValid(attempt), "an attempt is named with letters, digits and hyphens")
        collectSnapshots()
        var known = current
        known.version = StateVersion(number, attempt: attempt)
        let changes = try encodeChanges()
        var manifest = ManifestFrame(
            version: known.version, parent: current.version, parentHash: current.hash, tables: tables,
            parts: current.parts.map { ManifestFrame.Part(hash: $0.hash, base: $0.base) }, metadata: metadata)
        var body = StateRuns()
        for change in changes {
            known.parts[change.part].hash = current.parts[change.part].hash.next(change.digest)
            known.parts[change.part].firstUnsaved = current.parts[change.part].firstUnsaved ?? number
            manifest.parts[change.part].hash = known.parts[change.part].hash
            manifest.parts[change.part].changes = change.digest
            body.append(change.runs)
        }
        try checkMemory(adding: body.byteCount)
        let head = manifest.encoded()
        known.hash = ManifestHash.of(head)
        options.reach(.changesEncoded)
        do throws(DurabilityError) {
            try append(head, body, version: number)
            options.reach(.changesWritten)
            try log?.synchronize()
        } catch {
            // It isn't known what the changelog holds: the next append goes to another.
            closeLog()
            throw .disk(error)
        }
        staged = (known, needs(of: known), body.byteCount)
        return StateManifest(version: known.version, hash: known.hash)
    }

    /// What a batch changed in a part.
    private struct Change: Sendable {
        var part: Int
        var runs: StateRuns
        var digest: ChangeDigest
    }

    private func encodeChanges() throws(StateStoreError) -> [Change] {
        let updated = parts.map(\.shard.updatedCount)
        let changed = parts.indices.filter { updated[$0] > 0 }
        let isSmall = updated.reduce(0, +) < StateStore.smallRowCount
        let parts = parts
        return try executor.results(changed.count, isSmall: isSmall) { (task) throws(StateStoreError) in
            let part = changed[task]
            var writer = StateWriter()
            parts[part].shard.encodeChanges(into: &writer)
            let runs = writer.finish()
            return Change(part: part, runs: runs, digest: runs.withBytes { ChangeDigest($0) })
        }
    }

    private func append(_ head: [UInt8], _ body: StateRuns, version: Int) throws(DurabilityError) {
        if let log, log.length < options.changelogBytes {
            logs[logs.count - 1].highestVersion = version
            try body.withBytes { (runs) throws(DurabilityError) in try log.append(head: head, body: runs) }
            return
        }
        closeLog()
        segment += 1
        let digits = String(segment)
        let name = "changelog.\(String(repeating: "0", count: max(0, 6 - digits.count)))\(digits).\(runID)"
        let path = DiskPath.join(directory, name)
        logs.append(StoredLog(path: path, highestVersion: version))
        log = try body.withBytes { (runs) throws(DurabilityError) in
            try FrameLog(creating: path, head: head, body: runs, growth: options.growth, disk: disk)
        }
    }

    func closeLog() {
        log?.close()
        log = nil
    }

    /// What happened after a commit besides the commit: nothing of it can undo it.
    package struct Maintenance: Sendable {
        /// How many snapshots of parts have become whole.
        package var snapshots = 0
        /// A snapshot that could not be written, or an old file that could not be removed; it is tried again after a
        /// later commit.
        package var failure: StateStoreError?
        /// Why rows could not be moved out of memory: the next batch fails with it.
        package var spillFailure: StateStoreError?
        /// The system gave no thread to write snapshots with: this batch has waited for a piece of one.
        package var refusedThread: ThreadRefused?
    }

    /// The prepared version is what the query's output was committed with. Goes on with snapshots where they are due,
    /// and removes what the last two committed versions don't need.
    @discardableResult
    package func committed(version number: Int, attempt: String) -> Maintenance {
        guard let staged, staged.known.version == StateVersion(number, attempt: attempt) else {
            preconditionFailure("only a prepared version is committed")
        }
        for part in parts { part.shard.markClean() }
        let before = current
        current = staged.known
        needs = [needs[needs.count - 1], staged.needs]
        self.staged = nil
        replay.add(version: number, bytes: staged.changedBytes)
        for job in jobs where before.parts[job.part].hash != current.parts[job.part].hash {
            job.firstChange = job.firstChange ?? number
        }
        collectSnapshots()
        do throws(StateStoreError) {
            try advanceSnapshots(changedBytes: staged.changedBytes)
            try removeOldFiles()
        } catch {
            maintenance.failure = error
        }
        do throws(StateStoreError) {
            try spill()
        } catch {
            maintenance.spillFailure = error
        }
        maintenance.refusedThread = snapshotWriter.takeRefusal()
        defer { maintenance = Maintenance() }
        return maintenance
    }

    /// Discards what the batch in progress changed, prepared or not: the shards hold the last committed version again.
    /// Shards that don't keep what they change are read from disk anew, where they have changed anything; after an
    /// error only `load` may be called.
    package func rollback() throws(StateStoreError) {
        staged = nil
        giveUpSnapshots()
        var undefined: [Int] = []
        for part in parts.indices where !parts[part].shard.rollback() { undefined.append(part) }
        if !undefined.isEmpty { try reload(undefined) }
    }

    func forgetStaged() { staged = nil }

    // MARK: Files

    func needs(of known: Known) -> Needs {
        var needs = Needs(lowestVersion: known.version.number, bases: known.parts.map { $0.base?.start })
        for state in known.parts {
            if let first = state.firstUnsaved { needs.lowestVersion = min(needs.lowestVersion, first) }
        }
        return needs
    }

    /// Removes what neither the current nor the previous committed version is made from.
    func removeOldFiles() throws(StateStoreError) {
        let lowest = needs.reduce(Int.max) { min($0, $1.lowestVersion) }
        let own = log?.path
        for old in logs where old.highestVersion < lowest && old.path != own {
            try remove(old.path)
            logs.removeAll { $0.path == old.path }
        }
        // The newest are named by the next version.
        let newest = current.parts.map { $0.base?.start }
        let isSwept = snapshots.count == newest.reduce(0) { $0 + ($1 == nil ? 0 : 1) }
        if isSwept, needs.allSatisfy({ $0.bases == newest }) { return }
        var named: Set<String> = []
        for bases in needs.map(\.bases) + [newest] {
            for (part, base) in zip(parts, bases) {
                if let base { named.insert(StateDirectory.snapshotPath(directory, part.name, base)) }
            }
        }
        for path in snapshots.subtracting(named) {
            try remove(path)
            snapshots.remove(path)
        }
    }

    private func remove(_ path: String) throws(StateStoreError) {
        try StateStore.onDisk { () throws(DurabilityError) in _ = try disk.remove(path) }
    }
}

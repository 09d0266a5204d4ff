// The state of a query on disk: changes per batch, a snapshot now and then.

import DurableFiles

/// How a store is set up.
package struct StateStoreOptions: Sendable {
    /// Bytes of memory that all shards together may take; more fails the batch with `STATE_LIMIT`.
    package var memoryBudgetBytes: Int
    /// A snapshot is written when the changes since the last one exceed this and the size of that one...
    package var minimumSnapshotBytes: Int
    /// ...or when there are so many versions since.
    package var versionsPerSnapshot: Int
    /// How the changelogs grow.
    package var growth: AppendLogGrowth

    /// The usual values; tests take smaller ones.
    package init(
        memoryBudgetBytes: Int, minimumSnapshotBytes: Int = 4 << 20, versionsPerSnapshot: Int = 100,
        growth: AppendLogGrowth = AppendLogGrowth(firstBytes: 1 << 20, nextBytes: 4 << 20)
    ) {
        self.memoryBudgetBytes = memoryBudgetBytes
        self.minimumSnapshotBytes = minimumSnapshotBytes
        self.versionsPerSnapshot = versionsPerSnapshot
        self.growth = growth
    }
}

/// The state of one query's operators: in memory in their shards, on disk in one directory. A query without any has a
/// store, too: it keeps the metadata that the runtime hands it with each version.
///
/// - `changelog.<segment>.<run>`: what each batch changed, one durable append a batch. Every frame names the version it
///   made, the version it changes and the hash of all changes so far.
/// - `<version>.<attempt>.snapshot`: all rows. Written after a commit on the caller's thread, so that it delays the
///   next batch and not this one; at about 0.5 to 1 GB/s, and rarely: its cost is at most that of the changes before
/// it.
///
/// Each run writes files of its own name only, and an attempt has its own frame: what an older instance writes is never
/// taken for a newer one's. Files are removed when the last two committed versions don't need them.
///
/// A batch: the operators change their shards, `prepare`, the transaction commits, `committed`; or `rollback`. After a
/// start: `contains` to decide, `load`.
///
/// SAFETY: not synchronised; one thread uses it at a time.
package final class StateStore: @unchecked Sendable {
    private let directory: String
    private let operators: [StateOperator]
    private let fingerprint: String
    private let runID: String
    private let options: StateStoreOptions
    private let disk: any Disk

    /// A state that is known: which, its hash, and what the runtime keeps with it.
    private struct Known {
        var version: StateVersion
        var hash: String
        var metadata: [UInt8]
    }

    /// A changelog or snapshot that may have to be removed.
    private struct StoredFile {
        var path: String
        var highestVersion: Int
    }

    private var current = Known(version: .empty, hash: StateHash.empty, metadata: [])
    private var staged: Known?
    private var log: AppendLog?
    private var segment = 0
    /// Changelogs of all runs, this one's last.
    private var logs: [StoredFile] = []
    private var snapshots: [StateVersion: String] = [:]
    /// The snapshots that committed versions of this run stand on, oldest first; a version 0 stands for none.
    private var bases: [StateVersion] = [.empty]
    private var snapshotBytes = 0
    private var bytesSinceSnapshot = 0

    /// A store in `directory`, which is made where it is missing. Nothing is read before `load`.
    ///
    /// - Parameter runID: Unique among all runs of the query; letters, digits and hyphens.
    package init(
        directory: String, operators: [StateOperator], runID: String, options: StateStoreOptions, disk: any Disk
    ) throws(StateStoreError) {
        precondition(StateStore.isName(runID), "a run is named with letters, digits and hyphens")
        self.directory = directory
        self.operators = operators
        self.runID = runID
        self.options = options
        self.disk = disk
        fingerprint = StateOperator.fingerprint(operators)
        try StateStore.onDisk { () throws(DurabilityError) in try disk.createDirectories(directory) }
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 64
            && text.unicodeScalars.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || "0"..."9" ~= $0 || $0 == "-")
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

    private func sum(_ number: (any StateShard) -> Int) -> Int {
        operators.reduce(0) { $0 + $1.shards.reduce(0) { $0 + number($1) } }
    }

    private func forEachShard(_ body: (any StateShard) -> Void) {
        for one in operators { for shard in one.shards { body(shard) } }
    }

    /// Refuses state that takes more memory than it may: call it where state grows, `prepare` does too.
    package func checkMemory() throws(StateStoreError) {
        let used = memoryBytes
        guard used > options.memoryBudgetBytes else { return }
        throw StateStoreError(
            .limit,
            "the state of \(rowCount) rows takes \(used >> 20) MiB of memory, more than the "
                + "\(options.memoryBudgetBytes >> 20) MiB that it may",
            hint:
                "add a watermark so that old groups can be dropped, group by fewer keys, "
                + "or raise the state memory limit"
        )
    }

    /// Closes the changelog. What is prepared and not committed stays on disk, where a later run may adopt it.
    package func close() { closeLog() }

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
        precondition(StateStore.isName(attempt), "an attempt is named with letters, digits and hyphens")
        try checkMemory()
        let version = StateVersion(number, attempt: attempt)
        var writer = StateWriter()
        for one in operators {
            for shard in one.shards {
                var changes = StateWriter()
                shard.encodeChanges(into: &changes)
                writer.write(changes.bytes)
            }
        }
        let body = writer.bytes
        let hash = StateHash.next(
            current.hash, version: version, fingerprint: fingerprint, metadata: metadata, changes: body)
        let count = max(1, (body.count + StateFrame.pieceBytes - 1) / StateFrame.pieceBytes)
        for piece in 0..<count {
            let start = piece * StateFrame.pieceBytes
            let frame = StateFrame(
                version: version, parent: current.version, hash: hash, fingerprint: fingerprint, piece: UInt32(piece),
                pieceCount: UInt32(count), metadata: metadata)
            let payload = frame.encoded(body: body[start..<min(start + StateFrame.pieceBytes, body.count)])
            try onLog { () throws(DurabilityError) in try append(payload, version: number) }
        }
        try onLog { () throws(DurabilityError) in try log?.synchronize() }
        staged = Known(version: version, hash: hash, metadata: metadata)
        bytesSinceSnapshot += body.count
        return StateManifest(version: version, hash: hash)
    }

    /// After an error it isn't known what the changelog holds: the next append goes to another.
    private func onLog(_ body: () throws(DurabilityError) -> Void) throws(StateStoreError) {
        do throws(DurabilityError) {
            try body()
        } catch {
            closeLog()
            throw .disk(error)
        }
    }

    private func append(_ payload: [UInt8], version: Int) throws(DurabilityError) {
        // A changelog is read whole: it must stay below 2 GiB.
        if let log, log.length < 1 << 30 {
            logs[logs.count - 1].highestVersion = version
            try log.append(payload)
            return
        }
        closeLog()
        segment += 1
        let digits = String(segment)
        let name = "changelog.\(String(repeating: "0", count: max(0, 6 - digits.count)))\(digits).\(runID)"
        let path = DiskPath.join(directory, name)
        logs.append(StoredFile(path: path, highestVersion: version))
        log = try AppendLog(
            creating: path, codec: .frames, records: [payload], growth: options.growth, disk: disk)
    }

    private func closeLog() {
        log?.close()
        log = nil
    }

    /// What happened after a commit besides the commit: nothing of it can undo it.
    package struct Maintenance: Sendable {
        /// Whether a snapshot was written.
        package var wroteSnapshot = false
        /// Why a snapshot could not be written or old files not be removed; it is tried again after the next commit.
        package var failure: StateStoreError?
    }

    /// The prepared version is what the query's output was committed with. Writes a snapshot when one is due and
    /// removes what the last two committed versions don't need.
    @discardableResult
    package func committed(version number: Int, attempt: String) -> Maintenance {
        guard let staged, staged.version == StateVersion(number, attempt: attempt) else {
            preconditionFailure("only a prepared version is committed")
        }
        forEachShard { $0.markClean() }
        current = staged
        self.staged = nil
        bases.append(bases[bases.count - 1])
        var maintenance = Maintenance()
        do throws(StateStoreError) {
            if isSnapshotDue {
                try writeSnapshot()
                maintenance.wroteSnapshot = true
            }
            try removeOldFiles()
        } catch {
            maintenance.failure = error
        }
        return maintenance
    }

    private var isSnapshotDue: Bool {
        bytesSinceSnapshot > max(snapshotBytes, options.minimumSnapshotBytes)
            || current.version.number - bases[bases.count - 1].number >= options.versionsPerSnapshot
    }

    /// Writes all rows of the current version to a file of their own.
    private func writeSnapshot() throws(StateStoreError) {
        let path = DiskPath.join(directory, StateDirectory.snapshotName(current.version))
        let head = StateSnapshot.Head(
            version: current.version, hash: current.hash, fingerprint: fingerprint, metadata: current.metadata)
        snapshotBytes = try StateStore.onDisk { () throws(DurabilityError) in
            try StateSnapshot.write(path, head: head, operators: operators, disk: disk)
        }
        snapshots[current.version] = path
        bases[bases.count - 1] = current.version
        bytesSinceSnapshot = 0
        // The next changes go to a new file, so that this one can be removed.
        closeLog()
    }

    /// Removes what neither the current nor the previous committed version is made from.
    private func removeOldFiles() throws(StateStoreError) {
        bases.removeFirst(max(0, bases.count - 2))
        let needed = bases[0].number
        for (version, path) in snapshots where version.number < needed {
            try remove(path)
            snapshots[version] = nil
        }
        for old in logs where old.highestVersion <= needed { try remove(old.path) }
        logs.removeAll { $0.highestVersion <= needed }
    }

    private func remove(_ path: String) throws(StateStoreError) {
        try StateStore.onDisk { () throws(DurabilityError) in _ = try disk.remove(path) }
    }

    /// Discards what the batch in progress changed, prepared or not: the shards hold the last committed version again.
    package func rollback() {
        forEachShard { $0.rollback() }
        staged = nil
    }

    // MARK: Reading

    /// Brings the shards to a version, which becomes the current one: the newest usable snapshot before it, and the
    /// changes since. Removes unfinished files: the caller holds the checkpoint's lock. After an error the shards are
    /// empty or undefined, and only `load` may be called. Returns the metadata that the version was prepared with.
    @discardableResult
    package func load(version number: Int, attempt: String) throws(StateStoreError) -> [UInt8] {
        let version = number == 0 ? StateVersion.empty : StateVersion(number, attempt: attempt)
        staged = nil
        closeLog()
        try StateStore.onDisk { () throws(DurabilityError) in _ = try TemporaryFiles.sweep(directory, disk: disk) }
        let files = try StateStore.onDisk { () throws(DurabilityError) in try StateDirectory(directory, disk: disk) }
        forEachShard { $0.clear() }
        let chain = try chain(to: version, in: files)
        try apply(chain, in: files)
        current = Known(version: version, hash: chain.hash, metadata: chain.metadata)
        bases = [chain.base]
        snapshots = files.snapshots
        logs = files.logs.map { StoredFile(path: $0.path, highestVersion: $0.highestVersion) }
        // Names of this run that are taken, by a failed append for example, are not tried again.
        segment = max(segment, files.logs.count)
        bytesSinceSnapshot = chain.bytes
        snapshotBytes = chain.snapshotBytes
        return current.metadata
    }

    /// Whether a prepared version is there, whole, and made of exactly the changes that its manifest stands for: then
    /// it can be adopted with `load`.
    package func contains(version number: Int, attempt: String, hash: String) throws(StateStoreError) -> Bool {
        let files = try StateStore.onDisk { () throws(DurabilityError) in try StateDirectory(directory, disk: disk) }
        do throws(StateStoreError) {
            return try chain(to: StateVersion(number, attempt: attempt), in: files).hash == hash
        } catch {
            if error.condition == .missing || error.condition == .corrupt { return false }
            throw error
        }
    }

    /// What makes a version: a snapshot and the versions that were changed since, oldest first.
    private struct Chain {
        var base: StateVersion
        var versions: [StateVersion]
        var hash: String
        var metadata: [UInt8] = []
        /// Bytes of the snapshot, 0 where there is none.
        var snapshotBytes = 0
        /// Bytes of the changes.
        var bytes = 0
    }

    /// Finds and verifies all that makes a version. A damaged snapshot is passed over where the changes reach further
    /// back.
    private func chain(to wanted: StateVersion, in files: StateDirectory) throws(StateStoreError) -> Chain {
        var versions: [StateVersion] = []
        var cursor = wanted
        var snapshotDamage: String?
        while cursor != .empty {
            if let path = files.snapshots[cursor] {
                switch try verifiedHead(path, cursor) {
                case .success(let head):
                    try checkShape(head.fingerprint, path)
                    return try follow(
                        Chain(
                            base: cursor, versions: versions.reversed(), hash: head.hash,
                            metadata: head.metadata, snapshotBytes: head.fileBytes), to: wanted, in: files,
                        snapshotDamage)
                case .failure(let damage): snapshotDamage = damage.message
                }
            }
            guard let found = files.pieces[cursor]?.first?.frame else {
                throw lost(wanted, cursor, files, snapshotDamage)
            }
            versions.append(cursor)
            cursor = found.parent
        }
        return try follow(
            Chain(base: .empty, versions: versions.reversed(), hash: StateHash.empty), to: wanted, in: files,
            snapshotDamage)
    }

    /// A snapshot's head once all of it was verified, or what is wrong with it.
    private func verifiedHead(
        _ path: String, _ version: StateVersion
    ) throws(StateStoreError) -> Result<StateSnapshot.Head, DurabilityError> {
        do throws(DurabilityError) {
            return .success(try StateSnapshot.verify(path, version: version, disk: disk))
        } catch {
            guard error.fault == .corrupt else { throw .disk(error) }
            return .failure(error)
        }
    }

    /// Verifies the changes of a chain one after another.
    private func follow(
        _ start: Chain, to wanted: StateVersion, in files: StateDirectory, _ snapshotDamage: String?
    ) throws(StateStoreError) -> Chain {
        var chain = start
        for version in chain.versions {
            guard let (frame, body) = files.changes(of: version) else {
                throw lost(wanted, version, files, snapshotDamage)
            }
            let path = files.pieces[version]?.first.map { files.logs[$0.log].path } ?? directory
            try checkShape(frame.fingerprint, path)
            chain.hash = StateHash.next(
                chain.hash, version: version, fingerprint: frame.fingerprint, metadata: frame.metadata, changes: body)
            guard chain.hash == frame.hash else {
                throw StateStoreError(
                    .corrupt, "\(path): the changes of \(version) have hash \(chain.hash), expected \(frame.hash)",
                    hint: "restore the checkpoint from a backup; its files don't belong together")
            }
            chain.metadata = frame.metadata
            chain.bytes += body.count
        }
        return chain
    }

    private func lost(
        _ wanted: StateVersion, _ missing: StateVersion, _ files: StateDirectory, _ damage: String?
    ) -> StateStoreError {
        if let other = files.otherFormat {
            return StateStoreError(
                .formatUnsupported, other,
                hint: "start the version that wrote it, or start with a new checkpoint")
        }
        return StateStoreError(
            .missing,
            "\(directory): the state of \(wanted) cannot be loaded: the changes of \(missing) are in none of the "
                + "\(files.logs.count) changelogs and no snapshot holds it" + (damage.map { " (\($0))" } ?? "")
                + files.damageNote,
            hint: "restore the checkpoint from a backup, or start with a new checkpoint")
    }

    private func checkShape(_ found: String, _ path: String) throws(StateStoreError) {
        guard found != fingerprint else { return }
        throw StateStoreError(
            .shapeChanged,
            "\(path) holds state of other aggregations: \(StateOperator.difference(from: found, to: fingerprint))",
            hint: "keys, aggregates and their types stay as they are for the life of a checkpoint: undo the change or "
                + "start with a new checkpoint")
    }

    private func apply(_ chain: Chain, in files: StateDirectory) throws(StateStoreError) {
        if let path = files.snapshots[chain.base] {
            try StateStore.onDisk { () throws(DurabilityError) in
                try StateSnapshot.read(path, into: operators, disk: disk)
            }
        }
        for version in chain.versions {
            guard let (_, body) = files.changes(of: version) else { continue }
            let path = files.pieces[version]?.first.map { files.logs[$0.log].path } ?? directory
            do throws(StateFormatError) {
                var reader = StateReader(body[...])
                for one in operators {
                    for shard in one.shards {
                        var changes = StateReader(try reader.readRun())
                        try shard.apply(&changes)
                        try changes.finish()
                    }
                }
                try reader.finish()
            } catch {
                throw StateStoreError(
                    .corrupt, "\(path): the changes of \(version): \(error.message)",
                    hint: "restore the checkpoint from a backup; the file was written by other software or damaged")
            }
        }
        forEachShard { $0.markClean() }
    }
}

// Finding and reading versions.

import DurableFiles
import Synchronization

extension StateStore {
    /// Brings the shards to a version, which becomes the current one: each part from its newest usable snapshot and the
    /// changes since. Then, and not before, removes files that neither this version nor the one before it needs, those
    /// of attempts that were never committed among them: the caller holds the checkpoint's lock and has decided.
    ///
    /// What `contains` has read is not read again. After an error the shards are empty or undefined, and only `load`
    /// may be called. Returns the metadata that the version was prepared with.
    @discardableResult
    package func load(version number: Int, attempt: String) throws(StateStoreError) -> [UInt8] {
        let version = number == 0 ? StateVersion.empty : StateVersion(number, attempt: attempt)
        forgetStaged()
        closeLog()
        giveUpSnapshots()
        snapshotWriter.close()
        _ = snapshotWriter.takeOutcomes()
        try StateStore.onDisk { () throws(DurabilityError) in
            _ = try TemporaryFiles.sweep(directory, among: namesFound, disk: disk)
        }
        let files = try StateStore.onDisk { () throws(DurabilityError) in try StateDirectory(directory, disk: disk) }
        let known = verified
        verified = nil
        isLoaded = true
        let image: StateImage
        let plans: [StateImage.PartPlan]
        if let known, known.image.wanted == version {
            (image, plans) = known
        } else {
            image = try StateImage(version, in: files, disk: disk)
            for part in parts { part.shard.clear() }
            plans = try read(image, Array(parts.indices), intoShards: true)
        }
        if number > 0 { try checkMemory() }
        for part in parts { part.shard.markClean() }
        try spill()
        takeOver(image, plans)
        let own = Set(logs.map(\.path)).union(snapshots).union(namesFound.map { DiskPath.join(directory, $0) })
        logs = files.logs.filter { own.contains($0.path) }
            .map { StoredLog(path: $0.path, highestVersion: $0.highestVersion) }
        // What is not in the chain of this version is of no use to anybody.
        let used = Set(image.links.map(\.path))
        for index in logs.indices where !used.contains(logs[index].path) { logs[index].highestVersion = -1 }
        snapshots = own.intersection(files.snapshots)
        // Names of this run that are taken, by a failed append for example, are not tried again.
        segment = max(segment, files.logs.count)
        options.reach(.loaded)
        do throws(StateStoreError) {
            try removeOldFiles()
        } catch {
            // Nothing hangs on it; it is tried again after each commit.
        }
        options.reach(.filesRemoved)
        return image.manifest?.metadata ?? []
    }

    /// Whether a prepared version is there, whole, and proven by its hash: then it can be adopted with `load`. Changes
    /// nothing on disk. Before the first `load` the shards hold the version afterwards, so that it is read once; the
    /// caller holds the checkpoint's lock.
    package func contains(version number: Int, attempt: String, hash: String) throws(StateStoreError) -> Bool {
        if !isLoaded { forgetVerified() }
        do throws(StateStoreError) {
            let files = try StateStore.onDisk { () throws(DurabilityError) in
                try StateDirectory(directory, disk: disk)
            }
            let image = try StateImage(StateVersion(number, attempt: attempt), in: files, disk: disk)
            guard image.hash == hash else { return false }
            let plans = try read(image, Array(parts.indices), intoShards: !isLoaded)
            if !isLoaded { verified = (image, plans) }
            return true
        } catch {
            if !isLoaded { forgetVerified() }
            if error.code == .missing || error.code == .corrupt { return false }
            throw error
        }
    }

    private func forgetVerified() {
        verified = nil
        for part in parts { part.shard.clear() }
    }

    /// Brings parts back to the current version.
    func reload(_ undefined: [Int]) throws(StateStoreError) {
        let files = try StateStore.onDisk { () throws(DurabilityError) in try StateDirectory(directory, disk: disk) }
        let image = try StateImage(current.version, in: files, disk: disk)
        for part in undefined { parts[part].shard.clear() }
        _ = try read(image, undefined, intoShards: true)
        for part in undefined { parts[part].shard.markClean() }
    }

    /// Reads parts of a version on the workers, or only checks them.
    private func read(
        _ image: StateImage, _ chosen: [Int], intoShards: Bool
    ) throws(StateStoreError) -> [StateImage.PartPlan] {
        guard let manifest = image.manifest else { return [] }
        guard manifest.tables == tables else { throw shapeChanged(manifest.tables, image.links[0].path) }
        let parts = parts
        let memory = LoadedMemory(memoryBytes, limit: options.loadingLimitBytes)
        let share = options.spill.map { $0.residentBytes / max(1, spilling.count) } ?? Int.max
        let plans = try executor.results(chosen.count, isSmall: false) { (task) throws(StateStoreError) in
            let part = chosen[task]
            let shard = parts[part].shard
            var failure: StateStoreError?
            let plan = try image.read(
                part, clear: { if intoShards { memory.count(shard) { shard.clear() } } },
                apply: { (reader) throws(StateFormatError) in
                    // What is still to come is only checked then.
                    guard intoShards, !memory.isExceeded, failure == nil else { return }
                    try memory.count(shard) { () throws(StateFormatError) in
                        try shard.apply(&reader)
                        do throws(StateStoreError) { try shard.spill(beyond: share) } catch { failure = error }
                    }
                    try reader.finish()
                })
            if let failure { throw failure }
            return plan
        }
        guard intoShards, memory.isExceeded else { return plans }
        throw .limit(options.memoryBudgetBytes, of: operators, adding: 0, whileLoading: true)
    }

    private func takeOver(_ image: StateImage, _ plans: [StateImage.PartPlan]) {
        func state(_ part: Int, back: Int, _ plan: StateImage.PartPlan) -> PartState {
            PartState(
                hash: image.links[back].manifest.parts[part].hash, base: plan.base,
                firstUnsaved: plan.changes.first.map { image.links[$0].manifest.version.number })
        }
        func known(back: Int, _ plans: [StateImage.PartPlan]) -> Known {
            Known(
                version: image.links[back].manifest.version, hash: image.links[back].hash,
                parts: plans.enumerated().map { state($0.offset, back: back, $0.element) })
        }
        replay = ReplayLength()
        guard !image.links.isEmpty else {
            current = Known(parts: parts.map { _ in PartState() })
            needs = [Needs()]
            return
        }
        current = known(back: 0, plans)
        needs = [needs(of: current)]
        // The version before stays, where it is there: a backup of the log may name it.
        let before = parts.indices.compactMap { image.plans(for: $0, back: 1).first { _ in true } }
        if image.links.count > 1, before.count == parts.count {
            needs.insert(needs(of: known(back: 1, before)), at: 0)
        }
        for link in image.links.reversed() {
            replay.add(version: link.manifest.version.number, bytes: link.manifest.bodyBytes)
        }
    }

    private func shapeChanged(_ found: [ManifestFrame.Table], _ path: String) -> StateStoreError {
        StateStoreError(
            .shapeChanged,
            "\(path) holds state of other operators: "
                + [ManifestFrame.Table].difference(from: found, to: tables),
            hint: "keys, aggregates and their types stay as they are for the life of a checkpoint: undo the change or "
                + "start with a new checkpoint")
    }
}

/// What shards take while several threads load them.
private final class LoadedMemory: Sendable {
    private let bytes: Atomic<Int>
    private let limit: Int

    init(_ bytes: Int, limit: Int) {
        self.bytes = Atomic(bytes)
        self.limit = limit
    }

    var isExceeded: Bool { bytes.load(ordering: .relaxed) > limit }

    /// Notes what a change makes of a shard's memory.
    func count<Failure: Error>(_ shard: any StateShard, _ change: () throws(Failure) -> Void) throws(Failure) {
        let before = shard.memoryBytes
        defer { bytes.add(shard.memoryBytes - before, ordering: .relaxed) }
        try change()
    }
}

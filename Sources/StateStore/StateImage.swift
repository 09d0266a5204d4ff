// All that is on disk of a version: its manifest, those of the versions before, and what each part is made from.

import DurableFiles
import Synchronization

/// A version as it can be put together from the files of a directory. Several threads may read parts of it at once.
final class StateImage: Sendable {
    typealias Link = StateDirectory.Link

    /// What a part is made from: a snapshot, and the changes since.
    struct PartPlan: Sendable {
        var base: SnapshotReference?
        /// Which of `links`, oldest first.
        var changes: [Int]
    }

    let wanted: StateVersion
    /// The manifests of the wanted version, of its parent and so on, as far as they are there.
    let links: [Link]
    private let directory: String
    private let disk: any Disk
    /// The first version that is not there.
    private let missing: StateVersion
    /// Manifests that don't belong together, with both files.
    private let mismatch: String?
    private let otherFormat: String?
    private let noted: Mutex<[String]>

    /// Finds a version. Throws where its manifest is not there.
    init(_ wanted: StateVersion, in files: StateDirectory, disk: any Disk) throws(StateStoreError) {
        var links: [Link] = []
        var cursor = wanted
        var expected: String?
        var mismatch: String?
        while cursor != .empty {
            let found = files.links[cursor] ?? []
            guard let link = found.first(where: { expected == nil || $0.hash == expected }) else {
                if let other = found.first, let child = links.last {
                    mismatch =
                        "\(child.path): \(child.manifest.version) was made from \(cursor) with hash "
                        + "\(expected ?? ""), and \(other.path) holds one with hash \(other.hash)"
                }
                break
            }
            links.append(link)
            if link.manifest.isDivision { break }
            cursor = link.manifest.parent
            expected = link.manifest.parentHash
        }
        self.wanted = wanted
        self.links = links
        self.directory = files.directory
        self.disk = disk
        self.mismatch = mismatch
        missing = cursor
        otherFormat = files.otherFormat
        noted = Mutex(files.damages)
        if links.isEmpty, wanted != .empty { throw lost() }
    }

    /// The wanted version's manifest; `nil` for version 0.
    var manifest: ManifestFrame? { links.first?.manifest }

    /// The hash of the wanted version.
    var hash: String { links.first?.hash ?? ManifestHash.empty }

    /// Damage that was found so far, with the files.
    var damages: [String] { noted.withLock { $0 } }

    // MARK: What a part is made from

    /// The ways to make a part of the version `back` versions before the wanted one: from the newest snapshot first,
    /// each proven by the hashes of its changes when it is asked for: nearly always the first alone. None where
    /// something is missing.
    func plans(for part: Int, back: Int = 0) -> some Sequence<PartPlan> {
        let bases = bases(of: part, back: back)
        let target = bases.isEmpty ? .empty : links[back].manifest.parts[part].hash
        return bases.lazy.compactMap { [self] in plan(for: part, back: back, from: $0, to: target) }
    }

    /// The snapshots that versions from `back` on name, newest first, and behind them nothing, where all began.
    private func bases(of part: Int, back: Int) -> [SnapshotReference?] {
        guard back < links.count, part < links[back].manifest.parts.count else { return [] }
        var bases: [SnapshotReference?] = []
        for link in links[back...] {
            let base = link.manifest.parts[part].base
            if !bases.contains(base) { bases.append(base) }
        }
        if !bases.contains(nil) { bases.append(nil) }
        return bases
    }

    private func plan(for part: Int, back: Int, from base: SnapshotReference?, to target: PartHash) -> PartPlan? {
        let start = base?.startHash ?? .empty
        var changes: [Int] = []
        for index in links.indices[back...] {
            let entry = links[index].manifest.parts[part]
            if entry.hash == start || links[index].manifest.version.number <= base?.start.number ?? 0 { break }
            if entry.changes != nil { changes.append(index) }
        }
        changes.reverse()
        let made = changes.reduce(start) { hash, index in
            links[index].manifest.parts[part].changes.map { hash.next($0) } ?? hash
        }
        return made == target ? PartPlan(base: base, changes: changes) : nil
    }

    // MARK: Reading

    /// Reads a part of the wanted version, and checks all of it: a snapshot and the changes since, which `apply` gets
    /// in order. Where a snapshot is damaged, `clear` is called and an older one is taken, if there is one.
    func read(
        _ part: Int, clear: () -> Void, apply: (inout StateReader) throws(StateFormatError) -> Void
    ) throws(StateStoreError) -> PartPlan {
        guard let name = manifest?.partNames[part] else { throw lost() }
        var found: DurabilityError?
        for plan in plans(for: part) {
            do throws(DurabilityError) {
                if let base = plan.base {
                    try SnapshotFile.read(
                        StateDirectory.snapshotPath(directory, name, base.start), part: name, base, disk: disk,
                        apply)
                }
            } catch {
                guard error.fault == .corrupt || error.fault == .notFound else { throw .disk(error) }
                noted.withLock { $0.append(error.message) }
                found = error
                clear()
                continue
            }
            for index in plan.changes { try read(links[index], part, apply) }
            return plan
        }
        throw found?.fault == .corrupt
            ? StateStoreError(
                .corrupt, "\(found?.message ?? "") of \(wanted)\(damageNote)",
                hint: "restore the checkpoint from a backup, or start with a new checkpoint")
            : lost()
    }

    private func read(
        _ link: Link, _ part: Int, _ apply: (inout StateReader) throws(StateFormatError) -> Void
    ) throws(StateStoreError) {
        guard let digest = link.manifest.parts[part].changes else { return }
        let bytes = try StateStore.onDisk { () throws(DurabilityError) in
            let file = try OpenFile(link.path, .readOnly, disk: disk)
            defer { file.close() }
            return try file.read(
                at: link.bodyOffset + Int64(link.manifest.bodyOffset(of: part)), count: digest.byteCount)
        }
        do throws(StateFormatError) {
            guard bytes.withUnsafeBytes({ ChangeDigest([$0]) }) == digest else {
                throw StateFormatError("not what was written")
            }
            var reader = StateReader(bytes[...])
            try apply(&reader)
        } catch {
            throw StateStoreError(
                .corrupt, "\(link.path): the changes of \(link.manifest.version): \(error.message)",
                hint: "restore the checkpoint from a backup; the file was written by other software or damaged")
        }
    }

    // MARK: Errors

    private var damageNote: String { damages.isEmpty ? "" : " (damaged: \(damages.joined(separator: "; ")))" }

    /// What to say where something is missing.
    func lost() -> StateStoreError {
        if let otherFormat {
            return StateStoreError(
                .formatUnsupported, otherFormat, hint: "start the version that wrote it, or start with a new checkpoint"
            )
        }
        if let mismatch {
            return StateStoreError(
                .corrupt, mismatch, hint: "restore the checkpoint from a backup; its files don't belong together")
        }
        return StateStoreError(
            .missing,
            "\(directory): the state of \(wanted) cannot be loaded: the changes of \(missing) are in no changelog and "
                + "no snapshot holds it\(damageNote)",
            hint: "restore the checkpoint from a backup, or start with a new checkpoint")
    }
}

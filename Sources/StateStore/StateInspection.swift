// Checks state files without the query that wrote them: for `verify`.

import DurableFiles

/// What makes a version of the state, verified from end to end.
package struct StateInspection: Sendable {
    /// How many parts the state has.
    package let partCount: Int
    /// How many of them stand on a snapshot.
    package let snapshotCount: Int
    /// How many batches' changes a start has to apply to some part.
    package let changeCount: Int
    /// What the runtime keeps with the version.
    package let metadata: [UInt8]
    /// Damage in files that this version does not need.
    package let damages: [String]

    /// Reads the version that batch `number - 1` committed, and checks that its hash is `hash`. Changes nothing and
    /// takes no lock, so that a running query may remove files meanwhile.
    ///
    /// - Throws: `STATE_LOST` or `STATE_CORRUPT` with what is wrong, or the disk's failure.
    package static func verify(
        _ directory: String, version number: Int, attempt: String, hash: String, disk: any Disk
    ) throws(StateStoreError) -> StateInspection {
        let wanted = StateVersion(number, attempt: attempt)
        let files = try StateStore.onDisk { () throws(DurabilityError) in try StateDirectory(directory, disk: disk) }
        let image = try StateImage(wanted, in: files, disk: disk)
        guard image.hash == hash else {
            throw StateStoreError(
                .corrupt, "\(directory): \(wanted) has hash \(image.hash), and the log says \(hash)",
                hint: "restore the checkpoint from a backup, or start with a new checkpoint")
        }
        var snapshotCount = 0
        var applied: Set<Int> = []
        let partCount = image.manifest?.parts.count ?? 0
        for part in 0..<partCount {
            let plan = try image.read(part, clear: {}, apply: { (_) throws(StateFormatError) in })
            if plan.base != nil { snapshotCount += 1 }
            applied.formUnion(plan.changes)
        }
        return StateInspection(
            partCount: partCount, snapshotCount: snapshotCount, changeCount: applied.count,
            metadata: image.manifest?.metadata ?? [], damages: image.damages)
    }
}

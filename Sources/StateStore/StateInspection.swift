// Checks state files without the query that wrote them: for `verify`.

import DurableFiles

/// What makes a version of the state, verified from end to end.
package struct StateInspection: Sendable {
    /// The version of the snapshot that it stands on; 0 where it stands on none.
    package let snapshotVersion: Int
    /// How many batches' changes follow the snapshot.
    package let changeCount: Int
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
        let files: StateDirectory
        do throws(DurabilityError) {
            files = try StateDirectory(directory, disk: disk)
        } catch {
            throw .disk(error)
        }
        var damages = files.damages
        var changes: [StateVersion] = []
        var cursor = wanted
        var running = StateHash.empty
        while cursor != .empty {
            if let path = files.snapshots[cursor] {
                do throws(DurabilityError) {
                    running = try StateSnapshot.verify(path, version: cursor, disk: disk).hash
                    break
                } catch {
                    guard error.fault == .corrupt else { throw .disk(error) }
                    damages.append(error.message)
                }
            }
            guard let frame = files.pieces[cursor]?.first?.frame else {
                throw lost(directory, wanted, cursor, damages)
            }
            changes.append(cursor)
            cursor = frame.parent
        }
        for version in changes.reversed() {
            guard let (frame, body) = files.changes(of: version) else {
                throw lost(directory, wanted, version, damages)
            }
            running = StateHash.next(
                running, version: version, fingerprint: frame.fingerprint, metadata: frame.metadata,
                changes: body)
            guard running == frame.hash else {
                throw corrupt("\(directory): the changes of \(version) have hash \(running), expected \(frame.hash)")
            }
        }
        guard running == hash else {
            throw corrupt("\(directory): \(wanted) has hash \(running), and the log says \(hash)")
        }
        return StateInspection(snapshotVersion: cursor.number, changeCount: changes.count, damages: damages)
    }

    private static func lost(
        _ directory: String, _ wanted: StateVersion, _ missing: StateVersion, _ damages: [String]
    ) -> StateStoreError {
        StateStoreError(
            .missing,
            "\(directory): \(wanted) is not whole: the changes of \(missing) are in no changelog and no snapshot holds "
                + "it" + (damages.isEmpty ? "" : " (damaged: \(damages.joined(separator: "; ")))"),
            hint: "restore the checkpoint from a backup, or start with a new checkpoint")
    }

    private static func corrupt(_ message: String) -> StateStoreError {
        StateStoreError(.corrupt, message, hint: "restore the checkpoint from a backup, or start with a new checkpoint")
    }
}

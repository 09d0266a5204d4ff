// The folders that files are written to: there for good before a file in them counts.

import DurableFiles
import Synchronization

/// Makes folders that survive a power cut, and those, too, that a process which was killed has made and not
/// synchronized: what is there already is made sure of once.
final class KnownFolders: Sendable {
    private let disk: any Disk
    /// The directories whose names are durable, those aside that are made there and synchronized at once.
    private let settled = Mutex<Set<PathText>>([])
    /// As many are remembered.
    private static let count = 100_000

    init(_ disk: any Disk) { self.disk = disk }

    /// Makes a folder and those above it, as far as they aren't there.
    func make(_ path: String) throws(DurabilityError) {
        do throws(DurabilityError) {
            let parent = DiskPath.parent(of: path)
            guard try disk.exists(path) else {
                if parent != path { try make(parent) }
                if try disk.createDirectory(path) { try disk.synchronizeDirectory(parent) }
                return
            }
            let isNew = settled.withLock { settled in
                if settled.count >= Self.count { settled = [] }
                return settled.insert(PathText(parent)).inserted
            }
            if isNew { try disk.synchronizeDirectory(parent) }
        } catch {
            // Whether the names are durable isn't known any more.
            settled.withLock { $0 = [] }
            throw error
        }
    }
}

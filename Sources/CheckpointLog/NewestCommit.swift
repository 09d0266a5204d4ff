// Takes the newest commit back, as a crash before its record would have left the log.

import DurableFiles

/// The newest commit of a log, for tests of what a start does without it.
package enum NewestCommit {
    /// Removes the record of the newest commit and what follows it; returns its batch, `nil` where there is none. The
    /// query does not run.
    package static func drop(directory: String, disk: any Disk) throws(CheckpointError) -> Int64? {
        let reader = CheckpointReader(directory: directory, disk: disk)
        guard let metadata = try reader.metadata() else { return nil }
        for segment in try reader.chain(queryID: metadata.id).reversed() {
            // The recap says again what former segments have: a segment that holds nothing else goes as a whole.
            for (offset, record) in segment.records.dropFirst(Int(clamping: segment.head.recap)).reversed() {
                guard case .commit(let commit) = record else { continue }
                try checkpointing { () throws(DurabilityError) in
                    try blank(segment.path, from: offset, to: segment.length, disk)
                }
                return commit.batch
            }
            guard segment.head.after != nil else { return nil }
            try checkpointing { () throws(DurabilityError) in
                try disk.remove(segment.path)
                try disk.synchronizeDirectory(reader.logDirectory)
            }
        }
        return nil
    }

    /// Writes zeros, with which a log ends.
    private static func blank(
        _ path: String, from start: Int64, to end: Int64, _ disk: any Disk
    ) throws(DurabilityError) {
        let file = try OpenFile(path, .readWrite, disk: disk)
        defer { file.close() }
        try file.write([UInt8](repeating: 0, count: Int(clamping: end - start)), at: start)
        try file.synchronize()
    }
}

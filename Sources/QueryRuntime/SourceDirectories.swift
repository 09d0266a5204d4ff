// What sources keep in a checkpoint: a directory each.

import DurableFiles

/// The directories of a query's sources, by their number in the plan.
enum SourceDirectories {
    private static let name = "sources"

    /// The directory of a source; it is made by whoever writes there first.
    static func path(of index: Int, in checkpoint: String) -> String {
        DiskPath.join(DiskPath.join(checkpoint, name), String(index))
    }

    /// Reads the logs of all sources from end to end, and says of each what it holds.
    ///
    /// - Throws: `corrupt` for the first that is damaged.
    static func verify(in checkpoint: String, disk: any Disk) throws(DurabilityError) -> [String] {
        let directory = DiskPath.join(checkpoint, name)
        guard try disk.exists(directory) else { return [] }
        var whole: [String] = []
        for source in try disk.list(directory) {
            let directory = DiskPath.join(directory, source)
            for name in try disk.list(directory) where name.hasSuffix(".log") {
                let path = DiskPath.join(directory, name)
                let content: AppendLogContent
                do throws(DurabilityError) {
                    content = try AppendLogContent.read(path, disk: disk)
                } catch  where error.fault == .notFound {
                    // The query runs, and has begun another.
                    continue
                }
                let count = content.records.count
                whole.append("\(path): \(count) \(count == 1 ? "record" : "records")")
            }
        }
        return whole
    }
}

// The files of a state directory: what is there, found from the heads of changelogs alone.

import DurableFiles

/// What was found in a state directory.
struct StateDirectory {
    static let snapshotKind = FileKind("state-snapshot", version: Int(ManifestFrame.format))

    /// A version as it stands in a changelog.
    struct Link: Sendable {
        var manifest: ManifestFrame
        /// The hash of the manifest; of a version that was divided anew, that which it had before.
        var hash: String
        /// The changelog, and where the changes start in it.
        var path: String
        var bodyOffset: Int64
    }

    /// A changelog.
    struct Log {
        var path: String
        /// The highest version that it has changes for.
        var highestVersion: Int
    }

    let directory: String
    private(set) var logs: [Log] = []
    /// Paths of snapshots.
    private(set) var snapshots: [String] = []
    /// What could not be read, with the file: only a problem where something in it is needed.
    private(set) var damages: [String] = []
    /// A file in a format that this version doesn't read.
    private(set) var otherFormat: String?
    /// Usually one for each version.
    private(set) var links: [StateVersion: [Link]] = [:]

    /// Lists a directory and reads the heads of its changelogs. Damage is noted; a disk that fails is an error.
    init(_ directory: String, disk: any Disk) throws(DurabilityError) {
        self.directory = directory
        for name in try disk.list(directory) {
            let path = DiskPath.join(directory, name)
            if name.hasSuffix(".snapshot") {
                snapshots.append(path)
            } else if name.hasPrefix("changelog.") {
                do throws(DurabilityError) {
                    try readLog(path, disk: disk)
                } catch {
                    // A running query may remove it meanwhile.
                    guard error.fault == .notFound else { throw error }
                }
            }
        }
    }

    private mutating func readLog(_ path: String, disk: any Disk) throws(DurabilityError) {
        let content = try FrameLogContent.scan(path, disk: disk)
        if let damage = content.damage { damages.append(damage) }
        if content.isOfFormerFormat { otherFormat = "\(path): \(StateFormatError(otherFormat: 1).message)" }
        var highest = 0
        for frame in content.frames {
            do throws(StateFormatError) {
                let manifest = try ManifestFrame.decode(frame.head)
                guard Int64(manifest.bodyBytes) == frame.bodyBytes else {
                    throw StateFormatError("\(frame.bodyBytes) bytes of changes, not \(manifest.bodyBytes)")
                }
                highest = max(highest, manifest.version.number)
                links[manifest.version, default: []].append(
                    Link(
                        manifest: manifest,
                        hash: manifest.isDivision ? manifest.parentHash : ManifestHash.of(frame.head), path: path,
                        bodyOffset: frame.bodyOffset))
            } catch {
                damages.append("\(path): a frame of \(error.message)")
                if error.isOtherFormat { otherFormat = otherFormat ?? "\(path): \(error.message)" }
            }
        }
        logs.append(Log(path: path, highestVersion: highest))
    }

    /// The path of a part's snapshot that was begun at a version.
    static func snapshotPath(_ directory: String, _ part: PartName, _ start: StateVersion) -> String {
        DiskPath.join(directory, "\(part).\(start.number).\(start.attempt.isEmpty ? "0" : start.attempt).snapshot")
    }
}

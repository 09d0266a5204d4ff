// The files of a state directory: what is there, and which of it makes a version.

import DurableFiles

/// What was found in a state directory. Reads every changelog: they hold what came since the last snapshots.
struct StateDirectory {
    static let snapshotKind = FileKind("state-snapshot", version: Int(StateFrame.format))

    /// Where a piece of changes is.
    struct Piece {
        var frame: StateFrame
        var log: Int
        var body: Range<Int>
    }

    /// A changelog, with its content in memory.
    struct Log {
        var path: String
        var bytes: [UInt8]
        /// The highest version that it has changes for.
        var highestVersion: Int
    }

    private(set) var logs: [Log] = []
    private(set) var snapshots: [StateVersion: String] = [:]
    /// Files that could not be read, with the reason: only a problem where something in them is needed.
    private(set) var damages: [String] = []
    /// A file in a format that this version doesn't read.
    private(set) var otherFormat: String?
    private(set) var pieces: [StateVersion: [Piece]] = [:]

    /// Lists and reads a directory. Damaged changelogs are noted; a disk that fails is an error.
    init(_ directory: String, disk: any Disk) throws(DurabilityError) {
        for name in try disk.list(directory) {
            let path = DiskPath.join(directory, name)
            if let version = StateDirectory.snapshotVersion(name) {
                snapshots[version] = path
            } else if name.hasPrefix("changelog.") {
                try readLog(path, disk: disk)
            }
        }
    }

    private mutating func readLog(_ path: String, disk: any Disk) throws(DurabilityError) {
        let content: AppendLogContent
        do {
            content = try AppendLogContent.read(path, codec: .frames, disk: disk)
        } catch {
            guard error.fault == .corrupt else { throw error }
            damages.append(error.message)
            logs.append(Log(path: path, bytes: [], highestVersion: Int.max))
            return
        }
        if case .torn(let offset) = content.tail {
            damages.append("\(path): the last append, at byte \(offset), is torn")
        }
        var highest = 0
        for (offset, payload) in content.records {
            do throws(StateFormatError) {
                let (frame, body) = try StateFrame.decode(content.bytes[payload])
                highest = max(highest, frame.version.number)
                pieces[frame.version, default: []].append(
                    Piece(frame: frame, log: logs.count, body: body.startIndex..<body.endIndex))
            } catch {
                damages.append("\(path): the frame at byte \(offset) is of \(error.message)")
                if error.otherFormat != nil { otherFormat = otherFormat ?? "\(path): \(error.message)" }
                highest = Int.max
            }
        }
        logs.append(Log(path: path, bytes: content.bytes, highestVersion: highest))
    }

    /// `<version>.<attempt>.snapshot`.
    static func snapshotName(_ version: StateVersion) -> String { "\(version.number).\(version.attempt).snapshot" }

    private static func snapshotVersion(_ name: String) -> StateVersion? {
        guard name.hasSuffix(".snapshot"), let dot = name.firstIndex(of: "."), let number = Int(name[..<dot]),
            number > 0
        else { return nil }
        let attempt = name[name.index(after: dot)...].dropLast(".snapshot".count)
        let version = StateVersion(number, attempt: String(attempt))
        return snapshotName(version) == name ? version : nil
    }

    /// The changes that made a version, joined from their pieces; `nil` where one is missing.
    func changes(of version: StateVersion) -> (frame: StateFrame, body: [UInt8])? {
        guard let found = pieces[version], let first = found.first else { return nil }
        let ordered = found.sorted { $0.frame.piece < $1.frame.piece }
        guard ordered.count == Int(first.frame.pieceCount),
            ordered.indices.allSatisfy({ index in
                let frame = ordered[index].frame
                return Int(frame.piece) == index && frame.pieceCount == first.frame.pieceCount
                    && frame.parent == first.frame.parent && frame.hash == first.frame.hash
                    && frame.fingerprint == first.frame.fingerprint
            })
        else { return nil }
        var body: [UInt8] = []
        for piece in ordered { body += logs[piece.log].bytes[piece.body] }
        return (ordered[0].frame, body)
    }

    /// What a needed version that is not there could be in.
    var damageNote: String { damages.isEmpty ? "" : " (damaged: \(damages.joined(separator: "; ")))" }
}

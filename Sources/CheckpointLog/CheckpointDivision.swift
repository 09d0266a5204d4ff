// Into how many shards the state is divided, of which query it is, and where it is since.

import DurableFiles
import JSONText

/// How the state of a checkpoint is divided. A new checkpoint's is what its metadata say, and its state is in `state/`.
/// Each time it is written anew, into another number of shards or without variables that the query no longer has, a
/// file `division.<n>` says how, and the state is in `state.<n>/` from then on: that file is written last, so that the
/// state is the old one or the new one, whole.
package struct CheckpointDivision: Equatable, Sendable {
    private static let kind = FileKind("checkpoint-division", version: 1)
    private static let filePrefix = "division."
    private static let statePrefix = "state."

    /// How often the state has been divided anew.
    package let number: Int64
    /// Into how many parts.
    package let shards: Int64
    /// The plan of the query that the state is of since; `nil` where it is the one of the metadata.
    package let plan: String?

    /// The division after `number` others.
    package init(number: Int64, shards: Int64, plan: String? = nil) {
        self.number = number
        self.shards = shards
        self.plan = plan
    }

    /// Where the state is in the checkpoint's directory.
    package var stateDirectoryName: String {
        number == 0 ? Checkpoint.stateDirectoryName : Self.statePrefix + String(number)
    }

    /// The division that counts.
    static func read(
        _ directory: String, _ metadata: CheckpointMetadata, disk: any Disk
    ) throws(CheckpointError) -> CheckpointDivision {
        let names = try checkpointing { () throws(DurabilityError) in try disk.list(directory) }
        let newest = names.compactMap { number(in: $0, behind: filePrefix) }.max() ?? 0
        // Nothing that a crash leaves: the state of the division that counts goes after the next one's file is there.
        if !names.contains(CheckpointDivision(number: newest, shards: 0).stateDirectoryName),
            let other = names.compactMap({ number(in: $0, behind: statePrefix) }).filter({ $0 > newest }).max()
        {
            throw .corrupt(
                path(of: other, in: directory), at: 0, "the file is missing, and \(statePrefix)\(other) is there")
        }
        guard newest > 0 else { return CheckpointDivision(number: 0, shards: metadata.shards) }
        let path = path(of: newest, in: directory)
        let bytes = try checkpointing { () throws(DurabilityError) in
            try AtomicFile.read(path, kind: kind, disk: disk).bytes
        }
        do throws(MalformedRecord) {
            let members: Members
            do {
                members = Members(try JSONValue.parse(bytes))
            } catch {
                throw MalformedRecord(message: error.description)
            }
            guard try members.string("query") == metadata.id, try members.integer("number") == newest else {
                throw MalformedRecord(message: "it belongs to another checkpoint, or has another number")
            }
            let shards = try members.integer("shards")
            guard shards > 0 else { throw MalformedRecord(message: "\"shards\" is out of range") }
            return CheckpointDivision(number: newest, shards: shards, plan: try members.optionalString("plan"))
        } catch {
            throw .corrupt(path, at: 0, error.message)
        }
    }

    /// Makes the division the one that counts, durably; the state in its directory is durable already.
    func write(_ directory: String, queryID: String, disk: any Disk) throws(CheckpointError) {
        var members: [(key: String, value: JSONValue)] = [
            ("query", .string(queryID)), ("number", .integer(number)), ("shards", .integer(shards)),
        ]
        if let plan { members.append(("plan", .string(plan))) }
        let json = JSONValue.object(members)
        try checkpointing { () throws(DurabilityError) in
            try AtomicFile.write(
                Self.path(of: number, in: directory), kind: Self.kind, bytes: Array((json.prettyText + "\n").utf8),
                disk: disk)
        }
    }

    /// Removes what other divisions have left: those before this one, and one that was begun and never counted. Only
    /// for who holds the lock. What can't be removed does no harm: the next call tries again.
    func removeOthers(_ directory: String, disk: any Disk) {
        guard let names = try? disk.list(directory) else { return }
        for name in names where name != stateDirectoryName {
            guard name == Checkpoint.stateDirectoryName || Self.number(in: name, behind: Self.statePrefix) != nil
            else { continue }
            disk.removeDirectory(DiskPath.join(directory, name))
        }
        for name in names {
            guard let old = Self.number(in: name, behind: Self.filePrefix), old < number else { continue }
            _ = try? disk.remove(DiskPath.join(directory, name))
        }
    }

    private static func path(of number: Int64, in directory: String) -> String {
        DiskPath.join(directory, filePrefix + String(number))
    }

    /// The number in a name such as `division.2`.
    private static func number(in name: String, behind prefix: String) -> Int64? {
        guard name.hasPrefix(prefix), let number = Int64(name.dropFirst(prefix.count)), number > 0,
            prefix + String(number) == name
        else { return nil }
        return number
    }
}

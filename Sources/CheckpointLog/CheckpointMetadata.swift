// What a checkpoint is for: the query's id, its plan and what can read it.

import DurableFiles
import JSONText

/// The content of a checkpoint's `metadata`, written once.
package struct CheckpointMetadata: Equatable, Sendable {
    /// The version of the checkpoint's format that this software writes, and the only one that it reads.
    ///
    /// Format 1, of millrace 0.1.0, says neither where its marker is kept nor that there ever was one.
    package static let formatVersion: Int64 = 2
    static let fileName = "metadata"
    static let kind = FileKind("checkpoint-metadata", version: 1)

    /// The query's id: the same over all runs.
    package let id: String
    /// The name that the query had when it first started; its transactions keep it, whatever it is called later.
    package let name: String?
    /// The software that made the checkpoint, such as `millrace 0.2.0`.
    package let engine: String
    /// The plan in the words that must not change while the checkpoint is in use, one thing a line.
    package let plan: String
    /// The number of parts that the state is split into, until it is divided anew: `CheckpointDivision`.
    package let shards: Int64
    /// Where each source stood when the query first started, by the source's name: a query that is started again
    /// before its first batch begins there, and misses nothing of what arrived meanwhile.
    package let startingOffsets: [String: JSONValue]
    /// When it was made, in milliseconds since 1970: the first marker is not younger.
    package let createdMilliseconds: Int64
    /// Which clusters, topics and names the query belongs to.
    package let binding: CheckpointBinding

    package init(
        id: String, name: String? = nil, engine: String, plan: String, shards: Int64,
        startingOffsets: [String: JSONValue] = [:], createdMilliseconds: Int64 = 0,
        binding: CheckpointBinding = CheckpointBinding()
    ) {
        self.id = id
        self.name = name
        self.engine = engine
        self.plan = plan
        self.shards = shards
        self.startingOffsets = startingOffsets
        self.createdMilliseconds = createdMilliseconds
        self.binding = binding
    }

    /// A short text that differs where the plan does.
    package var planFingerprint: String { Fingerprint(of: plan).text }

    /// The metadata as the file holds it.
    package var json: JSONValue {
        [
            "id": .string(id), "name": name.map { .string($0) } ?? .null,
            "formatVersion": .integer(Self.formatVersion), "minReader": .integer(Self.formatVersion),
            "engine": .string(engine), "createdMs": .integer(createdMilliseconds), "plan": .string(plan),
            "planFingerprint": .string(planFingerprint), "shards": .integer(shards),
            "startingOffsets": .object(startingOffsets.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }),
            "binding": binding.json,
        ]
    }

    /// Reads the metadata of a checkpoint, `nil` where there is none.
    static func read(_ directory: String, disk: any Disk) throws(CheckpointError) -> CheckpointMetadata? {
        let path = DiskPath.join(directory, fileName)
        let bytes: [UInt8]
        do {
            bytes = try AtomicFile.read(path, kind: kind, disk: disk).bytes
        } catch  where error.fault == .notFound {
            return nil
        } catch {
            throw CheckpointError(error)
        }
        do throws(MalformedRecord) {
            return try parse(bytes)
        } catch {
            if let format = error.olderFormat { throw tooOld(format, path) }
            if let format = error.newerFormat {
                throw CheckpointError(
                    .unsupportedFormat,
                    "needs a reader of format \(format); this version reads format \(formatVersion)",
                    file: path, hint: "start the version that made the checkpoint, or a newer one")
            }
            throw .corrupt(path, at: 0, error.message)
        }
    }

    private static func tooOld(_ format: Int64, _ path: String) -> CheckpointError {
        CheckpointError(
            .unsupportedFormat,
            "the checkpoint has format \(format), that of millrace 0.1.0, which doesn't say what it has published "
                + "where; this version reads format \(formatVersion)",
            file: path,
            hint: "start with a new checkpoint directory: counts and other state are then built from startingOffsets "
                + "on; a query without state goes on where it was with startingOffsets set to the last 'to' that "
                + "millrace 0.1.0 prints for 'checkpoint show', after 0.1.0 has ended in good order")
    }

    private static func parse(_ bytes: [UInt8]) throws(MalformedRecord) -> CheckpointMetadata {
        let json: JSONValue
        do {
            json = try JSONValue.parse(bytes)
        } catch {
            throw MalformedRecord(message: error.description)
        }
        let members = Members(json)
        let minimumReader = try members.integer("minReader")
        guard minimumReader <= formatVersion else {
            throw MalformedRecord(message: "newer format", newerFormat: minimumReader)
        }
        let format = try members.integer("formatVersion")
        guard format >= formatVersion else { throw MalformedRecord(message: "older format", olderFormat: format) }
        let offsets = try members.object("startingOffsets").map { ($0.key, $0.value) }
        let metadata = CheckpointMetadata(
            id: try members.string("id"), name: try members.optionalString("name"),
            engine: try members.string("engine"), plan: try members.string("plan"), shards: try members.count("shards"),
            startingOffsets: Dictionary(offsets, uniquingKeysWith: { first, _ in first }),
            createdMilliseconds: try members.integer("createdMs"),
            binding: try CheckpointBinding(try members.value("binding")))
        guard try members.string("planFingerprint") == metadata.planFingerprint else {
            throw MalformedRecord(message: "\"planFingerprint\" is not that of \"plan\"")
        }
        return metadata
    }
}

/// The lines by which two plans differ.
package struct PlanDifference: Equatable, Sendable, CustomStringConvertible {
    /// Lines of the old plan that the new one hasn't, in order.
    package let removed: [String]
    /// Lines of the new plan that the old one hasn't, in order.
    package let added: [String]
    /// What to do where a column that is read has another type than it had; `nil` where none has.
    package let typeHint: String?

    package init(from old: String, to new: String) {
        let before = old.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let after = new.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let changes = after.difference(from: before)
        self.removed = changes.removals.map { change in
            if case .remove(_, let line, _) = change { line } else { "" }
        }
        self.added = changes.insertions.map { change in
            if case .insert(_, let line, _) = change { line } else { "" }
        }
        typeHint = Self.typeHint(Self.columns(before), Self.columns(after))
    }

    /// Whether it is that processors have lost variables, and nothing else.
    package var hasOnlyLostVariables: Bool {
        added.isEmpty && !removed.isEmpty
            && removed.allSatisfy { line in
                ["  value '", "  list '", "  map '"].contains { line.hasPrefix($0) }
            }
    }

    private static func typeHint(_ before: [Column], _ after: [Column]) -> String? {
        for old in before {
            guard after.contains(where: { $0.name == old.name && $0.type != old.type }) else { continue }
            let name = old.name.split(separator: "#").dropLast().joined(separator: "#")
            return "undo the change; or, where the names of folders give column \(name) its type, declare it in the "
                + "schema of the stream: as \(old.type) the query goes on while every value is one, and folders that "
                + "come change a declared type no more"
        }
        return nil
    }

    /// A column that is read, with its number, and its type.
    private typealias Column = (name: String, type: String)

    /// The columns of all sources: the lines `k#1 INT` below `read source`.
    private static func columns(_ plan: [String]) -> [Column] {
        var columns: [Column] = []
        var depth: Int?
        for line in plan {
            let text = line.drop { $0 == " " }
            if text.hasPrefix("read source") {
                depth = line.count - text.count
            } else if let above = depth, line.count - text.count > above {
                guard let hash = text.firstIndex(of: "#"), let end = text[hash...].firstIndex(of: " ") else { continue }
                columns.append((String(text[..<end]), String(text[text.index(after: end)...])))
            } else {
                depth = nil
            }
        }
        return columns
    }

    package var description: String {
        (removed.map { "- \($0)" } + added.map { "+ \($0)" }).joined(separator: "\n")
    }
}

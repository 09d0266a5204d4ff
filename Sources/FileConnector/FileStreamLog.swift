// Which files belong to which offset of a stream: durable before a batch is planned with them.
//
//     sources/0/00000002.log
//     c4dfa1e3 {"type":"head","format":1,"logOffset":1,"recap":2}
//     ... {"type":"seen","files":[["/data/a.json",1700000000000]]}
//     ... {"type":"files","logOffset":1,"files":[{"path":"/data/b.json","size":12,"modifiedMs":1700000000001}]}
//     ... {"type":"files","logOffset":2,"files":[...]}
//
// A run that takes files starts a segment of its own, which says again what counts of the one before: the files that
// were seen, and those of the offsets that may be asked for once more. It is there whole or not at all; older ones
// go when it is. So a start reads one segment, and a batch none.

import Connectors
import DurableFiles
import JSONText

/// The log of one source. Used by the query's control thread.
final class FileStreamLog {
    private static let format: Int64 = 1
    /// Files in one record of what was seen.
    private static let filesPerRecord = 1000
    /// How many offsets back files are remembered: a batch that was not committed is asked for again.
    private static let rememberedOffsets: Int64 = 8
    /// A segment is written anew when as much was added to it as it began with, and no less than this.
    private static let growthBytes: Int64 = 4 << 20

    private(set) var seen: SeenFiles
    /// The offset of the files that were logged last; -1 where there are none.
    private(set) var latest: Int64 = -1
    private var entries: [Int64: [DataFile]] = [:]
    /// The files of offsets up to this one were cleaned up after in this run.
    private var cleaned: Int64 = -1
    /// How many records behind its head the segment began with.
    private var recapCount: Int64 = 0
    private var place: (directory: String, disk: any Disk)?
    private var segment: AppendLog?
    private var segmentNumber = 0
    /// How many bytes the segment began with, and how many were added since.
    private var bytesAtFirst: Int64 = 0
    private var bytesAdded: Int64 = 0

    init(seen: SeenFiles) { self.seen = seen }

    // MARK: Reading

    /// Takes up what the runs before have logged in a directory of the checkpoint. Writes nothing.
    ///
    /// - Throws: where the log is damaged, or of a newer format.
    func recover(_ directory: String, disk: any Disk) throws {
        place = (directory, disk)
        guard try disk.exists(directory) else { return }
        let numbers = try Self.segments(directory, disk)
        segmentNumber = numbers.last ?? 0
        guard let newest = numbers.last else { return }
        let path = Self.path(directory, newest)
        let content = try AppendLogContent.read(path, disk: disk)
        for index in content.records.indices {
            let text = String(decoding: content.payload(index), as: UTF8.self)
            guard let record = try? JSONValue.parse(text), take(record, isFirst: index == 0) else {
                throw ConnectorError(
                    .dataLoss, "the log of files \(path) has a record that is not understood: \(text.prefix(200))",
                    hint: "restore the checkpoint from a backup, or start with a new one")
            }
        }
        // A segment gets its name only when all that it begins with is durable.
        guard content.records.count > recapCount else {
            throw ConnectorError(
                .dataLoss, "the log of files \(path) has lost records that it began with",
                hint: "restore the checkpoint from a backup, or start with a new one")
        }
        seen.purge()
    }

    private static func segments(_ directory: String, _ disk: any Disk) throws -> [Int] {
        try disk.list(directory).compactMap { name in
            name.hasSuffix(".log") && name.utf8.count == 12 ? Int(name.dropLast(4)) : nil
        }.sorted()
    }

    private static func path(_ directory: String, _ number: Int) -> String {
        let digits = String(number)
        return DiskPath.join(directory, String(repeating: "0", count: max(0, 8 - digits.count)) + digits + ".log")
    }

    private func take(_ record: JSONValue, isFirst: Bool) -> Bool {
        switch record["type"]?.stringValue {
        case "head":
            guard isFirst, record["format"]?.integerValue == Self.format,
                let offset = record["logOffset"]?.integerValue, let recap = record["recap"]?.integerValue
            else { return false }
            (latest, recapCount) = (offset, recap)
        case "seen":
            for file in record["files"]?.arrayValue ?? [] {
                guard let path = file[0]?.stringValue, let time = file[1]?.integerValue else { return false }
                seen.insert(path, modifiedMilliseconds: time)
            }
        case "files":
            guard let offset = record["logOffset"]?.integerValue else { return false }
            var files: [DataFile] = []
            for file in record["files"]?.arrayValue ?? [] {
                guard let file = DataFile(json: file) else { return false }
                files.append(file)
            }
            remember(files, at: offset)
        default: return false
        }
        return true
    }

    private func remember(_ files: [DataFile], at offset: Int64) {
        entries[offset] = files
        latest = max(latest, offset)
        for file in files { seen.insert(file.path, modifiedMilliseconds: file.modifiedMilliseconds) }
    }

    /// The files of the offsets behind `start`, up to `end`.
    ///
    /// - Throws: where some of them are not known.
    func files(after start: Int64, through end: Int64) throws(ConnectorError) -> [DataFile] {
        var files: [DataFile] = []
        for offset in stride(from: start + 1, through: end, by: 1) {
            guard let entry = entries[offset] else {
                throw ConnectorError(
                    .dataLoss, "the log of files does not know offset \(offset): it knows those up to \(latest)",
                    hint: "restore the checkpoint with its folder sources, or start with a new one")
            }
            files += entry
        }
        return files
    }

    /// The files of the offsets up to `end` that were not given before by this run: after a start those of the last
    /// few offsets again, whether or not the run before has cleaned up after them.
    func takeUncleaned(through end: Int64) -> [DataFile] {
        guard end > cleaned else { return [] }
        let offsets = entries.keys.filter { $0 > cleaned && $0 <= end }.sorted()
        cleaned = end
        return offsets.flatMap { entries[$0] ?? [] }
    }

    // MARK: Writing

    /// Gives files the next offset. They are durable when this returns.
    func add(_ files: [DataFile]) throws -> Int64 {
        let offset = latest + 1
        if let place {
            let record = Self.record(files, at: offset)
            do {
                if let segment, bytesAdded < max(Self.growthBytes, bytesAtFirst) {
                    try segment.append(record)
                    try segment.synchronize()
                    bytesAdded += Int64(record.count)
                } else {
                    try begin(place.directory, place.disk, with: record)
                }
            } catch {
                // What the segment holds isn't known any more: the next one says it all again.
                segment?.close()
                segment = nil
                throw error
            }
        }
        remember(files, at: offset)
        seen.purge()
        return offset
    }

    /// A segment with all that counts, and one record more.
    private func begin(_ directory: String, _ disk: any Disk, with record: [UInt8]) throws {
        try disk.createDirectories(directory)
        segment?.close()
        segment = nil
        _ = try TemporaryFiles.sweep(directory, disk: disk)
        let older = try Self.segments(directory, disk)
        guard older.last ?? 0 <= segmentNumber else {
            throw ConnectorError(
                .superseded, "another instance of this query has taken files since", hint: "let only one of them run")
        }
        segmentNumber += 1
        let records = recap() + [record]
        segment = try AppendLog(creating: Self.path(directory, segmentNumber), records: records, disk: disk)
        bytesAtFirst = records.reduce(0) { $0 + Int64($1.count) }
        bytesAdded = 0
        for number in older { _ = try disk.remove(Self.path(directory, number)) }
    }

    private func recap() -> [[UInt8]] {
        var records: [[UInt8]] = []
        let remembered = Set(entries.values.flatMap { $0 }.map { PathText($0.path) })
        let files = seen.files.filter { !remembered.contains($0.key) }.sorted { a, b in
            a.value == b.value ? a.key.text.utf8.lexicographicallyPrecedes(b.key.text.utf8) : a.value < b.value
        }
        for start in stride(from: 0, to: files.count, by: Self.filesPerRecord) {
            let part = files[start..<min(start + Self.filesPerRecord, files.count)].map { file in
                JSONValue.array([.string(file.key.text), .integer(file.value)])
            }
            records.append(JSONValue.object([("type", "seen"), ("files", .array(part))]).utf8)
        }
        for (offset, files) in entries.sorted(by: { $0.key < $1.key }) {
            records.append(Self.record(files, at: offset))
        }
        let head = JSONValue.object([
            ("type", "head"), ("format", .integer(Self.format)), ("logOffset", .integer(latest)),
            ("recap", .integer(Int64(records.count))),
        ])
        return [head.utf8] + records
    }

    private static func record(_ files: [DataFile], at offset: Int64) -> [UInt8] {
        let record = JSONValue.object([
            ("type", "files"), ("logOffset", .integer(offset)), ("files", .array(files.map(\.json))),
        ])
        return record.utf8
    }

    /// Forgets which files the offsets up to `end` have, but for the last few; that they were seen is remembered.
    func forget(through end: Int64) {
        for offset in entries.keys where offset <= end - Self.rememberedOffsets { entries[offset] = nil }
    }

    func close() { segment?.close() }
}

extension DataFile {
    fileprivate var json: JSONValue {
        var members: [(key: String, value: JSONValue)] = [
            ("path", .string(path)), ("size", .integer(size)), ("modifiedMs", .integer(modifiedMilliseconds)),
        ]
        if !partition.isEmpty {
            let folders = partition.map { JSONValue.array([.string($0.name), $0.value.map { .string($0) } ?? .null]) }
            members.append(("folders", .array(folders)))
        }
        return .object(members)
    }

    fileprivate init?(json: JSONValue) {
        guard let path = json["path"]?.stringValue, let size = json["size"]?.integerValue, size >= 0,
            let modified = json["modifiedMs"]?.integerValue
        else { return nil }
        var partition: [PartitionValue] = []
        for folder in json["folders"]?.arrayValue ?? [] {
            guard let name = folder[0]?.stringValue else { return nil }
            partition.append(PartitionValue(name: name, value: folder[1]?.stringValue))
        }
        self.init(path: path, size: size, modifiedMilliseconds: modified, partition: partition)
    }
}

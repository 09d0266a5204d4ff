// Which files of a directory count: the manifest `_spark_metadata`, as Spark writes and reads it.
//
//     _spark_metadata/9.compact     v1, then a line of JSON for each file of batches 0 to 9
//     _spark_metadata/10            v1, then a line of JSON for each file of batch 10

import Connectors
import DurableFiles
import JSONText

/// A directory's manifest as it is read.
struct FileManifest {
    /// The folder's name in the directory.
    static let folder = "_spark_metadata"
    /// What stands before the files.
    static let version = "v1"
    /// Every so many batches one says all.
    static let compactInterval: Int64 = 10

    /// A file that counts, or that counts no more.
    struct Entry: Equatable, Sendable {
        /// Absolute.
        var path: String
        var size: Int64
        var modifiedMilliseconds: Int64
        var isDeleted = false
    }

    let directory: String
    let disk: any Disk

    /// Where it is.
    var path: String { DiskPath.join(directory, Self.folder) }

    /// The batches whose files the manifest has one by one, and the one that says all before them.
    struct Batches: Equatable {
        var compact: Int64?
        /// Those behind it, in order.
        var single: [Int64] = []
        /// All names that there are, of older batches too.
        var names: [(batch: Int64, name: String)] = []

        var latest: Int64? { single.last ?? compact }

        static func == (a: Batches, b: Batches) -> Bool { a.compact == b.compact && a.single == b.single }
    }

    /// Whether a directory has a manifest.
    static func exists(in directory: String, disk: any Disk) throws(DurabilityError) -> Bool {
        try disk.exists(DiskPath.join(directory, folder))
    }

    static func isCompact(_ batch: Int64) -> Bool { (batch + 1) % compactInterval == 0 }

    func file(_ batch: Int64, isCompact: Bool) -> String {
        DiskPath.join(path, isCompact ? "\(batch).compact" : "\(batch)")
    }

    /// What we write for a batch, and Spark with its usual interval.
    func file(_ batch: Int64) -> String { file(batch, isCompact: Self.isCompact(batch)) }

    /// Looks which batches there are.
    func batches() throws(DurabilityError) -> Batches {
        var batches = Batches()
        for name in try disk.list(path) {
            let isCompact = name.hasSuffix(".compact")
            let digits = isCompact ? name.dropLast(".compact".count) : name[...]
            guard let batch = Int64(digits), batch >= 0, String(batch) == digits else { continue }
            batches.names.append((batch, name))
            if isCompact { batches.compact = max(batches.compact ?? batch, batch) }
        }
        let first = batches.compact ?? -1
        batches.single = batches.names.map(\.batch).filter { $0 > first }.sorted()
        return batches
    }

    /// The files that count, in the order in which they came.
    ///
    /// - Throws: where a batch is missing, or a line is not understood.
    func entries() throws -> [Entry] { try entries(behind: nil, except: { _ in false }).entries }

    /// The files that count and are not known, in the order in which they came, and the newest batch. Batches up to
    /// `start` are read where another one says them again, and else not.
    ///
    /// - Throws: where a batch is missing, or a line is not understood.
    func entries(
        behind start: Int64?, except isKnown: (_ path: String) -> Bool
    ) throws -> (entries: [Entry], latest: Int64?) {
        var tries = 0
        while true {
            do {
                return try entriesNow(behind: start, except: isKnown)
            } catch let error as DurabilityError where error.fault == .notFound && tries < 10 {
                // Removed since it was listed, as another one says it all: look again.
                tries += 1
            }
        }
    }

    private func entriesNow(
        behind start: Int64?, except isKnown: (_ path: String) -> Bool
    ) throws -> (entries: [Entry], latest: Int64?) {
        let batches = try batches()
        let start = start.flatMap { $0 <= batches.latest ?? -1 ? $0 : nil } ?? -1
        var entries: [Entry] = []
        if let compact = batches.compact, compact > start {
            entries += try read(file(compact, isCompact: true), except: isKnown)
        }
        var next = max(batches.compact ?? -1, start) + 1
        for batch in batches.single where batch > start {
            guard batch == next else {
                throw ConnectorError(
                    .dataLoss, "the manifest \(path) has batch \(batch) and not batch \(next)",
                    hint: "restore the file \(next) of it, or read the directory without its manifest")
            }
            entries += try read(file(batch, isCompact: false), except: isKnown)
            next += 1
        }
        let deleted = Set(entries.filter(\.isDeleted).map { PathText($0.path) })
        if !deleted.isEmpty { entries.removeAll { deleted.contains(PathText($0.path)) } }
        return (entries, batches.latest)
    }

    private func read(_ file: String, except isKnown: (_ path: String) -> Bool) throws -> [Entry] {
        var entries: [Entry] = []
        try lines(of: file) { line in
            guard let entry = Entry(line: line) else {
                throw ConnectorError(
                    .dataLoss,
                    "the manifest \(file) has a line that is not understood: "
                        + String(decoding: line.prefix(200), as: UTF8.self),
                    hint: "restore it from a backup")
            }
            if entry.isDeleted || !isKnown(entry.path) { entries.append(entry) }
        }
        return entries
    }

    /// Gives the lines behind the version, one by one, with memory for a part of the file alone.
    func lines(of file: String, _ body: (ArraySlice<UInt8>) throws -> Void) throws {
        let open = try OpenFile(file, .readOnly, disk: disk)
        defer { open.close() }
        var rest: [UInt8] = []
        var place: Int64 = 0
        var isFirst = true
        var isAtEnd = false
        while !isAtEnd {
            let bytes = try open.read(at: place, count: 1 << 20)
            place += Int64(bytes.count)
            isAtEnd = bytes.isEmpty
            rest += isAtEnd ? [0x0A] : bytes
            var start = 0
            while let end = rest[start...].firstIndex(of: 0x0A) {
                let line = rest[start..<end]
                start = end + 1
                if isFirst {
                    try checkVersion(line, file)
                    isFirst = false
                } else if !line.isEmpty {
                    try body(line)
                }
            }
            rest.removeFirst(start)
        }
    }

    private func checkVersion(_ line: ArraySlice<UInt8>, _ file: String) throws(ConnectorError) {
        guard !line.elementsEqual(Self.version.utf8) else { return }
        throw ConnectorError(
            .dataLoss,
            "the manifest \(file) begins with '\(String(decoding: line.prefix(20), as: UTF8.self))', not with "
                + Self.version,
            hint: "it was written by another version of Spark, or is damaged")
    }
}

extension FileManifest.Entry {
    /// The line that Spark writes of a file.
    var line: [UInt8] {
        JSONValue.object([
            ("path", .string(FileAddress.text(of: path))), ("size", .integer(size)), ("isDir", .bool(false)),
            ("modificationTime", .integer(modifiedMilliseconds)), ("blockReplication", .integer(1)),
            ("blockSize", .integer(33_554_432)), ("action", .string(isDeleted ? "delete" : "add")),
        ]).utf8
    }

    init?(line: ArraySlice<UInt8>) {
        guard let json = try? JSONValue.parse(String(decoding: line, as: UTF8.self)),
            let address = json["path"]?.stringValue, let path = FileAddress.path(of: address),
            let size = json["size"]?.integerValue, size >= 0, let time = json["modificationTime"]?.integerValue,
            let action = json["action"]?.stringValue, ["add", "delete"].contains(action)
        else { return nil }
        self.init(path: path, size: size, modifiedMilliseconds: time, isDeleted: action == "delete")
    }
}

/// Paths as the addresses that Spark writes: `file:///a%20b`.
enum FileAddress {
    private static let plain: Set<UInt8> = Set(
        Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~'()*:@&=+$,;/".utf8))

    /// The address of an absolute path.
    static func text(of path: String) -> String {
        var bytes = Array("file://".utf8)
        for scalar in path.unicodeScalars {
            // What Java leaves as it is: letters of all scripts, and no blanks or controls.
            let isOther =
                !scalar.isASCII && !scalar.properties.isWhitespace
                && scalar.properties.generalCategory != .control
            for byte in String(scalar).utf8 {
                if isOther || plain.contains(byte) { bytes.append(byte) } else { bytes += Hexadecimal.escape(byte) }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The path of an address; `nil` where it is one of another file system, or none.
    static func path(of text: String) -> String? {
        guard let resolved = try? LocalPath.resolve(text), resolved.hasPrefix("/") else { return nil }
        return text.hasPrefix("/") ? resolved : PercentText.plain(resolved[...])
    }
}

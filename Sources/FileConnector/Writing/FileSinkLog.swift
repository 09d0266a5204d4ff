// What a sink keeps beside its files: the manifest, whose batches they are, and what an attempt may have left.
//
//     _spark_metadata/LOCK                    who writes now
//     _spark_metadata/10, 9.compact           Spark's manifest: batch 10 counts when this has its name
//     _spark_metadata/.millrace-marker-10     the query and the marker of batch 10
//     _spark_metadata/.millrace-attempt-<id>  the folders in which an attempt writes; gone when the batch is committed
//
// The marker is durable before the manifest gets its name: a manifest without its marker is somebody else's.

import Connectors
import DurableFiles
import JSONText

/// The log of one directory, for the one query that writes there. Used by the query's control thread.
final class FileSinkLog {
    /// A marker with the query that it belongs to.
    struct Marker: Equatable {
        var query: String
        /// The attempt whose files they are; `nil` where it has none.
        var attempt: String?
        var text: String
        /// How the files are written; `nil` in markers of versions that didn't say it.
        var manner: Manner?
    }

    /// What all files of a directory have in common, so that one reader can read them.
    struct Manner: Equatable {
        /// The format's name.
        var format: String
        /// The columns that name folders, from the outermost.
        var partitionBy: [String]

        static func == (a: Manner, b: Manner) -> Bool {
            a.format == b.format && a.partitionBy.map(PathText.init) == b.partitionBy.map(PathText.init)
        }

        /// For people.
        var text: String {
            format + (partitionBy.isEmpty ? "" : " divided by \(partitionBy.joined(separator: ", "))")
        }
    }

    private static let kind = FileKind("file-sink-marker", version: 1)
    private static let markerName = ".millrace-marker-"
    private static let attemptName = ".millrace-attempt-"
    /// The batch of the marker before the first batch.
    static let firstBatch: Int64 = -1

    let manifest: FileManifest
    /// What the directory may hold where it has no manifest.
    enum Start {
        /// Nothing: the query is new.
        case new
        /// Nothing, either: the query had one, so that files without it are a loss to be told.
        case withMarker
        /// What the query has written: its user has said that it goes on.
        case withOrWithoutMarker
    }

    /// How this query writes: the columns by the names that the rows have.
    var manner: Manner
    var start = Start.new
    private let disk: any Disk
    /// Entries older than this are left out where all is written anew.
    private let retentionMilliseconds: Int64?
    private var lock: DirectoryLock?
    /// The newest batch that counts, as it was found or written last: while that is so, nothing has to be listed.
    private var newest: (batch: Int64, marker: Marker)?

    init(_ directory: String, _ manner: Manner, retentionMilliseconds: Int64?, disk: any Disk) {
        self.manner = manner
        manifest = FileManifest(directory: directory, disk: disk)
        self.disk = disk
        self.retentionMilliseconds = retentionMilliseconds
    }

    // MARK: Start

    /// Takes the directory for this query, and ends what others have left unfinished: from here on nobody else's
    /// manifest gets its name.
    ///
    /// - Throws: `OUTPUT_IN_USE` where another process has it; as `lastMarker` where it isn't the query's.
    func takeOver(query: String) throws {
        // Refused before anything is made: beside a manifest, even one without batches, no file would be seen any more.
        _ = try lastMarker(query: query)
        try disk.createDirectories(manifest.path)
        if lock == nil { lock = try newLock(query) }
        newest = nil
        // The others' manifests have hidden names until they count.
        try TemporaryFiles.sweep(manifest.path, disk: disk)
        // What is seen from here on must still be there after a power cut.
        try disk.synchronizeDirectory(manifest.path)
        try removeGap()
        let latest = try manifest.batches().latest ?? Self.firstBatch
        let committed = try marker(of: latest)?.attempt
        for name in try disk.list(manifest.path) {
            if name.hasPrefix(Self.attemptName) {
                let attempt = String(name.dropFirst(Self.attemptName.count))
                if attempt != committed { try removeFiles(of: attempt, name) }
                _ = try disk.remove(DiskPath.join(manifest.path, name))
            } else if name.hasPrefix(Self.markerName), name != Self.markerName + String(latest) {
                _ = try disk.remove(DiskPath.join(manifest.path, name))
            }
        }
    }

    private func newLock(_ runID: String) throws -> DirectoryLock {
        do {
            return try DirectoryLock(manifest.path, runID: runID, disk: disk)
        } catch {
            guard error.fault == .inUse else { throw error }
            throw ConnectorError(
                .outputInUse, "another query writes to \(manifest.directory): \(error.detail)",
                hint: "a directory takes the files of one query: stop the other one, or write elsewhere")
        }
    }

    func release() {
        lock?.release()
        lock = nil
        newest = nil
    }

    /// Removes what an attempt has written that no manifest names.
    private func removeFiles(of attempt: String, _ name: String) throws {
        guard !attempt.isEmpty else { return }
        // The power may have gone before the list was there: then its files are told by their names alone, and those in
        // folders stay, which no manifest names.
        let bytes = try disk.readWhole(DiskPath.join(manifest.path, name))
        let listed = (try? JSONValue.parse(String(decoding: bytes, as: UTF8.self)))?["folders"]?.arrayValue ?? [""]
        for folder in listed.compactMap(\.stringValue) {
            let path = folder.isEmpty ? manifest.directory : DiskPath.join(manifest.directory, folder)
            guard try disk.exists(path) else { continue }
            for name in try disk.list(path) where name.contains(attempt) {
                _ = try disk.remove(DiskPath.join(path, name))
            }
        }
    }

    // MARK: Markers

    private func markerPath(_ batch: Int64) -> String { DiskPath.join(manifest.path, Self.markerName + String(batch)) }

    private func marker(of batch: Int64) throws -> Marker? {
        guard try disk.exists(markerPath(batch)) else { return nil }
        let bytes = try AtomicFile.read(markerPath(batch), kind: Self.kind, disk: disk).bytes
        guard let json = try? JSONValue.parse(String(decoding: bytes, as: UTF8.self)),
            let query = json["query"]?.stringValue, let text = json["marker"]?.stringValue
        else {
            throw ConnectorError(
                .dataLoss, "\(markerPath(batch)) is not understood", hint: "restore it from a backup")
        }
        let manner = json["format"]?.stringValue.map { format in
            Manner(format: format, partitionBy: (json["partitionBy"]?.arrayValue ?? []).compactMap(\.stringValue))
        }
        return Marker(query: query, attempt: json["attempt"]?.stringValue, text: text, manner: manner)
    }

    /// A marker of a batch that is written now.
    func marker(query: String, attempt: String?, text: String) -> Marker {
        Marker(query: query, attempt: attempt, text: text, manner: manner)
    }

    /// The marker of the newest batch that counts, or the one before the first batch.
    ///
    /// - Throws: `OUTPUT_TAKEN` where the directory is another query's, or has files that no manifest names.
    func lastMarker(query: String) throws -> Marker? {
        if let newest, try isNewest(newest.batch, newest.marker) { return newest.marker }
        newest = nil
        if try disk.exists(manifest.directory), try !disk.isDirectory(manifest.directory) {
            throw FileErrors.noDirectory(manifest.directory)
        }
        guard try FileManifest.exists(in: manifest.directory, disk: disk) else {
            try checkUnnamedFiles()
            return nil
        }
        guard let latest = try latest() else {
            if let gap = try gap(), gap.marker.query != query { throw takenBy(gap.marker.query, gap.marker.batch) }
            let first = try marker(of: Self.firstBatch)
            // Another query that has begun and written nothing gives way.
            if let first, first.query == query {
                try check(first)
                return first
            }
            try checkUnnamedFiles()
            return nil
        }
        guard let marker = try marker(of: latest) else {
            throw taken("was written by Spark, or by something else, up to batch \(latest)")
        }
        guard marker.query == query else {
            throw takenBy(marker.query, latest)
        }
        try check(marker)
        newest = (latest, marker)
        return marker
    }

    /// Refuses to write on in another way.
    private func check(_ marker: Marker) throws(ConnectorError) {
        guard let written = marker.manner, written != manner else { return }
        throw ConnectorError(
            .invalidOption,
            "the files of \(manifest.directory) are \(written.text), and the query would go on with \(manner.text)",
            hint: "write as before, or begin with a new directory and a new checkpoint: no reader takes both")
    }

    /// Whether a batch that was the newest one still is, with the same marker, which goes when another batch comes.
    private func isNewest(_ batch: Int64, _ marker: Marker) throws -> Bool {
        try disk.exists(manifest.file(batch)) && !disk.exists(manifest.file(batch + 1))
            && self.marker(of: batch) == marker
    }

    private func takenBy(_ query: String, _ batch: Int64) -> ConnectorError {
        taken("has the output of another query, \(query), up to batch \(batch)")
    }

    private func taken(_ what: String) -> ConnectorError {
        ConnectorError(
            .outputTaken, "\(manifest.directory) \(what)",
            hint:
                "write to a new directory; or go on with the checkpoint that the output belongs to. Batches are told "
                + "by their numbers: those of two queries would be taken for each other's")
    }

    /// Refuses files that no manifest names, unless they are those of a query that goes on with them.
    private func checkUnnamedFiles() throws {
        let found = try UnnamedFiles(of: manifest.directory, folders: manner.partitionBy, disk: disk)
        guard start != .new, found.stranger == nil else {
            guard let file = found.stranger ?? found.paths.first.map(DiskPath.lastName(of:)) else { return }
            throw ConnectorError(
                .outputTaken, "\(manifest.directory) has files that no stream has written, such as \(file)",
                hint: "write to a new directory: beside the manifest of a stream readers would no longer see them")
        }
        guard start == .withMarker, !found.paths.isEmpty else { return }
        throw ConnectorError(
            .markerMissing,
            "the manifest \(manifest.path) is gone, and \(found.paths.count) files of the query are there",
            hint: "put it back from a backup; or go on with option onMarkerLost, which takes these files for all of "
                + "the query's output: replay runs a batch that was under way again (its rows may be there twice), "
                + "skip doesn't (they may be missing)")
    }

    /// The files that were there before the manifest was lost, as lines of a new one, but for those that it would leave
    /// out by now.
    private func unnamedFiles(
        besides entries: [FileManifest.Entry], _ now: Int64
    ) throws -> [FileManifest.Entry] {
        guard start == .withOrWithoutMarker, try latest() == nil, try marker(of: Self.firstBatch) == nil else {
            return []
        }
        let known = Set(entries.map { PathText($0.path) })
        let found = try UnnamedFiles(of: manifest.directory, folders: manner.partitionBy, disk: disk)
        return try found.paths.filter { !known.contains(PathText($0)) }.compactMap { path in
            let file = try OpenFile(path, .readOnly, disk: disk)
            defer { file.close() }
            let time = try FileSystem.status(path)?.modifiedMilliseconds ?? now
            let entry = FileManifest.Entry(path: path, size: try file.size(), modifiedMilliseconds: time)
            return isTooOld(entry, now) ? nil : entry
        }
    }

    // MARK: Batches

    /// The newest batch that counts.
    func latest() throws -> Int64? {
        if let newest { return newest.batch }
        return try gap() == nil ? manifest.batches().latest : nil
    }

    /// Begins the manifest of a batch, under a hidden name: whoever takes the directory over removes it, and then it
    /// can't count any more.
    func begin(_ batch: Int64) throws -> AtomicFileWriter {
        try AtomicFileWriter(
            manifest.file(batch), kind: nil, disk: disk)
    }

    /// Notes where an attempt writes. It isn't waited for: after a power cut some files without names may stay.
    func note(_ attempt: String, folders: [String]) throws {
        let note = JSONValue.object([("folders", .array(folders.map { .string($0) }))])
        let file = try OpenFile(DiskPath.join(manifest.path, Self.attemptName + attempt), .createExclusive, disk: disk)
        defer { file.close() }
        try file.write(note.utf8, at: 0)
    }

    /// Removes what an attempt has written, and its note.
    func discard(_ attempt: String) throws {
        let name = Self.attemptName + attempt
        guard try disk.exists(DiskPath.join(manifest.path, name)) else { return }
        try removeFiles(of: attempt, name)
        _ = try disk.remove(DiskPath.join(manifest.path, name))
    }

    /// The marker before the first batch.
    func commitFirst(_ marker: Marker) throws {
        // A query without batches has it committed again now and then: there is always one.
        guard try self.marker(of: Self.firstBatch) != marker else { return }
        _ = try disk.remove(markerPath(Self.firstBatch))
        try write(marker, Self.firstBatch)
        hasWritten()
    }

    /// From now on files without a manifest are the query's own, and a loss.
    private func hasWritten() {
        if start == .new { start = .withMarker }
    }

    private func write(_ marker: Marker, _ batch: Int64) throws {
        var members: [(key: String, value: JSONValue)] = [("query", .string(marker.query))]
        if let attempt = marker.attempt { members.append(("attempt", .string(attempt))) }
        members.append(("marker", .string(marker.text)))
        if let manner = marker.manner {
            members.append(("format", .string(manner.format)))
            members.append(("partitionBy", .array(manner.partitionBy.map { .string($0) })))
        }
        try AtomicFile.write(markerPath(batch), kind: Self.kind, bytes: JSONValue.object(members).utf8, disk: disk)
    }

    /// Makes a batch's files count, with its marker.
    func commit(
        _ batch: Int64, _ entries: [FileManifest.Entry], _ marker: Marker, in writer: AtomicFileWriter,
        nowMilliseconds: Int64
    ) throws {
        let entries = try unnamedFiles(besides: entries, nowMilliseconds) + entries
        let latest = try latest()
        try checkNoGap(latest, batch)
        if latest == nil { try removeGap() }
        _ = try disk.remove(markerPath(batch))
        try write(marker, batch)
        // Behind the marker, by which a start knows it again.
        if latest == nil { try fillGap(before: batch) }
        let batches = FileManifest.isCompact(batch) ? try manifest.batches() : nil
        CrashPoint.reach(.afterOffsetsSent)
        try writer.append(Array(FileManifest.version.utf8))
        if let batches { try copy(batches, nowMilliseconds, into: writer) }
        for entry in entries { try writer.append([0x0A] + entry.line) }
        CrashPoint.reachSoon(.midCommit)
        try publish(writer)
        newest = (batch, marker)
        hasWritten()
        try cleanUp(behind: batch, marker.attempt, batches)
    }

    private func publish(_ writer: AtomicFileWriter) throws {
        do {
            try writer.publish()
        } catch {
            guard error.fault == .notFound || error.fault == .alreadyExists else { throw error }
            throw ConnectorError(
                .superseded, "another instance of the query has taken \(manifest.directory) over",
                hint: "let only one of them run")
        }
    }

    private func checkNoGap(_ latest: Int64?, _ batch: Int64) throws {
        guard let latest, latest + 1 != batch else { return }
        throw ConnectorError(
            .dataLoss, "the manifest \(manifest.path) ends with batch \(latest), and batch \(batch) is to come",
            hint: "restore it from a backup, or begin with a new directory and a new checkpoint")
    }

    // MARK: Gaps

    /// Batches that the manifest lacks, since somebody has removed it, have no files: readers want them all the same.
    private func fillGap(before batch: Int64) throws {
        let first = batch - (batch + 1) % FileManifest.compactInterval
        for missing in stride(from: max(first, 0), to: batch, by: 1) {
            let writer = try begin(missing)
            try writer.append(Array(FileManifest.version.utf8))
            try publish(writer)
        }
    }

    /// What going on without a manifest has left that was cut off: batches without files, and before them the marker
    /// of the batch that was to come behind them. Nothing of it counts; `nil` where there is none.
    private func gap() throws -> (batches: FileManifest.Batches, marker: (query: String, batch: Int64))? {
        let batches = try manifest.batches()
        guard let latest = batches.latest, try !disk.exists(markerPath(latest)) else { return nil }
        let markers = try disk.list(manifest.path).compactMap { name in
            name.hasPrefix(Self.markerName) ? Int64(name.dropFirst(Self.markerName.count)) : nil
        }
        guard let next = markers.max(), next > latest, let marker = try marker(of: next) else { return nil }
        for (_, name) in batches.names {
            var isEmpty = true
            try manifest.lines(of: DiskPath.join(manifest.path, name)) { _ in isEmpty = false }
            guard isEmpty else { return nil }
        }
        return (batches, (marker.query, next))
    }

    /// Removes a gap from its end on, so that readers miss no batch, and for good before its marker may go.
    private func removeGap() throws {
        guard let gap = try gap() else { return }
        for (_, name) in gap.batches.names.sorted(by: { $0.batch > $1.batch }) {
            _ = try disk.remove(DiskPath.join(manifest.path, name))
        }
        try disk.synchronizeDirectory(manifest.path)
    }

    /// The lines of all batches that are still to be told, one by one.
    private func copy(_ batches: FileManifest.Batches, _ now: Int64, into writer: AtomicFileWriter) throws {
        var files = batches.compact.map { [manifest.file($0, isCompact: true)] } ?? []
        files += batches.single.map { manifest.file($0, isCompact: false) }
        for file in files {
            try manifest.lines(of: file) { line in
                if !isTooOld(line, now) { try writer.append([0x0A] + line) }
            }
        }
        CrashPoint.reach(.manifestCopied)
    }

    private func isTooOld(_ line: ArraySlice<UInt8>, _ now: Int64) -> Bool {
        guard retentionMilliseconds != nil, let entry = FileManifest.Entry(line: line) else { return false }
        return isTooOld(entry, now)
    }

    private func isTooOld(_ entry: FileManifest.Entry, _ now: Int64) -> Bool {
        guard let retentionMilliseconds else { return false }
        return now - entry.modifiedMilliseconds > retentionMilliseconds
    }

    /// Removes what says no more than what has come. Whoever reads the batches before the last compaction may go on:
    /// they stay until the next one.
    private func cleanUp(behind batch: Int64, _ attempt: String?, _ batches: FileManifest.Batches?) throws {
        if let attempt { _ = try disk.remove(DiskPath.join(manifest.path, Self.attemptName + attempt)) }
        _ = try disk.remove(markerPath(batch - 1))
        guard let batches, let before = batches.compact else { return }
        for (old, name) in batches.names where old < before {
            _ = try disk.remove(DiskPath.join(manifest.path, name))
            CrashPoint.reach(.manifestCleaned)
        }
    }
}

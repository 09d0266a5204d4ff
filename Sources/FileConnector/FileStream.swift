// Files as a stream: each file that turns up is read once.

import Columns
import Connectors
import DurableFiles
import JSONText
import Synchronization

/// What a batch may take.
struct FileLimits: Sendable {
    var files: Int?
    var bytes: Int64?
    var latestFirst = false
    var namesOnly = false
    /// In milliseconds; `nil` is no limit.
    var maximumAge: Int64?
    /// How many files of a listing may wait for batches to come.
    var waitingFiles = 10_000
    /// Files are listed anew where fewer wait than this part of what a batch may take.
    var waitingPart = 0.2

    init(_ options: Options) throws(ConnectorError) {
        files = try options.integer("maxFilesPerTrigger", in: 1...Int64(Int32.max)).map { Int($0) }
        bytes = try options.integer("maxBytesPerTrigger", in: 1...Int64.max)
        if files != nil, bytes != nil {
            throw ConnectorError(
                .invalidOption, "maxFilesPerTrigger and maxBytesPerTrigger can't both be set", hint: "keep one of them")
        }
        let waiting = try options.integer("maxCachedFiles", in: 0...Int64(Int32.max))
        waitingFiles = waiting.map { Int($0) } ?? waitingFiles
        if let text = options.string("discardCachedInputRatio") {
            guard let part = Double(text), (0...1).contains(part) else {
                throw options.invalid("discardCachedInputRatio", text, hint: "it takes a number from 0 to 1")
            }
            waitingPart = part
        }
        latestFirst = try options.boolean("latestFirst") ?? false
        namesOnly = try options.boolean("fileNameOnly") ?? false
        let age = try options.milliseconds("maxFileAge") ?? Self.usualAgeMilliseconds
        // Where the newest come first and others wait, a file is old because it waits.
        maximumAge = latestFirst && (files != nil || bytes != nil) ? nil : age
    }

    private static let usualAgeMilliseconds: Int64 = 7 * 86_400_000

    /// Whether files that wait are enough for a batch, without another look at what has come. Where the newest come
    /// first there may always be a newer one.
    func areEnough(_ waiting: [DataFile]) -> Bool {
        if waiting.isEmpty || latestFirst { return false }
        if let files { return Double(waiting.count) >= Double(files) * waitingPart }
        guard let bytes else { return false }
        return Double(waiting.reduce(0) { $0 + $1.size }) >= Double(bytes) * waitingPart
    }
}

/// Files in the order in which they were changed. An offset is the number of an entry in the log of files.
final class FileStream: ReplayableSource {
    var schema: Schema { source.columns }
    let description: String
    private let source: FileSource
    private let listing: FileListing
    private let limits: FileLimits
    private let cleaner: FileCleaner?
    private let state: Mutex<State>
    private let isCancelled = Atomic<Bool>(false)

    /// What the control thread alone uses: the lock is for the compiler.
    private struct State {
        var files: FileStreamLog
        /// Files that wait for their turn.
        var waiting: [DataFile] = []
        /// There are more than may wait.
        var hasMore = false
        /// Nothing is listed any more: what waits is the rest.
        var isFixed = false
        /// A manifest names what is waiting.
        var isNamed = false
        /// Up to where the manifest's files are all known.
        var settledManifest: FileListing.ManifestMark?
        /// Listing again before this moment would take more than a tenth of the time.
        var nextListing: ContinuousClock.Instant?
        /// Where the batch ended that was committed last, or where the first one of this run began: what lies before
        /// can't be asked for again.
        var settled: Int64?
        /// What the last batch left out.
        var figures: ScanFigures?
    }

    /// A stream of what the options say; makes sure that they can be done.
    init(_ source: FileSource, _ options: Options) throws(ConnectorError) {
        listing = try FileListing(options, takesTimes: false)
        limits = try FileLimits(options)
        cleaner = try FileCleaner(options, listing, log: source.log)
        description = "FileStreamSource[file:\(listing.path)]"
        self.source = source
        state = Mutex(
            State(files: FileStreamLog(seen: SeenFiles(maximumAge: limits.maximumAge, namesOnly: limits.namesOnly))))
    }

    // MARK: Offsets

    private static func json(_ offset: Int64) -> JSONValue { .object([("logOffset", .integer(offset))]) }

    private static func parse(_ offset: JSONValue) throws(ConnectorError) -> Int64 {
        guard let number = offset["logOffset"]?.integerValue, number >= -1 else {
            throw ConnectorError(.dataLoss, "\(offset.text) is not an offset of a stream of files")
        }
        return number
    }

    func open() throws {
        guard try listing.exists() else { throw FileErrors.missing(listing.path) }
        guard try cleaner == nil || !listing.hasManifest() else {
            throw ConnectorError(
                .invalidOption,
                "files that a stream has written to \(listing.path) can't be cleaned up: its manifest names them",
                hint: "leave cleanSource out; the sink's retention forgets old files")
        }
    }

    func recover(from directory: String, disk: any Disk) throws {
        try state.withLock { state in try state.files.recover(directory, disk: disk) }
    }

    func initialOffset() throws -> JSONValue { Self.json(-1) }

    func readableRange(from start: JSONValue, limit: ReadLimit) throws -> ReadableRange {
        let from = try Self.parse(start)
        let end = try state.withLock { state -> Int64 in
            // Logged, but not planned: the run before ended in between.
            if state.files.latest > from { return limit == .everything ? state.files.latest : from + 1 }
            guard state.files.latest == from else {
                throw ConnectorError(
                    .dataLoss, "the log of files ends at \(state.files.latest), before offset \(from)",
                    hint: "restore the checkpoint with its folder sources, or start with a new one")
            }
            try findFiles(&state, everything: limit == .everything)
            let (files, rest) = try next(of: state, everything: limit == .everything)
            guard !files.isEmpty else {
                wait(rest, &state)
                return from
            }
            let offset = try state.files.add(files)
            wait(rest, &state)
            return offset
        }
        return ReadableRange(end: Self.json(end), latest: Self.json(end))
    }

    /// Files wait for their turn, as many as may; the others are found again.
    private func wait(_ files: [DataFile], _ state: inout State) {
        if state.isFixed || files.count <= limits.waitingFiles {
            state.waiting = files
        } else {
            state.waiting = Array(files.prefix(limits.waitingFiles))
            state.hasMore = true
        }
    }

    /// Lists the files unless enough are waiting.
    private func findFiles(_ state: inout State, everything: Bool) throws {
        if state.isFixed || (!everything && limits.areEnough(state.waiting)) { return }
        let clock = ContinuousClock()
        let isSoon = state.nextListing.map { clock.now < $0 } ?? false
        // Of files that are there, and only weren't remembered, none waits for the time.
        if isSoon, !state.hasMore || (!everything && !state.waiting.isEmpty) { return }
        let start = clock.now
        try list(&state)
        let time = start.duration(to: clock.now)
        state.nextListing = clock.now.advanced(by: min(time * 10, .seconds(5)))
    }

    private func list(_ state: inout State) throws {
        let seen = state.files.seen
        let found =
            try listing.look(
                behind: state.settledManifest, skipsMissing: listing.ignoresMissing, except: seen.contains)
            ?? FileListing.Found()
        var files = found.files.filter { seen.isNew($0.path, modifiedMilliseconds: $0.modifiedMilliseconds) }
        state.isNamed = found.manifest != nil
        if files.isEmpty { state.settledManifest = found.manifest }
        state.hasMore = false
        if limits.namesOnly {
            var names: Set<PathText> = []
            files = files.filter { names.insert(PathText($0.name)).inserted }
        }
        // Files of one moment go by their paths, in which order they are.
        files.sort { a, b in
            a.modifiedMilliseconds == b.modifiedMilliseconds
                ? a.path.utf8.lexicographicallyPrecedes(b.path.utf8)
                : (a.modifiedMilliseconds < b.modifiedMilliseconds) != limits.latestFirst
        }
        state.waiting = files
    }

    /// The files of the next batch, as they are now, and those that go on waiting.
    ///
    /// Whoever writes a file while it waits does no harm: it counts as it is when it gets its offset. From then on it
    /// must not change, since a batch that runs again has the same rows. What is gone gets no offset, and is a new file
    /// should it come back; one that a manifest names is missing.
    private func next(
        of state: State, everything: Bool
    ) throws(ConnectorError) -> (files: [DataFile], rest: [DataFile]) {
        let waiting = state.waiting
        var files: [DataFile] = []
        var bytes: Int64 = 0
        for (index, file) in waiting.enumerated() {
            let rest = { Array(waiting[index...]) }
            if !everything, let limit = limits.files, files.count >= limit { return (files, rest()) }
            guard let status = try FileSystem.status(file.path), !status.isDirectory else {
                guard state.isNamed, !listing.ignoresMissing else { continue }
                throw FileErrors.gone(file)
            }
            let sum = bytes.addingReportingOverflow(status.size)
            // The first one always fits.
            if !everything, let limit = limits.bytes, !files.isEmpty, sum.overflow || sum.partialValue > limit {
                return (files, rest())
            }
            bytes = sum.overflow ? .max : sum.partialValue
            files.append(
                DataFile(
                    path: file.path, size: status.size, modifiedMilliseconds: status.modifiedMilliseconds,
                    partition: file.partition))
        }
        return (files, [])
    }

    func fixEnd() throws {
        try state.withLock { state in
            try list(&state)
            state.isFixed = true
        }
    }

    func expectNewRows() { state.withLock { $0.nextListing = nil } }

    func commit(_ end: JSONValue) {
        guard let offset = try? Self.parse(end) else { return }
        let files = state.withLock { state -> [DataFile] in
            defer {
                state.settled = offset
                state.files.forget(through: offset)
            }
            // One batch late, as in Spark: that of the batch just committed, if it were lost, would be asked for again.
            guard cleaner != nil, let settled = state.settled else { return [] }
            return state.files.takeUncleaned(through: settled)
        }
        cleaner?.clean(files)
    }

    func metrics(end: JSONValue, latest: JSONValue) -> [(name: String, value: String)] {
        let hasFilters = !source.filters.isEmpty
        return state.withLock { state in
            let outstanding = [
                ("numFilesOutstanding", "\(state.waiting.count)"),
                ("numBytesOutstanding", "\(state.waiting.reduce(0) { $0 + $1.size })"),
            ]
            guard hasFilters, let figures = state.figures else { return outstanding }
            return outstanding + [
                ("numFilesSkipped", "\(figures.files)"), ("numRowGroupsSkipped", "\(figures.rowGroups)"),
                ("numRowsSkipped", "\(figures.rows)"),
            ]
        }
    }

    // MARK: Rows

    private func files(from start: JSONValue, to end: JSONValue) throws -> [DataFile] {
        let (from, to) = (try Self.parse(start), try Self.parse(end))
        return try state.withLock { try $0.files.files(after: from, through: to) }
    }

    func readers(from start: JSONValue, to end: JSONValue) throws -> [any PartitionReader] {
        let files = try files(from: start, to: end)
        if cleaner != nil {
            let from = try Self.parse(start)
            state.withLock { if $0.settled == nil { $0.settled = from } }
        }
        let scan = FileScan(
            source, files: files, mustBeUnchanged: true,
            isCancelled: { [weak self] in self?.isCancelled.load(ordering: .relaxed) ?? true })
        state.withLock { $0.figures = scan.figures }
        return scan.readers()
    }

    func estimatedRowCount(from start: JSONValue, to end: JSONValue) -> Int {
        let files = (try? files(from: start, to: end)) ?? []
        return Int(clamping: files.reduce(0) { $0 + $1.size } / 100)
    }

    func cancelReads() { isCancelled.store(true, ordering: .relaxed) }

    func close() { state.withLock { $0.files.close() } }
}

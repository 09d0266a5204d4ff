// Files as an exactly-once sink: a batch's files count when the manifest names them.

import Columns
import Connectors
import DurableFiles
import Synchronization

/// The options of a sink of files.
struct FileSinkOptions: Sendable {
    /// Absolute.
    let path: String
    let limits: FileSizeLimits
    let retentionMilliseconds: Int64?
    /// Whether overwriting takes the place of the folders alone that there are new rows for.
    let isDynamic: Bool

    static let common = [OptionEntry("path", "the directory that the files go to")] + FileSizeLimits.options
    static let ofStreams = [
        OptionEntry("retention", "files of batches that are older than this are no longer read: 12h, 7d"),
        OptionEntry("onMarkerLost", "fail, replay or skip a batch whose fate is unknown", defaultValue: "fail"),
    ]

    static let ofTables = [
        OptionEntry(
            "partitionOverwriteMode",
            "what overwriting takes the place of: static, all folders; dynamic, those that there are new rows for",
            defaultValue: "the session's")
    ]

    init(_ options: Options) throws(ConnectorError) {
        guard let given = options.string("path"), !given.isEmpty else {
            throw ConnectorError(
                .invalidOption, "there is no path", hint: "name a directory with the option 'path', or start(path)")
        }
        // A checkpoint knows the directory by its path, however that is written.
        let written = try FileListing.localPath(given, of: "path")
        path = "/" + written.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
        limits = try FileSizeLimits(options)
        retentionMilliseconds = options.knows("retention") ? try options.milliseconds("retention") : nil
        let mode = options.knows("partitionOverwriteMode") ? options.string("partitionOverwriteMode") : nil
        switch mode?.lowercased() {
        case nil, "static": isDynamic = false
        case "dynamic": isDynamic = true
        case let mode?: throw options.invalid("partitionOverwriteMode", mode, hint: "it takes static or dynamic")
        }
    }
}

/// Writes each batch as files, and makes them count with one rename: of the manifest that names them.
///
/// A batch that has a manifest is never written again; what the marker beside it says tells a start which one that is.
package final class FileSink: TransactionalSink {
    package let description: String
    private let format: any FileWriteFormat
    private let name: String
    private let options: FileSinkOptions
    private let partitionBy: [String]
    private let disk: any Disk
    private let nowMicroseconds: @Sendable () -> Int64
    private let log: LogHandler
    private let folders: KnownFolders
    private let state: Mutex<State>

    /// What the control thread alone uses: the lock is for the compiler.
    private struct State {
        var layout: FileLayout?
        var query = ""
        var log: FileSinkLog
        var open: OpenBatch?
    }

    /// A batch whose files are written, and don't count yet.
    private struct OpenBatch {
        let batch: Int64
        /// `nil` where the batch counts already, or is the one before the first.
        var manifest: AtomicFileWriter?
        var attempt: String?
        var files: [FileManifest.Entry] = []
    }

    init(
        _ format: some FileWriteFormat, _ options: FileSinkOptions, partitionBy: [String],
        nowMicroseconds: @escaping @Sendable () -> Int64, log: @escaping LogHandler,
        disk: any Disk = RealDisk(isShared: true)
    ) {
        self.format = format
        name = type(of: format).name
        self.options = options
        self.partitionBy = partitionBy
        self.disk = disk
        self.nowMicroseconds = nowMicroseconds
        self.log = log
        description = "FileSink[file:\(options.path)]"
        let sinkLog = FileSinkLog(
            options.path, .init(format: name, partitionBy: partitionBy),
            retentionMilliseconds: options.retentionMilliseconds, disk: disk)
        folders = KnownFolders(disk)
        state = Mutex(State(log: sinkLog))
    }

    package func validate(schema: Schema, outputMode: OutputMode) throws {
        let layout = try FileLayout(schema, partitionBy: partitionBy, format: format)
        state.withLock { state in
            state.layout = layout
            state.log.manner.partitionBy = layout.folders.map(\.name)
        }
    }

    package func bind(queryID: String, queryName: String?, sourceCluster: String?) {
        state.withLock { $0.query = queryID }
    }

    package func resume(goesOnWithoutMarker: Bool) {
        state.withLock { $0.log.start = goesOnWithoutMarker ? .withOrWithoutMarker : .withMarker }
    }

    package var identity: TransactionIdentity {
        TransactionIdentity(
            cluster: nil, transactionalID: "files", group: "files", markerPlace: "in the directory's manifest",
            log: LogIdentity(name: options.path, id: nil))
    }

    package var keepsMarkers: Bool { true }

    package func fence() throws {
        abort()
        try state.withLock { state in try state.log.takeOver(query: state.query) }
    }

    package func lastMarker(candidates: [LogPosition]) throws -> SinkMarker? {
        try state.withLock { state in
            try state.log.lastMarker(query: state.query).map { SinkMarker(text: $0.text, positions: []) }
        }
    }

    package func prepareNext(candidates: [LogPosition]) {}

    package func send(
        batchID: Int64, rows: [RecordBatch], aside: AsideRows, positions: [LogPosition], expecting expected: SinkMarker?
    ) throws {
        abort()
        try SinkMarker.require(
            try lastMarker(candidates: []), toBe: expected.map { SinkMarker(text: $0.text, positions: []) })
        do {
            try state.withLock { state in try write(batchID, rows, &state) }
        } catch {
            abort()
            throw error
        }
        CrashPoint.reach(.afterFlush)
    }

    private func write(_ batch: Int64, _ rows: [RecordBatch], _ state: inout State) throws {
        guard let layout = state.layout else { preconditionFailure("the sink was not validated") }
        guard batch > (try state.log.latest() ?? FileSinkLog.firstBatch) else {
            // Its marker is committed once more, or a marker is lost that would have told.
            if rows.contains(where: { $0.count > 0 }) {
                log(.warning, "batch \(batch) is in the manifest of \(options.path): it is not written again")
            }
            state.open = OpenBatch(batch: batch)
            return
        }
        state.open = OpenBatch(batch: batch, manifest: try state.log.begin(batch))
        CrashPoint.reach(.transactionOpen)
        let folders = try FolderRows(rows, layout, zone: format.zone).folders
        guard !folders.isEmpty else { return }
        let attempt = Identifier.uuid()
        state.open?.attempt = attempt
        try state.log.note(attempt, folders: folders.map(\.path))
        var files = RowFiles(
            options.path, layout, format, options.limits, attempt: attempt, publishes: true, folders: self.folders,
            disk: disk)
        try files.write(folders)
        let now = nowMicroseconds() / 1000
        state.open?.files = files.written.map {
            FileManifest.Entry(path: $0.path, size: $0.size, modifiedMilliseconds: now)
        }
    }

    package func commit(_ marker: SinkMarker) throws {
        try state.withLock { state in
            guard let open = state.open else { preconditionFailure("no batch was sent") }
            // Whatever comes of it: the manifest alone tells, and its files may count.
            state.open = nil
            let marker = state.log.marker(query: state.query, attempt: open.attempt, text: marker.text)
            if open.batch == FileSinkLog.firstBatch {
                try state.log.commitFirst(marker)
            } else if let manifest = open.manifest {
                try state.log.commit(
                    open.batch, open.files, marker, in: manifest, nowMilliseconds: nowMicroseconds() / 1000)
            }
        }
    }

    package func abort() {
        state.withLock { state in
            guard let open = state.open else { return }
            state.open = nil
            open.manifest?.discard()
            guard let attempt = open.attempt else { return }
            do {
                try state.log.discard(attempt)
            } catch {
                log(.warning, "files of an attempt stay until the next start: \(error)")
            }
        }
    }

    package func close() {
        abort()
        state.withLock { $0.log.release() }
    }
}

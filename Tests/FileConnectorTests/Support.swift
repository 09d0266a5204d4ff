// Files in a directory of the test's own, and what tables and streams make of them.

import Columns
import Connectors
import DurableFiles
import Formats
import JSONText
import Synchronization
import TestSupport

@testable import FileConnector

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A folder with files, gone with the test.
struct TestFolder {
    private let folder: TemporaryFolder
    private let disk = RealDisk()

    init() throws { folder = try TemporaryFolder() }

    var path: String { folder.path }

    /// Writes a file that was last modified so many seconds after a fixed moment.
    func write(_ name: String, _ text: String, second: Int = 0) throws {
        try write(name, Array(text.utf8), second: second)
    }

    /// Writes a file of bytes.
    func write(_ name: String, _ bytes: [UInt8], second: Int = 0) throws {
        let path = path + "/" + name
        try disk.createDirectories(DiskPath.parent(of: path))
        _ = try disk.remove(path)
        let file = try OpenFile(path, .createExclusive, disk: disk)
        try bytes.withUnsafeBytes { bytes in if !bytes.isEmpty { try file.write([bytes], at: 0) } }
        file.close()
        let time = timespec(tv_sec: 1_790_000_000 + second, tv_nsec: 0)
        var times = [time, time]
        utimensat(AT_FDCWD, path, &times, 0)
    }

    func remove(_ name: String) throws { _ = try disk.remove(path + "/" + name) }
}

let nothing: LogHandler = { _, _ in }

func options(_ values: [String: String], _ table: OptionTable) throws -> Options { try Options(values, table) }

/// Columns of `a INT` and others by their types.
func schema(_ fields: (String, DataType)...) -> Schema { Schema(fields.map { Field($0.0, $0.1) }) }

func table<Format: FileFormat>(
    _ values: [String: String], _ columns: Schema, all: Schema? = nil, zone: TimeZone = .utc,
    as _: Format.Type = JSONFormat.self
) throws -> FileTable {
    let options = try options(values, Format.tableOptions)
    return FileTable(
        try FileSource(
            Format(options, zone: zone), columns: columns, all: all ?? columns, options, log: nothing),
        listing: try FileListing(options, takesTimes: true))
}

func stream<Format: FileFormat>(
    _ values: [String: String], _ columns: Schema = schema(("a", .integer)), log: @escaping LogHandler = nothing,
    as _: Format.Type = JSONFormat.self
) throws -> FileStream {
    let options = try options(values, Format.streamOptions)
    return try FileStream(
        FileSource(Format(options, zone: .utc), columns: columns, all: columns, options, log: log), options)
}

/// All rows of some readers, as JSON.
func rows(_ readers: [any PartitionReader]) throws -> [String] {
    var every = JSONWriteOptions()
    every.ignoresNullFields = false
    var result: [String] = []
    for reader in readers {
        while let batch = try reader.next() {
            let rows = ColumnVector(
                type: .structure(batch.schema.fields), count: batch.count, children: batch.columns)
            let texts = try JSONWriter.texts(rows, options: every)
            result += (0..<texts.count).map { String(decoding: texts.run($0), as: UTF8.self) }
        }
    }
    return result
}

func rows(_ table: FileTable) throws -> [String] {
    try table.open()
    return try rows(try table.readers())
}

/// A stream that goes on from an offset, as a query does.
struct Run {
    let source: FileStream
    var offset: JSONValue
    var batches: [[String]] = []

    init(
        _ values: [String: String], columns: Schema = schema(("a", .integer)), checkpoint: String? = nil,
        offset: JSONValue? = nil, log: @escaping LogHandler = nothing
    ) throws {
        source = try stream(values, columns, log: log)
        try source.open()
        if let checkpoint { try source.recover(from: checkpoint, disk: RealDisk()) }
        self.offset = try offset ?? source.initialOffset()
    }

    /// Plans and reads a batch; `nil` where there is nothing new.
    mutating func step(_ limit: ReadLimit = .configured) throws -> [String]? {
        source.expectNewRows()
        let end = try source.readableRange(from: offset, limit: limit).end
        guard end != offset else { return nil }
        let read = try rows(try source.readers(from: offset, to: end))
        source.commit(end)
        offset = end
        return read
    }
}

// MARK: Writing

/// A sink of a stream of JSON files for a query, which has been checked.
func sink<Format: FileWriteFormat>(
    _ values: [String: String], query: String = "query-1", partitionBy: [String] = [],
    columns: Schema = schema(("k", .string), ("n", .long)), disk: any Disk = RealDisk(isShared: true),
    now: @escaping @Sendable () -> Int64 = { 1_790_000_000_000_000 }, as _: Format.Type = JSONWriting.self
) throws -> FileSink {
    let options = try options(values, Format.streamSinkOptions)
    let sink = FileSink(
        try Format(writing: options, zone: .utc), try FileSinkOptions(options), partitionBy: partitionBy,
        nowMicroseconds: now, log: nothing, disk: disk)
    sink.bind(queryID: query, queryName: nil, sourceCluster: nil)
    try sink.validate(schema: columns, outputMode: .append)
    return sink
}

/// A writer of tables of JSON files, which has been checked.
func tableSink<Format: FileWriteFormat>(
    _ values: [String: String], partitionBy: [String] = [], columns: Schema = schema(("k", .string), ("n", .long)),
    disk: any Disk = RealDisk(isShared: true), as _: Format.Type = JSONWriting.self
) throws -> FileTableSink {
    let options = try options(values, Format.tableSinkOptions)
    let sink = FileTableSink(
        try Format(writing: options, zone: .utc), try FileSinkOptions(options), partitionBy: partitionBy, disk: disk)
    try sink.validate(schema: columns)
    return sink
}

extension FileTableSink {
    /// Takes rows of all partitions.
    func save(_ rows: [RecordBatch], mode: SaveMode) throws { try save(rows, mode: mode, partition: nil) }
}

/// The marker of a batch.
func marker(_ batch: Int64) -> SinkMarker { SinkMarker(text: "batch \(batch)", positions: []) }

extension FileSink {
    /// Fences, and writes batches up to one behind the last that counts; `rows` gives those of a batch. Tells of each
    /// when it begins, and when it counts.
    func run(
        to last: Int64, rows: (Int64) throws -> [RecordBatch], begun: (Int64) -> Void = { _ in },
        done: (Int64) -> Void = { _ in }
    ) throws {
        defer { close() }
        try open()
        try fence()
        var expected = try lastMarker(candidates: [])
        var batch = -1 as Int64
        if let expected, let number = Int64(expected.text.split(separator: " ")[1]) { batch = number + 1 }
        while batch <= last {
            begun(batch)
            try send(
                batchID: batch, rows: batch < 0 ? [] : rows(batch), aside: .none, positions: [], expecting: expected)
            try commit(marker(batch))
            done(batch)
            expected = marker(batch)
            batch += 1
        }
    }
}

/// Rows as a picture shows them.
func picture(_ text: String) throws -> [RecordBatch] { [try RecordBatch.fromPicture(text)] }

/// The names in a folder and those below it, but for manifests.
func files(below path: String, _ disk: any Disk = RealDisk()) throws -> [String] {
    var found: [String] = []
    for name in try disk.list(path) where name != FileManifest.folder {
        let whole = DiskPath.join(path, name)
        if let below = try? disk.list(whole) {
            found += try below.isEmpty ? [] : files(below: whole, disk).map { "\(name)/\($0)" }
        } else {
            found.append(name)
        }
    }
    return found.sorted()
}

/// The text of a file.
func text(_ path: String, _ disk: any Disk = RealDisk()) throws -> String {
    String(decoding: try disk.readWhole(path), as: UTF8.self)
}

/// Counts.
final class SharedCount: Sendable {
    private let count = Atomic<Int64>(0)

    func next() -> Int64 { count.wrappingAdd(1, ordering: .relaxed).newValue }
}

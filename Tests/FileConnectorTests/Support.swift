// Files in a directory of the test's own, and what tables and streams make of them.

import Columns
import Connectors
import DurableFiles
import Formats
import JSONText
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
            let texts = JSONWriter.texts(rows, options: every)
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

    init(_ values: [String: String], checkpoint: String?, offset: JSONValue? = nil) throws {
        source = try stream(values)
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

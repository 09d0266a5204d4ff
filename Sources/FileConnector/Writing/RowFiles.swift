// Rows become files: in the folders of their values, of a bounded size.

import Columns
import Connectors
import DurableFiles

/// How large files become.
struct FileSizeLimits: Sendable {
    /// `nil` is no limit.
    var records: Int?
    /// A file ends behind the rows with which it is as large as this.
    var bytes: Int64 = 256 << 20

    static let options = [
        OptionEntry("maxRecordsPerFile", "how many rows a file may have; 0 is any number", defaultValue: "0"),
        OptionEntry("maxBytesPerFile", "a file that is as large as this ends", defaultValue: "268435456"),
    ]

    init() {}

    init(_ options: Options) throws(ConnectorError) {
        let records = try options.integer("maxRecordsPerFile", in: 0...Int64.max) ?? 0
        self.records = records == 0 ? nil : Int(clamping: records)
        bytes = try options.integer("maxBytesPerFile", in: 1...Int64.max) ?? bytes
    }
}

/// Writes rows as files of one attempt, whose id is part of their names.
struct RowFiles {
    /// A file that was written.
    struct Written: Sendable {
        let path: String
        /// The hidden name that it still has, if it wasn't given its own.
        let hidden: String?
        let size: Int64
    }

    let directory: String
    let layout: FileLayout
    let format: any FileWriteFormat
    let limits: FileSizeLimits
    /// Part of all names.
    let attempt: String
    /// Whether files get their names when they are whole; or keep hidden ones, for all to get theirs at once.
    let publishes: Bool
    private let folders: KnownFolders
    let disk: any Disk
    /// The files that are durable.
    private(set) var written: [Written] = []
    /// A writer of files that takes the next one, too.
    private var writer: (any RowFileWriter)?

    init(
        _ directory: String, _ layout: FileLayout, _ format: any FileWriteFormat, _ limits: FileSizeLimits,
        attempt: String, publishes: Bool, folders: KnownFolders, disk: any Disk
    ) {
        self.directory = directory
        self.layout = layout
        self.format = format
        self.limits = limits
        self.attempt = attempt
        self.publishes = publishes
        self.folders = folders
        self.disk = disk
    }

    /// Writes the rows of all folders, a file at a time.
    ///
    /// - Throws: where a value can't be written, or the disk fails.
    mutating func write(_ folders: [FolderRows.Folder]) throws {
        for folder in folders {
            let path = folder.path.isEmpty ? directory : DiskPath.join(directory, folder.path)
            try self.folders.make(path)
            try write(folder, in: path)
        }
    }

    /// Writes a file without rows.
    mutating func writeEmpty() throws {
        let file = OpenRowFile(try begin(in: directory, number: 0, isDivided: false))
        try file.begin()
        try finish(file)
    }

    private mutating func write(_ folder: FolderRows.Folder, in path: String) throws {
        var number = 0
        var open: OpenRowFile?
        for piece in folder.pieces {
            let batch = piece.compacted(layout)
            var start = 0
            while start < batch.count {
                let file: OpenRowFile
                if let open {
                    file = open
                } else {
                    file = OpenRowFile(try begin(in: path, number: number, isDivided: !layout.folders.isEmpty))
                    try file.begin()
                    number += 1
                }
                let room = limits.records.map { $0 - file.rows } ?? Int.max
                let end = batch.count - start > room ? start + room : batch.count
                start = try file.write(batch, start..<end, limit: limits.bytes)
                let isFull = file.rows >= limits.records ?? Int.max || file.bytes >= limits.bytes
                if isFull { try finish(file) }
                open = isFull ? nil : file
            }
        }
        if let open { try finish(open) }
    }

    /// Names are those of Spark: `part-00000-<id>-c000.json`, and with a point in place of the second last hyphen in
    /// folders of values.
    private mutating func begin(
        in path: String, number: Int, isDivided: Bool
    ) throws -> (output: FileOutput, writer: any RowFileWriter) {
        let digits = String(number)
        let padded = String(repeating: "0", count: max(0, 3 - digits.utf8.count)) + digits
        let name = "part-00000-\(attempt)\(isDivided ? "." : "-")c\(padded)\(format.nameExtension)"
        let output = try FileOutput(DiskPath.join(path, name), compression: format.compression, disk: disk)
        let writer = try self.writer ?? format.writer(layout.columns)
        self.writer = writer.takesNextFile ? writer : nil
        return (output, writer)
    }

    private mutating func finish(_ file: OpenRowFile) throws {
        try file.finish()
        let output = file.output
        var hidden: String?
        if publishes { try output.publish() } else { hidden = try output.seal() }
        written.append(Written(path: output.path, hidden: hidden, size: output.byteCount))
        CrashPoint.reach(.midProduce)
    }
}

/// A file that takes rows.
private final class OpenRowFile {
    let output: FileOutput
    private let writer: any RowFileWriter
    private(set) var rows = 0
    var bytes: Int64 { output.byteCount + writer.heldBytes }

    init(_ file: (output: FileOutput, writer: any RowFileWriter)) { (output, writer) = file }

    func begin() throws { try writer.begin(output) }

    /// Writes rows of a range, as many as there is room for, and tells which is the first that has none.
    func write(_ batch: RecordBatch, _ range: Range<Int>, limit: Int64) throws -> Int {
        let next = try writer.write(batch, range, to: output, limit: limit)
        rows += next - range.lowerBound
        return next
    }

    func finish() throws { try writer.finish(output) }
}

extension RecordBatch {
    /// Some rows of a batch of which all count.
    func rows(_ range: Range<Int>) -> RecordBatch {
        guard range != 0..<count else { return self }
        let indices = Buffer(capacity: max(range.count, 1) * MemoryLayout<Int32>.stride)
        let places = indices.pointer(as: Int32.self)
        for (place, row) in range.enumerated() { places[place] = Int32(row) }
        return selecting(Selection(indices: indices, count: range.count)).compacted()
    }
}

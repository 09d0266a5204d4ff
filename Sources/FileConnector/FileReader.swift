// Reads parts of files as rows.

import Columns
import Connectors
import Formats

/// Reads lines that begin in certain parts of files; a batch holds rows of several files where they have the same
/// folders.
final class FileReader: ReadyReader {
    private let scan: FileScan
    private let format: any RecordFormat
    /// What ends a line, and whether a file is one text.
    private let separator: LineSeparator
    private let isWhole: Bool
    private var parts: ArraySlice<FilePart>
    private var records: (any RecordReader)?
    private var window: FileWindow?
    private var part: FilePart?
    /// Where the last line of the part ends, once that is known.
    private var partEnd: Int64?
    /// Which file the rows of the batch come from, from which row on; of the batch that is read, and of the last one.
    private var origins: [(row: Int, file: DataFile)] = []
    private var lastOrigins: [(row: Int, file: DataFile)] = []
    /// How far lines were counted last: bad rows come in order.
    private var counted: (window: FileWindow, line: Int)?

    init(_ parts: [FilePart], _ scan: FileScan, _ format: some RecordFormat) {
        self.parts = parts[...]
        self.scan = scan
        self.format = format
        separator = format.separator
        isWhole = format.isWhole
    }

    private func recordReader() throws(ConnectorError) -> any RecordReader {
        if let records { return records }
        do throws(KernelError) {
            let made = try format.reader(scan.recordColumns, of: scan.allRecordColumns)
            records = made
            return made
        } catch {
            throw ConnectorError(.invalidSchema, error.message, hint: error.hint, condition: error.code)
        }
    }

    func read() throws -> RecordBatch? {
        let records = try recordReader()
        while true {
            if scan.isCancelled() { throw ConnectorError(.cancelled, "the query was asked to stop") }
            if part == nil {
                guard let next = parts.first else { break }
                // Rows with other folders belong to another batch.
                if let before = origins.last?.file, before.partition != next.file.partition, records.count > 0 { break }
                parts.removeFirst()
                try begin(next, records)
                continue
            }
            try readOn(records)
            if records.isFull { break }
        }
        guard records.count > 0, let file = origins.last?.file else { return nil }
        lastOrigins = origins
        origins = part == nil ? [] : [(0, file)]
        let batch = records.take()
        return try scan.rows(batch, of: file)
    }

    private func readOn(_ records: any RecordReader) throws(ConnectorError) {
        do throws(ConnectorError) {
            try readMore(records)
        } catch {
            guard scan.source.settings.ignoresCorruptFiles, error.code != .badRow else { throw error }
            skip(error)
        }
    }

    private func begin(_ next: FilePart, _ records: any RecordReader) throws(ConnectorError) {
        do throws(ConnectorError) {
            // The byte before says whether the part begins with a line.
            let window = try FileWindow(next.file, at: max(0, next.start - 1), memory: window?.memory)
            if scan.mustBeUnchanged, !(try window.isUnchanged()) {
                throw FileErrors.changed(next.file)
            }
            self.window = window
            part = next
            partEnd = nil
            origins.append((records.count, next.file))
            records.beginFile(atItsStart: next.start == 0)
            try skipToFirstLine(window, next)
        } catch {
            let isGone = error.code == .notFound
            let settings = scan.source.settings
            if isGone ? settings.ignoresMissingFiles : settings.ignoresCorruptFiles { return skip(error) }
            guard isGone else { throw error }
            throw FileErrors.gone(next.file)
        }
    }

    private func skip(_ error: ConnectorError) {
        scan.source.log(.warning, "\(error.message): its rows, or what is left of them, are left out")
        end()
    }

    private func end() {
        part = nil
        partEnd = nil
    }

    private func skipToFirstLine(_ window: FileWindow, _ part: FilePart) throws(ConnectorError) {
        guard part.start > 0 else {
            // A byte order mark is no text.
            try window.extend()
            window.passByteOrderMark()
            return
        }
        while true {
            if let end = separator.find(in: window.bytes, from: 0, isLast: window.isAtEnd) {
                return window.pass(end.next)
            }
            if window.isAtEnd { return window.pass(window.bytes.count) }
            try window.extend()
        }
    }

    /// Reads what is in the window, or more into it.
    private func readMore(_ records: any RecordReader) throws(ConnectorError) {
        guard let window, let part else { return }
        if isWhole { return try readWhole(window, records) }
        if partEnd == nil { findEnd(window, part) }
        let left = partEnd.map { $0 - window.place } ?? Int64.max
        guard left > 0 else { return end() }
        let bytes = UnsafeBufferPointer(rebasing: window.bytes.prefix(Int(clamping: left)))
        let read = try attempt(window) { () throws(KernelError) in
            try records.read(bytes, isLast: partEnd != nil, place: window.place)
        }
        window.pass(read)
        if let partEnd, window.place >= partEnd { return end() }
        if read == 0, !records.isFull { try window.extend() }
    }

    /// Looks for the end of the line that holds the last byte of the part.
    private func findEnd(_ window: FileWindow, _ part: FilePart) {
        // A compressed file is one part, and nobody knows how long it is before it is read.
        if part.end >= window.size || part.end >= part.file.size {
            if window.isAtEnd { partEnd = window.size }
            return
        }
        let from = Int(clamping: part.end - 1 - window.place)
        // The line before the first one of the part reached beyond it.
        if from < 0 {
            partEnd = window.place
        } else if from < window.bytes.count,
            let end = separator.find(in: window.bytes, from: from, isLast: window.isAtEnd)
        {
            partEnd = window.place + Int64(end.next)
        } else if window.isAtEnd {
            partEnd = window.size
        }
    }

    private func readWhole(_ window: FileWindow, _ records: any RecordReader) throws(ConnectorError) {
        while !window.isAtEnd { try window.extend() }
        _ = try attempt(window) { () throws(KernelError) in
            try records.read(window.bytes, isLast: true, place: window.place)
        }
        end()
    }

    private func attempt<Result>(
        _ window: FileWindow, _ body: () throws(KernelError) -> Result
    ) throws(ConnectorError) -> Result {
        do throws(KernelError) {
            return try body()
        } catch {
            throw FileErrors.badRecord(error, in: window.file)
        }
    }

    /// The file and the line of a row. Reads the file up to it: for errors alone.
    func origin(ofRow row: Int) -> RowOrigin? {
        guard let place = records?.place(ofRow: row), let file = lastOrigins.last(where: { $0.row <= row })?.file else {
            return nil
        }
        if isWhole { return RowOrigin(file: file.path) }
        guard let line = line(at: place, of: file) else {
            return RowOrigin(
                "byte \(place) of \(file.path)", parts: [.init("file", file.path), .init("byte", String(place))])
        }
        return RowOrigin(file: file.path, line: line)
    }

    private func line(at place: Int64, of file: DataFile) -> Int? {
        guard place < 1 << 30 else { return nil }
        let known = counted.flatMap { $0.window.file.path == file.path && $0.window.place <= place ? $0 : nil }
        guard let window = known?.window ?? (try? FileWindow(file, at: 0, memory: nil)) else { return nil }
        var line = known?.line ?? 1
        defer { counted = (window, line) }
        while window.place < place {
            if let end = separator.find(in: window.bytes, from: 0, isLast: window.isAtEnd) {
                guard window.place + Int64(end.next) <= place else { break }
                window.pass(end.next)
                line += 1
            } else {
                guard !window.isAtEnd, (try? window.extend()) != nil else { break }
            }
        }
        return line
    }
}

// One file of the log.

import DurableFiles

/// A segment as read: one run's part of the log, or of a run, some megabytes.
struct LogSegment {
    static let directoryName = "log"

    let path: String
    let head: SegmentHead
    /// All records after the head, the recap included.
    let records: [(offset: Int64, record: LogRecord)]
    /// Where the query stands after the last of them.
    let state: LogState
    /// Bytes of whole records.
    let length: Int64
    let tail: AppendLogContent.Tail

    /// The first batch that the segment plans, the recap included.
    var firstBatch: Int64? {
        for case (_, .plan(let plan)) in records { return plan.batch }
        return nil
    }

    /// The file name of a segment: its number with at least eight digits.
    static func fileName(_ number: Int64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 8 - digits.utf8.count)) + digits + ".log"
    }

    /// The numbers of the segments in a directory, ascending. Other files are none of ours.
    static func numbers(in directory: String, disk: any Disk) throws(CheckpointError) -> [Int64] {
        let names = try checkpointing { () throws(DurabilityError) in
            try disk.exists(directory) ? try disk.list(directory) : []
        }
        return names.compactMap(number).sorted()
    }

    /// The number in a file name, where it is one that `fileName` gives.
    private static func number(_ name: String) -> Int64? {
        let digits = name.utf8.dropLast(4)
        guard digits.count >= 8, digits.count == 8 || digits.first != UInt8(ascii: "0"),
            name.utf8.suffix(4).elementsEqual(".log".utf8)
        else { return nil }
        var number: Int64 = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            let (tens, isTooLong) = number.multipliedReportingOverflow(by: 10)
            let (sum, isTooLarge) = tens.addingReportingOverflow(Int64(digit - UInt8(ascii: "0")))
            guard !isTooLong, !isTooLarge else { return nil }
            number = sum
        }
        return number > 0 && number < .max ? number : nil
    }

    /// Reads a segment. `length` is how many bytes of it count, where the next segment says so.
    static func read(
        _ number: Int64, in directory: String, queryID: String, length: Int64? = nil, disk: any Disk
    ) throws(CheckpointError) -> LogSegment {
        let path = DiskPath.join(directory, fileName(number))
        let content = try checkpointing { () throws(DurabilityError) in
            try AppendLogContent.read(path, length: length, disk: disk)
        }
        var head: SegmentHead?
        var records: [(offset: Int64, record: LogRecord)] = []
        var state = LogState()
        for index in content.records.indices {
            let offset = content.records[index].offset
            do throws(MalformedRecord) {
                let record = try LogRecord.parse(content.payload(index))
                if let head {
                    try state.apply(record, continuing: head.after != nil)
                    records.append((offset, record))
                } else if case .head(let found) = record {
                    head = found
                } else {
                    throw MalformedRecord(message: "the first record is no head")
                }
            } catch {
                throw failure(error, path: path, offset: offset)
            }
        }
        // A segment gets its name only when its head and recap are durable, so a missing or torn one is damage.
        guard let head else { throw .corrupt(path, at: 0, "the segment's head is damaged or missing") }
        guard records.count >= head.recap else {
            throw .corrupt(
                path, at: content.length,
                "the segment starts with \(head.recap) entries of the one before, and only "
                    + "\(records.count) are whole")
        }
        guard head.segment == number else {
            throw .corrupt(path, at: 0, "the head is that of segment \(head.segment)")
        }
        guard head.queryID == queryID else {
            throw CheckpointError(
                .queryMismatch, "the log is that of query \(head.queryID), the checkpoint is that of \(queryID)",
                file: path, offset: 0, hint: "files of two checkpoints were mixed: restore this one from a backup")
        }
        return LogSegment(
            path: path, head: head, records: records, state: state, length: content.length, tail: content.tail)
    }

    private static func failure(_ error: MalformedRecord, path: String, offset: Int64) -> CheckpointError {
        guard error.newerFormat != nil else { return .corrupt(path, at: offset, error.message) }
        return CheckpointError(
            .unsupportedFormat, "\(error.message); this version reads up to \(SegmentHead.format)", file: path,
            offset: offset, hint: "start the version that wrote it, or a newer one")
    }
}

// Reads a checkpoint without touching it: for recovery, for people and for `verify`.

import DurableFiles
import JSONText

/// An entry of the log with its place, for people.
package struct LoggedEntry: Equatable, Sendable {
    package let record: LogRecord
    package let place: CheckpointPlace
    /// The run of the process that wrote it.
    package let runID: String
}

/// What `verify` found.
package struct CheckpointReport: Sendable {
    /// Files that are whole, in the order they were read, with the number of records (1 for the metadata).
    package var files: [(file: String, records: Int)] = []
    /// What is wrong. Empty for a whole checkpoint.
    package var problems: [CheckpointError] = []
    /// An append that a crash cut off: left out at the next start, nothing to be done.
    package var tornTail: CheckpointPlace?
    /// Segments that no other one continues: leftovers of instances that were superseded, ignored.
    package var ignored: [String] = []
}

/// Reads a checkpoint. Takes no lock and changes nothing, so it may be used while a query runs.
package struct CheckpointReader: Sendable {
    /// The checkpoint's directory.
    package let directory: String
    let disk: any Disk
    let logDirectory: String

    package init(directory: String, disk: any Disk) {
        self.directory = directory
        logDirectory = DiskPath.join(directory, LogSegment.directoryName)
        self.disk = disk
    }

    /// The metadata; `nil` for a checkpoint that has nothing yet. Throws `missingMetadata` where there is a log
    /// without.
    package func metadata() throws(CheckpointError) -> CheckpointMetadata? {
        if let metadata = try CheckpointMetadata.read(directory, disk: disk) { return metadata }
        guard try LogSegment.numbers(in: logDirectory, disk: disk).isEmpty else {
            throw CheckpointError(
                .missingMetadata,
                "the checkpoint is in an inconsistent state: the logs hold batches, but the metadata file is missing",
                file: DiskPath.join(directory, CheckpointMetadata.fileName),
                hint: "restore the metadata file, or start with a new checkpoint directory")
        }
        return nil
    }

    /// How the state of the checkpoint with these metadata is divided.
    package func division(_ metadata: CheckpointMetadata) throws(CheckpointError) -> CheckpointDivision {
        try CheckpointDivision.read(directory, metadata, disk: disk)
    }

    /// Where the query stands. Reads the newest segment only: it says again what counts of those before.
    package func recover() throws(CheckpointError) -> RecoveredLog {
        guard let segment = try newest() else { return RecoveredLog(LogState(), tornTail: nil) }
        return RecoveredLog(segment.state, tornTail: segment.tornPlace)
    }

    /// The entries of the log in order, each once, as far back as segments are kept.
    package func entries() throws(CheckpointError) -> [LoggedEntry] {
        guard let metadata = try metadata() else { return [] }
        var entries: [LoggedEntry] = []
        var lastPlan: Int64 = -1
        var lastCommit: Int64 = -1
        for segment in try chain(queryID: metadata.id) {
            for (offset, record) in segment.records {
                switch record {
                case .head, .marker: continue
                case .plan(let plan):
                    guard plan.batch > lastPlan else { continue }
                    lastPlan = plan.batch
                case .commit(let commit):
                    guard commit.batch > lastCommit else { continue }
                    lastCommit = commit.batch
                }
                let place = CheckpointPlace(file: segment.path, offset: offset)
                entries.append(LoggedEntry(record: record, place: place, runID: segment.head.runID))
            }
        }
        return entries
    }

    /// Reads everything and collects what is wrong instead of stopping at the first. State files are not looked at.
    package func verify() -> CheckpointReport {
        var report = CheckpointReport()
        do throws(CheckpointError) {
            guard let metadata = try metadata() else { return report }
            report.files.append((DiskPath.join(directory, CheckpointMetadata.fileName), 1))
            let numbers = try LogSegment.numbers(in: logDirectory, disk: disk)
            var wanted = numbers.last.map { (number: $0, length: Int64?.none) }
            var segments: [(file: String, records: Int)] = []
            var seen: Set<Int64> = []
            while let (number, length) = wanted {
                seen.insert(number)
                let segment = try LogSegment.read(
                    number, in: logDirectory, queryID: metadata.id, length: length, disk: disk)
                segments.append((segment.path, segment.records.count + 1))
                if length == nil { report.tornTail = segment.tornPlace }
                wanted = Self.predecessor(of: segment, in: numbers)
            }
            report.files += segments.reversed()
            report.ignored = numbers.filter { !seen.contains($0) }.map(path(of:))
        } catch {
            report.problems.append(error)
        }
        return report
    }

    func path(of segment: Int64) -> String { DiskPath.join(logDirectory, LogSegment.fileName(segment)) }

    /// The newest segment, `nil` where there is none.
    func newest() throws(CheckpointError) -> LogSegment? {
        guard let metadata = try metadata(),
            let number = try LogSegment.numbers(in: logDirectory, disk: disk).last
        else { return nil }
        return try LogSegment.read(number, in: logDirectory, queryID: metadata.id, disk: disk)
    }

    /// The segments from the oldest kept to the newest, each cut where the next one says. Segments that no other one
    /// continues were written by instances that had been superseded: they are left out.
    func chain(queryID: String) throws(CheckpointError) -> [LogSegment] {
        let numbers = try LogSegment.numbers(in: logDirectory, disk: disk)
        var segments: [LogSegment] = []
        var wanted = numbers.last.map { (number: $0, length: Int64?.none) }
        while let (number, length) = wanted {
            let segment = try LogSegment.read(number, in: logDirectory, queryID: queryID, length: length, disk: disk)
            segments.append(segment)
            wanted = Self.predecessor(of: segment, in: numbers)
        }
        return segments.reversed()
    }

    private static func predecessor(of segment: LogSegment, in numbers: [Int64]) -> (number: Int64, length: Int64?)? {
        // Numbers fall strictly, so that a chain has an end.
        guard let after = segment.head.after, after.segment < segment.head.segment, numbers.contains(after.segment)
        else { return nil }
        return (after.segment, after.bytes)
    }
}

extension LogSegment {
    var tornPlace: CheckpointPlace? {
        if case .torn(let offset) = tail { CheckpointPlace(file: path, offset: offset) } else { nil }
    }
}

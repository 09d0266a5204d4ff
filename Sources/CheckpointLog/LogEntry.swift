// What the log says about a micro-batch: what it was planned to read, and that it was committed.

import JSONText

/// A source's part of a micro-batch.
package struct OffsetRange: Equatable, Sendable {
    /// The source's name, the same in every run and another one for each source.
    package let name: String
    /// Where the batch starts, in the source's own terms; `null` where the source had no offset yet.
    package let start: JSONValue
    /// Where the batch ends, exclusive.
    package let end: JSONValue

    package init(name: String, start: JSONValue, end: JSONValue) {
        self.name = name
        self.start = start
        self.end = end
    }
}

/// What a micro-batch reads, written before it is read: what Spark keeps in `offsets/N`.
package struct PlanEntry: Equatable, Sendable {
    /// The batch's number, from 0.
    package let batch: Int64
    /// The batch's `current_timestamp`, in milliseconds since 1970: a batch that runs again sees the same.
    package let timestampMilliseconds: Int64
    /// The watermarks that the batch uses, in milliseconds since 1970, by the name of the operator or source that they
    /// are of.
    package let watermarks: [String: Int64]
    /// The watermarks by which the batch takes rows as too late: those of the batch before.
    package let lateWatermarks: [String: Int64]
    /// Whether what the batch's own rows make final comes out in this batch.
    package let emitsInCrossingBatch: Bool
    /// The partitions that the batch takes to be idle, by the step that watches event times: its watermark goes on
    /// without them.
    package let idle: [String: [String]]
    /// Which rows the tables have that the batch is joined with, by table: a text that is another one for other rows.
    package let tables: [String: String]
    /// Settings that must not change while the checkpoint is in use; no secrets.
    package let configuration: [String: String]
    /// The sources' parts, each under a name of its own.
    package var sources: [OffsetRange]

    package init(
        batch: Int64, timestampMilliseconds: Int64, watermarks: [String: Int64] = [:],
        lateWatermarks: [String: Int64] = [:], emitsInCrossingBatch: Bool = false, idle: [String: [String]] = [:],
        tables: [String: String] = [:],
        configuration: [String: String] = [:], sources: [OffsetRange]
    ) {
        self.batch = batch
        self.timestampMilliseconds = timestampMilliseconds
        self.watermarks = watermarks
        self.lateWatermarks = lateWatermarks
        self.emitsInCrossingBatch = emitsInCrossingBatch
        self.idle = idle
        self.tables = tables
        self.configuration = configuration
        self.sources = sources
    }

    /// The part of the source with this name.
    package func range(of source: String) -> OffsetRange? { sources.first { $0.name == source } }
}

/// That a micro-batch is done: what Spark keeps in `commits/N`.
package struct CommitEntry: Equatable, Sendable {
    /// The batch's number.
    package let batch: Int64
    /// Which try of the batch it was that went through; names its state files.
    package let attempt: String
    /// The hash of the state and the manifest that the attempt wrote.
    package let manifestHash: String
    /// The watermarks for the next batch, in milliseconds since 1970, by the name of the operator or source that they
    /// are of.
    package let nextWatermarks: [String: Int64]
    /// When the entry was written, in milliseconds since 1970: the batch's marker is not younger.
    package let timestampMilliseconds: Int64

    package init(
        batch: Int64, attempt: String, manifestHash: String, nextWatermarks: [String: Int64] = [:],
        timestampMilliseconds: Int64
    ) {
        self.batch = batch
        self.attempt = attempt
        self.manifestHash = manifestHash
        self.nextWatermarks = nextWatermarks
        self.timestampMilliseconds = timestampMilliseconds
    }
}

/// That the marker of the last committed batch was committed once more, without rows, so that it lasts.
package struct MarkerEntry: Equatable, Sendable {
    /// The last committed batch; -1 where there is none yet.
    package let batch: Int64
    /// When, in milliseconds since 1970.
    package let timestampMilliseconds: Int64

    package init(batch: Int64, timestampMilliseconds: Int64) {
        self.batch = batch
        self.timestampMilliseconds = timestampMilliseconds
    }
}

/// The first record of a segment.
package struct SegmentHead: Equatable, Sendable {
    /// The version of the log's format.
    static let format: Int64 = 2

    /// The id of the query that the log belongs to.
    package let queryID: String
    /// Which run of the process wrote the segment.
    package let runID: String
    /// The segment's number, from 1; its file name says the same.
    package let segment: Int64
    /// The segment that this one continues, and how many bytes of it count; `nil` for the first of a query.
    package let after: SegmentEnd?
    /// How many records after this one say again what counts of the segments before.
    package let recap: Int64
}

/// How far a segment counts.
package struct SegmentEnd: Equatable, Sendable {
    package let segment: Int64
    /// Bytes of records.
    package let bytes: Int64
}

/// A record of the log.
package enum LogRecord: Equatable, Sendable {
    case head(SegmentHead)
    case plan(PlanEntry)
    case commit(CommitEntry)
    case marker(MarkerEntry)

    var isPlan: Bool {
        if case .plan = self { true } else { false }
    }
}

/// A record whose checksum is right and whose content makes no sense.
struct MalformedRecord: Error {
    let message: String
    /// The format that the record names, where it is newer than ours.
    var newerFormat: Int64?
    /// The format that the record names, where it is older than any that we read.
    var olderFormat: Int64?
}

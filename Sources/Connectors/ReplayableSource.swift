// What the engine asks of a source: how far it can be read, and the rows between two offsets, as often as needed.

import Columns
import DurableFiles
import JSONText

/// How much a source may plan for one micro-batch.
package enum ReadLimit: Sendable, Equatable {
    /// As much as the source's own options allow (`maxOffsetsPerTrigger` and the like).
    case configured
    /// Everything there is, whatever the options say: the `once` trigger.
    case everything
}

/// How far a source can be read.
package struct ReadableRange: Sendable {
    /// Where the next micro-batch ends, exclusive, after limits.
    package let end: JSONValue
    /// Where the data ends now, without limits; for lag in the progress.
    package let latest: JSONValue
    /// Where the micro-batch starts, where that says more than what was asked with: the beginnings of what is new. It
    /// is logged, so that a batch that runs again starts there, too. `nil` is what was asked with.
    package let start: JSONValue?

    package init(end: JSONValue, latest: JSONValue, start: JSONValue? = nil) {
        self.end = end
        self.latest = latest
        self.start = start
    }
}

/// A position in one partition of a replayable log that other tools know too, such as a Kafka partition.
package struct LogPosition: Hashable, Sendable {
    package let log: String
    package let partition: Int32
    /// The next offset to read.
    package let offset: Int64

    package init(log: String, partition: Int32, offset: Int64) {
        self.log = log
        self.partition = partition
        self.offset = offset
    }

    /// The position without its offset, as people write it.
    package var place: String { "\(log)-\(partition)" }
}

/// A log, and its id where the other side tells one: a log made anew under the same name has another id.
package struct LogIdentity: Hashable, Sendable {
    package let name: String
    package let id: String?

    package init(name: String, id: String?) {
        self.name = name
        self.id = id
    }
}

/// A source whose rows between two offsets can be read again, and are then the same rows.
///
/// Offsets are JSON that only the source understands; the engine logs them and hands them back, also after a restart.
/// All methods are called by the query's control thread, except `cancelReads` and those of the readers.
package protocol ReplayableSource: AnyObject, Sendable {
    /// What it reads, as the progress shows it: `KafkaV2[Subscribe[events]]`.
    var description: String { get }
    /// The columns it delivers, in order.
    var schema: Schema { get }

    /// Reaches out to the other side, so that `clusterIdentity` is known; may fail with a retriable error.
    func open() throws

    /// Gives the source a directory of the checkpoint that is its own, for what makes its offsets mean the same in
    /// every run. Called at a query's start, once no older instance can write any more and before any offset is asked
    /// for; the source reads it then, and writes to it when it has a range to plan.
    func recover(from directory: String, disk: any Disk) throws

    /// Where a new query starts.
    func initialOffset() throws -> JSONValue

    /// How far a micro-batch that starts at `start` may read now.
    func readableRange(from start: JSONValue, limit: ReadLimit) throws -> ReadableRange

    /// Where the data ends now, for a batch that was planned before; changes nothing. JSON's null where the source
    /// can't tell without looking for rows of the next batch.
    func latestOffset() throws -> JSONValue

    /// Fixes where the data ends now: later ranges won't pass it. For the `availableNow` trigger.
    func fixEnd() throws

    /// Readers that together deliver exactly the rows between the two offsets, each row once.
    func readers(from start: JSONValue, to end: JSONValue) throws -> [any PartitionReader]

    /// An estimate of the rows between the two offsets, to decide whether threads are worth waking.
    func estimatedRowCount(from start: JSONValue, to end: JSONValue) -> Int

    /// The rows before `end` are part of a committed micro-batch and won't be asked for again.
    func commit(_ end: JSONValue)

    /// The offset as positions that a transactional sink can commit with the rows, or an empty list where the source
    /// isn't a log of the kind that has any.
    func logPositions(at end: JSONValue) -> [LogPosition]

    /// Figures for `sources[].metrics` of the progress. Where it isn't known how far the data reach, `latest` is null.
    func metrics(end: JSONValue, latest: JSONValue) -> [(name: String, value: String)]

    /// Signs, since the last call, that a log was deleted and made anew. Asked for after `readableRange` and after the
    /// rows of a batch were read.
    func takeLogBreaks() -> [LogBreak]

    /// Which cluster the log positions belong to, where the source knows one; a sink that commits positions compares
    /// it.
    var clusterIdentity: String? { get }

    /// The logs that the positions are in, where there are any; `open` comes first.
    func logIdentities() throws -> [LogIdentity]

    /// Whether it goes on where rows are lost before they were read, because the user said so.
    var toleratesDataLoss: Bool { get }

    /// Names of options that the user has given and that count for new queries only.
    var optionsOfNewQueries: [String] { get }

    /// Calls `wake` when new data may have arrived, so that a query without a trigger interval needn't poll; a source
    /// that can't tell ignores it and is asked again after the polling delay.
    func setDataArrivalHandler(_ wake: @escaping @Sendable () -> Void)

    /// Makes readers that get nowhere throw `ConnectorError.cancelled`, those that still get rows after their last one;
    /// called by any thread, at any time before `close`.
    func cancelReads()

    /// The next `readableRange` has to know what is there now: an answer from memory, however fresh, isn't enough.
    func expectNewRows()

    /// Releases what the source holds. Nothing else is called afterwards.
    func close()
}

extension ReplayableSource {
    package func open() throws {}
    package func recover(from directory: String, disk: any Disk) throws {}
    package func latestOffset() throws -> JSONValue { .null }
    package func commit(_ end: JSONValue) {}
    package func logPositions(at end: JSONValue) -> [LogPosition] { [] }
    package func metrics(end: JSONValue, latest: JSONValue) -> [(name: String, value: String)] { [] }
    package func takeLogBreaks() -> [LogBreak] { [] }
    package var clusterIdentity: String? { nil }
    package func logIdentities() throws -> [LogIdentity] { [] }
    package var toleratesDataLoss: Bool { false }
    package var optionsOfNewQueries: [String] { [] }
    package func setDataArrivalHandler(_ wake: @escaping @Sendable () -> Void) {}
    package func cancelReads() {}
    package func expectNewRows() {}
    package func close() {}
}

/// What a reader has at the moment.
package enum ReadStep {
    case rows(RecordBatch)
    /// No rows are here yet; more come.
    case nothingYet
    case end
}

/// Reads one part of a micro-batch's range. Used by one worker thread at a time; may block.
package protocol PartitionReader: AnyObject {
    /// The next rows that are here now or come within the time, a few thousand at most.
    func poll(waitMilliseconds: Int) throws -> ReadStep

    /// Whether it never waits, so that nothing piles up anywhere while others are read.
    var isAlwaysReady: Bool { get }

    /// The partition that it reads, as `LogPosition.place` writes it; `nil` where the source has no positions.
    var partition: String? { get }

    /// Where a row of the batch that came last stands in the source, for people who look for a bad row; `nil` where the
    /// source can't tell. Called before the next batch is asked for.
    func origin(ofRow row: Int) -> RowOrigin?

    /// The message that a row was, counted in these columns of rows that came last; `nil` where the source's rows are
    /// no messages. All of it is there where the query reads the source's `messageColumns`.
    func message(ofRow row: Int, in rows: RecordBatch) -> OriginalMessage?
}

extension PartitionReader {
    package var isAlwaysReady: Bool { false }
    package var partition: String? { nil }
    package func origin(ofRow row: Int) -> RowOrigin? { nil }
    package func message(ofRow row: Int, in rows: RecordBatch) -> OriginalMessage? { nil }

    /// The next rows, or `nil` after the last. Waits for them.
    package func next() throws -> RecordBatch? {
        while true {
            switch try poll(waitMilliseconds: 100) {
            case .rows(let rows): return rows
            case .nothingYet: continue
            case .end: return nil
            }
        }
    }
}

/// A reader that never waits: its rows are there.
package protocol ReadyReader: PartitionReader {
    /// The next rows, a few thousand at most, or `nil` after the last.
    func read() throws -> RecordBatch?
}

extension ReadyReader {
    package var isAlwaysReady: Bool { true }
    package func poll(waitMilliseconds: Int) throws -> ReadStep { try read().map { .rows($0) } ?? .end }
}

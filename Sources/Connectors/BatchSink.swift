// What the engine asks of a sink: to take a micro-batch's rows, once or at least once.

import Columns

/// Takes the rows of micro-batches: either an `AtLeastOnceSink` or a `TransactionalSink`. Called by the query's control
/// thread only.
package protocol BatchSink: AnyObject, Sendable {
    /// What it writes to, as the progress shows it.
    var description: String { get }

    /// Refuses at plan time what would fail later: columns, types, output mode.
    func validate(schema: Schema, outputMode: OutputMode) throws

    /// Opens what is needed before the first batch; may fail with a retriable error while the other side is away.
    func open() throws

    /// The query has started: nothing refuses it any more, and its batches come.
    func started()

    /// The query was asked to stop: waits for the other side should not go on for long. From any thread.
    func stopSoon()

    /// Releases what the sink holds.
    func close()
}

extension BatchSink {
    package func open() throws {}
    package func started() {}
    package func stopSoon() {}
    package func close() {}
}

/// Rows of a batch that came too late for a watermark.
package struct LateRows: Sendable {
    /// What the log calls the watermark, such as `watermark-0`.
    package let watermark: String
    /// Where it stood, as ISO 8601 in UTC: they lie at or before it.
    package let time: String
    /// The rows as JSON: columns of STRING without NULLs.
    package let texts: [ColumnVector]

    package init(watermark: String, time: String, texts: [ColumnVector]) {
        self.watermark = watermark
        self.time = time
        self.texts = texts
    }

    package var count: Int { texts.reduce(0) { $0 + $1.count } }
}

/// Rows of a batch that are no part of its result and are told all the same, in its transaction.
package struct AsideRows: Sendable {
    /// Those that came too late for a watermark.
    package let late: [LateRows]
    /// Those that an expression has no value for.
    package let bad: [DeadLetter]

    package init(late: [LateRows] = [], bad: [DeadLetter] = []) {
        self.late = late
        self.bad = bad
    }

    /// None.
    package static let none = AsideRows()

    package var count: Int { late.reduce(bad.count) { $0 + $1.count } }
}

/// A sink that may see the rows of a batch again after a crash.
package protocol AtLeastOnceSink: BatchSink {
    /// Takes the rows of batch `batchID`, durably.
    func deliver(batchID: Int64, rows: [RecordBatch]) throws
}

/// The record that a transactional sink commits together with the rows: which batch they are, from which attempt, and
/// how far the sources had been read. The text is the engine's; the sink keeps it and gives it back.
package struct SinkMarker: Equatable, Sendable {
    package let text: String
    /// Where it is kept, with the offsets that are kept with it; empty where the sink has a place of its own for it.
    package let positions: [LogPosition]

    package init(text: String, positions: [LogPosition]) {
        self.text = text
        self.positions = positions
    }

    /// Those of the places where a marker ought to be at which this one is not, as people write them. None where the
    /// sink has a place of its own.
    package func places(missingOf wanted: [LogPosition]) -> [String] {
        guard !positions.isEmpty else { return [] }
        let found = Set(positions.map(\.place))
        return wanted.map(\.place).filter { !found.contains($0) }
    }

    /// Throws where `found`, what the sink holds now, is not `expected` in all its places: `markerMissing` where it is
    /// gone, `superseded` where another instance has committed another one.
    package static func require(_ found: SinkMarker?, toBe expected: SinkMarker?) throws(ConnectorError) {
        if let found, found.text != expected?.text {
            throw ConnectorError(
                .superseded, "the marker in the sink is \(found.text), expected \(expected?.text ?? "none")",
                hint: "another instance runs with this checkpoint; this one stops and has published nothing since")
        }
        guard let expected else { return }
        let missing = found?.places(missingOf: expected.positions)
        guard missing != [] else { return }
        throw ConnectorError(
            .markerMissing,
            "the marker of the last batch is gone\(missing.map { " from \($0.joined(separator: ", "))" } ?? "") while "
                + "the query runs",
            hint:
                "a topic was deleted and made again, or the query's group or its offsets were deleted: find out which; "
                + "the next start tells more")
    }
}

/// Under which names a transactional sink commits, and where: the same for the life of a checkpoint.
package struct TransactionIdentity: Equatable, Sendable {
    package let cluster: String?
    package let transactionalID: String
    /// The group whose offsets carry the marker.
    package let group: String
    /// Which offsets carry the marker, in words.
    package let markerPlace: String
    /// The log that all rows go to; `nil` where the rows say it.
    package let log: LogIdentity?

    package init(cluster: String?, transactionalID: String, group: String, markerPlace: String, log: LogIdentity?) {
        self.cluster = cluster
        self.transactionalID = transactionalID
        self.group = group
        self.markerPlace = markerPlace
        self.log = log
    }
}

/// A sink that takes rows and marker in one transaction: both are there afterwards, or neither is.
package protocol TransactionalSink: BatchSink {
    /// Under which names the transactions and the marker are kept. Called once, before `open`.
    ///
    /// `queryName` is for people who look at the broker; it and the id must be the same after every restart.
    /// `sourceCluster` is where the source's log positions live, where there are any.
    func bind(queryID: String, queryName: String?, sourceCluster: String?)

    /// Says that the query has begun before, so that the sink had its marker; and whether it goes on where that is
    /// gone, as its user has asked. Called once, before `open`; for a new query not at all.
    func resume(goesOnWithoutMarker: Bool)

    /// The names and places; `open` comes first.
    var identity: TransactionIdentity { get }

    /// The option that asks it to take rows, too, that came too late for a watermark; `nil` where nothing does.
    var lateRowsOption: String? { get }

    /// The option that asks it to take rows, too, that an expression has no value for; `nil` where nothing does.
    var badRowsOption: String? { get }

    /// The log that those rows go to; `nil` where there is none.
    var badRowsLog: String? { get }

    /// For how long the other side keeps a marker that isn't committed again, in milliseconds; `nil` where it doesn't
    /// tell. `open` comes first.
    var markerRetentionMilliseconds: Int64? { get }

    /// Whether a marker stays until somebody removes it.
    var keepsMarkers: Bool { get }

    /// Fences older instances of this query and ends what they left open. After it returns no older instance can change
    /// what the sink holds, so that only now log and marker are worth reading. Retriable while the other side is away.
    func fence() throws

    /// The marker of the last committed transaction, with the places where it is; `fence` comes first.
    ///
    /// `candidates` are the positions that may carry it; their offsets don't matter.
    func lastMarker(candidates: [LogPosition]) throws -> SinkMarker?

    /// Starts to prepare the next transaction in the background, so that `deliver` finds it ready.
    func prepareNext(candidates: [LogPosition])

    /// Opens a transaction, if the last committed marker is still `expected`, in all its places, and sends the rows in
    /// it; returns when the other side has them all. Nobody sees them before `commit`. `aside` are rows that came too
    /// late, or that an expression has no value for, where it takes them; `positions` are those of the marker to come.
    ///
    /// Throws `superseded` where the marker is another one, `markerMissing` where it is gone, retriable errors where
    /// nothing was sent, and `outcomeUnknown` where something was: `fence` ends what may be left then. No transaction
    /// is open after an error.
    func send(
        batchID: Int64, rows: [RecordBatch], aside: AsideRows, positions: [LogPosition], expecting expected: SinkMarker?
    ) throws

    /// Commits the open transaction together with its marker; `send` comes first.
    ///
    /// Throws `outcomeUnknown` (or any other error) where nothing is known about the transaction: only `fence` and
    /// `lastMarker` tell then. No transaction is open afterwards.
    func commit(_ marker: SinkMarker) throws

    /// Ends the open transaction without its rows; nothing where none is open. Where the other side doesn't hear of
    /// it, the next `fence` ends the transaction.
    func abort()
}

extension TransactionalSink {
    package func resume(goesOnWithoutMarker: Bool) {}
    package var lateRowsOption: String? { nil }
    package var badRowsOption: String? { nil }
    package var badRowsLog: String? { nil }
    package var markerRetentionMilliseconds: Int64? { nil }
    package var keepsMarkers: Bool { false }

    /// Takes rows and marker in one transaction: `send` and `commit`.
    package func deliver(
        batchID: Int64, rows: [RecordBatch], marker: SinkMarker, expecting expected: SinkMarker?
    ) throws {
        try send(batchID: batchID, rows: rows, aside: .none, positions: marker.positions, expecting: expected)
        try commit(marker)
    }
}

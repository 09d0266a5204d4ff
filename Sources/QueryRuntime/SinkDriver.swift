// Hands batches to the sink, once or at least once, and finds out what became of them.

import CheckpointLog
import Columns
import Connectors
import JSONText

/// What a look at a transactional sink's marker shows of a batch.
enum DeliveryState: Equatable {
    case delivered
    case notDelivered
}

/// The query's sink with the markers that belong to it. Used by the control thread only.
final class SinkDriver {
    private let sink: any BatchSink
    private let plain: (any AtLeastOnceSink)?
    private let transactional: (any TransactionalSink)?
    private let queryID: String
    /// The last marker that is known to be committed.
    private(set) var committedMarker: SinkMarker?

    init(sink: any BatchSink, queryID: String, queryName: String?, sourceCluster: String?) {
        self.sink = sink
        self.queryID = queryID
        plain = sink as? any AtLeastOnceSink
        transactional = sink as? any TransactionalSink
        precondition(plain != nil || transactional != nil, "\(sink.description) takes no rows")
        transactional?.bind(queryID: queryID, queryName: queryName, sourceCluster: sourceCluster)
    }

    /// Says that the query has begun before, and whether it goes on without its marker.
    func resume(goesOnWithoutMarker: Bool) { transactional?.resume(goesOnWithoutMarker: goesOnWithoutMarker) }

    /// Whether the sink commits rows and marker together.
    var isTransactional: Bool { transactional != nil }

    /// Under which names and where a transactional sink commits; `nil` where the sink has no transactions.
    var identity: TransactionIdentity? { transactional?.identity }

    /// The log that dead letters go to; `nil` where none do.
    var badRowsLog: String? { transactional?.badRowsLog }

    /// How long the sink keeps a marker, in milliseconds; `nil` where it doesn't tell.
    var markerRetentionMilliseconds: Int64? { transactional?.markerRetentionMilliseconds }

    /// Whether the sink never lets a marker expire.
    var keepsMarkers: Bool { transactional?.keepsMarkers ?? false }

    /// Fences older instances; log and marker are worth reading only afterwards.
    func fence() throws { try transactional?.fence() }

    /// Reads the marker that Kafka holds; `nil` where there is none or the sink keeps none.
    func readMarker(candidates: [LogPosition]) throws -> SinkMarker? {
        if Mutant.noMarker.isActive { return nil }
        return try transactional?.lastMarker(candidates: candidates)
    }

    /// Takes a marker as the committed one.
    func adopt(_ marker: SinkMarker?) { committedMarker = marker }

    /// The marker of a batch; without text where the sink keeps none.
    func marker(batch: Int64, attempt: String, manifestHash: String?, positions: [LogPosition]) throws -> SinkMarker {
        guard isTransactional else { return SinkMarker(text: "", positions: positions) }
        let marker = TransactionMarker(queryID: queryID, batch: batch, attempt: attempt, manifestHash: manifestHash)
        return SinkMarker(text: try marker.text(), positions: positions)
    }

    /// Sends the rows of a batch in a transaction that stays open; nothing where the sink has none. Throws
    /// `outcomeUnknown` where only the marker can tell what became of them.
    func send(batch: Int64, rows: [RecordBatch], aside: AsideRows, positions: [LogPosition]) throws {
        try transactional?.send(
            batchID: batch, rows: rows, aside: aside, positions: positions, expecting: committedMarker)
    }

    /// Commits what was sent, with its marker; a sink without transactions takes the rows now. Throws `outcomeUnknown`
    /// as `send` does.
    func commit(batch: Int64, rows: [RecordBatch], marker: SinkMarker) throws {
        guard let transactional else {
            try plain?.deliver(batchID: batch, rows: rows)
            return
        }
        try transactional.commit(marker)
        committedMarker = marker
    }

    /// Gives up what was sent and not committed.
    func abort() { transactional?.abort() }

    /// Gets the next transaction ready in the background.
    func prepareNext() {
        guard let transactional else { return }
        transactional.prepareNext(candidates: committedMarker?.positions ?? [])
    }

    /// Commits a marker without rows, and returns when it is certain that it is there: a query's first one, or the last
    /// one once more, so that Kafka doesn't let it expire.
    func commitAlone(_ marker: SinkMarker, batch: Int64) throws {
        do {
            try send(batch: batch, rows: [], aside: .none, positions: marker.positions)
            try commit(batch: batch, rows: [], marker: marker)
        } catch let error as ConnectorError where error.code == .outcomeUnknown {
            guard try resolve(marker) == .notDelivered else { return }
            // Nothing but the marker is in it: whoever called may call again.
            throw ConnectorError(.unavailable, "committing the marker: \(error.message)", hint: error.hint)
        }
    }

    /// Throws where the sink no longer holds the marker of the last committed batch, in all its places.
    func requireMarker() throws {
        guard let marker = committedMarker, !Mutant.noMarker.isActive else { return }
        try SinkMarker.require(try readMarker(candidates: marker.positions), toBe: marker)
    }

    /// Takes what the sink holds as the committed marker where nothing but places of it are missing; the user has said
    /// that rows of the sources may be lost.
    func acceptLossOfMarker() throws {
        guard let marker = committedMarker else { return }
        let found = try readMarker(candidates: marker.positions)
        if let found, found.text != marker.text { try SinkMarker.require(found, toBe: marker) }
        committedMarker = found
    }

    /// After a delivery with unknown outcome: fences, reads the marker, and tells whether it is `attempted` or the
    /// one before.
    ///
    /// Throws `superseded` where it is neither: somebody else has gone on from here; `markerMissing` where it is gone.
    func resolve(_ attempted: SinkMarker) throws -> DeliveryState {
        guard let transactional else { return .notDelivered }
        try transactional.fence()
        let found = try readMarker(candidates: attempted.positions)
        if let found, found.text == attempted.text {
            try SinkMarker.require(found, toBe: attempted)
            committedMarker = attempted
            return .delivered
        }
        if !Mutant.noMarker.isActive { try SinkMarker.require(found, toBe: committedMarker) }
        return .notDelivered
    }

    func close() { sink.close() }
}

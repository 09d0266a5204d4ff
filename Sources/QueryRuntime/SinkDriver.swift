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

    /// Whether the sink commits rows and marker together.
    var isTransactional: Bool { transactional != nil }

    /// Fences older instances; log and marker are worth reading only afterwards.
    func fence() throws { try transactional?.fence() }

    /// Reads the marker that Kafka holds; `nil` where there is none or the sink keeps none.
    func readMarker(candidates: [LogPosition]) throws -> SinkMarker? {
        if Mutant.noMarker.isActive { return nil }
        return try transactional?.lastMarker(candidates: candidates)
    }

    /// Takes a marker as the committed one.
    func adopt(_ marker: SinkMarker?) { committedMarker = marker }

    /// The marker of a batch.
    func marker(batch: Int64, attempt: String, stateHash: String?, positions: [LogPosition]) throws -> SinkMarker {
        let marker = TransactionMarker(queryID: queryID, batch: batch, attempt: attempt, stateHash: stateHash)
        return SinkMarker(text: try marker.text(), positions: positions)
    }

    /// Hands over the rows of a batch. Throws `outcomeUnknown` where only the marker can tell what became of them.
    func deliver(batch: Int64, rows: [RecordBatch], marker: SinkMarker) throws {
        guard let transactional else {
            try plain?.deliver(batchID: batch, rows: rows)
            return
        }
        try transactional.deliver(batchID: batch, rows: rows, marker: marker, expecting: committedMarker)
        committedMarker = marker
    }

    /// Gets the next transaction ready in the background.
    func prepareNext() {
        guard let transactional else { return }
        transactional.prepareNext(candidates: committedMarker?.positions ?? [])
    }

    /// Commits the last marker once more, without rows, so that Kafka doesn't let it expire.
    func refreshMarker(batch: Int64) throws {
        guard let transactional, let marker = committedMarker else { return }
        do {
            try transactional.deliver(batchID: batch, rows: [], marker: marker, expecting: marker)
        } catch let error as ConnectorError where error.code == .outcomeUnknown {
            // Old and new marker are the same, so that there is nothing to find out but whether somebody else took
            // over.
            _ = try resolve(marker)
        }
    }

    /// After a delivery with unknown outcome: fences, reads the marker, and tells whether it is `attempted` or the
    /// one before.
    ///
    /// Throws `superseded` where it is neither: somebody else has gone on from here.
    func resolve(_ attempted: SinkMarker) throws -> DeliveryState {
        guard let transactional else { return .notDelivered }
        try transactional.fence()
        let found = try readMarker(candidates: attempted.positions)
        if found?.text == attempted.text {
            committedMarker = attempted
            return .delivered
        }
        if Mutant.noMarker.isActive || found?.text == committedMarker?.text { return .notDelivered }
        throw ConnectorError(
            .superseded,
            "the sink's marker is \(found?.text ?? "gone"), expected \(committedMarker?.text ?? "none")",
            hint: "another instance runs with this checkpoint; this one stops and has published nothing since")
    }

    func close() { sink.close() }
}

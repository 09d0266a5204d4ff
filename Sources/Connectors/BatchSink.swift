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

    /// The query was asked to stop: waits for the other side should not go on for long. From any thread.
    func stopSoon()

    /// Releases what the sink holds.
    func close()
}

extension BatchSink {
    package func open() throws {}
    package func stopSoon() {}
    package func close() {}
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
    package let positions: [LogPosition]

    package init(text: String, positions: [LogPosition]) {
        self.text = text
        self.positions = positions
    }
}

/// A sink that takes rows and marker in one transaction: both are there afterwards, or neither is.
package protocol TransactionalSink: BatchSink {
    /// Under which names the transactions and the marker are kept. Called once, before `open`.
    ///
    /// `queryName` is for people who look at the broker; it and the id must be the same after every restart.
    /// `sourceCluster` is where the source's log positions live, where there are any.
    func bind(queryID: String, queryName: String?, sourceCluster: String?)

    /// Fences older instances of this query and ends what they left open. After it returns no older instance can change
    /// what the sink holds, so that only now log and marker are worth reading. Retriable while the other side is away.
    func fence() throws

    /// The marker of the last committed transaction; `fence` comes first.
    ///
    /// `candidates` are the positions that may carry it; their offsets don't matter.
    func lastMarker(candidates: [LogPosition]) throws -> SinkMarker?

    /// Starts to prepare the next transaction in the background, so that `deliver` finds it ready.
    func prepareNext(candidates: [LogPosition])

    /// Takes rows and marker in one transaction, if the last committed marker is still `expected`.
    ///
    /// Throws `superseded` where the marker is another one, and `outcomeUnknown` (or any other error) where nothing
    /// is known about the transaction: only `fence` and `lastMarker` tell then.
    func deliver(batchID: Int64, rows: [RecordBatch], marker: SinkMarker, expecting expected: SinkMarker?) throws
}

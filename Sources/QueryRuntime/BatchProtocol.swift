// The order of a micro-batch's durable steps, as a value: events in, the action that is due out. No I/O.

/// What is due next for a query, after every event in its life.
///
///     idle ─planned→ planned ─executed→ executed ─statePersisted→ persisted ─sent→ ready ─delivered→ delivered
///      ▲                                                            │  ▲            │                    │
///      │                                             outcomeUnknown ▼  │notDelivered▼ outcomeUnknown     │
///      │                                                            inDoubt ─────────── wasDelivered ──▶ │
///      └──────────────────────────────────────── recorded ───────────────────────────────────────────────┘
///
/// What fails before the state is durable is taken back, and the batch runs again: planned, executed ─failed→ planned.
///
/// Why this order: the plan is logged first, so that a batch that is run again reads the same rows, and is durable
/// before `statePersisted`; the state is
/// durable under a name of its own before the sink commits, so that a start after a crash can adopt it and never
/// computes a second answer for rows that are already out; the sink's commit is *the* commit, and the commit log only
/// remembers it. Rows in a transaction that isn't committed are nobody's: they are sent while the state is written.
package struct BatchProtocol: Equatable, Sendable {
    package enum Phase: Equatable, Sendable {
        case idle(next: Int64)
        case planned(Int64)
        case executed(Int64)
        case persisted(Int64)
        case ready(Int64)
        case inDoubt(Int64)
        case delivered(Int64)
    }

    /// What the query does next.
    package enum Action: Equatable, Sendable {
        /// Asks the sources for new rows and logs their range.
        case plan(Int64)
        /// Reads and computes the planned rows.
        case run(Int64)
        /// Writes the state after the batch, under the attempt's name, and sends the rows in a transaction that stays
        /// open: both at once. What became of the state is told first.
        case prepare(Int64)
        /// Sends the rows of a batch whose state is durable.
        case send(Int64)
        /// Commits the rows with the marker that names the state.
        case commit(Int64)
        /// Fences the sink and reads its marker, to learn what became of the batch.
        case resolve(Int64)
        /// Writes the batch to the commit log.
        case record(Int64)
    }

    /// What happened.
    package enum Event: Equatable, Sendable {
        case planned
        case executed
        /// Running the batch or writing its state failed, and what it changed was taken back.
        case failed
        case statePersisted
        /// The sink has all rows, and nobody sees them yet.
        case sent
        case delivered
        /// The sink can't tell whether it took the rows.
        case outcomeUnknown
        /// The marker shows that the sink took the rows of this attempt.
        case wasDelivered
        /// The marker shows that the sink did not take them.
        case notDelivered
        case recorded
    }

    package private(set) var phase: Phase

    /// Begins where a start found the checkpoint.
    package init(phase: Phase) { self.phase = phase }

    /// What is due.
    package var nextAction: Action {
        switch phase {
        case .idle(let next): .plan(next)
        case .planned(let batch): .run(batch)
        case .executed(let batch): .prepare(batch)
        case .persisted(let batch): .send(batch)
        case .ready(let batch): .commit(batch)
        case .inDoubt(let batch): .resolve(batch)
        case .delivered(let batch): .record(batch)
        }
    }

    /// The batch that is under way, or that would be planned next.
    package var batchID: Int64 {
        switch phase {
        case .idle(let batch), .planned(let batch), .executed(let batch), .persisted(let batch), .ready(let batch),
            .inDoubt(let batch), .delivered(let batch):
            batch
        }
    }

    /// Whether no batch is under way.
    package var isIdle: Bool { if case .idle = phase { true } else { false } }

    /// Takes note of an event. An event that isn't due is a bug of ours, and traps.
    package mutating func handle(_ event: Event) {
        switch (phase, event) {
        case (.idle(let batch), .planned): phase = .planned(batch)
        case (.planned(let batch), .executed): phase = .executed(batch)
        case (.planned(let batch), .failed), (.executed(let batch), .failed): phase = .planned(batch)
        case (.executed(let batch), .statePersisted): phase = .persisted(batch)
        case (.persisted(let batch), .sent): phase = .ready(batch)
        case (.ready(let batch), .delivered): phase = .delivered(batch)
        case (.persisted(let batch), .outcomeUnknown), (.ready(let batch), .outcomeUnknown): phase = .inDoubt(batch)
        case (.inDoubt(let batch), .wasDelivered): phase = .delivered(batch)
        case (.inDoubt(let batch), .notDelivered): phase = .persisted(batch)
        case (.delivered(let batch), .recorded): phase = .idle(next: batch + 1)
        default: preconditionFailure("\(event) can't follow \(phase): the batch protocol is broken")
        }
    }
}

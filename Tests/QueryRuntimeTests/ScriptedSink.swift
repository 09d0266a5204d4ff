// A transactional system that does what a script says, and queries on it that run on the calling thread.

import Columns
import Connectors
import DurableFiles
import JSONText
import Operators
import Synchronization
import TestSupport
import Testing

@testable import QueryRuntime

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What becomes of one delivery.
enum Outcome: Sendable {
    case commits
    /// Nobody can be reached; nothing was sent.
    case isAway
    /// The connection ends while rows are sent.
    case breaksOff
    /// The answer is lost, and the transaction was committed.
    case isLostAfterCommit
    /// The answer is lost, and the transaction was not committed; `passes` tells whether the reason may pass.
    case isLostBeforeCommit(passes: Bool)
    /// The answer is lost, and meanwhile another instance has committed its own transaction.
    case isTakenOver
    /// A row can't be written.
    case isRefused
    /// The transaction is committed, and the query dies before it can write that down.
    case diesAfterCommit
}

/// What the transactional system holds, whichever instance of the sink asks.
final class Ledger: Sendable {
    struct Content: Sendable {
        var marker: SinkMarker?
        /// Rows of committed transactions: batch and values.
        var rows: [(batch: Int64, values: [Int64])] = []
        var script: [Outcome] = []
        /// What becomes of the markers that queries begin with.
        var firstMarkerScript: [Outcome] = []
        var calls: [String] = []
        /// How long a marker is kept, as the sink tells it.
        var retentionMilliseconds: Int64?
        /// How often the next calls of a kind fail because nobody answers.
        var absences: [String: Int] = [:]
        var onCall: (@Sendable (String) -> Void)?
    }

    private let content = Mutex(Content())

    init(_ script: [Outcome] = []) { content.withLock { $0.script = script } }

    /// A ledger that holds this marker and nothing else.
    init(_ marker: SinkMarker?) { content.withLock { $0.marker = marker } }

    func change<T: Sendable>(_ body: (inout sending Content) -> sending T) -> T { content.withLock(body) }

    var marker: SinkMarker? { content.withLock { $0.marker } }
    var calls: [String] { content.withLock { $0.calls } }
    var rows: [Int64] { content.withLock { $0.rows.flatMap(\.values) } }

    /// Notes a call; throws where the script says that nobody answers.
    func call(_ name: String) throws {
        let (hook, isAway) = content.withLock { content in
            content.calls.append(name)
            let left = content.absences[name] ?? 0
            content.absences[name] = max(left - 1, 0)
            return (content.onCall, left > 0)
        }
        hook?(name)
        if isAway { throw ConnectorError(.unavailable, "nobody answers") }
    }

    func nextOutcomeOfFirstMarker() -> Outcome {
        content.withLock { $0.firstMarkerScript.isEmpty ? .commits : $0.firstMarkerScript.removeFirst() }
    }

    func nextOutcome() -> Outcome { content.withLock { $0.script.isEmpty ? .commits : $0.script.removeFirst() } }

    func commit(_ batch: Int64, _ rows: [RecordBatch], _ marker: SinkMarker) {
        let values = rows.flatMap { $0.rows() }.map { row in
            if case .long(let number) = row.values.last { number } else { Int64.min }
        }
        content.withLock {
            $0.marker = marker
            if !values.isEmpty { $0.rows.append((batch, values)) }
        }
    }
}

/// One instance's sink on a ledger.
final class ScriptedSink: TransactionalSink {
    let description = "ScriptedSink"
    private typealias Transaction = (batchID: Int64, rows: [RecordBatch], outcome: Outcome)
    private let ledger: Ledger
    private let transaction = Mutex<Transaction?>(nil)

    init(_ ledger: Ledger) { self.ledger = ledger }

    func validate(schema: Schema, outputMode: OutputMode) {}
    func bind(queryID: String, queryName: String?, sourceCluster: String?) {}
    func open() throws { try ledger.call("open") }
    func close() {
        abort()
        try? ledger.call("close")
    }
    func fence() throws { try ledger.call("fence") }
    var identity: TransactionIdentity {
        TransactionIdentity(
            cluster: nil, transactionalID: "scripted", group: "scripted", markerPlace: "in the ledger", log: nil)
    }
    var markerRetentionMilliseconds: Int64? { ledger.change { $0.retentionMilliseconds } }
    func prepareNext(candidates: [LogPosition]) { try? ledger.call("prepare") }

    func lastMarker(candidates: [LogPosition]) throws -> SinkMarker? {
        try ledger.call("marker")
        return ledger.marker
    }

    func send(
        batchID: Int64, rows: [RecordBatch], aside: AsideRows, positions: [LogPosition], expecting expected: SinkMarker?
    ) throws {
        let isFirstMarker = batchID < 0
        try ledger.call(isFirstMarker ? "first marker" : "deliver \(batchID)")
        try SinkMarker.require(ledger.marker, toBe: expected)
        let outcome = isFirstMarker ? ledger.nextOutcomeOfFirstMarker() : ledger.nextOutcome()
        switch outcome {
        case .isAway: throw ConnectorError(.unavailable, "nobody answers")
        case .isRefused: throw ConnectorError(.badRow, "the row is too long")
        case .breaksOff: throw ConnectorError(.outcomeUnknown, "the line is dead", isRetriable: true)
        default: transaction.withLock { $0 = (batchID, rows, outcome) }
        }
    }

    func commit(_ marker: SinkMarker) throws {
        guard let (batchID, rows, outcome) = takeOpen() else { preconditionFailure("nothing was sent") }
        let lost = ConnectorError(.outcomeUnknown, "the answer was lost", isRetriable: true)
        switch outcome {
        case .commits: ledger.commit(batchID, rows, marker)
        case .isLostAfterCommit:
            ledger.commit(batchID, rows, marker)
            throw lost
        case .isLostBeforeCommit(passes: true): throw lost
        case .isLostBeforeCommit(passes: false): throw ConnectorError(.outcomeUnknown, "the answer makes no sense")
        case .isTakenOver:
            ledger.commit(batchID, [], SinkMarker(text: "another instance's", positions: []))
            throw lost
        case .diesAfterCommit:
            ledger.commit(batchID, rows, marker)
            throw ConnectorError(.failed, "died")
        case .isAway, .isRefused, .breaksOff: preconditionFailure("\(outcome) comes before the commit")
        }
    }

    func abort() {
        guard let transaction = takeOpen() else { return }
        try? ledger.call("abort \(transaction.batchID)")
    }

    private func takeOpen() -> Transaction? {
        transaction.withLock { transaction in
            defer { transaction = nil }
            return transaction
        }
    }
}

/// What a query has logged.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    func contain(_ text: String) -> Bool { lines.withLock { $0 }.contains { $0.contains(text) } }
}

/// A query that counts values, or passes them on, from a memory stream to a ledger.
final class World {
    let ledger: Ledger
    let stream: MemorySource
    private let folder: TemporaryFolder
    var directory: String { folder.path }
    static let schema = Schema([Field("v", .long)])

    init(_ script: [Outcome] = []) throws {
        ledger = Ledger(script)
        stream = MemorySource(schema: World.schema)
        folder = try TemporaryFolder()
    }

    /// Adds rows as one block.
    func add(_ values: Int64...) {
        var builder = FixedBuilder<Int64>(type: .long)
        for value in values { builder.append(value) }
        let column = builder.finish()
        stream.add(RecordBatch(schema: World.schema, columns: [column], count: values.count))
    }

    /// An execution of the query; with `counting`, the rows that come out hold how often their value was seen.
    /// `planBefore` is what `planText` was before variables were deleted.
    func execution(
        counting: Bool = true, trigger: Trigger = .availableNow, source: (any ReplayableSource)? = nil,
        sink: (any BatchSink)? = nil, clock: any EngineClock = SystemClock(), disk: any Disk = RealDisk(),
        others: [any ReplayableSource] = [], lines: LogLines? = nil, plan: PhysicalPlan? = nil,
        planText: String? = nil, planBefore: String? = nil,
        outputMode: OutputMode = .update,
        _ change: (inout QueryDefinition.Settings) -> Void = { _ in }
    ) throws -> QueryExecution {
        var settings = QueryDefinition.Settings()
        settings.workerCount = 2
        settings.shardCount = 2
        settings.retryDelayNanoseconds = 1_000_000
        change(&settings)
        let keys = [Field("v", .long)]
        let aggregation = AggregationPlan(
            keys: keys, aggregates: [try #require(AggregateSpec("count"))], resultNames: ["n"])
        let counts = AggregationOperator(aggregation, detail: "counts", stateID: "aggregate-0")
        let sources = [source ?? stream] + others
        let counted = PhysicalPlan(
            stages: [
                Stage(inputs: sources.indices.map { StageInput(from: .stream($0)) }, keyed: counting ? counts : nil)
            ],
            outputSchema: counting ? aggregation.output : World.schema)
        return QueryExecution(
            QueryDefinition(
                name: "test", plan: plan ?? counted, planText: planText ?? "counting \(counting)",
                withVariables: { $0 == planBefore ? planText ?? $0 : $0 }, engine: "test", sources: sources,
                sink: sink ?? ScriptedSink(ledger), outputMode: outputMode, trigger: trigger,
                checkpointDirectory: directory, isCheckpointTemporary: false, settings: settings, clock: clock,
                log: { _, line in lines?.add(line) }),
            disk: disk)
    }

    /// Runs the query over all rows that are there, and tells why it failed, where it did.
    @discardableResult
    func run(
        counting: Bool = true, clock: any EngineClock = SystemClock(), source: (any ReplayableSource)? = nil,
        sink: (any BatchSink)? = nil, _ change: (inout QueryDefinition.Settings) -> Void = { _ in }
    ) throws -> QueryError? {
        let execution = try execution(counting: counting, source: source, sink: sink, clock: clock, change)
        do {
            try execution.start()
        } catch {
            return error as? QueryError
        }
        execution.run()
        return execution.control.failure
    }

    /// Runs an idle query, which looks for rows and refreshes its marker all the time, until it has committed batch 0's
    /// marker so often; then stops it.
    func runIdle(
        refreshes count: Int, clock: any EngineClock = SystemClock(),
        _ change: (inout QueryDefinition.Settings) -> Void = { $0.markerRefreshNanoseconds = 1_000_000 }
    ) throws -> QueryError? {
        let execution = try execution(trigger: .immediately, clock: clock) {
            $0.pollingDelayNanoseconds = 1_000_000
            change(&$0)
        }
        try execution.start()
        let control = execution.control
        ledger.change { content in
            let calls = Countdown(count)
            content.onCall = { if $0 == "deliver 0", calls.isOver() { control.requestStop() } }
        }
        execution.run()
        return control.failure
    }
}

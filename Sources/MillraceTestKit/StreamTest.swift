// Streaming queries tested as scripts: add rows, run, check, stop, start.

import Millrace

/// A streaming query on memory streams, driven step by step; the shape of Spark's `testStream`.
///
///     let test = StreamTest(schema: Schema([Field("value", .string)])) { $0.groupBy("value").count() }
///     try await test.start()
///     try test.addData([[.string("a")], [.string("a")]])
///     try await test.checkNewRows([[.string("a"), .long(2)]])
///     await test.stop()
///
/// The streams outlive the query, so that a test can stop, add rows and start again from the same checkpoint. Every
/// failure says which step it was and what the query last did. `StreamScript` runs a list of such steps in several
/// ways. Time stands still unless `advanceClock` moves it: triggers, timestamps and the `rate` source go by that clock.
public final class StreamTest {
    /// What a check found.
    public struct Failure: Error, CustomStringConvertible {
        /// The script so far with the failed step, expected and found rows, and the query's last progress.
        public let description: String
    }

    /// The query that runs, or the last that ran.
    public private(set) var query: StreamingQuery?
    /// What the query's triggers, timestamps and rate sources go by; it begins in 1970.
    public let clock = ManualClock()
    /// The newest batch that `checkNewRows` or `takeNewRows` has seen.
    private var seenBatch: Int64 = -1
    private var session: Session
    private let streams: [(name: String, stream: MemoryStream)]
    private let build: (StreamFrames) throws -> DataFrame
    private let outputMode: OutputMode
    private let checkpoint: String?
    private let trigger: Trigger
    private var workers: Int
    private let sinkName = "result"
    /// What was done, told only where something fails: rows may be many and long.
    private var script: [() -> String] = []

    /// Creates a test of the query that `build` makes of the stream.
    ///
    /// With a `checkpoint` directory the query can be stopped and started again.
    public convenience init(
        schema: Schema, outputMode: OutputMode = .update, trigger: Trigger = .immediately, checkpoint: String? = nil,
        workers: Int = 2, _ build: @escaping (DataFrame) -> DataFrame
    ) {
        self.init(
            streams: ["stream": schema], outputMode: outputMode, trigger: trigger, checkpoint: checkpoint,
            workers: workers
        ) { build(try $0("stream")) }
    }

    /// Creates a test of the query that `build` makes of several streams, by their names.
    ///
    /// `build` runs at each start. With a `checkpoint` directory the query can be stopped and started again.
    public init(
        streams: KeyValuePairs<String, Schema>, outputMode: OutputMode = .update, trigger: Trigger = .immediately,
        checkpoint: String? = nil, workers: Int = 2, _ build: @escaping (StreamFrames) throws -> DataFrame
    ) {
        let session = Self.makeSession(workers: workers, clock)
        self.session = session
        self.streams = streams.map { ($0.key, MemoryStream(session, schema: $0.value)) }
        self.build = build
        self.outputMode = outputMode
        self.trigger = trigger
        self.checkpoint = checkpoint
        self.workers = workers
    }

    /// Changes the configuration of sessions that are made in a task, for our own tests.
    @TaskLocal package static var configure: @Sendable (inout SessionConfiguration) -> Void = { _ in }

    private static func makeSession(workers: Int, _ clock: ManualClock) -> Session {
        var configuration = SessionConfiguration()
        configuration.workerCount = workers
        configuration.manualClock = clock
        configuration.checksColumns = true
        configuration.log = { _, _ in }
        configure(&configuration)
        return Session(appName: "StreamTest", configuration: configuration)
    }

    // MARK: Steps

    /// Starts the query, or starts it again from its checkpoint, with another number of workers where one is given.
    public func start(workers: Int? = nil) async throws {
        script.append { "start" + (workers.map { ", \($0) workers" } ?? "") }
        if let workers, workers != self.workers {
            self.workers = workers
            session = Self.makeSession(workers: workers, clock)
        }
        var writer = try frame().writeStream.format("memory").queryName(sinkName).outputMode(outputMode)
            .trigger(trigger)
        if let checkpoint { writer = writer.option("checkpointLocation", checkpoint) }
        query = try await writer.start()
        // The first trigger comes with the start: rows that are added later are not for it.
        if isPeriodic { try await query?.waitForClock() }
    }

    /// Finishes the running batch and stops.
    public func stop() async {
        script.append { "stop" }
        await query?.stop()
    }

    /// Adds rows as one block of the stream, of the first one where none is named.
    public func addData(_ rows: [[Value]], to name: String? = nil) throws {
        script.append { "addData \(rows)" + (name.map { " to \($0)" } ?? "") }
        try stream(name).addData(rows)
    }

    /// Moves the clock forward. With a trigger that has an interval, batches run only when their time has come.
    public func advanceClock(by time: Duration) {
        script.append { "advanceClock by \(time)" }
        clock.advance(by: time)
    }

    /// Waits until the query has nothing to do: all rows are processed, or it waits for the clock.
    public func run() async throws {
        script.append { "run" }
        try await settle()
    }

    /// Waits as `run` does, and gives what the query has written since the last look.
    public func takeNewRows() async throws -> [[Value]] {
        script.append { "takeNewRows" }
        return try await newRows()
    }

    /// Waits as `run` does, and compares what the query has written since the last look, in any order.
    public func checkNewRows(_ expected: [[Value]]) async throws {
        script.append { "checkNewRows \(expected)" }
        try compare(expected, try await newRows())
    }

    /// Waits as `run` does, and compares what the newest batch has written, in any order.
    public func checkLastBatch(_ expected: [[Value]]) async throws {
        script.append { "checkLastBatch \(expected)" }
        try await settle()
        let last = session.batches(ofTable: sinkName).last
        seenBatch = max(seenBatch, last?.id ?? -1)
        try compare(expected, last?.rows.map(\.values) ?? [])
    }

    /// Waits as `run` does, and compares how many rows a stateful operator keeps; they are numbered from 0 as in the
    /// progress.
    public func checkState(rows expected: Int64, operator index: Int = 0) async throws {
        script.append { "checkState \(expected) rows in operator \(index)" }
        try await settle()
        let operators = query?.recentProgress.last { !$0.stateOperators.isEmpty }?.stateOperators ?? []
        guard operators.indices.contains(index) else { throw failure("there are \(operators.count) operators") }
        guard operators[index].numRowsTotal != expected else { return }
        throw failure("found \(operators[index].numRowsTotal) rows in operator \(index)")
    }

    /// Takes back the record of the newest commit, as a crash before it would: stop first, and the next start runs that
    /// batch again. What it writes counts as new.
    public func dropNewestCommit() throws {
        script.append { "dropNewestCommit" }
        guard let checkpoint else { throw failure("the test has no checkpoint") }
        guard query?.isActive != true else { throw failure("the query runs: stop it first") }
        guard let batch = try CheckpointDirectory(checkpoint).dropNewestCommit() else {
            throw failure("no batch has been committed")
        }
        seenBatch = min(seenBatch, batch - 1)
    }

    /// Waits until the query ends, and compares the code of the error that ended it.
    public func checkError(_ code: String) async throws {
        script.append { "checkError \(code)" }
        do {
            try await settle()
        } catch let error as MillraceError {
            guard error.code != code else { return }
            throw failure("found \(error)")
        }
        throw failure("the query goes on")
    }

    // MARK: Parts

    /// The columns of a stream.
    func schema(of name: String) throws -> Schema { try stream(name).schema }

    /// The query as a frame of the session that runs it now.
    func frame() throws -> DataFrame {
        try build(StreamFrames(session: session, frames: streams.map { ($0.name, $0.stream.toDF(in: session)) }))
    }

    private func settle() async throws {
        guard let query else { throw failure("no query was started") }
        if isPeriodic { try await query.waitForClock() } else { try await query.processAllAvailable() }
    }

    private var isPeriodic: Bool {
        if case .processingTime(let interval) = trigger { interval > .zero } else { false }
    }

    private func newRows() async throws -> [[Value]] {
        try await settle()
        let batches = session.batches(ofTable: sinkName)
        defer { seenBatch = max(seenBatch, batches.last?.id ?? -1) }
        // Complete mode replaces the table.
        return batches.filter { outputMode == .complete || $0.id > seenBatch }.flatMap(\.rows).map(\.values)
    }

    private func compare(_ expected: [[Value]], _ found: [[Value]]) throws {
        var counts: [[Value]: Int] = [:]
        for row in expected { counts[row, default: 0] += 1 }
        for row in found { counts[row, default: 0] -= 1 }
        if counts.values.allSatisfy({ $0 == 0 }) { return }
        // By their texts NaN is equal to itself.
        guard found.map(String.init(describing:)).sorted() != expected.map(String.init(describing:)).sorted() else {
            return
        }
        throw failure("expected \(expected), found \(found)")
    }

    private func stream(_ name: String?) throws -> MemoryStream {
        let found = name.map { name in streams.first { $0.name == name } } ?? streams.first
        guard let found else {
            throw failure("there is no stream '\(name ?? "")'; streams: \(streams.map(\.name).joined(separator: ", "))")
        }
        return found.stream
    }

    private func failure(_ message: String) -> Failure {
        let steps = script.enumerated().map { index, step in
            "\(index == script.count - 1 ? "=>" : "  ") \(step())"
        }
        return Failure(
            description: (steps + [message, "last progress: \(query?.lastProgress?.json ?? "none")"])
                .joined(separator: "\n"))
    }
}

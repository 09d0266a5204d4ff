// Streaming queries tested as scripts: add rows, run, check, stop, start.

import Millrace

/// The streams of a test as frames, by their names: `frames("sales")`.
public struct StreamFrames {
    let frames: [(name: String, frame: DataFrame)]

    /// The frame of the stream with this name.
    ///
    /// - Throws: `StreamTest.Failure` where there is none.
    public func callAsFunction(_ name: String) throws -> DataFrame {
        if let found = frames.first(where: { $0.name == name }) { return found.frame }
        throw StreamTest.Failure(
            description: "there is no stream '\(name)'; streams: \(frames.map(\.name).joined(separator: ", "))")
    }
}

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
/// ways.
public final class StreamTest {
    /// What a check found.
    public struct Failure: Error, CustomStringConvertible {
        /// The script so far with the failed step, expected and found rows, and the query's last progress.
        public let description: String
    }

    /// The query that runs, or the last that ran.
    public private(set) var query: StreamingQuery?
    /// The rows that the newest call of `checkNewRows` or `takeNewRows` has not yet seen.
    private var seenRows = 0
    private var session: Session
    private let streams: [(name: String, stream: MemoryStream)]
    private let build: (StreamFrames) throws -> DataFrame
    private let outputMode: OutputMode
    private let checkpoint: String?
    private var workers: Int
    private let sinkName = "result"
    private var script: [String] = []

    /// Creates a test of the query that `build` makes of the stream.
    ///
    /// With a `checkpoint` directory the query can be stopped and started again.
    public convenience init(
        schema: Schema, outputMode: OutputMode = .update, checkpoint: String? = nil, workers: Int = 2,
        _ build: @escaping (DataFrame) -> DataFrame
    ) {
        self.init(
            streams: ["stream": schema], outputMode: outputMode, checkpoint: checkpoint, workers: workers
        ) { build(try $0("stream")) }
    }

    /// Creates a test of the query that `build` makes of several streams, by their names.
    ///
    /// `build` runs at each start. With a `checkpoint` directory the query can be stopped and started again.
    public init(
        streams: KeyValuePairs<String, Schema>, outputMode: OutputMode = .update, checkpoint: String? = nil,
        workers: Int = 2, _ build: @escaping (StreamFrames) throws -> DataFrame
    ) {
        let session = Self.makeSession(workers: workers)
        self.session = session
        self.streams = streams.map { ($0.key, MemoryStream(session, schema: $0.value)) }
        self.build = build
        self.outputMode = outputMode
        self.checkpoint = checkpoint
        self.workers = workers
    }

    private static func makeSession(workers: Int) -> Session {
        var configuration = SessionConfiguration()
        configuration.workerCount = workers
        configuration.log = { _, _ in }
        return Session(appName: "StreamTest", configuration: configuration)
    }

    // MARK: Steps

    /// Starts the query, or starts it again from its checkpoint, with another number of workers where one is given.
    public func start(trigger: Trigger = .immediately, workers: Int? = nil) async throws {
        script.append("start" + (workers.map { ", \($0) workers" } ?? ""))
        if let workers, workers != self.workers {
            self.workers = workers
            session = Self.makeSession(workers: workers)
            seenRows = 0
        }
        var writer = try frame().writeStream.format("memory").queryName(sinkName).outputMode(outputMode)
            .trigger(trigger)
        if let checkpoint { writer = writer.option("checkpointLocation", checkpoint) }
        query = try await writer.start()
    }

    /// Finishes the running batch and stops.
    public func stop() async {
        script.append("stop")
        await query?.stop()
    }

    /// Adds rows as one block of the stream, of the first one where none is named.
    public func addData(_ rows: [[Value]], to name: String? = nil) throws {
        script.append("addData \(rows)" + (name.map { " to \($0)" } ?? ""))
        try stream(name).addData(rows)
    }

    /// Waits until all rows are processed, and gives what the query has written since the last look.
    public func takeNewRows() async throws -> [[Value]] {
        script.append("takeNewRows")
        guard let query else { throw failure("no query was started") }
        try await query.processAllAvailable()
        let rows = try session.table(sinkName).collect().map(\.values)
        defer { seenRows = rows.count }
        // Complete mode replaces the table.
        return outputMode == .complete ? rows : Array(rows.dropFirst(seenRows))
    }

    /// Waits until all rows are processed, and compares what the query has written since the last look, in any order.
    public func checkNewRows(_ expected: [[Value]]) async throws {
        let found = try await takeNewRows()
        script[script.count - 1] = "checkNewRows \(expected)"
        guard found.map(String.init(describing:)).sorted() != expected.map(String.init(describing:)).sorted() else {
            return
        }
        throw failure("expected \(expected), found \(found)")
    }

    /// Waits until all rows are processed, and compares how many rows a stateful operator keeps; they are numbered from
    /// 0 as in the progress.
    public func checkState(rows expected: Int64, operator index: Int = 0) async throws {
        script.append("checkState \(expected) rows in operator \(index)")
        guard let query else { throw failure("no query was started") }
        try await query.processAllAvailable()
        let operators = query.recentProgress.last { !$0.stateOperators.isEmpty }?.stateOperators ?? []
        guard operators.indices.contains(index) else { throw failure("there are \(operators.count) operators") }
        guard operators[index].numRowsTotal != expected else { return }
        throw failure("found \(operators[index].numRowsTotal) rows in operator \(index)")
    }

    // MARK: Parts

    /// The columns of a stream.
    func schema(of name: String) throws -> Schema { try stream(name).schema }

    /// The query as a frame of the session that runs it now.
    func frame() throws -> DataFrame {
        try build(StreamFrames(frames: streams.map { ($0.name, $0.stream.toDF(in: session)) }))
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
            "\(index == script.count - 1 ? "=>" : "  ") \(step)"
        }
        return Failure(
            description: (steps + [message, "last progress: \(query?.lastProgress?.json ?? "none")"])
                .joined(separator: "\n"))
    }
}

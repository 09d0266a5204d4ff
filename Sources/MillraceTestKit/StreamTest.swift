// Streaming queries tested as scripts: add rows, run, check, stop, start.

import Millrace

/// A streaming query on a memory stream, driven step by step; the shape of Spark's `testStream`.
///
///     let test = StreamTest(schema: Schema([Field("value", .string)])) { $0.groupBy("value").count() }
///     try await test.start()
///     try test.addData([[.string("a")], [.string("a")]])
///     try await test.checkNewRows([[.string("a"), .long(2)]])
///     await test.stop()
///
/// The stream outlives the query, so that a test can stop, add rows and start again from the same checkpoint. Every
/// failure says which step it was and what the query last did.
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
    private let session: Session
    private let stream: MemoryStream
    private let frame: DataFrame
    private let outputMode: OutputMode
    private let checkpoint: String?
    private let sinkName: String
    private var script: [String] = []

    /// Creates a test of the query that `build` makes of the stream.
    ///
    /// With a `checkpoint` directory the query can be stopped and started again.
    public init(
        schema: Schema, outputMode: OutputMode = .update, checkpoint: String? = nil, workers: Int = 2,
        _ build: (DataFrame) -> DataFrame
    ) {
        var configuration = SessionConfiguration()
        configuration.workerCount = workers
        configuration.log = { _, _ in }
        session = Session(appName: "StreamTest", configuration: configuration)
        stream = MemoryStream(session, schema: schema)
        frame = build(stream.toDF())
        self.outputMode = outputMode
        self.checkpoint = checkpoint
        sinkName = "result"
    }

    /// Starts the query, or starts it again from its checkpoint.
    public func start(trigger: Trigger = .immediately) async throws {
        script.append("start")
        var writer = frame.writeStream.format("memory").queryName(sinkName).outputMode(outputMode).trigger(trigger)
        if let checkpoint { writer = writer.option("checkpointLocation", checkpoint) }
        query = try await writer.start()
    }

    /// Finishes the running batch and stops.
    public func stop() async {
        script.append("stop")
        await query?.stop()
    }

    /// Adds rows as one block of the stream.
    public func addData(_ rows: [[Value]]) throws {
        script.append("addData \(rows)")
        try stream.addData(rows)
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

    private func failure(_ message: String) -> Failure {
        let steps = script.enumerated().map { index, step in
            "\(index == script.count - 1 ? "=>" : "  ") \(step)"
        }
        return Failure(
            description: (steps + [message, "last progress: \(query?.lastProgress?.json ?? "none")"])
                .joined(separator: "\n"))
    }
}

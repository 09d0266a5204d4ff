// A list of steps on a streaming query, run in several ways that must give the same rows.

import Millrace

/// A script of steps on a streaming query, and the ways to run it.
///
///     let script = StreamScript(
///         streams: ["sales": Schema([Field("shop", .string), Field("amount", .long)])],
///         query: { try $0("sales").groupBy("shop").agg(sum("amount").as("total")) },
///         [
///             .add("sales", "a, 1; b, 2"),
///             .check("a, 1; b, 2"),
///             .add("sales", "a, 5"),
///             .check("a, 6"),
///             .checkState(rows: 2),
///         ])
///     try await script.runAllWays()
///
/// Rows stand as text: rows end with `;` or a line, values with commas, blanks around them don't count, `null` is NULL,
/// and each value is cast to its column's type. `addRows` and `checkRows` take values, for what text can't say.
public struct StreamScript {
    /// One step.
    public enum Step: Sendable {
        /// Adds rows to a stream, as text.
        case add(String, String)
        /// Adds rows to a stream.
        case addRows(String, [[Value]])
        /// Waits until all rows are processed, and compares what came out since the last check, as text, in any order.
        case check(String)
        /// The same with values.
        case checkRows([[Value]])
        /// Compares how many rows a stateful operator keeps.
        case checkState(rows: Int64, operator: Int = 0)
        /// Stops the query and starts it again.
        case restart
    }

    /// How a script is run. Each way must pass the same checks.
    public enum Way: String, CaseIterable, Sendable, CustomStringConvertible {
        /// One query from start to end.
        case straight
        /// The query is stopped and started again before rows are added, where it has processed some.
        case restartAfterEveryBatch
        /// The same, and each start has another number of workers.
        case otherWorkersAfterEveryBatch

        /// The way's name.
        public var description: String { rawValue }
    }

    private let streams: KeyValuePairs<String, Schema>
    private let outputMode: OutputMode
    private let query: (StreamFrames) throws -> DataFrame
    private let steps: [Step]

    /// Creates a script for the query that `query` makes of the streams, by their names.
    public init(
        streams: KeyValuePairs<String, Schema>, outputMode: OutputMode = .update,
        query: @escaping (StreamFrames) throws -> DataFrame, _ steps: [Step]
    ) {
        self.streams = streams
        self.outputMode = outputMode
        self.query = query
        self.steps = steps
    }

    /// Runs the script in every way.
    ///
    /// - Throws: `StreamTest.Failure` with the way and the steps up to the one that failed.
    public func runAllWays() async throws {
        for way in Way.allCases { try await run(way) }
    }

    /// Runs the script in one way, on a checkpoint of its own.
    public func run(_ way: Way) async throws {
        let checkpoint = try TemporaryCheckpoint.make()
        defer { TemporaryCheckpoint.remove(checkpoint) }
        let test = StreamTest(
            streams: streams, outputMode: outputMode, checkpoint: checkpoint, workers: 2, query)
        do {
            try await run(test, way)
        } catch let failure as StreamTest.Failure {
            await test.stop()
            throw StreamTest.Failure(description: "run \(way):\n\(failure.description)")
        } catch {
            await test.stop()
            throw error
        }
        await test.stop()
    }

    private func run(_ test: StreamTest, _ way: Way) async throws {
        var workers = [3, 1, 2, 4].makeIterator()
        func restart() async throws {
            await test.stop()
            let next = way == .otherWorkersAfterEveryBatch ? workers.next() ?? 2 : nil
            try await test.start(workers: next)
        }
        try await test.start()
        var hasRun = false
        for step in steps {
            switch step {
            case .add, .addRows:
                // Not after a check: a restart must not lose what a later check would see.
                if hasRun, way != .straight { try await restart() }
                hasRun = false
            case .restart: try await restart()
            case .check, .checkRows, .checkState: hasRun = true
            }
            try await carryOut(step, test)
        }
    }

    private func carryOut(_ step: Step, _ test: StreamTest) async throws {
        switch step {
        case .add(let name, let text):
            try test.addData(RowText.rows(text, schema: try test.schema(of: name)), to: name)
        case .addRows(let name, let rows): try test.addData(rows, to: name)
        case .check(let text): try await test.checkNewRows(RowText.rows(text, schema: try test.frame().schema))
        case .checkRows(let rows): try await test.checkNewRows(rows)
        case .checkState(let rows, let index): try await test.checkState(rows: rows, operator: index)
        case .restart: break
        }
    }
}

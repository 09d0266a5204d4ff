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
        /// Moves the clock forward: with a trigger that has an interval, batches run only when their time has come.
        case advanceClock(Duration)
        /// Waits until the query has nothing to do: all rows are processed, or it waits for the clock.
        case run
        /// Waits as `run` does, and compares what came out since the last check, as text, in any order.
        case check(String)
        /// The same with values.
        case checkRows([[Value]])
        /// Waits as `run` does, and compares what the newest batch has written, as text, in any order.
        case checkLastBatch(String)
        /// Waits as `run` does, and compares how many rows a stateful operator keeps.
        case checkState(rows: Int64, operator: Int = 0)
        /// Finishes the running batch and stops.
        case stop
        /// Starts the query again from its checkpoint.
        case start
        /// Stops the query and starts it again.
        case restart
        /// Takes back the record of the newest commit, as a crash before it would: the next start runs that batch
        /// again. Between `stop` and `start`.
        case dropNewestCommit
        /// Waits for the error that ends the query, or that the last start ended in, and compares its code.
        case expectError(String)
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
    private let trigger: Trigger
    private let query: (StreamFrames) throws -> DataFrame
    private let steps: [Step]

    /// Creates a script for the query that `query` makes of the streams, by their names.
    public init(
        streams: KeyValuePairs<String, Schema>, outputMode: OutputMode = .update, trigger: Trigger = .immediately,
        query: @escaping (StreamFrames) throws -> DataFrame, _ steps: [Step]
    ) {
        self.streams = streams
        self.outputMode = outputMode
        self.trigger = trigger
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
            streams: streams, outputMode: outputMode, trigger: trigger, checkpoint: checkpoint, workers: 2, query)
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
        // What the last start ended in, until a step expects it.
        var startError: (any Error)?
        func start() async {
            let next = way == .otherWorkersAfterEveryBatch ? workers.next() ?? 2 : nil
            do { try await test.start(workers: next) } catch { startError = error }
        }
        await start()
        var hasRun = false
        for step in steps {
            if case .expectError(let code) = step, let error = startError {
                guard (error as? MillraceError)?.code == code else { throw error }
                startError = nil
                continue
            }
            if let startError { throw startError }
            switch step {
            case .add, .addRows:
                // Not after a check: a restart must not lose what a later check would see.
                if hasRun, way != .straight {
                    await test.stop()
                    await start()
                    if let startError { throw startError }
                }
                hasRun = false
            case .restart:
                await test.stop()
                await start()
            case .start: await start()
            case .stop, .expectError: hasRun = false
            case .run, .check, .checkRows, .checkLastBatch, .checkState: hasRun = true
            case .advanceClock, .dropNewestCommit: break
            }
            try await carryOut(step, test)
        }
        if let startError { throw startError }
    }

    private func carryOut(_ step: Step, _ test: StreamTest) async throws {
        switch step {
        case .add(let name, let text):
            try test.addData(RowText.rows(text, schema: try test.schema(of: name)), to: name)
        case .addRows(let name, let rows): try test.addData(rows, to: name)
        case .advanceClock(let time): test.advanceClock(by: time)
        case .run: try await test.run()
        case .check(let text): try await test.checkNewRows(RowText.rows(text, schema: try test.frame().schema))
        case .checkRows(let rows): try await test.checkNewRows(rows)
        case .checkLastBatch(let text):
            try await test.checkLastBatch(RowText.rows(text, schema: try test.frame().schema))
        case .checkState(let rows, let index): try await test.checkState(rows: rows, operator: index)
        case .stop: await test.stop()
        case .start, .restart: break
        case .dropNewestCommit: try test.dropNewestCommit()
        case .expectError(let code): try await test.checkError(code)
        }
    }
}

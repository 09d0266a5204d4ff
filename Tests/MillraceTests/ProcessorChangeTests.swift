// Processors over restarts: those that keep nothing.

import MillraceTestKit
import Testing

@testable import Millrace

@Suite struct ProcessorChangeTests {
    // MARK: Without state

    /// Gives the sum of each key's rows, and keeps nothing.
    final class Stateless: StatefulProcessor {
        init(_ handle: StatefulProcessorHandle) {}

        func handleInputRows(
            _ key: String, _ rows: GroupRows<ProcessorTests.Event>, _ times: TimerValues
        ) throws -> [Int] { [rows.reduce(0) { $0 + $1.v }] }
    }

    @Test("a processor without variables and timers goes on from its checkpoint")
    func withoutVariables() async throws {
        let script = StreamScript(
            streams: ["in": ProcessorTests.schema],
            query: {
                try $0("in").groupByKey("k").transformWithState(timeMode: .none, outputMode: .update) { Stateless($0) }
            },
            [
                .add("in", "a, 1, null; b, 2, null; a, 3, null"), .check("4; 2"), .checkState(rows: 0),
                .add("in", "a, 5, null"), .check("5"), .stop, .dropNewestCommit, .start, .checkLastBatch("5"),
                .add("in", "b, 6, null"), .check("6"),
            ])
        try await script.runAllWays()
    }

    /// Counts in a variable whose name has a line break.
    final class Broken: StatefulProcessor {
        private let count: ValueState<Int>

        init(_ handle: StatefulProcessorHandle) throws { count = try handle.getValueState("so\nmany\n") }

        func handleInputRows(
            _ key: String, _ rows: GroupRows<ProcessorTests.Event>, _ times: TimerValues
        ) throws -> [Int] {
            try count.update((count.get() ?? 0) + rows.count)
            return [try count.get() ?? 0]
        }
    }

    @Test("a variable may have any name over restarts, and a query whose one aggregate is of no use goes on as well")
    func lines() async throws {
        try await StreamScript(
            streams: ["in": ProcessorTests.schema],
            query: {
                try $0("in").groupByKey("k").transformWithState(timeMode: .none, outputMode: .update) { try Broken($0) }
            },
            [.add("in", "a, 1, null; b, 2, null"), .check("1; 1"), .add("in", "a, 5, null"), .check("2")]
        ).runAllWays()
        try await StreamScript(
            streams: ["in": ProcessorTests.schema],
            query: { try $0.sql("SELECT 1 AS one FROM (SELECT count(*) AS n FROM STREAM in)") },
            [.add("in", "a, 1, null"), .check("1"), .restart, .add("in", "b, 2, null"), .check("1")]
        ).run(.straight)
    }
}

// Partitions that share workers: every row once, in order, none left waiting behind another, and a failure ends all.

import Columns
import Connectors
import Synchronization
import Testing
import Threads

@testable import QueryRuntime

@Suite struct PartitionTurnsTests {
    private struct Failure: Error {}

    /// Gives what a script says: a number is a row with that value, `nil` a moment without rows.
    private final class ScriptedReader: PartitionReader {
        private var steps: ArraySlice<Int64?>
        private let failsAtEnd: Bool
        let isAlwaysReady: Bool
        init(_ steps: [Int64?], failsAtEnd: Bool = false, isAlwaysReady: Bool = false) {
            self.steps = steps[...]
            self.failsAtEnd = failsAtEnd
            self.isAlwaysReady = isAlwaysReady
        }

        func poll(waitMilliseconds: Int) throws -> ReadStep {
            guard let step = steps.popFirst() else {
                if failsAtEnd { throw Failure() }
                return .end
            }
            guard let step else { return .nothingYet }
            var values = FixedBuilder<Int64>(type: .long)
            values.append(step)
            return .rows(
                RecordBatch(schema: Schema([Field("value", .long)]), columns: [values.finish()], count: 1))
        }
    }

    /// What each reader gave, in the order in which it came.
    private func read(
        _ readers: [any PartitionReader], workers: Int, isSmall: Bool = false
    ) throws -> (byReader: [[Int64]], order: [Int]) {
        let pool = WorkerPool(name: "test", workerCount: workers)
        defer { pool.shutDown() }
        let seen = Mutex<[(Int, Int64)]>([])
        try PartitionTurns.read(readers, on: pool, isSmall: isSmall) { _, reader, batch in
            let value = batch.columns[0].slots(as: Int64.self)[0]
            seen.withLock { $0.append((reader, value)) }
        }
        let all = seen.withLock { $0 }
        return (readers.indices.map { index in all.filter { $0.0 == index }.map(\.1) }, all.map(\.0))
    }

    @Test(arguments: [(1, false), (2, false), (3, false), (8, false), (4, true)])
    func everyRowOnceAndInOrder(workers: Int, isSmall: Bool) throws {
        let scripts: [[Int64?]] = (0..<5).map { reader in
            (0..<(40 * reader)).map { row in (row + reader) % 3 == 0 ? nil : Int64(row) }
        }
        let result = try read(scripts.map { ScriptedReader($0) }, workers: workers, isSmall: isSmall)
        #expect(result.byReader == scripts.map { $0.compactMap { $0 } })
    }

    @Test func noReaders() throws {
        #expect(try read([], workers: 2).order == [])
    }

    /// With one worker the order is known: a few batches of each, over and over.
    @Test func turns() throws {
        let result = try read((0..<2).map { _ in ScriptedReader((0..<8).map { Int64($0) }) }, workers: 1)
        #expect(result.order == [0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1])
    }

    /// Of readers that never wait one is open at a time, as many as there are workers.
    @Test func readersThatNeverWaitAreReadToTheirEnds() throws {
        let readers = (0..<3).map { ScriptedReader((0..<8).map { Int64($0) }, isAlwaysReady: $0 != 1) }
        let result = try read(readers, workers: 1)
        #expect(
            result.order == Array(repeating: 0, count: 8) + [1, 1, 1, 1] + Array(repeating: 2, count: 8) + [1, 1, 1, 1])
    }

    /// A reader without rows for the moment holds nobody up.
    @Test func idleReaderGivesItsTurnAway() throws {
        let slow = ScriptedReader([nil, nil, nil, 1])
        let result = try read([slow, ScriptedReader((0..<8).map { Int64($0) })], workers: 1)
        #expect(result.order == [1, 1, 1, 1, 1, 1, 1, 1, 0])
    }

    @Test(arguments: [1, 2, 4])
    func failureEndsAll(workers: Int) throws {
        // The others have moments without rows for as long as anybody asks: without the failure this would not end.
        final class Endless: PartitionReader {
            func poll(waitMilliseconds: Int) throws -> ReadStep { .nothingYet }
        }
        #expect(throws: Failure.self) {
            try read([Endless(), ScriptedReader([1, 2], failsAtEnd: true), Endless()], workers: workers)
        }
    }
}

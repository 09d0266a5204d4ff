// States of functions over groups against a plain model, over restarts and batches that are taken back.

import Columns
import LogicalPlan
import StateStore
import TestSupport
import Testing

@testable import Operators

@Suite struct GroupsStateTests {
    /// Adds the values of a key up and gives the sum; forgets sums that are multiples of seven. A key times out ten
    /// milliseconds behind its largest value, and gives its sum with a minus.
    final class Sums: GroupFunctionBody {
        func rowColumns(among columns: [Field]) throws(PlanError) -> [Int] { [1] }
        func checkKeys(_ keys: [Field]) throws(PlanError) {}
        func initialStates(keys: [Field]) -> [ColumnVector]? { nil }
        func makeTask(keys: [Field], rows: [Field]) -> any GroupFunctionTask { Task() }

        private final class Task: GroupFunctionTask {
            func flush(_ emit: (RecordBatch) throws -> Void) {}
            func reset() {}

            func call(_ groups: GroupCalls, _ emit: (RecordBatch) throws -> Void) throws -> GroupChanges {
                var (changes, states, timeouts): ([GroupChanges.Change], [Value], [Int64]) = ([], [], [])
                var sums: [Value] = []
                // Not more than five at a time, as if these were large.
                for group in 0..<min(groups.count, 5) {
                    let row = groups.stateRows[group]
                    var sum = row < 0 ? 0 : Self.long(groups.states.value(at: Int(row)))
                    var timeout = GroupChanges.noTimeout
                    if groups.hasTimedOut {
                        sums.append(.long(-sum))
                        changes.append(.removed)
                        states.append(.null)
                    } else {
                        var next = groups.bounds[group]
                        while next < groups.bounds[group + 1] {
                            let piece = groups.rows.piece(from: next)
                            let count = min(piece.count, groups.bounds[group + 1] - next)
                            for place in 0..<count {
                                let value = Self.long(piece.columns[0].value(at: place))
                                sum += value
                                timeout = max(timeout, value + 10)
                            }
                            next += count
                        }
                        sums.append(.long(sum))
                        if sum % 7 == 0 { timeout = GroupChanges.noTimeout }
                        changes.append(sum % 7 == 0 ? .removed : .put)
                        states.append(.long(sum))
                    }
                    timeouts.append(timeout)
                }
                try emit(
                    RecordBatch(
                        schema: Schema([Field("sum", .long)]), columns: [ValueColumns.column(of: sums, type: .long)],
                        count: sums.count))
                return GroupChanges(
                    changes: changes, states: ValueColumns.column(of: states, type: .long), timeouts: timeouts)
            }

            private static func long(_ value: Value) -> Int64 {
                if case .long(let number) = value { number } else { 0 }
            }
        }
    }

    static func step() -> GroupsOperator {
        let body = Sums()
        return GroupsOperator(
            GroupFunction(
                name: nil, form: .flatMap(.update), timeout: .processingTime, outputs: [Field("sum", .long)],
                code: .function(body, state: .long)), body, state: .long,
            keys: [0], keyNames: ["k"], rows: [1], time: nil,
            input: Schema([Field("k", .string), Field("v", .long)]), detail: "", stateID: "groups-0")
    }

    /// Runs a batch at a time in milliseconds; gives the sums that come out.
    private static func run(
        _ shard: any KeyedShard, _ batches: [[(key: String, value: Int64)]], at time: Int64
    ) throws -> [Int64] {
        let context = BatchContext(batch: 1, batchTimestampMicroseconds: time * 1000, outputMode: .update)
        shard.reset()
        for rows in batches where !rows.isEmpty {
            let columns = [
                ValueColumns.column(of: rows.map { .string($0.key) }, type: .string),
                ValueColumns.column(of: rows.map { .long($0.value) }, type: .long),
            ]
            let schema = Schema([Field("k", .string), Field("v", .long)])
            try shard.consume(RecordBatch(schema: schema, columns: columns, count: rows.count), port: 0, context)
        }
        var found: [Int64] = []
        try shard.finish(context) { batch in
            for row in batch.rows() { if case .long(let sum) = row[0] { found.append(sum) } }
        }
        return found.sorted()
    }

    /// What is known of the keys: sums, and when they time out.
    private struct Model {
        var keys: [String: (sum: Int64, timeout: Int64)] = [:]

        mutating func run(_ batches: [[(key: String, value: Int64)]], at time: Int64) -> [Int64] {
            var found: [Int64] = []
            for (key, rows) in Dictionary(grouping: batches.flatMap { $0 }, by: \.key) {
                let sum = rows.reduce(keys[key]?.sum ?? 0) { $0 + $1.value }
                found.append(sum)
                let last = rows.map(\.value).max() ?? 0
                keys[key] = sum % 7 == 0 ? nil : (sum, last + 10)
            }
            for (key, known) in keys where known.timeout < time {
                found.append(-known.sum)
                keys[key] = nil
            }
            return found.sorted()
        }
    }

    @Test("states and timeouts are the model's, over restarts and batches that are taken back")
    func likeTheModel() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        let step = Self.step()
        var shard = step.makeShard(0, of: 1)
        var model = Model()
        func batches() -> [[(key: String, value: Int64)]] {
            (0..<(random.next() % 4)).map { _ in
                (0..<(random.next() % 20)).map { _ in ("k\(random.next() % 30)", Int64(random.next() % 60)) }
            }
        }
        for round in 0..<60 {
            let time = Int64(random.next() % 80)
            if random.next() % 4 == 0 {
                _ = try Self.run(shard, batches(), at: time)
                #expect(shard.stored?.rollback() == true)
            }
            let new = batches()
            #expect(
                try Self.run(shard, new, at: time) == model.run(new, at: time), "seed \(seed), round \(round)")
            shard.stored?.markClean()
            #expect(shard.stored?.rowCount == model.keys.count, "seed \(seed), round \(round)")
            let due = model.keys.values.map(\.timeout).min()
            #expect(shard.nextDueMicroseconds() == due.map { $0 * 1000 }, "seed \(seed), round \(round)")
            if random.next() % 3 == 0 { shard = try OperatorHarness.restarted(shard, of: step) }
        }
    }

    @Test("shards that get the rows of the exchange have each key once")
    func exchange() throws {
        let step = Self.step()
        let columns = [
            ValueColumns.column(of: (0..<100).map { .string("k\($0 % 10)") }, type: .string),
            ValueColumns.column(of: (0..<100).map { _ in .long(1) }, type: .long),
        ]
        let rows = RecordBatch(schema: Schema([Field("k", .string), Field("v", .long)]), columns: columns, count: 100)
        let context = BatchContext(batch: 1, batchTimestampMicroseconds: 0, outputMode: .update)
        var sums: [Int64] = []
        for (index, selection) in try step.exchange(rows, port: 0, shards: 3, context).enumerated() {
            let shard = step.makeShard(index, of: 3)
            shard.reset()
            try shard.consume(rows.selecting(selection), port: 0, context)
            try shard.finish(context) { batch in
                for row in batch.rows() { if case .long(let sum) = row[0] { sums.append(sum) } }
            }
        }
        #expect(sums == [Int64](repeating: 10, count: 10))
    }
}

// Variables and timers of a processor in one shard, against a plain model: restarts, and batches that are taken back.

import Columns
import LogicalPlan
import StateStore
import TestSupport
import Testing

@testable import Operators

/// Adds each value of a key to a list, a sum and a map by its remainder, which all end five milliseconds after they
/// were set but for the list; a timer stands two milliseconds behind the value, and gives all that there is.
final class SampleProcessor: ProcessorBody {
    static let variables = [
        StateVariable("sum", .value, values: [Field("value", .long)], lifeMicroseconds: 5000),
        StateVariable("list", .list, values: [Field("value", .long)], lifeMicroseconds: nil),
        StateVariable(
            "map", .map, keys: [Field("value", .string)], values: [Field("value", .long)], lifeMicroseconds: 5000),
    ]

    let deletedVariables: [String] = []

    func rowColumns(among columns: [Field]) throws(PlanError) -> [Int] { [1] }
    func checkKeys(_ keys: [Field]) throws(PlanError) {}
    func initialStates(keys: [Field]) -> [ColumnVector]? { nil }
    func makeTask(keys: [Field], rows: [Field]) -> any ProcessorTask { Task() }

    /// `v` is the column of the rows that has the values.
    static func step(
        keys: [Int] = [0], v: Int = 1, schema: Schema = Schema([Field("k", .string), Field("v", .long)])
    )
        -> ProcessorOperator
    {
        let body = SampleProcessor()
        return ProcessorOperator(
            GroupFunction(
                name: nil, form: .transform(.update), timeout: .processingTime, outputs: [Field("seen", .string)],
                code: .processor(body, variables)), body, variables,
            keys: keys, keyNames: keys.map { "k\($0)" }, rows: [v], time: nil, input: schema, detail: "",
            stateID: "state-0")
    }

    private final class Task: ProcessorTask {
        func flush(_ emit: (RecordBatch) throws -> Void) {}
        func reset() {}

        func call(
            _ calls: ProcessorCalls, _ state: any ProcessorState, _ emit: (RecordBatch) throws -> Void
        ) throws {
            for group in 0..<calls.count {
                switch calls.work {
                case .initialStates: break
                case .rows(let rows, let bounds):
                    var next = bounds[group]
                    while next < bounds[group + 1] {
                        let piece = rows.piece(from: next)
                        let count = min(piece.count, bounds[group + 1] - next)
                        for place in 0..<count {
                            if case .long(let value) = piece.columns[0].value(at: place) {
                                try add(value, group, state)
                            }
                        }
                        next += count
                    }
                case .timers(let due):
                    for time in due[group] where try state.isSet(timer: time, group: group) {
                        let text = "\(calls.keys[0].value(at: group)) \(time) \(try Self.seen(group, state))"
                        try emit(
                            RecordBatch(
                                schema: Schema([Field("seen", .string)]),
                                columns: [ValueColumns.column(of: [.string(text)], type: .string)], count: 1))
                        _ = try state.clear(1, group: group)
                        try state.delete(timer: time, group: group)
                    }
                }
            }
        }

        private func add(_ value: Int64, _ group: Int, _ state: any ProcessorState) throws {
            let groups = [Int32(group)]
            let column = ValueColumns.column(of: [.long(value)], type: .long)
            let known = try state.values(0, from: group)
            var sum = value
            if known.rows[0] >= 0, case .long(let before) = known.columns[0].value(at: Int(known.rows[0])) {
                sum += before
            }
            try state.put(
                0, groups: groups, keys: [], values: [ValueColumns.column(of: [.long(sum)], type: .long)])
            try state.put(1, groups: groups, keys: [], values: [column])
            let key = ValueColumns.column(of: [.string("r\(value % 3)")], type: .string)
            if value % 7 == 0 {
                try state.remove(2, groups: groups, keys: [key])
            } else {
                try state.put(2, groups: groups, keys: [key], values: [column])
            }
            try state.register(timer: value + 2, group: group)
        }

        /// All that there is of a group.
        static func seen(_ group: Int, _ state: any ProcessorState) throws -> String {
            let sum = try state.values(0, from: group)
            var text = sum.rows[0] < 0 ? "none" : "\(sum.columns[0].value(at: Int(sum.rows[0])))"
            for variable in 1...2 {
                try state.forEachPiece(variable, group: group) { keys, values in
                    for row in 0..<values[0].count {
                        text += variable == 1 ? " " : " \(keys[0].value(at: row))="
                        text += "\(values[0].value(at: row))"
                    }
                }
            }
            return text + " \(try state.timers(group: group))"
        }
    }
}

@Suite struct ProcessorStateTests {
    /// What is known of a key.
    private struct Known {
        var sum: (value: Int64, end: Int64)?
        var list: [Int64] = []
        var map: [String: (value: Int64, end: Int64)] = [:]
        var timers: Set<Int64> = []
    }

    private struct Model {
        var keys: [String: Known] = [:]

        mutating func run(_ rows: [(key: String, value: Int64)], at now: Int64) -> [String] {
            for row in rows {
                var known = keys[row.key] ?? Known()
                let before = known.sum.flatMap { $0.end > now ? $0.value : nil } ?? 0
                known.sum = (before + row.value, now + 5)
                known.list.append(row.value)
                known.map["r\(row.value % 3)"] = row.value % 7 == 0 ? nil : (row.value, now + 5)
                known.timers.insert(row.value + 2)
                keys[row.key] = known
            }
            var seen: [String] = []
            for (key, var known) in keys {
                for time in known.timers.sorted() where time <= now {
                    var text = known.sum.flatMap { $0.end > now ? "\($0.value)" : nil } ?? "none"
                    for value in known.list { text += " \(value)" }
                    for (place, entry) in known.map.sorted(by: { $0.key < $1.key }) where entry.end > now {
                        text += " \(place)=\(entry.value)"
                    }
                    seen.append("\(key) \(time) \(text) \(known.timers.sorted())")
                    known.list = []
                    known.timers.remove(time)
                }
                known.map = known.map.filter { $0.value.end > now }
                if let sum = known.sum, sum.end <= now { known.sum = nil }
                keys[key] = known
            }
            return seen.sorted()
        }

        /// A list counts once, timers don't.
        var rowCount: Int {
            keys.values.reduce(0) { $0 + ($1.sum == nil ? 0 : 1) + ($1.list.isEmpty ? 0 : 1) + $1.map.count }
        }
    }

    private static func run(
        _ shard: any KeyedShard, _ rows: [(key: String, value: Int64)], at time: Int64
    ) throws -> [String] {
        let context = BatchContext(batch: 1, batchTimestampMicroseconds: time * 1000, outputMode: .update)
        shard.reset()
        if !rows.isEmpty {
            let columns = [
                ValueColumns.column(of: rows.map { .string($0.key) }, type: .string),
                ValueColumns.column(of: rows.map { .long($0.value) }, type: .long),
            ]
            let schema = Schema([Field("k", .string), Field("v", .long)])
            try shard.consume(RecordBatch(schema: schema, columns: columns, count: rows.count), port: 0, context)
        }
        var found: [String] = []
        try shard.finish(context) { batch in
            for row in batch.rows() { if case .string(let text) = row[0] { found.append(text) } }
        }
        return found.sorted()
    }

    @Test("variables and timers are the model's, over restarts and batches that are taken back")
    func likeTheModel() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        let step = SampleProcessor.step()
        var shard = step.makeShard(0, of: 1)
        var model = Model()
        var time: Int64 = 0
        func rows() -> [(key: String, value: Int64)] {
            (0..<(random.next() % 25)).map { _ in ("k\(random.next() % 9)", Int64(random.next() % 60)) }
        }
        for round in 0..<80 {
            time += Int64(random.next() % 4)
            if random.next() % 4 == 0 {
                _ = try Self.run(shard, rows(), at: time)
                #expect(shard.stored?.rollback() == true)
            }
            let new = rows()
            #expect(try Self.run(shard, new, at: time) == model.run(new, at: time), "seed \(seed), round \(round)")
            shard.stored?.markClean()
            #expect(shard.stored?.rowCount == model.rowCount, "seed \(seed), round \(round)")
            let due = model.keys.values.compactMap { $0.timers.min() }.min()
            #expect(shard.nextDueMicroseconds() == due.map { $0 * 1000 - 1 }, "seed \(seed), round \(round)")
            guard random.next() % 3 == 0 else { continue }
            let next = step.makeShard(0, of: 1)
            // In slices of few rows.
            var cursor: StateCursor? = .start
            while let from = cursor {
                var writer = StateWriter()
                cursor = shard.stored?.encodeRows(from: from, byteCount: 64, into: &writer)
                var reader = StateReader(writer.finish().bytes[...])
                try next.stored?.apply(&reader)
                try reader.finish()
            }
            next.stored?.markClean()
            shard = next
        }
    }
}

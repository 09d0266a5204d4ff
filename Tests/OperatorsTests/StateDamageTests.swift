// The state of every step that keeps some, damaged on disk: the same output, or an error that names the file.

import Columns
import DurableFiles
import Functions
import LogicalPlan
import StateStore
import TestSupport
import Testing

@testable import Operators

@Suite struct StateDamageTests {
    /// A step that keeps state.
    enum Kind: String, CaseIterable, Sendable {
        case aggregation, windows, sessions, distinct, distinctInTime, distinctWithin, limit, leftJoin, semiJoin,
            antiJoin, processor
    }

    private static let directory = "/checkpoint/state"
    private static let shardCount = 2
    private static let batches = 7

    /// Times are a batch's number times ten and a little.
    struct Row {
        let key: String?
        let time: Int64
        let value: Int64
    }

    /// The rows of a batch; those of another history have the same form and other values.
    private static func rows(_ batch: Int, history: Int64) -> [Row] {
        (0..<9).map { number in
            Row(
                key: number == 4 ? nil : "key \(number % 3) of batch \(batch - number % 2)",
                time: Int64(batch * 10 + number), value: Int64(number) + history)
        }
    }

    private static let fields = [Field("t", .timestamp), Field("k", .string), Field("v", .long)]

    static func step(_ kind: Kind) throws -> any KeyedOperator {
        let schema = Schema(fields)
        let aggregates = [
            try #require(AggregateSpec("count")), try #require(AggregateSpec("sum", inputIndex: 0, inputType: .long)),
            try #require(AggregateSpec("collect_list", inputIndex: 0, inputType: .long)),
        ]
        let names = ["n", "s", "l"]
        let time = KeyTime(key: 0, .time(length: 0))
        func deduplication(_ keys: [Int], _ lifetime: DeduplicationOperator.Lifetime) -> DeduplicationOperator {
            DeduplicationOperator(keys: keys, time: time, lifetime, detail: "", schema: schema, stateID: "state-0")
        }
        switch kind {
        case .aggregation:
            let plan = AggregationPlan(keys: [fields[1]], aggregates: aggregates, resultNames: names)
            return AggregationOperator(plan, detail: "", stateID: "state-0")
        case .windows:
            let cut = WindowCut(size: 20, slide: 10)
            let plan = AggregationPlan(
                keys: [fields[0], fields[1]], aggregates: aggregates, resultNames: names,
                time: KeyTime(key: 0, .time(length: cut.size)), window: WindowKey(key: 0, cut))
            return AggregationOperator(plan, detail: "", stateID: "state-0")
        case .sessions:
            return SessionOperator(
                keys: [fields[1]], session: "w", at: 0, aggregates: aggregates, resultNames: names, hasEventTime: true,
                dropsFinalGroups: true, detail: "", stateID: "state-0")
        case .distinct: return deduplication([1], .unbounded)
        case .distinctInTime: return deduplication([0, 1], .ofEventTime)
        case .distinctWithin: return deduplication([1], .within(15))
        case .limit: return LimitOperator(RowSlice(offset: 5, count: 65), schema: schema, stateID: "state-0")
        case .leftJoin: return try join(.left)
        case .semiJoin: return try join(.leftSemi)
        case .antiJoin: return try join(.leftAnti)
        case .processor: return SampleProcessor.step(keys: [1], v: 2, schema: Schema(fields))
        }
    }

    /// A join by key, whose rows wait for their partners until the watermark lies 15 behind them.
    private static func join(_ kind: StreamJoin.Kind) throws -> StreamJoin {
        let schema = Schema(fields)
        let key = ResolvedExpression(.input(index: 1, name: "k"), type: .string, isNullable: true)
        let time = KeyTime(key: 0, .time(length: 0))
        let side = StreamJoin.Side(
            schema: schema, keys: JoinKeyColumns([try CompiledExpression(key)], nullSafe: [false]), filter: nil,
            time: time, lifetime: StreamJoin.Lifetime(.column(time), offsetMicroseconds: -15))
        return StreamJoin(
            kind, left: side, right: side, condition: nil, detail: "",
            outputSchema: kind.isOfLeft ? schema : Schema(fields + fields), stateID: "state-0")
    }

    /// The rows of a batch for each port of the step. On the right of a join some keys have no rows, and each row comes
    /// a batch after the left ones of its key.
    private static func inputs(_ batch: Int, history: Int64, for kind: Kind) -> [RecordBatch] {
        let left = Self.batch(Self.rows(batch, history: history), for: kind)
        guard [.leftJoin, .semiJoin, .antiJoin].contains(kind) else { return [left] }
        let right = Self.rows(batch - 1, history: history).enumerated().filter { $0.offset % 3 != 0 }
            .map { Row(key: $0.element.key, time: $0.element.time + 10, value: $0.element.value) }
        return [left, Self.batch(right, for: kind)]
    }

    /// The rows as the step takes them.
    static func batch(_ rows: [Row], for kind: Kind) -> RecordBatch {
        let times = ValueColumns.column(of: rows.map { .timestamp($0.time) }, type: .timestamp)
        let keys = ValueColumns.column(of: rows.map { $0.key.map { .string($0) } ?? .null }, type: .string)
        let values = ValueColumns.column(of: rows.map { .long($0.value) }, type: .long)
        switch kind {
        case .aggregation:
            return RecordBatch(schema: Schema([fields[1], fields[2]]), columns: [keys, values], count: rows.count)
        case .windows:
            let panes = TimeWindowKernel.paneStarts(times, WindowCut(size: 20, slide: 10))
            return RecordBatch(schema: Schema(fields), columns: [panes, keys, values], count: rows.count)
        case .sessions:
            let ends = ValueColumns.column(of: rows.map { .timestamp($0.time + 4) }, type: .timestamp)
            return RecordBatch(
                schema: Schema([fields[1], fields[0], Field("end", .timestamp), fields[2]]),
                columns: [keys, times, ends, values], count: rows.count)
        default: return RecordBatch(schema: Schema(fields), columns: [times, keys, values], count: rows.count)
        }
    }

    /// One run of a query with one step.
    private struct World {
        let kind: Kind
        let step: any KeyedOperator
        let shards: [any KeyedShard]
        let store: StateStore

        init(_ kind: Kind, _ disk: FaultyDisk, run: String) throws {
            self.kind = kind
            let step = try StateDamageTests.step(kind)
            self.step = step
            let count = kind == .limit ? 1 : shardCount
            shards = (0..<count).map { step.makeShard($0, of: count) }
            let state = try #require(step.state)
            var options = StateStoreOptions(memoryBudgetBytes: 1 << 30)
            // Several files of each kind, each with several parts.
            options.maximumReplayVersions = 2
            options.sliceBytes = 64
            options.changelogBytes = 1500
            options.growth = AppendLogGrowth(firstBytes: 512, nextBytes: 256)
            options.writesInBackground = false
            store = try StateStore(
                directory: directory,
                operators: [StateOperator(name: state.id, shape: state.shape, shards: shards.compactMap(\.stored))],
                runID: run, options: options, disk: disk)
        }

        /// One batch; gives what comes out.
        func run(_ number: Int, history: Int64) throws -> [String] {
            let late = Int64(number - 2) * 10
            let context = BatchContext(
                batchTimestampMicroseconds: Int64(number) * 1000, lateWatermarkMicroseconds: late,
                evictionWatermarkMicroseconds: late + 10, outputMode: kind == .aggregation ? .update : .append)
            let inputs = StateDamageTests.inputs(number, history: history, for: kind)
            for shard in shards { shard.reset() }
            if let combiner = step.makeCombiner() {
                try combiner.consume(inputs[0], RowOrder(input: 0, task: 0, sequence: 0), context)
                try combiner.seal(shards: shards.count, UnboundedRoom())
                for shard in shards { try shard.merge(combiner, UnboundedGrowth()) }
            } else {
                for (port, rows) in inputs.enumerated() {
                    let parts = try step.exchange(rows, port: port, shards: shards.count, context)
                    for (shard, part) in zip(shards, parts) {
                        try shard.consume(rows.selecting(part), port: port, context)
                    }
                }
            }
            var found: [String] = []
            for shard in shards { try shard.finish(context, UnboundedGrowth()) { found += $0.rows().map { "\($0)" } } }
            return found.sorted()
        }
    }

    /// A directory of state after the batches of two runs.
    private static func written(_ kind: Kind, history: Int64) throws -> FaultyDisk {
        let disk = FaultyDisk()
        for (run, batches) in [1...4, 5...batches].enumerated() {
            let world = try World(kind, disk, run: "r\(run)")
            let first = batches.lowerBound
            try world.store.load(version: first - 1, attempt: first == 1 ? "" : "a\(first - 1)")
            for batch in batches {
                _ = try world.run(batch, history: history)
                _ = try world.store.prepare(version: batch, attempt: "a\(batch)", metadata: [])
                #expect(world.store.committed(version: batch, attempt: "a\(batch)").failure == nil)
            }
            world.store.close()
        }
        return disk
    }

    /// What the next batch gives on what is on disk.
    private static func next(_ kind: Kind, _ disk: FaultyDisk) throws -> [String] {
        let world = try World(kind, disk, run: "next")
        defer { world.store.close() }
        try world.store.load(version: batches, attempt: "a\(batches)")
        return try world.run(batches + 1, history: 0)
    }

    /// Counts what damage has come to.
    private struct Tally {
        var harmless = 0
        var found = 0

        /// The next batch gives what it should, or a start says what is wrong with which file.
        mutating func check(
            _ kind: Kind, _ disk: FaultyDisk, _ expected: [String], names: [String], _ damage: @autoclosure () -> String
        ) {
            do {
                let rows = try StateDamageTests.next(kind, disk)
                harmless += 1
                if rows != expected { Issue.record("\(kind), \(damage()): \(rows) instead of \(expected)") }
            } catch let error as StateStoreError {
                found += 1
                if error.code != .corrupt && error.code != .missing {
                    Issue.record("\(kind), \(damage()): \(error)")
                }
                if !names.contains(where: { error.message.contains($0) }) {
                    Issue.record("\(kind), \(damage()): '\(error.message)' names none of \(names)")
                }
            } catch {
                Issue.record("\(kind), \(damage()): \(error)")
            }
        }
    }

    @Test("bits that are flipped, files that are cut off, gone or swapped", arguments: Kind.allCases)
    func damage(_ kind: Kind) throws {
        let disk = try Self.written(kind, history: 0)
        let expected = try Self.next(kind, disk)
        #expect(kind == .distinctWithin || !expected.isEmpty)
        // What that start has not removed is needed, or might be.
        let names = try disk.list(Self.directory)
        #expect(
            names.contains { $0.hasPrefix("changelog.") } && names.contains { $0.hasSuffix(".snapshot") }, "\(names)")
        let other = try Self.written(kind, history: 100)
        var tally = Tally()
        func path(_ name: String) -> String { DiskPath.join(Self.directory, name) }
        var good: [String: [UInt8]] = [:]
        for name in names { good[name] = disk.content(of: path(name)) }
        /// Puts other contents into some files, and looks what comes of it. A start removes what it doesn't need: all
        /// files are put back each time.
        func check(_ contents: [String: [UInt8]?], names: [String]? = nil, _ damage: @autoclosure () -> String) {
            for (name, bytes) in good { disk.replace(path(name), with: contents[name] ?? bytes) }
            tally.check(kind, disk, expected, names: names ?? Array(contents.keys), damage())
        }
        for (name, bytes) in good {
            // Every nineteenth byte, each bit in turn.
            for position in stride(from: 0, to: bytes.count, by: 19) {
                var bad = bytes
                bad[position] ^= 1 << UInt8(position % 8)
                check([name: bad], "\(name) at byte \(position)")
            }
            for length in stride(from: 0, to: bytes.count, by: 151) {
                check([name: Array(bytes[..<length])], "\(name) cut at \(length)")
            }
            check([name: nil], names: [name, "version"], "\(name) gone")
            if let foreign = other.content(of: path(name)), foreign != bytes {
                check([name: foreign], names: names, "\(name) of another history")
            }
            for second in names where second < name {
                check([name: good[second], second: bytes], "\(name) and \(second) swapped")
            }
        }
        for (name, bytes) in good { disk.replace(path(name), with: bytes) }
        #expect(try Self.next(kind, disk) == expected)
        #expect(tally.found > 20 && tally.harmless > 0, "\(kind): \(tally)")
    }
}

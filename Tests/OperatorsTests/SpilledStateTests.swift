// State of which most is outside of memory gives what state in memory gives.

import Columns
import Functions
import StateStore
import Synchronization
import TestSupport
import Testing

@testable import Operators

@Suite struct SpilledStateTests {
    /// A step with state, and the mode that it is run in. Rows are `w`, `k` and `v`.
    enum Kind: CaseIterable {
        case windowsInAppendMode, windowsInUpdateMode, slidingWindows, oneText, oneNumber, everyAggregate, distinct
        case windowsInCompleteMode, duplicates, duplicatesByTime, duplicatesWithinWatermark
        case sessionsInAppendMode, sessionsInUpdateMode, sessionsInCompleteMode, function, processor
        case innerJoin, leftJoin, rightJoin, fullJoin, semiJoin, antiJoin, endlessJoin

        var mode: OutputMode {
            switch self {
            case .windowsInAppendMode, .slidingWindows, .sessionsInAppendMode: .append
            case .innerJoin, .leftJoin, .rightJoin, .fullJoin, .semiJoin, .antiJoin, .endlessJoin: .append
            case .windowsInCompleteMode, .sessionsInCompleteMode: .complete
            default: .update
            }
        }

        /// Which columns the rows have.
        var columns: [Int] {
            switch self {
            case .oneText: [1, 2]
            case .oneNumber: [2, 2]
            case .distinct, .function, .processor: [1, 2]
            default: [0, 1, 2]
            }
        }
    }

    private static let fields = [Field("w", .timestamp), Field("k", .string), Field("v", .long)]
    private static let cut = WindowCut(size: 10, slide: 10)
    private static let slidingCut = WindowCut(size: 10, slide: 5)

    static func step(_ kind: Kind) throws -> any KeyedOperator {
        func aggregation(
            _ keys: [Field], _ specs: [AggregateSpec?], _ time: KeyTime?, _ window: WindowKey? = nil,
            isComplete: Bool = false
        ) throws -> any KeyedOperator {
            let specs = try specs.map { try #require($0) }
            let plan = AggregationPlan(
                keys: keys, aggregates: specs, resultNames: specs.indices.map { "r\($0)" }, time: time, window: window)
            return AggregationOperator(plan, detail: "", stateID: "aggregate-0", dropsFinalGroups: !isComplete)
        }
        let numbers = [
            AggregateSpec("count"), AggregateSpec("sum", inputIndex: 0, inputType: .long),
            AggregateSpec("max", inputIndex: 0, inputType: .long),
        ]
        let ofWindow = KeyTime(key: 0, .time(length: 10))
        func duplicates(
            _ keys: [Int], _ time: KeyTime?, _ lifetime: DeduplicationOperator.Lifetime
        ) -> any KeyedOperator {
            DeduplicationOperator(
                keys: keys, time: time, lifetime, detail: "", schema: Schema(fields), stateID: "deduplicate-0")
        }
        switch kind {
        case .windowsInAppendMode, .windowsInUpdateMode:
            return try aggregation([fields[0], fields[1]], numbers, ofWindow, WindowKey(key: 0, cut))
        case .windowsInCompleteMode:
            return try aggregation(
                [fields[0], fields[1]], numbers, ofWindow, WindowKey(key: 0, cut), isComplete: true)
        case .sessionsInAppendMode, .sessionsInUpdateMode, .sessionsInCompleteMode: return try SessionTests.step()
        case .function: return GroupsStateTests.step()
        case .processor: return SampleProcessor.step()
        case .innerJoin: return try StreamJoinStateTests.join(.inner)
        case .leftJoin: return try StreamJoinStateTests.join(.left)
        case .rightJoin: return try StreamJoinStateTests.join(.right)
        case .fullJoin: return try StreamJoinStateTests.join(.full)
        case .semiJoin: return try StreamJoinStateTests.join(.leftSemi)
        case .antiJoin: return try StreamJoinStateTests.join(.leftAnti)
        case .endlessJoin: return try StreamJoinStateTests.join(.inner, isBounded: false)
        case .slidingWindows:
            return try aggregation([fields[0], fields[1]], numbers, ofWindow, WindowKey(key: 0, slidingCut))
        case .oneText: return try aggregation([fields[1]], numbers, nil)
        case .oneNumber: return try aggregation([fields[2]], numbers, nil)
        case .distinct: return try aggregation([fields[1], fields[2]], [], nil)
        case .everyAggregate:
            let names = ["min", "avg", "collect_list", "sum", "count"]
            return try aggregation(
                [fields[0], fields[1]], names.map { AggregateSpec($0, inputIndex: 0, inputType: .long) },
                KeyTime(key: 0, .time(length: 0)))
        case .duplicates: return duplicates([1, 2], nil, .unbounded)
        case .duplicatesByTime: return duplicates([0, 1], KeyTime(key: 0, .time(length: 0)), .ofEventTime)
        case .duplicatesWithinWatermark: return duplicates([1], KeyTime(key: 0, .time(length: 0)), .within(15))
        }
    }

    /// A batch for two workers around a time; now and then with NULLs.
    private static func batch(_ kind: Kind, around time: Int64, _ random: inout SeededRandom) -> [RecordBatch] {
        switch kind {
        case .innerJoin, .leftJoin, .rightJoin, .fullJoin, .semiJoin, .antiJoin, .endlessJoin:
            return (0..<2).map { _ in StreamJoinStateTests.rows(&random, from: time) }
        case .sessionsInAppendMode, .sessionsInUpdateMode, .sessionsInCompleteMode:
            return (0..<2).map { _ in sessionRows(around: time, &random) }
        default: break
        }
        return (0..<2).map { _ in
            let count = 1 + Int(random.next() % 40)
            var values: [[Value]] = [[], [], []]
            for _ in 0..<count {
                let text = random.next() % 60
                values[0].append(.timestamp(time + Int64(random.next() % 40) - 10))
                values[1].append(text == 0 ? .null : .string("key \(text)"))
                let number = Int64(random.next() % 25)
                switch kind {
                // Their values are times.
                case .function, .processor: values[2].append(.long(time + number))
                default: values[2].append(text == 1 ? .null : .long(number))
                }
            }
            var columns = zip(values, fields).map { ValueColumns.column(of: $0, type: $1.type) }
            switch kind {
            case .windowsInAppendMode, .windowsInUpdateMode, .windowsInCompleteMode:
                columns[0] = TimeWindowKernel.paneStarts(columns[0], cut)
            case .slidingWindows: columns[0] = TimeWindowKernel.paneStarts(columns[0], slidingCut)
            default: break
            }
            let chosen = kind.columns
            return RecordBatch(
                schema: Schema(chosen.map { fields[$0] }), columns: chosen.map { columns[$0] }, count: count)
        }
    }

    /// Rows that each make a session: a key, start and end, and a value.
    private static func sessionRows(around time: Int64, _ random: inout SeededRandom) -> RecordBatch {
        let schema = Schema([fields[1], Field("start", .timestamp), Field("end", .timestamp), fields[2]])
        return ValueColumns.batch(
            schema: schema,
            rows: (0..<(random.next() % 40)).map { _ in
                let (key, start) = (random.next() % 60, time + Int64(random.next() % 60) - 10)
                return [
                    key == 0 ? .null : .string("key \(key)"), .timestamp(start),
                    .timestamp(start + 1 + Int64(random.next() % 8)), .long(Int64(random.next() % 25)),
                ]
            })
    }

    /// The next batch, with the watermark further on.
    private static func next(_ kind: Kind, _ watermark: inout Int64, _ random: inout SeededRandom) -> BatchContext {
        let late = watermark
        watermark += Int64(random.next() % 12)
        return BatchContext(
            batch: 1, batchTimestampMicroseconds: watermark * 1000, lateWatermarkMicroseconds: late,
            evictionWatermarkMicroseconds: watermark, outputMode: kind.mode)
    }

    /// Batches on a store with nearly all rows outside of memory, which is restarted and taken back now and then,
    /// beside one with all rows in memory, which never is.
    @Test(arguments: Kind.allCases, SpillKind.allCases)
    func rowsOutsideOfMemoryCountLikeOthers(_ kind: Kind, _ place: SpillKind) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        let folder = try TemporaryFolder()
        for residentBytes in [0, 40_000] {
            let straight = try SpilledWorld(try Self.step(kind))
            let spilled = try SpilledWorld(try Self.step(kind), residentBytes: residentBytes) {
                place.open("\(folder.path)/spill")
            }
            var watermark: Int64 = 0
            for number in 0..<25 {
                let hint: Comment = "seed \(seed), batch \(number), \(residentBytes) bytes"
                var context = Self.next(kind, &watermark, &random)
                if number == 0 {
                    context = context.at(lateWatermarkMicroseconds: nil, evictionWatermarkMicroseconds: nil)
                }
                if random.next() % 3 == 0 {
                    _ = try spilled.run(Self.batch(kind, around: watermark, &random), context)
                    try spilled.store.rollback()
                }
                let rows = Self.batch(kind, around: watermark, &random)
                #expect(try spilled.run(rows, context) == straight.run(rows, context), hint)
                #expect(spilled.counts == straight.counts, hint)
                for world in [straight, spilled] {
                    let maintenance = try world.commit()
                    #expect(maintenance.failure == nil && maintenance.spillFailure == nil, hint)
                }
                #expect(spilled.store.rowCount == straight.store.rowCount, hint)
                if random.next() % 4 == 0 {
                    try spilled.restart()
                    #expect(spilled.store.rowCount == straight.store.rowCount, hint)
                }
            }
            spilled.store.close()
        }
    }

    /// Reading and writing outside of memory fails now and then: the batch is taken back and run again, or rows stay in
    /// memory, and what comes out is what comes out elsewhere.
    @Test(arguments: Kind.allCases)
    func failuresOutsideOfMemoryChangeNothing(_ kind: Kind) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        let storage = MemorySpill()
        let straight = try SpilledWorld(try Self.step(kind))
        let spilled = try SpilledWorld(try Self.step(kind)) { storage }
        var (watermark, failures) = (Int64(0), 0)
        for number in 0..<40 {
            let hint: Comment = "seed \(seed), batch \(number)"
            let context = Self.next(kind, &watermark, &random)
            let rows = Self.batch(kind, around: watermark, &random)
            var found: [String]?
            storage.fail(afterCalls: Int(random.next() % 16))
            do {
                found = try spilled.run(rows, context)
                storage.fail(afterCalls: nil)
            } catch let error as StateStoreError {
                #expect(error.code == .spill, hint)
                failures += 1
                storage.fail(afterCalls: nil)
                try spilled.store.rollback()
            }
            #expect(try found ?? spilled.run(rows, context) == straight.run(rows, context), hint)
            #expect(spilled.counts == straight.counts, hint)
            storage.fail(afterCalls: Int(random.next() % 16))
            try spilled.commit()
            storage.fail(afterCalls: nil)
            try straight.commit()
            #expect(spilled.store.rowCount == straight.store.rowCount, hint)
        }
        #expect(failures > 0, "seed \(seed)")
    }

    /// As much memory as a limit says, over all that ask.
    private final class Limit: GrowthBudget {
        struct Reached: Error {}

        private let limit: Int
        private let taken = Atomic<Int>(0)

        init(_ limit: Int) { self.limit = limit }

        func take(_ bytes: Int) throws {
            guard taken.load(ordering: .relaxed) + bytes <= limit else { throw Reached() }
            taken.add(bytes, ordering: .relaxed)
        }

        func give(_ bytes: Int) { taken.subtract(bytes, ordering: .relaxed) }
    }

    /// A text of a key or a value that takes its room.
    private static func long(_ number: Int) -> Value { .string("\(number) " + String(repeating: "x", count: 64_000)) }

    private static func longRows(_ keys: [Value], _ values: [Value]) -> RecordBatch {
        let times = keys.map { _ in Value.timestamp(5) }
        let columns = [
            ValueColumns.column(of: times, type: .timestamp), ValueColumns.column(of: keys, type: .string),
            ValueColumns.column(of: values, type: .string),
        ]
        return RecordBatch(
            schema: Schema([Field("w", .timestamp), Field("k", .string), Field("v", .string)]), columns: columns,
            count: keys.count)
    }

    private static func context(watermark: Int64?) -> BatchContext {
        BatchContext(
            batchTimestampMicroseconds: 0, lateWatermarkMicroseconds: nil, evictionWatermarkMicroseconds: watermark,
            outputMode: .update)
    }

    /// The longest value of each key, by the time that is a key.
    private static func longest() throws -> any KeyedOperator {
        let plan = AggregationPlan(
            keys: [fields[0], fields[1]],
            aggregates: [try #require(AggregateSpec("max", inputIndex: 0, inputType: .string))], resultNames: ["r"],
            time: KeyTime(key: 0, .time(length: 0)), window: nil)
        return AggregationOperator(plan, detail: "", stateID: "aggregate-0", dropsFinalGroups: true)
    }

    @Test("rows that come back ask for their memory first, and come a piece at a time")
    func memoryOfWhatComesBack() throws {
        let storage = MemorySpill()
        let (straight, spilled) = (
            try SpilledWorld(try Self.longest()), try SpilledWorld(try Self.longest()) { storage }
        )
        let count = 300
        let keys = (0..<count).map { Value.string("key \($0)") }
        let first = Self.longRows(keys, (0..<count).map(Self.long))
        for world in [straight, spilled] {
            _ = try world.run([first], Self.context(watermark: nil))
            try world.commit()
        }
        let second = Self.longRows(keys, keys.map { _ in .string("") })
        // Enough for the keys and for what the batch has itself, and not for the values that were there.
        #expect(throws: Limit.Reached.self) {
            try spilled.run([second], Self.context(watermark: nil), Limit(4 << 20))
        }
        try spilled.store.rollback()
        let found = try spilled.run([second], Self.context(watermark: nil))
        #expect(try found == straight.run([second], Self.context(watermark: nil)))
        #expect(found.count == count)
        #expect(storage.largestAnswer < 5 << 20, "of \(count * 64_000) bytes")
        for world in [straight, spilled] { try world.commit() }
        // All are final: what is removed is asked for, with its keys.
        #expect(try spilled.run([], Self.context(watermark: 9)) == straight.run([], Self.context(watermark: 9)))
        #expect(spilled.counts == straight.counts && spilled.counts.removed == Int64(count))
    }

    @Test("keys that are final outside of memory ask for their memory until they are logged")
    func memoryOfWhatIsFinal() throws {
        let steps: [any KeyedOperator] = [
            try Self.longest(),
            DeduplicationOperator(
                keys: [0, 1], time: KeyTime(key: 0, .time(length: 0)), .ofEventTime, detail: "",
                schema: Schema([Field("w", .timestamp), Field("k", .string), Field("v", .string)]),
                stateID: "deduplicate-0"),
        ]
        for step in steps {
            let spilled = try SpilledWorld(step) { MemorySpill() }
            let keys = (0..<100).map(Self.long)
            _ = try spilled.run([Self.longRows(keys, keys.map { _ in .string("") })], Self.context(watermark: nil))
            try spilled.commit()
            #expect(throws: Limit.Reached.self) {
                try spilled.run([], Self.context(watermark: 9), Limit(1 << 20))
            }
            try spilled.store.rollback()
            _ = try spilled.run([], Self.context(watermark: 9))
            #expect(spilled.counts.removed == 100)
            try spilled.commit()
            #expect(spilled.store.rowCount == 0)
        }
    }
}

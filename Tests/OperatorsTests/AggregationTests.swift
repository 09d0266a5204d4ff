// Aggregates against a plain loop, over batches, workers and shards.

import Columns
import Functions
import Operators
import StateStore
import TestSupport
import Testing

@Suite struct AggregationTests {
    /// Every aggregate that takes a type.
    static func specs(_ type: DataType) -> [AggregateSpec] {
        let functions = ["count", "sum", "min", "max", "avg"]
        return [AggregateSpec("count")].compactMap { $0 }
            + functions.compactMap { AggregateSpec($0, inputIndex: 0, inputType: type) }
    }

    static func plan(keys: [DataType], over type: DataType) -> AggregationPlan {
        let specs = specs(type)
        return AggregationPlan(
            keys: keys.enumerated().map { Field("k\($0.offset)", $0.element) }, aggregates: specs,
            resultNames: specs.map(\.aggregate.name))
    }

    @Test(arguments: flatTypes, [1, 3, 8])
    func aggregatesLikeAPlainLoop(type: DataType, shards: Int) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        let keyTypes: [DataType] = shards == 3 ? [.string, .integer] : shards == 1 ? [.long] : [.string]
        let plan = Self.plan(keys: keyTypes, over: type)
        let world = AggregationWorld(plan, shards: shards)
        var model: [[Value]: [Value]] = [:]
        var copies = world.shards.indices.map { AggregationShard(plan, index: $0) }
        for batch in 0..<5 {
            let count = [40, 0, 1, 3000, 500][batch]
            let keys = keyTypes.map { type in
                (0..<count).map { _ in
                    switch randomValue(.byte, &random) {
                    case .byte(let number):
                        type == .string
                            ? Value.string("key \(number)")
                            : type == .long ? .long(Int64(number)) : .integer(Int32(number % 3))
                    default: Value.null
                    }
                }
            }
            let values = (0..<count).map { _ in randomValue(type, &random) }
            try world.run(keys: keys, inputs: [(type, values)], count: count)
            var seen: Set<[Value]> = []
            for row in 0..<count {
                let key = keys.map { $0[row] }
                model[key, default: []].append(values[row])
                seen.insert(key)
            }
            func expected(_ keys: some Sequence<[Value]>) -> Set<String> {
                text(keys.map { key in key + plan.aggregates.map { expectedResult($0, model[key] ?? []) } })
            }
            #expect(try world.touched() == expected(seen), "seed \(seed), batch \(batch)")
            #expect(try world.all() == expected(model.keys), "seed \(seed), batch \(batch)")
            #expect(world.shards.reduce(0) { $0 + $1.rowCount } == model.count)
            #expect(world.shards.reduce(0) { $0 + $1.updatedCount } == seen.count)

            // The changes bring a copy of the shards to the same state, and so does everything at once.
            for (shard, copy) in zip(world.shards, copies) {
                try Self.copy(to: copy) { shard.encodeChanges(into: &$0) }
            }
            #expect(text(try copies.flatMap { try $0.emitAll() }) == expected(model.keys), "seed \(seed)")
            if batch == 2 {
                copies = world.shards.indices.map { AggregationShard(plan, index: $0) }
                for (shard, copy) in zip(world.shards, copies) {
                    try Self.copy(to: copy) { _ = shard.encodeRows(from: .start, byteCount: .max, into: &$0) }
                }
            }
            world.markClean()
            #expect(try world.touched().isEmpty)
        }
        for shard in world.shards { shard.clear() }
        #expect(try world.all().isEmpty)
    }

    /// Without keys there are shorter ways, of columns without NULL most of all.
    @Test(arguments: flatTypes)
    func aggregatesOfAllRowsLikeAPlainLoop(type: DataType) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        let plan = Self.plan(keys: [], over: type)
        let world = AggregationWorld(plan, shards: 1)
        var model: [Value] = []
        for count in [40, 0, 1, 3000, 1, 500] {
            var values = (0..<count).map { _ in randomValue(type, &random) }
            if count > 1, random.below(2) == 0 { values.removeAll(where: \.isNull) }
            try world.run(keys: [], inputs: [(type, values)], count: values.count)
            model += values
            #expect(
                try world.all() == text([plan.aggregates.map { expectedResult($0, model) }]),
                "seed \(seed), \(model.count) rows")
            world.markClean()
        }
    }

    static func copy(to shard: AggregationShard, _ encode: (inout StateWriter) -> Void) throws {
        var writer = StateWriter()
        encode(&writer)
        var reader = StateReader(writer.finish().bytes[...])
        try shard.apply(&reader)
        try reader.finish()
    }

    /// No column reaches the 4 GiB of its offsets: what groups keep ends a piece, and not their keys alone.
    @Test func piecesEndWhereGroupsGrowLong() throws {
        let specs = ["collect_list", "max", "collect_set"].compactMap {
            AggregateSpec($0, inputIndex: 0, inputType: .string)
        }
        let plan = AggregationPlan(keys: [Field("k", .string)], aggregates: specs, resultNames: ["all", "last", "set"])
        let pieceBytes = 1000
        let (shard, whole) = (
            AggregationShard(plan, index: 0, pieceBytes: pieceBytes), AggregationShard(plan, index: 0)
        )
        // Groups of about 130 bytes, and one that is longer than a piece.
        let keys = (0..<200).map { Value.string("key \($0 % 40)") }
        let texts = (0..<200).map { Value.string($0 == 17 ? String(repeating: "x", count: 3000) : "text \($0 % 9)") }
        let partial = PartialAggregation(plan)
        partial.consume(keys: [column(keys, .string)], inputs: [column(texts, .string)], count: keys.count)
        for one in [shard, whole] {
            try one.merge(partial, partial.partition(shards: 1), within: UnboundedGrowth())
        }
        func byteCount(_ value: Value) -> Int {
            switch value {
            case .string(let text): text.utf8.count
            case .array(let elements): elements.reduce(0) { $0 + byteCount($1) }
            default: 0
            }
        }
        let batches = try shard.emitAll()
        #expect(batches.count > 5)
        for batch in batches {
            let bytes = batch.rows().reduce(0) { sum, row in sum + row.values.reduce(0) { $0 + byteCount($1) } }
            #expect(bytes <= pieceBytes || batch.count == 1)
        }
        #expect(try whole.emitAll().count == 1)
        #expect(text(batches) == text(try whole.emitAll()))

        var writer = StateWriter()
        shard.encodeChanges(into: &writer)
        var reader = StateReader(writer.finish().bytes[...])
        #expect(try reader.readCount() == 0, "no group was removed")
        #expect(try reader.readCount() > 5, "pieces")
        let copies = [AggregationShard(plan, index: 0), AggregationShard(plan, index: 0)]
        try Self.copy(to: copies[0]) { shard.encodeChanges(into: &$0) }
        try Self.copy(to: copies[1]) { _ = shard.encodeRows(from: .start, byteCount: .max, into: &$0) }
        for copy in copies { #expect(text(try copy.emitAll()) == text(batches)) }
    }

    @Test func updateEmitsTouchedGroupsOnly() throws {
        // Spark's C04: count, sum, min, max, avg by key in update mode.
        let plan = Self.plan(keys: [.string], over: .long)
        let world = AggregationWorld(plan, shards: 3)
        func run(_ rows: [(String, Int64)]) throws -> Set<String> {
            world.markClean()
            try world.run(
                keys: [rows.map { .string($0.0) }], inputs: [(.long, rows.map { .long($0.1) })], count: rows.count)
            return try world.touched()
        }
        func row(_ key: String, _ count: Int64, _ sum: Int64, _ low: Int64, _ high: Int64, _ mean: Double) -> [Value] {
            [.string(key), .long(count), .long(count), .long(sum), .long(low), .long(high), .double(mean)]
        }
        #expect(try run([("a", 1), ("b", 2), ("a", 3)]) == text([row("a", 2, 4, 1, 3, 2), row("b", 1, 2, 2, 2, 2)]))
        #expect(try run([("a", 2)]) == text([row("a", 3, 6, 1, 3, 2)]))
        #expect(try run([("c", 0)]) == text([row("c", 1, 0, 0, 0, 0)]))
        #expect(try world.all().count == 3)
    }

    @Test func nullsAsInSpark() throws {
        // C17: aggregates over nothing but NULL; the NULL key is a group of its own.
        let plan = Self.plan(keys: [.string], over: .long)
        let world = AggregationWorld(plan, shards: 2)
        try world.run(keys: [[.string("a"), .null]], inputs: [(.long, [.null, .null])], count: 2)
        let nothing: [Value] = [.long(1), .long(0), .null, .null, .null, .null]
        #expect(try world.touched() == text([[.string("a")] + nothing, [.null] + nothing]))
        world.markClean()
        try world.run(keys: [[.string("a"), .string("a")]], inputs: [(.long, [.long(1), .null])], count: 2)
        #expect(
            try world.touched()
                == text([[.string("a"), .long(3), .long(1), .long(1), .long(1), .long(1), .double(1)]]))
    }

    @Test(arguments: [1, 3])
    func aGlobalAggregateHasOneRowEvenOfNothing(shards: Int) throws {
        let world = AggregationWorld(Self.plan(keys: [], over: .integer), shards: shards)
        #expect(try world.touched().isEmpty)
        let empty: [Value] = [.long(0), .long(0), .null, .null, .null, .null]
        #expect(try world.all() == text([empty]))
        try world.run(keys: [], inputs: [(.integer, [])], count: 0)
        #expect(try world.touched() == text([empty]))
        world.markClean()
        try world.run(keys: [], inputs: [(.integer, [.integer(4), .null, .integer(2)])], count: 3)
        #expect(
            try world.touched() == text([[.long(3), .long(2), .long(6), .integer(2), .integer(4), .double(3)]]))
        let copy = AggregationShard(world.plan, index: 0)
        try Self.copy(to: copy) { _ = world.shards[0].encodeRows(from: .start, byteCount: .max, into: &$0) }
        #expect(text(try copy.emitAll()) == (try world.all()))
        world.shards[0].clear()
        #expect(try world.all() == text([empty]))
    }

    @Test func sumsBeyondTheirTypeAreErrors() throws {
        let long = AggregationWorld(Self.plan(keys: [.long], over: .long), shards: 1)
        try long.run(
            keys: [[.long(1), .long(1), .long(1)]], inputs: [(.long, [.long(0), .long(.max), .long(1)])], count: 3)
        #expect(throws: AggregateError.self) { try long.touched() }
        // What comes later may bring it back.
        try long.run(keys: [[.long(1)]], inputs: [(.long, [.long(-5)])], count: 1)
        #expect(
            try long.touched()
                == text([
                    [.long(1), .long(4), .long(4), .long(.max - 4), .long(-5), .long(.max), .double(0x1p61)]
                ]))
        // Over workers: neither half overflows alone.
        let split = AggregationWorld(Self.plan(keys: [.long], over: .long), shards: 1)
        try split.run(
            keys: [[.long(1), .long(1), .long(1)]], inputs: [(.long, [.long(.min), .long(-1), .long(0)])], count: 3)
        #expect(throws: AggregateError.self) { try split.touched() }
        // At the edge it is none.
        let edge = AggregationWorld(Self.plan(keys: [.long], over: .long), shards: 1)
        try edge.run(keys: [[.long(1), .long(1)]], inputs: [(.long, [.long(.max), .null])], count: 2)

        let type = DataType.decimal(precision: 38, scale: 0)
        let decimals = AggregationWorld(Self.plan(keys: [.long], over: type), shards: 1)
        let nines = (0..<38).reduce(0 as Int128) { number, _ in number * 10 + 9 }
        let large = Value.decimal(unscaled: nines, scale: 0)
        try decimals.run(keys: [[.long(1), .long(2)]], inputs: [(type, [large, .null])], count: 2)
        try decimals.run(
            keys: [[.long(1)]], inputs: [(type, [.decimal(unscaled: 1, scale: 0)])], count: 1)
        #expect(throws: AggregateError.self) { try decimals.touched() }
    }

    /// Whether a sum fits is asked at the end: no order of rows, and no number of workers, decides it.
    @Test(arguments: [DataType.long, .decimal(precision: 38, scale: 0)], [true, false])
    func sumsDoNotDependOnTheOrderOfRows(type: DataType, hasKey: Bool) throws {
        let nines = (0..<38).reduce(0 as Int128) { number, _ in number * 10 + 9 }
        func value(_ number: Int128) -> Value {
            type == .long ? .long(Int64(number)) : .decimal(unscaled: number, scale: 0)
        }
        let most = type == .long ? Int128(Int64.max) : nines
        let blocks = [value(most), value(most), value(-1), value(1), value(-most), value(1 - most)]
        guard let spec = AggregateSpec("sum", inputIndex: 0, inputType: type) else { throw AggregationTestError() }
        let plan = AggregationPlan(
            keys: hasKey ? [Field("k", .long)] : [], aggregates: [spec], resultNames: ["s"])
        let expected = text([(hasKey ? [.long(1)] : []) + [value(1)]])
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        for _ in 0..<50 {
            let rows = blocks.shuffled(using: &random)
            let world = AggregationWorld(plan, shards: 1)
            let cut = Int(random.next() % 7)
            for part in [rows[..<cut], rows[cut...]] {
                try world.run(
                    keys: hasKey ? [part.map { _ in .long(1) }] : [], inputs: [(type, Array(part))],
                    count: part.count)
                // Through the state, as a restart takes it.
                let copy = AggregationShard(plan, index: 0)
                try Self.copy(to: copy) { _ = world.shards[0].encodeRows(from: .start, byteCount: .max, into: &$0) }
                #expect(copy.rowCount == world.shards[0].rowCount)
                if part.endIndex == rows.count {
                    #expect(text(try copy.emitAll()) == expected, "seed \(seed)")
                }
            }
            #expect(try world.all() == expected, "seed \(seed)")
        }
    }

    @Test func averagesOfDecimalsRoundHalfAwayFromZero() throws {
        let type = DataType.decimal(precision: 5, scale: 0)
        guard let spec = AggregateSpec("avg", inputIndex: 0, inputType: type) else { throw AggregationTestError() }
        #expect(spec.resultType == .decimal(precision: 9, scale: 4))
        let plan = AggregationPlan(keys: [Field("k", .long)], aggregates: [spec], resultNames: ["m"])
        let world = AggregationWorld(plan, shards: 1)
        // 2/3 = 0.66667, 1/32 = 0.03125, -1/32.
        let rows: [(Int64, Int128)] =
            [(1, 1), (1, 1), (1, 0)] + [(2, 1), (3, -1)]
            + (0..<31).flatMap { _ in [(2 as Int64, 0 as Int128), (3, 0)] }
        try world.run(
            keys: [rows.map { .long($0.0) }], inputs: [(type, rows.map { .decimal(unscaled: $0.1, scale: 0) })],
            count: rows.count)
        let expected: [(Int64, Int128)] = [(1, 6667), (2, 313), (3, -313)]
        #expect(try world.all() == text(expected.map { [.long($0.0), .decimal(unscaled: $0.1, scale: 4)] }))
    }

    @Test func removedGroupsStartAgainAndAreRemovedFromState() throws {
        let plan = Self.plan(keys: [.string], over: .string)
        let world = AggregationWorld(plan, shards: 1)
        let copy = AggregationShard(plan, index: 0)
        let shard = world.shards[0]
        let names: [Value] = (0..<50).map { .string("key number \($0)") }
        try world.run(keys: [names], inputs: [(.string, names)], count: names.count)
        try Self.copy(to: copy) { shard.encodeChanges(into: &$0) }
        world.markClean()
        try world.run(keys: [Array(names[..<10])], inputs: [(.string, Array(names[..<10]))], count: 10)
        shard.remove(groups: shard.allGroups().filter { $0 % 2 == 0 })
        #expect(shard.rowCount == 25)
        #expect(try world.touched().count == 5)
        // A removed key comes again in the same batch.
        try world.run(keys: [[names[0], names[0]]], inputs: [(.string, [.string("z"), .null])], count: 2)
        #expect(shard.rowCount == 26)
        let row: [Value] = [names[0], .long(2), .long(1), .string("z"), .string("z")]
        #expect(try world.touched().contains(text([row]).first ?? ""))
        try Self.copy(to: copy) { shard.encodeChanges(into: &$0) }
        #expect(text(try copy.emitAll()) == (try world.all()))
    }

    @Test func damagedRowsAreRefused() throws {
        let plan = Self.plan(keys: [.string], over: .string)
        let world = AggregationWorld(plan, shards: 1)
        try world.run(keys: [[.string("a"), .string("b")]], inputs: [(.string, [.string("x"), .null])], count: 2)
        var writer = StateWriter()
        #expect(world.shards[0].encodeRows(from: .start, byteCount: .max, into: &writer) == nil)
        let whole = writer.finish().bytes
        for length in 0..<whole.count {
            var reader = StateReader(whole[..<length])
            #expect(throws: StateFormatError.self) { try AggregationShard(plan, index: 0).apply(&reader) }
        }
        // Whatever the damage, no trap.
        for position in whole.indices {
            for bit in 0..<8 {
                var bytes = whole
                bytes[position] ^= 1 << UInt8(bit)
                var reader = StateReader(bytes[...])
                try? AggregationShard(plan, index: 0).apply(&reader)
            }
        }
    }

    @Test func unsuitedTypesHaveNoAggregate() {
        #expect(AggregateSpec("sum", inputIndex: 0, inputType: .string) == nil)
        #expect(AggregateSpec("avg", inputIndex: 0, inputType: .timestamp) == nil)
        #expect(AggregateSpec("min", inputIndex: 0, inputType: .array(.long, containsNull: true)) == nil)
        #expect(AggregateSpec("sum") == nil)
        let sum = AggregateSpec("sum", inputIndex: 0, inputType: .decimal(precision: 30, scale: 5))
        #expect(sum?.resultType == .decimal(precision: 38, scale: 5))
    }

    /// 100,000 keys in a batch, and again.
    @Test func manyKeysInABatch() throws {
        let plan = Self.plan(keys: [.string], over: .long)
        let world = AggregationWorld(plan, shards: 3)
        let keys: [Value] = (0..<100_000).map { .string("a key that is rather long: \($0)") }
        let values: [Value] = (0..<100_000).map { .long($0) }
        for _ in 0..<2 {
            world.markClean()
            try world.run(keys: [keys], inputs: [(.long, values)], count: keys.count)
        }
        let batches = try world.shards.flatMap { try $0.emitTouched() }
        #expect(batches.reduce(0) { $0 + $1.count } == 100_000)
        #expect(batches.allSatisfy { $0.count <= AggregationShard.emittedRows })
        var sum: Int64 = 0
        for batch in batches { for row in 0..<batch.count { sum += batch.columns[3].slots(as: Int64.self)[row] } }
        #expect(sum == 2 * (99_999 * 100_000 / 2))
        #expect(world.shards.allSatisfy { $0.rowCount > 30_000 && $0.memoryBytes > 1_000_000 })
    }
}

struct AggregationTestError: Error {}

// Batches of an aggregation that are taken back.

import Columns
import DurableFiles
import Functions
import Operators
import StateStore
import TestSupport
import Testing

/// An aggregation with a store, whose batches are committed or taken back.
private struct StoredWorld {
    let world: AggregationWorld
    let store: StateStore

    init(_ plan: AggregationPlan, shards: Int) throws {
        world = AggregationWorld(plan, shards: shards)
        store = try StateStore(
            directory: "/checkpoint/state",
            operators: [StateOperator(name: "aggregate-0", shape: plan.shape, shards: world.shards)], runID: "r",
            options: StateStoreOptions(memoryBudgetBytes: 1 << 30), disk: FaultyDisk())
        try store.load(version: 0, attempt: "")
    }

    func commit() throws {
        let version = store.version.number + 1
        _ = try store.prepare(version: version, attempt: "a\(version)", metadata: [])
        store.committed(version: version, attempt: "a\(version)")
    }
}

@Suite struct AggregationRollbackTests {
    /// Two worlds see the same batches; one of them also sees others, which are dropped. Groups are removed in all of
    /// them, touched and untouched, and come back.
    @Test(arguments: flatTypes)
    func droppedBatchesLeaveNothingBehind(type: DataType) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        for keyTypes: [DataType] in [[.string, .integer], [.long]] {
            let plan = AggregationTests.plan(keys: keyTypes, over: type)
            let stored = try StoredWorld(plan, shards: 3)
            let world = stored.world
            let straight = AggregationWorld(plan, shards: 3)
            for batch in 0..<12 {
                for _ in 0..<2 {
                    try Self.change([world], plan, type, &random)
                    try stored.store.rollback()
                    #expect(try world.all() == straight.all(), "seed \(seed), batch \(batch)")
                    #expect(world.shards.allSatisfy { $0.updatedCount == 0 }, "seed \(seed), batch \(batch)")
                }
                try Self.change([world, straight], plan, type, &random)
                #expect(try world.touched() == straight.touched(), "seed \(seed), batch \(batch)")
                try stored.commit()
                straight.markClean()
                #expect(try world.all() == straight.all(), "seed \(seed), batch \(batch)")
            }
        }
    }

    private static func change(
        _ worlds: [AggregationWorld], _ plan: AggregationPlan, _ type: DataType, _ random: inout SeededRandom
    ) throws {
        for part in 0..<2 {
            let count = Int(random.next() % 120)
            let keys = plan.keys.map { field in
                (0..<count).map { _ in
                    let number = Int64(random.next() % 40)
                    if number == 0 { return Value.null }
                    switch field.type {
                    case .string: return Value.string("key \(number)")
                    case .long: return .long(number)
                    default: return .integer(Int32(number % 3))
                    }
                }
            }
            let values = (0..<count).map { _ in randomValue(type, &random) }
            let removed = part == 0 ? random.next() % 4 : 4
            for world in worlds {
                try world.run(keys: keys, inputs: [(type, values)], count: count)
                // The same keys in every world, whatever numbers their groups have there.
                for shard in world.shards where removed < 4 {
                    let groups = shard.allGroups()
                    let results = groups.isEmpty ? [] : text(shard.keyColumns(of: groups), groups.count)
                    let chosen = groups.indices.filter { row in
                        results[row].utf8.reduce(0) { $0 &+ UInt64($1) } % 4 == removed
                    }
                    shard.remove(groups: chosen.map { groups[$0] })
                }
            }
        }
    }

    private static func text(_ columns: [ColumnVector], _ count: Int) -> [String] {
        let schema = Schema(columns.enumerated().map { Field("k\($0.offset)", $0.element.type) })
        return RecordBatch(schema: schema, columns: columns, count: count).rows().map { "\($0.values)" }
    }

    /// A sum that overflows ends the batch when it is emitted.
    @Test func aBatchThatFailedIsTakenBack() throws {
        let plan = AggregationTests.plan(keys: [.long], over: .long)
        let stored = try StoredWorld(plan, shards: 1)
        let world = stored.world
        try world.run(
            keys: [[.long(1), .long(2), .long(2)]], inputs: [(.long, [.long(.max), .long(5), .null])], count: 3)
        try stored.commit()
        let before = try world.all()
        try world.run(
            keys: [[.long(2), .long(3), .long(1)]], inputs: [(.long, [.long(6), .long(7), .long(8)])], count: 3)
        #expect(throws: AggregateError.self) { try world.touched() }
        try stored.store.rollback()
        #expect(try world.all() == before)
        #expect(world.shards[0].rowCount == 2)
    }

    @Test(arguments: [1, 3])
    func theGlobalGroupStaysWhatItWas(shards: Int) throws {
        let stored = try StoredWorld(AggregationTests.plan(keys: [], over: .integer), shards: shards)
        let world = stored.world
        let empty = try world.all()
        try world.run(keys: [], inputs: [(.integer, [.integer(4), .null, .integer(6)])], count: 3)
        try stored.store.rollback()
        #expect(try world.all() == empty)
        #expect(empty.count == 1)
    }
}

// The state of a join of two streams: what is written reads back, in changes and in slices of a snapshot.

import Columns
import LogicalPlan
import StateStore
import TestSupport
import Testing

@testable import Operators

@Suite struct StreamJoinStateTests {
    private static let schema = Schema([
        Field("id", .long), Field("time", .timestamp), Field("text", .string),
        Field("list", .array(.integer, containsNull: true)),
    ])

    @Test("a side that is kept for ever is named")
    func unbounded() throws {
        #expect(try Self.join(.inner).state?.unboundedBecause == nil)
        #expect(
            try Self.join(.inner, isBounded: false).state?.unboundedBecause
                == "nothing says until when rows of the left and the right side find partners")
    }

    static func join(_ kind: StreamJoin.Kind, isBounded: Bool = true) throws -> StreamJoin {
        let id = ResolvedExpression(.input(index: 0, name: "id"), type: .long, isNullable: true)
        func side() throws -> StreamJoin.Side {
            StreamJoin.Side(
                schema: schema, keys: JoinKeyColumns([try CompiledExpression(id)], nullSafe: [false]), filter: nil,
                time: KeyTime(key: 1, .time(length: 0)),
                lifetime: isBounded
                    ? StreamJoin.Lifetime(.column(KeyTime(key: 1, .time(length: 0))), offsetMicroseconds: -5) : nil)
        }
        return StreamJoin(
            kind, left: try side(), right: try side(), condition: nil, detail: "",
            outputSchema: kind.isOfLeft ? schema : Schema(schema.fields + schema.fields), stateID: "join-0")
    }

    static func rows(
        _ dice: inout SeededRandom, from time: Int64, mayLackTime: Bool = true
    ) -> RecordBatch {
        ValueColumns.batch(
            schema: schema,
            rows: (0..<dice.below(20)).map { _ in
                [
                    dice.below(10) == 0 ? .null : .long(Int64(dice.below(8))),
                    mayLackTime && dice.below(12) == 0 ? .null : .timestamp(time + Int64(dice.below(20))),
                    .string(String(repeating: "ä", count: dice.below(40))),
                    .array([.integer(Int32(dice.below(100)))]),
                ]
            })
    }

    /// A batch on a shard, and the rows that it gives in any order.
    private static func run(
        _ shard: StreamJoinShard, _ left: RecordBatch, _ right: RecordBatch, late: Int64, final: Int64
    ) throws -> [String] {
        let context = BatchContext(
            batchTimestampMicroseconds: 0, lateWatermarkMicroseconds: late, evictionWatermarkMicroseconds: final,
            outputMode: .append)
        shard.reset()
        shard.consume(left, port: StreamJoin.leftPort, context)
        shard.consume(right, port: StreamJoin.rightPort, context)
        var output: [String] = []
        try shard.finish(context) { batch in output += batch.rows().map { "\($0.values)" } }
        return output.sorted()
    }

    private static func changes(_ shard: StreamJoinShard) -> [UInt8] {
        var writer = StateWriter()
        shard.encodeChanges(into: &writer)
        return writer.finish().bytes
    }

    private static func apply(_ bytes: [UInt8], to shard: StreamJoinShard) throws {
        var reader = StateReader(bytes[...])
        try shard.apply(&reader)
        try reader.finish()
    }

    @Test(
        "a copy that has read all changes, and one that began with a snapshot in slices, go on as the original does",
        arguments: [StreamJoin.Kind.inner, .left, .right, .full, .leftSemi])
    func copies(_ kind: StreamJoin.Kind) throws {
        for seed in 1...20 as ClosedRange<UInt64> {
            var dice = SeededRandom(seed)
            let join = try Self.join(kind)
            let original = StreamJoinShard(join)
            let follower = StreamJoinShard(join)
            let late = StreamJoinShard(join)
            var cursor: StateCursor? = .start
            // Changes since the snapshot began come behind it.
            var behind: [[UInt8]] = []
            var watermark: Int64 = 0
            for _ in 0..<30 {
                let next = watermark + Int64(dice.below(6))
                _ = try Self.run(
                    original, Self.rows(&dice, from: watermark), Self.rows(&dice, from: watermark), late: watermark,
                    final: next)
                watermark = next
                if original.updatedCount > 0 {
                    let bytes = Self.changes(original)
                    try Self.apply(bytes, to: follower)
                    behind.append(bytes)
                }
                original.markClean()
                if let from = cursor {
                    var writer = StateWriter()
                    cursor = original.encodeRows(from: from, byteCount: 500, into: &writer)
                    try Self.apply(writer.finish().bytes, to: late)
                }
            }
            while let from = cursor {
                var writer = StateWriter()
                cursor = original.encodeRows(from: from, byteCount: 500, into: &writer)
                try Self.apply(writer.finish().bytes, to: late)
            }
            for bytes in behind { try Self.apply(bytes, to: late) }
            follower.markClean()
            late.markClean()
            #expect(follower.rowCount == original.rowCount && late.rowCount == original.rowCount, "seed \(seed)")
            // The same rows from here on, and the same where one batch is tried and taken back before.
            let (left, right) = (Self.rows(&dice, from: watermark), Self.rows(&dice, from: watermark))
            let expected = try Self.run(original, left, right, late: watermark, final: watermark + 1000)
            for copy in [follower, late] {
                #expect(
                    try Self.run(copy, left, right, late: watermark, final: watermark + 1000) == expected,
                    "seed \(seed)")
                #expect(copy.rowCount == original.rowCount && copy.counts.removed == original.counts.removed)
            }
        }
    }

    @Test("a batch that changed something can't be taken back in memory, and one that changed nothing can")
    func rollback() throws {
        var dice = SeededRandom(7)
        let shard = StreamJoinShard(try Self.join(.full))
        let none = ValueColumns.batch(schema: Self.schema, rows: [])
        var rows = Self.rows(&dice, from: 10)
        while rows.count == 0 { rows = Self.rows(&dice, from: 10) }
        _ = try Self.run(shard, rows, none, late: 0, final: 0)
        #expect(!shard.rollback())
        shard.clear()
        #expect(shard.rowCount == 0 && shard.keys.count == 0)
        _ = try Self.run(shard, none, none, late: 0, final: 100)
        #expect(shard.rollback())
    }

    @Test("what drops all rows gives all keys and slots back")
    func memory() throws {
        var dice = SeededRandom(3)
        let shard = StreamJoinShard(try Self.join(.inner))
        var limits: [Int] = []
        for round in 0..<50 as Range<Int64> {
            let time = 100 * (round + 1)
            _ = try Self.run(
                shard, Self.rows(&dice, from: time, mayLackTime: false),
                Self.rows(&dice, from: time, mayLackTime: false), late: time - 100, final: time + 90)
            shard.markClean()
            limits.append(shard.sides.reduce(0) { $0 + $1.limit })
        }
        #expect(shard.keys.count == 0 && shard.rowCount == 0)
        #expect(limits[49] < 200, "\(limits)")
    }

    @Test("a left row of a semi join gives its slot back when it has its partner, long before its time")
    func finished() throws {
        let shard = StreamJoinShard(try Self.join(.leftSemi))
        func row(_ id: Int64, _ time: Int64) -> RecordBatch {
            ValueColumns.batch(
                schema: Self.schema, rows: [[.long(id), .timestamp(time), .string("\(id)"), .array([.integer(1)])]])
        }
        for round in 0..<100 as Range<Int64> {
            let found = try Self.run(shard, row(round, 1000 + round % 3), row(round - 1, 1000), late: 0, final: 0)
            #expect(found.count == (round == 0 ? 0 : 1))
            shard.markClean()
        }
        #expect(shard.sides[StreamJoin.leftPort].count == 1 && shard.sides[StreamJoin.leftPort].limit == 2)
        let none = ValueColumns.batch(schema: Self.schema, rows: [])
        _ = try Self.run(shard, none, none, late: 0, final: 2000)
        shard.markClean()
        #expect(shard.rowCount == 0 && shard.keys.count == 0)
    }

    @Test("bytes that are none of ours end with an error")
    func damaged() throws {
        var dice = SeededRandom(5)
        let shard = StreamJoinShard(try Self.join(.full))
        for _ in 0..<5 {
            _ = try Self.run(shard, Self.rows(&dice, from: 10), Self.rows(&dice, from: 10), late: 0, final: 0)
        }
        let bytes = Self.changes(shard)
        for end in stride(from: 0, to: bytes.count, by: 7) {
            let copy = StreamJoinShard(try Self.join(.full))
            #expect(throws: StateFormatError.self) { try Self.apply(Array(bytes[..<end]), to: copy) }
        }
    }
}

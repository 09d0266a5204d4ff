// Sessions against a plain model, over batches, restarts and batches that are taken back.

import Columns
import Functions
import StateStore
import TestSupport
import Testing

@testable import Operators

@Suite struct SessionTests {
    private struct Row {
        let key: String?
        let start: Int64
        let end: Int64
        let value: Int64
    }

    static func step() throws -> SessionOperator {
        SessionOperator(
            keys: [Field("k", .string)], session: "w", at: 0,
            aggregates: [
                try #require(AggregateSpec("count")),
                try #require(AggregateSpec("sum", inputIndex: 0, inputType: .long)),
            ], resultNames: ["n", "s"], hasEventTime: true, dropsFinalGroups: true, detail: "", stateID: "session-0")
    }

    private static func batch(_ rows: [Row]) -> RecordBatch {
        let schema = Schema([
            Field("k", .string), Field("start", .timestamp), Field("end", .timestamp), Field("v", .long),
        ])
        return RecordBatch(
            schema: schema,
            columns: [
                ValueColumns.column(of: rows.map { $0.key.map { .string($0) } ?? .null }, type: .string),
                ValueColumns.column(of: rows.map { .timestamp($0.start) }, type: .timestamp),
                ValueColumns.column(of: rows.map { .timestamp($0.end) }, type: .timestamp),
                ValueColumns.column(of: rows.map { .long($0.value) }, type: .long),
            ], count: rows.count)
    }

    /// Runs a batch; gives the rows that come out.
    private static func run(
        _ shard: any KeyedShard, _ rows: [Row], _ mode: OutputMode, late: Int64? = nil, final: Int64? = nil
    ) throws -> [String] {
        try values(shard, rows, mode, late: late, final: final).map { "\($0)" }.sorted()
    }

    private static func values(
        _ shard: any KeyedShard, _ rows: [Row], _ mode: OutputMode, late: Int64? = nil, final: Int64? = nil
    ) throws -> [[Value]] {
        let context = BatchContext(
            batchTimestampMicroseconds: 0, lateWatermarkMicroseconds: late, evictionWatermarkMicroseconds: final,
            outputMode: mode)
        shard.reset()
        if !rows.isEmpty { try shard.consume(batch(rows), port: 0, context) }
        var found: [[Value]] = []
        try shard.finish(context) { found += $0.rows().map(\.values) }
        return found
    }

    /// The sessions of all rows.
    private static func sessions(_ rows: [Row]) -> [String] {
        var texts: [String] = []
        for (key, own) in Dictionary(grouping: rows, by: \.key) {
            var current: (start: Int64, end: Int64, count: Int64, sum: Int64)?
            func close() {
                guard let one = current else { return }
                let values: [Value] = [
                    .structure([.timestamp(one.start), .timestamp(one.end)]), key.map { .string($0) } ?? .null,
                    .long(one.count), .long(one.sum),
                ]
                texts.append("\(values)")
            }
            for row in own.sorted(by: { $0.start < $1.start }) {
                if let open = current, row.start <= open.end {
                    current = (open.start, max(open.end, row.end), open.count + 1, open.sum + row.value)
                } else {
                    close()
                    current = (row.start, row.end, 1, row.value)
                }
            }
            close()
        }
        return texts.sorted()
    }

    @Test("sessions grow together in any order of rows, over restarts and batches that are taken back")
    func likeTheModel() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        let step = try Self.step()
        var shard = step.makeShard(0, of: 1)
        var all: [Row] = []
        func rows() -> [Row] {
            (0..<(random.next() % 12)).map { _ in
                let start = Int64(random.next() % 300)
                return Row(
                    key: random.next() % 5 == 0 ? nil : "k\(random.next() % 3)", start: start,
                    end: start + 1 + Int64(random.next() % 12), value: Int64(random.next() % 100))
            }
        }
        for round in 0..<40 {
            if random.next() % 4 == 0 {
                _ = try Self.run(shard, rows(), .complete)
                #expect(shard.stored?.rollback() == true)
            }
            let new = rows()
            all += new
            #expect(try Self.run(shard, new, .complete) == Self.sessions(all), "seed \(seed), round \(round)")
            shard.stored?.markClean()
            if random.next() % 3 == 0 { shard = try OperatorHarness.restarted(shard, of: step) }
        }
    }

    @Test("in update mode a reader who forgets what lies within a newer session has the sessions")
    func update() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        let shard = try Self.step().makeShard(0, of: 1)
        var all: [Row] = []
        var seen: [[Value]] = []
        /// Whether a row is of the other one's key, and of a session within its.
        func isWithin(_ one: [Value], _ other: [Value]) -> Bool {
            guard one[1] == other[1], case .structure(let inner) = one[0], case .structure(let outer) = other[0],
                case .timestamp(let start) = inner[0], case .timestamp(let end) = inner[1],
                case .timestamp(let first) = outer[0], case .timestamp(let last) = outer[1]
            else { return false }
            return first <= start && end <= last
        }
        for round in 0..<40 {
            let new = (0..<(random.next() % 8)).map { _ in
                let start = Int64(random.next() % 300)
                return Row(
                    key: "k\(random.next() % 3)", start: start, end: start + 1 + Int64(random.next() % 12), value: 1)
            }
            all += new
            for row in try Self.values(shard, new, .update) {
                seen.removeAll { isWithin($0, row) }
                seen.append(row)
            }
            shard.stored?.markClean()
            #expect(seen.map { "\($0)" }.sorted() == Self.sessions(all), "seed \(seed), round \(round)")
        }
        // What has changed and is over at once comes out, too.
        let last = [Row(key: "z", start: 400, end: 410, value: 1)]
        #expect(try Self.run(shard, last, .update, late: 0, final: 1000) == Self.sessions(last))
        #expect(shard.stored?.rowCount == 0)
    }

    @Test("what is over comes out once, and what is late doesn't count, over a restart")
    func append() throws {
        let step = try Self.step()
        var shard = step.makeShard(0, of: 1)
        func row(_ start: Int64) -> Row { Row(key: "a", start: start, end: start + 10, value: 1) }
        #expect(try Self.run(shard, [row(5), row(12), row(40)], .append, late: 0, final: 0).isEmpty)
        #expect(shard.counts == StateRowCounts(updated: 2))
        shard.stored?.markClean()
        shard = try OperatorHarness.restarted(shard, of: step)
        #expect(try Self.run(shard, [], .append, late: 21, final: 22).count == 1)
        #expect(shard.counts == StateRowCounts(removed: 1))
        shard.stored?.markClean()
        #expect(try Self.run(shard, [row(12), row(31)], .append, late: 22, final: 22).isEmpty)
        #expect(shard.counts == StateRowCounts(updated: 1, removed: 1, late: 1))
        shard.stored?.markClean()
        #expect(try Self.run(shard, [], .append, late: 22, final: 100).count == 1)
        #expect(shard.stored?.rowCount == 0)
    }
}

// Rows of a stream joined with a table and with another stream, beside a bare hash join in C++, in turns, in processor
// time of one thread.

import Analysis
import BenchmarkSupport
import Columns
import Connectors
import KernelReference
import LogicalPlan
import Lowering
import Operators
import Planner
import StateStore

enum JoinBenchmark {
    private static let second: Int64 = 1_000_000
    private static let left = Schema([Field("key", .long), Field("time", .timestamp), Field("value", .long)])
    private static let right = Schema([Field("id", .long), Field("at", .timestamp), Field("number", .long)])

    static func run(rounds: Int) throws {
        print("| rows | looked up in | M rows/s | C++ | speed / C++'s, median of pairs | gathering: the same |")
        print("|---:|---:|---:|---:|---:|---:|")
        for rows in [100_000, 10_000_000] { try lookUp(in: rows, rounds: rounds) }
        print("\n| rows of state | M rows/s | C++ | speed / C++'s, median of pairs |")
        print("|---:|---:|---:|---:|")
        for rows in [1_000_000, 10_000_000] { try joinStreams(state: rows, batches: 10 * rounds) }
    }

    /// The steps of a join of `l` with `r`.
    private static func plan(_ condition: String, isStreaming: Bool) throws -> PhysicalPlan {
        func side(_ name: String, _ schema: Schema, _ time: String, _ isStreaming: Bool) -> UnresolvedPlan {
            let scan = UnresolvedPlan.scan(ScanSource(id: name, name: name, schema: schema, isStreaming: isStreaming))
            guard isStreaming else { return scan }
            return .watermark(scan, .column([time]), delay: .literal(.string("0 seconds"), .string), WatermarkPlace())
        }
        let joined = UnresolvedPlan.join(
            side("l", left, "time", true), side("r", right, "at", isStreaming), .inner,
            .condition(try ExpressionLowering.expression(condition)))
        return try PhysicalPlanner.plan(Analyzer.analyze(joined), outputMode: .append) { _ in false }.plan
    }

    /// Rows in batches as queries have them.
    private static func batches(
        _ schema: Schema, _ count: Int, _ make: (Int) -> (key: Int64, time: Int64, value: Int64)
    ) -> [RecordBatch] {
        let size = 16 * 1024
        return stride(from: 0, to: count, by: size).map { first in
            let rows = min(size, count - first)
            let buffers = (0..<3).map { _ in Buffer(capacity: rows * 8) }
            let slots = buffers.map { $0.pointer(as: Int64.self) }
            for number in 0..<rows {
                let row = make(first + number)
                (slots[0][number], slots[1][number], slots[2][number]) = (row.key, row.time, row.value)
            }
            let columns = zip(schema.fields, buffers).map { ColumnVector(type: $0.type, count: rows, values: $1) }
            return RecordBatch(schema: schema, columns: columns, count: rows)
        }
    }

    /// Steps without a keyed one.
    private static func pass(
        _ batches: [RecordBatch], _ chain: OperatorChain, _ emit: (RecordBatch) throws -> Void
    ) throws {
        var chain = chain
        var output: [RecordBatch] = []
        for batch in batches {
            output.removeAll(keepingCapacity: true)
            try chain.process(batch, into: &output)
            for rows in output { try emit(rows) }
        }
    }

    /// Adds up the values of both sides of pairs, as the reference does.
    private static func add(_ pairs: RecordBatch, to sum: inout UInt64) {
        let pairs = pairs.compacted()
        for column in [2, 5] {
            let values = pairs.columns[column].materialized()
            let slots = values.slots(as: UInt64.self)
            for row in 0..<pairs.physicalCount { sum &+= slots[row] }
        }
    }

    // MARK: A table

    /// 10 M rows that each find one of so many.
    private static func lookUp(in tableRows: Int, rounds: Int) throws {
        let rowCount = 10_000_000
        let plan = try Self.plan("key = id", isStreaming: false)
        guard plan.stages.count == 2, let build = plan.stages[0].keyed else {
            StreamBenchmarks.fail("a join with a table has another plan:\n\(plan)")
        }
        let context = BatchContext(batchTimestampMicroseconds: 0, outputMode: .append)
        var random = FixedRandom(state: 1)
        // In no order.
        let table = batches(right, tableRows) { (Int64(($0 * 7_919) % tableRows), 0, Int64($0)) }
        let rows = batches(left, rowCount) { (random.below(Int64(tableRows)), 0, Int64($0)) }
        var (gathering, lookingUp) = (Turns(), Turns())
        for _ in 0..<rounds {
            let shard = build.makeShard(0, of: 1)
            let reference = reference_join_create()
            defer { reference_join_destroy(reference) }
            try gathering.measure {
                try pass(table, OperatorChain(plan.stages[0].inputs[0].chain, context)) {
                    try shard.consume($0, port: 0, context)
                }
                try shard.finish(context, UnboundedGrowth()) { _ in }
            } _: {
                insert(table, into: reference)
            }
            var (own, other): (UInt64, UInt64) = (0, 0)
            try lookingUp.measure {
                let chain = OperatorChain(plan.stages[1].inputs[0].chain, context) { _ in [shard] }
                try pass(rows, chain) { add($0, to: &own) }
            } _: {
                for batch in rows { other &+= probe(batch, in: reference, reach: 0) }
            }
            guard own == other else { StreamBenchmarks.fail("the pairs' sum is \(own), that of C++ \(other)") }
        }
        print(
            "| 10 M | \(tableRows) | \(millionRows(rowCount, in: lookingUp.own)) | "
                + "\(millionRows(rowCount, in: lookingUp.reference)) | \(fixed(lookingUp.speed, 2)) | "
                + "\(fixed(gathering.speed, 2)) |")
    }

    private static func insert(_ batches: [RecordBatch], into table: OpaquePointer) {
        for batch in batches {
            reference_join_insert(
                table, batch.columns[0].slots(as: Int64.self), batch.columns[1].slots(as: Int64.self),
                batch.columns[2].slots(as: Int64.self), batch.physicalCount)
        }
    }

    private static func probe(_ batch: RecordBatch, in table: OpaquePointer, reach: Int64) -> UInt64 {
        reference_join_probe(
            table, batch.columns[0].slots(as: Int64.self), batch.columns[1].slots(as: Int64.self),
            batch.columns[2].slots(as: Int64.self), batch.physicalCount, reach)
    }

    // MARK: Two streams

    /// Batches of 50 k rows a side, at so many rows of state, half of them on each side: a row has one partner among
    /// those that are there, and as many rows go as come.
    private static func joinStreams(state: Int, batches count: Int) throws {
        let side = 50_000
        // A batch is a second of event time.
        let reach = state / (2 * side)
        let step = try streamJoin(reach)
        let shard = step.makeShard(0, of: 1)
        let references = [reference_join_create(), reference_join_create()]
        defer { for reference in references { reference_join_destroy(reference) } }
        var random = FixedRandom(state: UInt64(state))
        var turns = Turns()
        for number in 0..<(reach + 1 + count) {
            let start = Int64(number) * second
            let rows = [left, right].map { schema in
                batches(schema, side) { _ in
                    (random.below(Int64(state / 2)), start + random.below(second), random.below(1 << 32))
                }
            }
            var (own, other): (UInt64, UInt64) = (0, 0)
            // Rows are kept a millisecond longer than the condition says: then whole batches go, as in C++.
            let context = BatchContext(
                batchTimestampMicroseconds: 0, lateWatermarkMicroseconds: start - second,
                evictionWatermarkMicroseconds: start + 999, outputMode: .append)
            let before = turns
            try turns.measure {
                shard.reset()
                for (port, batches) in rows.enumerated() {
                    for batch in batches { try shard.consume(batch, port: port, context) }
                }
                try shard.finish(context, UnboundedGrowth()) { add($0, to: &own) }
                shard.stored?.markClean()
            } _: {
                let within = Int64(reach) * second
                for batch in rows[0] { other &+= probe(batch, in: references[1], reach: within) }
                insert(rows[0], into: references[0])
                for batch in rows[1] { other &+= probe(batch, in: references[0], reach: within) }
                insert(rows[1], into: references[1])
                for reference in references { reference_join_evict(reference, start - 1 - within) }
            }
            guard own == other else { StreamBenchmarks.fail("the pairs' sum is \(own), that of C++ \(other)") }
            // What fills the state doesn't count.
            if number <= reach { turns = before }
        }
        let (kept, others) = (shard.stored?.rowCount ?? 0, references.reduce(0) { $0 + reference_join_count($1) })
        guard kept == others, kept >= state else { StreamBenchmarks.fail("\(kept) rows are kept, by C++ \(others)") }
        print(
            "| \(kept) | \(millionRows(2 * side, in: turns.own)) | \(millionRows(2 * side, in: turns.reference)) | "
                + "\(fixed(turns.speed, 2)) |")
    }

    private static func streamJoin(_ reach: Int) throws -> any KeyedOperator {
        let within = "INTERVAL \(reach) SECONDS"
        let plan = try Self.plan("key = id AND at BETWEEN time - \(within) AND time + \(within)", isStreaming: true)
        guard let step = plan.stages.first?.keyed, step.state != nil else {
            StreamBenchmarks.fail("a join of two streams has another plan:\n\(plan)")
        }
        return step
    }
}

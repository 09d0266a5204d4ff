// Rows into windows: what a query does with a row, beside C++ of the same algorithm, in processor time of one thread.

import Analysis
import BenchmarkSupport
import Columns
import Connectors
import KernelReference
import LogicalPlan
import Lowering
import Operators
import Planner

enum WindowBenchmark {
    static let schema = Schema([Field("time", .timestamp), Field("key", .long), Field("value", .long)])
    private static let rowCount = 10_000_000
    private static let batchRows = 16 * 1024
    private static let second: Int64 = 1_000_000

    /// A grouping, and how many rows of which kind go into it.
    private struct Case {
        let name: String
        let groupings: [String]
        /// How far panes are apart, in seconds: each row goes into one.
        let pane: Int64
        let keys: UInt64
        /// Whether rows come in the order of their times.
        let isOrdered: Bool
    }

    /// Rows over 1000 seconds.
    private static let cases = [
        Case(name: "tumbling", groupings: ["window(time, '10 seconds')"], pane: 10, keys: 1, isOrdered: true),
        Case(
            name: "sliding", groupings: ["window(time, '20 seconds', '10 seconds')"], pane: 10, keys: 1, isOrdered: true
        ),
        Case(
            name: "tumbling, by 10k keys", groupings: ["window(time, '10 seconds')", "key"], pane: 10, keys: 10_000,
            isOrdered: true),
        Case(
            name: "sliding, by 10k keys", groupings: ["window(time, '20 seconds', '10 seconds')", "key"], pane: 10,
            keys: 10_000, isOrdered: true),
        Case(
            name: "tumbling, by 10k keys, any order", groupings: ["window(time, '10 seconds')", "key"], pane: 10,
            keys: 10_000, isOrdered: false),
    ]

    static func run(rounds: Int) throws {
        print("| \(rowCount / 1_000_000) M rows | panes | M rows/s | C++ | time / C++'s, median of pairs |")
        print("|---|---:|---:|---:|---:|")
        for one in cases { try measure(one, rounds: rounds) }
    }

    /// `count(*)` and `sum(value)` by these groupings of rows with event times.
    static func plan(_ groupings: [String]) throws -> PhysicalPlan {
        let scan = UnresolvedPlan.scan(ScanSource(id: "rows", name: "rows", schema: schema, isStreaming: true))
        let marked = UnresolvedPlan.watermark(
            scan, .column(["time"]), delay: .literal(.string("1 hour"), .string), WatermarkPlace())
        let keys = try groupings.map { try ExpressionLowering.expression($0) }
        let aggregates = try ["count(*) AS n", "sum(value) AS s"].map { try ExpressionLowering.expression($0) }
        let resolved = try Analyzer.analyze(.aggregate(marked, groupings: keys, outputs: keys + aggregates))
        return try PhysicalPlanner.plan(resolved) { _ in false }.plan
    }

    private static func measure(_ one: Case, rounds: Int) throws {
        let stage = try plan(one.groupings).stages[0]
        let context = BatchContext(batchTimestampMicroseconds: 0, outputMode: .update)
        guard let keyed = stage.keyed, let combiner = keyed.makeCombiner() else {
            StreamBenchmarks.fail("\(one.name) has no aggregation")
        }
        var random = FixedRandom(state: one.keys)
        let span = 1000 * second
        let batches = stride(from: 0, to: rowCount, by: batchRows).map { first in
            rows(min(batchRows, rowCount - first)) { row in
                let time = one.isOrdered ? Int64(first + row) * span / Int64(rowCount) : random.below(span)
                return (time, random.below(Int64(one.keys)), Int64(row))
            }
        }
        let table = reference_keys_create()
        defer { reference_keys_destroy(table) }
        var turns = Turns()
        for _ in 0..<rounds {
            try turns.measure {
                try consume(batches, OperatorChain(stage.inputs[0].chain, context), combiner, context)
            } _: {
                add(batches, pane: one.pane, to: table)
            }
        }
        try compare(keyed, combiner, table, context, windowsOfAPane: one.name.hasPrefix("sliding") ? 2 : 1)
        print(
            "| \(one.name) | \(reference_keys_groups(table)) | \(millionRows(rowCount, in: turns.own)) | "
                + "\(millionRows(rowCount, in: turns.reference)) | \(fixed(turns.timeRatio, 2)) |")
    }

    /// The rows through the query's steps into the groups of one worker.
    private static func consume(
        _ batches: [RecordBatch], _ steps: OperatorChain, _ combiner: any MapSideCombiner, _ context: BatchContext
    ) throws {
        var steps = steps
        combiner.clear()
        var output: [RecordBatch] = []
        for (sequence, batch) in batches.enumerated() {
            output.removeAll(keepingCapacity: true)
            try steps.process(batch, into: &output)
            let order = RowOrder(input: 0, task: 0, sequence: sequence)
            for rows in output { try combiner.consume(rows, order, context) }
        }
    }

    private static func add(_ batches: [RecordBatch], pane: Int64, to table: OpaquePointer) {
        reference_keys_clear(table)
        for batch in batches {
            _ = reference_windows_add(
                table, batch.columns[0].slots(as: Int64.self), batch.columns[1].slots(as: Int64.self),
                batch.columns[2].slots(as: Int64.self), batch.physicalCount, pane * second)
        }
    }

    /// Both must have counted and added up the same.
    private static func compare(
        _ keyed: any KeyedOperator, _ combiner: any MapSideCombiner, _ table: OpaquePointer, _ context: BatchContext,
        windowsOfAPane: Int64
    ) throws {
        try combiner.seal(shards: 1, UnboundedRoom())
        let shard = keyed.makeShard(0, of: 1)
        shard.reset()
        try shard.merge(combiner, UnboundedGrowth())
        var total: Int64 = 0
        try shard.finish(context, UnboundedGrowth()) { batch in
            let batch = batch.compacted()
            let results = batch.columns.suffix(2).map { $0.slots(as: Int64.self) }
            for row in 0..<batch.physicalCount { total += results[0][row] + results[1][row] }
        }
        guard total == windowsOfAPane * reference_keys_total(table) else {
            StreamBenchmarks.fail("the results are \(total), those of C++ \(reference_keys_total(table))")
        }
    }

    /// A batch of rows of the schema.
    static func rows(_ count: Int, _ row: (Int) -> (time: Int64, key: Int64, value: Int64)) -> RecordBatch {
        let buffers = (0..<3).map { _ in Buffer(capacity: count * 8) }
        let slots = buffers.map { $0.pointer(as: Int64.self) }
        for number in 0..<count { (slots[0][number], slots[1][number], slots[2][number]) = row(number) }
        let columns = zip(schema.fields, buffers).map { ColumnVector(type: $0.type, count: count, values: $1) }
        return RecordBatch(schema: schema, columns: columns, count: count)
    }
}

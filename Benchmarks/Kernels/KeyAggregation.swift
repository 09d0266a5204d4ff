// Aggregation by 64-bit keys: of rows, and of partial results into state.

import BenchmarkSupport
import Columns
import KernelReference
import Operators

enum KeyAggregationBenchmark {
    static let batchRows = 16 * 1024

    private struct Batch {
        let keys: ColumnVector
        let values: ColumnVector
        let count: Int
    }

    private static let plan: AggregationPlan = {
        let specs = [
            AggregateSpec("count"), AggregateSpec("sum", inputIndex: 0, inputType: .long),
        ].compactMap { $0 }
        return AggregationPlan(keys: [Field("key", .long)], aggregates: specs, resultNames: ["count", "sum"])
    }()

    /// Rows with random keys below `keys`.
    private static func batches(rows: Int, keys: Int, size: Int) -> [Batch] {
        var random = FixedRandom(state: UInt64(keys))
        var batches: [Batch] = []
        var done = 0
        while done < rows {
            let count = min(size, rows - done)
            let keyBuffer = Buffer(capacity: count * 8)
            let valueBuffer = Buffer(capacity: count * 8)
            for row in 0..<count {
                keyBuffer.pointer(as: Int64.self)[row] = Int64(random.next() % UInt64(keys)) &* 7919
                valueBuffer.pointer(as: Int64.self)[row] = Int64(row)
            }
            batches.append(
                Batch(
                    keys: ColumnVector(type: .long, count: count, values: keyBuffer),
                    values: ColumnVector(type: .long, count: count, values: valueBuffer), count: count))
            done += count
        }
        return batches
    }

    private static func consume(_ batch: Batch, _ partial: PartialAggregation) {
        partial.consume(keys: [batch.keys], inputs: [batch.values], count: batch.count)
    }

    private static func add(_ batch: Batch, _ table: OpaquePointer) {
        _ = reference_keys_add(
            table, batch.keys.slots(as: Int64.self), batch.values.slots(as: Int64.self), batch.count)
    }

    private static func total(_ batches: [RecordBatch]) -> Int64 {
        var total: Int64 = 0
        for batch in batches {
            let counts = batch.columns[1].slots(as: Int64.self)
            let sums = batch.columns[2].slots(as: Int64.self)
            for row in 0..<batch.count { total += counts[row] + sums[row] }
        }
        return total
    }

    static func run(rounds: Int, keys: Int) {
        let rows = 10_000_000
        let batches = batches(rows: rows, keys: keys, size: batchRows)
        let partial = PartialAggregation(plan)
        let reference = reference_keys_create()
        defer { reference_keys_destroy(reference) }
        compare(
            "count and sum by \(keys / 1000)k keys, Mrows/s", rows: rows, rounds: rounds,
            swift: {
                partial.clear()
                for batch in batches { consume(batch, partial) }
            },
            reference: {
                reference_keys_clear(reference)
                for batch in batches { add(batch, reference) }
            })
        let shard = AggregationShard(plan, index: 0)
        do {
            try shard.merge(partial, partial.partition(shards: 1), within: UnboundedGrowth())
            let found = total(try allResults(of: shard))
            precondition(
                found == reference_keys_total(reference)
                    && shard.rowCount == reference_keys_groups(reference), "both aggregate the same")
        } catch {
            preconditionFailure("small sums don't overflow")
        }
    }

    /// Partial results of 10 batches of 100k rows merged into a state of 1M keys.
    static func runState(rounds: Int) {
        let keys = 1_000_000
        let batches = batches(rows: 1_000_000, keys: keys, size: 100_000)
        let all = batches.map { batch in
            let partial = PartialAggregation(plan)
            consume(batch, partial)
            return (partial, partial.partition(shards: 1))
        }
        let references = batches.map { batch in
            let table = reference_keys_create()
            add(batch, table)
            return table
        }
        let shard = AggregationShard(plan, index: 0)
        let reference = reference_keys_create()
        defer { for table in references + [reference] { reference_keys_destroy(table) } }
        // All keys first: what is measured is the state of a query that has run for long.
        let everything = PartialAggregation(plan)
        let everyKey = Buffer(capacity: keys * 8)
        for key in 0..<keys { everyKey.pointer(as: Int64.self)[key] = Int64(key) &* 7919 }
        let column = ColumnVector(type: .long, count: keys, values: everyKey)
        consume(Batch(keys: column, values: column, count: keys), everything)
        add(Batch(keys: column, values: column, count: keys), reference)
        merge(everything, everything.partition(shards: 1), shard)
        shard.markClean()
        compare(
            "upsert of partial results, 1M keys, Mkeys/s", rows: all.reduce(0) { $0 + $1.0.groupCount }, rounds: rounds,
            swift: {
                for (partial, partition) in all {
                    merge(partial, partition, shard)
                    shard.markClean()
                }
            },
            reference: {
                for table in references {
                    _ = reference_keys_merge(reference, table)
                    reference_keys_mark_clean(reference)
                }
            })
        do {
            let found = total(try allResults(of: shard))
            precondition(found == reference_keys_total(reference), "both merge the same")
        } catch {
            preconditionFailure("small sums don't overflow")
        }
    }

    /// Keys and results of all groups of a shard.
    private static func allResults(of shard: AggregationShard) throws -> [RecordBatch] {
        var batches: [RecordBatch] = []
        try shard.emit(shard.allGroups()) { batches.append($0) }
        return batches
    }

    private static func merge(_ partial: PartialAggregation, _ partition: GroupPartition, _ shard: AggregationShard) {
        do {
            try shard.merge(partial, partition, within: UnboundedGrowth())
        } catch {
            preconditionFailure("an unbounded budget refuses nothing")
        }
    }
}

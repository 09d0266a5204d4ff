// What it costs to make a batch's changes durable, to write a snapshot and to load it: wall time, on the real disk.

import BenchmarkSupport
import Columns
import DurableFiles
import Operators
import StateStore

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

enum StateCommitBenchmark {
    static func run() {
        let disk = RealDisk()
        let directory = "state-benchmark-\(disk.makeUniqueName())"
        defer {
            for name in (try? disk.list(directory)) ?? [] { _ = try? disk.remove(DiskPath.join(directory, name)) }
            rmdir(directory)
        }
        do {
            try measure(directory, disk)
        } catch {
            print("state could not be measured here: \(error)")
        }
    }

    private static func measure(_ directory: String, _ disk: RealDisk) throws {
        let specs = [AggregateSpec("count"), AggregateSpec("sum", inputIndex: 0, inputType: .long)]
        let plan = AggregationPlan(
            keys: [Field("key", .long)], aggregates: specs.compactMap { $0 }, resultNames: ["count", "sum"])
        func makeStore(_ run: String) throws -> (StateStore, [AggregationShard]) {
            let shards = (0..<8).map { AggregationShard(plan, index: $0) }
            let store = try StateStore(
                directory: directory,
                operators: [StateOperator(name: "aggregate-0", shape: plan.shape, shards: shards)],
                runID: run, options: StateStoreOptions(memoryBudgetBytes: 4 << 30), disk: disk)
            return (store, shards)
        }
        let (store, shards) = try makeStore("r1")
        try store.load(version: 0, attempt: "")
        let partial = PartialAggregation(plan)
        var random = FixedRandom(state: 5)
        func batch(_ version: Int, _ keys: [Int64]) throws -> (prepare: Double, committed: Double) {
            let buffer = Buffer(capacity: keys.count * 8)
            for (row, key) in keys.enumerated() { buffer.pointer(as: Int64.self)[row] = key }
            let column = ColumnVector(type: .long, count: keys.count, values: buffer)
            partial.clear()
            partial.consume(keys: [column], inputs: [column], count: keys.count)
            let partition = partial.partition(shards: shards.count)
            for shard in shards { try shard.merge(partial, partition, within: UnboundedGrowth()) }
            let start = wallSeconds()
            _ = try store.prepare(version: version, attempt: "a\(version)", metadata: [])
            let prepared = wallSeconds()
            let maintenance = store.committed(version: version, attempt: "a\(version)")
            if let failure = maintenance.failure { throw failure }
            return (prepared - start, wallSeconds() - prepared)
        }
        let keys = 1_000_000
        let (first, snapshot) = try batch(1, (0..<Int64(keys)).map { $0 })
        print("1M new keys: prepare \(fixed(first * 1000, 1)) ms, then the snapshot \(fixed(snapshot * 1000, 1)) ms")
        var times: [Double] = []
        let versions = 60
        for version in 2...versions {
            times.append(try batch(version, (0..<10_000).map { _ in Int64(random.next() % UInt64(keys)) }).prepare)
        }
        times.sort()
        print(
            "10k changed rows durable: p50 \(fixed(times[times.count / 2] * 1000, 2)) ms, "
                + "p90 \(fixed(times[times.count * 9 / 10] * 1000, 2)) ms")
        let (other, _) = try makeStore("r2")
        let start = wallSeconds()
        try other.load(version: versions, attempt: "a\(versions)")
        print("load of \(other.rowCount) rows: \(fixed((wallSeconds() - start) * 1000, 1)) ms")
    }
}

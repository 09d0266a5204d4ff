// Batches on a window's state of many keys, with a checkpoint on the real disk: what a batch takes, a start, and a key.

import BenchmarkSupport
import CPlatform
import Columns
import Connectors
import DurableFiles
import KernelReference
import QueryRuntime
import Synchronization
import Threads

#if RocksDB
import RocksStore
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

enum WindowStateBenchmark {
    private static let batches = 30
    private static let rowsPerBatch = 100_000
    /// How many keys come in a batch while the state is filled.
    private static let newKeys = 1_000_000

    static func run(_ options: StreamBenchmarks.Options) throws {
        if let mebibytes = options.rocksMebibytes {
            #if RocksDB
            print("The state has \(mebibytes) MiB of memory, RocksDB's own included; beyond that it is in RocksDB.\n")
            #else
            StreamBenchmarks.fail("this build has no RocksDB: build it with --traits RocksDB")
            #endif
        }
        print(
            "| keys of state | batch of 100 k rows, p50 ms | p90 ms | bare table in C++, p50 ms | "
                + "memory, bytes a key | disk, bytes a key | recovery, ms |")
        print("|---:|---:|---:|---:|---:|---:|---:|")
        for keys in options.keys { try measure(keys, options) }
    }

    private static func measure(_ keys: Int, _ options: StreamBenchmarks.Options) throws {
        let directory = "\(options.directory)/window-state-\(RealDisk().makeUniqueName())"
        defer { TemporaryDirectory.remove(directory) }
        let source = MemorySource(schema: WindowBenchmark.schema, maximumBlocksPerTrigger: 1)
        // All in one window, so that state has as many rows as there are keys.
        // Beyond memory a batch has no room for more than the ones that are measured.
        let step = options.rocksMebibytes == nil ? newKeys : rowsPerBatch
        for first in stride(from: 0, to: keys, by: step) {
            source.add(WindowBenchmark.rows(min(step, keys - first)) { (0, Int64(first + $0), 1) })
        }
        var random = FixedRandom(state: 1)
        for _ in 0..<batches {
            source.add(WindowBenchmark.rows(rowsPerBatch) { (1, random.below(Int64(keys)), Int64($0)) })
        }
        let progress = try run(source, directory, options)
        let times = progress.suffix(batches).compactMap { record in
            record.durations.first { $0.name == "triggerExecution" }.map { Double($0.nanoseconds) / 1e6 }
        }.sorted()
        guard let state = progress.last?.stateOperators.first, state.numRowsTotal == Int64(keys), !times.isEmpty else {
            StreamBenchmarks.fail("the state has not \(keys) rows")
        }
        let stored = bytes(of: DiskPath.join(directory, "state"))
        let start = Monotonic.nanoseconds
        let execution = QueryExecution(try definition(MemorySource(sharing: source), directory, options))
        try execution.start()
        let recovery = Double(Monotonic.nanoseconds - start) / 1e6
        execution.run()
        if let failure = execution.control.failure { throw failure }
        func text(_ value: Double, _ digits: Int = 1) -> String { fixed(value, digits) }
        print(
            "| \(keys) | \(text(times[times.count / 2])) | \(text(times[times.count * 9 / 10])) | "
                + "\(text(bareTable(keys), 2)) | \(text(Double(state.memoryUsedBytes) / Double(keys))) | "
                + "\(text(Double(stored) / Double(keys))) | "
                + "\(text(recovery)) |")
    }

    /// What a hash table in C++ takes for the same rows, in milliseconds a batch: the median. It has as many keys.
    private static func bareTable(_ keys: Int) -> Double {
        let table = reference_keys_create()
        defer { reference_keys_destroy(table) }
        let sameTimes = [Int64](repeating: 1, count: newKeys)
        func add(_ rows: [Int64]) {
            _ = reference_windows_add(table, sameTimes, rows, rows, rows.count, 3_600_000_000)
        }
        for first in stride(from: 0, to: keys, by: newKeys) {
            add((first..<min(first + newKeys, keys)).map { Int64($0) })
        }
        var random = FixedRandom(state: 1)
        let times = (0..<batches).map { _ in
            let rows = (0..<rowsPerBatch).map { _ in random.below(Int64(keys)) }
            let start = Monotonic.nanoseconds
            add(rows)
            return Double(Monotonic.nanoseconds - start) / 1e6
        }
        return times.sorted()[batches / 2]
    }

    /// Runs the query over all that the source has.
    private static func run(
        _ source: MemorySource, _ directory: String, _ options: StreamBenchmarks.Options
    ) throws -> [StreamingQueryProgress] {
        let progress = Mutex<[StreamingQueryProgress]>([])
        var definition = try definition(source, directory, options)
        definition.settings.onProgress = { record in
            if record.numInputRows > 0 { progress.withLock { $0.append(record) } }
        }
        let execution = QueryExecution(definition)
        try execution.start()
        execution.run()
        if let failure = execution.control.failure { throw failure }
        return progress.withLock { $0 }
    }

    private static func definition(
        _ source: MemorySource, _ directory: String, _ options: StreamBenchmarks.Options
    ) throws -> QueryDefinition {
        var definition = QueryDefinition(
            name: nil, plan: try WindowBenchmark.plan(["window(time, '1 hour')", "key"]), planText: "benchmark",
            engine: "benchmark", sources: [source], sink: NoopSink(), outputMode: .update, trigger: .availableNow,
            checkpointDirectory: directory, isCheckpointTemporary: false,
            log: { level, line in if level == .error { StreamBenchmarks.note(line) } })
        definition.settings.workerCount = options.workers
        definition.settings.stateMemoryBytes = 16 << 30
        definition.settings.batchMemoryBytes = 16 << 30
        #if RocksDB
        if let mebibytes = options.rocksMebibytes { useRocksDB(mebibytes << 20, &definition.settings) }
        #endif
        return definition
    }

    #if RocksDB
    /// As a session with `stateStore = rocksdb` divides its memory.
    private static func useRocksDB(_ bytes: Int, _ settings: inout QueryDefinition.Settings) {
        let own = bytes / 4
        settings.stateMemoryBytes = bytes - own
        settings.spill = .init(residentBytes: settings.stateMemoryBytes / 4) {
            RocksStorage(directory: $0, memoryBytes: own)
        }
    }
    #endif

    /// What the files of a directory take on disk.
    private static func bytes(of directory: String) -> Int {
        ((try? RealDisk().list(directory)) ?? []).reduce(0) { sum, name in
            var status = stat()
            return stat(DiskPath.join(directory, name), &status) == 0 ? sum + Int(status.st_blocks) * 512 : sum
        }
    }
}

// What a durable micro-batch costs without Kafka: a source in memory, counts as state, a checkpoint on the real disk.

import BenchmarkSupport
import Columns
import Connectors
import DurableFiles
import Planner
import QueryRuntime
import Synchronization
import Threads

enum DurableBatches {
    static func run(_ options: StreamBenchmarks.Options) throws {
        let schema = Schema([Field("value", .string)])
        let planned = try PhysicalPlanner.plan(try WordCountPlan.make(name: "memory", schema: schema)) { _ in false }
        let source = MemorySource(schema: schema, maximumBlocksPerTrigger: 1)
        for batch in 0..<options.durableBatches {
            var values = BytesBuilder(type: .string)
            for row in 0..<options.rows { values.append("word\((batch * 7 + row * 31) % 1000) and another") }
            source.add(RecordBatch(schema: schema, columns: [values.finish()], count: options.rows))
        }
        // In a directory of the caller's choice: what counts is its disk.
        let directory = "\(options.directory)/durable-batches-\(RealDisk().makeUniqueName())"
        let progress = Mutex<[StreamingQueryProgress]>([])
        let times = Mutex<[UInt64]>([])
        var definition = QueryDefinition(
            name: nil, plan: planned.plan, planText: "benchmark", engine: "benchmark", sources: [source],
            sink: NoopSink(), outputMode: .update, trigger: .availableNow, checkpointDirectory: directory,
            isCheckpointTemporary: false, log: { level, line in if level == .error { StreamBenchmarks.note(line) } })
        definition.settings.onProgress = { record in
            times.withLock { $0.append(Monotonic.nanoseconds) }
            progress.withLock { $0.append(record) }
        }
        // It is kept as any query's, which is what is measured, and goes with the process.
        defer { TemporaryDirectory.remove(directory) }
        let execution = QueryExecution(definition)
        try execution.start()
        execution.run()
        if let failure = execution.control.failure { throw failure }
        report(times.withLock { $0 }, progress.withLock { $0 }, rows: options.rows)
    }

    /// From one batch's end to the next one's end: everything that a batch costs, its progress included.
    private static func report(_ ends: [UInt64], _ progress: [StreamingQueryProgress], rows: Int) {
        let durations = zip(ends.dropFirst(), ends).map { Double($0 - $1) / 1e6 }.sorted()
        guard !durations.isEmpty else { StreamBenchmarks.fail("there was one batch only") }
        func at(_ percent: Int) -> String { fixed(durations[(durations.count - 1) * percent / 100], 3) }
        var steps: [String] = []
        for name in progress.last?.durations.map(\.name) ?? [] {
            let values = progress.flatMap(\.durations).filter { $0.name == name }.map(\.nanoseconds).sorted()
            steps.append("\"\(name)\":\(fixed(Double(values[values.count / 2]) / 1e6, 3))")
        }
        print(
            "{\"batches\":\(ends.count),\"rowsPerBatch\":\(rows),\"p50Milliseconds\":\(at(50)),"
                + "\"p90Milliseconds\":\(at(90)),\"p99Milliseconds\":\(at(99)),\"maximumMilliseconds\":\(at(100)),"
                + "\"medianStepMilliseconds\":{\(steps.joined(separator: ","))}}")
    }
}

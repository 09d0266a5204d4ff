// Reads a topic to its end with Millrace's source: the same work as `ConsumeReference consume`.

import Analysis
import BenchmarkSupport
import Columns
import Connectors
import JSONText
import KafkaConnector
import LogicalPlan
import Lowering
import Planner
import QueryRuntime
import Synchronization
import Threads

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

enum ConsumeTopic {
    static func run(_ options: StreamBenchmarks.Options) throws {
        guard let servers = options.servers, let topic = options.topic else { return }
        var sourceOptions = options.properties
        sourceOptions["kafka.bootstrap.servers"] = servers
        sourceOptions["subscribe"] = topic
        sourceOptions["startingOffsets"] = "earliest"
        if options.countsWords { try count(sourceOptions, options) } else { try consume(sourceOptions, options) }
        fflush(nil)
        // As the C program: without the seconds that an orderly goodbye would take.
        _exit(0)
    }

    private static func makeSource(_ options: [String: String], _ columns: [String]) throws -> any ReplayableSource {
        try KafkaConnection.makeSource(
            options, columns: self.columns(columns, options), clientID: "millrace-benchmark", log: note)
    }

    private static func columns(_ names: [String], _ options: [String: String]) -> Schema {
        Schema(KafkaConnection.describeSource(options).schema.fields.filter { names.contains($0.name) })
    }

    private static func note(_ level: LogLevel, _ line: String) {
        if level == .warning || level == .error { StreamBenchmarks.note(line) }
    }

    /// Value, partition, offset and timestamp of each row into columns, which are thrown away.
    private static func consume(_ sourceOptions: [String: String], _ options: StreamBenchmarks.Options) throws {
        let source = try makeSource(sourceOptions, ["value", "partition", "offset", "timestamp"])
        try source.open()
        let start = try source.initialOffset()
        let end = try source.readableRange(from: start, limit: .everything).end
        let valueColumn = source.schema.indices(named: "value")[0]
        let pool = WorkerPool(name: "worker", workerCount: options.workers)
        let rows = Atomic<Int>(0)
        let bytes = Atomic<Int>(0)
        let before = Usage.now
        let readers = try source.readers(from: start, to: end)
        try PartitionTurns.read(readers, on: pool, isSmall: false) { _, _, batch in
            let values = batch.columns[valueColumn]
            if batch.count > 0 {
                bytes.wrappingAdd(Int(values.ends[batch.count - 1] - values.starts[0]), ordering: .relaxed)
            }
            rows.wrappingAdd(batch.count, ordering: .relaxed)
        }
        report(
            before, options, messages: rows.load(ordering: .relaxed),
            more: "\"bytes\":\(bytes.load(ordering: .relaxed)),")
    }

    /// The word count's plan over the whole topic, up to the counts in memory.
    private static func count(_ sourceOptions: [String: String], _ options: StreamBenchmarks.Options) throws {
        let (name, schema) = KafkaConnection.describeSource(sourceOptions)
        let planned = try PhysicalPlanner.plan(try WordCountPlan.make(name: name, schema: schema, isStreaming: false)) {
            _ in true
        }
        let table = try KafkaConnection.makeTable(
            sourceOptions, columns: columns(planned.tables[0].columns.names, sourceOptions),
            clientID: "millrace-benchmark", log: note)
        try table.open()
        let messages = table.estimatedRowCount
        let before = Usage.now
        let rows = try StaticQuery.run(
            planned.plan, tables: [table],
            on: WorkerPool(name: "worker", workerCount: options.workers))
        var (words, distinct) = (Int64(0), 0)
        for batch in rows {
            let counts = batch.columns[1].slots(as: Int64.self)
            for row in 0..<batch.physicalCount { words += counts[row] }
            distinct += batch.physicalCount
        }
        report(before, options, messages: messages, more: "\"words\":\(words),\"distinctWords\":\(distinct),")
    }

    private static func report(_ before: Usage, _ options: StreamBenchmarks.Options, messages: Int, more: String) {
        let after = Usage.now
        print(
            "{\"messages\":\(messages),\(more)\"seconds\":\(fixed(after.seconds - before.seconds, 3)),"
                + "\"cpuSeconds\":\(fixed(after.cpuSeconds - before.cpuSeconds, 3)),"
                + "\"peakMemoryBytes\":\(after.peakMemoryBytes),\"workers\":\(options.workers)}")
    }
}

/// `SELECT word, count(*) FROM (SELECT explode(split(CAST(value AS STRING), '\s+')) AS word) GROUP BY word`.
enum WordCountPlan {
    static func make(name: String, schema: Schema, isStreaming: Bool = true) throws -> ResolvedPlan {
        let scan = UnresolvedPlan.scan(ScanSource(id: "lines", name: name, schema: schema, isStreaming: isStreaming))
        let words = UnresolvedPlan.project(
            scan, [try ExpressionLowering.expression(#"explode(split(CAST(value AS STRING), '\\s+')) AS word"#)])
        let word = Expression.column(["word"])
        return try Analyzer.analyze(
            .aggregate(
                words, groupings: [word], outputs: [word, try ExpressionLowering.expression("count(*) AS count")]))
    }
}

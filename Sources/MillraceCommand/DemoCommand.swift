// `millrace demo`: the word count with everything that it needs in one process.

import Millrace
import Synchronization

/// The word count on an embedded broker with a generator.
enum DemoCommand {
    static let specification = CommandSpecification(
        name: "demo",
        summary: "Counts words with an embedded broker and a generator: no Kafka, no configuration.",
        discussion: """
            Starts a broker in this process, sends sentences to the topic 'events', counts their words with the same query
            as 'millrace wordcount', publishes the counts to 'wordCounts', and shows them. All is gone at the end.
            """,
        options: [
            OptionSpecification("rows", "number", "Ends after so many counts have been shown."),
            OptionSpecification("rate", "number", "Sentences a second.", defaultValue: "20"),
            OptionSpecification(
                "seed", "number", "Which sentences: the same seed gives the same ones.", defaultValue: "1"),
        ],
        run: { try await run($0) })

    private static func run(_ arguments: ParsedArguments) async throws -> ExitCode {
        let rowLimit = try arguments.integer("rows", in: 1...1_000_000_000)
        let rate = try arguments.integer("rate", in: 1...1_000_000) ?? 20
        let seed = try arguments.integer("seed", in: 0...Int.max) ?? 1
        let kafka = try EmbeddedKafka()
        try kafka.createTopic("events", partitions: 3)
        try kafka.createTopic("wordCounts", partitions: 3)
        Output.write(banner(kafka.bootstrapServers, rate: rate))

        let view = CountsView(rowLimit: rowLimit, isTerminal: Output.isTerminal)
        let end = DemoEnd()
        Signals.whenAsked { end.ask() }
        let generator = Task { try await generate(kafka, rate: rate, seed: UInt64(seed), until: end) }
        let directory = try TemporaryCheckpoint.make()
        let queries = try await startQueries(kafka.bootstrapServers, checkpoint: directory, view, end)
        await end.wait()
        let failure = queries.compactMap(\.exception).first
        for query in queries { await query.stop() }
        TemporaryCheckpoint.remove(directory)
        try await generator.value
        kafka.close()
        view.finish()
        if let failure { throw failure }
        Output.write("\(view.summary)\n")
        return .done
    }

    private static func banner(_ servers: String, rate: Int) -> String {
        """
        millrace \(MillraceVersion.current): word count, topic 'events' (\(rate) sentences/s) to 'wordCounts'
        ! embedded broker on \(servers): in memory, all is gone at the end; it proves
          nothing about delivery: exactly once takes a real Kafka
          look into it: kcat -b \(servers) -C -t wordCounts -K: -u

        """
    }

    /// The word count, and a second query that reads what it publishes, as any consumer would.
    private static func startQueries(
        _ servers: String, checkpoint: String, _ view: CountsView, _ end: DemoEnd
    ) async throws -> [StreamingQuery] {
        var configuration = SessionConfiguration()
        configuration.workerCount = 1
        configuration.log = { level, message in if level >= .error { Output.note("\(level.rawValue): \(message)") } }
        let session = Session(appName: "millrace-demo", configuration: configuration)
        let counting = try await session.readStream.format("kafka")
            .option("kafka.bootstrap.servers", servers).option("subscribe", "events")
            .option("startingOffsets", "earliest").load()
            .select(explode(split(col("value").cast("string"), "\\s+")).as("word"))
            .groupBy("word").count()
            .selectExpr("word AS key", "CAST(count AS STRING) AS value")
            .writeStream.format("kafka").queryName("demo")
            .option("kafka.bootstrap.servers", servers).option("topic", "wordCounts")
            .option("checkpointLocation", checkpoint).outputMode(.update)
            .start()
        let showing = try await session.readStream.format("kafka")
            .option("kafka.bootstrap.servers", servers).option("subscribe", "wordCounts")
            .option("startingOffsets", "earliest").load()
            .selectExpr("CAST(key AS STRING) AS word", "CAST(CAST(value AS STRING) AS BIGINT) AS count")
            .writeStream.foreachBatch { frame, _ in
                for row in try frame.collect() {
                    guard case .string(let word) = row[0], case .long(let count) = row[1] else { continue }
                    if !view.show(word: word, count: count) { end.ask() }
                }
                view.refresh()
            }
            .start()
        // A query that ends by itself has failed: the demo ends, too, and tells why.
        for query in [counting, showing] {
            Task {
                _ = try? await query.awaitTermination()
                end.ask()
            }
        }
        return [counting, showing]
    }

    /// Sends sentences at an even rate, until asked to end.
    private static func generate(_ kafka: EmbeddedKafka, rate: Int, seed: UInt64, until end: DemoEnd) async throws {
        var sentences = SentenceGenerator(seed: seed)
        // A first handful at once, so that there is something to see.
        try kafka.send((0..<min(rate, 10)).map { _ in sentences.next() }, to: "events")
        let start = ContinuousClock.now
        var sent = 0
        while !end.isAsked {
            let due = Int((ContinuousClock.now - start) / .seconds(1) * Double(rate))
            if due > sent {
                try kafka.send((sent..<due).map { _ in sentences.next() }, to: "events")
                sent = due
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }
}

/// The wish to end the demo.
final class DemoEnd: Sendable {
    private struct State {
        var isAsked = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    var isAsked: Bool { state.withLock { $0.isAsked } }

    func ask() {
        let waiter = state.withLock { state in
            state.isAsked = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isAsked = state.withLock { state in
                if !state.isAsked { state.waiter = continuation }
                return state.isAsked
            }
            if isAsked { continuation.resume() }
        }
    }
}

// `millrace demo`: the word count with everything that it needs in one process.

import Millrace

/// The word count on an embedded broker with a generator.
enum DemoCommand {
    static let specification = CommandSpecification(
        name: "demo",
        summary: "Counts words with an embedded broker and a generator: no Kafka, no configuration.",
        discussion: """
            Starts a broker in this process, sends sentences to the topic 'events', counts their words with the same
            query as 'millrace wordcount', publishes the counts to 'wordCounts', and shows what can be read there: on
            a terminal as a table that changes in place, else as lines of word, tab and count, and nothing else, on the
            standard output. All is gone at the end; Ctrl-C ends it.
            """,
        options: [
            OptionSpecification("rows", "number", "Ends after so many changed counts have been shown."),
            OptionSpecification("rate", "number", "Lines a second, 10000 at the most.", defaultValue: "20"),
            OptionSpecification(
                "seed", "number", "Which sentences: the same seed gives the same ones.", defaultValue: "1"),
        ],
        run: { try await run($0) })

    private static func run(_ arguments: ParsedArguments) async throws -> ExitCode {
        let rowLimit = try arguments.integer("rows", in: 1...1_000_000_000)
        // The embedded broker keeps 5 MiB or 100 000 messages of a partition, and drops older ones without a word: at
        // more than this a slow machine would count wrong.
        let rate = try arguments.integer("rate", in: 1...10_000) ?? 20
        let seed = try arguments.integer("seed", in: 0...Int.max) ?? 1
        let end = Latch()
        Signals.whenAsked { end.open() }
        let kafka = try EmbeddedKafka()
        defer { kafka.close() }
        try kafka.createTopic("events", partitions: 3)
        try kafka.createTopic("wordCounts", partitions: 3)
        for line in banner(kafka.bootstrapServers, rate: rate) { Output.note(line) }
        if Terminal.canRedraw { Terminal.restoreWhenSuspended() }

        let view = CountsView(rowLimit: rowLimit, redraws: Terminal.canRedraw)
        let generator = DemoGenerator(kafka, rate: rate, seed: UInt64(seed), end: end)
        BackgroundThread.start { generator.run() }
        let failure: (any Error)?
        do {
            failure = try await runQueries(kafka.bootstrapServers, view, end)
        } catch let error as MillraceError where error.code == "CANCELLED" {
            failure = nil
        } catch {
            failure = error
        }
        end.open()
        await generator.wait()
        Terminal.showCursor()
        if let failure = failure ?? generator.failure { throw failure }
        // On a terminal Ctrl-C has left its `^C` in the line.
        Output.note("\(Terminal.canRedraw ? "\r\u{1B}[K" : "")\(view.summary); the broker and its topics are gone")
        return .done
    }

    /// What runs, and how to end it: for people, so that it goes to the standard error. No line beyond 80 columns.
    static func banner(_ servers: String, rate: Int) -> [String] {
        [
            "millrace \(MillraceVersion.current) demo: words of topic events (\(rate) lines/s) to wordCounts",
            "! embedded broker \(servers), in memory: it proves nothing about delivery",
            "  another reader of the counts: kcat -b \(servers) -C -t wordCounts -K: -u",
            "  Ctrl-C ends it; the data is gone then",
        ]
    }

    /// Starts the queries, and stops them when the end is asked for; returns why they ended, if not for that.
    private static func runQueries(_ servers: String, _ view: CountsView, _ end: Latch) async throws -> (any Error)? {
        var configuration = SessionConfiguration()
        configuration.workerCount = 1
        // Why a query failed is reported at the end of the command.
        configuration.log = { _, _ in }
        configuration.logsProgress = false
        let session = Session(appName: "millrace-demo", configuration: configuration)
        let checkpoint = try TemporaryCheckpoint.make()
        defer { TemporaryCheckpoint.remove(checkpoint) }
        let counting = try await counting(session, servers, checkpoint: checkpoint).start()
        let showing: StreamingQuery
        do {
            showing = try await self.showing(session, servers, view, end).start()
        } catch {
            await counting.stop()
            throw error
        }
        // A query that ends by itself has failed: the demo ends, too, and tells why.
        for query in [counting, showing] {
            Task {
                _ = try? await query.awaitTermination()
                end.open()
            }
        }
        await end.wait()
        await counting.stop()
        await showing.stop()
        return counting.exception ?? showing.exception
    }

    /// The word count.
    private static func counting(_ session: Session, _ servers: String, checkpoint: String) -> DataStreamWriter {
        session.readStream.format("kafka")
            .option("kafka.bootstrap.servers", servers).option("subscribe", "events")
            .option("startingOffsets", "earliest").load()
            .select(explode(split(col("value").cast("string"), "\\s+")).as("word"))
            .groupBy("word").count()
            .selectExpr("word AS key", "CAST(count AS STRING) AS value")
            .writeStream.format("kafka").queryName("demo")
            .option("kafka.bootstrap.servers", servers).option("topic", "wordCounts")
            .option("checkpointLocation", checkpoint).outputMode(.update)
    }

    /// A second query, which reads what the first one publishes, as any consumer would.
    private static func showing(
        _ session: Session, _ servers: String, _ view: CountsView, _ end: Latch
    ) -> DataStreamWriter {
        session.readStream.format("kafka")
            .option("kafka.bootstrap.servers", servers).option("subscribe", "wordCounts")
            .option("startingOffsets", "earliest").load()
            .selectExpr("CAST(key AS STRING) AS word", "CAST(CAST(value AS STRING) AS BIGINT) AS count")
            .writeStream.foreachBatch { frame, _ in
                let rows = try frame.collect().compactMap { row -> (word: String, count: Int64)? in
                    guard case .string(let word) = row[0], case .long(let count) = row[1] else { return nil }
                    return (word, count)
                }
                if !view.show(rows) { end.open() }
            }
            // On a terminal ten pictures a second are enough; the first comes at once.
            .trigger(Terminal.canRedraw ? .processingTime(.milliseconds(100)) : .immediately)
    }
}

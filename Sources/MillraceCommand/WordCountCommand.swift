// `millrace wordcount`: counts words from one topic into another, exactly once.

import Millrace

/// What the container runs: the word count of the README, with options.
enum WordCountCommand {
    static let specification = CommandSpecification(
        name: "wordcount",
        summary: "Counts the words of a topic into another topic, exactly once.",
        discussion: """
            Consumes a topic, splits each value at white space, counts the words, and publishes each changed count as
            a message with the word as key. Every count is exact, whatever is killed when: the place to go on from is
            in the checkpoint directory and in Kafka. SIGTERM or SIGINT ends it after the running batch, a second one
            at once.
            """,
        examples: [
            "millrace wordcount --bootstrap-servers localhost:9092 --from events --to wordCounts --checkpoint counts",
            "millrace wordcount ... --kafka security.protocol=SASL_SSL --kafka sasl.mechanisms=PLAIN \\",
            "    --kafka sasl.username=counter --kafka sasl.password=@file:/run/secrets/kafka",
        ],
        options: [
            OptionSpecification(
                "bootstrap-servers", "host:port,...", "Brokers to ask first.", environment: "KAFKA_BOOTSTRAP_SERVERS",
                isRequired: true),
            OptionSpecification("from", "topic", "The topic with text.", isRequired: true),
            OptionSpecification("to", "topic", "The topic for the counts; it must exist.", isRequired: true),
            OptionSpecification(
                "checkpoint", "directory", "Where the query keeps its place and its counts.", isRequired: true),
            OptionSpecification(
                "trigger", "when",
                "When batches run: at an interval such as '1 second' or '500 ms'; immediately; or available-now or "
                    + "once, which end by themselves.", defaultValue: "1 second"),
            OptionSpecification(
                "starting-offsets", "offsets",
                "Where a new query starts: earliest, latest, or JSON as Spark's option startingOffsets.",
                defaultValue: "earliest"),
            OptionSpecification(
                "output-mode", "mode",
                "Which counts are published after a batch: update (the changed ones) or complete.",
                defaultValue: "update"),
            OptionSpecification("max-offsets-per-trigger", "number", "How many messages a batch takes at the most."),
            OptionSpecification("max-bytes-per-trigger", "size", "How many bytes a batch takes, about: 64m."),
            OptionSpecification(
                "delivery", "promise",
                "exactly-once, or at-least-once: without transactions, counts may be published again after a crash.",
                defaultValue: "exactly-once"),
            OptionSpecification(
                "fail-on-data-loss", "true|false",
                "Whether it ends where rows are gone before they were read; with false it warns and goes on with "
                    + "what is left.", defaultValue: "true"),
            OptionSpecification(
                "on-marker-lost", "policy",
                "What to do with a batch where Kafka has forgotten whether it was published: fail, replay (its "
                    + "counts may be published twice) or skip (they may be missing).", defaultValue: "fail"),
            OptionSpecification(
                "name", "name", "The query's name in Kafka's tools, logs and progress.", defaultValue: "wordcount"),
            OptionSpecification(
                "kafka", "property=value",
                "A property of the Kafka client, by librdkafka's name. With property=@file:/path or property=@env:NAME "
                    + "the value comes from there, which keeps secrets out of the list of processes.",
                isRepeatable: true),
            OptionSpecification(
                "state-shards", "number", "Into how many parts a new checkpoint divides the counts.",
                defaultValue: "8"),
            OptionSpecification("workers", "number", "Threads that compute; as many as processors unless given."),
            OptionSpecification(
                "memory", "size",
                "How much memory it may take: 512m, 4g; unless given the container's limit, or half the machine's."),
        ] + ProgressOutput.options + [
            OptionSpecification(
                "startup-timeout", "duration", "How long a start waits for the brokers; '0 s' waits for ever.",
                defaultValue: "5 minutes"),
            OptionSpecification(
                "log-level", "level", "Least level of log lines on the standard error: debug, info, warning or error.",
                defaultValue: "info", environment: LogWriter.levelVariable),
            OptionSpecification(
                "log-format", "form", "How log lines look: text, with time and level; or json.", defaultValue: "text"),
        ],
        hints: [
            "topic": "--from names the topic to read, --to the one to write", "input": "--from names the topic to read",
            "output": "--to names the topic to write", "group": "the checkpoint keeps the place, no consumer group",
            "bootstrap-server": "did you mean --bootstrap-servers?", "brokers": "did you mean --bootstrap-servers?",
            "bootstrap.servers": "did you mean --bootstrap-servers?",
            "checkpoint-location": "did you mean --checkpoint?", "checkpointLocation": "did you mean --checkpoint?",
            "config": "properties of the Kafka client are written --kafka property=value",
        ],
        run: { try await run(try WordCountSettings($0)) })

    private static func run(_ settings: WordCountSettings) async throws -> ExitCode {
        do {
            return try await counted(settings)
        } catch let error as MillraceError {
            throw FlagNames.translated(error)
        }
    }

    private static func counted(_ settings: WordCountSettings) async throws -> ExitCode {
        let log = settings.log
        for warning in settings.warnings { log.write(.warning, warning) }
        let query = wordCount(settings, settings.session())
        let start = Task { try await query.start() }
        Signals.whenAsked { start.cancel() }
        let running: StreamingQuery
        do {
            running = try await start.value
        } catch let error as MillraceError where error.code == "CANCELLED" {
            log.write(.info, error.message)
            return .done
        }
        for line in settings.description(queryID: running.id) { log.write(.info, line) }
        Signals.whenAsked {
            running.requestStop()
            // Not on this thread: it waits for the second signal, and the standard error may block.
            Task { log.write(.info, "stopping after the running batch; a second signal ends it at once") }
        }
        try await running.awaitTermination()
        log.write(.info, "in this run \(running.summary)")
        return .done
    }

    /// The word count on the public API, as in the README.
    private static func wordCount(_ settings: WordCountSettings, _ session: Session) -> DataStreamWriter {
        session.readStream
            .format("kafka")
            .options(settings.sourceOptions)
            .load()
            .select(explode(split(col("value").cast("string"), "\\s+")).as("word"))
            .groupBy("word").count()
            .selectExpr("word AS key", "CAST(count AS STRING) AS value")
            .writeStream
            .format("kafka")
            .queryName(settings.name)
            .options(settings.sinkOptions)
            .option("checkpointLocation", settings.checkpoint)
            .outputMode(settings.outputMode)
            .trigger(settings.trigger)
    }
}

// `millrace wordcount`: counts words from one topic into another, exactly once.

import Millrace

/// What the container runs: the word count of the README, with options.
enum WordCountCommand {
    static let specification = CommandSpecification(
        name: "wordcount",
        summary: "Counts the words of a topic into another topic, exactly once.",
        discussion: """
            Consumes a topic, splits each value at white space, counts the words, and publishes each changed count
            as a message with the word as key. Every count is exact, whatever is killed when; the place to go on from is in
            the checkpoint directory and in Kafka. Ends after its batch on SIGTERM or SIGINT.
            """,
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
                "When batches run: an interval such as '1 second' or '500 ms', immediately, available-now, or once.",
                defaultValue: "1 second"),
            OptionSpecification(
                "starting-offsets", "offsets", "Where a new query starts: earliest, latest or JSON as Spark's option.",
                defaultValue: "earliest"),
            OptionSpecification(
                "output-mode", "mode", "Which counts are published: update (the changed ones) or complete.",
                defaultValue: "update"),
            OptionSpecification("max-offsets-per-trigger", "rows", "How many messages a batch takes at the most."),
            OptionSpecification("max-bytes-per-trigger", "bytes", "How many bytes a batch takes, about."),
            OptionSpecification(
                "delivery", "promise", "exactly-once, or at-least-once as Spark's sink.", defaultValue: "exactly-once"),
            OptionSpecification(
                "on-marker-lost", "policy",
                "What to do with a batch where Kafka has forgotten whether it was published: fail, replay (its counts may "
                    + "be published twice) or skip (they may be missing).", defaultValue: "fail"),
            OptionSpecification(
                "name", "name", "The query's name in Kafka's tools, logs and progress.", defaultValue: "wordcount"),
            OptionSpecification(
                "kafka", "property=value",
                "A property of the Kafka client (librdkafka's names) for source and sink; property=@file:/path reads the "
                    + "value from a file, which keeps secrets out of the process list.", isRepeatable: true),
            OptionSpecification("state-shards", "number", "Parts of the state in a new checkpoint.", defaultValue: "8"),
            OptionSpecification("workers", "number", "Threads that compute; as many as processors unless given."),
            OptionSpecification(
                "progress", "form", "What to tell of each batch on the standard error: none, text or jsonl.",
                defaultValue: "text"),
            OptionSpecification(
                "startup-timeout", "duration", "How long a start waits for the brokers; 0 s waits for ever.",
                defaultValue: "5 minutes"),
            OptionSpecification("log-level", "level", "debug, info, warning or error.", defaultValue: "info"),
        ],
        run: { try await run($0) })

    private static func run(_ arguments: ParsedArguments) async throws -> ExitCode {
        let trigger = try TriggerText.parse(arguments.string("trigger") ?? "")
        let session = try makeSession(arguments)
        let query = try makeWriter(session, arguments).trigger(trigger)
        let start = Task { try await query.start() }
        Signals.whenAsked { start.cancel() }
        let running: StreamingQuery
        do {
            running = try await start.value
        } catch let error as MillraceError where error.code == "CANCELLED" {
            return .done
        }
        Signals.whenAsked { running.requestStop() }
        try await running.awaitTermination()
        return .done
    }

    private static func makeSession(_ arguments: ParsedArguments) throws -> Session {
        var configuration = SessionConfiguration()
        if let workers = try arguments.integer("workers", in: 1...1024) { configuration.workerCount = workers }
        if let shards = try arguments.integer("state-shards", in: 1...4096) { configuration.stateShardCount = shards }
        configuration.startupTimeout = try TriggerText.duration(arguments.string("startup-timeout") ?? "")
        configuration.log = try LogLines.handler(arguments.string("log-level") ?? "")
        configuration.onProgress = try ProgressLines.handler(arguments.string("progress") ?? "")
        return Session(appName: "millrace", configuration: configuration)
    }

    /// The word count on the public API, as in the README.
    private static func makeWriter(_ session: Session, _ arguments: ParsedArguments) throws -> DataStreamWriter {
        let kafka = try KafkaProperties.parse(arguments.strings("kafka"))
        var source = [
            "subscribe": arguments.string("from") ?? "",
            "kafka.bootstrap.servers": arguments.string("bootstrap-servers") ?? "",
        ]
        source["startingOffsets"] = arguments.string("starting-offsets")
        source["maxOffsetsPerTrigger"] = arguments.string("max-offsets-per-trigger")
        source["maxBytesPerTrigger"] = arguments.string("max-bytes-per-trigger")
        let counts = session.readStream
            .format("kafka")
            .options(source.merging(kafka.source) { $1 })
            .load()
            .select(explode(split(col("value").cast("string"), "\\s+")).as("word"))
            .groupBy("word").count()
        return
            counts
            .selectExpr("word AS key", "CAST(count AS STRING) AS value")
            .writeStream
            .format("kafka")
            .queryName(arguments.string("name") ?? "wordcount")
            .option("kafka.bootstrap.servers", arguments.string("bootstrap-servers") ?? "")
            .options(kafka.sink)
            .option("topic", arguments.string("to") ?? "")
            .option("delivery", arguments.string("delivery") ?? "")
            .option("onMarkerLost", arguments.string("on-marker-lost") ?? "")
            .option("checkpointLocation", arguments.string("checkpoint") ?? "")
            .outputMode(try outputMode(arguments.string("output-mode") ?? ""))
    }

    private static func outputMode(_ text: String) throws -> OutputMode {
        guard let mode = OutputMode(rawValue: text), mode != .append else {
            throw UsageError("--output-mode is '\(text)'", hint: "counts change, so that it takes update or complete")
        }
        return mode
    }
}

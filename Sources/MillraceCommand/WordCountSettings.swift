// The options of `millrace wordcount` as values: all of them are checked before anything is started.

import Millrace

/// What `millrace wordcount` is asked to do.
struct WordCountSettings: Sendable {
    let servers: String
    let source: String
    let sink: String
    let checkpoint: String
    let name: String
    let delivery: String
    let triggerText: String
    let trigger: Trigger
    let outputMode: OutputMode
    let sourceOptions: [String: String]
    let sinkOptions: [String: String]
    let log: LogWriter
    /// What of the command line deserves a second thought.
    let warnings: [String]
    let progress: ProgressForm
    private let progressOutput: ProgressOutput
    private let workers: Int?
    private let memoryBytes: Int?
    private let shards: Int?
    private let startupTimeout: Duration

    /// - Throws: `UsageError`.
    init(_ arguments: ParsedArguments) throws {
        // Required options and those with a default are there: the parser has seen to it.
        func text(_ name: String) -> String { arguments.string(name) ?? "" }
        servers = text("bootstrap-servers")
        source = text("from")
        sink = text("to")
        checkpoint = text("checkpoint")
        name = text("name")
        triggerText = text("trigger")
        trigger = try TriggerText.parse(triggerText)
        delivery = try arguments.choice("delivery", of: ["exactly-once", "at-least-once"])
        outputMode = try arguments.choice("output-mode", of: ["update", "complete"]) == "update" ? .update : .complete
        progress = try ProgressForm(arguments)
        progressOutput = try ProgressOutput(arguments, form: progress)
        log = LogWriter(
            SessionConfiguration.LogLevel(
                rawValue: try arguments.choice(
                    "log-level", of: ["debug", "info", "warning", "error"], aliases: ["warn": "warning"])),
            form: LogWriter.Form(rawValue: try arguments.choice("log-format", of: ["text", "json"])) ?? .text)
        workers = try arguments.integer("workers", in: 1...1024)
        memoryBytes = try ByteCount.parse(arguments, "memory", in: (128 << 20)...Int.max)
        shards = try arguments.integer("state-shards", in: 1...4096)
        startupTimeout = try TriggerText.duration(text("startup-timeout"), of: "startup-timeout")

        guard !source.contains(",") else {
            throw UsageError("--from is '\(source)'", hint: "it takes one topic")
        }
        guard source != sink else {
            throw UsageError(
                "--from and --to are both '\(source)'", hint: "the counts would be counted again, without end")
        }
        let kafka = try KafkaProperties.parse(arguments.strings("kafka"))
        let common = ["kafka.bootstrap.servers": servers]
        var reading = common.merging(["subscribe": source, "startingOffsets": text("starting-offsets")]) { $1 }
        reading["failOnDataLoss"] = try arguments.choice("fail-on-data-loss", of: ["true", "false"])
        reading["maxOffsetsPerTrigger"] = try arguments.integer("max-offsets-per-trigger", in: 1...Int.max).map(
            String.init)
        reading["maxBytesPerTrigger"] = try ByteCount.parse(arguments, "max-bytes-per-trigger", in: 1024...Int.max)
            .map(String.init)
        sourceOptions = reading.merging(kafka.source) { $1 }
        let writing = ["topic": sink, "delivery": delivery, "onMarkerLost": text("on-marker-lost")]
        warnings = kafka.openSecrets.map {
            "--kafka \($0): its value is in the list of processes for everybody to see; \($0)=@file:/path or "
                + "\($0)=@env:NAME keep it out"
        }
        sinkOptions = common.merging(writing) { $1 }.merging(kafka.sink) { $1 }
    }

    /// A session as the options want it.
    func session() -> Session {
        var configuration = SessionConfiguration()
        if let workers { configuration.workerCount = workers }
        if let memoryBytes { configuration.memoryBytes = memoryBytes }
        if let shards { configuration.stateShardCount = shards }
        configuration.startupTimeout = startupTimeout
        // Why a query failed is reported at the end of the command, with its hint.
        configuration.log = { [log] level, message in
            if level < .error { log.write(level, FlagNames.translated(message)) }
        }
        configuration.logsProgress = progress == .text
        if progress == .jsonl { configuration.onProgress = { [progressOutput] in progressOutput.tell($0) } }
        return Session(appName: "millrace", configuration: configuration)
    }

    /// What runs, in a few lines.
    func description(queryID: String) -> [String] {
        let reading =
            delivery == "exactly-once" ? "; consumers should read '\(sink)' with isolation.level=read_committed" : ""
        return [
            "millrace \(MillraceVersion.current), query \(name) (id \(queryID)): words of topic '\(source)' to "
                + "topic '\(sink)' on \(servers), checkpoint \(checkpoint)",
            "\(delivery), output mode \(outputMode.rawValue), trigger \(triggerText)\(reading)",
        ]
    }
}

// The options of the commands that take SQL, as values: all of them are checked before anything is carried out.

import Millrace

/// How SQL is run and its rows are printed.
struct SQLOptions: Sendable {
    /// How rows look.
    enum Form: String, CaseIterable, Sendable {
        case table, jsonl, csv
    }

    static let all = own + ProgressOutput.options

    private static let own = [
        OptionSpecification(
            "format", "form",
            "How rows are printed: table; jsonl, an object a line with the row and, of a stream, the batch; or csv.",
            defaultValue: "table"),
        OptionSpecification(
            "output-mode", "mode",
            "Which rows of a stream come out after a batch: append, update or complete; unless given the first one "
                + "that the query allows."),
        OptionSpecification(
            "trigger", "when",
            "When batches of streams run: at an interval such as '1 second' or '500 ms'; immediately; or "
                + "available-now or once, which end by themselves.", defaultValue: "immediately"),
        OptionSpecification(
            "checkpoint", "directory",
            "Where streams keep their place and their state, each in a directory of its own below this one. An INSERT "
                + "into kafka needs it."),
        OptionSpecification(
            "local", nil,
            "Starts a broker in this process, which takes the place of all that tables name; their topics are made, "
                + "and all is gone at the end."),
        OptionSpecification("workers", "number", "Threads that compute; as many as processors unless given."),
        OptionSpecification(
            "memory", "size",
            "How much memory a query may take, or all streams of a script together: 512m, 4g; unless given the "
                + "container's limit, or half the machine's."),
        OptionSpecification(
            "log-level", "level",
            "Least level of log lines on the standard error: debug, info, warning or error; info if all streams are "
                + "INSERTs, else warning, unless given.", environment: LogWriter.levelVariable),
        OptionSpecification(
            "log-format", "form", "How log lines look: text, with time and level; or json.", defaultValue: "text"),
    ]

    static let hints = [
        "output": "--format says how rows look", "mode": "did you mean --output-mode?",
        "outputMode": "did you mean --output-mode?", "checkpoint-location": "did you mean --checkpoint?",
        "checkpointLocation": "did you mean --checkpoint?", "file": "the file stands without an option before it",
        "query": "did you mean --execute?", "sql": "did you mean --execute?",
    ]

    let text: String
    let form: Form
    let outputMode: OutputMode?
    let trigger: Trigger
    let checkpoint: String?
    let isLocal: Bool
    let leastLevel: SessionConfiguration.LogLevel?
    private let logForm: LogWriter.Form
    private let progress: ProgressForm
    private let progressOutput: ProgressOutput
    private let workers: Int?
    private let memoryBytes: Int?

    /// - Throws: `UsageError`.
    init(_ arguments: ParsedArguments, text: String) throws {
        self.text = text
        form = Form(rawValue: try arguments.choice("format", of: Form.allCases.map(\.rawValue))) ?? .table
        outputMode = try Self.outputMode(arguments)
        trigger = try TriggerText.parse(arguments.string("trigger") ?? "immediately")
        checkpoint = arguments.string("checkpoint")
        isLocal = arguments.flag("local")
        leastLevel = try arguments.string("log-level").flatMap { _ in
            SessionConfiguration.LogLevel(
                rawValue: try arguments.choice(
                    "log-level", of: ["debug", "info", "warning", "error"], aliases: ["warn": "warning"]))
        }
        logForm = LogWriter.Form(rawValue: try arguments.choice("log-format", of: ["text", "json"])) ?? .text
        progress = try ProgressForm(arguments)
        progressOutput = try ProgressOutput(arguments, form: progress)
        workers = try arguments.integer("workers", in: 1...1024)
        memoryBytes = try ByteCount.parse(arguments, "memory", in: (128 << 20)...Int.max)
    }

    /// The options of `millrace plan`, of which there are few.
    ///
    /// - Throws: `UsageError`.
    init(planning arguments: ParsedArguments, text: String) throws {
        self.text = text
        form = .table
        outputMode = try Self.outputMode(arguments)
        (trigger, checkpoint, isLocal, leastLevel, logForm) = (.immediately, nil, false, nil, .text)
        (workers, memoryBytes) = (nil, nil)
        (progress, progressOutput) = (.none, ProgressOutput())
    }

    private static func outputMode(_ arguments: ParsedArguments) throws -> OutputMode? {
        guard arguments.string("output-mode") != nil else { return nil }
        return OutputMode(rawValue: try arguments.choice("output-mode", of: ["append", "update", "complete"]))
    }

    /// A session as the options want it; `log` takes its lines.
    ///
    /// - Throws: where the embedded broker can't be started.
    func session(log: SQLLog) throws -> Session {
        var configuration = SessionConfiguration()
        if let workers { configuration.workerCount = workers }
        if let memoryBytes { configuration.memoryBytes = memoryBytes }
        if isLocal { configuration.embeddedKafka = try EmbeddedKafka() }
        configuration.log = { level, message in log.write(level, message) }
        configuration.logsProgress = progress == .text
        if progress == .jsonl { configuration.onProgress = { [progressOutput] in progressOutput.tell($0) } }
        return Session(appName: "millrace", configuration: configuration)
    }

    /// Where log lines go.
    var log: SQLLog { SQLLog(least: leastLevel, form: logForm) }

    /// An error as the command's user should read it.
    static func translated(_ error: MillraceError) -> MillraceError {
        guard error.message.hasPrefix("option 'checkpointLocation' is missing") else { return error }
        return MillraceError(
            code: error.code, message: "--checkpoint is missing",
            hint: "exactly once needs a directory that outlives the process: --checkpoint <directory>",
            kind: error.kind)
    }
}

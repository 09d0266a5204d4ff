// One word count with topics, checkpoint and input of its own.

import JSONText
import KafkaClient
import KafkaTestSupport
import Threads

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The programs that lie beside these tests.
enum MillraceBinary {
    /// The path of one, the millrace command where none is named; throws where it has not been built.
    static func path(_ name: String = "millrace") throws -> String {
        if name == "millrace", let named = environmentVariable("MILLRACE_BINARY") { return named }
        // The test bundle is an argument of the test runner, or the running program itself.
        var folders = CommandLine.arguments.filter { $0.contains(".xctest") }.map(folder)
        var buffer = [CChar](repeating: 0, count: 4_096)
        let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        if length > 0 {
            folders.append(folder(of: String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)))
        }
        for folder in folders where access("\(folder)/\(name)", X_OK) == 0 { return "\(folder)/\(name)" }
        throw WaitedInVain(
            description: "the program '\(name)' is not beside the tests (\(folders.joined(separator: ", "))); "
                + "'swift build' makes it, MILLRACE_BINARY names another one")
    }

    private static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }
}

/// Topics, a checkpoint and known input for one query, and its runs.
final class WordCountWorld: Sendable {
    static let sourcePartitions: Int32 = 3
    static let sinkPartitions: Int32 = 2

    let servers: String
    let source: String
    let sink: String
    /// For the processes' output and the checkpoint; removed with the world.
    let folder: String
    let input: WordInput
    let seed: UInt64

    init(_ label: String, seed: UInt64 = .random(in: 0 ... .max), servers: String? = nil) throws {
        let servers = try servers ?? RealKafka.bootstrapServers()
        self.servers = servers
        self.seed = seed
        source = RealKafka.uniqueName("\(label)-lines")
        sink = RealKafka.uniqueName("\(label)-counts")
        let admin = try KafkaAdmin(KafkaConfiguration(["bootstrap.servers": servers]))
        defer { admin.close() }
        try admin.createTopicsPatiently([
            .init(source, partitions: Self.sourcePartitions), .init(sink, partitions: Self.sinkPartitions),
        ])
        var template = Array("\(environmentVariable("TMPDIR") ?? "/tmp")/millrace-delivery-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw WaitedInVain(description: "no temporary folder: errno \(errno)") }
        folder = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        input = try WordInput(servers: servers, topic: source, partitions: Self.sourcePartitions, seed: seed)
    }

    deinit {
        guard environmentVariable("MILLRACE_KEEP_FILES") == nil else { return }
        _ = LocalBroker.output("rm -rf '\(folder)'")
    }

    var checkpoint: String { "\(folder)/checkpoint" }

    // MARK: Runs

    /// How a run ends by itself.
    enum Trigger: String, Sendable {
        /// When it has read what was there when it started.
        case availableNow = "available-now"
        /// Never.
        case continuous = "immediately"
    }

    /// Starts the query. `extra` are options with values, which stand for the usual ones of the same names.
    func start(
        _ trigger: Trigger, maximumOffsets: Int = 30, environment: [String: String] = [:], label: String = "run",
        extra: [String] = []
    ) throws -> RunningProcess {
        let usual = [
            "--bootstrap-servers", servers, "--from", source, "--to", sink, "--checkpoint", checkpoint, "--trigger",
            trigger.rawValue, "--starting-offsets", "earliest", "--output-mode", "update", "--max-offsets-per-trigger",
            String(maximumOffsets), "--progress", "jsonl",
        ]
        let kept = stride(from: 0, to: usual.count, by: 2).filter { !extra.contains(usual[$0]) }
        return try RunningProcess(
            [MillraceBinary.path(), "wordcount"] + kept.flatMap { usual[$0...$0 + 1] } + extra,
            environment: environment, folder: folder, label: "\(label)-\(UInt32.random(in: .min ... .max))")
    }

    /// Runs the query to the end of what is there; throws where it ends in another way than by success.
    @discardableResult
    func runToTheEnd(maximumOffsets: Int = 200, environment: [String: String] = [:]) throws -> RunningProcess {
        let process = try start(.availableNow, maximumOffsets: maximumOffsets, environment: environment, label: "end")
        try process.expectEnd(.exited(0))
        return process
    }

    /// Runs the query until it kills itself at a crash point; throws where it does not get there.
    func runToCrash(_ point: String, passage: Int, environment: [String: String] = [:]) throws {
        let process = try start(
            .availableNow, environment: environment.merging(["MILLRACE_CRASH_AT": "\(point):\(passage)"]) { $1 },
            label: "crash-\(point)")
        do {
            try process.expectEnd(.killed(signal: SIGKILL))
        } catch {
            throw WaitedInVain(description: "crash point \(point):\(passage) was not reached: \(error)")
        }
    }

    /// Waits until a running query has read all input and committed its counts.
    func waitUntilCaughtUp(_ process: RunningProcess, seconds: Double = 90) throws {
        let wanted = try sourceEnds()
        try waitUntil("the query to catch up", seconds: seconds, details: { process.report }) {
            if let end = process.end {
                throw WaitedInVain(description: "the query ended with \(end)\n\(process.report)")
            }
            return progress(process).last.map { self.endOffsets($0) == wanted } ?? false
        }
        // A commit is told when it is decided; readers see it when the broker has written its markers, a moment later.
        try waitUntil("the last transaction to settle") { try hasNoOpenTransaction() }
    }

    // MARK: What the query says

    /// The progress lines that a run has printed.
    func progress(_ process: RunningProcess) -> [JSONValue] {
        process.errors.split(separator: "\n").filter { $0.hasPrefix("{") }
            .compactMap { try? JSONValue.parse(String($0)) }
    }

    /// Where the batch of a progress line ends, by partition of the source.
    func endOffsets(_ progress: JSONValue) -> [Int32: Int64] { offsets(progress, "endOffset") }

    /// Offsets in a progress line.
    func offsets(_ progress: JSONValue, _ member: String) -> [Int32: Int64] {
        var offsets: [Int32: Int64] = [:]
        for (key, value) in progress["sources"]?[0]?[member]?[source]?.objectValue ?? [] {
            if let partition = Int32(key), let offset = value.integerValue { offsets[partition] = offset }
        }
        return offsets
    }

    /// The query's id as its checkpoint has it.
    func queryID() throws -> String {
        let text = readFile("\(checkpoint)/metadata")
        guard let brace = text.firstIndex(of: "{"), let end = text.lastIndex(of: "}"),
            let id = try? JSONValue.parse(String(text[brace...end]))["id"]?.stringValue
        else { throw WaitedInVain(description: "no id in the checkpoint's metadata: \(text)") }
        return id
    }

    /// What batches the newest segment of the checkpoint's log has: the last one planned, and the last one committed.
    func loggedBatches() throws -> (planned: Int64?, committed: Int64?) {
        let names = LocalBroker.output("ls '\(checkpoint)/log'").split(separator: "\n").filter { $0.hasSuffix(".log") }
        guard let newest = names.max() else { return (nil, nil) }
        var planned: Int64?
        var committed: Int64?
        for line in readFile("\(checkpoint)/log/\(newest)").split(separator: "\n") {
            guard let brace = line.firstIndex(of: "{"), let end = line.lastIndex(of: "}"),
                let entry = try? JSONValue.parse(String(line[brace...end])), let batch = entry["batch"]?.integerValue
            else { continue }
            if entry["type"]?.stringValue == "plan" { planned = max(planned ?? batch, batch) }
            if entry["type"]?.stringValue == "commit" { committed = max(committed ?? batch, batch) }
        }
        return (planned, committed)
    }

    // MARK: What Kafka says

    /// All that is wrong with the output, as text; empty where all counts are right.
    func faults() throws -> [String] { try findings().map { "\($0.fault.rawValue): \($0)" } }

    /// All that is wrong with the output.
    func findings() throws -> [CountChecker.Finding] { try CountChecker(truth: input.truth).findings(records()) }

    /// Throws, with the first faults, where the output is not right.
    func check() throws {
        let faults = try faults()
        guard faults.isEmpty else {
            throw WaitedInVain(
                description: "\(faults.count) faults in the output (seed \(seed)):\n"
                    + faults.prefix(12).joined(separator: "\n"))
        }
    }

    /// The committed records of the output topic.
    func records() throws -> [CountRecord] {
        try (0..<Self.sinkPartitions).flatMap { partition in
            try readToEnd(TopicPartition(sink, partition), options: ["bootstrap.servers": servers]).messages
                .map { CountRecord(partition: partition, offset: $0.offset, key: $0.key, value: $0.value) }
        }
    }

    /// Whether no transaction is open on the output topic: the last stable offset is the high watermark.
    func hasNoOpenTransaction() throws -> Bool {
        try sinkEnds(isolation: "read_committed") == sinkEnds(isolation: "read_uncommitted")
    }

    func sinkEnds(isolation: String) throws -> [TopicPartition: Int64] {
        try ends((0..<Self.sinkPartitions).map { TopicPartition(sink, $0) }, isolation: isolation)
    }

    func sourceEnds() throws -> [Int32: Int64] {
        let ends = try ends(
            (0..<Self.sourcePartitions).map { TopicPartition(source, $0) }, isolation: "read_committed")
        return Dictionary(uniqueKeysWithValues: ends.map { ($0.key.partition, $0.value) })
    }

    /// A broker that has just come up may answer before it knows its topics' partitions: on a loaded machine for half a
    /// minute.
    private func ends(_ partitions: [TopicPartition], isolation: String) throws -> [TopicPartition: Int64] {
        let consumer = try KafkaConsumer(
            KafkaConfiguration(["bootstrap.servers": servers, "isolation.level": isolation]), groupId: "millrace-tests")
        defer { consumer.close() }
        return try consumer.latestOffsets(
            partitions, timeoutMilliseconds: 140_000, unknownMilliseconds: 120_000)
    }
}

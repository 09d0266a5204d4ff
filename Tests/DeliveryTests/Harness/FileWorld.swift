// A query from files or a topic to files or a topic, and what its output must be.

import JSONText
import KafkaClient
import KafkaTestSupport
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Queries between Kafka and files that campaigns kill.
enum FileShape: String, CaseIterable, Sendable, CustomStringConvertible {
    case filesToFiles = "files-to-files"
    case kafkaToFiles = "kafka-to-files"
    case kafkaToParquet = "kafka-to-parquet"
    case filesToKafka = "files-to-kafka"

    var description: String { rawValue }

    var ends: (source: FileWorld.End, sink: FileWorld.End) {
        switch self {
        case .filesToFiles: (.files, .files)
        case .kafkaToFiles: (.topic, .files)
        case .kafkaToParquet: (.topic, .parquet)
        case .filesToKafka: (.files, .topic)
        }
    }
}

/// Rows with numbers, each of which must come out once.
final class FileWorld: KilledWorld {
    /// Where rows come from, and where they go to; files without a name of a format are JSON.
    enum End: Sendable { case files, parquet, topic }

    private struct Input {
        var rows: Int64 = 0
        var files = 0
    }

    let folder: String
    let name: String
    private let source: End
    private let sink: End
    private let servers: String
    private let names: (source: String, sink: String)
    private let input = Mutex(Input())

    init(_ label: String, from source: End, to sink: End) throws {
        (self.source, self.sink, name) = (source, sink, label)
        let template = "\(environmentVariable("TMPDIR") ?? "/tmp")/millrace-files-XXXXXX"
        var bytes = Array(template.utf8CString)
        guard mkdtemp(&bytes) != nil else { throw WaitedInVain(description: "no temporary folder: errno \(errno)") }
        folder = String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        mkdir("\(folder)/in", 0o700)
        names = (RealKafka.uniqueName("\(label)-in"), RealKafka.uniqueName("\(label)-out"))
        guard source == .topic || sink == .topic else {
            servers = ""
            return
        }
        servers = try RealKafka.bootstrapServers()
        let admin = try KafkaAdmin(KafkaConfiguration(["bootstrap.servers": servers]))
        defer { admin.close() }
        try admin.createTopicsPatiently([names.source, names.sink].map { .init($0, partitions: 2) })
    }

    convenience init(_ shape: FileShape) throws {
        try self.init(shape.rawValue, from: shape.ends.source, to: shape.ends.sink)
    }

    deinit {
        guard environmentVariable("MILLRACE_KEEP_FILES") == nil else { return }
        _ = LocalBroker.output("rm -rf '\(folder)'")
    }

    // MARK: Input

    /// Adds so many files of ten rows, or as many records.
    func write(files count: Int) throws {
        try input.withLock { input in
            for _ in 0..<count {
                let lines = (0..<10 as Range<Int64>).map { "{\"id\":\(input.rows + $0)}" }
                input.rows += 10
                input.files += 1
                switch source {
                case .files, .parquet: try writeFile(lines, input.files)
                case .topic: try send(lines, partition: Int32(input.files % 2))
                }
            }
        }
    }

    func write(lines: () -> Int) throws { try write(files: (lines() + 9) / 10) }

    private func writeFile(_ lines: [String], _ number: Int) throws {
        let draft = "\(folder)/draft"
        guard let file = fopen(draft, "w") else { throw WaitedInVain(description: "\(draft): errno \(errno)") }
        fputs(lines.joined(separator: "\n"), file)
        fclose(file)
        rename(draft, "\(folder)/in/\(number).json")
    }

    private func send(_ lines: [String], partition: Int32) throws {
        let producer = try KafkaProducer(KafkaConfiguration(["bootstrap.servers": servers]))
        defer { producer.close() }
        for line in lines {
            try producer.send(topic: names.source, key: nil, value: Array(line.utf8), partition: partition)
        }
        try producer.flush()
    }

    // MARK: Runs

    /// A batch has so many offsets of a topic, or a file for ten of them.
    private func script(maximumOffsets: Int) -> String {
        let rows =
            switch source {
            case .files, .parquet:
                """
                CREATE TABLE rows (id BIGINT) USING json
                    OPTIONS (path '\(folder)/in', maxFilesPerTrigger \(max(1, maximumOffsets / 10)));
                """
            case .topic:
                """
                CREATE TABLE records USING kafka OPTIONS (`kafka.bootstrap.servers` '\(servers)',
                    subscribe '\(names.source)', startingOffsets 'earliest', maxOffsetsPerTrigger \(maximumOffsets));
                CREATE VIEW rows AS SELECT CAST(get_json_object(CAST(value AS STRING), '$.id') AS BIGINT) AS id
                    FROM STREAM records;
                """
            }
        let from = source == .topic ? "rows" : "STREAM rows"
        switch sink {
        case .files, .parquet:
            return rows + """

                CREATE TABLE results (id BIGINT, part BIGINT) USING \(sink == .parquet ? "parquet" : "json")
                    PARTITIONED BY (part) LOCATION '\(folder)/out';
                INSERT INTO results SELECT id, id % 3 AS part FROM \(from);
                """
        case .topic:
            return rows + """

                CREATE TABLE results USING kafka
                    OPTIONS (`kafka.bootstrap.servers` '\(servers)', topic '\(names.sink)');
                INSERT INTO results SELECT to_json(struct(id)) AS value FROM \(from);
                """
        }
    }

    var checkpoint: String { "\(folder)/checkpoint" }

    func start(
        trigger: String, maximumOffsets: Int, workers: Int, environment: [String: String]
    ) throws -> RunningProcess {
        let path = "\(folder)/script.sql"
        guard let file = fopen(path, "w") else { throw WaitedInVain(description: "\(path): errno \(errno)") }
        fputs(script(maximumOffsets: maximumOffsets), file)
        fclose(file)
        return try RunningProcess(
            [
                MillraceBinary.path(), "run", path, "--checkpoint", checkpoint, "--trigger",
                trigger == "processing-time" ? "50 milliseconds" : trigger, "--workers", String(workers),
            ], environment: environment, folder: folder, label: "run-\(UInt32.random(in: .min ... .max))")
    }

    func turn() {}

    // MARK: Output

    /// What is wrong: numbers that are missing, come twice or come from nowhere, and files that nothing names.
    func faults() throws -> [String] {
        switch sink {
        case .topic: return faults(try rowsOfTopic(), "the topic")
        case .files: return faults(try rowsOfFiles(), "the files")
        case .parquet:
            let paths = try namedFiles()
            var faults = faults(try rowsOfQuery(), "a query")
            if let rows = try PyArrow.numbers("id", of: paths, folder: folder) {
                faults += self.faults(rows, "pyarrow")
            }
            return faults
        }
    }

    private func faults(_ rows: [Int64], _ reader: String) -> [String] {
        var counts: [Int64: Int] = [:]
        for row in rows { counts[row, default: 0] += 1 }
        let wanted = Set(0..<input.withLock { $0.rows })
        var faults = wanted.subtracting(counts.keys).sorted().map { "\($0) is lost, by \(reader)" }
        faults += counts.filter { $0.value > 1 }.map { "\($0.key) comes again, by \(reader)" }
        faults += Set(counts.keys).subtracting(wanted).map { "\($0) comes from nowhere, by \(reader)" }
        return faults
    }

    private func number(_ line: String) throws -> Int64 {
        guard let number = try JSONValue.parse(line)["id"]?.integerValue else {
            throw WaitedInVain(description: "'\(line)' has no id")
        }
        return number
    }

    private func rowsOfFiles() throws -> [Int64] {
        try namedFiles().flatMap { try readFile($0).split(separator: "\n").map { try number(String($0)) } }
    }

    /// The rows as our own reader has them.
    private func rowsOfQuery() throws -> [Int64] {
        let process = try RunningProcess(
            [MillraceBinary.path(), "run", "-e", "SELECT id FROM parquet.`\(folder)/out`", "--format", "jsonl"],
            folder: folder, label: "read-\(UInt32.random(in: .min ... .max))")
        try process.expectEnd(.exited(0))
        return try process.output.split(separator: "\n").map { line in
            guard let number = try JSONValue.parse(String(line))["row"]?["id"]?.integerValue else {
                throw WaitedInVain(description: "'\(line)' has no id")
            }
            return number
        }
    }

    /// The files that the manifest names, as a reader that knows nothing of Millrace finds them.
    ///
    /// - Throws: where there are others, or something of an attempt is left.
    private func namedFiles() throws -> [String] {
        let manifest = "\(folder)/out/_spark_metadata"
        let names = LocalBroker.output("ls -A '\(manifest)'").split(separator: "\n").map(String.init)
        let compact = names.filter { $0.hasSuffix(".compact") }.compactMap { Int($0.dropLast(8)) }.max()
        var logs = compact.map { ["\($0).compact"] } ?? []
        logs += names.filter { name in Int(name).map { $0 > compact ?? -1 } ?? false }
        var paths: [String] = []
        for log in logs {
            for line in readFile("\(manifest)/\(log)").split(separator: "\n").dropFirst() {
                let address = try JSONValue.parse(String(line))["path"]?.stringValue ?? ""
                paths.append(String(address.dropFirst("file://".count)))
            }
        }
        let there = LocalBroker.output("find '\(folder)/out' -name '*part-*'").split(separator: "\n").map(String.init)
        guard Set(there) == Set(paths) else {
            throw WaitedInVain(
                description: "files that nothing names: \(Set(there).subtracting(paths).sorted()); that are not there: "
                    + "\(Set(paths).subtracting(there).sorted())")
        }
        let rest = names.filter { $0.hasPrefix(".") && !$0.hasPrefix(".millrace-marker-") }
        guard rest.isEmpty, names.filter({ $0.hasPrefix(".millrace-marker-") }).count == 1 else {
            throw WaitedInVain(description: "left in the manifest: \(names)")
        }
        return paths
    }

    private func rowsOfTopic() throws -> [Int64] {
        try RealKafka.settle(names.sink, partitions: 2)
        return try (0..<2).flatMap { partition in
            try readToEnd(TopicPartition(names.sink, partition), options: ["bootstrap.servers": servers]).messages
                .map { try number($0.text ?? "") }
        }
    }
}

/// Another reader of Parquet, where this machine has it.
private enum PyArrow {
    /// The Python that has pyarrow: what `MILLRACE_PYTHON` names, or the one of `scripts/parquet-interop`, or any.
    private static let python: String? = {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
        let candidates = [environmentVariable("MILLRACE_PYTHON"), "\(root)/.build/interop/bin/python", "python3"]
        return candidates.compactMap { $0 }.first { python in
            LocalBroker.output("'\(python)' -c 'import pyarrow.parquet; print(1)' 2>/dev/null") == "1\n"
        }
    }()

    /// The numbers of a column in files; `nil` where there is no pyarrow.
    static func numbers(_ column: String, of paths: [String], folder: String) throws -> [Int64]? {
        guard let python else { return nil }
        let list = "\(folder)/paths"
        guard let file = fopen(list, "w") else { throw WaitedInVain(description: "\(list): errno \(errno)") }
        fputs(paths.map { $0 + "\n" }.joined(), file)
        fclose(file)
        let script =
            "import sys, pyarrow.parquet as p; [print(n) for f in open(sys.argv[1]).read().split() "
            + "for n in p.ParquetFile(f).read().column(sys.argv[2]).to_pylist()]; print(\"end\")"
        let lines = LocalBroker.output("'\(python)' -c '\(script)' '\(list)' '\(column)' 2>&1").split(separator: "\n")
        guard lines.last == "end" else { throw WaitedInVain(description: "pyarrow: \(lines.suffix(5))") }
        return try lines.dropLast().map { line in
            guard let number = Int64(line) else { throw WaitedInVain(description: "pyarrow gives '\(line)'") }
            return number
        }
    }
}

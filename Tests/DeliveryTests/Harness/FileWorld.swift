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

/// Rows with numbers, each of which must come out once.
final class FileWorld: Sendable {
    /// Where rows come from, and where they go to.
    enum End: Sendable { case files, topic }

    private struct Input {
        var rows: Int64 = 0
        var files = 0
    }

    let folder: String
    private let source: End
    private let sink: End
    private let servers: String
    private let names: (source: String, sink: String)
    private let input = Mutex(Input())

    init(_ label: String, from source: End, to sink: End) throws {
        (self.source, self.sink) = (source, sink)
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
                case .files: try writeFile(lines, input.files)
                case .topic: try send(lines, partition: Int32(input.files % 2))
                }
            }
        }
    }

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

    private var script: String {
        let rows =
            switch source {
            case .files:
                "CREATE TABLE rows (id BIGINT) USING json OPTIONS (path '\(folder)/in', maxFilesPerTrigger 2);"
            case .topic:
                """
                CREATE TABLE records USING kafka OPTIONS (`kafka.bootstrap.servers` '\(servers)',
                    subscribe '\(names.source)', startingOffsets 'earliest', maxOffsetsPerTrigger 20);
                CREATE VIEW rows AS SELECT CAST(get_json_object(CAST(value AS STRING), '$.id') AS BIGINT) AS id
                    FROM STREAM records;
                """
            }
        let from = source == .files ? "STREAM rows" : "rows"
        switch sink {
        case .files:
            return rows + """

                CREATE TABLE results (id BIGINT, part BIGINT) USING json PARTITIONED BY (part) LOCATION '\(folder)/out';
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

    private func start(environment: [String: String]) throws -> RunningProcess {
        let path = "\(folder)/script.sql"
        guard let file = fopen(path, "w") else { throw WaitedInVain(description: "\(path): errno \(errno)") }
        fputs(script, file)
        fclose(file)
        return try RunningProcess(
            [
                MillraceBinary.path(), "run", path, "--checkpoint", "\(folder)/checkpoint", "--trigger",
                "available-now", "--workers", "2",
            ], environment: environment, folder: folder, label: "run-\(UInt32.random(in: .min ... .max))")
    }

    /// Runs the query until it has read what is there.
    func runToTheEnd(environment: [String: String] = [:]) throws {
        try start(environment: environment).expectEnd(.exited(0))
    }

    /// Runs the query until it kills itself at a crash point.
    func runToCrash(_ point: String, passage: Int, environment: [String: String] = [:]) throws {
        let process = try start(environment: environment.merging(["MILLRACE_CRASH_AT": "\(point):\(passage)"]) { $1 })
        do {
            try process.expectEnd(.killed(signal: SIGKILL))
        } catch {
            throw WaitedInVain(description: "crash point \(point):\(passage) was not reached: \(error)")
        }
    }

    // MARK: Output

    /// What is wrong: numbers that are missing, come twice or come from nowhere, and files that nothing names.
    func faults() throws -> [String] {
        let rows = try sink == .files ? rowsOfFiles() : rowsOfTopic()
        var counts: [Int64: Int] = [:]
        for row in rows { counts[row, default: 0] += 1 }
        let wanted = Set(0..<input.withLock { $0.rows })
        var faults = wanted.subtracting(counts.keys).sorted().map { "\($0) is lost" }
        faults += counts.filter { $0.value > 1 }.map { "\($0.key) comes again" }
        faults += Set(counts.keys).subtracting(wanted).map { "\($0) comes from nowhere" }
        return faults
    }

    /// Throws, with the first faults, where the output isn't right.
    func check() throws {
        let faults = try faults()
        guard faults.isEmpty else {
            throw WaitedInVain(
                description: "\(faults.count) faults in \(folder): \(faults.prefix(12).joined(separator: ", "))")
        }
    }

    private func number(_ line: String) throws -> Int64 {
        guard let number = try JSONValue.parse(line)["id"]?.integerValue else {
            throw WaitedInVain(description: "'\(line)' has no id")
        }
        return number
    }

    /// The rows of the files that the manifest names, as a reader that knows nothing of Millrace finds them.
    private func rowsOfFiles() throws -> [Int64] {
        let manifest = "\(folder)/out/_spark_metadata"
        let names = LocalBroker.output("ls '\(manifest)'").split(separator: "\n").map(String.init)
        let compact = names.filter { $0.hasSuffix(".compact") }.compactMap { Int($0.dropLast(8)) }.max()
        var logs = compact.map { ["\($0).compact"] } ?? []
        logs += names.filter { name in Int(name).map { $0 > compact ?? -1 } ?? false }
        var rows: [Int64] = []
        var named: Set<String> = []
        for log in logs {
            for line in readFile("\(manifest)/\(log)").split(separator: "\n").dropFirst() {
                let address = try JSONValue.parse(String(line))["path"]?.stringValue ?? ""
                let path = String(address.dropFirst("file://".count))
                named.insert(path)
                rows += try readFile(path).split(separator: "\n").map { try number(String($0)) }
            }
        }
        let there = LocalBroker.output("find '\(folder)/out' -name '*part-*'").split(separator: "\n").map(String.init)
        guard Set(there) == named else {
            throw WaitedInVain(description: "files that nothing names: \(Set(there).subtracting(named).sorted())")
        }
        return rows
    }

    private func rowsOfTopic() throws -> [Int64] {
        try RealKafka.settle(names.sink, partitions: 2)
        return try (0..<2).flatMap { partition in
            try readToEnd(TopicPartition(names.sink, partition), options: ["bootstrap.servers": servers]).messages
                .map { try number($0.text ?? "") }
        }
    }
}

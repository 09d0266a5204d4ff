// Topics, a folder and a checkpoint for one query, and what every query's world does with them.

import KafkaClient
import KafkaTestSupport

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Topics, a folder and a checkpoint for one query; the folder is removed with it.
final class QueryWorld: Sendable {
    static let partitions: Int32 = 3

    let servers: String
    /// The topics that the query reads.
    let topics: [String]
    let sink: String
    /// The topic of rows that are no part of the result: those that come too late, where scripts with a watermark send
    /// them, and dead letters.
    let aside: String
    let folder: String

    init(_ label: String, topics count: Int) throws {
        servers = try RealKafka.bootstrapServers()
        let names = (0...count).map { RealKafka.uniqueName("\(label)-\($0 == count ? "out" : "in\($0)")") }
        let admin = try KafkaAdmin(KafkaConfiguration(["bootstrap.servers": servers]))
        defer { admin.close() }
        aside = "\(names[count])-aside"
        try admin.createTopicsPatiently((names + [aside]).map { .init($0, partitions: Self.partitions) })
        var template = Array("\(environmentVariable("TMPDIR") ?? "/tmp")/millrace-shape-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw WaitedInVain(description: "no temporary folder: errno \(errno)") }
        folder = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        topics = Array(names.dropLast())
        sink = names[count]
    }

    deinit {
        guard environmentVariable("MILLRACE_KEEP_FILES") == nil else { return }
        _ = LocalBroker.output("rm -rf '\(folder)'")
    }

    var checkpoint: String { "\(folder)/checkpoint" }

    /// Starts a program; its output lies in the folder.
    func start(_ arguments: [String], environment: [String: String]) throws -> RunningProcess {
        try RunningProcess(
            arguments, environment: environment, folder: folder, label: "run-\(UInt32.random(in: .min ... .max))")
    }

    /// Starts a query of `DeliveryQueries` on the topics; where there is one, it stands for both.
    func start(
        query shape: String, trigger: String, maximumOffsets: Int, workers: Int, environment: [String: String]
    ) throws -> RunningProcess {
        try start(
            [
                MillraceBinary.path("DeliveryQueries"), shape, servers, topics[0], topics[topics.count - 1], sink,
                checkpoint, trigger, String(maximumOffsets), String(workers),
            ], environment: environment)
    }

    /// Starts a script of the examples: its topics stand for these, in the order of `names`, and `output` for the sink.
    func start(
        script: String, names: [String], output: String, trigger: String, maximumOffsets: Int, workers: Int,
        environment: [String: String]
    ) throws -> RunningProcess {
        var text = readFile("\(Examples.root)/\(script)").replacing("'localhost:9092'", with: "'\(servers)'")
        let lateRows = text.contains(" WATERMARK ") ? ", lateRowsTopic '\(aside)'" : ""
        text = text.replacing("topic '\(output)'", with: "topic '\(sink)'\(lateRows)")
        for (name, topic) in zip(names, topics) {
            text = text.replacing(
                "subscribe '\(name)'",
                with: "subscribe '\(topic)', startingOffsets 'earliest', maxOffsetsPerTrigger \(maximumOffsets)")
        }
        let path = "\(folder)/script.sql"
        guard let file = fopen(path, "w") else { throw WaitedInVain(description: "\(path): errno \(errno)") }
        fputs(text, file)
        fclose(file)
        return try start(
            [
                MillraceBinary.path(), "run", path, "--checkpoint", checkpoint, "--trigger",
                trigger == "processing-time" ? "50 milliseconds" : trigger, "--workers", String(workers),
            ], environment: environment)
    }

    /// The output topic's rows: key and value.
    func rows() throws -> [String] { Self.texts(try settledRecords()) }

    /// The rows that are no part of the result: key and value.
    func rowsAside() throws -> [String] {
        try RealKafka.settle(aside, partitions: Self.partitions)
        return Self.texts(try records(aside))
    }

    private static func texts(_ records: [CountRecord]) -> [String] {
        records.map { record in
            [record.key, record.value].map { $0.map { String(decoding: $0, as: UTF8.self) } ?? "NULL" }
                .joined(separator: " ")
        }
    }

    /// The committed records of the output topic.
    func records() throws -> [CountRecord] { try records(sink) }

    private func records(_ topic: String) throws -> [CountRecord] {
        try (0..<Self.partitions).flatMap { partition in
            try readToEnd(TopicPartition(topic, partition), options: ["bootstrap.servers": servers]).messages
                .map { CountRecord(partition: partition, offset: $0.offset, key: $0.key, value: $0.value) }
        }
    }

    /// The same once no transaction is under way: readers see a commit a moment after it was decided.
    func settledRecords() throws -> [CountRecord] {
        try RealKafka.settle(sink, partitions: Self.partitions)
        return try records()
    }
}

/// Where the examples lie.
private enum Examples {
    static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4)
        .joined(separator: "/")
}

/// Where the runs of `DeliveryQueries` have their state.
enum StateStoreOfRuns: Sendable {
    case memory
    /// All of it in RocksDB between batches.
    case rocksDB

    /// An environment that says it.
    func added(to environment: [String: String]) -> [String: String] {
        self == .memory ? environment : environment.merging(["DELIVERY_STATE_STORE": "rocksdb"]) { $1 }
    }
}

/// A query that campaigns kill: its input, its runs, and a judge of its output.
protocol KilledWorld: Sendable {
    /// Writes so many more rows to each input; no run is under way.
    func write(lines: () -> Int) throws

    func start(
        trigger: String, maximumOffsets: Int, workers: Int, environment: [String: String]
    ) throws -> RunningProcess

    /// Between two halves of an episode, when no run is under way.
    func turn() throws

    /// What failures call it.
    var name: String { get }

    /// The checkpoint's folder.
    var checkpoint: String { get }

    /// All that is wrong with the output of a query that has read everything.
    func faults() throws -> [String]
}

extension KilledWorld {
    /// Throws, with the first faults, where the output isn't what the input asks for; the query has read all of it.
    func check() throws {
        let faults = try faults()
        guard faults.isEmpty else {
            throw WaitedInVain(
                description: "\(faults.count) faults in the output of \(name):\n"
                    + faults.sorted().prefix(12).joined(separator: "\n"))
        }
    }

    /// Kills the query at each point of a batch, one after the other, while rows come; what comes out is right. A query
    /// without state makes no snapshots.
    func dieAtEachPoint(hasState: Bool = true) throws {
        // Some groups are final before the first kill, and in each run that follows.
        try write { 150 }
        try runToTheEnd()
        for (index, point) in (Points.ofBatch + (hasState ? Points.ofSnapshots : [])).enumerated() {
            try write { 60 }
            try runToCrash(point, passage: 1 + index % 2)
            KillCount.add(point, 1)
            if index == Points.ofBatch.count / 2 { try turn() }
        }
        try runToTheEnd()
        try check()
    }

    /// Lets the query die behind a commit, and go on without looking at the marker: rows come again, and nothing else
    /// is wrong. Throws where the model doesn't see that.
    func repeatWithoutMarker(passage: Int) throws {
        func run(_ environment: [String: String]) throws -> RunningProcess {
            try start(
                trigger: "available-now", maximumOffsets: 30, workers: 2,
                environment: ["MILLRACE_MUTANT": "no-marker"].merging(environment) { $1 })
        }
        try write { 200 }
        try run(["MILLRACE_CRASH_AT": "afterTransactionCommitted:\(passage)"]).expectEnd(.killed(signal: SIGKILL))
        try run([:]).expectEnd(.exited(0))
        let faults = try faults()
        guard !faults.isEmpty, faults.allSatisfy({ $0.contains("comes again") }) else {
            throw WaitedInVain(description: "the model should see rows that come again, it sees \(faults)")
        }
    }

    /// Stops the query at a point of a batch, lets another instance run, as an operator may do who takes the lock for a
    /// leftover, and wakes the first one up. Throws where that one doesn't give way, or has done harm.
    func giveWay(at point: String) throws {
        try write { 150 }
        let zombie = try start(
            trigger: "immediately", maximumOffsets: 30, workers: 2, environment: ["MILLRACE_STOP_AT": "\(point):2"])
        try zombie.waitForStop()
        unlink("\(checkpoint)/LOCK")
        try runToTheEnd()
        zombie.signal(SIGCONT)
        // What it woke up with may be nothing to do: more rows make it try.
        try write { 30 }
        guard case .exited(let code) = try zombie.waitForEnd(), code != 0, zombie.errors.contains("another instance")
        else { throw WaitedInVain(description: "it did not give way to another instance\n\(zombie.report)") }
        try runToTheEnd()
        try check()
    }

    /// Runs the query until it has read what is there; throws where it ends in another way than by success.
    func runToTheEnd() throws {
        try start(trigger: "available-now", maximumOffsets: 200, workers: 2, environment: [:]).expectEnd(.exited(0))
    }

    /// Runs the query until it kills itself at a crash point; throws where it doesn't get there.
    func runToCrash(_ point: String, passage: Int, maximumOffsets: Int = 30) throws {
        let process = try start(
            trigger: "available-now", maximumOffsets: maximumOffsets, workers: 2,
            environment: ["MILLRACE_CRASH_AT": "\(point):\(passage)"])
        do {
            try process.expectEnd(.killed(signal: SIGKILL))
        } catch {
            throw WaitedInVain(description: "crash point \(point):\(passage) was not reached: \(error)")
        }
    }
}

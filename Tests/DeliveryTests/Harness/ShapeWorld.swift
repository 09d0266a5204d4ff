// One query of a given shape with topics, checkpoint and input of its own, and what its output must be.

import KafkaClient
import KafkaTestSupport

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The shapes that `DeliveryQueries` runs.
enum Shape: String, CaseIterable, Sendable, CustomStringConvertible {
    case stateless
    /// The lines as JSON files, some a file.
    case files
    case union
    case selfUnion = "self-union"
    case tableJoin = "table-join"
    case countUnion = "count-union"
    /// The word count as a script of SQL: `Examples/SQL/wordcount.sql`.
    case wordsInSQL = "words-in-sql"
    /// How many words there are of each count, whole after each batch: two aggregations behind each other.
    case twoCounts = "two-counts"

    var description: String { rawValue }

    /// Which topic's lines come out under which tags.
    var tags: [(topic: Int, tag: String)] {
        switch self {
        case .stateless, .files, .tableJoin, .wordsInSQL: [(0, "a")]
        case .union, .countUnion, .twoCounts: [(0, "a"), (1, "b")]
        case .selfUnion: [(0, "a"), (0, "b")]
        }
    }
}

/// Two topics of lines, an output topic, a checkpoint, and the runs of one shape on them.
final class ShapeWorld: KilledWorld {
    let shape: Shape
    var name: String { shape.rawValue }
    var checkpoint: String { world.checkpoint }
    let inputs: [WordInput]
    private let world: QueryWorld

    init(_ shape: Shape, seed: UInt64) throws {
        self.shape = shape
        let world = try QueryWorld("\(shape)", topics: 2)
        self.world = world
        inputs = try world.topics.enumerated().map { index, topic in
            try WordInput(
                servers: world.servers, topic: topic, partitions: QueryWorld.partitions, seed: seed + UInt64(index))
        }
    }

    var servers: String { world.servers }

    /// Writes more lines to each input.
    func write(lines: () -> Int) throws {
        for (index, input) in inputs.enumerated() {
            let known = input.written.count
            try input.write(lines: lines())
            if shape == .files, index == 0 { try writeFiles(input.written[known...]) }
        }
    }

    /// Writes lines as files of up to seven, each under another name until it is whole.
    private func writeFiles(_ lines: ArraySlice<WordInput.Line>) throws {
        mkdir(fileFolder, 0o700)
        var rest = lines
        while let first = rest.first {
            let name = first.text.prefix { $0 != " " }
            let text = rest.prefix(7).map { "{\"line\":\"\($0.text)\"}\n" }.joined()
            rest = rest.dropFirst(7)
            let draft = "\(fileFolder)/.\(name)"
            guard let file = fopen(draft, "w") else { throw WaitedInVain(description: "\(draft): errno \(errno)") }
            fputs(text, file)
            fclose(file)
            rename(draft, "\(fileFolder)/\(name).json")
        }
    }

    private var fileFolder: String { "\(world.folder)/in" }

    func start(
        trigger: String, maximumOffsets: Int, workers: Int, environment: [String: String] = [:]
    ) throws -> RunningProcess {
        guard shape != .wordsInSQL else {
            return try world.start(
                script: "Examples/SQL/wordcount.sql", names: ["events"], output: "wordCounts", trigger: trigger,
                maximumOffsets: maximumOffsets, workers: workers, environment: environment)
        }
        return try world.start(
            [
                MillraceBinary.path("DeliveryQueries"), shape.rawValue, world.servers,
                shape == .files ? fileFolder : world.topics[0], world.topics[1], world.sink, world.checkpoint, trigger,
                String(maximumOffsets), String(workers),
            ], environment: environment)
    }

    func turn() {}

    func faults() throws -> [String] {
        switch shape {
        case .countUnion, .wordsInSQL: try countFaults()
        case .twoCounts: WholeTables(try settledRecords()).faults(truth: truth)
        default: try lineFaults()
        }
    }

    /// Each line of the input must be there once, under each of its tags.
    private func lineFaults() throws -> [String] {
        var wanted: [String: String] = [:]
        for (topic, tag) in shape.tags {
            for line in inputs[topic].written {
                let id = line.text.prefix { $0 != " " }
                wanted["\(tag):\(id)"] = shape == .tableJoin ? "\(line.text) p\(line.partition)" : line.text
            }
        }
        var faults: [String] = []
        var seen: Set<String> = []
        for record in try settledRecords() {
            let key = record.key.map { String(decoding: $0, as: UTF8.self) } ?? "NULL"
            let value = record.value.map { String(decoding: $0, as: UTF8.self) }
            if !seen.insert(key).inserted { faults.append("'\(key)' comes again") }
            if wanted[key] != value {
                faults.append("'\(key)' is '\(value ?? "NULL")', not '\(wanted[key] ?? "there")'")
            }
        }
        return faults + wanted.keys.filter { !seen.contains($0) }.map { "'\($0)' is missing" }
    }

    /// How often each word is in what the shape reads.
    private var truth: [[UInt8]: Int] {
        shape.tags.reduce(into: [:]) { $0.merge(inputs[$1.topic].truth, uniquingKeysWith: +) }
    }

    private func countFaults() throws -> [String] {
        try CountChecker(truth: truth).findings(settledRecords()).map { "\($0.fault.rawValue): \($0)" }
    }

    /// Runs one of Kafka's own tools.
    func tool(_ name: String, _ arguments: String) throws -> String {
        guard let home = LocalBroker.home else { throw WaitedInVain(description: "KAFKA_HOME is not set") }
        return LocalBroker.output("'\(home)/kafka' \(name) --bootstrap-server \(world.servers) \(arguments) 2>&1")
    }

    /// The checkpoint's files with their checksums, besides the lock, which names who had it last.
    func checkpointFiles() throws -> String {
        LocalBroker.output("cd '\(world.checkpoint)' && find . -type f ! -name LOCK -exec cksum {} + | sort")
    }

    func records() throws -> [CountRecord] { try world.records() }

    private func settledRecords() throws -> [CountRecord] { try world.settledRecords() }
}

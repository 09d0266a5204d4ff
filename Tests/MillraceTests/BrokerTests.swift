// The same queries on rows from memory, from the broker in this process and from a real one: the same answers.

import KafkaClient
import KafkaTestSupport
import Millrace
import MillraceTestKit
import TestSupport
import Testing

@Suite struct BrokerTests {
    /// Where rows come from and go to.
    enum Place: String, CaseIterable, Sendable {
        case memory
        case embedded = "the broker in this process"
        case real = "a real Kafka"

        static let available = allCases.filter { $0 != .real || RealKafka.isAvailable }

        /// Rows of texts for a query that makes texts of them.
        fileprivate func world(_ shape: Shape) throws -> any World {
            switch self {
            case .memory: try MemoryWorld(shape)
            case .embedded: try KafkaWorld(shape, embedded: EmbeddedKafka())
            case .real: try KafkaWorld(shape, embedded: nil)
            }
        }
    }

    /// A query on a column `value` of texts, which makes such a column, and what it must give.
    struct Shape: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let mode: OutputMode
        /// The rows of each run, and what comes out then, in any order.
        let runs: [(rows: [String], output: [String])]
        let query: @Sendable (DataFrame) -> DataFrame
    }

    private static let shapes = [
        Shape(
            testDescription: "without state", mode: .append,
            runs: [(["a", "b", "ä b"], ["A!", "Ä B!"]), (["b", ""], ["!"])]
        ) { $0.where("value <> 'b'").selectExpr("concat(upper(value), '!') AS value") },
        Shape(
            testDescription: "counts", mode: .update,
            runs: [(["a b", "b"], ["a 1", "b 2"]), (["b c"], ["b 3", "c 1"]), ([], [])]
        ) {
            $0.select(explode(split(col("value"), " ")).as("word")).groupBy("word").count()
                .selectExpr("concat_ws(' ', word, CAST(count AS STRING)) AS value")
        },
        Shape(
            testDescription: "windows", mode: .append,
            runs: [
                (["00:01", "00:05", "00:12"], []), (["00:31"], ["00:00 2", "00:10 1"]),
                // The first one is late.
                (["00:09", "00:33", "00:59"], ["00:30 2"]),
            ]
        ) {
            $0.selectExpr("to_timestamp(concat('2026-01-01 00:', value)) AS time").withWatermark(
                "time", "5 seconds"
            )
            .groupBy(window("time", "10 seconds")).count()
            .selectExpr("concat(date_format(window.start, 'mm:ss'), ' ', CAST(count AS STRING)) AS value")
        },
        Shape(
            testDescription: "first rows", mode: .append,
            runs: [(["a", "b", "a"], ["a", "b"]), (["b", "c"], ["c"])]
        ) { $0.dropDuplicates(["value"]).select("value") },
    ]

    @Test("what comes out, started anew for each of some rows", arguments: Place.available, shapes)
    func sameAnswers(place: Place, shape: Shape) async throws {
        let world = try place.world(shape)
        for (number, run) in shape.runs.enumerated() {
            let found = try await world.run(with: run.rows)
            #expect(found.sorted() == run.output.sorted(), "run \(number)")
        }
    }
}

/// A query's rows, its checkpoint, and what has come out.
private protocol World {
    /// Adds rows, lets the query read them, started anew, and gives what has come out.
    func run(with rows: [String]) async throws -> [String]
}

/// Rows in memory.
private struct MemoryWorld: World {
    private let folder: TemporaryFolder
    private let test: StreamTest

    init(_ shape: BrokerTests.Shape) throws {
        folder = try TemporaryFolder()
        test = StreamTest(
            schema: Schema([Field("value", .string)]), outputMode: shape.mode, checkpoint: folder.path, shape.query)
    }

    func run(with rows: [String]) async throws -> [String] {
        try await test.start()
        try test.addData(rows.map { [.string($0)] })
        let found = try await test.takeNewRows()
        await test.stop()
        return found.map { row in if case .string(let text) = row[0] { text } else { "\(row)" } }
    }
}

/// Rows in topics: of the broker in this process, or of the real one where there is none.
private final class KafkaWorld: World {
    private let shape: BrokerTests.Shape
    private let embedded: EmbeddedKafka?
    private let servers: String
    private let input: String
    private let output: String
    private let folder: TemporaryFolder
    private var seen = 0

    init(_ shape: BrokerTests.Shape, embedded: EmbeddedKafka?) throws {
        self.shape = shape
        self.embedded = embedded
        folder = try TemporaryFolder()
        servers = try embedded?.bootstrapServers ?? RealKafka.bootstrapServers()
        if let embedded {
            (input, output) = ("in", "out")
            for topic in [input, output] { try embedded.createTopic(topic, partitions: 1) }
        } else {
            (input, output) = (try RealKafka.makeTopic("in"), try RealKafka.makeTopic("out"))
        }
    }

    deinit { embedded?.close() }

    func run(with rows: [String]) async throws -> [String] {
        try send(rows)
        let query = try await shape.query(
            session().readStream.format("kafka").option("kafka.bootstrap.servers", servers)
                .option("subscribe", input).option("startingOffsets", "earliest").load()
                .selectExpr("CAST(value AS STRING) AS value")
        ).writeStream.format("kafka").option("kafka.bootstrap.servers", servers).option("topic", output)
            .option("checkpointLocation", folder.path).outputMode(shape.mode).trigger(.availableNow).start()
        try await query.awaitTermination()
        if embedded == nil { try RealKafka.settle(output) }
        let all = try session().read.format("kafka").option("kafka.bootstrap.servers", servers)
            .option("subscribe", output).load().selectExpr("CAST(value AS STRING) AS value").collect()
            .map { "\($0["value"])" }
        defer { seen = all.count }
        return Array(all[seen...])
    }

    private func session() -> Session { Session(appName: "broker", configuration: .quiet) }

    private func send(_ rows: [String]) throws {
        let producer = try KafkaProducer(KafkaConfiguration(["bootstrap.servers": servers]))
        defer { producer.close() }
        for row in rows { try producer.send(topic: input, key: nil, value: Array(row.utf8), partition: 0) }
        try producer.flush()
    }
}

// Queries of several shapes from Kafka to Kafka, for the delivery tests to kill. No product has this program.

import Millrace
import QueryRuntime

#if RocksDB
import RocksStore
#endif

#if canImport(Glibc)
@preconcurrency import Glibc
#elseif canImport(Darwin)
@preconcurrency import Darwin
#endif

/// `DeliveryQueries SHAPE SERVERS TOPIC-A TOPIC-B SINK CHECKPOINT TRIGGER MAX-OFFSETS WORKERS`; with the environment's
/// `DELIVERY_STATE_STORE=rocksdb` all of the state is in RocksDB between batches.
@main
struct DeliveryQueries {
    let shape: String
    let servers: String
    let topics: [String]
    let sink: String
    let checkpoint: String
    let trigger: Trigger
    let maximumOffsets: String
    let session: Session

    static func main() async {
        do {
            let words = Array(CommandLine.arguments.dropFirst())
            guard words.count == 9, let workers = Int(words[8]) else {
                fputs("DeliveryQueries: wants 9 arguments\n", stderr)
                exit(64)
            }
            try await DeliveryQueries(words, workers: workers).run()
        } catch {
            fputs("\(error)\n", stderr)
            exit(70)
        }
    }

    private init(_ words: [String], workers: Int) {
        (shape, servers, topics, sink, checkpoint) = (words[0], words[1], [words[2], words[3]], words[4], words[5])
        trigger =
            switch words[6] {
            case "available-now": .availableNow
            case "immediately": .immediately
            default: .processingTime(.milliseconds(50))
            }
        maximumOffsets = words[7]
        var configuration = SessionConfiguration()
        configuration.workerCount = workers
        // One aggregation behind another is beyond Spark.
        configuration.isExtended = shape == "two-counts"
        configuration.watermarkEmitsInCrossingBatch = shape == "means-at-once"
        if getenv("DELIVERY_STATE_STORE").map({ String(cString: $0) }) == "rocksdb" {
            Self.useRocksDB(&configuration)
        }
        session = Session(appName: "delivery", configuration: configuration)
    }

    /// After each commit all rows move out of memory, of which RocksDB has so little that it writes them to its files.
    private static func useRocksDB(_ configuration: inout SessionConfiguration) {
        #if RocksDB
        configuration.stateStore = .rocksdb
        configuration.stateSpill = QueryDefinition.Settings.Spill(residentBytes: 0) {
            RocksStorage(directory: $0, memoryBytes: 1 << 20)
        }
        #else
        fputs("DeliveryQueries: this build has no RocksDB\n", stderr)
        exit(64)
        #endif
    }

    private func run() async throws {
        var writer = try frame().writeStream
        if shape == "bad-rows" {
            writer = writer.option("badRows", "dead-letter").option("badRowsTopic", "\(sink)-aside")
        }
        let query =
            try await writer
            .format("kafka")
            .option("kafka.bootstrap.servers", servers)
            .option("topic", sink)
            .option("groupIdPrefix", getenv("DELIVERY_GROUP_PREFIX").map { String(cString: $0) } ?? "millrace")
            .option("checkpointLocation", checkpoint)
            .outputMode(outputMode)
            .trigger(trigger)
            .start()
        try await query.awaitTermination()
    }

    private var outputMode: OutputMode {
        switch shape {
        case "two-counts": .complete
        case "count-union", "window-updates": .update
        default: .append
        }
    }

    /// The messages of a topic.
    func messages(_ topic: Int) -> DataFrame {
        session.readStream
            .format("kafka")
            .option("kafka.bootstrap.servers", servers)
            .option("subscribe", topics[topic])
            .option("startingOffsets", "earliest")
            .option("maxOffsetsPerTrigger", maximumOffsets)
            .load()
    }

    /// Lines of a topic: `id` is the line's first word behind the tag, `line` all of it.
    private func lines(_ topic: Int, tag: String) -> DataFrame {
        messages(topic)
            .selectExpr(
                "concat('\(tag):', split(CAST(value AS STRING), ' ')[0]) AS id", "CAST(value AS STRING) AS line",
                "partition")
    }

    /// Lines of JSON files: what stands for the first topic is their folder.
    private func fileLines() -> DataFrame {
        session.readStream.schema("line STRING").option("maxFilesPerTrigger", 2).json(topics[0])
            .selectExpr("concat('a:', split(line, ' ')[0]) AS id", "line")
    }

    private func frame() throws -> DataFrame {
        switch shape {
        case "stateless": return rows(lines(0, tag: "a"))
        case "files": return rows(fileLines())
        case "union": return rows(lines(0, tag: "a").union(lines(1, tag: "b")))
        case "bad-rows":
            return messages(0).selectExpr("key", "CAST(CAST(CAST(value AS STRING) AS INT) AS STRING) AS value")
        case "self-union": return rows(lines(0, tag: "a").union(lines(0, tag: "b")))
        case "table-join": return try joined()
        case "count-union": return counts().selectExpr("word AS key", "CAST(count AS STRING) AS value")
        case "two-counts":
            return counts().groupBy(col("count").as("n")).agg(count("*").as("words"))
                .selectExpr(
                    "CAST(n AS STRING) AS key",
                    "concat(CAST(words AS STRING), ' ', CAST(current_timestamp() AS STRING)) AS value")
        default:
            guard let frame = eventFrame() ?? joinFrame() ?? functionFrame() else {
                throw UnknownShape(description: "there is no shape '\(shape)'")
            }
            return frame
        }
    }

    /// How often each word is in the lines of both topics.
    private func counts() -> DataFrame {
        lines(0, tag: "a").union(lines(1, tag: "b")).select(explode(split(col("line"), " ")).as("word"))
            .groupBy("word").count()
    }

    private func rows(_ lines: DataFrame) -> DataFrame { lines.selectExpr("id AS key", "line AS value") }

    /// Each line with the name of its partition from a table; every partition has one.
    private func joined() throws -> DataFrame {
        let names = try session.createDataFrame(
            (0..<8).map { [.integer($0), .string("p\($0)")] },
            schema: Schema([Field("partition", .integer), Field("name", .string)]))
        return lines(0, tag: "a").join(names, on: "partition")
            .selectExpr("id AS key", "concat(line, ' ', name) AS value")
    }

    struct UnknownShape: Error, CustomStringConvertible { let description: String }
}

// Bad rows that leave a stream for a topic of their own.

import DurableFiles
import KafkaClient
import KafkaTestSupport
import Millrace
import TestSupport
import Testing

@Suite struct DeadLetterTests {
    /// Topics on a broker in this process, and queries on them that send bad rows to `dead`.
    private final class World {
        let kafka: EmbeddedKafka
        let session: Session
        let warnings = Collected<String>()
        let directory = try? TemporaryFolder()

        init(workers: Int = 2) throws {
            kafka = try EmbeddedKafka()
            for topic in ["in", "out", "dead"] { try kafka.createTopic(topic, partitions: 1) }
            var configuration = SessionConfiguration.quiet
            configuration.workerCount = workers
            configuration.log = { [warnings] level, line in if level == .warning { warnings.append(line) } }
            session = Session(appName: "dead letters", configuration: configuration)
        }

        deinit { kafka.close() }

        func read(_ options: [String: String] = [:]) -> DataFrame {
            options.reduce(
                session.readStream.format("kafka").option("kafka.bootstrap.servers", kafka.bootstrapServers)
                    .option("subscribe", "in").option("startingOffsets", "earliest")
            ) { $0.option($1.key, $1.value) }.load()
        }

        /// Writes messages: keys and values.
        func send(_ messages: [(key: String?, value: String?)]) throws {
            let schema = Schema([Field("key", .string), Field("value", .string)])
            func text(_ text: String?) -> Value { text.map { .string($0) } ?? .null }
            try session.createDataFrame(messages.map { [text($0.key), text($0.value)] }, schema: schema).write
                .format("kafka").option("kafka.bootstrap.servers", kafka.bootstrapServers).option("topic", "in").save()
        }

        /// Runs a query over what is there; gives the bad rows that its progress counts.
        @discardableResult func run(
            _ frame: DataFrame, outputMode: OutputMode = .append, checkpoint: String? = nil
        ) async throws -> Int64 {
            let query = try await frame.writeStream.format("kafka").queryName("numbers").outputMode(outputMode)
                .option("kafka.bootstrap.servers", kafka.bootstrapServers).option("topic", "out")
                .option("badRows", "dead-letter").option("badRowsTopic", "dead")
                .option("checkpointLocation", checkpoint ?? directory?.path ?? "").trigger(.availableNow).start()
            try await query.awaitTermination()
            return query.recentProgress.reduce(0) { $0 + ($1.numBadRows ?? 0) }
        }

        /// The messages of a topic: key, value and headers.
        func records(_ topic: String) throws -> [String] {
            try session.read.format("kafka").option("kafka.bootstrap.servers", kafka.bootstrapServers)
                .option("subscribe", topic).option("includeHeaders", "true").load()
                .selectExpr(
                    "CAST(key AS STRING) AS k", "CAST(value AS STRING) AS v",
                    "transform(headers, h -> concat(h.key, '=', CAST(h.value AS STRING))) AS h"
                )
                .selectExpr("concat_ws(' ', coalesce(k, 'NULL'), coalesce(v, 'NULL'), array_join(h, ' '))").collect()
                .map { row in if case .string(let text) = row.values[0] { text } else { "" } }
        }
    }

    private static var names: Regex<Substring> {
        #/ millrace.query.name=numbers millrace.query.id=[0-9a-f-]{36} millrace.batch.id=[0-9]+$/#
    }

    /// Dead letters without the names of query and batch, which all of them must have.
    private func letters(_ world: World) throws -> [String] {
        try world.records("dead").map { letter in
            #expect(letter.contains(Self.names))
            return letter.replacing(Self.names, with: "")
        }
    }

    @Test("the message goes as it came, with the error and its place; the others go on", arguments: [1, 3])
    func messages(workers: Int) async throws {
        let world = try World(workers: workers)
        try world.send([("a", "1"), ("b", "x"), (nil, "3"), (nil, "1.5"), ("c", nil), ("d", "0")])
        let frame = world.read().selectExpr("CAST(100 div CAST(CAST(value AS STRING) AS INT) AS STRING) AS value")
        #expect(try await world.run(frame) == 3)
        #expect(try world.records("out") == ["NULL 100", "NULL 33", "NULL NULL"])
        func header(_ condition: String, _ message: String, _ offset: Int) -> String {
            "millrace.error.condition=\(condition) millrace.error.message=\(message) millrace.source.topic=in "
                + "millrace.source.partition=0 millrace.source.offset=\(offset)"
        }
        let found = try letters(world).map { letter in
            letter.replacing(#/, in .*? millrace.source.topic/#, with: " millrace.source.topic")
        }
        #expect(found.count == 3)
        #expect(found[0].hasPrefix("b x millrace.error.condition=CAST_INVALID_INPUT millrace.error.message="))
        #expect(found[0].contains("'x'"))
        #expect(found[0].hasSuffix("millrace.source.topic=in millrace.source.partition=0 millrace.source.offset=1"))
        #expect(found[1].hasPrefix("NULL 1.5 millrace.error.condition=CAST_INVALID_INPUT"))
        #expect(found[1].hasSuffix("millrace.source.offset=3"))
        #expect(found[2] == "d 0 " + header("DIVIDE_BY_ZERO", "division by zero", 5))
        #expect(
            world.warnings.all.contains { $0.contains("3 bad rows, left the stream as dead letters; the first: [") })
        #expect(world.warnings.all.contains { $0.contains("at offset 1 of partition 0 of topic 'in'") })
    }

    @Test("headers of the message go along, where the query reads them")
    func headers() async throws {
        let world = try World()
        let schema = Schema([Field("value", .string)])
        try world.session.createDataFrame([[.string("x")]], schema: schema)
            .selectExpr("value", "array(named_struct('key', 'trace', 'value', CAST('7' AS BINARY))) AS headers").write
            .format("kafka").option("kafka.bootstrap.servers", world.kafka.bootstrapServers).option("topic", "in")
            .save()
        try await world.run(
            world.read(["includeHeaders": "true"]).selectExpr(
                "CAST(CAST(CAST(value AS STRING) AS INT) AS STRING) AS value"))
        #expect(try letters(world).map { $0.hasPrefix("NULL x trace=7 millrace.error.condition=") } == [true])
    }

    @Test("a bad row is no part of an aggregation, moves no watermark and is late for nothing; a restart repeats none")
    func aggregation() async throws {
        let world = try World()
        // Sensor, seconds, value.
        let counts = world.read().selectExpr("split(CAST(value AS STRING), ' ') AS p")
            .selectExpr("p[0] AS sensor", "timestamp_seconds(CAST(p[1] AS BIGINT)) AS time", "p[2] AS v")
            .withWatermark("time", "10 seconds").selectExpr("sensor", "time", "CAST(v AS INT) AS v")
            .groupBy(window("time", "10 seconds"), col("sensor")).agg(count("*").as("n"), sum("v").as("s"))
            .selectExpr("concat(sensor, ' ', CAST(unix_seconds(window.start) AS STRING), ' ', n, ' ', s) AS value")
        try world.send([(nil, "a 1 5"), (nil, "a 2 6"), (nil, "a 9000 x"), (nil, "a y 1"), (nil, "a")])
        #expect(try await world.run(counts) == 3)
        try world.send([(nil, "a 3 7"), (nil, "a 40 1")])
        #expect(try await world.run(counts) == 0)
        try world.send([(nil, "a 41 z")])
        #expect(try await world.run(counts) == 1)
        #expect(try world.records("out") == ["NULL a 0 3 18"])
        #expect(
            try letters(world).map { $0.prefix { $0 != "=" } } == [
                "NULL a 9000 x millrace.error.condition", "NULL a y 1 millrace.error.condition",
                "NULL a millrace.error.condition", "NULL a 41 z millrace.error.condition",
            ])
    }

    @Test("one bad element takes the whole message along, and no row of it comes out")
    func explodes() async throws {
        let world = try World()
        try world.send([(nil, "1,2"), (nil, "3,x,4"), (nil, "5")])
        try await world.run(
            world.read().select(explode(split(col("value").cast("string"), ",")).as("e"))
                .selectExpr("CAST(CAST(e AS INT) * 2 AS STRING) AS value"))
        #expect(try world.records("out") == ["NULL 2", "NULL 4", "NULL 10"])
        #expect(try letters(world).map { $0.hasPrefix("NULL 3,x,4 ") } == [true])
    }

    @Test("what an aggregation gives is no message: the row goes as JSON, with the step that it comes from")
    func behindGroups() async throws {
        let world = try World()
        try world.send([("a", "1"), ("a", "2"), ("b", "1")])
        try await world.run(
            world.read().groupBy(col("key").cast("string").as("k")).count()
                .selectExpr("k AS key", "CAST(10 div (count - 1) AS STRING) AS value"), outputMode: .update)
        #expect(try world.records("out") == ["a 10"])
        let found = try letters(world)
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix(#"NULL {"k":"b","count":1} millrace.error.condition=DIVIDE_BY_ZERO "#) == true)
        #expect(found.first?.contains(" millrace.source.step=") == true)
    }

    @Test("rows of files go as JSON of the columns that the query reads, with file and line")
    func files() async throws {
        let world = try World()
        let folder = try TemporaryFolder()
        let file = try OpenFile("\(folder.path)/a.json", .createExclusive, disk: RealDisk())
        let lines = ["1", "x", "2", "y"].map { "{\"n\":\"\($0)\",\"m\":\"5\",\"o\":3}\n" }.joined()
        try Array(lines.utf8).withUnsafeBytes { try file.write([$0], at: 0) }
        file.close()
        try await world.run(
            world.session.readStream.schema("n STRING, m STRING, o INT").json(folder.path)
                .selectExpr("concat(CAST(n AS INT), m) AS value"))
        #expect(try world.records("out") == ["NULL 15", "NULL 25"])
        let found = try letters(world)
        #expect(found.count == 2)
        for (letter, expected) in zip(found, [("x", 2), ("y", 4)]) {
            let row = "{\"n\":\"\(expected.0)\",\"m\":\"5\"}"
            #expect(letter.hasPrefix("NULL \(row) millrace.error.condition=CAST_INVALID_INPUT "))
            #expect(letter.hasSuffix(" millrace.source.file=\(folder.path)/a.json millrace.source.line=\(expected.1)"))
        }
    }

    @Test("which rows are dead letters is what the try_ forms say, for many rows and any share of bad ones")
    func likeTry() async throws {
        let seed = UInt64.random(in: 0...1_000_000)
        var random = SeededRandom(seed)
        let texts = (0..<3600).map { row in
            let density = row < 1500 ? 0.001 : row < 2000 ? 1.0 : 0.2
            return Double.random(in: 0..<1, using: &random) < density ? "x\(row)" : "\(row)"
        }
        let world = try World()
        try world.send(texts.map { (nil, $0) })
        let bad = try await world.run(
            world.read().selectExpr("CAST(CAST(CAST(value AS STRING) AS INT) AS STRING) AS value"))
        #expect(try world.records("out") == texts.filter { !$0.hasPrefix("x") }.map { "NULL \($0)" }, "seed \(seed)")
        let expected = texts.filter { $0.hasPrefix("x") }
        #expect(bad == Int64(expected.count), "seed \(seed)")
        #expect(
            try letters(world).map { $0.split(separator: " ")[1] } == expected.map { Substring($0) }, "seed \(seed)")
    }

    @Test("they go to no topic that the query reads: each would become the next one")
    func loop() async throws {
        let world = try World()
        await #expect {
            try await world.run(world.read(["subscribe": "in,dead"]).selectExpr("value"))
        } throws: {
            "\($0)".contains("dead letters go to topic 'dead', and ")
        }
    }

    @Test("rows of a table never go there: the option is refused in words of its own")
    func tables() throws {
        let world = try World()
        #expect {
            try world.session.createDataFrame([[.string("a")]], schema: Schema([Field("value", .string)])).write
                .format("kafka").option("kafka.bootstrap.servers", "127.0.0.1:1").option("topic", "out")
                .option("badRowsTopic", "dead").save()
        } throws: {
            "\($0)".contains("a query on tables ends at its first bad row")
        }
    }
}

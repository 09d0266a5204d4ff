// Offsets as JSON, rate limits, options.

import Columns
import Connectors
import JSONText
import KafkaClient
import Testing

@testable import KafkaConnector

@Suite struct KafkaOffsetsTests {
    @Test("offsets are sorted by topic and by the partition's number, not its text")
    func canonical() throws {
        let offsets = KafkaOffsets([
            TopicPartition("b", 0): 5, TopicPartition("a", 10): 1, TopicPartition("a", 2): 7,
        ])
        #expect(offsets.json.text == #"{"a":{"2":7,"10":1},"b":{"0":5}}"#)
        #expect(try KafkaOffsets.parse(offsets.json) == offsets)
    }

    @Test(
        "what aren't offsets is refused",
        arguments: [
            "5", #"{"a":5}"#, #"{"a":{"x":1}}"#, #"{"a":{"-1":1}}"#, #"{"a":{"0":-1}}"#, #"{"a":{"0":1.5}}"#,
            #"{"":{"0":1}}"#,
            #"{"a":{"99999999999":1}}"#,
        ])
    func malformed(text: String) throws {
        let json = try JSONValue.parse(text)
        #expect(throws: ConnectorError.self) { try KafkaOffsets.parse(json) }
    }

    @Test("offsets that were seen lately are the same again, and no more are kept than a batch needs")
    func memo() throws {
        var memo = KafkaOffsetsMemo()
        let all = (0..<6).map { KafkaOffsets([TopicPartition("t", 0): $0, TopicPartition("t", 1): 7]) }
        for offsets in all {
            #expect(try memo.offsets(offsets.json) == offsets)
            #expect(memo.json(offsets) == offsets.json)
        }
        for offsets in all { #expect(memo.json(offsets) == offsets.json) }
        for offsets in all { #expect(try memo.offsets(offsets.json) == offsets) }
        #expect(throws: ConnectorError.self) { try memo.offsets(5) }
    }

    @Test("new topics of a pattern are looked for less often: each look asks for all of the cluster's")
    func discoveryInterval() throws {
        func interval(_ options: [String: String], isTable: Bool = false) throws -> Int64 {
            try KafkaSourceOptions(options, isTable: isTable).discoveryIntervalMilliseconds
        }
        #expect(try interval(["subscribe": "a"]) == 1_000)
        #expect(try interval(["assign": #"{"a":[0]}"#]) == 1_000)
        #expect(try interval(["subscribePattern": "a.*"]) == 10_000)
        #expect(try interval(["subscribePattern": "a.*", "partitionDiscoveryIntervalMs": "70"]) == 70)
        #expect(try interval(["subscribe": "a", "partitionDiscoveryIntervalMs": "70"]) == 70)
    }

    @Test("a limit is divided in proportion to the backlog; shares below one are rounded up (Spark's K01)")
    func rateLimit() {
        let partitions = (0..<3).map { TopicPartition("t", Int32($0)) }
        let latest = KafkaOffsets([partitions[0]: 101, partitions[1]: 11, partitions[2]: 1])
        let start = KafkaOffsets([partitions[0]: 0, partitions[1]: 0, partitions[2]: 0])
        let first = RateLimit.bounded(latest, from: start, limit: 10)
        #expect(partitions.map { first[$0] } == [8, 1, 1])
        let second = RateLimit.bounded(latest, from: first, limit: 10)
        #expect(partitions.map { second[$0] } == [17, 2, 1])
        #expect(RateLimit.bounded(latest, from: start, limit: 1000) == latest)
    }

    @Test(
        "a wrong option is named with its remedy",
        arguments: [
            ([:], "needs one of the options"),
            (["subscribe": "a", "assign": #"{"a":[0]}"#], "has 'subscribe' and 'assign'"),
            (["subscribe": ""], "names no topic"),
            (
                ["assign": "x"],
                "option 'assign' of the kafka source is not JSON: unexpected 'x' (line 1, column 1) in 'x'"
            ),
            (["assign": "[1]"], "option 'assign' of the kafka source is '[1]'"),
            (["assign": #"{"a":[-1]}"#], "bad partitions"),
            (["subscribe": "a", "startingOffsets": "first"], "is 'first'; it takes earliest, latest or JSON"),
            (
                ["subscribe": "a", "startingOffsets": #"{"a":{"0":1,}}"#],
                #"not JSON: unexpected '}' (line 1, column 13) in '{"a":{"0":1,}}'"#
            ),
            (["subscribe": "a", "startingOffsets": #"{"a":{"0":-3}}"#], #"is '{"a":{"0":-3}}'; it takes"#),
            (["subscribe": "a", "failOnDataLoss": "maybe"], "takes true or false"),
            (["subscribe": "a", "maxOffsetsPerTrigger": "0"], "a whole number: 1, or more"),
            (["subscribe": "a", "maxOffsetPerTrigger": "5"], "did you mean 'maxOffsetsPerTrigger'"),
            (["subscribe": "a", "endingOffsets": "latest"], "a stream has no end"),
            (["subscribe": "a", "endingTimestamp": "5"], "a stream has no end"),
            (["subscribePattern": ""], "option 'subscribePattern' is empty"),
            (["subscribePattern": "a("], "option 'subscribePattern' is no regular expression"),
            (["subscribePattern": "a)|(b"], "option 'subscribePattern' is no regular expression"),
            (["subscribePattern": "a", "subscribe": "a"], "has 'subscribe' and 'subscribePattern'"),
            (["subscribe": "a", "startingTimestamp": "-1"], "a whole number: 0, or more"),
            (["subscribe": "a", "startingOffsetsByTimestamp": "7"], "milliseconds since 1970"),
            (["subscribe": "a", "startingOffsetsByTimestamp": #"{"a":{"0":-1}}"#], "milliseconds since 1970"),
            (["subscribe": "a", "startingOffsetsByTimestampStrategy": "earliest"], "it takes error or latest"),
            (
                ["subscribe": "a", "minOffsetsPerTrigger": "8", "maxOffsetsPerTrigger": "7"],
                "is 8, more than 'maxOffsetsPerTrigger', which is 7"
            ),
            (["subscribe": "a", "maxTriggerDelay": "soon"], "it takes a number and ms, s, m, h or d"),
            (["topic": "a"], "a source's topics are named by option 'subscribe'"),
            (["subscribe": "a", "bootstrap.servers": "b"], "'kafka.bootstrap.servers'"),
            (["subscribe": "a", "xyzzy": "b"], "known options: assign, failOnDataLoss, includeHeaders"),
        ] as [([String: String], String)])
    func options(values: [String: String], expected: String) {
        #expect {
            try KafkaSourceOptions(values)
        } throws: { "\($0)".contains(expected) }
    }

    @Test(
        "a table begins before its end and ends behind its beginning",
        arguments: [
            (["startingOffsets": "latest"], "it takes earliest or JSON"),
            (["startingOffsets": #"{"a":{"0":-1}}"#], "-2 is earliest"),
            (["endingOffsets": "earliest"], "it takes latest or JSON"),
            (["endingOffsets": #"{"a":{"0":-2}}"#], "-1 is latest"),
            (["maxOffsetsPerTrigger": "5"], "a table is read whole"),
            (["minPartitions": "5"], "read by one worker"),
        ] as [([String: String], String)])
    func tableOptions(values: [String: String], expected: String) {
        #expect {
            try KafkaSourceOptions(values.merging(["subscribe": "a"]) { $1 }, isTable: true)
        } throws: { "\($0)".contains(expected) }
    }

    @Test("of the options that say where to begin or end, time comes before times and both before offsets, as in Spark")
    func precedence() throws {
        let offsets = #"{"a":{"0":7}}"#
        var values = ["subscribe": "a", "startingOffsets": offsets, "endingOffsets": offsets]
        func ends() throws -> [KafkaOffsetLimit?] {
            let options = try KafkaSourceOptions(values, isTable: true)
            return [options.start, options.end]
        }
        let partition = TopicPartition("a", 0)
        #expect(try ends() == [.offsets([partition: 7]), .offsets([partition: 7])])
        values["startingOffsetsByTimestamp"] = offsets
        values["endingOffsetsByTimestamp"] = offsets
        #expect(try ends() == [.timestamps([partition: 7]), .timestamps([partition: 7])])
        values["startingTimestamp"] = "8"
        values["endingTimestamp"] = "9"
        #expect(try ends() == [.timestamp(8), .timestamp(9)])
        let stream = try KafkaSourceOptions(["subscribe": "a"])
        #expect(stream.start == .latest && stream.end == nil && stream.givenStart == nil)
        let table = try KafkaSourceOptions(["subscribe": "a"], isTable: true)
        #expect(table.start == .earliest && table.end == .latest)
        let given = try KafkaSourceOptions(["subscribe": "a", "startingOffsetsByTimestamp": offsets])
        #expect(given.givenStart == "startingOffsetsByTimestamp")
        #expect(given.limits.delayMilliseconds == 15 * 60_000)
        #expect(
            try KafkaSourceOptions(["subscribe": "a", "maxTriggerDelay": "90s"]).limits.delayMilliseconds == 90_000)
    }

    @Test("a pattern fits whole names, in Java's syntax, and none of Kafka's own topics")
    func pattern() throws {
        let topics = ["events-1", "events-22", "events-", "old-events-1", "EVENTS-3", "b", "__consumer_offsets"]
        #expect(try TopicPattern(#"events-\d+"#).topics(among: topics) == ["events-1", "events-22"])
        #expect(
            try TopicPattern(#"(?i)events-\d+|b"#).topics(among: topics) == ["events-1", "events-22", "EVENTS-3", "b"])
        #expect(try TopicPattern(".*").topics(among: topics) == Set(topics.dropLast()))
        #expect(try TopicPattern("events").topics(among: topics) == [])
        #expect(try TopicPattern("events").topics(among: []) == [])
    }

    @Test("a batch waits for its least rows, but not for longer than the delay; the first one doesn't")
    func delay() {
        var limits = KafkaBatchLimits()
        var delay = KafkaBatchDelay()
        func holdsBack(_ waiting: Int64, at now: UInt64, isUrgent: Bool = false) -> Bool {
            delay.holdsBack(waiting, limits, now: now, isUrgent: isUrgent)
        }
        #expect(!holdsBack(0, at: 5))
        limits.minimumOffsets = 10
        limits.delayMilliseconds = 1
        #expect(!holdsBack(1, at: 5))
        #expect(holdsBack(1, at: 1_000_004))
        #expect(!holdsBack(1, at: 1_000_005))
        #expect(holdsBack(9, at: 1_500_000))
        #expect(!holdsBack(10, at: 1_600_000))
        // The clock begins with each batch.
        #expect(holdsBack(9, at: 2_500_000))
        #expect(!holdsBack(9, at: 2_600_000))
        #expect(!holdsBack(0, at: 3_000_000, isUrgent: true))
        #expect(holdsBack(9, at: 3_999_999))
        // As in Spark, also with each look that found no rows when the delay was over.
        #expect(!holdsBack(0, at: 4_000_000))
        #expect(holdsBack(9, at: 4_999_999))
        #expect(!holdsBack(9, at: 5_000_000))
    }

    @Test(
        "a sink takes key, value, partition and topic of the right types, in Spark's words",
        arguments: [
            ([Field("key", .string)], "t", "required attribute 'value' not found"),
            ([Field("value", .long)], "t", "must be a(n) string or binary"),
            ([Field("value", .string)], nil, "topic option required"),
            ([Field("value", .string), Field("count", .long)], "t", "no use for column 'count'"),
            ([Field("value", .string), Field("partition", .long)], "t", "must be a(n) int"),
            (
                [Field("value", .string), Field("headers", .string)], "t",
                "must be a(n) ARRAY<STRUCT<key: STRING, value: BINARY>>, and is STRING"
            ),
        ] as [([Field], String?, String)])
    func sinkSchema(fields: [Field], topic: String?, expected: String) {
        #expect {
            try KafkaRowLayout(Schema(fields), topic: topic)
        } throws: { "\($0)".contains(expected) }
    }

    @Test("a column headers is written where there is one; that there is one must not contradict the option")
    func headersOption() throws {
        let schema = Schema([Field("value", .string), Field("headers", KafkaSchema.headerType)])
        for wanted in [nil, true] { _ = try KafkaRowLayout(schema, topic: "t", includesHeaders: wanted) }
        #expect(throws: ConnectorError.self) { try KafkaRowLayout(schema, topic: "t", includesHeaders: false) }
        _ = try KafkaRowLayout(Schema([Field("value", .string)]), topic: "t", includesHeaders: false)
        #expect(try KafkaSinkOptions(["topic": "t", "lateRowsTopic": "late"]).lateRowsTopic == "late")
        for bad in [
            ["topic": "t", "lateRowsTopic": "t"], ["topic": "t", "lateRowsTopic": ""],
            ["topic": "t", "lateRowsTopic": "late", "delivery": "at-least-once"],
        ] {
            #expect(throws: ConnectorError.self) { try KafkaSinkOptions(bad) }
        }
        #expect(try KafkaSinkOptions(["topic": "t", "includeHeaders": "true"]).includesHeaders == true)
        #expect(try KafkaSinkOptions(["topic": "t"]).includesHeaders == nil)
    }
}

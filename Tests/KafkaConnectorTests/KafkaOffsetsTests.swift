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
            (["subscribePattern": "a.*"], "option 'subscribePattern' of the kafka source is not supported"),
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
        "a sink takes key, value, partition and topic of the right types, in Spark's words",
        arguments: [
            ([Field("key", .string)], "t", "required attribute 'value' not found"),
            ([Field("value", .long)], "t", "must be a(n) string or binary"),
            ([Field("value", .string)], nil, "topic option required"),
            ([Field("value", .string), Field("count", .long)], "t", "no use for column 'count'"),
            ([Field("value", .string), Field("partition", .long)], "t", "must be a(n) int"),
        ] as [([Field], String?, String)])
    func sinkSchema(fields: [Field], topic: String?, expected: String) {
        #expect {
            try KafkaRowLayout(Schema(fields), topic: topic)
        } throws: { "\($0)".contains(expected) }
    }
}

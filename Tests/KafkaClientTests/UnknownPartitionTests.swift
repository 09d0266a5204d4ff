// Partitions that the brokers don't know, or don't know yet.

import Testing

@testable import KafkaClient

@Suite struct UnknownPartitionTests {
    /// Asks for something that is unknown the first times; returns how often it was asked for.
    private func asks(unknown: Int, until patience: Deadline?) throws -> (count: Int, error: KafkaError?) {
        let consumer = try KafkaConsumer(KafkaConfiguration(["bootstrap.servers": "localhost:1"]), groupId: "g")
        defer { consumer.close() }
        var count = 0
        do throws(KafkaError) {
            try consumer.client.ask(
                "asking", deadline: Deadline(milliseconds: 600_000), unknownUntil: patience, serve: {}
            ) { _ in
                count += 1
                return ((count > unknown ? KafkaErrorCode.none : .unknownPartition).response, ())
            }
        } catch {
            return (count, error)
        }
        return (count, nil)
    }

    @Test func aPartitionThatMayComeIsAskedForAgain() throws {
        let asked = try asks(unknown: 3, until: Deadline(milliseconds: 600_000))
        #expect(asked.count == 4 && asked.error == nil)
    }

    /// Whoever has retries of its own hears at once, and may tell by the error that asking again is up to it.
    @Test func usuallyItIsMissingAtOnce() throws {
        for patience in [nil, Deadline(milliseconds: 0)] {
            let asked = try asks(unknown: 3, until: patience)
            #expect(asked.count == 1 && asked.error?.code == .unknownPartition && asked.error?.isRetriable == false)
        }
    }
}

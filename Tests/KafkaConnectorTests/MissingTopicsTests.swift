// The words for topics that aren't there.

import Connectors
import Testing

@testable import KafkaConnector

@Suite struct MissingTopicsTests {
    @Test("missing topics are named with what may have been meant and what creates them")
    func words() {
        let error = MissingTopics.error(["event", "nowhere"], servers: "b:9092", known: ["events", "__state"])
        #expect(error.code == .notFound)
        #expect(error.message == "topics 'event', 'nowhere' do not exist on b:9092")
        #expect(
            error.hint == "did you mean 'events' for 'event'? Topics are never created here; this does: "
                + "kafka-topics.sh --bootstrap-server b:9092 --create --topic event --partitions 4; "
                + "kafka-topics.sh --bootstrap-server b:9092 --create --topic nowhere --partitions 4")
        let alone = MissingTopics.error(["xyz"], servers: "b:9092", known: ["counts", "__state"])
        #expect(alone.message == "topic 'xyz' does not exist on b:9092")
        #expect(alone.hint?.hasPrefix("topics there are: counts. Topics are never created here") == true)
    }
}

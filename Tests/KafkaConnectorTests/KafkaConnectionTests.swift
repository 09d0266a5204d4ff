// Which options of a sink its two clients get, and how much memory.

import Connectors
import KafkaClient
import Testing

@testable import KafkaConnector

@Suite("Kafka connections")
struct KafkaConnectionTests {
    @Test("The marker's reader gets all that it takes to reach the broker, and nothing that only producers know")
    func markerProperties() {
        let security = [
            "bootstrap.servers": "localhost:9093", "security.protocol": "SASL_SSL", "sasl.mechanisms": "PLAIN",
            "sasl.username": "alice", "sasl.password": "secret", "ssl.ca.location": "/certificates/ca.pem",
        ]
        let producers = ["linger.ms": "5", "compression.type": "zstd", "transaction.timeout.ms": "60000"]
        #expect(KafkaConnection.markerProperties(security.merging(producers) { $1 }) == security)
    }
    @Test(
        "A sink's producer takes no more than the query has for its output",
        arguments: ["exactly-once", "at-least-once"])
    func output(delivery: String) throws {
        let provider = try #require(KafkaConnection.provider.sink)
        func messages(_ bytes: Int) throws -> String? {
            let context = ConnectorContext(
                applicationName: "test", log: { _, _ in }, prefetchBytes: 1 << 20, outputBytes: bytes,
                nowMicroseconds: { 0 }, tables: MemoryTables())
            let sink = try provider.makeSink(
                SinkProvider.Request(
                    options: ["kafka.bootstrap.servers": "localhost:1", "topic": "out", "delivery": delivery],
                    queryName: nil, goesOn: false, context: context))
            let name = "queue.buffering.max.messages"
            if let sink = sink as? KafkaSink {
                sink.bind(queryID: "q", queryName: nil, sourceCluster: nil)
                let producer = try sink.newProducer()
                defer { producer.close() }
                return producer.setting(name)
            }
            let producer = try #require(sink as? KafkaPlainSink).newProducer()
            defer { producer.close() }
            return producer.setting(name)
        }
        #expect(try messages(8 << 20) == "26214")
        #expect(try messages(64 << 20) == "209715")
    }
}

// Which options of a sink its two clients get.

import KafkaConnector
import Testing

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
}

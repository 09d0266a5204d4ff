// Batches that are too slow for their transaction, judged by themselves and on a broker with a quota.

import Connectors
import KafkaClient
import KafkaTestSupport
import Testing
import Threads

@testable import KafkaConnector

@Suite struct TransactionTimeTests {
    private func attempt(
        delivered: Int, code: ConnectorError.Code = .unavailable, seconds: UInt64 = 100
    ) -> TransactionTime.Attempt {
        let now = Monotonic.nanoseconds
        return TransactionTime.Attempt(
            batchID: 7, rows: 100, delivered: delivered, startNanoseconds: now &- seconds * 1_000_000_000,
            failure: ConnectorError(code, "timed out"))
    }

    @Test("the time grows with what is left, at least twofold, up to what the brokers allow; then it is an error")
    func grows() {
        var time = TransactionTime(milliseconds: 10_000)
        time.maximumMilliseconds = 100_000
        let first = time.judge(attempt(delivered: 99))
        #expect(first?.code == .outcomeUnknown)
        #expect(time.milliseconds == 20_000)
        let second = time.judge(attempt(delivered: 50))
        #expect(second?.isRetriable == true)
        #expect(time.milliseconds == 60_000)
        let third = time.judge(attempt(delivered: 1))
        #expect(third?.code == .outcomeUnknown)
        #expect(time.milliseconds == 100_000)
        let last = time.judge(attempt(delivered: 60))
        #expect(last?.code == .transactionTooLong && last?.isRetriable == false)
        #expect(last?.message.contains("60 of 100 rows") == true && last?.message.contains("100000 ms") == true)
    }

    @Test("what has another reason than time is left alone")
    func otherReasons() {
        var time = TransactionTime(milliseconds: 10_000)
        let others = [
            attempt(delivered: 0), attempt(delivered: 50, seconds: 5), attempt(delivered: 50, code: .badRow),
        ]
        for other in others {
            let judged = time.judge(other)
            #expect(judged?.code == nil)
        }
        #expect(time.milliseconds == 10_000)
    }

    @Test("a broker with a quota", .enabled(if: LocalBroker.home != nil, "no KAFKA_HOME"))
    func quota() throws {
        let broker = try LocalBroker(settings: ["transaction.max.timeout.ms": "60000"])
        defer { broker.wipe() }
        let servers = broker.bootstrapServers
        let home = try #require(LocalBroker.home)
        let admin = try KafkaAdmin(KafkaConfiguration(["bootstrap.servers": servers]))
        defer { admin.close() }
        try admin.createTopics([.init("slow", partitions: 1)])
        let sink = try #require(
            try RealSinkTests.sink(
                [
                    "topic": "slow", "transactionTimeoutMs": "2000", "kafka.bootstrap.servers": servers,
                    "kafka.batch.size": "10000", "kafka.client.id": "slow",
                ], columns: ["value"]) as? any TransactionalSink)
        sink.bind(queryID: "q", queryName: nil, sourceCluster: nil)
        defer { sink.close() }
        try sink.open()
        _ = LocalBroker.output(
            "'\(home)/kafka' configs --bootstrap-server \(servers) --alter --add-config producer_byte_rate=120000 "
                + "--entity-type clients --entity-default 2>&1")
        let row = [String(repeating: "x", count: 1_000)] as [String?]
        let marker = SinkMarker(text: "m", positions: [])
        var failures: [ConnectorError] = []
        for _ in 0..<8 {
            try sink.fence()
            do {
                try sink.deliver(
                    batchID: 0, rows: [texts(["value"], Array(repeating: row, count: 1_700))], marker: marker,
                    expecting: nil)
                break
            } catch let error as ConnectorError {
                failures.append(error)
            }
        }
        // Too slow at first, and through with more time.
        #expect(
            !failures.isEmpty && failures.allSatisfy { $0.code == .outcomeUnknown && $0.isRetriable }, "\(failures)")
        try sink.fence()
        #expect(try sink.lastMarker(candidates: []) == marker)
    }
}

// A real Kafka for tests: the one that is named, or one broker per test process.

import KafkaClient
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The real Kafka that tests may use.
///
/// `KAFKA_BOOTSTRAP_SERVERS` names a running one. Otherwise `KAFKA_HOME` names a folder with a `kafka` script, which
/// starts one broker on a free port with its own temporary folder; it is ended with this process, however that ends.
/// Where neither is set, suites are skipped with a loud line: `@Suite(.enabled(if: RealKafka.isAvailable))`.
package enum RealKafka {
    /// Why tests are skipped.
    package static let skipped = "neither KAFKA_BOOTSTRAP_SERVERS nor KAFKA_HOME is set"

    /// Whether a real Kafka is there or can be started; says so once on standard error where not.
    package static let isAvailable: Bool = {
        if environmentVariable("KAFKA_BOOTSTRAP_SERVERS") != nil || LocalBroker.home != nil { return true }
        say("SKIPPED: tests on a real Kafka do not run, because \(skipped)")
        return false
    }()

    /// The brokers' addresses; starts a broker at the first call.
    package static func bootstrapServers() throws -> String { try started.get() }

    /// Options for a client: the servers and `extra`.
    package static func options(_ extra: [String: String] = [:]) throws -> [String: String] {
        try ["bootstrap.servers": bootstrapServers()].merging(extra) { $1 }
    }

    /// Makes a topic with a name of its own, and returns the name.
    package static func makeTopic(
        _ label: String, partitions: Int32 = 1, settings: [String: String] = [:]
    ) throws -> String {
        let name = uniqueName(label)
        let admin = try KafkaAdmin(KafkaConfiguration(options()))
        defer { admin.close() }
        try admin.createTopicsPatiently([.init(name, partitions: partitions, settings: settings)])
        return name
    }

    /// Waits until no transaction is open in the topic: a commit returns when it is decided, and is seen by readers a
    /// moment later, when the broker has written the markers. Throws after 20 s.
    package static func settle(_ topic: String, partitions: Int32 = 1) throws {
        let all = (0..<partitions).map { TopicPartition(topic, $0) }
        let stable = try KafkaConsumer(KafkaConfiguration(options()), groupId: "settle")
        let raw = try KafkaConsumer(
            KafkaConfiguration(options(["isolation.level": "read_uncommitted"])), groupId: "settle")
        defer {
            stable.close()
            raw.close()
        }
        for _ in 0..<2_000 {
            // The written end first: it may grow between the two questions, the stable one may then only be behind.
            let ends = try [raw, stable].map {
                try $0.latestOffsets(all, timeoutMilliseconds: 90_000, unknownMilliseconds: 60_000)
            }
            if ends[0] == ends[1] { return }
            poll(nil, 0, 10)
        }
        throw KafkaError(code: .timedOut, message: "a transaction is still open", topic: topic)
    }

    /// `label` and something that no other test run has.
    package static func uniqueName(_ label: String) -> String {
        "\(label)-\(getpid())-\(UInt32.random(in: .min ... .max))"
    }

    private static let started: Result<String, KafkaError> = {
        if let servers = environmentVariable("KAFKA_BOOTSTRAP_SERVERS") { return .success(servers) }
        do throws(KafkaError) {
            let broker = try LocalBroker()
            ownBroker.withLock { $0 = broker }
            atexit { RealKafka.ownBroker.withLock { $0 }?.wipe() }
            return .success(broker.bootstrapServers)
        } catch {
            return .failure(error)
        }
    }()

    private static let ownBroker = Mutex<LocalBroker?>(nil)

    private static func say(_ line: String) { _ = "\n*** \(line)\n\n".withCString { write(2, $0, strlen($0)) } }
}

extension KafkaAdmin {
    /// Makes topics. A broker that shares its processors with a whole test run may not answer for seconds, and its own
    /// controller takes it for gone meanwhile: that passes, and is waited for.
    package func createTopicsPatiently(_ topics: [NewTopic]) throws {
        var rest = topics
        var attempts = 0
        while let failure = failure(ofCreating: rest) {
            attempts += 1
            // What exists when nothing has been tried yet is somebody else's; later it is what an attempt has made all
            // the same, whose answer came too late.
            if attempts > 60 || attempts == 1 && failure.code == .topicExists { throw failure }
            usleep(500_000)
            let known = (try? metadata(topics: topics.map(\.name), timeoutMilliseconds: 10_000)) ?? []
            let there = Set(known.filter { $0.error == nil }.map(\.topic))
            rest = topics.filter { !there.contains($0.name) }
        }
    }

    private func failure(ofCreating topics: [NewTopic]) -> KafkaError? {
        do throws(KafkaError) {
            try createTopics(topics)
            return nil
        } catch {
            return error
        }
    }
}

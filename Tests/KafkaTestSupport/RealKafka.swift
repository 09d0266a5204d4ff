// A real Kafka for tests: the one that is named, or one broker per test process.

import KafkaClient

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
        if variable("KAFKA_BOOTSTRAP_SERVERS") != nil || variable("KAFKA_HOME") != nil { return true }
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
        try admin.createTopics([.init(name, partitions: partitions, settings: settings)])
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
            let written = try raw.latestOffsets(all, timeoutMilliseconds: 10_000)
            if try stable.latestOffsets(all, timeoutMilliseconds: 10_000) == written { return }
            poll(nil, 0, 10)
        }
        throw KafkaError(code: .timedOut, message: "a transaction is still open", topic: topic)
    }

    /// `label` and something that no other test run has.
    package static func uniqueName(_ label: String) -> String {
        "\(label)-\(getpid())-\(UInt32.random(in: .min ... .max))"
    }

    private static let started: Result<String, KafkaError> = {
        if let servers = variable("KAFKA_BOOTSTRAP_SERVERS") { return .success(servers) }
        guard let home = variable("KAFKA_HOME") else {
            return .failure(KafkaError(code: .failed, message: skipped, domain: .external))
        }
        return start(home: home)
    }()

    private static func start(home: String) -> Result<String, KafkaError> {
        var template = Array("\(variable("TMPDIR") ?? "/tmp")/millrace-kafka-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            return .failure(KafkaError(code: .failed, message: "no temporary folder: errno \(errno)"))
        }
        let folder = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let script = "'\(home)/kafka'"
        // Ends the broker also when this process is killed and no exit handler runs.
        let wipe = "\(script) wipe --dir '\(folder)'"
        let watch = "while kill -0 \(getpid()) 2>/dev/null; do sleep 0.5; done; \(wipe)"
        _ = output("setsid sh -c \"\(watch)\" > /dev/null 2>&1 < /dev/null & echo watching")
        let heap = variable("KAFKA_HEAP") ?? "512M"
        let text = output("KAFKA_HEAP=\(heap) \(script) start --dir '\(folder)' --port \(freePort()) 2>&1")
        guard let line = text.split(separator: "\n").last, line.hasPrefix("127.0.0.1:") else {
            return .failure(KafkaError(code: .failed, message: "Kafka did not start: \(text)", domain: .external))
        }
        exitCommand = wipe
        atexit { if let command = RealKafka.exitCommand { _ = RealKafka.output("\(command) 2>&1") } }
        return .success(String(line))
    }

    /// SAFETY: written once, before the exit handler that reads it is registered.
    nonisolated(unsafe) private static var exitCommand: String?

    /// What a shell command prints.
    private static func output(_ command: String) -> String {
        guard let stream = popen(command, "r") else { return "" }
        defer { pclose(stream) }
        var bytes: [UInt8] = []
        while case let byte = fgetc(stream), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A port that is free together with the four after it.
    private static func freePort() -> Int {
        for _ in 0..<100 {
            let port = Int.random(in: 2_000..<3_000) * 10
            if (port...port + 4).allSatisfy(isFree) { return port }
        }
        return 19_092
    }

    private static func isFree(_ port: Int) -> Bool {
        #if canImport(Glibc)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
        let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func say(_ line: String) { _ = "\n*** \(line)\n\n".withCString { write(2, $0, strlen($0)) } }
}

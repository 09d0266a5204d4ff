// One broker of a test's own, started by the script that KAFKA_HOME names, which can be killed, paused and restarted.

import KafkaClient

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A broker in a temporary folder of its own on a free port. It ends with this process, however that ends.
package final class LocalBroker: Sendable {
    /// The broker's address.
    package let bootstrapServers: String
    private let script: String
    private let folder: String

    /// The folder with the `kafka` script, or nil where KAFKA_HOME names none.
    package static var home: String? { environmentVariable("KAFKA_HOME") }

    /// Starts a broker with settings of its own. Throws what the script said where it did not start.
    package init(settings: [String: String] = [:]) throws(KafkaError) {
        guard let home = LocalBroker.home else {
            throw KafkaError(code: .failed, message: "KAFKA_HOME is not set", domain: .external)
        }
        var template = Array("\(environmentVariable("TMPDIR") ?? "/tmp")/millrace-kafka-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw KafkaError(code: .failed, message: "no temporary folder: errno \(errno)")
        }
        folder = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        script = "'\(home)/kafka'"
        // Ends the broker also when this process is killed and no exit handler runs.
        let watch = "while kill -0 \(getpid()) 2>/dev/null; do sleep 0.5; done; \(script) wipe --dir '\(folder)'"
        _ = LocalBroker.output("setsid sh -c \"\(watch)\" > /dev/null 2>&1 < /dev/null & echo watching")
        let heap = environmentVariable("KAFKA_HEAP") ?? "512M"
        let set = settings.sorted { $0.key < $1.key }.map { "--set '\($0.key)=\($0.value)'" }.joined(separator: " ")
        // The script waits for a minute, in which a machine full of other work may not get a broker up; and whoever
        // took the port meanwhile has it.
        var text = ""
        for _ in 0..<3 {
            let port = LocalBroker.freePort()
            text = LocalBroker.output("KAFKA_HEAP=\(heap) \(script) start --dir '\(folder)' --port \(port) \(set) 2>&1")
            if let line = text.split(separator: "\n").last, line.hasPrefix("127.0.0.1:") {
                bootstrapServers = String(line)
                return
            }
            _ = LocalBroker.output("\(script) wipe --dir '\(folder)' 2>&1")
        }
        throw KafkaError(code: .failed, message: "Kafka did not start: \(text)", domain: .external)
    }

    /// SIGKILL.
    package func kill() { order("kill") }
    /// SIGSTOP: connections stay open, nobody answers.
    package func pause() { order("pause") }
    /// SIGCONT.
    package func resume() { order("resume") }
    /// Starts the killed broker again on its data, and waits until it is up.
    package func restart() {
        let heap = environmentVariable("KAFKA_HEAP") ?? "512M"
        let command = "KAFKA_HEAP=\(heap) \(script) restart-broker --dir '\(folder)' --broker 1"
        // The script refuses as long as the killed process is still there.
        _ = LocalBroker.output("for try in 1 2 3 4 5 6 7 8 9 10; do \(command) && break; sleep 0.2; done 2>&1")
    }
    /// Kills the broker and removes its data.
    package func wipe() { order("wipe") }

    private func order(_ command: String, _ extra: String = "") {
        let heap = environmentVariable("KAFKA_HEAP") ?? "512M"
        _ = LocalBroker.output("KAFKA_HEAP=\(heap) \(script) \(command) --dir '\(folder)' \(extra) 2>&1")
    }

    /// What a shell command prints.
    package static func output(_ command: String) -> String {
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
}

/// A variable of the environment; an empty one is none.
package func environmentVariable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
}

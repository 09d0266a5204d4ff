// Which of the client's errors pass, which are the row's, which end a query.

import Connectors
import KafkaClient
import Testing
import Threads

@testable import KafkaConnector

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("Errors of the client")
struct KafkaFailureTests {
    @Test("transport faults of any kind pass; what a broker refuses for good is the row's or the option's")
    func classes() {
        for code in KafkaErrorCode.transportFaults.union(KafkaErrorCode.passing) {
            let failure = KafkaFailure.connectorError(KafkaError(code: code, message: "m"))
            #expect(failure.code == .unavailable, "\(code)")
            #expect(failure.isRetriable)
        }
        for code in KafkaErrorCode.recordFaults {
            var error = KafkaError(code: code, message: "m")
            error.concernsRecord = true
            let failure = KafkaFailure.connectorError(error)
            #expect(failure.code == .badRow, "\(code)")
            #expect(!failure.isRetriable)
        }
        let damaged = KafkaError(code: .badMessage, message: "m", topic: "t", partition: 0, offset: 7)
        #expect(KafkaFailure.connectorError(damaged).code == .failed)
        let files = KafkaError(code: .transport, message: "Failed to create socket: Too many open files")
        #expect(KafkaFailure.connectorError(files).code == .tooManyFiles)
        #expect(KafkaFailure.connectorError(files).hint?.contains("ulimit -n") == true)
    }

    @Test("a port where something else answers is waited for, and named with what answers")
    func somethingElse() throws {
        let server = try HTTPServer()
        defer { server.close() }
        let source = try makeSource(
            "127.0.0.1:\(server.port)", ["subscribe": "a", "kafka.reconnect.backoff.max.ms": "100"])
        defer { source.close() }
        for _ in 0..<2 {
            let error = #expect(throws: ConnectorError.self) { try source.open() }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("127.0.0.1:\(server.port)") == true)
            #expect(error?.hint?.contains("speaks HTTP") == true, "\(String(describing: error))")
        }
    }
}

/// Answers whatever comes with a line of HTTP, and hangs up.
private final class HTTPServer: Sendable {
    let port: UInt16
    private let descriptor: Int32

    init() throws {
        #if canImport(Glibc)
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
        descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, size) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, pointer, &size) == 0
            }
        }
        guard status else { throw ConnectorError(.failed, "no port: errno \(errno)") }
        port = UInt16(bigEndian: address.sin_port)
        _ = try NamedThread(ifPossible: "http") {
            while case let connection = accept(descriptor, nil, nil), connection >= 0 {
                var buffer = [UInt8](repeating: 0, count: 4_096)
                _ = read(connection, &buffer, buffer.count)
                let answer = Array("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".utf8)
                _ = write(connection, answer, answer.count)
                hangUp(connection)
            }
        }
    }

    func close() { shutdown(descriptor, Int32(SHUT_RDWR)) }
}

private func hangUp(_ descriptor: Int32) { close(descriptor) }

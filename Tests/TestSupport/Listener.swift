// A host that listens, for tests of the socket source.

import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Listens on a port of this machine, and sends to whoever has connected.
package final class Listener: Sendable {
    package let port: Int
    private let listening: Int32
    private let connected = Mutex<Int32?>(nil)

    /// A call of the system that failed.
    package struct Failure: Error {
        let call: String
        let errorNumber: Int32
    }

    package init() throws {
        #if canImport(Glibc)
        listening = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
        listening = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        guard listening >= 0 else { throw Failure(call: "socket", errorNumber: errno) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let (descriptor, length) = (listening, size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && listen(descriptor, 1) == 0
                    && getsockname(descriptor, address, &size) == 0
            }
        }
        guard status else { throw Failure(call: "bind", errorNumber: errno) }
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    /// Sends bytes, once somebody has connected.
    package func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = try bytes[sent...].withUnsafeBytes { rest in
                sendBytes(try peer(), rest)
            }
            guard count > 0 else { throw Failure(call: "send", errorNumber: errno) }
            sent += count
        }
    }

    private func peer() throws -> Int32 {
        if let known = connected.withLock({ $0 }) { return known }
        let descriptor = accept(listening, nil, nil)
        guard descriptor >= 0 else { throw Failure(call: "accept", errorNumber: errno) }
        connected.withLock { $0 = descriptor }
        return descriptor
    }

    /// Goes away: from whoever has connected, and from the port.
    package func close() {
        let peer = connected.withLock { peer in
            defer { peer = nil }
            return peer
        }
        for descriptor in [peer, listening].compactMap({ $0 }) { _ = closeDescriptor(descriptor) }
    }
}

/// The system's `send`, without the signal that ends a process whose other side has gone.
private func sendBytes(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    #if canImport(Glibc)
    send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    #else
    send(descriptor, bytes.baseAddress, bytes.count, 0)
    #endif
}

private func closeDescriptor(_ descriptor: Int32) -> Int32 { close(descriptor) }

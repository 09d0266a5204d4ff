// A TCP connection to a host that listens.

import Connectors
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Where somebody listens.
struct SocketAddress: Sendable, CustomStringConvertible {
    let host: String
    let port: Int

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// What a connection brings.
enum Received {
    case bytes([UInt8])
    /// The other side has ended it, or the line is dead for a reason.
    case ended(reason: String?)
}

/// A connection that one thread reads; another one may end it.
final class SocketConnection: Sendable {
    private static let connectMilliseconds: Int32 = 5000
    private static let chunkBytes = 1 << 16

    private let descriptor: Int32
    private let hasEnded = Atomic<Bool>(false)

    /// Connects to the first of the host's addresses that answers.
    ///
    /// - Throws: `NOT_FOUND` where nobody knows the host; `UNAVAILABLE`, which may pass, where nobody listens.
    init(_ address: SocketAddress) throws {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        #if canImport(Glibc)
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
        hints.ai_socktype = SOCK_STREAM
        #endif
        var found: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(address.host, String(address.port), &hints, &found)
        guard status == 0 else {
            let passes = status == EAI_AGAIN
            throw ConnectorError(
                passes ? .unavailable : .notFound,
                "the host '\(address.host)' is not known: \(String(cString: gai_strerror(status)))",
                hint: "correct option 'host'", isRetriable: passes)
        }
        defer { freeaddrinfo(found) }
        var failure = ENOENT
        var next = found
        while let one = next?.pointee {
            switch Self.connect(one) {
            case .success(let descriptor):
                self.descriptor = descriptor
                return
            case .failure(let number): failure = number.errorNumber
            }
            next = one.ai_next
        }
        throw ConnectorError(
            .unavailable, "connecting to \(address): \(String(cString: strerror(failure)))",
            hint: "start what sends the lines first: nc -lk \(address.port)", isRetriable: true)
    }

    /// The number of a system's error.
    private struct Refusal: Error { let errorNumber: Int32 }

    private static func connect(_ address: addrinfo) -> Result<Int32, Refusal> {
        let descriptor = socket(address.ai_family, address.ai_socktype, address.ai_protocol)
        guard descriptor >= 0 else { return .failure(Refusal(errorNumber: errno)) }
        // Processes that this one starts have no part in it.
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        let flags = fcntl(descriptor, F_GETFL)
        _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
        #if canImport(Glibc)
        var status = Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen)
        #else
        var status = Darwin.connect(descriptor, address.ai_addr, address.ai_addrlen)
        #endif
        var number = status == 0 ? 0 : errno
        if number == EINPROGRESS {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            repeat { status = poll(&waiting, 1, connectMilliseconds) } while status < 0 && errno == EINTR
            number = status == 0 ? ETIMEDOUT : errno
            var size = socklen_t(MemoryLayout<Int32>.size)
            if status > 0 { _ = getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &size) }
        }
        guard number == 0 else {
            _ = closeDescriptor(descriptor)
            return .failure(Refusal(errorNumber: number))
        }
        _ = fcntl(descriptor, F_SETFL, flags)
        return .success(descriptor)
    }

    /// Waits for the next bytes.
    func receive() -> Received {
        var number: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.chunkBytes) { buffer, count in
            var received: Int
            repeat {
                received = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            } while received < 0 && errno == EINTR
            number = received < 0 ? errno : 0
            count = max(0, received)
        }
        guard bytes.isEmpty else { return .bytes(bytes) }
        return .ended(reason: number == 0 ? nil : String(cString: strerror(number)))
    }

    /// Whether this side has ended it.
    var isClosed: Bool { hasEnded.load(ordering: .acquiring) }

    /// Ends it: who waits for bytes gets no more.
    func shutDown() {
        hasEnded.store(true, ordering: .releasing)
        _ = shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// Gives the descriptor back. Nobody reads any more.
    func close() { _ = closeDescriptor(descriptor) }
}

/// The system's `close`, which the connection's own method hides.
private func closeDescriptor(_ descriptor: Int32) -> Int32 { close(descriptor) }

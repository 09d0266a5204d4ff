// A pipe whose other end the tests read.

import Synchronization

#if canImport(Glibc)
@preconcurrency import Glibc
#elseif canImport(Darwin)
@preconcurrency import Darwin
#endif

/// Both ends of a pipe; closed with the object.
final class Pipe: Sendable {
    struct Refused: Error { let code: Int32 }

    let writer: Int32
    private let reader: Int32
    private let open = Mutex((reader: true, writer: true))

    init() throws {
        var ends: [Int32] = [0, 0]
        guard makePipe(&ends) == 0 else { throw Refused(code: errno) }
        (reader, writer) = (ends[0], ends[1])
    }

    deinit {
        closeReader()
        closeWriter()
    }

    func closeReader() {
        open.withLock { open in
            if open.reader { close(reader) }
            open.reader = false
        }
    }

    func closeWriter() {
        open.withLock { open in
            if open.writer { close(writer) }
            open.writer = false
        }
    }

    /// Everything that was written.
    func closeAndRead() -> String {
        closeWriter()
        return readAll()
    }

    /// Everything that is written until the writer is closed.
    func readAll() -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(reader, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The system's `pipe`, whose name is the type's in another case.
private func makePipe(_ ends: inout [Int32]) -> Int32 { pipe(&ends) }

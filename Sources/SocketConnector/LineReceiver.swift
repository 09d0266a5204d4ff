// Takes lines from a connection, on a thread of its own.

import Columns
import Connectors
import Threads

/// Reads a connection to its end, cut into lines: `\n`, `\r\n` and `\r` end one, as in Java, and so does the end.
final class LineReceiver: Sendable {
    private let connection: SocketConnection
    private let buffer: LineBuffer
    private let thread: NamedThread

    init(
        _ connection: SocketConnection, _ address: SocketAddress, _ buffer: LineBuffer, log: @escaping LogHandler
    ) throws {
        self.connection = connection
        self.buffer = buffer
        do throws(ThreadRefused) {
            thread = try NamedThread(ifPossible: "socket source") {
                var lines = LineCutter(limit: buffer.limit)
                let end = Self.receive(connection, buffer, &lines)
                if let end { log(.warning, "the connection to \(address) has ended \(end): no more lines come") }
            }
        } catch {
            connection.close()
            throw ConnectorError(
                .tooManyThreads, "the socket source gets no thread (error \(error.errorNumber))",
                hint: "raise the limit of processes (ulimit -u)")
        }
    }

    /// Reads until the end. Returns how it came, in words; `nil` where this side has ended it.
    private static func receive(
        _ connection: SocketConnection, _ buffer: LineBuffer, _ lines: inout LineCutter
    ) -> String? {
        var count = 0
        while true {
            switch connection.receive() {
            case .bytes(let bytes):
                guard lines.add(bytes) else {
                    _ = buffer.add(lines.take())
                    connection.shutDown()
                    return "at a line of more than \(buffer.limit) bytes"
                }
                let more = lines.take()
                count += more.count
                guard buffer.add(more) else { return nil }
            case .ended(let reason):
                let last = lines.takeLast()
                count += last.count
                guard buffer.add(last), !connection.isClosed else { return nil }
                return "after \(count) \(count == 1 ? "line" : "lines")\(reason.map { ": \($0)" } ?? "")"
            }
        }
    }

    func close() {
        buffer.close()
        connection.shutDown()
        thread.join()
        connection.close()
    }
}

/// Cuts bytes into lines.
struct LineCutter: ~Copyable {
    private var lines = BytesBuilder(type: .string)
    /// The beginning of a line whose end has not come.
    private var rest: [UInt8] = []
    /// Whether the last byte was a `\r`, behind which a `\n` belongs to the same end.
    private var isBehindReturn = false
    private let limit: Int

    /// Lines have this many bytes at most.
    init(limit: Int) { self.limit = limit }

    /// Takes what came. Returns false where a line is too long: those before it are whole.
    mutating func add(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return true }
            var first = 0
            for place in 0..<bytes.count {
                let byte = bytes[place]
                if isBehindReturn, byte == 0x0a {
                    isBehindReturn = false
                    first = place + 1
                    continue
                }
                isBehindReturn = byte == 0x0d
                guard byte == 0x0a || byte == 0x0d else { continue }
                guard rest.count + place - first <= limit else { return false }
                endLine(start + first, place - first)
                first = place + 1
            }
            rest.append(contentsOf: bytes[first...])
            return rest.count <= limit
        }
    }

    private mutating func endLine(_ start: UnsafeRawPointer, _ count: Int) {
        if rest.isEmpty { return lines.append(start, count: count) }
        rest.append(contentsOf: UnsafeRawBufferPointer(start: start, count: count))
        lines.append(rest)
        rest.removeAll(keepingCapacity: true)
    }

    /// The lines that are whole.
    mutating func take() -> BytesBuilder {
        // Mostly one line, or none.
        var whole = BytesBuilder(type: .string, capacity: 15, byteCapacity: 512)
        swap(&whole, &lines)
        return whole
    }

    /// The lines that are whole, and what stands behind them: no more comes.
    mutating func takeLast() -> BytesBuilder {
        if !rest.isEmpty { lines.append(rest) }
        rest = []
        return take()
    }
}

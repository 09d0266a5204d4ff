// Lines of text that come over a TCP connection, as a stream: for trying things out.

import Columns
import Connectors
import JSONText
import Synchronization

/// Reads lines from a host that listens, as Spark's `socket` format.
///
/// Its offset is the number of lines since the query first started. A connection can't be read again: lines are kept
/// until their batch is committed, and what a process had not committed when it ended is gone, which the next start
/// says.
package final class SocketSource: ReplayableSource {
    package let schema: Schema
    package let description: String

    private let address: SocketAddress
    private let buffer: LineBuffer
    private let log: LogHandler
    private let receiver = Mutex<LineReceiver?>(nil)

    private static let table = OptionTable(
        "the socket source",
        [
            OptionEntry("host", "the host that listens"), OptionEntry("port", "its port"),
            OptionEntry("includeTimestamp", "whether each line comes with its time of arrival", defaultValue: "false"),
        ])

    /// `format("socket")`.
    package static let provider = ConnectorProvider(
        "socket",
        stream: StreamProvider(
            options: table, fetchesAhead: true,
            describe: { values in
                let hasTime = values.contains {
                    $0.key.lowercased() == "includetimestamp" && $0.value.lowercased() == "true"
                }
                return ("socket", SocketSource.columns(hasTime: hasTime))
            },
            makeSource: { request in try SocketSource(options: request.options, request.context) }))

    private static func columns(hasTime: Bool) -> Schema {
        Schema([Field("value", .string)] + (hasTime ? [Field("timestamp", .timestamp)] : []))
    }

    /// Creates the source from Spark's options; connects to nothing yet.
    package init(options values: [String: String], _ context: ConnectorContext) throws {
        let options = try Options(values, Self.table)
        guard let host = options.string("host"), !host.isEmpty else {
            throw ConnectorError(
                .invalidOption, "Set a host to read from with option(\"host\", ...).",
                hint: "for example .option(\"host\", \"localhost\")")
        }
        guard let port = try options.integer("port", in: 1...65_535) else {
            throw ConnectorError(
                .invalidOption, "Set a port to read from with option(\"port\", ...).",
                hint: "for example .option(\"port\", \"9999\")")
        }
        let hasTime = try options.boolean("includeTimestamp") ?? false
        address = SocketAddress(host: host, port: Int(port))
        schema = Self.columns(hasTime: hasTime)
        description = "TextSocketV2[host: \(host), port: \(port)]"
        log = context.log
        buffer = LineBuffer(
            schema: schema, limit: context.prefetchBytes, now: hasTime ? context.nowMicroseconds : nil)
    }

    package func open() throws {
        guard receiver.withLock({ $0 == nil }) else { return }
        let made = try LineReceiver(try SocketConnection(address), address, buffer, log: log)
        receiver.withLock { $0 = made }
        log(
            .warning,
            "\(description): a connection can't be read again: lines of a batch that isn't committed when the "
                + "process ends are gone")
    }

    package func initialOffset() -> JSONValue { .integer(0) }

    package func readableRange(from start: JSONValue, limit: ReadLimit) throws -> ReadableRange {
        let first = try Self.line(start)
        let (end, latest) = buffer.begin(at: first)
        return ReadableRange(end: .integer(max(first, end)), latest: .integer(latest))
    }

    package func latestOffset() -> JSONValue { buffer.end.map { .integer($0) } ?? .null }

    package func fixEnd() { buffer.fixEnd() }

    package func readers(from start: JSONValue, to end: JSONValue) throws -> [any PartitionReader] {
        let range = try Self.line(start)..<max(try Self.line(end), try Self.line(start))
        guard !range.isEmpty else { return [] }
        guard let rows = buffer.rows(range) else {
            throw ConnectorError(
                .dataLoss,
                "lines \(range.lowerBound) to \(range.upperBound) from \(address) came to a process that ended before "
                    + "it had committed them, and can't be read again",
                hint: "start with a new checkpoint; for rows that mustn't get lost, put a topic between")
        }
        return [LineReader(rows, firstLine: range.lowerBound, of: "\(address)")]
    }

    package func estimatedRowCount(from start: JSONValue, to end: JSONValue) -> Int {
        guard let first = try? Self.line(start), let last = try? Self.line(end) else { return 0 }
        return Int(clamping: max(0, last - first))
    }

    package func commit(_ end: JSONValue) {
        guard let line = try? Self.line(end) else { return }
        buffer.drop(before: line)
    }

    package func setDataArrivalHandler(_ wake: @escaping @Sendable () -> Void) { buffer.setArrivalHandler(wake) }

    package func close() {
        receiver.withLock { receiver in
            defer { receiver = nil }
            return receiver
        }?.close()
    }

    private static func line(_ offset: JSONValue) throws -> Int64 {
        guard case .integer(let number) = offset, number >= 0, number < .max / 4 else {
            throw ConnectorError(.dataLoss, "\(offset.text) is not an offset of a socket source", domain: .external)
        }
        return number
    }
}

/// The rows of one batch, block by block.
private final class LineReader: ReadyReader {
    private let rows: [RecordBatch]
    private let source: String
    private var next = 0
    /// The line that the block begins with which came last.
    private var first: Int64
    private var following: Int64

    init(_ rows: [RecordBatch], firstLine: Int64, of source: String) {
        self.rows = rows
        self.source = source
        (first, following) = (firstLine, firstLine)
    }

    func origin(ofRow row: Int) -> RowOrigin? {
        let line = first + Int64(row) + 1
        return RowOrigin("line \(line) from \(source)", parts: [.init("socket", source), .init("line", String(line))])
    }

    func read() -> RecordBatch? {
        guard next < rows.count else { return nil }
        let block = rows[next]
        next += 1
        first = following
        following += Int64(block.count)
        return block
    }
}

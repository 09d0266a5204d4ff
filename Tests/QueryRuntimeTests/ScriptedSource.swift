// A memory stream with positions in a log that sinks can commit, and readers that can be made to get nowhere.

import Columns
import Connectors
import JSONText
import Synchronization
import Threads

/// Reads a memory stream as if it were a partition of a log.
final class ScriptedSource: ReplayableSource {
    private struct State {
        var isStalled = false
        var isCancelled = false
        var onRead: (@Sendable () -> Void)?
        var absences: [String: Int] = [:]
        var looks: [String] = []
        var cluster: String?
        var logID: String?
        var toleratesDataLoss = false
        var optionsOfNewQueries: [String] = []
        /// How many more readers fail behind their first rows.
        var failingReaders = 0
        var onCall: (@Sendable (String) -> Void)?
    }

    /// That of the stream: both are one source to a checkpoint.
    var description: String { stream.description }
    var schema: Schema { stream.schema }
    private let stream: MemorySource
    private let signal = Signal()
    private let state = Mutex(State())

    init(_ stream: MemorySource) { self.stream = stream }

    /// Makes readers wait until they are cancelled; each calls `onRead` before it waits.
    func stall(_ onRead: @escaping @Sendable () -> Void) {
        state.withLock {
            $0.isStalled = true
            $0.onRead = onRead
        }
    }

    /// The next `count` readers deliver their first rows and then find nobody who answers.
    func failReaders(_ count: Int) { state.withLock { $0.failingReaders = count } }

    /// Is called with the name of each call.
    func setCallHandler(_ onCall: @escaping @Sendable (String) -> Void) { state.withLock { $0.onCall = onCall } }

    /// The next `count` calls of this kind fail because nobody answers.
    func beAway(_ call: String, _ count: Int) { state.withLock { $0.absences[call] = count } }

    var clusterIdentity: String? { state.withLock { $0.cluster } }
    func logIdentities() -> [LogIdentity] { [LogIdentity(name: "events", id: state.withLock { $0.logID })] }
    var toleratesDataLoss: Bool { state.withLock { $0.toleratesDataLoss } }

    var optionsOfNewQueries: [String] { state.withLock { $0.optionsOfNewQueries } }

    /// Was given options that count for new queries only.
    func take(optionsOfNewQueries names: [String]) { state.withLock { $0.optionsOfNewQueries = names } }

    /// Is on another cluster, reads a log with another id, or goes on without rows.
    func become(cluster: String? = nil, logID: String? = nil, toleratesDataLoss: Bool = false) {
        state.withLock {
            $0.cluster = cluster
            $0.logID = logID
            $0.toleratesDataLoss = toleratesDataLoss
        }
    }

    /// The calls `readableRange` and `expectNewRows`, in order.
    var looks: [String] { state.withLock { $0.looks } }

    private func call(_ name: String) throws {
        state.withLock { $0.onCall }?(name)
        let isAway = state.withLock { state in
            let left = state.absences[name] ?? 0
            state.absences[name] = max(0, left - 1)
            return left > 0
        }
        if isAway { throw ConnectorError(.unavailable, "nobody answers") }
    }

    func open() throws { try call("open") }

    func initialOffset() throws -> JSONValue {
        try call("initialOffset")
        return stream.initialOffset()
    }

    func readableRange(from start: JSONValue, limit: ReadLimit) throws -> ReadableRange {
        try call("readableRange")
        state.withLock { $0.looks.append("look") }
        return try stream.readableRange(from: start, limit: limit)
    }

    func latestOffset() throws -> JSONValue {
        try call("latestOffset")
        return stream.latestOffset()
    }

    func expectNewRows() { state.withLock { $0.looks.append("expect") } }

    func fixEnd() throws {
        try call("fixEnd")
        stream.fixEnd()
    }

    func readers(from start: JSONValue, to end: JSONValue) throws -> [any PartitionReader] {
        try call("readers")
        let inner = try stream.readers(from: start, to: end)
        if state.withLock({ $0.isStalled }) { return inner.map { _ in StalledReader(self) } }
        return inner.map { takesFailure() ? FailingReader($0) : $0 }
    }

    func estimatedRowCount(from start: JSONValue, to end: JSONValue) -> Int {
        stream.estimatedRowCount(from: start, to: end)
    }

    func logPositions(at end: JSONValue) -> [LogPosition] {
        [LogPosition(log: "events", partition: 0, offset: end.integerValue ?? -1)]
    }

    func cancelReads() {
        signal.locked { state.withLock { $0.isCancelled = true } }
        signal.broadcast()
    }

    func close() { stream.close() }

    private func takesFailure() -> Bool {
        state.withLock { state in
            defer { state.failingReaders = max(0, state.failingReaders - 1) }
            return state.failingReaders > 0
        }
    }

    private final class FailingReader: ReadyReader {
        private let inner: any PartitionReader
        private var hasRead = false
        init(_ inner: any PartitionReader) { self.inner = inner }

        func read() throws -> RecordBatch? {
            if hasRead { throw ConnectorError(.unavailable, "nobody answers") }
            hasRead = true
            return try inner.next()
        }
    }

    private final class StalledReader: ReadyReader {
        private let source: ScriptedSource
        init(_ source: ScriptedSource) { self.source = source }

        func read() throws -> RecordBatch? {
            source.state.withLock { $0.onRead }?()
            source.signal.locked { while !source.state.withLock({ $0.isCancelled }) { source.signal.wait() } }
            throw ConnectorError(.cancelled, "reading was cancelled")
        }
    }
}

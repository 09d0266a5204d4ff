// Streams that run together: what ends one of them ends all.

import Millrace
import Synchronization

/// The running queries of a script.
final class StreamGroup: Sendable {
    private struct State {
        var queries: [(name: String, query: StreamingQuery)] = []
        /// The start that is under way.
        var start: Task<StreamingQuery, any Error>?
        var isAskedToStop = false
        var failure: (any Error)?
    }

    private let state = Mutex(State())
    private let log: SQLLog

    init(log: SQLLog) { self.log = log }

    /// Starts a stream; false where the end was asked for meanwhile.
    ///
    /// - Throws: why it can't start; those before it have ended then.
    func start(_ writer: DataStreamWriter, named name: String) async throws -> Bool {
        let start = state.withLock { state -> Task<StreamingQuery, any Error>? in
            guard !state.isAskedToStop else { return nil }
            let start = Task { try await writer.start() }
            state.start = start
            return start
        }
        guard let start else { return false }
        do {
            let query = try await start.value
            log.write(.info, "query \(name) (id \(query.id)) runs")
            let isAsked = state.withLock { state in
                state.start = nil
                state.queries.append((name, query))
                return state.isAskedToStop
            }
            if isAsked { query.requestStop() }
            return true
        } catch {
            requestStop(isSignal: false)
            _ = try? await waitForEnd()
            if let error = error as? MillraceError, error.code == "CANCELLED" { return false }
            throw error
        }
    }

    /// Asks all to end after their running batches.
    func requestStop(isSignal: Bool) {
        let (start, queries, isFirst) = state.withLock { state in
            defer { state.isAskedToStop = true }
            return (state.start, state.queries, !state.isAskedToStop)
        }
        start?.cancel()
        for (_, query) in queries { query.requestStop() }
        // Not on this thread: it waits for the second signal, and the standard error may block.
        guard isSignal, isFirst, !queries.isEmpty else { return }
        Task { [log] in log.write(.info, "stopping after the running batches; a second signal ends them at once") }
    }

    /// Returns when all have ended.
    ///
    /// - Throws: the first failure.
    func waitForEnd() async throws {
        let queries = state.withLock { $0.queries }
        await withTaskGroup(of: Void.self) { group in
            for (name, query) in queries {
                group.addTask {
                    do {
                        try await query.awaitTermination()
                        self.log.write(.info, "query \(name): in this run \(query.summary)")
                    } catch {
                        self.failed(name, error)
                    }
                }
            }
        }
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    private func failed(_ name: String, _ error: any Error) {
        let isOnly = state.withLock { state in
            defer { state.failure = state.failure ?? error }
            return state.failure == nil && state.queries.count == 1
        }
        if !isOnly { log.write(.warning, "query \(name) failed: \(error)") }
        requestStop(isSignal: false)
    }
}

// Writes snapshots piece by piece, on a thread of its own: no batch waits for them.

import DurableFiles
import Threads

/// Takes the sections of snapshots and tells, some time later, which snapshots are whole and durable.
///
/// Used by the thread that owns the store; the files are written by another one, unless that was not wanted or the
/// system gives no thread: batches wait for it then, until one is to be had.
final class SnapshotWriter {
    /// What became of a snapshot.
    struct Outcome: Sendable {
        let path: String
        let result: Result<AtomicFileWriter.Summary, DurabilityError>
    }

    private enum Order: Sendable {
        case append(String, StateRuns, isLast: Bool)
        case discard(String)
    }

    /// SAFETY: everything is read and written under `signal`'s lock only.
    private final class Shared: @unchecked Sendable {
        let signal = Signal()
        var orders: [Order] = []
        var queuedBytes = 0
        var outcomes: [Outcome] = []
        var isClosed = false
        /// Whether an order is being carried out.
        var isBusy = false
    }

    private let shared = Shared()
    private let disk: any Disk
    private let isInBackground: Bool
    private let reach: @Sendable (StateStep) -> Void
    private var thread: NamedThread?
    /// The files under way where there is no other thread. A file that was begun here is written here to its end.
    private var files = Files()
    private var refusal: ThreadRefused?

    /// `reach` is called with what has been done, by the thread that did it.
    init(disk: any Disk, isInBackground: Bool, reach: @escaping @Sendable (StateStep) -> Void) {
        self.disk = disk
        self.isInBackground = isInBackground
        self.reach = reach
    }

    /// Bytes that wait to be written.
    var queuedBytes: Int { shared.signal.locked { shared.queuedBytes } }

    /// Adds a section to the file that will be at `path`; the last one publishes it.
    func append(_ section: StateRuns, to path: String, isLast: Bool) {
        give(.append(path, section, isLast: isLast), section.byteCount)
    }

    /// Gives up a snapshot, unless it was published before.
    func discard(_ path: String) { give(.discard(path), 0) }

    /// What became of snapshots since the last call.
    func takeOutcomes() -> [Outcome] {
        shared.signal.locked {
            defer { shared.outcomes = [] }
            return shared.outcomes
        }
    }

    /// Why another thread could not be had since the last call, where that is so.
    func takeRefusal() -> ThreadRefused? {
        defer { refusal = nil }
        return refusal
    }

    /// Waits until everything that was given has been written.
    func waitUntilWritten() {
        shared.signal.locked { while shared.isBusy || !shared.orders.isEmpty { shared.signal.wait() } }
    }

    /// Gives up what is under way and waits until nothing is written any more.
    func close() {
        shared.signal.locked {
            shared.isClosed = true
            shared.orders = []
            shared.queuedBytes = 0
        }
        shared.signal.broadcast()
        thread?.join()
        thread = nil
        files = Files()
    }

    private func give(_ order: Order, _ byteCount: Int) {
        guard hasThread() else {
            if let outcome = files.carryOut(order, disk, reach) {
                shared.signal.locked { shared.outcomes.append(outcome) }
            }
            return
        }
        shared.signal.locked {
            shared.orders.append(order)
            shared.queuedBytes += byteCount
        }
        shared.signal.broadcast()
    }

    /// Whether another thread takes the next order; starts it where it is wanted and not there.
    private func hasThread() -> Bool {
        guard isInBackground, thread == nil, files.isEmpty else { return thread != nil }
        let (shared, disk, reach) = (shared, disk, reach)
        shared.signal.locked { shared.isClosed = false }
        do throws(ThreadRefused) {
            thread = try NamedThread(ifPossible: "state-snapshots") { SnapshotWriter.serve(shared, disk, reach) }
            return true
        } catch {
            refusal = error
            return false
        }
    }

    private static func serve(_ shared: Shared, _ disk: any Disk, _ reach: @Sendable (StateStep) -> Void) {
        var files = Files()
        while true {
            let order: Order? = shared.signal.locked {
                while shared.orders.isEmpty && !shared.isClosed { shared.signal.wait() }
                shared.isBusy = !shared.orders.isEmpty
                return shared.orders.isEmpty ? nil : shared.orders.removeFirst()
            }
            guard let order else { return }
            let outcome = files.carryOut(order, disk, reach)
            shared.signal.locked {
                if case .append(_, let section, _) = order, !shared.isClosed {
                    shared.queuedBytes -= section.byteCount
                }
                if let outcome { shared.outcomes.append(outcome) }
                shared.isBusy = false
            }
            shared.signal.broadcast()
        }
    }

    /// The files under way, by path.
    private struct Files {
        /// So much is written before it is synchronized, so that the last synchronization is a short one.
        private static let bytesPerSynchronization = 8 << 20
        private var open: [String: (file: AtomicFileWriter, unsynchronized: Int)] = [:]
        private var failed: Set<String> = []

        var isEmpty: Bool { open.isEmpty && failed.isEmpty }

        mutating func carryOut(
            _ order: Order, _ disk: any Disk, _ reach: @Sendable (StateStep) -> Void
        ) -> Outcome? {
            switch order {
            case .discard(let path):
                open.removeValue(forKey: path)?.file.discard()
                failed.remove(path)
                return nil
            case .append(let path, let section, let isLast):
                if failed.contains(path) {
                    if isLast { failed.remove(path) }
                    return nil
                }
                do throws(DurabilityError) {
                    let summary = try append(section, path, isLast: isLast, disk, reach)
                    return summary.map { Outcome(path: path, result: .success($0)) }
                } catch {
                    open.removeValue(forKey: path)?.file.discard()
                    if !isLast { failed.insert(path) }
                    return Outcome(path: path, result: .failure(error))
                }
            }
        }

        private mutating func append(
            _ section: StateRuns, _ path: String, isLast: Bool, _ disk: any Disk,
            _ reach: @Sendable (StateStep) -> Void
        ) throws(DurabilityError) -> AtomicFileWriter.Summary? {
            var (file, unsynchronized) =
                if let known = open[path] { known } else {
                    (try AtomicFileWriter(path, kind: StateDirectory.snapshotKind, disk: disk), 0)
                }
            try section.withBytes { (runs) throws(DurabilityError) in for run in runs { try file.append(run) } }
            unsynchronized += section.byteCount
            reach(.snapshotSectionWritten)
            guard !isLast else {
                open[path] = nil
                let summary = try file.publish()
                reach(.snapshotPublished)
                return summary
            }
            if unsynchronized >= Files.bytesPerSynchronization {
                try file.synchronizeSoFar()
                unsynchronized = 0
            }
            open[path] = (file, unsynchronized)
            return nil
        }
    }
}

// The checkpoint of a running query: locked, recovered, then appended to.
//
//     metadata            what the checkpoint is for; written once
//     LOCK                held while a query runs
//     log/00000001.log    checksummed JSON lines: what each batch reads, and that it was committed
//     state/              belongs to the state store
//     division.1, state.1/    how the state was divided anew, and where it is since
//
// Each run appends to a segment of its own and starts it with what counts of the segments before: the query's last
// committed and last planned batch, and how many bytes of the former segment were read. An older instance that wakes up
// after it was taken for dead appends to its own segment, where nobody looks any more; and before it appends, it sees
// that a higher segment exists and stops as superseded.

import DurableFiles
import JSONText
import Synchronization

/// How the log's files grow. Smaller numbers than the usual ones keep tests quick.
package struct CheckpointLimits: Sendable {
    /// A segment that would grow beyond this is followed by another one.
    package var segmentBytes: Int64 = 4 << 20
    /// How far zeros are written ahead.
    package var growth = AppendLogGrowth()
    /// Segments are kept until the newer ones go back this many batches.
    package var keptBatches: Int64 = 100
    /// At least so many segments are kept.
    package var minimumKeptSegments = 2
    /// And never more than so many: a query that starts and fails again and again must not fill the disk.
    package var maximumKeptSegments = 16

    package init() {}
}

/// A checkpoint in use by this process. Open it, `recover` once the sink has fenced older instances, `startRun`,
/// append.
///
/// After the first failed append it takes no more: what the files hold then is found out by opening it again.
package final class Checkpoint: Sendable {
    private struct State {
        var metadata: CheckpointMetadata?
        /// How the state is divided; `nil` without metadata.
        var division: CheckpointDivision?
        var recovered: LogSegment?
        var hasRecovered = false
        var log: LogState = LogState()
        /// The newest segment that this instance knows: the one that it recovered from, then its own; 0 before.
        var segment: Int64 = 0
        /// Where this segment is and where the next one would be: every append looks for them.
        var paths: (own: String, next: String) = ("", "")
        var file: AppendLog?
        var failure: CheckpointError?
    }

    /// The checkpoint's directory.
    package let directory: String
    /// Which run of the process this is.
    package let runID: String
    private let disk: any Disk
    private let limits: CheckpointLimits
    private let reader: CheckpointReader
    private let lock: DirectoryLock
    private let state: Mutex<State>

    /// Where the state store may keep its files.
    package static let stateDirectoryName = "state"

    /// Opens a checkpoint: makes its directories, locks it, removes unfinished files and reads the metadata.
    ///
    /// Throws `inUse` where another process has it, naming that one; `missingMetadata`, `corrupt`, `unsupportedFormat`.
    package static func open(
        directory: String, runID: String, limits: CheckpointLimits = CheckpointLimits(), disk: any Disk
    ) throws(CheckpointError) -> Checkpoint {
        let lock = try checkpointing { () throws(DurabilityError) in
            try disk.createDirectories(directory)
            return try DirectoryLock(directory, runID: runID, disk: disk)
        }
        do {
            let reader = CheckpointReader(directory: directory, disk: disk)
            try checkpointing { () throws(DurabilityError) in
                try disk.createDirectories(reader.logDirectory)
                try TemporaryFiles.sweep(directory, disk: disk)
                try TemporaryFiles.sweep(reader.logDirectory, disk: disk)
            }
            let metadata = try reader.metadata()
            let division = try metadata.map { (known) throws(CheckpointError) in try reader.division(known) }
            division?.removeOthers(directory, disk: disk)
            try checkpointing { () throws(DurabilityError) in
                try disk.createDirectories(
                    DiskPath.join(directory, division?.stateDirectoryName ?? stateDirectoryName))
            }
            return Checkpoint(
                reader: reader, runID: runID, limits: limits, lock: lock, metadata: metadata, division: division)
        } catch {
            lock.release()
            throw error
        }
    }

    private init(
        reader: CheckpointReader, runID: String, limits: CheckpointLimits, lock: DirectoryLock,
        metadata: CheckpointMetadata?, division: CheckpointDivision?
    ) {
        self.directory = reader.directory
        self.runID = runID
        self.limits = limits
        self.disk = reader.disk
        self.reader = reader
        self.lock = lock
        self.state = Mutex(State(metadata: metadata, division: division))
    }

    /// Where the state store may keep its files.
    package var stateDirectory: String {
        DiskPath.join(directory, division?.stateDirectoryName ?? Self.stateDirectoryName)
    }

    /// How the state is divided; `nil` before `createMetadata`.
    package var division: CheckpointDivision? { state.withLock { $0.division } }

    /// The plan of the query that the state is of; `nil` before `createMetadata`.
    package var plan: String? { state.withLock { $0.division?.plan ?? $0.metadata?.plan } }

    /// What the checkpoint is for; `nil` before `createMetadata`.
    package var metadata: CheckpointMetadata? { state.withLock { $0.metadata } }

    /// Writes the metadata of a new checkpoint, durably. Throws `superseded` where another instance has done so.
    package func createMetadata(_ metadata: CheckpointMetadata) throws(CheckpointError) {
        try state.withLock { (state) throws(CheckpointError) in
            let path = DiskPath.join(directory, CheckpointMetadata.fileName)
            do throws(DurabilityError) {
                try AtomicFile.write(
                    path, kind: CheckpointMetadata.kind, bytes: Array((metadata.json.prettyText + "\n").utf8),
                    disk: disk)
            } catch  where error.fault == .alreadyExists {
                throw superseded(by: path)
            } catch {
                throw CheckpointError(error)
            }
            state.metadata = metadata
            state.division = CheckpointDivision(number: 0, shards: metadata.shards)
        }
    }

    /// The directory in which the state is to be written for the next division: empty, whatever was begun in it.
    package func prepareDivision(_ division: CheckpointDivision) throws(CheckpointError) -> String {
        abandonDivision()
        let path = DiskPath.join(directory, division.stateDirectoryName)
        try checkpointing { () throws(DurabilityError) in try disk.createDirectories(path) }
        return path
    }

    /// Removes what was written for a division that doesn't count.
    package func abandonDivision() { division?.removeOthers(directory, disk: disk) }

    /// Makes a division the one that counts, once its state is durable; then removes what was before it.
    package func commitDivision(_ division: CheckpointDivision) throws(CheckpointError) {
        guard let metadata, let old = self.division, division.number == old.number + 1 else {
            throw outOfOrder("divisions follow each other")
        }
        try division.write(directory, queryID: metadata.id, disk: disk)
        state.withLock { $0.division = division }
        division.removeOthers(directory, disk: disk)
    }

    /// Refuses a plan other than the one that the checkpoint was made for, naming what differs. What the query leaves
    /// out of that one on purpose, `change` takes out of it.
    package func requireSamePlan(
        _ plan: String, after change: (String) -> String = { $0 }
    ) throws(CheckpointError) {
        guard let known = self.plan.map(change), known != plan else { return }
        let difference = PlanDifference(from: known, to: plan)
        throw CheckpointError(
            .planChanged, "the query differs from the one that the checkpoint was made for:\n\(difference)",
            file: DiskPath.join(directory, CheckpointMetadata.fileName),
            hint: difference.hasOnlyLostVariables
                ? "a variable that a processor no longer has is to be deleted by it (deleteIfExists)"
                : (difference.typeHint ?? "undo the change")
                    + ", or start with a new checkpoint directory; state can't be carried over")
    }

    /// Where the query stands. To be called after the sink has fenced older instances: until then they may still
    /// append.
    package func recover() throws(CheckpointError) -> RecoveredLog {
        let segment = try reader.newest()
        return state.withLock { state in
            state.recovered = segment
            state.segment = segment?.head.segment ?? 0
            state.log = segment?.state ?? LogState()
            state.hasRecovered = true
            return RecoveredLog(state.log, tornTail: segment?.tornPlace)
        }
    }

    /// The entries of the log in order, each once, as far back as segments are kept.
    package func entries() throws(CheckpointError) -> [LoggedEntry] { try reader.entries() }

    /// Reads everything and collects what is wrong.
    package func verify() -> CheckpointReport { reader.verify() }

    /// Closes the files and gives the lock back. What was logged and not made durable is made so, as far as that goes:
    /// where it matters whether it went, `synchronize` comes first.
    package func close() {
        state.withLock { state in
            if state.failure == nil { try? state.file?.synchronize() }
            state.file?.close()
            state.file = nil
            state.failure = state.failure ?? outOfOrder("the checkpoint is closed")
        }
        lock.release()
    }
}

extension Checkpoint {
    /// Starts this run's segment; from then on, older instances' appends don't count. Throws `superseded` where another
    /// instance started one after `recover`.
    package func startRun() throws(CheckpointError) {
        try change { (state) throws(CheckpointError) in
            guard state.hasRecovered, state.file == nil else {
                throw outOfOrder("a run starts once, after `recover`")
            }
            if let former = state.recovered {
                // What was read may be in the page cache only, left by a process that was killed: it is built upon now.
                try checkpointing { () throws(DurabilityError) in
                    let file = try OpenFile(former.path, .readWrite, disk: disk)
                    defer { file.close() }
                    try file.synchronizeData()
                }
            }
            let former = state.recovered.map { SegmentEnd(segment: $0.head.segment, bytes: $0.length) }
            let recovered = state.recovered
            state.recovered = nil
            try startSegment(&state, after: former)
            if let recovered { try requireNoNewPlan(recovered, &state) }
        }
    }

    /// Gives way to an instance that was taken for dead and has planned a batch after `recover` read its log: it may be
    /// delivering that batch, whose plan this run doesn't know.
    ///
    /// Together with the look after each plan's append this leaves no gap: either the plan is seen here, or the other
    /// instance sees this run's segment before it delivers.
    private func requireNoNewPlan(_ recovered: LogSegment, _ state: inout State) throws(CheckpointError) {
        let number = recovered.head.segment
        let batch: Int64?
        do throws(CheckpointError) {
            batch = try LogSegment.read(
                number, in: reader.logDirectory, queryID: recovered.head.queryID, disk: disk
            ).state.lastPlan?.batch
        } catch {
            // The other one may have planned a batch: nobody knows. What was read failed, and that is what is told.
            try? withdraw(&state)
            throw error
        }
        guard batch != recovered.state.lastPlan?.batch else { return }
        try withdraw(&state)
        throw superseded(number)
    }

    /// Takes this run's segment away again: the other instance goes on in its own, and this one must not stand in its
    /// way.
    private func withdraw(_ state: inout State) throws(CheckpointError) {
        state.file?.close()
        state.file = nil
        try checkpointing { () throws(DurabilityError) -> Void in
            _ = try disk.remove(reader.path(of: state.segment))
        }
    }

    /// Logs what a batch reads: durably, or, with `durably` false, so that a crash of the process alone leaves it and
    /// only a power cut before `synchronize` takes it.
    ///
    /// Batches come in order, each after the former was committed; one that runs again after a restart is not logged
    /// again. Throws `superseded` where another instance has taken over.
    package func appendPlan(_ plan: PlanEntry, durably: Bool = true) throws(CheckpointError) {
        try append(.plan(plan), durably: durably)
    }

    /// Logs that the last planned batch is done. Durability and errors as for `appendPlan`.
    package func appendCommit(_ commit: CommitEntry, durably: Bool = true) throws(CheckpointError) {
        try append(.commit(commit), durably: durably)
    }

    /// Makes all that was logged survive a power cut; costs nothing where it does. Errors as for `appendPlan`.
    package func synchronize() throws(CheckpointError) {
        try change { (state) throws(CheckpointError) in
            guard let file = state.file else { return }
            try checkpointing { () throws(DurabilityError) in try file.synchronize() }
        }
    }

    /// Logs that the last marker was committed again, durably. Errors as for `appendPlan`.
    package func appendMarker(_ marker: MarkerEntry) throws(CheckpointError) {
        try append(.marker(marker), durably: true)
    }

    private func outOfOrder(_ message: String) -> CheckpointError {
        CheckpointError(.outOfOrder, message, file: directory, hint: "this is a fault of the engine; please report it")
    }

    /// Runs a change; after the first that failed, there are no more.
    private func change(_ body: (inout State) throws(CheckpointError) -> Void) throws(CheckpointError) {
        try state.withLock { (state) throws(CheckpointError) in
            if let failure = state.failure { throw failure }
            do throws(CheckpointError) {
                try body(&state)
            } catch {
                state.failure = error
                throw error
            }
        }
    }

    private func append(_ record: LogRecord, durably: Bool) throws(CheckpointError) {
        try change { (state) throws(CheckpointError) in
            guard var file = state.file else { throw outOfOrder("no run was started") }
            var log = state.log
            do throws(MalformedRecord) {
                try log.apply(record, continuing: false)
            } catch {
                throw outOfOrder(error.message)
            }
            // Before anything is written: an heir that read a plan of this instance would give way to it.
            try requireNewestAtAGlance(state)
            let bytes = record.bytes
            if file.length + Int64(bytes.count) > limits.segmentBytes {
                // The next segment says how many bytes of this one count: so they must be there.
                try checkpointing { () throws(DurabilityError) in try file.synchronize() }
                let length = file.length
                try startSegment(&state, after: SegmentEnd(segment: state.segment, bytes: length))
                file.close()
                guard let next = state.file else { throw outOfOrder("no segment was started") }
                file = next
            }
            try checkpointing { () throws(DurabilityError) in
                try file.append(bytes)
                if durably { try file.synchronize() }
            }
            // And once more, since somebody may have taken over meanwhile, and looked before the plan was there.
            if record.isPlan { try requireNewest(state.segment) }
            state.log = log
        }
    }

    /// Throws `superseded` where another instance has taken the checkpoint over since `recover`; may be asked after a
    /// failure, too, of which this may be the reason: what the other one has delivered since isn't in the log that this
    /// one has read.
    package func requireCurrent() throws(CheckpointError) {
        let (segment, hasRecovered) = state.withLock { ($0.segment, $0.hasRecovered) }
        guard hasRecovered else { return }
        try requireNewest(segment)
    }

    /// Stops an instance that was taken for dead: whoever took over has a segment with a higher number.
    ///
    /// Which number is known for certain only from the list of all: an heir that gave way again takes its segment with
    /// it, and the next one's number may be higher by two.
    private func requireNewest(_ segment: Int64) throws(CheckpointError) {
        let numbers = try LogSegment.numbers(in: reader.logDirectory, disk: disk)
        if let newest = numbers.last, newest > segment { throw superseded(newest) }
        guard segment == 0 || numbers.contains(segment) else {
            throw CheckpointError(
                .corrupt, "the log's file of this run is gone", file: reader.path(of: segment),
                hint: "somebody removed it while the query was running: restore the checkpoint from a backup")
        }
    }

    /// A glance at this instance's own segment and the next number is quicker, and enough where nothing is decided by
    /// it: what a superseded instance appends doesn't count.
    private func requireNewestAtAGlance(_ state: State) throws(CheckpointError) {
        let paths = state.paths
        let isNewest = try checkpointing { () throws(DurabilityError) in
            if try disk.exists(paths.next) { return false }
            return try disk.exists(paths.own)
        }
        if !isNewest { try requireNewest(state.segment) }
    }

    private func superseded(_ segment: Int64) -> CheckpointError { superseded(by: reader.path(of: segment)) }

    private func superseded(by file: String) -> CheckpointError {
        CheckpointError(
            .superseded, "another instance of this query has taken the checkpoint over", file: file,
            hint: "make sure that only one instance runs; this one has stopped and the other one goes on")
    }

    private func startSegment(_ state: inout State, after former: SegmentEnd?) throws(CheckpointError) {
        guard let metadata = state.metadata else { throw outOfOrder("a run needs the metadata first") }
        let number = (former?.segment ?? 0) + 1
        if let newest = try LogSegment.numbers(in: reader.logDirectory, disk: disk).last, newest >= number {
            throw superseded(newest)
        }
        let recap = state.log.recap
        let head = SegmentHead(
            queryID: metadata.id, runID: runID, segment: number, after: former, recap: Int64(recap.count))
        let records = [LogRecord.head(head)] + recap
        // Known before it is made: where that fails half way, the file may be there, and it is nobody else's.
        state.segment = number
        state.paths = (reader.path(of: number), reader.path(of: number + 1))
        do {
            state.file = try AppendLog(
                creating: reader.path(of: number), records: records.map(\.bytes),
                growth: limits.growth, disk: disk)
        } catch  where error.fault == .alreadyExists {
            throw superseded(number)
        } catch  where error.fault == .notFound {
            // Another instance's start removes unfinished files, this one's among them.
            let newest = try LogSegment.numbers(in: reader.logDirectory, disk: disk).last
            throw newest.map { $0 >= number } ?? false ? superseded(newest ?? number) : CheckpointError(error)
        } catch {
            throw CheckpointError(error)
        }
        // A segment too many does no harm, so a failure to find or remove them is no failure of the query: the next
        // segment tries again.
        try? removeOldSegments(queryID: metadata.id, state.log)
    }

    /// Removes segments that the newer ones make superfluous, and those that don't belong to the chain.
    private func removeOldSegments(queryID: String, _ log: LogState) throws {
        let numbers = try LogSegment.numbers(in: reader.logDirectory, disk: disk)
        guard numbers.count > limits.minimumKeptSegments else { return }
        // A damaged old segment is nothing that anybody needs any more; but it mustn't keep all others for ever.
        let chain = (try? reader.chain(queryID: queryID)) ?? []
        var oldestKept = numbers.dropLast(limits.maximumKeptSegments - 1).last ?? 0
        if !chain.isEmpty {
            let lastBatch = log.lastPlan?.batch ?? 0
            var covered: Int64 = 0
            for (kept, segment) in chain.reversed().enumerated() {
                if kept >= limits.maximumKeptSegments { break }
                if kept >= limits.minimumKeptSegments, covered >= limits.keptBatches { break }
                oldestKept = segment.head.segment
                covered = lastBatch - (segment.firstBatch ?? lastBatch)
            }
        }
        for number in numbers where number < oldestKept {
            try disk.remove(reader.path(of: number))
        }
    }
}

// Named places at which a test can kill or stop the process. Compiled into debug builds only.

#if CRASH_POINTS
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif
#endif

/// The gaps between the durable steps of a micro-batch and of a start, in the order in which a batch passes them.
package enum CrashPoint: String, CaseIterable, Sendable {
    // Start.
    case afterLock
    case afterFence
    case afterMarkerRead
    case afterFirstMarker
    case afterMetadata
    case afterRunStarted
    case stateLoaded
    case stateFilesRemoved
    // Batch.
    case beforePlanLogged
    case afterPlanLogged
    case midBatch
    // On the thread that writes the state, while the rows are sent.
    case beforeStatePersisted
    case stateEncoded
    case stateWritten
    case afterStatePersisted
    // Meanwhile on the query's own.
    case beforeTransaction
    case transactionOpen
    case midProduce
    case afterFlush
    /// All rows are sent, and nothing of the state is written: where it is awaited, the state waits for the rows.
    case sentBeforeState
    /// The state is durable, and no row is sent: where it is awaited, the rows wait for the state.
    case persistedBeforeSent
    case readyToCommit
    case afterOffsetsSent
    case midCommit
    case afterTransactionCommitted
    case afterCommitLogged
    case afterCleanup
    // Where a sink of files says again all files that count: before that counts itself, and with each name that goes.
    case manifestCopied
    case manifestCleaned
    // On the thread that writes snapshots.
    case snapshotSectionWritten
    case snapshotPublished

    /// Dies here by SIGKILL if the environment says `MILLRACE_CRASH_AT=<name>:<n>` and this is the n-th passage; stops
    /// here by SIGSTOP likewise for `MILLRACE_STOP_AT`. Nothing in a release build.
    @inline(__always)
    package static func reach(_ point: CrashPoint) {
        #if CRASH_POINTS
        CrashPlan.shared.reach(point)
        #endif
    }

    /// Whether a test waits for this point: then what leads to it, and is rare, happens often. False in a release
    /// build.
    package static func isAwaited(_ point: CrashPoint) -> Bool {
        #if CRASH_POINTS
        CrashPlan.shared.isAwaited(point)
        #else
        false
        #endif
    }

    /// Reaches `midCommit` a random moment of up to 20 ms from now, on a thread of its own. Nothing in a release build.
    @inline(__always)
    package static func reachSoon(_ point: CrashPoint) {
        #if CRASH_POINTS
        CrashPlan.shared.reachSoon(point)
        #endif
    }
}

/// Deliberately wrong variants of the protocol, which the delivery tests must catch. Debug builds only.
package enum Mutant: String, Sendable {
    /// Takes every batch that isn't in the commit log as not delivered, and never looks at the marker.
    case noMarker = "no-marker"
    /// Commits no marker before the first batch, and takes it for certain that a batch 0 without one was not delivered.
    case noFirstMarker = "no-first-marker"
    /// Takes whatever state is there for that of the marker, whatever hash the marker names.
    case noManifestHash = "no-manifest-hash"
    /// Makes what a batch changes in the state part of the committed rows at once: nothing of it is taken back where
    /// the batch fails.
    case overlayCommittedEarly = "overlay-committed-early"
    /// Never makes a plan durable before the rows of its batch are committed, except the first.
    case planNotDurable = "plan-not-durable"

    #if CRASH_POINTS
    /// The one that is active for a test that runs a query on its own thread.
    @TaskLocal package static var ofTest: Mutant?
    #endif

    /// Whether `MILLRACE_MUTANT` or a test names this one; false in a release build.
    package var isActive: Bool {
        #if CRASH_POINTS
        (Mutant.ofTest ?? CrashPlan.shared.mutant) == self
        #else
        false
        #endif
    }
}

#if CRASH_POINTS
/// What the environment asks for.
private final class CrashPlan: Sendable {
    static let shared = CrashPlan()

    let mutant: Mutant?
    private let crash: (point: CrashPoint, passage: Int)?
    private let stop: (point: CrashPoint, passage: Int)?
    private let passages = Mutex<[CrashPoint: Int]>([:])
    /// Points that are yet to be reached by threads of their own.
    private let awaited = Mutex(0)

    private init() {
        mutant = CrashPlan.environment("MILLRACE_MUTANT").flatMap(Mutant.init(rawValue:))
        crash = CrashPlan.parse(CrashPlan.environment("MILLRACE_CRASH_AT"))
        stop = CrashPlan.parse(CrashPlan.environment("MILLRACE_STOP_AT"))
    }

    private static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    private static func parse(_ text: String?) -> (point: CrashPoint, passage: Int)? {
        guard let parts = text?.split(separator: ":"), let first = parts.first,
            let point = CrashPoint(rawValue: String(first))
        else { return nil }
        return (point, parts.count > 1 ? Int(parts[1]) ?? 1 : 1)
    }

    func isAwaited(_ point: CrashPoint) -> Bool { crash?.point == point || stop?.point == point }

    func reach(_ point: CrashPoint) {
        guard isAwaited(point) else { return }
        let passage = passages.withLock { passages in
            passages[point, default: 0] += 1
            return passages[point, default: 0]
        }
        if let crash, crash.point == point, crash.passage == passage { kill(getpid(), SIGKILL) }
        // To this very thread: it goes no step further. One to the process may be taken by another thread, which under
        // load comes to it after this one has sent the next request.
        if let stop, stop.point == point, stop.passage == passage { pthread_kill(pthread_self(), SIGSTOP) }
    }

    func reachSoon(_ point: CrashPoint) {
        guard isAwaited(point) else { return }
        let delay = UInt32.random(in: 0..<20_000)
        _ = CrashPlan.endsBehindPoints
        awaited.withLock { $0 += 1 }
        var thread = pthread_t()
        let argument = UnsafeMutableRawPointer(bitPattern: UInt(delay) + 1)
        let error = pthread_create(
            &thread, nil,
            { argument in
                // By itself: who detaches a thread that may have ended reads memory that may be gone.
                pthread_detach(pthread_self())
                usleep(UInt32(truncatingIfNeeded: UInt(bitPattern: argument)))
                CrashPlan.shared.reach(.midCommit)
                CrashPlan.shared.awaited.withLock { $0 -= 1 }
                return nil
            }, argument)
        if error != 0 { awaited.withLock { $0 -= 1 } }
    }

    /// A process that has nothing more to do would end before the point is reached; it ends when it has been.
    private static let endsBehindPoints: Void = {
        atexit { while CrashPlan.shared.awaited.withLock({ $0 }) > 0 { usleep(1000) } }
    }()
}
#endif

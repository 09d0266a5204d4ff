// Snapshots of parts that are encoded while batches go on, and files that nobody needs.

import DurableFiles
import Synchronization
import TestSupport
import Testing
import Threads

@testable import StateStore

@Suite struct StateSnapshotTests {
    /// Random changes to many rows, with snapshots of two rows at a commit: every version and the one before can be
    /// loaded, whatever the moment, and old files go.
    @Test(arguments: [1, 4, 15])
    func versionsAreWholeWhileSnapshotsAreUnderWay(replayVersions: Int) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        let disk = FaultyDisk()
        var models: [[[Int64: Int64]]] = [[[:], [:]]]
        var whole = 0
        func makeWorld(_ run: String) throws -> StateWorld {
            try StateWorld(disk, run: run, replayVersions: replayVersions, sliceBytes: 128)
        }
        var world = try makeWorld("r0")
        try world.store.load(version: 0, attempt: "")
        // A rollback gives up the snapshots under way, a restart does, too: at last there are none of either.
        for version in 1...120 {
            let isQuiet = version > 60
            if !isQuiet, random.next() % 8 == 0 {
                Self.change(world, &random)
                try world.store.rollback()
            }
            Self.change(world, &random)
            _ = try world.store.prepare(version: version, attempt: "a\(version)", metadata: [])
            let done = world.store.committed(version: version, attempt: "a\(version)")
            #expect(done.failure == nil)
            whole += isQuiet ? done.snapshots : 0
            models.append(world.rows)
            for back in [version, version - 1] where back > 0 {
                let other = try StateInspectionWorld(disk)
                #expect(try other.rows(version: back, attempt: "a\(back)") == models[back], "seed \(seed), \(back)")
            }
            if !isQuiet, random.next() % 25 == 0 {
                world = try makeWorld("r\(version)")
                try world.store.load(version: version, attempt: "a\(version)")
                #expect(world.rows == models[version], "seed \(seed), version \(version)")
            }
        }
        #expect(whole > 2, "seed \(seed)")
        #expect(try disk.list(StateWorld.directory).count < 40, "seed \(seed)")
    }

    private static func change(_ world: StateWorld, _ random: inout SeededRandom) {
        for shard in world.shards {
            for _ in 0..<(random.next() % 4) {
                let key = Int64(random.next() % 40)
                shard.set(key, random.next() % 3 == 0 ? nil : Int64(random.next() % 1000))
            }
        }
    }

    /// Another thread writes, workers encode, and the state is what it would be without them.
    @Test func threadsMakeNoDifference() throws {
        let disk = FaultyDisk()
        let pool = WorkerPool(name: "state", workerCount: 3)
        defer { pool.shutDown() }
        let executor = StateExecutor { try pool.run(taskCount: $0, isSmall: false, $2) }
        for run in 0..<6 {
            let world = try StateWorld(
                disk, run: "r\(run)", replayVersions: 2, sliceBytes: 64, inBackground: true, executor: executor)
            try world.store.load(version: run * 40, attempt: run == 0 ? "" : "a\(run * 40)")
            #expect(try world.rows == StateWorld.rows(after: run * 40))
            var whole = 0
            for version in (run * 40 + 1)...(run * 40 + 40) {
                world.change(version - 1)
                _ = try world.store.prepare(version: version, attempt: "a\(version)", metadata: [])
                // Half of the runs leave it to chance how far the other thread is.
                if run % 2 == 0 { world.store.waitForSnapshots() }
                whole += world.store.committed(version: version, attempt: "a\(version)").snapshots
            }
            #expect(run % 2 == 1 || whole > 2, "run \(run)")
            world.store.close()
        }
        #expect(try disk.list(StateWorld.directory).filter { $0.hasSuffix(".tmp") } == [])
    }

    /// Without a thread the batches write snapshots themselves and say so; once there is one, it writes the next.
    @Test func aRefusedThreadIsToldAndAskedForAgain() throws {
        let disk = FaultyDisk()
        let world = try StateWorld(disk, run: "r", replayVersions: 2, sliceBytes: 64, inBackground: true)
        try world.store.load(version: 0, attempt: "")
        let asked = Mutex(0)
        var (refusals, whole) = (0, 0)
        func runBatches(_ versions: ClosedRange<Int>) throws {
            for version in versions {
                world.change(version - 1)
                _ = try world.store.prepare(version: version, attempt: "a\(version)", metadata: [])
                world.store.waitForSnapshots()
                let done = world.store.committed(version: version, attempt: "a\(version)")
                refusals += done.refusedThread == nil ? 0 : 1
                whole += done.snapshots
            }
        }
        try ThreadRefusal.$ofTest.withValue({ _ in
            asked.withLock { $0 += 1 }
            return true
        }) { try runBatches(1...40) }
        // Once for each file, not for each piece.
        #expect(refusals > 2 && whole > 2 && asked.withLock { $0 } < 40)
        (refusals, whole) = (0, 0)
        try runBatches(41...80)
        #expect(refusals == 0 && whole > 2)
        world.store.close()
        let next = try StateWorld(disk, run: "next")
        try next.store.load(version: 80, attempt: "a80")
        #expect(try next.rows == StateWorld.rows(after: 80))
    }

    /// A snapshot under way stalls no batch: the thread that writes it is held in the middle of a file, and the batches
    /// that come meanwhile are prepared, committed and can be loaded.
    @Test(.timeLimit(.minutes(1)))
    func noBatchWaitsForASnapshot() throws {
        let signal = Signal()
        let hold = Mutex((isHeld: false, isOpen: false))
        func change(_ body: @Sendable (inout (isHeld: Bool, isOpen: Bool)) -> Void) {
            signal.locked { hold.withLock { body(&$0) } }
            signal.broadcast()
        }
        var options = StateStoreOptions(memoryBudgetBytes: 1 << 30)
        options.maximumReplayVersions = 1
        options.reach = { step in
            guard step == .snapshotSectionWritten else { return }
            signal.locked {
                hold.withLock { $0.isHeld = true }
                signal.broadcast()
                while !hold.withLock({ $0.isOpen }) { signal.wait() }
            }
        }
        let (disk, shard) = (FaultyDisk(), DictionaryShard())
        func makeStore(_ shard: DictionaryShard, _ options: StateStoreOptions, _ disk: FaultyDisk) throws -> StateStore
        {
            try StateStore(
                directory: StateWorld.directory,
                operators: [StateOperator(name: "one", shape: [], shards: [shard])], runID: "r", options: options,
                disk: disk)
        }
        let store = try makeStore(shard, options, disk)
        defer { store.close() }
        defer { change { $0.isOpen = true } }
        try store.load(version: 0, attempt: "")
        var version = 0
        func run() throws {
            version += 1
            shard.set(Int64(version), Int64(version))
            _ = try store.prepare(version: version, attempt: "a\(version)", metadata: [])
            #expect(store.committed(version: version, attempt: "a\(version)").snapshots == 0)
        }
        // The first snapshot is due soon, and is never finished.
        for _ in 0..<6 { try run() }
        signal.locked { while !hold.withLock({ $0.isHeld }) { signal.wait() } }
        for _ in 0..<20 { try run() }
        let other = DictionaryShard()
        let copy = try StateInspectionWorld(disk).copy
        try makeStore(other, StateStoreOptions(memoryBudgetBytes: 1 << 30), copy).load(
            version: version, attempt: "a\(version)")
        #expect(other.rows == shard.rows && other.rowCount == 26)
        #expect(try disk.list(StateWorld.directory).filter { $0.hasPrefix("snapshot.") && !$0.hasSuffix(".tmp") } == [])
        change { $0.isOpen = true }
        store.waitForSnapshots()
    }

    /// A start reads the parts of the state side by side: each of two waits, once it has begun, until the other has.
    @Test(.timeLimit(.minutes(1)))
    func partsAreLoadedInParallel() throws {
        let disk = FaultyDisk()
        let world = try StateWorld(disk, run: "r1")
        try world.store.load(version: 0, attempt: "")
        for version in 1...5 { try world.run(attempt: "a\(version)") }
        let pool = WorkerPool(name: "state", workerCount: 2)
        defer { pool.shutDown() }
        let signal = Signal()
        let begun = Mutex(0)
        let executor = StateExecutor { count, isSmall, task in
            try pool.run(taskCount: count, isSmall: isSmall) { worker, index in
                if count == 2 {
                    signal.locked {
                        begun.withLock { $0 += 1 }
                        signal.broadcast()
                        while begun.withLock({ $0 }) < 2 { signal.wait() }
                    }
                }
                try task(worker, index)
            }
        }
        let next = try StateWorld(disk, run: "r2", executor: executor)
        try next.store.load(version: 5, attempt: "a5")
        #expect(begun.withLock { $0 } == 2)
        #expect(try next.rows == StateWorld.rows(after: 5))
    }

    /// A disk that doesn't come along holds up snapshots, and fills no memory: what waits is an eighth of the state's.
    @Test func whatWaitsToBeWrittenIsBounded() throws {
        let signal = Signal()
        let isOpen = Mutex(false)
        func open() {
            signal.locked { isOpen.withLock { $0 = true } }
            signal.broadcast()
        }
        var options = StateStoreOptions(memoryBudgetBytes: 4 << 20)
        options.maximumReplayVersions = 30
        options.reach = { step in
            guard step == .snapshotSectionWritten else { return }
            signal.locked { while !isOpen.withLock({ $0 }) { signal.wait() } }
        }
        let shards = [DictionaryShard(), DictionaryShard()]
        let store = try StateStore(
            directory: StateWorld.directory,
            operators: [StateOperator(name: "one", shape: [], shards: shards)], runID: "r", options: options,
            disk: FaultyDisk())
        defer { store.close() }
        defer { open() }
        try store.load(version: 0, attempt: "")
        var most = 0
        // The first snapshot is due when the state is large.
        for version in 1...60 {
            for key in 0..<(version <= 30 ? 4000 : 500) { shards[version % 2].set(Int64(version * 4000 + key), 1) }
            _ = try store.prepare(version: version, attempt: "a\(version)", metadata: [])
            store.committed(version: version, attempt: "a\(version)")
            most = max(most, store.snapshotWriter.queuedBytes)
        }
        #expect(most > 100 << 10 && most <= 512 << 10)
        open()
        store.waitForSnapshots()
    }

    /// Attempts that never committed: nothing of them is read, and the next start removes them, once it has decided.
    @Test func filesOfAttemptsThatNeverCommittedGo() throws {
        let disk = FaultyDisk()
        let world = try StateWorld(disk, run: "r1")
        try world.store.load(version: 0, attempt: "")
        for version in 1...5 { try world.run(attempt: "a\(version)") }
        for key in 0..<20_000 { world.shards[0].set(Int64(key), 1) }
        _ = try world.store.prepare(version: 6, attempt: "lost", metadata: [])
        let before = Set(try disk.list(StateWorld.directory))
        let newest = try #require(before.filter { $0.hasPrefix("changelog.") }.max())
        let left = try #require(disk.content(of: DiskPath.join(StateWorld.directory, newest)))
        #expect(left.count > 300_000)
        for number in 0..<60 {
            disk.replace(DiskPath.join(StateWorld.directory, "changelog.\(100_000 + number).r\(number)"), with: left)
        }
        let next = try StateWorld(disk, run: "r2")
        let manifest = try #require(try next.store.contains(version: 5, attempt: "a5", hash: "") ? nil : 5)
        #expect(try disk.list(StateWorld.directory).count == before.count + 60, "deciding removes nothing")
        let read = disk.readBytes
        try next.store.load(version: manifest, attempt: "a5")
        #expect(try next.rows == StateWorld.rows(after: 5))
        #expect(disk.readBytes - read < 61 * 40_000, "a start reads heads")
        let after = try disk.list(StateWorld.directory)
        #expect(after.filter { !before.contains($0) } == [])
        try next.run(attempt: "b6")
        #expect(try next.rows == StateWorld.rows(after: 6))
    }

    /// One that was taken for dead goes on with its start after another has taken over.
    @Test func anInstanceThatWakesUpRemovesNothingOfItsHeir() throws {
        let disk = FaultyDisk()
        let world = try StateWorld(disk, run: "r1")
        try world.store.load(version: 0, attempt: "")
        for version in 1...5 { try world.run(attempt: "a\(version)") }
        let zombie = try StateWorld(disk, run: "r2")
        let heir = try StateWorld(disk, run: "r3")
        try heir.store.load(version: 5, attempt: "a5")
        try heir.run(attempt: "b6")
        try zombie.store.load(version: 5, attempt: "a5")
        let next = try StateWorld(disk, run: "r4")
        try next.store.load(version: 6, attempt: "b6")
        #expect(try next.rows == StateWorld.rows(after: 6))
    }

    /// Steps are told in their order, so that tests can end the process at each.
    @Test func stepsAreTold() throws {
        let steps = Mutex<[StateStep]>([])
        var options = StateStoreOptions(memoryBudgetBytes: 1 << 30)
        options.maximumReplayVersions = 1
        options.writesInBackground = false
        options.reach = { step in steps.withLock { $0.append(step) } }
        let shard = DictionaryShard()
        let store = try StateStore(
            directory: StateWorld.directory,
            operators: [StateOperator(name: "one", shape: [], shards: [shard])], runID: "r", options: options,
            disk: FaultyDisk())
        try store.load(version: 0, attempt: "")
        for version in 1...3 {
            shard.set(1, Int64(version))
            _ = try store.prepare(version: version, attempt: "a\(version)", metadata: [])
            store.committed(version: version, attempt: "a\(version)")
        }
        let told = steps.withLock { $0 }
        #expect(Array(told.prefix(4)) == [.loaded, .filesRemoved, .changesEncoded, .changesWritten])
        #expect(told.contains(.snapshotSectionWritten) && told.contains(.snapshotPublished))
    }
}

/// Reads versions of a `StateWorld` and changes nothing, so that a running one can be looked at.
struct StateInspectionWorld {
    let copy = FaultyDisk()

    /// Takes a copy of the files.
    init(_ disk: FaultyDisk) throws {
        try copy.createDirectories(StateWorld.directory)
        for name in try disk.list(StateWorld.directory) {
            let path = DiskPath.join(StateWorld.directory, name)
            copy.replace(path, with: disk.content(of: path))
        }
    }

    func rows(version: Int, attempt: String) throws -> [[Int64: Int64]] {
        let world = try StateWorld(copy, run: "look")
        try world.store.load(version: version, attempt: attempt)
        return world.rows
    }
}

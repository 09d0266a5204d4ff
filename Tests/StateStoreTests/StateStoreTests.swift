// The life of a query's state: batches, restarts, rollbacks, adoption.

import DurableFiles
import StateStore
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite struct StateStoreTests {
    @Test(arguments: [1, 3, 100])
    func everyCommittedVersionIsThereAfterARestart(replayVersions: Int) throws {
        let disk = FaultyDisk()
        for version in 0..<12 {
            let world = try StateWorld(disk, run: "run-\(version)", replayVersions: replayVersions)
            let metadata = try world.store.load(version: version, attempt: "a\(version)")
            #expect(metadata == (version == 0 ? [] : StateWorld.metadata(of: version)))
            #expect(try world.rows == StateWorld.rows(after: version))
            #expect(world.store.updatedCount == 0)
            try world.run(attempt: "a\(version + 1)")
            #expect(world.store.version == StateVersion(version + 1, attempt: "a\(version + 1)"))
            disk.restart(.nothing)
        }
    }

    @Test func theLastTwoCommittedVersionsCanBeLoadedAndOldFilesGo() throws {
        let disk = FaultyDisk()
        let world = try StateWorld(disk, run: "r")
        try world.store.load(version: 0, attempt: "")
        var most = 0
        for version in 1...40 {
            try world.run(attempt: "a\(version)")
            for back in [version, version - 1] where back > 0 {
                let rows = try StateInspectionWorld(disk).rows(version: back, attempt: "a\(back)")
                #expect(try rows == StateWorld.rows(after: back))
            }
            most = max(most, try disk.list(StateWorld.directory).count)
        }
        let names = try disk.list(StateWorld.directory)
        #expect(most <= 8, "\(names)")
        let other = try StateWorld(disk, run: "other")
        let error = #expect(throws: StateStoreError.self) { try other.store.load(version: 20, attempt: "a20") }
        #expect(error?.code == .missing)
        #expect(error?.message.contains("version 20 of attempt a20") == true, "\(error?.message ?? "")")
    }

    @Test func rollbackBringsBackTheLastCommittedVersion() throws {
        let disk = FaultyDisk()
        let world = try StateWorld(disk, run: "r")
        try world.store.load(version: 0, attempt: "")
        for version in 0..<8 {
            // Not prepared, then prepared, then for good.
            world.change(version + 50)
            try world.store.rollback()
            #expect(try world.rows == StateWorld.rows(after: version))
            world.change(version + 60)
            _ = try world.store.prepare(version: version + 1, attempt: "x\(version + 1)", metadata: [])
            try world.store.rollback()
            #expect(try world.rows == StateWorld.rows(after: version))
            try world.run(attempt: "a\(version + 1)")
        }
        #expect(try world.rows == StateWorld.rows(after: 8))
    }

    @Test func aPreparedAttemptCanBeAdopted() throws {
        let disk = FaultyDisk()
        let world = try StateWorld(disk, run: "r1")
        try world.store.load(version: 0, attempt: "")
        for version in 1...4 { try world.run(attempt: "a\(version)") }
        // One attempt that was given up, and one whose transaction did commit before the crash.
        world.change(99)
        let givenUp = try world.store.prepare(version: 5, attempt: "first", metadata: [])
        try world.store.rollback()
        world.change(4)
        let manifest = try world.store.prepare(version: 5, attempt: "second", metadata: [])
        #expect(manifest.hash != givenUp.hash)
        disk.restart(.nothing)

        let next = try StateWorld(disk, run: "r2")
        #expect(try next.store.contains(version: 5, attempt: "second", hash: manifest.hash))
        #expect(try next.store.contains(version: 5, attempt: "first", hash: givenUp.hash))
        #expect(try !next.store.contains(version: 5, attempt: "second", hash: givenUp.hash))
        #expect(try !next.store.contains(version: 5, attempt: "third", hash: manifest.hash))
        #expect(try !next.store.contains(version: 6, attempt: "second", hash: manifest.hash))
        try next.store.load(version: 5, attempt: "second")
        #expect(try next.rows == StateWorld.rows(after: 5))
        try next.run(attempt: "a6")
        #expect(try next.rows == StateWorld.rows(after: 6))
    }

    /// A start reads the state once: what it has read to decide is what it loads.
    @Test func whatWasReadToDecideIsLoaded() throws {
        let disk = FaultyDisk()
        let world = try StateWorld(disk, run: "r1", replayVersions: 100)
        try world.store.load(version: 0, attempt: "")
        try world.run(attempt: "a1")
        for key in 0..<20_000 { world.shards[0].set(Int64(key), 1) }
        let manifest = try world.run(attempt: "a2")
        let rows = world.rows
        let next = try StateWorld(disk, run: "r2", replayVersions: 100)
        var read = disk.readBytes
        #expect(try next.store.contains(version: 2, attempt: "a2", hash: manifest.hash))
        #expect(disk.readBytes - read > 300_000)
        read = disk.readBytes
        #expect(try next.store.load(version: 2, attempt: "a2") == StateWorld.metadata(of: 2))
        #expect(disk.readBytes - read < 100_000, "heads alone")
        #expect(next.rows == rows)
        #expect(next.store.updatedCount == 0)
        // The shards are the query's from here on: asking changes nothing in them.
        next.shards[1].set(7, 8)
        #expect(try next.store.contains(version: 2, attempt: "a2", hash: manifest.hash))
        #expect(next.shards[1].rows[7] == 8 && next.store.updatedCount == 1)

        let other = try StateWorld(disk, run: "r3", replayVersions: 100)
        #expect(try other.store.contains(version: 2, attempt: "a2", hash: manifest.hash))
        try other.store.load(version: 1, attempt: "a1")
        #expect(try other.rows == StateWorld.rows(after: 1))
    }

    /// A query without state has versions all the same, for what the runtime keeps with them.
    @Test func aStoreWithoutOperatorsKeepsMetadata() throws {
        let disk = FaultyDisk()
        func makeStore(_ run: String) throws -> StateStore {
            try StateStore(
                directory: StateWorld.directory, operators: [], runID: run,
                options: StateStoreOptions(memoryBudgetBytes: 0), disk: disk)
        }
        let store = try makeStore("r1")
        #expect(try store.load(version: 0, attempt: "") == [])
        let first = try store.prepare(version: 1, attempt: "a1", metadata: [1, 2])
        try store.rollback()
        let second = try store.prepare(version: 1, attempt: "a2", metadata: [1, 3])
        #expect(first.hash != second.hash)
        store.committed(version: 1, attempt: "a2")
        disk.restart(.nothing)
        let next = try makeStore("r2")
        #expect(try next.contains(version: 1, attempt: "a2", hash: second.hash))
        #expect(try !next.contains(version: 1, attempt: "a2", hash: first.hash))
        #expect(try next.load(version: 1, attempt: "a2") == [1, 3])
    }

    /// An older instance that wakes writes files of its own: the newer one's state stays what it is.
    @Test func aWokenInstanceCannotDamageANewerOne() throws {
        let disk = FaultyDisk()
        let old = try StateWorld(disk, run: "old")
        try old.store.load(version: 0, attempt: "")
        for version in 1...4 { try old.run(attempt: "a\(version)") }
        let new = try StateWorld(disk, run: "new")
        try new.store.load(version: 4, attempt: "a4")
        try new.run(attempt: "b5")
        old.change(77)
        _ = try old.store.prepare(version: 5, attempt: "a5", metadata: [])
        try new.run(attempt: "b6")
        #expect(try new.rows == StateWorld.rows(after: 6))
        let third = try StateWorld(disk, run: "third")
        try third.store.load(version: 6, attempt: "b6")
        #expect(try third.rows == StateWorld.rows(after: 6))
    }

    @Test func changedAggregatesAreRefusedWithTheDifference() throws {
        for versions in [1, 3] {
            let disk = FaultyDisk()
            let world = try StateWorld(disk, run: "r1")
            try world.store.load(version: 0, attempt: "")
            for version in 1...versions { try world.run(attempt: "a\(version)") }
            let changed = try StateWorld(disk, run: "r2", shape: ["key BIGINT", "count(*) BIGINT"])
            let error = #expect(throws: StateStoreError.self) {
                try changed.store.load(version: versions, attempt: "a\(versions)")
            }
            #expect(error?.code == .shapeChanged)
            #expect(
                error?.message.contains("- sum(BIGINT) BIGINT, + count(*) BIGINT") == true, "\(error?.message ?? "")")
        }
    }

    @Test func stateBeyondItsMemoryIsRefused() throws {
        let world = try StateWorld(FaultyDisk(), run: "r", memoryBudgetBytes: 4000)
        try world.store.load(version: 0, attempt: "")
        for key in 0..<100 { world.shards[0].set(Int64(key), 1) }
        _ = try world.store.prepare(version: 1, attempt: "a1", metadata: [])
        world.store.committed(version: 1, attempt: "a1")
        for key in 0..<200 { world.shards[1].set(Int64(key), 1) }
        let error = #expect(throws: StateStoreError.self) {
            try world.store.prepare(version: 2, attempt: "a2", metadata: [])
        }
        #expect(error?.code == .limit)
        // What a batch removes takes memory, too: the message counts it.
        #expect(error?.message.contains("of 300 rows, with 200 set or removed by this batch, 4 KiB") == true)
        try world.store.rollback()
        #expect(world.store.rowCount == 100)
        world.shards[0].set(1, 2)
        _ = try world.store.prepare(version: 2, attempt: "a3", metadata: [])
    }

    /// A start with too little memory ends by itself, before all is there: read from snapshots or from changes, to go
    /// on with or to decide.
    @Test(arguments: [3, 1000], [false, true])
    func stateThatDoesNotFitIsNotLoaded(replayVersions: Int, decides: Bool) throws {
        let disk = FaultyDisk()
        let world = try StateWorld(disk, run: "r1", replayVersions: replayVersions, sliceBytes: 16 << 10)
        try world.store.load(version: 0, attempt: "")
        var hash = ""
        for version in 1...20 {
            for key in 0..<1000 { world.shards[version % 2].set(Int64(version * 1000 + key), 1) }
            hash = try world.run(attempt: "a\(version)").hash
        }
        let needed = world.store.memoryBytes
        func start(_ run: String, memoryBudgetBytes: Int) throws -> StateWorld {
            let next = try StateWorld(
                disk, run: run, replayVersions: replayVersions, memoryBudgetBytes: memoryBudgetBytes)
            do throws(StateStoreError) {
                if decides {
                    let isThere = try next.store.contains(version: 20, attempt: "a20", hash: hash)
                    #expect(isThere)
                }
                try next.store.load(version: 20, attempt: "a20")
            } catch {
                #expect(error.code == .limit)
                #expect(error.message.contains("as far as it is loaded"))
            }
            return next
        }
        let short = try start("r2", memoryBudgetBytes: 40_000)
        // What was read to decide, and could not be, is let go.
        #expect(short.store.memoryBytes < needed / 2 && (short.store.memoryBytes > 40_000) == !decides)
        #expect(try start("r3", memoryBudgetBytes: needed + 1000).rows == world.rows)
    }

    /// Rows that later changes remove may be there for a while, and no longer.
    @Test func rowsThatGoAgainMayBeLoaded() throws {
        let disk = FaultyDisk()
        let world = try StateWorld(disk, run: "r1", replayVersions: 1000)
        try world.store.load(version: 0, attempt: "")
        for key in 0..<2000 { world.shards[0].set(Int64(1000 + key), 1) }
        try world.run(attempt: "a1")
        for key in 0..<1900 { world.shards[0].set(Int64(1000 + key), nil) }
        try world.run(attempt: "a2")
        func failure(_ budget: Int, loading: Int) throws -> StateStoreError? {
            let next = try StateWorld(
                disk, run: "r-\(budget)-\(loading)", replayVersions: 1000, memoryBudgetBytes: budget,
                loadingBytes: loading)
            do throws(StateStoreError) {
                try next.store.load(version: 2, attempt: "a2")
                return nil
            } catch { return error }
        }
        #expect(try failure(4000, loading: 40_000) == nil)
        #expect(try failure(4000, loading: 0)?.code == .limit)
        let left = try #require(try failure(1000, loading: 40_000))
        #expect(left.code == .limit && !left.message.contains("loaded"))
    }

    @Test func theRealDiskKeepsState() throws {
        let disk = RealDisk()
        let directory = "/tmp/millrace-state-\(disk.makeUniqueName())"
        defer { Self.removeDirectory(directory, disk) }
        let world = try StateWorld(disk, run: "r1", directory: directory)
        try world.store.load(version: 0, attempt: "")
        for version in 1...5 { try world.run(attempt: "a\(version)") }
        let next = try StateWorld(disk, run: "r2", directory: directory)
        try next.store.load(version: 5, attempt: "a5")
        #expect(try next.rows == StateWorld.rows(after: 5))
    }

    private static func removeDirectory(_ directory: String, _ disk: RealDisk) {
        for name in (try? disk.list(directory)) ?? [] { _ = try? disk.remove(DiskPath.join(directory, name)) }
        rmdir(directory)
    }
}

// State under a failing disk: power cuts, errors and damaged files at every place.

import DurableFiles
import StateStore
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite struct StateStoreCrashTests {
    /// What someone outside, as Kafka is, remembers of a run.
    private struct Outside {
        var committed = StateVersion.empty
        /// Prepared, and its commit never asked for.
        var prepared: StateManifest?
    }

    /// Runs up to `last` batches from what is committed; a failed batch is rolled back and tried again a few times.
    private static func live(_ disk: FaultyDisk, run: String, to last: Int, _ outside: inout Outside) throws {
        let world = try StateWorld(disk, run: run)
        try world.store.load(version: outside.committed.number, attempt: outside.committed.attempt)
        #expect(try world.rows == StateWorld.rows(after: outside.committed.number))
        var tries = 0
        while world.store.version.number < last {
            tries += 1
            let version = StateVersion(world.store.version.number + 1, attempt: "\(run)-\(tries)")
            world.change(version.number - 1)
            do {
                outside.prepared = try world.store.prepare(
                    version: version.number, attempt: version.attempt, metadata: [])
            } catch {
                if tries > 20 { throw error }
                try world.store.rollback()
                #expect(try world.rows == StateWorld.rows(after: outside.committed.number))
                continue
            }
            outside.committed = version
            outside.prepared = nil
            world.store.committed(version: version.number, attempt: version.attempt)
        }
    }

    @Test func powerCutsAtEveryOperationLoseNothingCommitted() throws {
        let last = 8
        let quiet = FaultyDisk()
        var untouched = Outside()
        try Self.live(quiet, run: "r", to: last, &untouched)
        let operations = quiet.operationCount
        #expect(operations > 40)
        for operation in 1...operations {
            for survival: FaultyDisk.Survival in [.nothing, .everything, .some(seed: UInt64(operation))] {
                let disk = FaultyDisk()
                disk.inject(.powerCut, at: operation)
                var outside = Outside()
                #expect(throws: StateStoreError.self, "the power was cut at operation \(operation)") {
                    try Self.live(disk, run: "r", to: last, &outside)
                    // A cut during the maintenance after the last commit shows at the next batch.
                    try Self.live(disk, run: "r-again", to: last + 1, &outside)
                }
                disk.restart(survival)
                if let prepared = outside.prepared {
                    let world = try StateWorld(disk, run: "look")
                    #expect(
                        try world.store.contains(
                            version: prepared.version.number, attempt: prepared.version.attempt, hash: prepared.hash))
                }
                try Self.live(disk, run: "second", to: last + 2, &outside)
                #expect(outside.committed.number == last + 2, "operation \(operation), \(survival)")
            }
        }
    }

    @Test(arguments: [FaultyDisk.Fault.error(EIO), .error(ENOSPC), .shortWrite(ENOSPC)])
    func errorsAtEveryOperationAreReportedOrOvercome(fault: FaultyDisk.Fault) throws {
        let quiet = FaultyDisk()
        var untouched = Outside()
        try Self.live(quiet, run: "r", to: 8, &untouched)
        for operation in 1...quiet.operationCount {
            let disk = FaultyDisk()
            disk.inject(fault, at: operation)
            var outside = Outside()
            do {
                try Self.live(disk, run: "r", to: 8, &outside)
                #expect(outside.committed.number == 8)
            } catch let error as StateStoreError {
                #expect(error.code == .disk, "\(error)")
            }
            try Self.live(disk, run: "second", to: 10, &outside)
            #expect(outside.committed.number == 10)
        }
    }

    /// Every bit of every file: the state is the same, or an error says which file.
    @Test(arguments: [2, 4])
    func flippedBitsAreFoundOrHarmless(versions: Int) throws {
        let disk = FaultyDisk()
        let world = try StateWorld(disk, run: "r")
        try world.store.load(version: 0, attempt: "")
        for version in 1...versions { try world.run(attempt: "a\(version)") }
        let expected = try StateWorld.rows(after: versions)
        var found = 0
        for name in try disk.list(StateWorld.directory) {
            let path = DiskPath.join(StateWorld.directory, name)
            let good = try #require(disk.content(of: path))
            for position in good.indices {
                var bad = good
                bad[position] ^= 1 << UInt8(position % 8)
                disk.replace(path, with: bad)
                let other = try StateWorld(disk, run: "other")
                do {
                    try other.store.load(version: versions, attempt: "a\(versions)")
                    #expect(other.rows == expected, "\(name) at byte \(position)")
                } catch {
                    found += 1
                    #expect(error.code == .corrupt || error.code == .missing)
                    #expect(error.message.contains(name), "byte \(position): \(error.message)")
                }
            }
            // Cut off anywhere.
            for length in stride(from: 0, to: good.count, by: 7) {
                disk.replace(path, with: Array(good[..<length]))
                let other = try StateWorld(disk, run: "other")
                do {
                    try other.store.load(version: versions, attempt: "a\(versions)")
                    #expect(other.rows == expected, "\(name) cut at \(length)")
                } catch {
                    #expect(error.message.contains(name), "cut at \(length): \(error.message)")
                }
            }
            disk.replace(path, with: nil)
            let other = try StateWorld(disk, run: "other")
            do {
                try other.store.load(version: versions, attempt: "a\(versions)")
                #expect(other.rows == expected, "\(name) gone")
            } catch {
                #expect(error.code == .missing)
            }
            disk.replace(path, with: good)
        }
        #expect(found > 50)
    }

    /// Whole files that don't belong together: the same names, another history.
    @Test func filesOfAnotherHistoryAreFound() throws {
        func history(_ value: Int64) throws -> FaultyDisk {
            let disk = FaultyDisk()
            let first = try StateWorld(disk, run: "r1", replayVersions: 100)
            try first.store.load(version: 0, attempt: "")
            first.shards[0].set(1, value)
            _ = try first.store.prepare(version: 1, attempt: "a1", metadata: [])
            first.store.committed(version: 1, attempt: "a1")
            let second = try StateWorld(disk, run: "r2", replayVersions: 100)
            try second.store.load(version: 1, attempt: "a1")
            try second.run(attempt: "a2")
            return disk
        }
        let disk = try history(1)
        let other = try history(2)
        let name = DiskPath.join(StateWorld.directory, "changelog.000001.r1")
        let foreign = other.content(of: name)
        #expect(foreign != nil && foreign != disk.content(of: name))
        disk.replace(name, with: foreign)
        let world = try StateWorld(disk, run: "r3")
        let error = #expect(throws: StateStoreError.self) { try world.store.load(version: 2, attempt: "a2") }
        #expect(error?.code == .corrupt)
        #expect(error?.message.contains("changelog.000002.r2") == true, "\(error?.message ?? "")")
    }
}

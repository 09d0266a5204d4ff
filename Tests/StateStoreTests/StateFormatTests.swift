// Files that former versions wrote: kept as they were, read or refused.

import DurableFiles
import StateStore
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite struct StateFormatTests {
    private static func golden(_ version: String) -> String {
        DiskPath.join(DiskPath.parent(of: #filePath), "Golden/\(version)")
    }

    private static func disk(_ version: String) throws -> FaultyDisk {
        let disk = FaultyDisk()
        let real = RealDisk()
        try disk.createDirectories(StateWorld.directory)
        for name in try real.list(golden(version)) {
            disk.replace(
                DiskPath.join(StateWorld.directory, name),
                with: try real.readWhole(DiskPath.join(golden(version), name)))
        }
        return disk
    }

    /// Nine batches with snapshots. Format 2. Written anew with `MILLRACE_UPDATE_GOLDEN=1`, which only a change of the
    /// format by intent may do, and then under the name of the new format.
    @Test func version2() throws {
        if getenv("MILLRACE_UPDATE_GOLDEN") != nil { try Self.write(Self.golden("v2")) }
        let disk = try Self.disk("v2")
        #expect(try disk.list(StateWorld.directory).contains { $0.hasSuffix(".snapshot") })
        let world = try StateWorld(disk, run: "today")
        #expect(try world.store.contains(version: 9, attempt: "a9", hash: "8b0da46db4bd3e6e97a84d7e"))
        #expect(try world.store.load(version: 9, attempt: "a9") == StateWorld.metadata(of: 9))
        #expect(try world.rows == StateWorld.rows(after: 9))
        // And it goes on, to the byte as it did then.
        let next = try world.run(attempt: "a10").hash
        #expect(next == "88bd1e2097d7038f9f2452b8")
        #expect(try world.rows == StateWorld.rows(after: 10))
    }

    private static func write(_ place: String) throws {
        let disk = FaultyDisk()
        let world = try StateWorld(disk, run: "first")
        try world.store.load(version: 0, attempt: "")
        for version in 1...9 { try world.run(attempt: "a\(version)") }
        let real = RealDisk()
        try real.createDirectories(place)
        for name in try real.list(place) { try real.remove(DiskPath.join(place, name)) }
        for name in try disk.list(StateWorld.directory) {
            let path = DiskPath.join(place, name)
            let file = try OpenFile(path, .createExclusive, disk: real)
            try file.write(disk.content(of: DiskPath.join(StateWorld.directory, name)) ?? [], at: 0)
            file.close()
        }
    }

    /// Format 1, as version 0.1.0 wrote it.
    @Test func version1IsRefused() throws {
        let disk = try Self.disk("v1")
        for names in [try disk.list(StateWorld.directory), ["changelog.000001.r1"]] {
            for name in try disk.list(StateWorld.directory) where !names.contains(name) {
                disk.replace(DiskPath.join(StateWorld.directory, name), with: nil)
            }
            let world = try StateWorld(disk, run: "today")
            let error = #expect(throws: StateStoreError.self) {
                try world.store.load(version: 4, attempt: "a4")
            }
            #expect(error?.code == .formatUnsupported)
            #expect(error?.message.contains("format 1; this version reads format 2") == true)
            #expect(throws: StateStoreError.self) {
                try world.store.contains(version: 4, attempt: "a4", hash: "")
            }
        }
    }
}

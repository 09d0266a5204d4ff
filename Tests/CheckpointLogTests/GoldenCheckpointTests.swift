// Checkpoints that former versions wrote, kept as they were: every version must be able to go on with them.

import CheckpointLog
import DurableFiles
import JSONText
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite struct GoldenCheckpointTests {
    private static let files = ["metadata", "log/00000001.log", "log/00000002.log"]

    private static func golden(_ version: String) -> String {
        DiskPath.join(DiskPath.parent(of: #filePath), "Golden/\(version)")
    }

    /// Checkpoints of 0.1.0 are refused, with what to do.
    @Test func version1IsRefused() throws {
        let disk = FaultyDisk()
        try Self.put("v1", on: disk)
        for _ in 1...2 {
            let error = #expect(throws: CheckpointError.self) {
                try Checkpoint.open(directory: directory, runID: "today", disk: disk)
            }
            #expect(error?.code == .unsupportedFormat && error?.file == "/c/metadata")
            #expect(error?.message.contains("0.1.0") == true && error?.hint.contains("startingOffsets") == true)
        }
        for name in Self.files {
            let bytes = try RealDisk().readWhole(DiskPath.join(Self.golden("v1"), name))
            #expect(disk.content(of: "/c/" + name) == bytes)
        }
    }

    private static func put(_ version: String, on disk: FaultyDisk) throws {
        try disk.createDirectories("/c/log")
        for name in files {
            disk.replace("/c/" + name, with: try RealDisk().readWhole(DiskPath.join(golden(version), name)))
        }
    }

    /// Two batches committed, a third planned, in two runs. Format 2. Written anew with `MILLRACE_UPDATE_GOLDEN=1`,
    /// which only a change of the format by intent may do, and then under the name of the new format.
    @Test func version2() throws {
        let disk = FaultyDisk()
        if getenv("MILLRACE_UPDATE_GOLDEN") != nil { try Self.write(Self.golden("v2")) }
        try Self.put("v2", on: disk)
        let checkpoint = try Checkpoint.open(directory: directory, runID: "today", disk: disk)
        #expect(checkpoint.metadata == metadata)
        try checkpoint.requireSamePlan(metadata.plan)
        let log = try checkpoint.recover()
        #expect(log.lastPlan == plan(2))
        #expect(log.lastCommit == commit(1))
        #expect(log.lastCommittedPlan == plan(1))
        let entries = try checkpoint.entries()
        #expect(
            entries.map(\.record) == [
                .plan(plan(0)), .commit(commit(0)), .plan(plan(1)), .commit(commit(1)), .plan(plan(2)),
            ])
        #expect(entries.map(\.runID) == ["first", "first", "second", "second", "second"])
        let report = checkpoint.verify()
        #expect(report.problems == [] && report.ignored == [] && report.files.map(\.records) == [1, 3, 6])
        // And it goes on.
        try checkpoint.startRun()
        try checkpoint.appendCommit(commit(2))
        try checkpoint.appendPlan(plan(3))
        checkpoint.close()
        #expect(try CheckpointReader(directory: directory, disk: disk).recover().lastPlan == plan(3))
    }

    private static func write(_ place: String) throws {
        let disk = FaultyDisk()
        var limits = CheckpointLimits()
        limits.growth = AppendLogGrowth(firstBytes: 2048, nextBytes: 2048)
        try run(disk, batches: 1, run: "first", limits: limits)
        let checkpoint = try Checkpoint.open(directory: directory, runID: "second", limits: limits, disk: disk)
        _ = try checkpoint.recover()
        try checkpoint.startRun()
        try checkpoint.appendPlan(plan(1))
        try checkpoint.appendCommit(commit(1))
        try checkpoint.appendPlan(plan(2))
        checkpoint.close()
        let real = RealDisk()
        try real.createDirectories(DiskPath.join(place, "log"))
        for name in files {
            let path = DiskPath.join(place, name)
            try real.remove(path)
            let file = try OpenFile(path, .createExclusive, disk: real)
            try file.write(disk.content(of: "/c/" + name) ?? [], at: 0)
        }
    }
}

import CheckpointLog
import DurableFiles
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite struct CheckpointCrashTests {
    /// A power cut at each operation of: create the checkpoint, three batches with roll-overs, start again, two more.
    /// Whatever survives: the log stands after a whole number of entries, none missing that was durable, and the query
    /// can go on to its end.
    @Test func powerCutAnywhere() throws {
        let survivals: [FaultyDisk.Survival] = [.nothing, .everything] + (1...8).map { .some(seed: $0) }
        var points = 0
        for survival in survivals {
            var operation = 0
            var finished = false
            while !finished {
                operation += 1
                points += 1
                let disk = FaultyDisk()
                disk.inject(.powerCut, at: operation)
                var done = Progress()
                do {
                    try run(disk, batches: 3, progress: &done)
                    try run(disk, batches: 5, progress: &done)
                    finished = true
                } catch {}
                disk.restart(survival)
                let what: Comment = "power cut at \(operation), \(String(describing: survival))"
                let log = try CheckpointReader(directory: directory, disk: disk).recover()
                let found = progress(log)
                #expect(found >= done.durable && found <= done.attempted, what)
                #expect(matches(log, progress: found), what)
                // And once more, in the middle of the recovery.
                disk.inject(.powerCut, at: disk.operationCount + operation % 23)
                try? run(disk, batches: 5, run: "second")
                disk.restart(survival)
                try run(disk, batches: 5, run: "third")
                #expect(matches(try CheckpointReader(directory: directory, disk: disk).recover(), progress: 10), what)
                let report = CheckpointReader(directory: directory, disk: disk).verify()
                #expect(report.problems == [], what)
                let left = try disk.list("/c") + disk.list("/c/log")
                #expect(left.filter { $0.hasSuffix(".tmp") } == [], what)
            }
        }
        #expect(points > 500)
    }

    /// A process is killed and leaves an entry that only the page cache has; the next run builds upon it; then the
    /// power goes. What the new segment says of the old one must still be there.
    @Test func killThenPowerCut() throws {
        func killed(_ disk: FaultyDisk, hasPlanned: Bool) throws {
            let killed = try Checkpoint.open(directory: directory, runID: "killed", disk: disk)
            try killed.createMetadata(metadata)
            _ = try killed.recover()
            try killed.startRun()
            if hasPlanned { try killed.appendPlan(plan(0)) }
            killed.close()
        }
        let (disk, other) = (FaultyDisk(), FaultyDisk())
        try killed(disk, hasPlanned: false)
        try killed(other, hasPlanned: true)
        let path = "/c/log/00000001.log"
        let file = try OpenFile(path, .readWrite, disk: disk)
        try file.write(#require(other.content(of: path)), at: 0)
        file.close()
        let next = try Checkpoint.open(directory: directory, runID: "next", disk: disk)
        #expect(try next.recover().lastPlan == plan(0))
        try next.startRun()
        disk.restart(.nothing)
        let reader = CheckpointReader(directory: directory, disk: disk)
        #expect(try reader.recover().lastPlan == plan(0))
        #expect(reader.verify().problems == [])
        #expect(try reader.entries().map(\.runID) == ["killed"])
    }

    /// An error at each operation: it is reported with a name, nothing more is taken, and the next run goes on.
    @Test(arguments: [FaultyDisk.Fault.error(EIO), .full, .shortWrite(ENOSPC)])
    func errorAnywhere(fault: FaultyDisk.Fault) throws {
        var operation = 0
        var failures = 0
        var finished = false
        while !finished {
            operation += 1
            let disk = FaultyDisk()
            disk.inject(fault, at: operation)
            var done = Progress()
            do {
                try run(disk, batches: 3, progress: &done)
                try run(disk, batches: 5, progress: &done)
                finished = disk.operationCount < operation
            } catch let error as CheckpointError {
                failures += 1
                #expect(error.code == (fault == .error(EIO) ? .fileFailure : .diskFull), "\(operation): \(error)")
                #expect(error.file.hasPrefix("/") && !error.hint.isEmpty)
            }
            disk.clearFaults()
            // With and without the power going afterwards.
            if operation % 2 == 0 { disk.restart(.nothing) }
            let log = try CheckpointReader(directory: directory, disk: disk).recover()
            let found = progress(log)
            #expect(found >= done.durable && found <= done.attempted, "\(operation)")
            #expect(matches(log, progress: found), "\(operation)")
            try run(disk, batches: 5)
            #expect(matches(try CheckpointReader(directory: directory, disk: disk).recover(), progress: 10))
        }
        // Of a short write, only writes hear.
        #expect(failures > (fault == .shortWrite(ENOSPC) ? 10 : 20))
    }

    /// Each bit of each file flipped, each file cut at each length, each removed: what is recovered is the same, or
    /// ends one entry earlier with that entry reported as torn, or is an error that names the file.
    @Test func damageAnywhere() throws {
        let disk = FaultyDisk()
        try run(disk, batches: 2)
        try run(disk, batches: 3)
        let reader = CheckpointReader(directory: directory, disk: disk)
        var outcomes: [String: Int] = [:]

        func check(_ path: String, _ what: String, isNewest: Bool) {
            do {
                let log = try reader.recover()
                if matches(log, progress: 6) {
                    outcomes["same", default: 0] += 1
                } else {
                    #expect(matches(log, progress: 5) && log.tornTail?.file == path && isNewest, "\(what)")
                    outcomes["torn", default: 0] += 1
                }
            } catch {
                #expect(error.code == .corrupt || error.code == .missingMetadata, "\(what): \(error)")
                #expect(error.file == path, "\(what): \(error)")
                outcomes["error", default: 0] += 1
            }
        }

        let paths = ["/c/metadata", "/c/log/00000001.log", "/c/log/00000002.log"]
        for path in paths {
            let isNewest = path.hasSuffix("2.log")
            let whole = try #require(disk.content(of: path))
            let used = whole.lastIndex { $0 != 0 } ?? 0
            for index in whole.indices {
                for bit in index <= used + 8 ? 0..<8 : 7..<8 {
                    var damaged = whole
                    damaged[index] ^= 1 << UInt8(bit)
                    disk.replace(path, with: damaged)
                    check(path, "\(path) byte \(index) bit \(bit)", isNewest: isNewest)
                    // `verify` sees damage of old segments too, where the query doesn't look any more.
                    if index <= used {
                        let report = reader.verify()
                        #expect(!report.problems.isEmpty || report.tornTail != nil, "\(path) byte \(index)")
                    }
                }
                if index <= used {
                    disk.replace(path, with: Array(whole[..<index]))
                    check(path, "\(path) cut to \(index)", isNewest: isNewest)
                    #expect(!reader.verify().problems.isEmpty, "\(path) cut to \(index)")
                }
            }
            disk.replace(path, with: whole)
        }
        #expect(outcomes.count == 3, "\(outcomes)")
        #expect(matches(try reader.recover(), progress: 6))

        // A run that logged nothing: its segment holds the recap only, and none of that may pass for torn.
        try run(disk, batches: 3)
        let path = "/c/log/00000003.log"
        let whole = try #require(disk.content(of: path))
        for index in whole.indices.prefix(1 + (whole.lastIndex { $0 != 0 } ?? 0)) {
            var damaged = whole
            damaged[index] ^= 1
            for bytes in [damaged, Array(whole[..<index])] {
                disk.replace(path, with: bytes)
                let error = #expect(throws: CheckpointError.self) { try reader.recover() }
                #expect(error?.code == .corrupt && error?.file == path)
            }
        }
        disk.replace(path, with: whole)
        #expect(matches(try reader.recover(), progress: 6))
        disk.replace("/c/metadata", with: nil)
        check("/c/metadata", "no metadata", isNewest: false)
    }
}

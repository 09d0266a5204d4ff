import CheckpointLog
import DurableFiles
import JSONText
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

private func segments(_ disk: FaultyDisk) throws -> [String] {
    try disk.list("/c/log").filter { $0.hasSuffix(".log") }
}

private func expectCode<Value>(
    _ code: CheckpointError.Code, file: String? = nil, _ body: () throws -> Value,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let error = #expect(throws: CheckpointError.self, sourceLocation: sourceLocation) { try body() }
    #expect(error?.code == code, "\(String(describing: error))", sourceLocation: sourceLocation)
    if let file { #expect(error?.file == file, sourceLocation: sourceLocation) }
}

@Suite struct CheckpointTests {
    @Test func newCheckpoint() throws {
        let disk = FaultyDisk()
        let checkpoint = try Checkpoint.open(directory: directory, runID: "one", disk: disk)
        #expect(checkpoint.metadata == nil)
        try checkpoint.createMetadata(metadata)
        let log = try checkpoint.recover()
        #expect(log.lastPlan == nil && log.lastCommit == nil && log.lastMarkerMilliseconds == nil)
        try checkpoint.startRun()
        try checkpoint.appendPlan(plan(0))
        try checkpoint.appendCommit(commit(0))
        try checkpoint.appendPlan(plan(1))
        checkpoint.close()
        disk.restart(.nothing)

        let next = try Checkpoint.open(directory: directory, runID: "two", disk: disk)
        #expect(next.metadata == metadata)
        let recovered = try next.recover()
        #expect(recovered.lastPlan == plan(1))
        #expect(recovered.lastCommit == commit(0))
        #expect(recovered.lastCommittedPlan == plan(0))
        #expect(recovered.lastCommittedPlan?.range(of: "events")?.end == ["events": ["0": 10]])
        #expect(recovered.lastMarkerMilliseconds == commit(0).timestampMilliseconds)
        #expect(recovered.tornTail == nil)
        #expect(next.stateDirectory == "/c/state")
        #expect(try disk.list("/c") == ["LOCK", "log", "metadata", "state"])
    }

    @Test func entriesAreReadable() throws {
        let disk = FaultyDisk()
        try run(disk, batches: 1)
        let text = String(decoding: (disk.content(of: "/c/log/00000001.log") ?? []).prefix { $0 != 0 }, as: UTF8.self)
        let lines = text.split(separator: "\n").map { String($0.dropFirst(9)) }
        #expect(
            lines == [
                #"{"type":"head","format":2,"query":"99fee3ee-0000-4000-8000-123456789abc","run":"run","segment":1,"#
                    + #""after":null,"recap":0}"#,
                #"{"type":"plan","batch":0,"timestampMs":1700000000000,"#
                    + #""watermarksMs":{"aggregate-0":0,"source-0":0},"conf":{"shuffle.partitions":"4"},"#
                    + #""sources":{"events":{"start":null,"end":{"events":{"0":10}}}}}"#,
                #"{"type":"commit","batch":0,"attempt":"a0","manifestHash":"h0","#
                    + #""nextWatermarksMs":{"aggregate-0":1000,"source-0":1},"timestampMs":1700000000500}"#,
            ])
        let file = String(decoding: disk.content(of: "/c/metadata") ?? [], as: UTF8.self)
        #expect(file.split(separator: "\n").dropFirst().first == "{")
        #expect(file.contains(#""id" : "99fee3ee-0000-4000-8000-123456789abc""#))
    }

    /// A marker that was committed again is remembered over runs, until a batch is committed.
    @Test func markersAreRemembered() throws {
        let disk = FaultyDisk()
        func start(_ runID: String) throws -> Checkpoint {
            let checkpoint = try Checkpoint.open(directory: directory, runID: runID, disk: disk)
            if checkpoint.metadata == nil { try checkpoint.createMetadata(metadata) }
            _ = try checkpoint.recover()
            try checkpoint.startRun()
            return checkpoint
        }
        let first = try start("first")
        try first.appendMarker(MarkerEntry(batch: -1, timestampMilliseconds: 5))
        expectCode(.outOfOrder) { try first.appendMarker(MarkerEntry(batch: 0, timestampMilliseconds: 6)) }
        first.close()
        let reader = CheckpointReader(directory: directory, disk: disk)
        #expect(try reader.recover().lastMarkerMilliseconds == 5)
        let second = try start("second")
        #expect(try reader.recover().lastMarkerMilliseconds == 5)
        try second.appendPlan(plan(0))
        try second.appendCommit(commit(0))
        #expect(try reader.recover().lastMarkerMilliseconds == commit(0).timestampMilliseconds)
        try second.appendMarker(MarkerEntry(batch: 0, timestampMilliseconds: 9))
        second.close()
        try start("third").close()
        #expect(try reader.recover().lastMarkerMilliseconds == 9)
        #expect(reader.verify().problems == [])
    }

    /// Many runs and roll-overs: all entries once and in order, old segments removed, the rest enough.
    @Test func rollsOverAndForgets() throws {
        let disk = FaultyDisk()
        for batches in Int64(1)...12 {
            try run(disk, batches: batches, run: "run-\(batches)")
            let reader = CheckpointReader(directory: directory, disk: disk)
            let entries = try reader.entries()
            #expect(entries.last?.record == .commit(commit(batches - 1)))
            #expect(entries.last?.runID == "run-\(batches)")
            var numbers: [Int64] = []
            for entry in entries {
                if case .plan(let found) = entry.record {
                    #expect(found == plan(found.batch))
                    numbers.append(found.batch)
                }
            }
            let first = try #require(numbers.first)
            #expect(numbers == Array(first..<batches))
            #expect(batches - first >= min(batches, 2))
            #expect(try segments(disk).count <= 5)
            let report = reader.verify()
            #expect(report.problems == [] && report.ignored == [] && report.tornTail == nil)
            #expect(try report.files.count == segments(disk).count + 1)
        }
        // One run that rolls over by size.
        try run(disk, batches: 60)
        #expect(matches(try CheckpointReader(directory: directory, disk: disk).recover(), progress: 120))
        #expect(try segments(disk).count >= 2)
    }

    /// Runs that never get to a batch don't fill the disk.
    @Test func crashLoopIsBounded() throws {
        let disk = FaultyDisk()
        for _ in 0..<40 { try run(disk, batches: 1) }
        #expect(try segments(disk).count <= small.maximumKeptSegments)
        // Not even where an old segment is damaged.
        let oldest = try #require(try segments(disk).first)
        disk.replace("/c/log/\(oldest)", with: [1])
        for _ in 0..<40 { try run(disk, batches: 1) }
        #expect(try segments(disk).count <= small.maximumKeptSegments)
        #expect(matches(try CheckpointReader(directory: directory, disk: disk).recover(), progress: 2))
    }

    @Test func secondProcessIsRefused() throws {
        let disk = FaultyDisk()
        let first = try Checkpoint.open(directory: directory, runID: "first", disk: disk)
        let error = #expect(throws: CheckpointError.self) {
            try Checkpoint.open(directory: directory, runID: "second", disk: disk)
        }
        #expect(error?.code == .inUse)
        #expect(error?.message.contains("pid=\(getpid())") == true && error?.message.contains("run=first") == true)
        #expect(error?.domain == .user)
        first.close()
        try Checkpoint.open(directory: directory, runID: "second", disk: disk).close()
        // A reader needs no lock.
        #expect(try CheckpointReader(directory: directory, disk: disk).metadata() == nil)
    }

    /// An instance that was taken for dead goes on: its appends don't count, and it finds out.
    @Test func zombieIsIgnoredAndStopped() throws {
        let disk = FaultyDisk()
        let zombie = try Checkpoint.open(directory: directory, runID: "zombie", limits: small, disk: disk)
        try zombie.createMetadata(metadata)
        _ = try zombie.recover()
        try zombie.startRun()
        try zombie.appendPlan(plan(0))
        // Somebody removes the lock and starts another instance.
        disk.replace("/c/LOCK", with: nil)
        let heir = try Checkpoint.open(directory: directory, runID: "heir", limits: small, disk: disk)
        _ = try heir.recover()
        // Until the heir starts its run, the zombie may still append; that is what fencing is for.
        try zombie.appendCommit(commit(0, attempt: "zombie"))
        try heir.startRun()
        let before = disk.content(of: "/c/log/00000001.log")
        expectCode(.superseded, file: "/c/log/00000002.log") { try zombie.appendPlan(plan(1)) }
        expectCode(.superseded) { try zombie.appendPlan(plan(1)) }
        // An heir that had seen its plan would have given way to an instance that stops.
        #expect(disk.content(of: "/c/log/00000001.log") == before)
        try heir.appendCommit(commit(0))
        let log = try CheckpointReader(directory: directory, disk: disk).recover()
        #expect(log.lastCommit == commit(0))
        let report = heir.verify()
        #expect(report.problems == [])
        #expect(try heir.entries().map(\.runID) == ["zombie", "heir"])
    }

    /// The first heir gave way and took its segment with it; the next one's number is higher by two.
    @Test func zombieIsStoppedByTheHeirOfAnHeir() throws {
        let disk = FaultyDisk()
        let zombie = try Checkpoint.open(directory: directory, runID: "zombie", disk: disk)
        try zombie.createMetadata(metadata)
        _ = try zombie.recover()
        try zombie.startRun()
        for heir in ["first", "second"] {
            disk.replace("/c/LOCK", with: nil)
            let checkpoint = try Checkpoint.open(directory: directory, runID: heir, disk: disk)
            _ = try checkpoint.recover()
            try checkpoint.startRun()
        }
        disk.replace("/c/log/00000002.log", with: nil)
        expectCode(.superseded, file: "/c/log/00000003.log") { try zombie.requireCurrent() }
        expectCode(.superseded, file: "/c/log/00000003.log") { try zombie.appendPlan(plan(0)) }
    }

    /// What is appended to a file that has no name any more, nobody will ever read.
    @Test func aRunWhoseSegmentIsGoneStops() throws {
        let disk = FaultyDisk()
        try run(disk, batches: 1)
        let checkpoint = try Checkpoint.open(directory: directory, runID: "second", disk: disk)
        _ = try checkpoint.recover()
        try checkpoint.startRun()
        disk.replace("/c/log/00000002.log", with: nil)
        expectCode(.corrupt, file: "/c/log/00000002.log") { try checkpoint.requireCurrent() }
        expectCode(.corrupt, file: "/c/log/00000002.log") { try checkpoint.appendPlan(plan(1)) }
    }

    /// Two live instances, because somebody removed the lock: the batch that one of them planned unseen stays in the
    /// log.
    @Test func aPlanThatWasNotSeenWins() throws {
        let disk = FaultyDisk()
        try run(disk, batches: 1)
        let first = try Checkpoint.open(directory: directory, runID: "first", disk: disk)
        _ = try first.recover()
        try first.startRun()
        disk.replace("/c/LOCK", with: nil)
        let second = try Checkpoint.open(directory: directory, runID: "second", disk: disk)
        _ = try second.recover()
        try first.appendPlan(plan(1))
        expectCode(.superseded) { try second.startRun() }
        expectCode(.superseded) { try second.appendPlan(plan(1)) }
        try first.appendCommit(commit(1))
        let log = try CheckpointReader(directory: directory, disk: disk).recover()
        #expect(log.lastCommit == commit(1))
        #expect(first.verify().problems == [])
    }

    /// Where nobody knows whether the other instance has planned a batch, it may be under way with it.
    @Test func aRunThatCanNotLookForAPlanGivesWay() throws {
        let disk = FaultyDisk()
        try run(disk, batches: 1)
        let second = try Checkpoint.open(directory: directory, runID: "second", disk: disk)
        _ = try second.recover()
        let content = disk.content(of: "/c/log/00000001.log")
        disk.replace("/c/log/00000001.log", with: [1])
        expectCode(.corrupt, file: "/c/log/00000001.log") { try second.startRun() }
        #expect(try segments(disk) == ["00000001.log"])
        expectCode(.corrupt) { try second.appendPlan(plan(1)) }
        second.close()
        disk.replace("/c/log/00000001.log", with: content)
        try run(disk, batches: 2)
        #expect(matches(try CheckpointReader(directory: directory, disk: disk).recover(), progress: 4))
    }

    /// Other files in the log's directory are none of ours, however like they look.
    @Test func filesOfOtherNamesAreLeftAlone() throws {
        let disk = FaultyDisk()
        try run(disk, batches: 1)
        let others = [
            "+0000009.log", "9.log", "000000009.log", "0000000a.log", "00000000.log", "00000009.lo", "00000009log",
            "9223372036854775807.log", "99999999999999999999.log", ".log", "x",
        ]
        for name in others { disk.replace("/c/log/" + name, with: [1]) }
        try run(disk, batches: 2)
        for name in others { #expect(disk.content(of: "/c/log/" + name) == [1], "\(name)") }
        let reader = CheckpointReader(directory: directory, disk: disk)
        #expect(matches(try reader.recover(), progress: 4))
        #expect(reader.verify().problems == [])
        disk.replace("/c/log/100000000.log", with: [1])
        expectCode(.corrupt, file: "/c/log/100000000.log") { _ = try reader.recover() }
    }

    @Test func supersededBeforeTheFirstStart() throws {
        let disk = FaultyDisk()
        let slow = try Checkpoint.open(directory: directory, runID: "slow", disk: disk)
        disk.replace("/c/LOCK", with: nil)
        try run(disk, batches: 1)
        expectCode(.superseded, file: "/c/metadata") { try slow.createMetadata(metadata) }
    }

    @Test func supersededAtStart() throws {
        let disk = FaultyDisk()
        try run(disk, batches: 1)
        let slow = try Checkpoint.open(directory: directory, runID: "slow", disk: disk)
        _ = try slow.recover()
        disk.replace("/c/LOCK", with: nil)
        #expect(throws: Never.self) { try slow.requireCurrent() }
        try run(disk, batches: 2)
        expectCode(.superseded) { try slow.requireCurrent() }
        expectCode(.superseded) { try slow.startRun() }
    }

    @Test func aSegmentThatWasHalfMadeIsNotAnotherInstances() throws {
        var failures = 0
        for operation in 1...40 {
            let disk = FaultyDisk()
            try run(disk, batches: 1)
            let checkpoint = try Checkpoint.open(directory: directory, runID: "next", disk: disk)
            _ = try checkpoint.recover()
            disk.inject(.error(EIO), at: disk.operationCount + operation)
            do throws(CheckpointError) {
                try checkpoint.startRun()
            } catch {
                failures += 1
                #expect(error.code != .superseded, "\(error)")
            }
            disk.clearFaults()
            do throws(CheckpointError) {
                try checkpoint.requireCurrent()
            } catch {
                #expect(error.code != .superseded, "operation \(operation): \(error)")
            }
        }
        #expect(failures > 3)
    }

    @Test func zombiesStraySegmentIsIgnored() throws {
        let disk = FaultyDisk()
        for batches in Int64(1)...8 { try run(disk, batches: batches) }
        let names = try segments(disk)
        // A leftover that no segment continues, its number below.
        let gap = try #require(names.first)
        let other = FaultyDisk()
        try run(other, batches: 1)
        disk.replace("/c/log/00000001.log", with: other.content(of: "/c/log/00000001.log"))
        let report = CheckpointReader(directory: directory, disk: disk).verify()
        #expect(gap > "00000002.log")
        #expect(report.ignored == ["/c/log/00000001.log"])
        #expect(report.problems == [])
        #expect(matches(try CheckpointReader(directory: directory, disk: disk).recover(), progress: 16))
    }

    @Test func missingMetadata() throws {
        let disk = FaultyDisk()
        try run(disk, batches: 2)
        disk.replace("/c/metadata", with: nil)
        expectCode(.missingMetadata, file: "/c/metadata") {
            try Checkpoint.open(directory: directory, runID: "x", disk: disk)
        }
        let report = CheckpointReader(directory: directory, disk: disk).verify()
        #expect(report.problems.map(\.code) == [.missingMetadata])
        #expect(CheckpointError.Code.missingMetadata.rawValue == "STREAMING_CHECKPOINT_MISSING_METADATA_FILE")
    }

    @Test func changedPlanNamesTheChange() throws {
        let disk = FaultyDisk()
        let checkpoint = try Checkpoint.open(directory: directory, runID: "x", disk: disk)
        try checkpoint.requireSamePlan("anything")
        try checkpoint.createMetadata(metadata)
        try checkpoint.requireSamePlan(metadata.plan)
        let error = #expect(throws: CheckpointError.self) {
            try checkpoint.requireSamePlan("source kafka events\naggregate letter\nsink kafka")
        }
        #expect(error?.code == .planChanged)
        #expect(error?.message.hasSuffix(":\n- aggregate word\n+ aggregate letter\n+ sink kafka") == true)
    }

    @Test("where a column that is read has another type, the hint says how folders keep theirs")
    func typeThatChanged() {
        let old = "read source 0, stream 'json[/in]'\n  a#0 INT\n  k#1 INT\noutput\n  k INT = k#1"
        let new = old.replacing("k#1 INT", with: "k#1 STRING").replacing("k INT", with: "k STRING")
        let hint = PlanDifference(from: old, to: new).typeHint
        #expect(hint?.contains("declare it in the schema") == true && hint?.contains("column k ") == true)
        #expect(hint?.contains("as INT") == true)
        #expect(PlanDifference(from: old, to: old.replacing("k#1", with: "l#1")).typeHint == nil)
        #expect(PlanDifference(from: old, to: old + "\nfilter k#1 IS NULL").typeHint == nil)
    }

    @Test("a division may bring another plan, which counts from then on")
    func planOfADivision() throws {
        let disk = FaultyDisk()
        let checkpoint = try Checkpoint.open(directory: directory, runID: "x", disk: disk)
        try checkpoint.createMetadata(metadata)
        let plan = "source kafka events\n'word'"
        try checkpoint.requireSamePlan(plan) { $0.replacing("aggregate word", with: "'word'") }
        let division = CheckpointDivision(number: 1, shards: 4, plan: plan)
        #expect(try checkpoint.prepareDivision(division) == "/c/state.1")
        #expect(checkpoint.plan == metadata.plan && checkpoint.stateDirectory == "/c/state")
        try checkpoint.commitDivision(division)
        #expect(checkpoint.plan == plan)
        checkpoint.close()
        disk.restart(.nothing)
        let next = try Checkpoint.open(directory: directory, runID: "y", disk: disk)
        #expect(next.plan == plan && next.division == division && next.metadata == metadata)
        try next.requireSamePlan(plan)
        expectCode(.planChanged) { try next.requireSamePlan(metadata.plan) }
    }

    @Test func anotherQuerysFiles() throws {
        let disk = FaultyDisk()
        try run(disk, batches: 1)
        let other = FaultyDisk()
        let checkpoint = try Checkpoint.open(directory: directory, runID: "x", disk: other)
        try checkpoint.createMetadata(CheckpointMetadata(id: "other", engine: "e", plan: "p", shards: 1))
        disk.replace("/c/metadata", with: other.content(of: "/c/metadata"))
        expectCode(.queryMismatch, file: "/c/log/00000001.log") {
            try CheckpointReader(directory: directory, disk: disk).recover()
        }
    }

    @Test func newerFormatsAreRefused() throws {
        let disk = FaultyDisk()
        try disk.createDirectories("/c/log")
        let kind = FileKind("checkpoint-metadata", version: 1)
        func write(_ json: String, kind: FileKind = kind) throws {
            disk.replace("/c/metadata", with: nil)
            try AtomicFile.write("/c/metadata", kind: kind, bytes: Array(json.utf8), disk: disk)
        }
        let reader = CheckpointReader(directory: directory, disk: disk)
        try write("{}", kind: FileKind("checkpoint-metadata", version: 2))
        expectCode(.unsupportedFormat, file: "/c/metadata") { try reader.metadata() }
        try write(#"{"minReader":3,"everything":"else"}"#)
        expectCode(.unsupportedFormat, file: "/c/metadata") { try reader.metadata() }
        // A newer version that older ones may read, with members that they don't know.
        let text = metadata.json.text.replacing(#""formatVersion":2"#, with: #""formatVersion":3,"new":[1]"#)
        try write(text)
        #expect(try reader.metadata() == metadata)
        try write(text.replacing("aggregate word", with: "aggregate wort"))
        expectCode(.corrupt) { try reader.metadata() }

        try write(metadata.json.text)
        for (number, format) in [(1, 1), (2, 3)] {
            let head = #"{"type":"head","format":\#(format)}"#
            let path = "/c/log/0000000\(number).log"
            _ = try AppendLog(creating: path, records: [Array(head.utf8)], disk: disk)
            expectCode(.unsupportedFormat, file: path) { try reader.recover() }
        }
    }

    /// Records whose checksums are right and that no query of ours writes.
    @Test(arguments: [
        [#"{"type":"surprise"}"#], ["[]"], ["not json"], [#"{"type":"plan"}"#],
        [plan(1).json.text], [commit(0).json.text], [plan(0).json.text, plan(1).json.text],
        [plan(0).json.text, commit(1).json.text], [plan(0).json.text, commit(0).json.text, commit(0).json.text],
        [plan(0).json.text, commit(0).json.text, plan(2).json.text], [#"{"type":"head","format":2}"#],
        [#"{"type":"marker","batch":0,"timestampMs":1}"#],
        [plan(0).json.text, commit(0).json.text, #"{"type":"marker","batch":-1,"timestampMs":1}"#],
    ])
    func nonsenseIsCorrupt(lines: [String]) throws {
        let disk = FaultyDisk()
        let checkpoint = try Checkpoint.open(directory: directory, runID: "x", disk: disk)
        try checkpoint.createMetadata(metadata)
        let head =
            #"{"type":"head","format":2,"query":"\#(queryID)","run":"r","segment":1,"after":null,"recap":0}"#
        _ = try AppendLog(
            creating: "/c/log/00000001.log", records: ([head] + lines).map { Array($0.utf8) }, disk: disk
        )
        expectCode(.corrupt, file: "/c/log/00000001.log") { try checkpoint.recover() }
    }

    @Test func entriesComeInOrder() throws {
        func started() throws -> Checkpoint {
            let checkpoint = try Checkpoint.open(directory: directory, runID: "x", disk: FaultyDisk())
            try checkpoint.createMetadata(metadata)
            _ = try checkpoint.recover()
            try checkpoint.startRun()
            return checkpoint
        }
        expectCode(.outOfOrder) { try started().appendPlan(plan(1)) }
        expectCode(.outOfOrder) { try started().appendCommit(commit(0)) }
        expectCode(.outOfOrder) { try started().startRun() }
        let checkpoint = try started()
        try checkpoint.appendPlan(plan(0))
        expectCode(.outOfOrder) { try checkpoint.appendPlan(plan(1)) }
        let early = try Checkpoint.open(directory: directory, runID: "x", disk: FaultyDisk())
        expectCode(.outOfOrder) { try early.startRun() }
        expectCode(.outOfOrder) { try early.appendPlan(plan(0)) }
    }

    /// After a failure nobody knows what the files hold: no more is taken, though the disk works again.
    @Test func takesNothingAfterAFailure() throws {
        let disk = FaultyDisk()
        let checkpoint = try Checkpoint.open(directory: directory, runID: "x", disk: disk)
        try checkpoint.createMetadata(metadata)
        _ = try checkpoint.recover()
        try checkpoint.startRun()
        disk.inject(.error(EIO), at: disk.operationCount + 1)
        expectCode(.fileFailure) { try checkpoint.appendPlan(plan(0)) }
        expectCode(.fileFailure) { try checkpoint.appendPlan(plan(0)) }
    }
}

// A query's life as steps, for tests of what a crash leaves of it.

import CheckpointLog
import DurableFiles
import JSONText

let directory = "/c"
let queryID = "99fee3ee-0000-4000-8000-123456789abc"
let metadata = CheckpointMetadata(
    id: queryID, name: "words", engine: "millrace 0.2.0", plan: "source kafka events\naggregate word", shards: 4,
    startingOffsets: ["events": ["events": ["0": 0]]], createdMilliseconds: 1_700_000_000_000,
    binding: CheckpointBinding(
        sources: [
            .init(name: "events", cluster: "c", logs: [.init(name: "events", id: "t1"), .init(name: "old", id: nil)])
        ],
        transactions: .init(
            cluster: "c", transactionalID: "millrace-words", group: "millrace-words", markerPlace: "with the source",
            log: .init(name: "counts", id: "t2"))))

/// Files small enough that every step rolls over now and then.
var small: CheckpointLimits {
    var limits = CheckpointLimits()
    limits.segmentBytes = 2400
    limits.growth = AppendLogGrowth(firstBytes: 820, nextBytes: 400)
    limits.keptBatches = 2
    return limits
}

func plan(_ batch: Int64) -> PlanEntry {
    PlanEntry(
        batch: batch, timestampMilliseconds: 1_700_000_000_000 + batch,
        watermarks: ["aggregate-0": batch * 1000, "source-0": batch],
        idle: batch == 50 ? ["aggregate-0": ["0/events-1", "0/events-7"]] : [:],
        configuration: ["shuffle.partitions": "4"],
        sources: [
            OffsetRange(
                name: "events", start: batch == 0 ? nil : ["events": ["0": .integer(batch * 10)]],
                end: ["events": ["0": .integer(batch * 10 + 10)]])
        ])
}

func commit(_ batch: Int64, attempt: String = "a") -> CommitEntry {
    CommitEntry(
        batch: batch, attempt: "\(attempt)\(batch)", manifestHash: "h\(batch)",
        nextWatermarks: ["aggregate-0": (batch + 1) * 1000, "source-0": batch + 1],
        timestampMilliseconds: 1_700_000_000_500 + batch)
}

/// How many entries a query has logged: two a batch.
func progress(_ log: RecoveredLog) -> Int64 {
    (log.lastPlan.map { $0.batch + 1 } ?? 0) + (log.lastCommit.map { $0.batch + 1 } ?? 0)
}

/// What the log must say after so many entries.
func matches(_ log: RecoveredLog, progress: Int64) -> Bool {
    let planned = (progress + 1) / 2 - 1
    let committed = progress / 2 - 1
    return log.lastPlan == (planned < 0 ? nil : plan(planned))
        && log.lastCommit == (committed < 0 ? nil : commit(committed))
        && log.lastCommittedPlan == (committed < 0 ? nil : plan(committed))
}

/// Entries that were logged and those known to be durable.
struct Progress {
    var attempted: Int64 = 0
    var durable: Int64 = 0
}

/// Opens the checkpoint, goes on from where it stands until `batches` are committed, and closes it.
func run(
    _ disk: any Disk, batches: Int64, run runID: String = "run", limits: CheckpointLimits = small,
    progress done: inout Progress
) throws {
    let checkpoint = try Checkpoint.open(directory: directory, runID: runID, limits: limits, disk: disk)
    defer { checkpoint.close() }
    if checkpoint.metadata == nil { try checkpoint.createMetadata(metadata) }
    let log = try checkpoint.recover()
    done.attempted = max(done.attempted, progress(log))
    try checkpoint.startRun()
    done.durable = max(done.durable, progress(log))
    for step in progress(log)..<(batches * 2) {
        done.attempted = step + 1
        if step % 2 == 0 {
            try checkpoint.appendPlan(plan(step / 2))
        } else {
            try checkpoint.appendCommit(commit(step / 2))
        }
        done.durable = step + 1
    }
}

func run(
    _ disk: any Disk, batches: Int64, run runID: String = "run", limits: CheckpointLimits = small
) throws {
    var done = Progress()
    try run(disk, batches: batches, run: runID, limits: limits, progress: &done)
}

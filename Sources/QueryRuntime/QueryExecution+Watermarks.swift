// What is told of watermarks: where they stand, since when, and what holds them there.

import CheckpointLog
import Columns
import Connectors
import Operators
import Threads

extension QueryExecution {
    /// Whether what a batch's own rows make final comes out in that batch: where it was asked for, and can be.
    var emitsInCrossingBatch: Bool {
        definition.settings.watermarks.emitsInCrossingBatch && definition.outputMode == .append
            && definition.plan.crossingStage != nil
    }

    /// Where a batch leaves the watermarks whose rows have been read, and how far its partitions have come.
    func watermarks(leftBy batch: Batch, _ started: Started) -> (watermarks: Watermarks, partitions: PartitionTimes) {
        let (partitions, idle) = partitionTimes(after: batch, started)
        var watermarks = batch.watermarks.eviction
        let times = (batch.result?.eventTimes ?? [:]).filter { partitions.steps[$0.key] == nil }
        watermarks.advance(newestEventTimes: times.compactMapValues(\.newestThatCounts), of: definition.plan)
        watermarks.advance(by: partitions, without: idle, of: definition.plan)
        return (watermarks, partitions)
    }

    /// The watermark at which a batch gives what is final, where it does so at its own: known once its rows are read.
    func crossing(_ batch: Batch, _ started: Started) -> ((BatchResult) -> Int64?)? {
        guard batch.plan.emitsInCrossingBatch else { return nil }
        return { [self] read in
            var batch = batch
            batch.result = read
            return watermarks(leftBy: batch, started).watermarks.globalMicroseconds
        }
    }

    /// When each watermark moved last, where a batch leaves these; one that never moved stands since the first batch.
    func moved(to watermarks: Watermarks, _ batch: Batch, _ started: Started) -> [String: Int64] {
        let (before, known) = (started.watermarks.next, started.movedMilliseconds)
        var moved: [String: Int64] = [:]
        for (step, time) in watermarks.milliseconds {
            let last = time == before.milliseconds[step] ? known[step] : nil
            moved[step] = last ?? batch.plan.timestampMilliseconds
        }
        return moved
    }

    /// Where the watermarks stand after the batch, each once though several inputs pass it.
    func watermarks(after batch: Batch) -> [WatermarkProgress] {
        let left = Watermarks(of: definition.plan, known: batch.manifest.watermarks)
        let idle = idle(after: batch)
        var told: Set<String> = []
        return definition.plan.watermarkOperators.filter { told.insert($0.watermarkID).inserted }.map { step in
            let id = step.watermarkID
            let watermark = left.milliseconds[id] ?? 0
            return WatermarkProgress(
                name: id, column: step.timeName, delayMilliseconds: step.delayMicroseconds / 1000,
                watermark: Self.text(watermark),
                movedAt: Self.text(batch.manifest.movedMilliseconds[id] ?? batch.plan.timestampMilliseconds),
                isQuerys: watermark == left.chosenMilliseconds,
                numLateRows: batch.result?.eventTimes[id]?.lateCount ?? 0,
                numRowsBeyondMaxFuture: batch.result?.eventTimes[id]?.beyondCount ?? 0,
                heldBy: Self.furthestBehind(id, PartitionTimes(batch.manifest.partitionTimes), without: idle[id] ?? []),
                idle: (idle[id] ?? []).sorted())
        }
    }

    /// How many partitions are named.
    private static let namedPartitions = 10

    /// The partitions that hold a watermark where it is: those without an event time, or else those that are furthest
    /// behind.
    private static func furthestBehind(
        _ step: String, _ times: PartitionTimes, without idle: Set<String>
    ) -> [WatermarkProgress.Partition] {
        let lowest = times.newest(of: step, without: idle)
        return (times.steps[step] ?? [:])
            .filter { !idle.contains($0.key) && $0.value.newestMilliseconds == lowest }.sorted { $0.key < $1.key }
            .prefix(namedPartitions).map { name, time in
                WatermarkProgress.Partition(
                    name: name, newest: time.newestMilliseconds.map(text), activeAt: text(time.activeMilliseconds))
            }
    }

    /// Milliseconds since 1970 as ISO 8601.
    private static func text(_ milliseconds: Int64) -> String {
        TimestampText.iso8601(microseconds: Milliseconds.microseconds(milliseconds))
    }

    /// Says now and then that rows lie too far in the future to move a watermark.
    func tellFarRows(_ started: Started, _ batch: Batch) {
        guard let limit = definition.settings.watermarks.limit(at: batch.plan.timestampMilliseconds),
            let (id, times) = batch.result?.eventTimes.first(where: { $0.value.beyondCount > 0 }),
            Monotonic.nanoseconds >= started.nextWordOfFarRows
        else { return }
        started.nextWordOfFarRows = Monotonic.moment(in: 30_000_000_000)
        let (newest, end) = (
            TimestampText.iso8601(microseconds: times.newest), TimestampText.iso8601(microseconds: limit)
        )
        let rows = times.beyondCount == 1 ? "1 row has a time" : "\(times.beyondCount) rows have times"
        definition.log(
            .warning,
            "batch \(batch.plan.batch): \(rows) behind \(end), the newest is \(newest): left out of \(id) "
                + "(millrace.watermark.maxFuture)")
    }
}

// The figures of a batch, as the progress tells them.

import CheckpointLog
import Connectors
import JSONText
import Operators
import StateStore
import Threads

extension QueryExecution {
    /// Puts together what a batch's steps have measured.
    func makeProgress(
        _ started: Started, _ batch: Batch, _ times: TriggerTimes, previousTrigger: UInt64?
    ) -> StreamingQueryProgress {
        var times = times
        let total = times.elapsedNanoseconds
        times.add("triggerExecution", total)
        let sinceFormer = previousTrigger.map { Double(times.startNanoseconds &- $0) / 1e9 }
        let sources = definition.sources.indices.map { index in
            let rows = batch.result?.inputRows[index] ?? 0
            let range = batch.plan.sources[index]
            let source = definition.sources[index]
            return SourceProgress(
                description: source.description, startOffset: range.start.text, endOffset: range.end.text,
                latestOffset: batch.latest[index].text, numInputRows: rows,
                inputRowsPerSecond: sinceFormer.flatMap { $0 > 0 ? Double(rows) / $0 : nil },
                processedRowsPerSecond: total > 0 ? Double(rows) / (Double(total) / 1e9) : nil,
                metrics: source.metrics(end: range.end, latest: batch.latest[index]).map {
                    SourceProgress.Metric(name: $0.name, value: $0.value)
                })
        }
        return StreamingQueryProgress(
            id: started.queryID, runID: runID, name: definition.name,
            timestamp: TimestampText.iso8601(microseconds: times.startMicroseconds), batchID: batch.plan.batch,
            batchDurationMilliseconds: Int64(total / 1_000_000),
            durations: times.steps.map {
                StreamingQueryProgress.Step(
                    name: $0.name, milliseconds: Int64($0.nanoseconds / 1_000_000), nanoseconds: $0.nanoseconds)
            },
            numBadRows: definition.settings.badRows.handling == .fail ? nil : batch.result?.badRows.count ?? 0,
            eventTime: eventTime(batch), watermarks: watermarks(after: batch),
            // As in Spark, the last one of the plan comes first.
            stateOperators: stateOperators(started, batch, times).reversed(), sources: sources,
            tables: started.tables.refreshed.map { index in
                TableProgress(
                    description: definition.tables[index].description,
                    readAt: TimestampText.iso8601(microseconds: started.tables.moments[index]))
            },
            sink: SinkProgress(
                description: definition.sink.description,
                numOutputRows: batch.skipsOutput ? 0 : batch.result?.outputRows ?? 0))
    }

    /// Says now and then that rows have raised errors and did not end the query.
    func tellBadRows(_ started: Started, _ batch: Batch) {
        guard let rows = batch.result?.badRows, let first = rows.first,
            Monotonic.nanoseconds >= started.nextWordOfBadRows
        else { return }
        started.nextWordOfBadRows = Monotonic.moment(in: 30_000_000_000)
        let fate =
            definition.settings.badRows.handling == .null
            ? "NULL where that can't be computed" : "left the stream as dead letters"
        definition.log(
            .warning,
            "batch \(batch.plan.batch): \(rows.count) bad \(rows.count == 1 ? "row" : "rows"), \(fate); the first: "
                + "\(first)")
    }

    /// What the first step that watches event times has seen, and the watermark that the batch used.
    private func eventTime(_ batch: Batch) -> EventTimeProgress? {
        let plan = definition.plan
        let used =
            batch.plan.emitsInCrossingBatch
            ? Watermarks(of: plan, known: batch.manifest.watermarks) : batch.watermarks.eviction
        guard let watermark = used.globalMicroseconds else { return nil }
        let times = plan.watermarkOperators.lazy.compactMap { batch.result?.eventTimes[$0.watermarkID] }.first
        func text(_ time: Int64) -> String { TimestampText.iso8601(microseconds: time) }
        return EventTimeProgress(
            min: times.map { text($0.oldest) }, max: times.map { text($0.newest) }, avg: times.map { text($0.mean) },
            watermark: text(watermark))
    }

    private func stateOperators(_ started: Started, _ batch: Batch, _ times: TriggerTimes) -> [StateOperatorProgress] {
        let commit = times.steps.first { $0.name == "stateCommit" }?.nanoseconds ?? 0
        return started.computation.measureState().enumerated().map { index, one in
            let update = batch.result?.updates[index]
            return StateOperatorProgress(
                operatorName: one.name, numRowsTotal: one.rowCount,
                numRowsUpdated: update?.counts.updated ?? 0,
                allUpdatesTimeMs: Int64((update?.nanoseconds ?? 0) / 1_000_000),
                numRowsRemoved: update?.counts.removed ?? 0,
                allRemovalsTimeMs: 0, commitTimeMs: Int64(commit / 1_000_000),
                memoryUsedBytes: one.memoryBytes,
                numRowsDroppedByWatermark: update?.counts.late ?? 0,
                numShufflePartitions: Int64(one.shardCount), numStateStoreInstances: Int64(one.shardCount))
        }
    }
}

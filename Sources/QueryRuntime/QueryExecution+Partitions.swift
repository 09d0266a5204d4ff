// Watermarks that go by partitions: which there are, which of them are idle, and how far the others have come.

import CheckpointLog
import Connectors
import JSONText
import Operators

extension PhysicalPlan {
    /// The streams whose rows pass a step that watches event times, by the steps' ids; not of steps that see rows of
    /// other stages.
    var watchedStreams: [String: [Int]] {
        var watched: [String: Set<Int>] = [:]
        var others: Set<String> = []
        for input in stages.flatMap(\.inputs) {
            for case let step as any WatermarkOperator in input.chain {
                if case .stream(let number) = input.from {
                    watched[step.watermarkID, default: []].insert(number)
                } else {
                    others.insert(step.watermarkID)
                }
            }
        }
        return watched.filter { !others.contains($0.key) }.mapValues { $0.sorted() }
    }
}

extension QueryExecution {
    /// How a partition of a stream is called; a stream without partitions is one.
    static func partitionName(_ stream: Int, _ partition: String?) -> String {
        partition.map { "\(stream)/\($0)" } ?? "\(stream)"
    }

    /// How often it is asked whether partitions have become idle where there is no batch, in milliseconds: at the most,
    /// as this is asked all the time.
    private static let idleLookMilliseconds: Int64 = 1000

    /// What a batch's plan makes of partitions that bring nothing: which of them are idle, and the watermarks without
    /// them. Where no batch is due, that may be told a little later.
    func withoutIdle(
        _ started: Started, _ ranges: [PlannedRange], at now: Int64, isDue: Bool
    ) -> (watermarks: Watermarks, idle: [String: [String]]) {
        var next = started.watermarks.next
        let settings = definition.settings.watermarks
        guard settings.isPerPartition, let timeout = settings.idleTimeoutMilliseconds else { return (next, [:]) }
        let pause = 0..<min(Self.idleLookMilliseconds, timeout / 10)
        if !isDue, let last = started.lastIdleLook, pause.contains(now - last) { return (next, [:]) }
        started.lastIdleLook = now
        let partitions = zip(definition.sources, ranges).enumerated().map { stream, part in
            Self.partitions(of: part.0, stream, part.1)
        }
        var times = started.partitionTimes
        times.follow(watchedStreams.mapValues { $0.flatMap { partitions[$0].map(\.name) } }, at: now)
        resume(&times, ranges.map { $0.start != $0.end }, at: now)
        let all = partitions.joined()
        let idle = times.idle(after: timeout, at: now, waiting: Set(all.filter(\.isWaiting).map(\.name)))
        // What has rows in the very batch is not passed over before they are read.
        let read = Set(all.filter(\.hasRows).map(\.name))
        next.advance(by: times, without: idle.mapValues { Set($0).subtracting(read) }, of: definition.plan)
        return (next, idle)
    }

    /// Begins to wait anew where rows come again; `hasRows` tells of which streams.
    private func resume(_ times: inout PartitionTimes, _ hasRows: [Bool], at now: Int64) {
        guard let timeout = definition.settings.watermarks.idleTimeoutMilliseconds else { return }
        for (step, streams) in watchedStreams where streams.contains(where: { hasRows[$0] }) {
            times.resume(step, after: timeout, at: now)
        }
    }

    /// A partition in the range of a batch.
    private struct Partition {
        let name: String
        let hasRows: Bool
        /// Whether there are rows behind the range, as far as is known.
        let isWaiting: Bool
    }

    private static func partitions(
        of source: any ReplayableSource, _ stream: Int, _ range: PlannedRange
    ) -> [Partition] {
        let ends = source.logPositions(at: range.end)
        guard !ends.isEmpty else {
            return [
                Partition(
                    name: partitionName(stream, nil), hasRows: range.start != range.end,
                    isWaiting: range.isAway || range.end != range.latest)
            ]
        }
        func offsets(_ offset: JSONValue) -> [String: Int64] {
            Dictionary(source.logPositions(at: offset).map { ($0.place, $0.offset) }, uniquingKeysWith: { $1 })
        }
        let (starts, latest) = (offsets(range.start), offsets(range.latest))
        return ends.map { end in
            Partition(
                name: partitionName(stream, end.place), hasRows: starts[end.place] ?? 0 < end.offset,
                isWaiting: range.isAway || latest[end.place] ?? 0 > end.offset)
        }
    }

    /// How far event time has come in each partition after a batch that has been computed, and which partitions it goes
    /// on without.
    func partitionTimes(
        after batch: Batch, _ started: Started
    ) -> (times: PartitionTimes, idle: [String: Set<String>]) {
        guard definition.settings.watermarks.isPerPartition else { return (PartitionTimes(), [:]) }
        let names = zip(definition.sources, batch.plan.sources).enumerated().map { stream, part in
            let places = part.0.logPositions(at: part.1.end).map(\.place)
            return places.isEmpty
                ? [Self.partitionName(stream, nil)] : places.map { Self.partitionName(stream, $0) }
        }
        var times = started.partitionTimes
        let now = batch.plan.timestampMilliseconds
        times.follow(watchedStreams.mapValues { $0.flatMap { names[$0] } }, at: now)
        resume(&times, batch.plan.sources.map { $0.start != $0.end }, at: now)
        times.advance(batch.result?.partitionTimes ?? [:], at: now)
        return (times, idle(after: batch))
    }

    /// The partitions that watermarks go on without after a batch that has been computed: not those of which it had
    /// event times.
    func idle(after batch: Batch) -> [String: Set<String>] {
        var idle = batch.plan.idle.mapValues { Set($0) }
        for (step, partitions) in batch.result?.partitionTimes ?? [:] { idle[step]?.subtract(partitions.keys) }
        return idle
    }

    /// Says which partitions watermarks go on without from now on, and which they wait for again.
    func tellIdle(_ started: Started, _ idle: [String: [String]]) {
        guard idle != started.toldIdle else { return }
        for step in Set(idle.keys).union(started.toldIdle.keys).sorted() {
            let (before, now) = (Set(started.toldIdle[step] ?? []), Set(idle[step] ?? []))
            let (gone, back) = (now.subtracting(before).sorted(), before.subtracting(now).sorted())
            if !gone.isEmpty {
                definition.log(.info, "\(step) goes on without \(gone.joined(separator: ", ")): idle")
            }
            if !back.isEmpty { definition.log(.info, "\(step) waits for \(back.joined(separator: ", ")) again") }
        }
        started.toldIdle = idle
    }
}

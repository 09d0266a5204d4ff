// How far event time has come in each partition, as a value.

import CheckpointLog
import Operators

/// How far event time has come in each partition, for the steps whose watermarks go by partitions.
///
/// A step's watermark is that of the partition which is furthest behind, but for those that are idle. Idle is what has
/// brought no event time for a while although all its rows were read, and another one has brought some since: where
/// nothing comes at all, event time stands still, and when rows come again, all are waited for anew.
struct PartitionTimes: Equatable, Sendable {
    /// By step and partition.
    private(set) var steps: [String: [String: PartitionTime]]

    init(_ steps: [String: [String: PartitionTime]] = [:]) { self.steps = steps }

    /// Keeps to the partitions that there are at this time: others are forgotten, and new ones are waited for.
    mutating func follow(_ partitions: [String: [String]], at now: Int64) {
        var followed: [String: [String: PartitionTime]] = [:]
        for (step, names) in partitions {
            var own: [String: PartitionTime] = [:]
            for name in names { own[name] = steps[step]?[name] ?? PartitionTime(at: now) }
            followed[step] = own
        }
        steps = followed
    }

    /// Begins to wait anew for the partitions of a step of which a batch has rows again, where there were none of any
    /// for so many milliseconds: those that the batch happens to have first aren't ahead. Those that had brought
    /// nothing for as long before that silence stay as they are: where batches lie further apart than the timeout, each
    /// begins behind a silence.
    mutating func resume(_ step: String, after timeout: Int64, at now: Int64) {
        guard var partitions = steps[step], let last = Self.lastActive(partitions), Self.time(last, now) >= timeout
        else { return }
        for (name, known) in partitions where Self.time(known.activeMilliseconds, last) < timeout {
            partitions[name]?.waitedForMilliseconds = now
        }
        steps[step] = partitions
    }

    /// When an event time came last of any of the partitions.
    private static func lastActive(_ partitions: [String: PartitionTime]) -> Int64? {
        partitions.values.filter { $0.newestMilliseconds != nil }.map(\.activeMilliseconds).max()
    }

    /// How long it is from one time to another; 0 where clocks went back.
    private static func time(_ first: Int64, _ last: Int64) -> Int64 {
        let (length, overflow) = last.subtractingReportingOverflow(first)
        return overflow ? 0 : max(0, length)
    }

    /// Takes in the event times of a batch of this time.
    mutating func advance(_ times: [String: [String: EventTimes]], at now: Int64) {
        for (step, partitions) in times {
            for (name, times) in partitions {
                guard var known = steps[step]?[name] else { continue }
                (known.activeMilliseconds, known.waitedForMilliseconds) = (now, now)
                if let newest = times.newestThatCounts {
                    known.newestMilliseconds = max(known.newestMilliseconds ?? .min, newest / 1000)
                }
                steps[step]?[name] = known
            }
        }
    }

    /// Which partitions are idle after so many milliseconds, by step and sorted. Those of which rows are `waiting` to
    /// be read aren't.
    func idle(after timeout: Int64, at now: Int64, waiting: Set<String>) -> [String: [String]] {
        steps.compactMapValues { partitions in
            guard let last = Self.lastActive(partitions) else { return nil }
            let idle = partitions.filter { name, time in
                let isLast = time.newestMilliseconds != nil && time.activeMilliseconds >= last
                return Self.time(time.waitedForMilliseconds, now) >= timeout && !isLast && !waiting.contains(name)
            }
            return idle.isEmpty ? nil : idle.keys.sorted()
        }
    }

    /// The newest event time of the partition that is furthest behind, in milliseconds since 1970; `nil` where one that
    /// isn't idle has brought none yet.
    func newest(of step: String, without idle: Set<String>) -> Int64? {
        var lowest: Int64?
        for (name, time) in steps[step] ?? [:] where !idle.contains(name) {
            guard let newest = time.newestMilliseconds else { return nil }
            lowest = min(lowest ?? newest, newest)
        }
        return lowest
    }
}

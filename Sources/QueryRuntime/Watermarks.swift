// How far event time has come, as a value.

import Operators

/// The watermarks of a plan's steps that watch event times, in milliseconds since 1970. They only rise.
///
/// A batch drops what is final at the watermarks that the batch before left (its eviction watermark), and takes rows as
/// too late by those that the batch before had itself: so no row is too late for what was not yet final when it came.
struct Watermarks: Equatable, Sendable {
    /// By the ids of the steps; empty where the plan has none.
    private(set) var milliseconds: [String: Int64]
    private let policy: WatermarkPolicy

    /// Those that are known; a step that has seen no row begins with 1970, as in Spark. Of several uses of one place
    /// that had a watermark each the one that was ahead counts: it never goes back.
    init(of plan: PhysicalPlan, known: [String: Int64]) {
        policy = plan.watermarkPolicy
        milliseconds = Dictionary(
            plan.watermarkOperators.map { step in
                (step.watermarkID, max(known[step.watermarkID] ?? 0, known[step.formerWatermarkID] ?? 0))
            }, uniquingKeysWith: max)
    }

    /// That of the query, the lowest or the highest as the plan says, in milliseconds since 1970; `nil` without any.
    var chosenMilliseconds: Int64? { policy == .min ? milliseconds.values.min() : milliseconds.values.max() }

    /// The same in microseconds.
    var globalMicroseconds: Int64? { chosenMilliseconds.map { Milliseconds.microseconds($0) } }

    /// Takes in the newest event times of a batch, by the ids of the steps, in microseconds since 1970.
    mutating func advance(newestEventTimes: [String: Int64], of plan: PhysicalPlan) {
        for step in plan.watermarkOperators {
            guard let newest = newestEventTimes[step.watermarkID] else { continue }
            let (behind, overflow) = newest.subtractingReportingOverflow(step.delayMicroseconds)
            guard !overflow else { continue }
            raise(step, to: behind / 1000)
        }
    }

    /// Takes in how far the partitions have come that aren't idle, for the steps that go by partitions.
    mutating func advance(by partitions: PartitionTimes, without idle: [String: Set<String>], of plan: PhysicalPlan) {
        for step in plan.watermarkOperators {
            guard let newest = partitions.newest(of: step.watermarkID, without: idle[step.watermarkID] ?? []) else {
                continue
            }
            let (behind, overflow) = newest.subtractingReportingOverflow(step.delayMicroseconds / 1000)
            if !overflow { raise(step, to: behind) }
        }
    }

    private mutating func raise(_ step: any WatermarkOperator, to time: Int64) {
        milliseconds[step.watermarkID] = max(milliseconds[step.watermarkID] ?? 0, time)
    }
}

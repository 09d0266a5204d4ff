// What a campaign does to a query next: how it starts it, and where or when it kills it.

import KafkaTestSupport
import TestSupport

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// One start that ends by SIGKILL, at a named point or at a random moment; the same for the same random numbers.
struct RandomKill {
    /// At which point the query kills itself; `nil` for a random moment.
    let point: String?
    private let passage: Int
    /// As `DeliveryQueries` takes it.
    let trigger: String
    let maximumOffsets: Int
    let workers: Int
    private let milliseconds: Int

    /// `last` is where the query died before: behind a transaction that was committed and not logged each point of a
    /// start is a place of its own.
    init(after last: String?, passages: Int, milliseconds: ClosedRange<Int>, using random: inout SeededRandom) {
        let adopts = last == "afterTransactionCommitted" && Bool.random(using: &random)
        let points = adopts ? Points.ofStart : Points.ofBatch + Points.ofStart + Points.ofSnapshots
        let point = points.randomElement(using: &random) ?? "midBatch"
        self.point = adopts || Bool.random(using: &random) ? point : nil
        passage = Points.ofStart.contains(point) ? 1 : Int.random(in: 1...passages, using: &random)
        trigger = ["immediately", "processing-time", "available-now"].randomElement(using: &random) ?? "immediately"
        maximumOffsets = [7, 30, 200].randomElement(using: &random) ?? 30
        workers = Int.random(in: 1...4, using: &random)
        self.milliseconds = Int.random(in: milliseconds, using: &random)
    }

    var environment: [String: String] { point.map { ["MILLRACE_CRASH_AT": "\($0):\(passage)"] } ?? [:] }

    /// Sees the run to its end: where it died, or `nil` where a query that reads what is available had read it before.
    /// A point that the query does not pass with its input is a kill at a random moment, too.
    func carryOut(_ process: RunningProcess) throws -> String? {
        let end = Self.monotonicSeconds() + Double(milliseconds) / 1_000 + (point == nil ? 0 : 2)
        while process.end == nil, Self.monotonicSeconds() < end { usleep(5_000) }
        if process.end == nil {
            process.signal(SIGKILL)
            // It may have come to its end, or to its point, in this very moment.
            if try process.waitForEnd() == .killed(signal: SIGKILL) { return "any moment" }
        }
        if trigger == "available-now", process.end == .exited(0) { return nil }
        try process.expectEnd(.killed(signal: SIGKILL))
        return point ?? "any moment"
    }

    private static func monotonicSeconds() -> Double {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }
}

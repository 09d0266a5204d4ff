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
    /// start is a place of its own. Takes one number of the campaign's, whatever comes of it: what the kills before
    /// came to doesn't change where those after them are.
    init(after last: String?, passages: Int, milliseconds: ClosedRange<Int>, using random: inout SeededRandom) {
        var own = SeededRandom(random.next())
        let (mayAdopt, isAtPoint) = (Bool.random(using: &own), Bool.random(using: &own))
        let adopts = last == "afterTransactionCommitted" && mayAdopt
        trigger = ["immediately", "processing-time", "available-now"].randomElement(using: &own) ?? "immediately"
        maximumOffsets = [7, 30, 200].randomElement(using: &own) ?? 30
        workers = Int.random(in: 1...4, using: &own)
        self.milliseconds = Int.random(in: milliseconds, using: &own)
        let passage = Int.random(in: 1...passages, using: &own)
        let points = adopts ? Points.ofStart : Points.ofBatch + Points.ofStart + Points.ofSnapshots
        let point = points.randomElement(using: &own) ?? "midBatch"
        self.point = adopts || isAtPoint ? point : nil
        self.passage = Points.ofStart.contains(point) ? 1 : passage
    }

    var environment: [String: String] { point.map { ["MILLRACE_CRASH_AT": "\($0):\(passage)"] } ?? [:] }

    /// Sees the run to its end: where it died, or `nil` where a query that reads what is available had read it before.
    /// A point that the query does not pass with its input is a kill at a random moment, too.
    func carryOut(_ process: RunningProcess) throws -> String? {
        let patience = Patience(seconds: Double(milliseconds) / 1_000 + (point == nil ? 0 : 2))
        while process.end == nil, !patience.isOver { usleep(5_000) }
        if process.end == nil {
            process.signal(SIGKILL)
            // It may have come to its end, or to its point, in this very moment.
            if try process.waitForEnd() == .killed(signal: SIGKILL) { return "any moment" }
        }
        if trigger == "available-now", process.end == .exited(0) { return nil }
        try process.expectEnd(.killed(signal: SIGKILL))
        return point ?? "any moment"
    }
}

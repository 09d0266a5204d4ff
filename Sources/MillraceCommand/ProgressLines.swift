// What the command tells of batches and log lines on the standard error.

import Millrace
import Synchronization

/// How progress is told.
enum ProgressForm: String, CaseIterable, Sendable {
    case none, text, jsonl
}

/// What batches did since the last line about them, and in all.
struct ProgressTotals: Equatable, Sendable {
    /// Figures of one or several batches.
    struct Figures: Equatable, Sendable {
        var batches = 0
        var firstBatch: Int64 = 0
        var lastBatch: Int64 = 0
        var messages: Int64 = 0
        var counts: Int64 = 0
        var milliseconds: Int64 = 0

        mutating func add(batch: Int64, messages: Int64, counts: Int64, milliseconds: Int64) {
            if batches == 0 { firstBatch = batch }
            lastBatch = batch
            batches += 1
            self.messages += messages
            self.counts += counts
            self.milliseconds += milliseconds
        }

        /// `batch 7` or `batches 7-12`, and what they did.
        var text: String {
            let which = batches == 1 ? "batch \(lastBatch)" : "batches \(firstBatch)-\(lastBatch)"
            return "\(which): \(messages) \(messages == 1 ? "message" : "messages") in, "
                + "\(counts) \(counts == 1 ? "count" : "counts") out, \(milliseconds) ms"
        }
    }

    /// Since the last line.
    private(set) var recent = Figures()
    /// Since the start.
    private(set) var all = Figures()
    private var lastLine: ContinuousClock.Instant?

    /// A line a second at the most; a trigger of one second is early now and then.
    private static let pause = Duration.milliseconds(900)

    /// Adds a batch; returns what to say now, if it is time to say something.
    mutating func add(
        batch: Int64, messages: Int64, counts: Int64, milliseconds: Int64, now: ContinuousClock.Instant
    ) -> Figures? {
        recent.add(batch: batch, messages: messages, counts: counts, milliseconds: milliseconds)
        all.add(batch: batch, messages: messages, counts: counts, milliseconds: milliseconds)
        guard lastLine.map({ now - $0 >= Self.pause }) ?? true else { return nil }
        lastLine = now
        defer { recent = Figures() }
        return recent
    }
}

/// Tells of batches.
final class ProgressTeller: Sendable {
    private let form: ProgressForm
    private let totals = Mutex(ProgressTotals())

    init(_ form: ProgressForm) { self.form = form }

    /// Takes a batch's progress.
    func tell(_ progress: StreamingQueryProgress) {
        let due = totals.withLock { totals in
            totals.add(
                batch: progress.batchID, messages: progress.numInputRows, counts: progress.sink.numOutputRows,
                milliseconds: progress.batchDurationMilliseconds, now: .now)
        }
        switch form {
        case .none: break
        case .jsonl: Output.note(progress.json)
        case .text: if let due { Output.note(due.text + Self.situation(progress)) }
        }
    }

    /// What all batches of this run did.
    var summary: String {
        let all = totals.withLock(\.all)
        return all.batches == 0 ? "no batches" : all.text
    }

    /// Where the query stands after the batch.
    private static func situation(_ progress: StreamingQueryProgress) -> String {
        let behind = progress.sources.flatMap(\.metrics).first { $0.name == "maxOffsetsBehindLatest" }?.value
        let state = progress.stateOperators.first.map { ", \($0.numRowsTotal) words known" } ?? ""
        return state + (behind.map { ", \($0) behind" } ?? "")
    }
}

/// Log lines.
struct LogLines: Sendable {
    let least: SessionConfiguration.LogLevel

    init(_ least: SessionConfiguration.LogLevel) { self.least = least }

    /// Writes a line if its level is one that is wanted.
    func write(_ level: SessionConfiguration.LogLevel, _ message: String) {
        // Why a query failed is reported at the end of the command, with its hint.
        if level >= least, level < .error { Output.note("\(level.rawValue): \(message)") }
    }
}

// What the command tells of batches and log lines on the standard error.

import Millrace
import Synchronization

/// Progress of batches.
enum ProgressLines {
    /// What to do with each progress record; `form` is none, text or jsonl.
    static func handler(_ form: String) throws -> (@Sendable (StreamingQueryProgress) -> Void)? {
        switch form {
        case "none": return nil
        case "jsonl": return { Output.note($0.json) }
        case "text":
            let last = Mutex<ContinuousClock.Instant?>(nil)
            return { progress in
                // At most a line a second: a fast query has hundreds of batches.
                let now = ContinuousClock.now
                let isDue = last.withLock { last in
                    guard last.map({ now - $0 >= .seconds(1) }) ?? true else { return false }
                    last = now
                    return true
                }
                if isDue { Output.note(text(progress)) }
            }
        default: throw UsageError("--progress is '\(form)'", hint: "it takes none, text or jsonl")
        }
    }

    /// A batch in one line.
    static func text(_ progress: StreamingQueryProgress) -> String {
        let behind = progress.sources.flatMap(\.metrics).first { $0.name == "maxOffsetsBehindLatest" }?.value
        let state = progress.stateOperators.first.map { ", \($0.numRowsTotal) words known" } ?? ""
        return
            "batch \(progress.batchID): \(progress.numInputRows) messages in, \(progress.sink.numOutputRows) counts out, "
            + "\(progress.batchDurationMilliseconds) ms\(state)\(behind.map { ", \($0) behind" } ?? "")"
    }
}

/// Log lines.
enum LogLines {
    /// Writes lines of at least a level.
    static func handler(_ level: String) throws -> @Sendable (SessionConfiguration.LogLevel, String) -> Void {
        guard let least = SessionConfiguration.LogLevel(rawValue: level) else {
            throw UsageError("--log-level is '\(level)'", hint: "it takes debug, info, warning or error")
        }
        return { level, message in
            // Why a query failed is reported at the end of the command, with its hint.
            if level >= least, level < .error { Output.note("\(level.rawValue): \(message)") }
        }
    }
}

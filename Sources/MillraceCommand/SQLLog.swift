// Log lines of the commands that take SQL: how many there are depends on what runs.

import Millrace
import Synchronization

/// Writes log lines on the standard error. Why a query failed is told at the end of the command, with its hint.
final class SQLLog: Sendable {
    private let asked: SessionConfiguration.LogLevel?
    private let form: LogWriter.Form
    private let least: Mutex<SessionConfiguration.LogLevel>

    init(least asked: SessionConfiguration.LogLevel?, form: LogWriter.Form) {
        self.asked = asked
        self.form = form
        least = Mutex(asked ?? .warning)
    }

    /// Writes lines of less urgency from now on, unless a level was asked for.
    func setUsual(_ level: SessionConfiguration.LogLevel) {
        if asked == nil { least.withLock { $0 = level } }
    }

    func write(_ level: SessionConfiguration.LogLevel, _ message: String) {
        guard level < .error else { return }
        LogWriter(least.withLock { $0 }, form: form).write(level, message)
    }
}

// Counts as they change: a table in place on a terminal, lines in a pipe.

import Synchronization

/// Shows counts as they come.
final class CountsView: Sendable {
    private struct State {
        var counts: [String: Int64] = [:]
        var shownRows = 0
        var drawnLines = 0
        var hasReader = true
    }

    private let rowLimit: Int?
    private let redraws: Bool
    private let state = Mutex(State())

    /// `rowLimit` is how many changed counts are shown at the most; `redraws` whether they are a table in place.
    init(rowLimit: Int?, redraws: Bool) {
        self.rowLimit = rowLimit
        self.redraws = redraws
    }

    /// Takes changed counts; returns whether more are wanted.
    func show(_ rows: [(word: String, count: Int64)]) -> Bool {
        state.withLock { state in
            var text = ""
            for row in rows {
                guard rowLimit.map({ state.shownRows < $0 }) ?? true else { break }
                state.counts[row.word] = row.count
                state.shownRows += 1
                if !redraws { text += "\(CountsTable.printable(row.word))\t\(row.count)\n" }
            }
            if redraws { text = Self.frame(&state) }
            if !text.isEmpty, state.hasReader { state.hasReader = Output.write(text) }
            return state.hasReader && rowLimit.map { state.shownRows < $0 } ?? true
        }
    }

    /// Moves up to the table's first line, and draws it anew.
    private static func frame(_ state: inout State) -> String {
        Terminal.hideCursor()
        // What the shell wrote while the command was suspended stays.
        if Terminal.hasResumed() { state.drawnLines = 0 }
        let (width, height) = Terminal.size
        let lines = CountsTable.lines(
            state.counts, width: width, height: height, usesColor: Terminal.usesColor)
        // What lies above the terminal's first line can't be reached any more: after it was made smaller, the old
        // lines stay where they are.
        defer { state.drawnLines = lines.count }
        return CountsTable.redrawn(lines, over: min(state.drawnLines, max(0, height - 1)))
    }

    /// What was seen, in a line.
    var summary: String {
        let (shown, words) = state.withLock { ($0.shownRows, $0.counts.count) }
        return "\(shown) \(shown == 1 ? "count" : "counts") of \(words) \(words == 1 ? "word" : "words") shown"
    }
}

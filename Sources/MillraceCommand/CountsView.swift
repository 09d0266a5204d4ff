// Counts as they change: a table in place on a terminal, lines in a pipe.

import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Shows counts as they come.
final class CountsView: Sendable {
    private struct State {
        var counts: [String: Int64] = [:]
        var shownRows = 0
        var drawnLines = 0
        var hasReader = true
    }

    private static let tableRows = 15
    private let rowLimit: Int?
    private let isTerminal: Bool
    private let usesColor: Bool
    private let state = Mutex(State())

    init(rowLimit: Int?, isTerminal: Bool) {
        self.rowLimit = rowLimit
        self.isTerminal = isTerminal
        usesColor = isTerminal && getenv("NO_COLOR") == nil
    }

    /// Takes a changed count; returns false when no more are wanted.
    func show(word: String, count: Int64) -> Bool {
        state.withLock { state in
            guard rowLimit.map({ state.shownRows < $0 }) ?? true, state.hasReader else { return false }
            state.counts[word] = count
            state.shownRows += 1
            if !isTerminal { state.hasReader = Output.write("\(word)\t\(count)\n") }
            return state.hasReader && rowLimit.map { state.shownRows < $0 } ?? true
        }
    }

    /// Draws the table anew, over the old one.
    func refresh() {
        guard isTerminal else { return }
        state.withLock { state in
            let lines = Self.table(state.counts, width: Terminal.width, usesColor: usesColor)
            let up = state.drawnLines > 0 ? "\u{1B}[\(state.drawnLines)A" : "\u{1B}[?25l"
            state.hasReader = Output.write(up + lines.map { "\u{1B}[2K\($0)\n" }.joined())
            state.drawnLines = lines.count
        }
    }

    /// Gives the cursor back.
    func finish() {
        guard isTerminal else { return }
        Output.write("\u{1B}[?25h")
    }

    /// What was seen, in a line.
    var summary: String {
        state.withLock { "\($0.shownRows) counts shown, \($0.counts.count) words, the embedded broker is gone" }
    }

    /// The most frequent words as lines, as many as fit.
    static func table(_ counts: [String: Int64], width: Int, usesColor: Bool) -> [String] {
        let top = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(tableRows)
        let wordWidth = max(4, min(top.map(\.key.count).max() ?? 4, width - 15))
        let (bold, plain) = usesColor ? ("\u{1B}[1m", "\u{1B}[0m") : ("", "")
        let rule = "+-\(String(repeating: "-", count: wordWidth))-+---------+"
        func row(_ word: String, _ count: String) -> String {
            let cut = String(word.prefix(wordWidth))
            let left = cut + String(repeating: " ", count: wordWidth - cut.count)
            return "| \(left) | \(String(repeating: " ", count: max(0, 7 - count.count)))\(count) |"
        }
        return [rule, bold + row("word", "count") + plain, rule] + top.map { row($0.key, "\($0.value)") } + [rule]
    }
}

/// The terminal that the standard output is.
enum Terminal {
    /// Its width in characters.
    static var width: Int {
        var size = winsize()
        guard ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}

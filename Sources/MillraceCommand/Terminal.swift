// The terminal that the standard output may be.

import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What the terminal can do, and the state in which it has to be left.
enum Terminal {
    private static let isCursorHidden = Atomic(false)
    private static let wasSuspended = Atomic(false)
    /// How the terminal was before lines were edited on it.
    private static let modes = Mutex<termios?>(nil)
    private static let isEdited = Atomic(false)

    /// Whether the standard output is a terminal on which a cursor can be moved.
    static var canRedraw: Bool { isatty(1) == 1 && !["", "dumb"].contains(variable("TERM")) }

    /// Whether colours are wanted: see no-color.org.
    static var usesColor: Bool { canRedraw && variable("NO_COLOR").isEmpty }

    /// Width and height in characters; 80 by 24 where nobody knows.
    static var size: (width: Int, height: Int) {
        var size = winsize()
        guard ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// How wide help may be.
    static var helpWidth: Int { isatty(1) == 1 ? min(HelpTable.usualWidth, max(60, size.width)) : HelpTable.usualWidth }

    /// Hides the cursor until `showCursor`.
    static func hideCursor() {
        if !isCursorHidden.exchange(true, ordering: .sequentiallyConsistent) { Output.write("\u{1B}[?25l") }
    }

    /// Gives the cursor back, if it was hidden; to be called before every end.
    ///
    /// Waits for nothing, no lock and no terminal that was halted: the second signal ends the process at once.
    static func showCursor() { showCursor(patienceMilliseconds: 0) }

    private static func showCursor(patienceMilliseconds: Int32) {
        guard isCursorHidden.exchange(false, ordering: .sequentiallyConsistent) else { return }
        var output = pollfd(fd: 1, events: Int16(POLLOUT), revents: 0)
        guard poll(&output, 1, patienceMilliseconds) == 1 else { return }
        _ = "\u{1B}[?25h".utf8.withContiguousStorageIfAvailable { Output.systemWrite(1, UnsafeRawBufferPointer($0)) }
    }

    /// Remembers how the terminal of the standard input is set, before an editor of lines sets it otherwise.
    static func rememberModes() {
        var found = termios()
        guard tcgetattr(STDIN_FILENO, &found) == 0 else { return }
        modes.withLock { $0 = found }
    }

    /// Says that an editor has the terminal from now on, or no longer.
    static func setEdited(_ isEdited: Bool) { Self.isEdited.store(isEdited, ordering: .sequentiallyConsistent) }

    /// Sets the terminal as it was, if an editor has it; to be called where the process ends without the editor's
    /// knowledge. Waits for nothing, as `showCursor` does.
    static func restoreModes() {
        guard isEdited.load(ordering: .sequentiallyConsistent) else { return }
        guard var modes = modes.withLockIfAvailable({ $0 }) ?? nil else { return }
        tcsetattr(STDIN_FILENO, TCSANOW, &modes)
    }

    /// Gives the cursor back where Ctrl-Z suspends the command; the next picture hides it again.
    static func restoreWhenSuspended() {
        // A handler mustn't be the first to touch what is made at its first use.
        _ = isCursorHidden.load(ordering: .relaxed) || wasSuspended.load(ordering: .relaxed)
        signal(SIGTSTP) { _ in
            // A terminal that is still taking the last picture in is waited for.
            Terminal.showCursor(patienceMilliseconds: 5_000)
            Terminal.wasSuspended.store(true, ordering: .sequentiallyConsistent)
            raise(SIGSTOP)
        }
    }

    /// Whether the command was suspended since the last call.
    static func hasResumed() -> Bool { wasSuspended.exchange(false, ordering: .sequentiallyConsistent) }

    private static func variable(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
}

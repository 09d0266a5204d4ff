// Lines from whoever types them: with editing, history and completion on a terminal, and plain from a pipe.

import CEdit
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Where the shell's lines come from.
protocol LineSource {
    /// Whether somebody sits there.
    var isInteractive: Bool { get }
    /// The next line, without its end.
    mutating func next(_ prompt: String) -> ShellInput
    /// Puts a line where the arrow keys find it.
    func remember(_ line: String)
}

/// What somebody typed.
enum ShellInput: Equatable {
    case line(String)
    /// Ctrl-C: what has been typed doesn't count.
    case cancelled
    case end
}

/// Lines of the standard input, whatever that is.
struct PlainLines: LineSource {
    let isInteractive = false

    mutating func next(_ prompt: String) -> ShellInput { readLine().map { .line($0) } ?? .end }

    func remember(_ line: String) {}
}

/// Lines of a terminal. There is one editor in a process.
final class EditedLines: LineSource {
    /// What the editor's calls, which come without a context, need to know.
    private struct Shared {
        /// Where the prompt's text is: the editor reads it, and nobody changes it meanwhile.
        var prompt: UInt = 0
        var wasCancelled = false
        var complete: (@Sendable (String) -> [String])?
    }

    private static let shared = Mutex(Shared())

    private let editor: OpaquePointer
    private let history: OpaquePointer?
    private let path: String?

    let isInteractive = true

    /// Whether somebody sits at a terminal and sees what is printed.
    static var isTerminal: Bool { isatty(0) == 1 && isatty(1) == 1 }

    /// An editor that completes names by `complete`, which gives the names that begin with a word; `nil` where there is
    /// no terminal.
    init?(historyPath: String?, complete: @escaping @Sendable (String) -> [String]) {
        guard Self.isTerminal else { return nil }
        setlocale(LC_CTYPE, "")
        Terminal.rememberModes()
        Self.shared.withLock { $0.complete = complete }
        guard
            let editor = cedit_make(
                "millrace", { _ in UnsafeMutablePointer(bitPattern: EditedLines.shared.withLock { $0.prompt }) })
        else {
            return nil
        }
        self.editor = editor
        cedit_bind(editor, "^C", "cancel") { _, _ in
            EditedLines.shared.withLock { $0.wasCancelled = true }
            return UInt8(CC_NEWLINE)
        }
        cedit_bind(editor, "^I", "complete") { editor, _ in EditedLines.complete(editor) }
        history = cedit_make_history(editor, 1000)
        path = historyPath
        if let history, let path { cedit_history_load(history, path) }
    }

    deinit {
        el_end(editor)
        if let history { history_end(history) }
    }

    func next(_ prompt: String) -> ShellInput {
        let text = strdup(prompt)
        defer { free(text) }
        Self.shared.withLock { shared in
            shared.prompt = UInt(bitPattern: text)
            shared.wasCancelled = false
        }
        el_resize(editor)
        Terminal.setEdited(true)
        defer { Terminal.setEdited(false) }
        cedit_take_keys(editor)
        var count: Int32 = 0
        let line = el_gets(editor, &count)
        // An empty line that is dropped looks like the end.
        if Self.shared.withLock({ $0.wasCancelled }) {
            Output.write("^C\n")
            return .cancelled
        }
        guard let line, count > 0 else { return .end }
        let bytes = UnsafeRawBufferPointer(start: line, count: Int(count))
        var content = String(decoding: bytes, as: UTF8.self)
        while content.last?.isNewline == true { content.removeLast() }
        return .line(content)
    }

    func remember(_ line: String) {
        guard let history, line.contains(where: { !$0.isWhitespace }) else { return }
        cedit_history_enter(history, line + "\n")
        guard let path else { return }
        // It may hold passwords of OPTIONS: for nobody else to read.
        let mask = umask(0o077)
        cedit_history_save(history, path)
        umask(mask)
    }

    // MARK: Completion

    private static func complete(_ editor: OpaquePointer?) -> UInt8 {
        guard let editor, let line = el_line(editor)?.pointee, let start = line.buffer, let cursor = line.cursor else {
            return UInt8(CC_ERROR)
        }
        let before = String(
            decoding: UnsafeRawBufferPointer(start: start, count: max(0, cursor - start)), as: UTF8.self)
        let word = NameCompletion.word(atEndOf: before)
        let names = shared.withLock { $0.complete }?(word) ?? []
        guard !word.isEmpty, !names.isEmpty else { return UInt8(CC_REFRESH_BEEP) }
        let begun = NameCompletion.begun(word, names)
        if begun != word {
            // It counts characters.
            el_deletestr(editor, Int32(word.unicodeScalars.count))
            guard el_insertstr(editor, begun) == 0 else { return UInt8(CC_ERROR) }
        }
        let addition = NameCompletion.addition(to: begun, names)
        if addition.isEmpty {
            guard names.count > 1 else { return UInt8(CC_REFRESH) }
            Output.write("\n" + names.prefix(60).joined(separator: "  ") + (names.count > 60 ? "  ...\n" : "\n"))
            return UInt8(CC_REDISPLAY)
        }
        return el_insertstr(editor, addition) == 0 ? UInt8(CC_REFRESH) : UInt8(CC_ERROR)
    }
}

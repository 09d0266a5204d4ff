// The loop of `millrace sql`: lines to statements, statements to rows.

import Millrace
import Synchronization

/// Reads statements and carries each out as soon as its semicolon is there.
struct SQLShell<Lines: LineSource> {
    var lines: Lines
    let options: SQLOptions
    let runner: SQLRunner

    private static var help: String {
        """
        A statement ends with a semicolon, and may have several lines.
          \\d          tables and views            \\d name     the columns of one
          \\df         functions                   \\df name    what one does
          \\d user*    tables like a pattern       \\df regexp* functions like one
          \\?          this text                   \\q          the end; Ctrl-D, too
        Ctrl-C ends the query that runs, or drops what has been typed.

        """
    }

    /// Runs until the end of the lines.
    ///
    /// - Returns: the code of the first failure where nobody sits there to have seen it.
    mutating func run() async -> ExitCode {
        if lines.isInteractive {
            Signals.atInterrupts {}
            Output.write(
                "millrace \(MillraceVersion.current): SQL on tables and streams. \\? helps, \\q ends.\n"
                    + (options.isLocal ? "! embedded broker, in memory: all is gone at the end\n" : ""))
        }
        var typed = SQLLines()
        var code = ExitCode.done
        while !Signals.hasArrived {
            switch lines.next(typed.text.isEmpty ? "millrace> " : "       -> ") {
            case .cancelled: typed = SQLLines()
            case .end:
                // From a pipe what has no semicolon is a statement all the same; whoever sits there has dropped it.
                if !lines.isInteractive, typed.text.contains(where: { !$0.isWhitespace }) {
                    await carryOut(typed.text, &code)
                }
                if lines.isInteractive { Output.write("\n") }
                return code
            case .line(let line):
                lines.remember(line)
                if typed.text.isEmpty, let command = ShellCommand(line) {
                    guard await carryOut(command, &code) else { return code }
                    continue
                }
                typed.add(line)
                guard typed.isComplete else { continue }
                await carryOut(typed.text, &code)
                typed = SQLLines()
            }
        }
        return code
    }

    /// False for the end.
    private func carryOut(_ command: ShellCommand, _ code: inout ExitCode) async -> Bool {
        switch command {
        case .end: return false
        case .help: Output.write(Self.help)
        case .sql(let text): await carryOut(text, &code)
        case .unknown(let word):
            fail(UsageError("there is no \(word)", hint: "\\? lists what there is"), &code)
        }
        return true
    }

    /// Carries out statements; the first mistake ends them.
    private func carryOut(_ text: String, _ code: inout ExitCode) async {
        do {
            for statement in try SQLScript(text).statements where !Signals.hasArrived {
                let session = runner.session
                if lines.isInteractive { Signals.atInterrupts { session.interruptAll() } }
                Signals.whenAsked { session.interruptAll() }
                try runner.carryOut(statement)
                _ = try await runner.runStreams()
            }
        } catch is RowOutput.Closed {
            // Nobody reads: the next line from the pipe will tell.
        } catch let error as MillraceError where error.code == "CANCELLED" {
            Output.note("cancelled")
            if Signals.hasArrived, code == .done { code = .interrupted }
        } catch {
            fail(error, &code)
        }
        runner.forgetStreams()
        if lines.isInteractive { Signals.atInterrupts {} }
        if !Signals.hasArrived { Signals.whenAsked { Signals.endNow(.done) } }
    }

    private func fail(_ error: any Error, _ code: inout ExitCode) {
        let failure = Failure((error as? MillraceError).map(SQLOptions.translated) ?? error)
        Output.report(failure.message, hint: failure.hint)
        if !lines.isInteractive, code == .done { code = failure.code }
    }
}

/// A line that is for the shell itself.
enum ShellCommand: Equatable {
    case end, help
    case sql(String)
    case unknown(String)

    /// `nil` where the line is SQL.
    init?(_ line: String) {
        let parts = line.split(maxSplits: 1, whereSeparator: { $0.isWhitespace || $0 == ";" }).map(String.init)
        guard let first = parts.first else { return nil }
        func isAround(_ character: Character) -> Bool { character.isWhitespace || character == ";" }
        let behind = parts.dropFirst().first ?? ""
        let name = String(behind.drop(while: isAround).reversed().drop(while: isAround).reversed())
        switch first.lowercased() {
        case "\\q", "exit", "quit":
            guard name.isEmpty else { return nil }
            self = .end
        case "\\?", "\\h", "help":
            guard name.isEmpty || first.hasPrefix("\\") else { return nil }
            self = .help
        case "\\d", "\\dt": self = .sql(Self.listing("TABLES", name) ?? "DESCRIBE EXTENDED \(Self.table(name))")
        case "\\df": self = .sql(Self.listing("FUNCTIONS", name) ?? "DESCRIBE FUNCTION \(name)")
        default:
            guard first.hasPrefix("\\") else { return nil }
            self = .unknown(first)
        }
    }

    /// The name of a table as SQL has it: a blank in it is meant, and who writes back-ticks or points knows what for.
    private static func table(_ name: String) -> String {
        name.contains("`") || name.contains(".") ? name : NameCompletion.written(name)
    }

    /// All of a kind, or those whose names are like a pattern; `nil` for one name.
    private static func listing(_ kind: String, _ name: String) -> String? {
        if name.isEmpty { return "SHOW \(kind)" }
        guard name.contains(where: { "*|%".contains($0) }) else { return nil }
        return "SHOW \(kind) LIKE '\(name.replacing("'", with: ""))'"
    }
}

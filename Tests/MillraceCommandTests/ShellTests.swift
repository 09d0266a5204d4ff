// `millrace sql`: from a pipe, on a terminal, and the words that are for the shell itself.

import CPlatform
import Millrace
import TestSupport
import Testing

@testable import MillraceCommand

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("The SQL shell")
struct ShellTests {
    @Test("from a pipe: statements over several lines, mistakes on the way, and the code of the first one")
    func pipe() throws {
        let script = """
            SELECT 1 AS a,\\n 2 AS b;\\n\\\\d\\nSELECT c;\\nSELEC;\\n\\\\bogus\\nSELECT 3 AS last
            """
        let millrace = try CommandProcess.binary("millrace")
        let process = try CommandProcess(
            ["-c", "printf '\(script)' | '\(millrace)' sql --format csv"], program: "/bin/sh")
        #expect(process.waitForEnd() == .exited(78))
        #expect(process.output == "a,b\n1,2\nnamespace,tableName,isTemporary\nlast\n3\n")
        let errors = process.errors.split(separator: "\n").filter { $0.hasPrefix("millrace: error: ") }
        #expect(errors.count == 3, "\(process.errors)")
    }

    @Test(
        "on a terminal: completion, Ctrl-C for the line and for the query, history", .timeLimit(.minutes(1)),
        .enabled(if: PseudoTerminal.isPossible, "it takes Linux's terminals"))
    func terminal() throws {
        let folder = try TemporaryFolder()
        let terminal = try PseudoTerminal()
        let process = try shell(on: terminal, history: "\(folder.path)/history")
        try #require(terminal.waitForText("millrace> "), "\(terminal.rest) \(process.errors)")
        terminal.type("SELECT 'dropped' AS x\r")
        try #require(terminal.waitForText("-> "), "\(terminal.rest) \(process.errors)")
        // From the prompt on Ctrl-C is a key: it would be lost if the terminal still made a signal of it.
        #expect(!terminal.modes.isForLines)
        terminal.type("\u{03}")
        try #require(terminal.waitForText("^C\r\n"), "\(terminal.rest) \(process.errors)")
        try #require(terminal.waitForText("millrace> "), "\(terminal.rest) \(process.errors)")
        terminal.type("SEL\t 6 * 7 AS answer;\r")
        try #require(terminal.waitForText("42"), "\(terminal.rest) \(process.errors)")
        try #require(terminal.waitForText("millrace> "), "\(terminal.rest) \(process.errors)")
        // The line before, and then the one before that.
        terminal.type("\u{1B}[A\r")
        try #require(terminal.waitForText("answer\r\n42"), "\(terminal.rest) \(process.errors)")
        try #require(terminal.waitForText("millrace> "), "\(terminal.rest) \(process.errors)")
        terminal.type("CREATE TABLE r USING rate OPTIONS (rowsPerSecond 100); SELECT value FROM STREAM r;\r")
        try #require(terminal.waitForText("value\r\n0"), "\(terminal.rest) \(process.errors)")
        process.signal(SIGINT)
        try #require(terminal.waitForText("millrace> "), "\(terminal.rest) \(process.errors)")
        terminal.type("\\d\r")
        try #require(terminal.waitForText("default,r,false"), "\(terminal.rest) \(process.errors)")
        try #require(terminal.waitForText("millrace> "), "\(terminal.rest) \(process.errors)")
        terminal.type("CREATE VIEW v AS SELECT 7 AS quantity;\r")
        try #require(terminal.waitForText("millrace> "), "\(terminal.rest) \(process.errors)")
        terminal.type("SELECT 6 * quan\t AS product FROM v;\r")
        try #require(terminal.waitForText("product\r\n42"), "\(terminal.rest) \(process.errors)")
        try #require(terminal.waitForText("millrace> "), "\(terminal.rest) \(process.errors)")
        terminal.type("\\q\r")
        #expect(process.waitForEnd() == .exited(0), "\(process.errors)")
        let mode = try #require(status(of: "\(folder.path)/history"))
        #expect(mode & 0o777 == 0o600)
    }

    @Test(
        "lines of the shell before are remembered", .timeLimit(.minutes(1)),
        .enabled(if: PseudoTerminal.isPossible, "it takes Linux's terminals"))
    func history() throws {
        let folder = try TemporaryFolder()
        for isFirst in [true, false] {
            let terminal = try PseudoTerminal()
            let process = try shell(on: terminal, history: "\(folder.path)/history")
            try #require(terminal.waitForText("millrace> "), "\(terminal.rest) \(process.errors)")
            terminal.type(isFirst ? "SELECT 6 * 7 AS answer;\r" : "\u{1B}[A\u{1B}[A\r")
            try #require(terminal.waitForText("answer\r\n42"), "\(terminal.rest) \(process.errors)")
            try #require(terminal.waitForText("millrace> "), "\(terminal.rest) \(process.errors)")
            terminal.type("\\q\r")
            #expect(process.waitForEnd() == .exited(0), "\(process.errors)")
        }
    }

    @Test(
        "a signal at the prompt leaves the terminal as it was", .timeLimit(.minutes(1)),
        .enabled(if: PseudoTerminal.isPossible, "it takes Linux's terminals"), arguments: [SIGTERM, SIGHUP])
    func signalsAtThePrompt(number: Int32) throws {
        let folder = try TemporaryFolder()
        let terminal = try PseudoTerminal()
        let before = terminal.modes
        let process = try shell(on: terminal, history: "\(folder.path)/history")
        #expect(terminal.waitForText("millrace> "))
        #expect(terminal.modes != before)
        process.signal(number)
        #expect(process.waitForEnd() == .exited(0), "\(process.errors)")
        #expect(terminal.modes == before)
    }

    private func shell(on terminal: PseudoTerminal, history: String) throws -> CommandProcess {
        try CommandProcess(
            ["sql", "--format", "csv"], input: terminal.terminal, output: terminal.terminal,
            environment: ["TERM=xterm", "MILLRACE_HISTORY=\(history)", "LC_ALL=C.UTF-8"])
    }

    @Test(
        "a signal ends a stream after its batch, and then a shell that reads from a pipe", .timeLimit(.minutes(1)),
        arguments: [SIGTERM, SIGINT, SIGHUP])
    func signals(number: Int32) throws {
        let script = try TextPipe(
            """
            CREATE TABLE r USING rate OPTIONS (rowsPerSecond 100); CREATE TABLE t (v BIGINT);
            INSERT INTO t SELECT value FROM STREAM r;
            SELECT 'never' AS x;

            """)
        let process = try CommandProcess(["sql", "--format", "csv"], input: script.reader)
        process.waitForText("query t-1 (id ", in: { $0.errors })
        process.signal(number)
        #expect(process.waitForEnd() == .exited(0), "\(process.errors)")
        #expect(process.errors.contains("query t-1: in this run"), "\(process.errors)")
        #expect(process.output.isEmpty)
    }

    private func status(of path: String) -> mode_t? {
        var found = stat()
        return stat(path, &found) == 0 ? found.st_mode : nil
    }

    @Test("words for the shell")
    func commands() {
        #expect(ShellCommand("\\q") == .end)
        #expect(ShellCommand(" exit ;") == .end)
        #expect(ShellCommand("\\d") == .sql("SHOW TABLES"))
        #expect(ShellCommand("\\d lines;") == .sql("DESCRIBE EXTENDED lines"))
        #expect(ShellCommand("\\d my  tab ;") == .sql("DESCRIBE EXTENDED `my  tab`"))
        #expect(ShellCommand("\\d `my  tab`") == .sql("DESCRIBE EXTENDED `my  tab`"))
        #expect(ShellCommand("\\d default.t") == .sql("DESCRIBE EXTENDED default.t"))
        #expect(ShellCommand("\\df upper") == .sql("DESCRIBE FUNCTION upper"))
        #expect(ShellCommand("\\d user*") == .sql("SHOW TABLES LIKE 'user*'"))
        #expect(ShellCommand("\\df regexp*") == .sql("SHOW FUNCTIONS LIKE 'regexp*'"))
        #expect(ShellCommand("\\?") == .help)
        #expect(ShellCommand("\\x") == .unknown("\\x"))
        for line in ["SELECT 1;", "", "help me", "-- \\d"] { #expect(ShellCommand(line) == nil) }
    }

    @Test("completion goes on with what all names have in common")
    func completion() {
        #expect(NameCompletion.word(atEndOf: "SELECT upp") == "upp")
        #expect(NameCompletion.word(atEndOf: "SELECT (") == "")
        #expect(NameCompletion.word(atEndOf: " \\") == "\\")
        #expect(NameCompletion.word(atEndOf: "\\d") == "\\d")
        #expect(NameCompletion.word(atEndOf: "\\d li") == "li")
        #expect(NameCompletion.word(atEndOf: "SELECT '\\d") == "d")
        #expect(NameCompletion.names(from: "\\d", among: NameCompletion.shellWords) == ["\\d", "\\df"])
        #expect(NameCompletion.columns(["a", "b"], of: "t", for: "t.") == ["t.a", "t.b"])
        #expect(NameCompletion.columns(["a", "b"], of: "t", for: "x") == ["a", "b"])
        let names = NameCompletion.names(from: "Upp", among: ["upper(", "uppermost", "lower("])
        #expect(names == ["upper(", "uppermost"])
        #expect(NameCompletion.addition(to: "Upp", names) == "er")
        #expect(NameCompletion.addition(to: "sel", ["SELECT"]) == "ect ")
        #expect(NameCompletion.addition(to: "SEL", ["SELECT"]) == "ECT ")
        #expect(NameCompletion.addition(to: "lines", ["lines"]) == " ")
        #expect(NameCompletion.addition(to: "x", []) == "")
    }

    @Test("completion puts names into back-ticks that need them")
    func quotedNames() {
        #expect(
            ["a_1", "my tab", "1", "a.b", "a`b", "ä"].map(NameCompletion.written)
                == ["a_1", "`my tab`", "`1`", "`a.b`", "`a``b`", "`ä`"])
        #expect(NameCompletion.word(atEndOf: "SELECT `my t") == "`my t")
        #expect(NameCompletion.word(atEndOf: "SELECT `a b`.`c") == "`a b`.`c")
        #expect(NameCompletion.word(atEndOf: "SELECT `a b` fr") == "fr")
        #expect(NameCompletion.word(atEndOf: "SELECT my") == "my")
        let names = NameCompletion.names(from: "MY", among: ["`my tab`", "`my view`", "other"])
        #expect(names == ["`my tab`", "`my view`"])
        #expect(NameCompletion.begun("my", names) == "`my")
        #expect(NameCompletion.addition(to: "`my", names) == " ")
        #expect(NameCompletion.addition(to: "`my t", ["`my tab`"]) == "ab` ")
        // Beside a plain name the back-tick has to wait.
        #expect(NameCompletion.begun("my", ["`my tab`", "mystery"]) == "my")
        #expect(NameCompletion.addition(to: "m", ["`my tab`", "mystery"]) == "y")
        #expect(NameCompletion.begun("`my", ["`my tab`"]) == "`my")
    }

    @Test("checkpoints are named by what can stand in a path")
    func folders() {
        #expect(FolderName.of("wordcounts-1") == "wordcounts-1")
        #expect(FolderName.of("a/../b c-1") == "a%2F%2E%2E%2Fb%20c-1")
    }
}

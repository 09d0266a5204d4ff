// The built command as its users meet it: what it prints, how it ends, what signals do.

import Millrace
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("The built command")
struct ProcessTests {
    @Test(
        "Exit codes and where the words go",
        arguments: [
            ("--version", 0), ("--help", 0), ("demo --help", 0), ("wordcount --help", 0), ("", 64), ("demoo", 64),
            ("demo --rate 0", 64), ("wordcount --from a --to b", 64), ("checkpoint verify /nonexistent", 78),
            ("checkpoint verify /etc/hostname", 78), ("checkpoint show /etc/hostname", 78),
            ("checkpoint reshard /nonexistent --shards 2", 78), ("checkpoint reshard /nonexistent", 64),
            ("wordcount --bootstrap-servers x:1 --from a --to b --checkpoint /dev/null/c", 78),
            ("wordcount --bootstrap-servers x:1 --from a --to b --checkpoint s3a://b/c", 78),
            ("wordcount --bootstrap-servers x:1 --from a --to b --checkpoint /tmp/c --kafka sasl.usernme=x", 78),
        ] as [(String, Int32)])
    func exitCodes(line: String, code: Int32) throws {
        let process = try CommandProcess(line.split(separator: " ").map(String.init))
        #expect(process.waitForEnd() == .exited(code), "\(process.errors)")
        if code == 0 {
            #expect(!process.output.isEmpty)
            #expect(process.errors.isEmpty, "\(process.errors)")
        } else {
            #expect(process.output.isEmpty)
            #expect(process.errors.hasPrefix("millrace: error: "), "\(process.errors)")
            #expect(process.errors.contains("\n  hint: "), "\(process.errors)")
        }
    }

    @Test(
        "The demo in a pipe: lines of word and count alone; banner and a last line beside them", .timeLimit(.minutes(1))
    )
    func demo() throws {
        let process = try CommandProcess(["demo", "--rows", "25", "--seed", "3"])
        #expect(process.waitForEnd() == .exited(0), "\(process.errors)")
        let lines = process.output.split(separator: "\n")
        let words = process.errors.split(separator: "\n")
        #expect(words.contains { $0.hasPrefix("! embedded broker 127.0.0.1:") })
        #expect(words.last?.hasPrefix("25 counts of ") == true)
        let rows = lines.filter { $0.contains("\t") }.map { $0.split(separator: "\t") }
        #expect(rows.count == 25 && lines.count == 25)
        #expect(rows.allSatisfy { $0.count == 2 && Int($0[1]).map { $0 > 0 } ?? false })
        #expect(!process.output.contains("\u{1B}"))
    }

    @Test("SIGTERM ends the demo in good order", .timeLimit(.minutes(1)))
    func demoStops() throws {
        let process = try CommandProcess(["demo"])
        process.waitForText("\t", in: { $0.output })
        process.signal(SIGTERM)
        #expect(process.waitForEnd() == .exited(0), "\(process.errors)")
        #expect(process.errors.contains("the broker and its topics are gone"))
    }

    @Test(
        "On a terminal the cursor is hidden, and comes back while the demo is suspended", .timeLimit(.minutes(1)),
        .enabled(
            if: PseudoTerminal.isPossible, "it takes Linux's terminals"))
    func suspended() throws {
        let terminal = try PseudoTerminal()
        let process = try CommandProcess(["demo"], output: terminal.terminal, environment: ["TERM=xterm"])
        let (hidden, shown) = ("\u{1B}[?25l", "\u{1B}[?25h")
        #expect(terminal.waitForText(hidden))
        process.signal(SIGTSTP)
        #expect(terminal.waitForText(shown))
        #expect(process.waitForSuspension())
        process.signal(SIGCONT)
        #expect(terminal.waitForText(hidden))
        process.signal(SIGINT)
        #expect(terminal.waitForText(shown))
        #expect(process.waitForEnd() == .exited(0), "\(process.errors)")
    }

    /// Nothing listens at port 1, and nobody but root could.
    private static let withoutBroker = [
        "wordcount", "--bootstrap-servers", "127.0.0.1:1", "--from", "a", "--to", "b", "--checkpoint",
    ]

    @Test("A signal while it waits for a broker ends the wait", .timeLimit(.minutes(1)), arguments: [SIGINT, SIGTERM])
    func waitingForBroker(signal: Int32) throws {
        let process = try CommandProcess(Self.withoutBroker, withFolder: true)
        process.waitForText("waiting for", in: { $0.errors })
        process.signal(signal)
        #expect(process.waitForEnd() == .exited(0), "\(process.errors)")
        #expect(process.errors.contains("stopped while waiting"))
    }

    @Test("A second signal ends it at once, even where nobody reads what it says", .timeLimit(.minutes(1)))
    func secondSignal() throws {
        let errors = try FullPipe()
        let process = try CommandProcess(Self.withoutBroker, withFolder: true, errors: errors.writer)
        errors.waitForText("waiting for")
        // From here on it can't say that it ends, and so it doesn't.
        errors.fill()
        process.signal(SIGINT)
        process.signal(SIGTERM)
        #expect(process.waitForEnd() == .exited(130))
    }

    @Test("A broker that does not come in time ends it with 69 and a hint", .timeLimit(.minutes(1)))
    func noBroker() throws {
        let process = try CommandProcess(
            ["wordcount", "--startup-timeout", "100 ms"] + Self.withoutBroker.dropFirst(), withFolder: true)
        #expect(process.waitForEnd() == .exited(69), "\(process.errors)")
        #expect(process.errors.contains("127.0.0.1:1"))
        #expect(process.errors.contains("  hint: "))
    }
    @Test("Lines of progress go to a file of their own, and behind those of the run before", .timeLimit(.minutes(1)))
    func progressFile() throws {
        let folder = try TemporaryFolder()
        let broker = try EmbeddedKafka()
        defer { broker.close() }
        for topic in ["lines", "counts"] { try broker.createTopic(topic, partitions: 1) }
        let file = "\(folder.path)/progress"
        for (run, form) in ["jsonl", "jsonl", "none"].enumerated() {
            try broker.send(["to be", "or not"], to: "lines")
            let process = try CommandProcess(
                [
                    "wordcount", "--bootstrap-servers", broker.bootstrapServers, "--from", "lines", "--to", "counts",
                    "--trigger", "once", "--progress", form, "--progress-to", file, "--checkpoint",
                    "\(folder.path)/checkpoint-\(run)",
                ])
            #expect(process.waitForEnd() == .exited(0), "\(process.errors)")
            #expect(!process.errors.contains("{\"id\""))
        }
        let lines = CommandProcess.read(file).split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { $0.hasPrefix("{\"id\":") && $0.contains("\"numInputRows\":") && $0.hasSuffix("}") })
    }

    @Test(
        "It may have as many open files as the system lets it, whatever the shell's limit", .timeLimit(.minutes(1)),
        .enabled(if: access("/proc/self/limits", R_OK) == 0, "it takes Linux's /proc"))
    func descriptorLimit() throws {
        let binary = try CommandProcess.binary("millrace")
        let process = try CommandProcess(["-c", "ulimit -Sn 200; exec '\(binary)' demo"], program: "/bin/sh")
        process.waitForText("\t", in: { $0.output })
        let line = try #require(process.limits.split(separator: "\n").first { $0.hasPrefix("Max open files") })
        let words = line.split(separator: " ")
        #expect(words.count == 6 && words[3] == words[4] && words[3] != "200", "\(line)")
        process.signal(SIGTERM)
        #expect(process.waitForEnd() == .exited(0), "\(process.errors)")
    }
}

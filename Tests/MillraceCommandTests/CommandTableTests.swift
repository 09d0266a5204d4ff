// Which command is meant, what its help says, and how it ends.

import Millrace
import Testing

@testable import MillraceCommand

@Suite("Commands")
struct CommandTableTests {
    /// What a command line asks for, in a word.
    private static func asked(_ words: [String]) throws -> String {
        switch try CommandTable.request(words) {
        case .overview: "overview"
        case .groupHelp(let word): "group \(word)"
        case .commandHelp(let command): "help \(command.name)"
        case .version(let isVerbose): isVerbose ? "long version" : "version"
        case .run(let command, let words): "run \(([command.name] + words).joined(separator: " "))"
        }
    }

    @Test(
        "Command lines",
        arguments: [
            ("--help", "overview"), ("-h", "overview"), ("help", "overview"), ("help demo", "help demo"),
            ("demo --help", "help demo"), ("help checkpoint show", "help checkpoint show"),
            ("checkpoint --help", "group checkpoint"), ("help checkpoint", "group checkpoint"),
            ("checkpoint show x", "run checkpoint show x"), ("demo --rows 3", "run demo --rows 3"),
            ("demo", "run demo"),
            ("-V", "version"), ("-V --verbose", "long version"), ("--version", "version"),
            ("version --verbose", "long version"), ("--version --verbose", "long version"),
        ])
    func requests(line: String, expected: String) throws {
        #expect(try Self.asked(line.split(separator: " ").map(String.init)) == expected)
    }

    @Test(
        "Commands that don't exist",
        arguments: [
            ("", "there is no command", "--help"), ("wordcont", "'wordcont'", "did you mean 'millrace wordcount'?"),
            ("zzzzzzzz", "'zzzzzzzz'", "--help"), ("checkpoint", "half a command", "show or verify"),
            ("checkpoint shwo", "'checkpoint shwo'", "did you mean 'millrace checkpoint show'?"),
            ("checkpoint frobnicate", "'checkpoint frobnicate'", "show or verify"),
            ("--from events", "--from", "millrace <command>"), ("--version --bogus", "--bogus", "--version"),
            ("help demoo", "'demoo'", "did you mean 'millrace demo'?"),
        ])
    func unknown(line: String, message: String, hint: String) {
        let error = #expect(throws: UsageError.self) { try Self.asked(line.split(separator: " ").map(String.init)) }
        #expect(error?.message.contains(message) == true, "\(String(describing: error))")
        #expect(error?.hint.contains(hint) == true, "\(String(describing: error))")
    }

    @Test("Help names every option with its default and environment, and keeps to its width", arguments: [60, 80, 100])
    func help(width: Int) {
        for command in CommandTable.commands {
            let text = command.help(width: width)
            let flat = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            #expect(flat.contains("USAGE: millrace \(command.name)"))
            for option in command.options {
                #expect(flat.contains(option.synopsis), "\(command.name)")
                if let value = option.defaultValue { #expect(flat.contains("(default: \(value))"), "\(command.name)") }
                if let name = option.environment { #expect(flat.contains("Environment: \(name)."), "\(command.name)") }
            }
            // Examples are copied: they are not broken.
            let beforeExamples = text.split(separator: "\nEXAMPLES:", maxSplits: 1).first ?? ""
            for line in beforeExamples.split(separator: "\n") {
                #expect(line.count <= width, "\(command.name): \(line)")
            }
        }
        for line in CommandTable.overview(width: width).split(separator: "\n") {
            #expect(line.count <= width, "\(line)")
        }
    }

    /// The words of a command line as a shell takes it apart, as far as examples use that: double quotes.
    private static func words(of line: Substring) -> [String] {
        line.split(separator: "\"", omittingEmptySubsequences: false).enumerated().flatMap { index, piece in
            index.isMultiple(of: 2) ? piece.split(separator: " ").map(String.init) : [String(piece)]
        }
    }

    @Test("Each example is a command line that can be parsed")
    func examples() throws {
        for command in CommandTable.commands {
            for example in command.examples.joined(separator: "\n").replacing("\\\n", with: "").split(separator: "\n") {
                guard !example.contains("...") else { continue }
                let words = Self.words(of: example)
                #expect(words.first == "millrace")
                let request = try CommandTable.request(Array(words.dropFirst()))
                guard case .run(let found, let rest) = request else {
                    Issue.record("\(example) runs nothing")
                    continue
                }
                #expect(found.name == command.name)
                #expect(try ArgumentParser.parse(rest, found) { _ in nil } != nil)
            }
        }
    }
}

@Suite("Exit codes")
struct ExitCodeTests {
    @Test(
        "What kind of failure ends with which code",
        arguments: [
            (MillraceError.Kind.query, 78), (.unavailable, 69), (.inUse, 75), (.data, 65), (.access, 77),
            (.storage, 74),
            (.internal, 70),
        ] as [(MillraceError.Kind, Int32)])
    func codes(kind: MillraceError.Kind, expected: Int32) {
        let failure = Failure(MillraceError(code: "CODE", message: "what happened", hint: "what to do", kind: kind))
        #expect(failure.code.rawValue == expected)
        #expect(failure.message == "[CODE] what happened")
        #expect(failure.hint == "what to do")
    }

    @Test("A command line that makes no sense ends with 64, a defect with 70")
    func others() {
        #expect(Failure(UsageError("x", hint: "y")).code.rawValue == 64)
        struct Odd: Error {}
        #expect(Failure(Odd()).code.rawValue == 70)
    }

    @Test("The library's names of options are flags in the command's errors")
    func flags() {
        #expect(
            FlagNames.translated("option 'startingOffsets' of the kafka source is 'x'") == "--starting-offsets is 'x'")
        #expect(
            FlagNames.translated("To go on without: failOnDataLoss=false")
                == "To go on without: --fail-on-data-loss false")
        #expect(
            FlagNames.translated("option 'kafka.ssl.ca.location' is refused") == "'--kafka ssl.ca.location' is refused")
        #expect(FlagNames.translated("raise stateMemoryBytes, or memoryBytes") == "raise --memory, or --memory")
        let options = Set(WordCountCommand.specification.options.map { "--\($0.name)" })
        for (name, flag) in FlagNames.flags { #expect(options.contains(flag), "\(name)") }
    }

    @Test(
        "Options that people try have a hint",
        arguments: [
            ("--topic", "--from"), ("--bootstrap.servers", "--bootstrap-servers"),
            ("--bootstrap-server", "--bootstrap-servers"),
            ("--checkpointLocation", "--checkpoint"), ("--wrokers", "--workers"),
        ])
    func hints(option: String, hint: String) {
        let error = #expect(throws: UsageError.self) {
            try ArgumentParser.parse([option, "x"], WordCountCommand.specification, environment: { _ in nil })
        }
        #expect(error?.hint.contains(hint) == true)
    }

    @Test("The level of log lines comes from the environment where no option says it; warn is warning")
    func logLevel() throws {
        func level(_ words: [String], _ environment: [String: String]) throws -> SessionConfiguration.LogLevel {
            let parsed = try ArgumentParser.parse(
                ["--bootstrap-servers=b", "--from=a", "--to=c", "--checkpoint=d"] + words,
                WordCountCommand.specification,
                environment: { environment[$0] })
            return try WordCountSettings(try #require(parsed)).log.least
        }
        #expect(try level([], [:]) == .info)
        #expect(try level([], ["MILLRACE_LOG_LEVEL": "debug"]) == .debug)
        #expect(try level(["--log-level=warn"], ["MILLRACE_LOG_LEVEL": "debug"]) == .warning)
    }

    @Test("The overview names every code")
    func documented() {
        let lines = CommandTable.overview(width: 100).split(separator: "\n")
        for code in ExitCode.ofCommand {
            #expect(lines.contains { $0.hasPrefix("  \(code.rawValue) ") && $0.hasSuffix(code.meaning) }, "\(code)")
        }
    }

    @Test("An error is a line, and its hint another; what has lines itself is indented")
    func errorText() {
        #expect(Output.errorText("a", hint: nil) == "millrace: error: a")
        #expect(Output.errorText("a:\n- b\n+ c", hint: "d") == "millrace: error: a:\n    - b\n    + c\n  hint: d")
    }
}

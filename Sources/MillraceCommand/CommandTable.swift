// All commands, and which of them is meant.

import Millrace
import SourceText

/// The commands of `millrace`.
enum CommandTable {
    static let commands = [
        DemoCommand.specification, RunCommand.specification, SQLCommand.specification, PlanCommand.specification,
        WordCountCommand.specification,
        CheckpointCommand.show,
        CheckpointCommand.verify,
        CheckpointCommand.reshard,
    ]

    /// What the words of a command line ask for.
    enum Request {
        /// The overview of all commands.
        case overview
        /// The commands that begin with this word.
        case groupHelp(String)
        case commandHelp(CommandSpecification)
        case version(isVerbose: Bool)
        case run(CommandSpecification, words: [String])
    }

    /// Finds out what is asked for.
    ///
    /// - Throws: `UsageError` where no command has that name.
    static func request(_ words: [String]) throws -> Request {
        switch words.first {
        case nil: throw UsageError("there is no command", hint: "millrace --help lists the commands")
        case "--help", "-h", "help":
            // `millrace help demo` is `millrace demo --help`.
            let topic = Array(words.dropFirst())
            return topic.isEmpty ? .overview : try request(topic + ["--help"])
        case "--version", "version", "-V": return try version(words)
        case let word?:
            if let command = commands.first(where: { words.starts(with: $0.words) }) {
                let rest = Array(words.dropFirst(command.words.count))
                return rest == ["--help"] || rest == ["-h"] ? .commandHelp(command) : .run(command, words: rest)
            }
            return try group(word, Array(words.dropFirst()))
        }
    }

    private static func version(_ words: [String]) throws -> Request {
        let rest = words.dropFirst()
        guard rest.allSatisfy({ $0 == "--verbose" }) else {
            throw UsageError(
                "'\(rest.first { $0 != "--verbose" } ?? "")' is one word too many",
                hint: "millrace --version [--verbose]")
        }
        return .version(isVerbose: !rest.isEmpty)
    }

    /// The first word names no command: it may be half of one.
    private static func group(_ word: String, _ rest: [String]) throws -> Request {
        let members = commands.filter { $0.words.count == 2 && $0.words[0] == word }.map { $0.words[1] }
        if !members.isEmpty {
            guard let next = rest.first else {
                throw UsageError("'millrace \(word)' is half a command", hint: "it goes on with \(list(members))")
            }
            if next == "--help" || next == "-h" { return .groupHelp(word) }
            throw UsageError(
                "there is no command '\(word) \(next)'",
                hint: Spelling.nearest(to: next, among: members).map { "did you mean 'millrace \(word) \($0)'?" }
                    ?? "'millrace \(word)' goes on with \(list(members))")
        }
        guard !word.hasPrefix("-") else {
            throw UsageError("the option \(word) stands before the command", hint: "millrace <command> [options]")
        }
        throw UsageError(
            "there is no command '\(word)'",
            hint: Spelling.nearest(to: word, among: Set(commands.map { $0.words[0] }).sorted())
                .map { "did you mean 'millrace \($0)'?" } ?? "millrace --help lists the commands")
    }

    private static func list(_ words: [String]) -> String { words.joined(separator: " or ") }

    /// The text of `millrace --help`.
    static func overview(width: Int) -> String {
        let lines =
            HelpTable.wrap(
                "Structured Streaming for Kafka: queries on topics, exactly once, in one native binary.", width)
            + ["", "USAGE: millrace <command> [options]", "", "COMMANDS:"]
            + HelpTable.lines(commands.map { ($0.name, $0.summary) }, width: width)
            + ["", "OPTIONS:"]
            + HelpTable.lines(
                [
                    ("--help", "Shows this text; 'millrace <command> --help' shows that of a command."),
                    (
                        "--version [--verbose]",
                        "Shows the version, and with --verbose what it was built with and runs on."
                    ),
                ], width: width)
            + ["", "EXIT CODES:"]
            + HelpTable.lines(ExitCode.ofCommand.map { ("\($0.rawValue)", $0.meaning) }, width: width)
            + [""] + HelpTable.wrap("Start with 'millrace demo': it needs no Kafka and no configuration.", width)
        return lines.joined(separator: "\n")
    }

    /// The text of `millrace <word> --help` for commands of two words.
    static func groupHelp(_ word: String, width: Int) -> String {
        let members = commands.filter { $0.words[0] == word }
        let lines =
            ["USAGE: millrace \(word) <command> [options]", "", "COMMANDS:"]
            + HelpTable.lines(members.map { ($0.name, $0.summary) }, width: width)
        return lines.joined(separator: "\n")
    }
}

extension ExitCode {
    /// Those that the command ends with.
    static var ofCommand: [ExitCode] { allCases.filter { $0 != .program } }
}

extension CommandSpecification {
    fileprivate var words: [String] { name.split(separator: " ").map(String.init) }
}

// The `millrace` command: finds the command that is meant, runs it, and turns what it throws into words and an exit
// code.

import Millrace

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@main
struct MillraceCommand {
    static let commands = [DemoCommand.specification, WordCountCommand.specification]

    /// Not `async`: there the main thread ends up in Dispatch's `sigsuspend` with no signal blocked, so that SIGTERM
    /// kills the process instead of reaching the thread that waits for it.
    nonisolated static func main() {
        Signals.install()
        Task { @concurrent in exit(await run(Array(CommandLine.arguments.dropFirst())).rawValue) }
        while true { pause() }
    }

    /// Runs the command that the words name.
    static func run(_ words: [String]) async -> ExitCode {
        do {
            guard let name = words.first, name != "--help", name != "-h", name != "help" else {
                Output.write(help + "\n")
                return words.isEmpty ? .usage : .done
            }
            if name == "--version" || name == "version" {
                Output.write(VersionText.text(isVerbose: words.contains("--verbose")) + "\n")
                return .done
            }
            guard let command = commands.first(where: { $0.name == name }) else {
                let near = Spelling.nearest(to: name, among: commands.map(\.name))
                throw UsageError(
                    "there is no command '\(name)'",
                    hint: near.map { "did you mean 'millrace \($0)'?" } ?? "millrace --help lists the commands")
            }
            guard let arguments = try ArgumentParser.parse(Array(words.dropFirst()), command) else {
                Output.write(command.help + "\n")
                return .done
            }
            return try await command.run(arguments)
        } catch let error as UsageError {
            Output.report(error.message, hint: error.hint)
            return .usage
        } catch let error as MillraceError {
            Output.report("[\(error.code)] \(error.message)", hint: error.hint)
            return ExitCode(error)
        } catch {
            Output.report("\(error)", hint: nil)
            return .defect
        }
    }

    /// The text of `millrace --help`.
    static var help: String {
        let lines =
            [
                "Structured Streaming for Kafka: queries on topics, exactly once, in one native binary.", "",
                "USAGE: millrace <command> [options]", "", "COMMANDS:",
            ]
            + HelpTable.lines(commands.map { ($0.name, $0.summary) })
            + ["", "OPTIONS:"]
            + HelpTable.lines([
                ("--help", "Shows this text; 'millrace <command> --help' that of a command."),
                ("--version [--verbose]", "Shows the version, and with --verbose what it was built with and runs on."),
            ])
            + ["", "EXIT CODES:"] + HelpTable.lines(ExitCode.allCases.map { ("\($0.rawValue)", $0.meaning) })
        return lines.joined(separator: "\n")
    }
}

// The `millrace` command: runs what is asked for, and turns what it throws into words and an exit code.

import Millrace

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@main
struct MillraceCommand {
    /// Not `async`: there the main thread ends up in Dispatch's `sigsuspend` with no signal blocked, so that SIGTERM
    /// kills the process instead of reaching the thread that waits for it.
    nonisolated static func main() {
        do {
            try Signals.install()
        } catch {
            exit(report(error).rawValue)
        }
        DescriptorLimit.raise()
        Task { @concurrent in
            let code = await run(Array(CommandLine.arguments.dropFirst()))
            Terminal.showCursor()
            exit(code.rawValue)
        }
        while true { pause() }
    }

    /// Runs the command that the words name; errors go to the standard error.
    static func run(_ words: [String]) async -> ExitCode {
        do {
            switch try CommandTable.request(words) {
            case .overview: Output.write(CommandTable.overview(width: Terminal.helpWidth) + "\n")
            case .groupHelp(let word): Output.write(CommandTable.groupHelp(word, width: Terminal.helpWidth) + "\n")
            case .commandHelp(let command): Output.write(command.help(width: Terminal.helpWidth) + "\n")
            case .version(let isVerbose): Output.write(VersionText.text(isVerbose: isVerbose) + "\n")
            case .run(let command, let words):
                guard let arguments = try ArgumentParser.parse(words, command) else {
                    Output.write(command.help(width: Terminal.helpWidth) + "\n")
                    return .done
                }
                return try await command.run(arguments)
            }
            return .done
        } catch {
            return report(error)
        }
    }

    private static func report(_ error: any Error) -> ExitCode {
        let failure = Failure(error)
        Output.report(failure.message, hint: failure.hint)
        return failure.code
    }
}

/// What a command threw, as people and supervisors get it.
struct Failure {
    let message: String
    let hint: String?
    let code: ExitCode

    init(_ error: any Error) {
        switch error {
        case let error as UsageError: (message, hint, code) = (error.message, error.hint, .usage)
        case let error as MillraceError:
            (message, hint, code) = ("[\(error.code)] \(error.message)", error.hint, ExitCode(error))
        default: (message, hint, code) = ("\(error)", "this is a defect: please report it", .defect)
        }
    }
}

// `millrace run`: a script of SQL, its tables at once and its streams until they are stopped.

import Millrace
import SourceText

/// Runs SQL from a file or from the command line.
enum RunCommand {
    static let specification = CommandSpecification(
        name: "run",
        summary: "Runs a script of SQL: queries on tables at once, streams until they are stopped.",
        discussion: """
            Carries out the statements of a file, of '-' for the standard input, or of --execute, one after the other.
            A query on tables prints its rows. Streams are started when all other statements are done: a SELECT
            prints the rows of each batch, an INSERT writes them into its table. SIGTERM or SIGINT ends them after
            their running batches, a second one at once; if one fails, the others end, too.
            """,
        examples: [
            "millrace run orders.sql --format csv", "millrace run counts.sql --checkpoint counts --trigger 1s",
            "... | millrace run -",
        ],
        options: [
            OptionSpecification("execute", "sql", "The script itself, in place of a file.", letter: "e")
        ] + SQLOptions.all,
        hints: SQLOptions.hints,
        optionalArguments: ["file"],
        run: { try await run(try SQLOptions($0, text: try ScriptText.read($0))) })

    private static func run(_ options: SQLOptions) async throws -> ExitCode {
        do {
            // Queries on tables can't be interrupted: the first signal ends the command.
            Signals.whenAsked { Signals.endNow() }
            let script = try SQLScript(options.text)
            let runner = try SQLRunner(options: options, for: .script)
            if options.isLocal {
                Output.note(
                    "! embedded broker, in memory: it proves nothing about delivery, and all is gone at the end")
            }
            for statement in script.statements { try runner.carryOut(statement) }
            return try await runner.runStreams()
        } catch is RowOutput.Closed {
            return .done
        } catch let error as MillraceError {
            throw SQLOptions.translated(error)
        }
    }
}

/// The text of a script: from a file, the standard input or the command line.
enum ScriptText {
    /// - Throws: `UsageError`.
    static func read(_ arguments: ParsedArguments) throws -> String {
        let (text, file) = (arguments.string("execute"), arguments.positional.first)
        switch (text, file) {
        case (let text?, nil): return text
        case (nil, let file?): return try content(of: file)
        case (nil, nil):
            throw UsageError("there is nothing to run", hint: "name a file, - for the standard input, or -e 'SELECT 1'")
        case (_?, let file?):
            throw UsageError("both --execute and the file '\(file)' are given", hint: "give one of them")
        }
    }

    private static func content(of path: String) throws -> String {
        do {
            return try TextFile.read(path == "-" ? "/dev/stdin" : path)
        } catch {
            throw UsageError("'\(path)' can't be read: \(error.reason)", hint: "name a file of SQL, in UTF-8")
        }
    }
}

// `millrace sql`: SQL for whoever sits at a terminal.

import Millrace
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The interactive shell.
enum SQLCommand {
    static let specification = CommandSpecification(
        name: "sql",
        summary: "SQL line by line: on a terminal with history and completion, or from a pipe.",
        discussion: """
            Reads statements and carries out each as soon as its semicolon is there, as 'millrace run' does. A stream
            runs until Ctrl-C, which ends the query and not the shell. Lines are kept in ~/.millrace_history, or in
            the file that MILLRACE_HISTORY names. From a pipe it ends with the code of the first failure, or with
            Ctrl-C. SIGTERM ends it in any case, when the query that runs has ended; a second signal at once.
            """,
        examples: ["millrace sql", "millrace sql --local", "... | millrace sql --format csv"],
        options: SQLOptions.all,
        hints: SQLOptions.hints,
        run: { try await run(try SQLOptions($0, text: "")) })

    private static func run(_ options: SQLOptions) async throws -> ExitCode {
        // Nothing runs yet, and nothing runs while the shell waits for a line.
        Signals.whenAsked { Signals.endNow(.done) }
        let isInteractive = EditedLines.isTerminal
        let runner = try SQLRunner(options: options, for: .shell(isInteractive: isInteractive))
        guard isInteractive, let edited = EditedLines(historyPath: historyPath, complete: names(runner.session)) else {
            var shell = SQLShell(lines: PlainLines(), options: options, runner: runner)
            return await shell.run()
        }
        var shell = SQLShell(lines: edited, options: options, runner: runner)
        return await shell.run()
    }

    private static var historyPath: String? {
        func variable(_ name: String) -> String? {
            getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        return variable("MILLRACE_HISTORY") ?? variable("HOME").map { "\($0)/.millrace_history" }
    }

    /// Completes keywords, tables, their columns, functions, and words for the shell.
    private static func names(_ session: Session) -> @Sendable (String) -> [String] {
        @Sendable func column(_ sql: String, _ number: Int) -> [String] {
            ((try? session.sql(sql).collect()) ?? []).compactMap { row in
                if case .string(let name) = row[number] { name } else { nil }
            }
        }
        let functions = column("SHOW FUNCTIONS", 0).map { "\($0)(" }
        return { word in
            guard !word.isEmpty else { return [] }
            let tables = column("SHOW TABLES", 1).map(NameCompletion.written)
            // A word with a point names its table.
            let asked =
                word.contains(".") ? tables.filter { word.lowercased().hasPrefix("\($0.lowercased()).") } : tables
            let columns = asked.flatMap { table in
                let names = column("DESCRIBE \(table)", 0).map(NameCompletion.written)
                return NameCompletion.columns(names, of: table, for: word)
            }
            return NameCompletion.names(
                from: word,
                among: tables + columns + functions + NameCompletion.keywords + NameCompletion.shellWords)
        }
    }
}

// `millrace plan`: what a script would do, and everything that is wrong with it.

import Millrace

/// Checks scripts without running them.
enum PlanCommand {
    static let specification = CommandSpecification(
        name: "plan",
        summary: "Checks a script of SQL and shows the plans of its queries; runs nothing.",
        discussion: """
            Reads a script as 'millrace run' does, checks every statement, and prints the plan of each query and
            INSERT. No query runs and no broker is asked; files are looked at where a table leaves its columns out.
            All mistakes are told, those of the grammar first and alone, and the end is 1 where there is one.
            """,
        examples: ["millrace plan counts.sql", "millrace plan counts.sql --output-mode append"],
        options: [
            OptionSpecification("execute", "sql", "The script itself, in place of a file.", letter: "e"),
            OptionSpecification(
                "output-mode", "mode",
                "The mode of 'millrace run' for which streams are checked: append, update or complete."),
        ],
        hints: SQLOptions.hints,
        optionalArguments: ["file"],
        run: { try run($0) })

    /// How many mistakes of grammar are told at once.
    private static let toldMistakes = 50

    private static func run(_ arguments: ParsedArguments) throws -> ExitCode {
        let script = try ScriptText.read(arguments)
        let runner = try SQLRunner(options: SQLOptions(planning: arguments, text: script), for: .plans)
        let (read, mistakes) = SQLScript.read(script, mistakes: toldMistakes)
        guard mistakes.isEmpty else {
            // What the other statements mean may depend on those that can't be read.
            mistakes.forEach(tell)
            if mistakes.count == toldMistakes {
                Output.report(
                    "these are the first \(toldMistakes) mistakes",
                    hint: "correct them, and ask again for those behind them")
            }
            return .program
        }
        var isGood = true
        for statement in read.statements {
            do {
                guard let plan = try runner.explained(statement) else { continue }
                let head = statement.text.split(separator: "\n").first ?? ""
                Output.write("-- line \(statement.line): \(head)\n\(plan)\n")
            } catch {
                tell(error)
                isGood = false
            }
        }
        return isGood ? .done : .program
    }

    private static func tell(_ error: any Error) {
        let failure = Failure(error)
        Output.report(failure.message, hint: failure.hint)
    }
}

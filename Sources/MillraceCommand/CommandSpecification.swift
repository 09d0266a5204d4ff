// What a command takes: one table from which parsing, help and hints come.

import Millrace

/// One option of a command.
struct OptionSpecification: Sendable {
    /// Without dashes: `bootstrap-servers`.
    let name: String
    /// The letter by which it can be given, too: `-e`.
    var letter: Character?
    /// What its value is called in the help; `nil` for a flag.
    let argument: String?
    let help: String
    var defaultValue: String?
    /// The environment variable that gives the value where the option isn't given.
    var environment: String?
    var isRequired = false
    var isRepeatable = false

    init(
        _ name: String, _ argument: String?, _ help: String, defaultValue: String? = nil, environment: String? = nil,
        isRequired: Bool = false, isRepeatable: Bool = false, letter: Character? = nil
    ) {
        self.letter = letter
        self.name = name
        self.argument = argument
        self.help = help
        self.defaultValue = defaultValue
        self.environment = environment
        self.isRequired = isRequired
        self.isRepeatable = isRepeatable
    }
}

/// One command with its options.
struct CommandSpecification: Sendable {
    /// One word, or two for a command of a group: `checkpoint show`.
    let name: String
    let summary: String
    /// What it does, in a few sentences, for its own help.
    let discussion: String
    /// Whole command lines that can be tried, for its own help.
    var examples: [String] = []
    let options: [OptionSpecification]
    /// What to say to options that aren't there and that people try: without dashes.
    var hints: [String: String] = [:]
    /// Arguments without a name, in order, all required.
    var arguments: [String] = []
    /// Arguments without a name that may stand behind those.
    var optionalArguments: [String] = []
    let run: @Sendable (ParsedArguments) async throws -> ExitCode

    static let helpOption = OptionSpecification("help", nil, "Shows this text.")

    /// The line that says how the command is written.
    var usage: String {
        let positional =
            arguments.map { " <\($0)>" }.joined() + optionalArguments.map { " [\($0)]" }.joined()
        let required = options.filter(\.isRequired).map { " \($0.synopsis)" }.joined()
        let optional = options.allSatisfy(\.isRequired) ? "" : " [options]"
        return "USAGE: millrace \(name)\(positional)\(required)\(optional)"
    }

    /// The whole help text, for lines of `width` characters.
    func help(width: Int) -> String {
        var lines = HelpTable.wrap(discussion, width) + [""] + HelpTable.wrap(usage, width, indent: 7)
        lines += ["", "OPTIONS:"]
        lines += HelpTable.lines((options + [Self.helpOption]).map { ($0.synopsis, $0.explanation) }, width: width)
        if !examples.isEmpty { lines += ["", "EXAMPLES:"] + examples.map { "  \($0)" } }
        lines += ["", "'millrace --help' lists the exit codes."]
        return lines.joined(separator: "\n")
    }
}

extension OptionSpecification {
    var synopsis: String { (letter.map { "-\($0), " } ?? "") + "--\(name)" + (argument.map { " <\($0)>" } ?? "") }

    var explanation: String {
        var text = help
        if isRepeatable { text += " May be given several times." }
        if let environment { text += " Environment: \(environment)." }
        if let defaultValue { text += " (default: \(defaultValue))" }
        return text
    }
}

/// Two columns of text, the second one wrapped.
enum HelpTable {
    /// How wide help is where there is no terminal that says it.
    static let usualWidth = 100

    static func lines(_ rows: [(String, String)], width: Int = usualWidth) -> [String] {
        let indent = 2 + min(30, rows.map(\.0.count).max() ?? 0) + 2
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        for (left, right) in rows {
            let head = "  " + left
            var wrapped = wrap(right, max(20, width - indent))
            if head.count + 2 > indent {
                lines.append(head)
            } else {
                let first = wrapped.isEmpty ? "" : wrapped.removeFirst()
                lines.append(head + String(repeating: " ", count: indent - head.count) + first)
            }
            lines += wrapped.map { margin + $0 }
        }
        return lines
    }

    /// Breaks a text between words; lines after the first are indented.
    static func wrap(_ text: String, _ width: Int, indent: Int = 0) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(whereSeparator: \.isWhitespace) {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = String(repeating: " ", count: indent) + word
            } else {
                line += line.isEmpty ? String(word) : " \(word)"
            }
        }
        return line.isEmpty ? lines : lines + [line]
    }
}

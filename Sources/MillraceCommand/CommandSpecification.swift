// What a command takes: one table from which parsing, help and hints come.

/// One option of a command.
struct OptionSpecification {
    /// Without dashes: `bootstrap-servers`.
    let name: String
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
        isRequired: Bool = false, isRepeatable: Bool = false
    ) {
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
struct CommandSpecification {
    let name: String
    let summary: String
    /// What it does, in a few sentences, for its own help.
    let discussion: String
    let options: [OptionSpecification]
    /// Arguments without a name, in order, all required.
    var arguments: [String] = []
    let run: @Sendable (ParsedArguments) async throws -> ExitCode

    static let helpOption = OptionSpecification("help", nil, "Shows this text.")

    /// The whole help text.
    var help: String {
        let positional = arguments.map { " <\($0)>" }.joined()
        let required = options.filter(\.isRequired).map { " --\($0.name) <\($0.argument ?? "")>" }.joined()
        var lines = ["\(discussion)", "", "USAGE: millrace \(name)\(positional)\(required) [options]", "", "OPTIONS:"]
        lines += HelpTable.lines((options + [Self.helpOption]).map { ($0.synopsis, $0.explanation) })
        return lines.joined(separator: "\n")
    }
}

extension OptionSpecification {
    var synopsis: String { "--\(name)" + (argument.map { " <\($0)>" } ?? "") }

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
    static let width = 100

    static func lines(_ rows: [(String, String)]) -> [String] {
        let indent = 2 + min(30, rows.map(\.0.count).max() ?? 0) + 2
        var lines: [String] = []
        for (left, right) in rows {
            let head = "  " + left
            var wrapped = wrap(right, width - indent)
            if head.count + 2 > indent {
                lines.append(head)
            } else {
                let first = wrapped.isEmpty ? "" : wrapped.removeFirst()
                lines.append(head + String(repeating: " ", count: indent - head.count) + first)
            }
            lines += wrapped.map { String(repeating: " ", count: indent) + $0 }
        }
        return lines
    }

    private static func wrap(_ text: String, _ width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? String(word) : " \(word)"
        }
        return line.isEmpty ? lines : lines + [line]
    }
}

// From words on the command line to options with values.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What was given for a command.
struct ParsedArguments: Sendable {
    private var values: [String: [String]] = [:]
    private(set) var positional: [String] = []

    /// The last value of an option.
    func string(_ name: String) -> String? { values[name]?.last }

    /// All values of an option.
    func strings(_ name: String) -> [String] { values[name] ?? [] }

    /// Whether a flag was given.
    func flag(_ name: String) -> Bool { values[name] != nil }

    /// A whole number within a range, or `nil` where the option isn't given.
    func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = string(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw UsageError(
                "--\(name) is '\(text)'",
                hint: "it takes a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    fileprivate mutating func add(_ name: String, _ value: String) { values[name, default: []].append(value) }
    fileprivate mutating func add(positional word: String) { positional.append(word) }
}

/// A command line that makes no sense.
struct UsageError: Error {
    let message: String
    let hint: String

    init(_ message: String, hint: String) {
        self.message = message
        self.hint = hint
    }
}

/// Parses the words behind a command's name.
enum ArgumentParser {
    /// What the words say; `nil` where they ask for help.
    static func parse(
        _ words: [String], _ command: CommandSpecification,
        environment: (String) -> String? = { getenv($0).map { String(cString: $0) } }
    ) throws -> ParsedArguments? {
        var parsed = ParsedArguments()
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--help" || word == "-h" { return nil }
            guard word.hasPrefix("--") else {
                parsed.add(positional: word)
                continue
            }
            let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let option = try find(String(parts[0]), command)
            if option.argument == nil {
                guard parts.count == 1 else {
                    throw UsageError("--\(option.name) takes no value", hint: "leave '\(parts[1])' out")
                }
                parsed.add(option.name, "")
                continue
            }
            guard let value = parts.count > 1 ? String(parts[1]) : rest.popFirst() else {
                throw UsageError("--\(option.name) has no value", hint: option.explanation)
            }
            guard option.isRepeatable || parsed.string(option.name) == nil else {
                throw UsageError("--\(option.name) is given twice", hint: "give it once")
            }
            parsed.add(option.name, value)
        }
        try complete(&parsed, command, environment)
        return parsed
    }

    private static func find(_ name: String, _ command: CommandSpecification) throws -> OptionSpecification {
        if let option = command.options.first(where: { $0.name == name }) { return option }
        let near = Spelling.nearest(to: name, among: command.options.map(\.name))
        throw UsageError(
            "millrace \(command.name) has no option --\(name)",
            hint: near.map { "did you mean --\($0)?" } ?? "millrace \(command.name) --help lists the options")
    }

    private static func complete(
        _ parsed: inout ParsedArguments, _ command: CommandSpecification, _ environment: (String) -> String?
    ) throws {
        for option in command.options where parsed.string(option.name) == nil {
            if let value = option.environment.flatMap(environment) ?? option.defaultValue, option.argument != nil {
                parsed.add(option.name, value)
            } else if option.isRequired {
                throw UsageError("--\(option.name) is missing", hint: option.explanation)
            }
        }
        guard parsed.positional.count == command.arguments.count else {
            if let extra = parsed.positional.dropFirst(command.arguments.count).first {
                throw UsageError("'\(extra)' is one word too many", hint: "options begin with --")
            }
            throw UsageError(
                "<\(command.arguments[parsed.positional.count])> is missing", hint: "millrace \(command.name) --help")
        }
    }
}

/// Names that are nearly right.
enum Spelling {
    /// The name with the smallest edit distance, if it is small enough to be a slip.
    static func nearest(to name: String, among names: [String]) -> String? {
        let best = names.map { ($0, distance(Array(name.utf8), Array($0.utf8))) }.min { ($0.1, $0.0) < ($1.1, $1.0) }
        guard let best, best.1 <= max(2, name.utf8.count / 3) else { return nil }
        return best.0
    }

    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        guard left.count <= 100, right.count <= 100 else { return .max }
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let replaced = diagonal + (a == b ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[right.count]
    }
}

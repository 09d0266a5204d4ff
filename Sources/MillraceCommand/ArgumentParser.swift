// From words on the command line to options with values.

import SourceText

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
            let upTo = range.upperBound == Int.max ? ", or more" : " to \(range.upperBound)"
            throw UsageError(
                "--\(name) is '\(text)'", hint: "it takes a whole number: \(range.lowerBound)\(upTo)")
        }
        return number
    }

    /// One of several words, or what one of the aliases stands for, whatever its case; the option is required or has a
    /// default.
    func choice(_ name: String, of words: [String], aliases: [String: String] = [:]) throws -> String {
        let text = string(name) ?? ""
        let folded = text.lowercased()
        guard let word = words.first(where: { $0 == folded }) ?? aliases[folded] else {
            let near = Spelling.nearest(to: folded, among: words).map { "did you mean \($0)? " } ?? ""
            throw UsageError(
                "--\(name) is '\(text)'", hint: "\(near)it takes \(words.joined(separator: ", "))")
        }
        return word
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
    ///
    /// - Throws: `UsageError`.
    static func parse(
        _ words: [String], _ command: CommandSpecification,
        environment: (String) -> String? = { getenv($0).map { String(cString: $0) } }
    ) throws -> ParsedArguments? {
        var parsed = ParsedArguments()
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--help" || word == "-h" { return nil }
            if word == "--" {
                for last in rest { parsed.add(positional: last) }
                break
            }
            if word.hasPrefix("--") {
                try parseOption(word, &rest, command, &parsed)
            } else if let option = command.options.first(where: { $0.letter.map { "-\($0)" } == word }) {
                try parseOption("--\(option.name)", &rest, command, &parsed)
            } else if word.hasPrefix("-"), word != "-" {
                throw UsageError(
                    "millrace \(command.name) has no option \(word)",
                    hint: "options begin with two dashes; millrace \(command.name) --help lists them")
            } else {
                parsed.add(positional: word)
            }
        }
        try complete(&parsed, command, environment)
        return parsed
    }

    /// `--name=value`, `--name value` or `--flag`.
    private static func parseOption(
        _ word: String, _ rest: inout ArraySlice<String>, _ command: CommandSpecification,
        _ parsed: inout ParsedArguments
    ) throws {
        let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let option = try find(String(parts[0]), command)
        guard option.argument != nil else {
            guard parts.count == 1 else {
                throw UsageError("--\(option.name) takes no value", hint: "leave '=\(parts[1])' out")
            }
            parsed.add(option.name, "")
            return
        }
        let value = try parts.count > 1 ? String(parts[1]) : nextValue(of: option, &rest)
        guard !value.isEmpty else {
            throw UsageError("the value of --\(option.name) is empty", hint: option.explanation)
        }
        guard option.isRepeatable || parsed.string(option.name) == nil else {
            throw UsageError("--\(option.name) is given twice", hint: "give it once")
        }
        parsed.add(option.name, value)
    }

    /// The word behind an option. Another option there means that the value was forgotten.
    private static func nextValue(of option: OptionSpecification, _ rest: inout ArraySlice<String>) throws -> String {
        guard let value = rest.popFirst() else {
            throw UsageError("--\(option.name) has no value", hint: option.explanation)
        }
        guard !value.hasPrefix("--") else {
            throw UsageError(
                "--\(option.name) has no value: '\(value)' follows it",
                hint: "a value that begins with dashes is written --\(option.name)=\(value)")
        }
        return value
    }

    private static func find(_ name: String, _ command: CommandSpecification) throws -> OptionSpecification {
        if let option = command.options.first(where: { $0.name == name }) { return option }
        let near = Spelling.nearest(to: name, among: command.options.map(\.name))
        throw UsageError(
            "millrace \(command.name) has no option --\(name)",
            hint: command.hints[name] ?? near.map { "did you mean --\($0)?" }
                ?? "millrace \(command.name) --help lists the options")
    }

    private static func complete(
        _ parsed: inout ParsedArguments, _ command: CommandSpecification, _ environment: (String) -> String?
    ) throws {
        for option in command.options where parsed.string(option.name) == nil {
            // An empty variable counts as none: that is how containers leave one out.
            let inherited = option.environment.flatMap(environment).flatMap { $0.isEmpty ? nil : $0 }
            if let value = inherited ?? option.defaultValue, option.argument != nil {
                parsed.add(option.name, value)
            } else if option.isRequired {
                throw UsageError("--\(option.name) is missing", hint: option.explanation)
            }
        }
        let (given, wanted) = (parsed.positional, command.arguments)
        let most = wanted.count + command.optionalArguments.count
        if given.count > most {
            throw UsageError("'\(given[most])' is one word too many", hint: command.usage)
        }
        if given.count < wanted.count {
            throw UsageError("<\(wanted[given.count])> is missing", hint: command.usage)
        }
        if let empty = zip(given, wanted + command.optionalArguments).first(where: { $0.0.isEmpty }) {
            throw UsageError("<\(empty.1)> is empty", hint: command.usage)
        }
    }
}

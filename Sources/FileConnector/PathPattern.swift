// Paths with wildcards, as Hadoop reads them.

import Connectors

/// `*`, `?`, `[a-z]`, `[^a-z]`, `{one,other}`, and a backslash before any of these. None stands for a slash.
struct PathPattern: Hashable, Sendable {
    private indirect enum Part: Hashable, Sendable {
        case letter(Unicode.Scalar)
        case any
        case anything
        case oneOf([ClosedRange<Unicode.Scalar>], isNegated: Bool)
    }

    /// What the pattern stands for: one of several ways.
    private let ways: [[Part]]
    /// Whether there is a wildcard at all.
    let hasWildcards: Bool

    /// Reads a pattern for one name.
    ///
    /// - Throws: `INVALID_OPTION` where a bracket isn't closed.
    init(_ text: String) throws(ConnectorError) {
        let expanded = try Self.alternatives(text)
        var ways: [[Part]] = []
        for way in expanded { ways.append(try Self.parts(way, of: text)) }
        self.ways = ways
        hasWildcards =
            ways.count > 1
            || ways.contains { way in
                way.contains { if case .letter = $0 { false } else { true } }
            }
    }

    /// Whether a name fits.
    func matches(_ name: String) -> Bool {
        let letters = Array(name.unicodeScalars)
        return ways.contains { Self.matches($0, letters) }
    }

    /// The name that the pattern is, where it has no wildcards.
    var plainName: String {
        var name = String.UnicodeScalarView()
        for part in ways.first ?? [] { if case .letter(let letter) = part { name.append(letter) } }
        return String(name)
    }

    /// All ways to choose in braces; those nested in others are chosen first.
    static func alternatives(_ text: String) throws(ConnectorError) -> [String] {
        let letters = Array(text)
        guard let open = unescaped("{", letters, from: 0) else { return [text] }
        var depth = 0
        var choices: [String] = [""]
        var place = open
        while place < letters.count {
            let letter = letters[place]
            if letter == "\\", place + 1 < letters.count {
                choices[choices.count - 1] += String(letters[place...(place + 1)])
                place += 2
                continue
            }
            if letter == "{" { depth += 1 }
            if letter == "}" { depth -= 1 }
            if depth == 0 { break }
            if letter == ",", depth == 1 {
                choices.append("")
            } else if !(letter == "{" && depth == 1) {
                choices[choices.count - 1].append(letter)
            }
            place += 1
        }
        guard place < letters.count else { throw invalid(text, "a brace is not closed") }
        let (before, after) = (String(letters[..<open]), String(letters[(place + 1)...]))
        var all: [String] = []
        for choice in choices { all += try alternatives(before + choice + after) }
        return all
    }

    private static func unescaped(_ wanted: Character, _ letters: [Character], from: Int) -> Int? {
        var place = from
        while place < letters.count {
            if letters[place] == "\\" {
                place += 2
                continue
            }
            if letters[place] == wanted { return place }
            place += 1
        }
        return nil
    }

    private static func parts(_ text: String, of whole: String) throws(ConnectorError) -> [Part] {
        var parts: [Part] = []
        var letters = Array(text.unicodeScalars)[...]
        while let letter = letters.popFirst() {
            switch letter {
            case "*": if parts.last != .anything { parts.append(.anything) }
            case "?": parts.append(.any)
            case "\\": parts.append(.letter(letters.popFirst() ?? letter))
            case "[":
                let isNegated = letters.first == "^" || letters.first == "!"
                if isNegated { letters.removeFirst() }
                var ranges: [ClosedRange<Unicode.Scalar>] = []
                while let first = letters.popFirst(), first != "]" || ranges.isEmpty {
                    if letters.first == "-", let last = letters.dropFirst().first, last != "]" {
                        letters.removeFirst(2)
                        if first <= last { ranges.append(first...last) }
                    } else {
                        ranges.append(first...first)
                    }
                    guard !letters.isEmpty else { throw invalid(whole, "a bracket is not closed") }
                }
                parts.append(.oneOf(ranges, isNegated: isNegated))
            default: parts.append(.letter(letter))
            }
        }
        return parts
    }

    private static func matches(_ parts: [Part], _ letters: [Unicode.Scalar]) -> Bool {
        var (part, letter) = (0, 0)
        // Where to go on when what follows the last `*` doesn't fit: it takes one letter more.
        var again: (part: Int, letter: Int)?
        while letter < letters.count {
            if part < parts.count {
                if parts[part] == .anything {
                    again = (part + 1, letter)
                    part += 1
                    continue
                }
                if fits(parts[part], letters[letter]) {
                    (part, letter) = (part + 1, letter + 1)
                    continue
                }
            }
            guard let (next, from) = again else { return false }
            again = (next, from + 1)
            (part, letter) = (next, from + 1)
        }
        return parts[part...].allSatisfy { $0 == .anything }
    }

    private static func fits(_ part: Part, _ letter: Unicode.Scalar) -> Bool {
        switch part {
        case .letter(let wanted): wanted == letter
        case .any, .anything: true
        case .oneOf(let ranges, let isNegated): ranges.contains { $0.contains(letter) } != isNegated
        }
    }

    private static func invalid(_ text: String, _ what: String) -> ConnectorError {
        ConnectorError(.invalidOption, "the pattern '\(text)' can't be used: \(what)")
    }
}

// Classes of java.util.regex, which hold classes: [a-z&&[^aeiou]].

extension JavaPatternTranslation {
    /// What a class is made of: what stands between brackets for PCRE2, and classes beside that.
    private struct Parts {
        var members: [UInt8] = []
        var classes: [[UInt8]] = []

        var isEmpty: Bool { members.isEmpty && classes.isEmpty }

        /// The class that holds all of them.
        var union: [UInt8] {
            let all = (members.isEmpty ? [] : [Array("[".utf8) + members + Array("]".utf8)]) + classes
            return all.count == 1 ? all[0] : Array("(?:".utf8) + all.joined(separator: "|".utf8) + Array(")".utf8)
        }
    }

    /// A class with all that it holds, of which PCRE2 knows neither classes inside nor what two have in common: what
    /// matches one character in each of the ways that are left.
    mutating func characterClass() throws(KernelError) -> [UInt8] {
        let before = output
        output = []
        classDepth += 1
        index += 1
        let isNegated = peek == UInt8(ascii: "^")
        if isNegated { index += 1 }
        var common: [[UInt8]] = []
        var parts = Parts()
        let start = index
        while true {
            guard let byte = peek else { throw refused("a class has no ]") }
            if byte == UInt8(ascii: "]"), index > start { break }
            if byte == UInt8(ascii: "[") {
                parts.classes.append(try characterClass())
            } else if byte == UInt8(ascii: "&"), peek(1) == UInt8(ascii: "&") {
                parts.members = output
                output = []
                guard !parts.isEmpty else { throw refused("there is nothing before &&") }
                common.append(parts.union)
                parts = Parts()
                while peek == UInt8(ascii: "&") { index += 1 }
            } else {
                try member()
            }
        }
        index += 1
        classDepth -= 1
        parts.members = output
        output = before
        guard !parts.isEmpty else { throw refused("there is nothing behind &&") }
        return asASCII(joined(parts, common, isNegated: isNegated))
    }

    private func joined(_ parts: Parts, _ common: [[UInt8]], isNegated: Bool) -> [UInt8] {
        if common.isEmpty, parts.classes.isEmpty {
            return Array((isNegated ? "[^" : "[").utf8) + parts.members + Array("]".utf8)
        }
        let whole = common.flatMap { Array("(?=".utf8) + $0 + Array(")".utf8) } + parts.union
        return Array((isNegated ? "(?:(?!" : "(?:").utf8) + whole + Array((isNegated ? ")(?s:.))" : ")").utf8)
    }

    /// The class where only ASCII's letters are the same in both cases, which its members have said.
    private func asASCII(_ text: [UInt8]) -> [UInt8] {
        letters.isOfASCII && classDepth == 0 ? Array("(?-i:".utf8) + text + Array(")".utf8) : text
    }

    /// A character, an escape or a range.
    private mutating func member() throws(KernelError) {
        if peek == UInt8(ascii: "\\") {
            let letter = peek(1) ?? 0
            try escape()
            // Behind a class a hyphen is itself, which PCRE2 takes for a mistake.
            let isClass = "dDwWsShHvVpP".utf8.contains(letter)
            if isClass, peek == UInt8(ascii: "-"), peek(1) != UInt8(ascii: "]") {
                output += Array("\\-".utf8)
                index += 1
            }
            return
        }
        guard let first = peek else { return }
        if letters.isOfASCII, Self.isLetter(first) {
            if peek(1) == UInt8(ascii: "-"), let last = peek(2), Self.isLetter(last), first & 0x20 == last & 0x20 {
                output += [first ^ 0x20, UInt8(ascii: "-"), last ^ 0x20]
                return copy(3)
            }
            output.append(first ^ 0x20)
        }
        // In front it would negate what comes behind &&.
        if first == UInt8(ascii: "^") { output.append(UInt8(ascii: "\\")) }
        copy(characterLength)
    }
}

/// Properties by the names that Java has for them.
enum JavaProperties {
    /// Java's POSIX classes and PCRE2's names for them.
    static let posix: [String: String] = [
        "Lower": "lower", "Upper": "upper", "ASCII": "ascii", "Alpha": "alpha", "Digit": "digit", "Alnum": "alnum",
        "Punct": "punct", "Graph": "graph", "Print": "print", "Blank": "blank", "Cntrl": "cntrl", "XDigit": "xdigit",
        "Space": "space",
    ]

    /// What stands in a class for a property of java.lang.Character, or for a block; `nil` for other names.
    static func members(of name: String) -> String? {
        if let known = characters[name] { return known }
        guard name.hasPrefix("In") else { return nil }
        return blocks[String(name.dropFirst(2).lowercased().filter { !" _-".contains($0) })]
    }

    private static let characters: [String: String] = [
        "javaLowerCase": "\\p{Ll}\\x{aa}\\x{ba}\\x{2b0}-\\x{2b8}\\x{2c0}\\x{2c1}\\x{2e0}-\\x{2e4}\\x{345}\\x{37a}"
            + "\\x{1d2c}-\\x{1d6a}\\x{1d78}\\x{1d9b}-\\x{1dbf}\\x{2071}\\x{207f}\\x{2090}-\\x{209c}\\x{2170}-\\x{217f}"
            + "\\x{24d0}-\\x{24e9}\\x{2c7c}\\x{2c7d}\\x{a69c}\\x{a69d}\\x{a770}\\x{a7f8}\\x{a7f9}\\x{ab5c}-\\x{ab5f}",
        "javaUpperCase": "\\p{Lu}\\x{2160}-\\x{216f}\\x{24b6}-\\x{24cf}\\x{1f130}-\\x{1f149}\\x{1f150}-\\x{1f169}"
            + "\\x{1f170}-\\x{1f189}",
        "javaTitleCase": "\\p{Lt}", "javaDigit": "\\p{Nd}", "javaLetter": "\\p{L}",
        "javaLetterOrDigit": "\\p{L}\\p{Nd}",
        "javaWhitespace": "\\x{9}-\\x{d}\\x{1c}-\\x{20}\\x{1680}\\x{2000}-\\x{2006}\\x{2008}-\\x{200a}"
            + "\\x{2028}\\x{2029}\\x{205f}\\x{3000}",
    ]

    private static let blocks: [String: String] = [
        "basiclatin": "\\x{0}-\\x{7f}", "latin1supplement": "\\x{80}-\\x{ff}", "latinextendeda": "\\x{100}-\\x{17f}",
        "latinextendedb": "\\x{180}-\\x{24f}", "greek": "\\x{370}-\\x{3ff}", "greekandcoptic": "\\x{370}-\\x{3ff}",
        "cyrillic": "\\x{400}-\\x{4ff}", "armenian": "\\x{530}-\\x{58f}", "hebrew": "\\x{590}-\\x{5ff}",
        "arabic": "\\x{600}-\\x{6ff}", "devanagari": "\\x{900}-\\x{97f}", "thai": "\\x{e00}-\\x{e7f}",
        "generalpunctuation": "\\x{2000}-\\x{206f}", "currencysymbols": "\\x{20a0}-\\x{20cf}",
        "arrows": "\\x{2190}-\\x{21ff}", "mathematicaloperators": "\\x{2200}-\\x{22ff}",
        "hiragana": "\\x{3040}-\\x{309f}", "katakana": "\\x{30a0}-\\x{30ff}", "bopomofo": "\\x{3100}-\\x{312f}",
        "cjkunifiedideographs": "\\x{4e00}-\\x{9fff}", "hangulsyllables": "\\x{ac00}-\\x{d7af}",
    ]
}

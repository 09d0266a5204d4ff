// What java.util.regex writes differently from PCRE2.

/// Translates patterns. What the two read differently and cannot be translated is refused, never misread.
enum JavaPattern {
    /// Java's POSIX classes and PCRE2's names for them.
    private static let posixClasses: [String: String] = [
        "Lower": "lower", "Upper": "upper", "ASCII": "ascii", "Alpha": "alpha", "Digit": "digit", "Alnum": "alnum",
        "Punct": "punct", "Graph": "graph", "Print": "print", "Blank": "blank", "Cntrl": "cntrl", "XDigit": "xdigit",
        "Space": "space",
    ]

    /// The pattern in PCRE2's syntax, as UTF-8. Throws `INVALID_PATTERN` for what PCRE2 would read differently.
    static func translated(_ pattern: String) throws(KernelError) -> [UInt8] {
        var translation = Translation(pattern)
        try translation.run()
        return translation.output
    }

    private struct Translation {
        private let pattern: String
        private let input: [UInt8]
        private var index = 0
        private var isInClass = false
        /// Where the open class began, to know its first character.
        private var classStart = 0
        private(set) var output: [UInt8] = []

        init(_ pattern: String) {
            self.pattern = pattern
            input = Array(pattern.utf8)
        }

        mutating func run() throws(KernelError) {
            while index < input.count {
                switch input[index] {
                case UInt8(ascii: "\\"): try escape()
                case UInt8(ascii: "[") where isInClass:
                    throw refused("a class inside a class is not supported; write \\[ for a bracket")
                case UInt8(ascii: "["):
                    isInClass = true
                    copy(1)
                    if peek == UInt8(ascii: "^") { copy(1) }
                    classStart = index
                case UInt8(ascii: "]") where isInClass:
                    if index > classStart { isInClass = false }
                    copy(1)
                case UInt8(ascii: "&") where isInClass && peek(1) == UInt8(ascii: "&"):
                    throw refused("the intersection of classes (&&) is not supported")
                case UInt8(ascii: "(") where !isInClass: try group()
                case UInt8(ascii: "{") where !isInClass: try repetition()
                default: copy(1)
                }
            }
        }

        private var peek: UInt8? { peek(0) }

        private func peek(_ offset: Int) -> UInt8? {
            index + offset < input.count ? input[index + offset] : nil
        }

        private mutating func copy(_ count: Int) {
            let end = min(index + count, input.count)
            output += input[index..<end]
            index = end
        }

        private func refused(_ reason: String) -> KernelError {
            RegularExpression.invalid(pattern, "\(reason), at byte \(index)")
        }

        /// `{2}`, `{2,}` and `{2,3}`: any other brace is a character for PCRE2, and a mistake for Java.
        private mutating func repetition() throws(KernelError) {
            var end = 1
            func digits() -> Int {
                let first = end
                while let byte = peek(end), byte &- 48 <= 9 { end += 1 }
                return end - first
            }
            guard digits() > 0 else { throw refused("a { must be \\{, or be followed by a number") }
            if peek(end) == UInt8(ascii: ",") {
                end += 1
                _ = digits()
            }
            guard peek(end) == UInt8(ascii: "}") else { throw refused("a repetition has no }") }
            guard let last = output.last, last != UInt8(ascii: "("), last != UInt8(ascii: "|") else {
                throw refused("there is nothing to repeat before {")
            }
            copy(end + 1)
        }

        /// `(?...)`: PCRE2 reads U as "ungreedy", Java as "Unicode classes".
        private mutating func group() throws(KernelError) {
            if peek(1) == UInt8(ascii: "*") { throw refused("nothing to repeat before *") }
            copy(1)
            guard peek == UInt8(ascii: "?") else { return }
            var end = 1
            while let letter = peek(end), letter == UInt8(ascii: "-") || letter | 0x20 >= 97 && letter | 0x20 <= 122 {
                if "UJdu".utf8.contains(letter) && isFlagGroup(end) {
                    throw refused("the flag \(Character(UnicodeScalar(letter))) is not supported")
                }
                end += 1
            }
            if let kind = peek(1), "#R&P|CV+0123456789".utf8.contains(kind) {
                throw refused("java.util.regex has no group (?\(Character(UnicodeScalar(kind)))")
            }
        }

        /// Whether the letters up to `offset` are flags: they end with `)` or `:`.
        private func isFlagGroup(_ offset: Int) -> Bool {
            var end = offset
            while let letter = peek(end) {
                if letter == UInt8(ascii: ")") || letter == UInt8(ascii: ":") { return true }
                guard letter == UInt8(ascii: "-") || (letter | 0x20 >= 97 && letter | 0x20 <= 122) else { return false }
                end += 1
            }
            return false
        }

        private mutating func escape() throws(KernelError) {
            guard let letter = peek(1) else { throw refused("it ends with \\") }
            switch letter {
            case UInt8(ascii: "Q"): quotation()
            case UInt8(ascii: "u"): try unicode()
            case UInt8(ascii: "p"), UInt8(ascii: "P"): try property()
            case UInt8(ascii: "K"), UInt8(ascii: "C"), UInt8(ascii: "g"), UInt8(ascii: "o"), UInt8(ascii: "y"),
                UInt8(ascii: "i"), UInt8(ascii: "j"), UInt8(ascii: "l"), UInt8(ascii: "m"), UInt8(ascii: "q"),
                UInt8(ascii: "N"), UInt8(ascii: "L"), UInt8(ascii: "U"), UInt8(ascii: "E"):
                throw refused("there is no \\\(Character(UnicodeScalar(letter)))")
            default: copy(2)
            }
        }

        /// `\Q...\E`: both have it, but classes inside must not be looked at.
        private mutating func quotation() {
            copy(2)
            while index < input.count {
                if input[index] == UInt8(ascii: "\\"), peek(1) == UInt8(ascii: "E") { return copy(2) }
                copy(1)
            }
        }

        /// `\uXXXX` is `\x{XXXX}`; two surrogates are one character.
        private mutating func unicode() throws(KernelError) {
            guard var code = hexadecimal(at: index + 2) else { throw refused("\\u needs four hexadecimal digits") }
            index += 6
            if code >= 0xD800 && code < 0xDC00, peek == UInt8(ascii: "\\"), peek(1) == UInt8(ascii: "u"),
                let low = hexadecimal(at: index + 2), low >= 0xDC00 && low < 0xE000
            {
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
                index += 6
            }
            output += Array("\\x{\(String(code, radix: 16))}".utf8)
        }

        private func hexadecimal(at start: Int) -> Int? {
            guard start + 4 <= input.count else { return nil }
            return Int(String(decoding: input[start..<start + 4], as: UTF8.self), radix: 16)
        }

        private mutating func property() throws(KernelError) {
            guard peek(2) == UInt8(ascii: "{") else { return copy(3) }
            var end = 3
            while let letter = peek(end), letter != UInt8(ascii: "}") { end += 1 }
            guard peek(end) != nil else { throw refused("\\p{ has no }") }
            let name = String(decoding: input[(index + 3)..<(index + end)], as: UTF8.self)
            let isNegated = input[index + 1] == UInt8(ascii: "P")
            if let posix = Self.posix(name) {
                let text = "[:\(isNegated ? "^" : "")\(posix):]"
                output += Array((isInClass ? text : "[\(text)]").utf8)
            } else if name.hasPrefix("java") || name.hasPrefix("In") || name.contains("=") {
                throw refused("the property \(name) is not supported")
            } else {
                let bare = name.hasPrefix("Is") ? String(name.dropFirst(2)) : name
                output += Array("\\\(isNegated ? "P" : "p"){\(bare)}".utf8)
            }
            index += end + 1
        }

        private static func posix(_ name: String) -> String? { JavaPattern.posixClasses[name] }
    }
}

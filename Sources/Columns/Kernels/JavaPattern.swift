// What java.util.regex writes differently from PCRE2.

/// Translates patterns. What the two read differently and cannot be translated is refused, never misread.
enum JavaPattern {
    /// The pattern in PCRE2's syntax, as UTF-8. Throws `INVALID_PARAMETER_VALUE.PATTERN` where PCRE2 would
    /// read it differently.
    static func translated(_ pattern: String) throws(KernelError) -> [UInt8] {
        var translation = JavaPatternTranslation(pattern, groups: .max)
        try translation.run()
        guard translation.refersToGroups else { return translation.output }
        // Again, with what is known now: references to groups that there are not match nothing.
        translation = JavaPatternTranslation(pattern, groups: translation.groupCount)
        try translation.run()
        return translation.output
    }
}

/// One way through a pattern.
struct JavaPatternTranslation {
    /// What flags have said: how letters are compared, and where lines begin.
    struct Case: Equatable {
        /// `(?i)`, which without `(?u)` knows ASCII's letters alone.
        var isIgnored = false
        var isUnicode = false
        /// `(?m)`, with which `^` stands in front of each line; but to Java no line begins at the end of the text.
        var hasLines = false

        /// Whether only ASCII's letters are the same in both cases, which PCRE2 doesn't know.
        var isOfASCII: Bool { isIgnored && !isUnicode }
    }

    private let pattern: String
    private let input: [UInt8]
    var index = 0
    /// How many classes are open.
    var classDepth = 0
    var letters = Case()
    /// The letters' case outside of each open group.
    private var outerLetters: [Case] = []
    /// Where the last quantifier ends.
    private var quantifierEnd: Int?
    /// How many groups the pattern has in all, and has so far.
    private let knownGroups: Int
    private(set) var groupCount = 0
    private(set) var refersToGroups = false
    var output: [UInt8] = []

    init(_ pattern: String, groups: Int) {
        self.pattern = pattern
        input = Array(pattern.utf8)
        knownGroups = groups
    }

    mutating func run() throws(KernelError) {
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\\"):
                if let letter = peek(1), "bBAGZz".utf8.contains(letter) { assertion(2) } else { try escape() }
            case UInt8(ascii: "^"), UInt8(ascii: "$"): assertion(1)
            case UInt8(ascii: "["): try output += characterClass()
            case UInt8(ascii: "("): try group()
            case UInt8(ascii: ")"):
                letters = outerLetters.popLast() ?? letters
                copy(1)
            case UInt8(ascii: "{"): try repetition()
            case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"):
                if index == quantifierEnd { throw refused("nothing to repeat before \(Self.text(byte))") }
                copy(1)
                endQuantifier()
            default: literal()
            }
        }
    }

    // MARK: Bytes

    var peek: UInt8? { peek(0) }

    func peek(_ offset: Int) -> UInt8? {
        index + offset < input.count ? input[index + offset] : nil
    }

    mutating func copy(_ count: Int) {
        let end = min(index + count, input.count)
        output += input[index..<end]
        index = end
    }

    func refused(_ reason: String) -> KernelError {
        RegularExpression.invalid(pattern, "\(reason), at byte \(index)")
    }

    private static func text(_ byte: UInt8) -> Character { Character(UnicodeScalar(byte)) }

    static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte & 0xDF) }

    /// A character that stands for itself.
    private mutating func literal() {
        guard letters.isOfASCII, let byte = peek, byte >= 0x80 || [75, 83].contains(byte & 0xDF) else { return copy(1) }
        // PCRE2 ignores the case of all letters, and takes K and the long s for small letters of ASCII.
        if byte < 0x80 {
            output += Array("(?-i:[\(Self.text(byte & 0xDF))\(Self.text(byte | 0x20))])".utf8)
            index += 1
        } else {
            output += Array("(?-i:".utf8)
            copy(characterLength)
            output.append(UInt8(ascii: ")"))
        }
    }

    /// How many bytes the character has that comes next.
    var characterLength: Int {
        var length = 1
        while let byte = peek(length), byte & 0xC0 == 0x80 { length += 1 }
        return length
    }

    /// A place in the text, which to PCRE2 is nothing that can be repeated unless it is a group.
    private mutating func assertion(_ length: Int) {
        let isLine = letters.hasLines && peek == UInt8(ascii: "^")
        guard isLine || peek(length).map({ "*+?{".utf8.contains($0) }) == true else { return copy(length) }
        output += Array((isLine ? "(?:(?!\\z)" : "(?:").utf8)
        copy(length)
        output.append(UInt8(ascii: ")"))
    }

    // MARK: Quantifiers

    private mutating func endQuantifier() {
        if peek == UInt8(ascii: "?") || peek == UInt8(ascii: "+") { copy(1) }
        quantifierEnd = index
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
        if index == quantifierEnd {
            // Behind a quantifier it is nothing to Java that is repeated.
            index += end + 1
            if peek == UInt8(ascii: "?") || peek == UInt8(ascii: "+") { index += 1 }
            quantifierEnd = index
        } else {
            copy(end + 1)
            endQuantifier()
        }
    }

    // MARK: Groups

    /// `(...)`, `(?<name>...)` and `(?flags...)`.
    private mutating func group() throws(KernelError) {
        if peek(1) == UInt8(ascii: "*") { throw refused("nothing to repeat before *") }
        guard peek(1) == UInt8(ascii: "?") else {
            groupCount += 1
            outerLetters.append(letters)
            return copy(1)
        }
        if let kind = peek(2), "#R&P|CV+0123456789".utf8.contains(kind) {
            throw refused("java.util.regex has no group (?\(Self.text(kind))")
        }
        if let end = flagsEnd {
            try flags(upTo: end)
        } else {
            if peek(2) == UInt8(ascii: "<"), let first = peek(3), Self.isLetter(first) { groupCount += 1 }
            outerLetters.append(letters)
            copy(2)
        }
    }

    /// How far away the `)` or `:` behind the flags of `(?` is; `nil` where they are none.
    private var flagsEnd: Int? {
        var end = 2
        while let letter = peek(end) {
            if letter == UInt8(ascii: ")") || letter == UInt8(ascii: ":") { return end }
            guard letter == UInt8(ascii: "-") || Self.isLetter(letter) else { return nil }
            end += 1
        }
        return nil
    }

    /// `(?i-s)` and `(?i-s:`: PCRE2 has no u, and reads U as "ungreedy", Java as "Unicode classes".
    private mutating func flags(upTo end: Int) throws(KernelError) {
        let isGroup = peek(end) == UInt8(ascii: ":")
        if isGroup { outerLetters.append(letters) }
        copy(2)
        var isOn = true
        for _ in 2..<end {
            guard let flag = peek else { break }
            switch flag {
            case UInt8(ascii: "U"), UInt8(ascii: "J"), UInt8(ascii: "d"):
                throw refused("the flag \(Self.text(flag)) is not supported")
            case UInt8(ascii: "u"):
                letters.isUnicode = isOn
                index += 1
            case UInt8(ascii: "i"):
                letters.isIgnored = isOn
                copy(1)
            case UInt8(ascii: "m"):
                letters.hasLines = isOn
                copy(1)
            case UInt8(ascii: "-"):
                isOn = false
                copy(1)
            default: copy(1)
            }
        }
        copy(1)
    }

    // MARK: Escapes

    mutating func escape() throws(KernelError) {
        guard let letter = peek(1) else { throw refused("it ends with \\") }
        switch letter {
        case UInt8(ascii: "Q"): quotation()
        case UInt8(ascii: "u"): try unicode()
        case UInt8(ascii: "p"), UInt8(ascii: "P"): try property()
        case UInt8(ascii: "1")...UInt8(ascii: "9") where classDepth == 0: reference(Int(letter) - 48)
        case UInt8(ascii: "K"), UInt8(ascii: "C"), UInt8(ascii: "g"), UInt8(ascii: "o"), UInt8(ascii: "y"),
            UInt8(ascii: "i"), UInt8(ascii: "j"), UInt8(ascii: "l"), UInt8(ascii: "m"), UInt8(ascii: "q"),
            UInt8(ascii: "N"), UInt8(ascii: "L"), UInt8(ascii: "U"), UInt8(ascii: "E"):
            throw refused("there is no \\\(Self.text(letter))")
        case 0x80...:
            index += 1
            literal()
        default: copy(2)
        }
    }

    /// `\12` is group 12 where there are so many in front of it, and else group 1 with a 2 behind it.
    private mutating func reference(_ first: Int) {
        refersToGroups = true
        var number = first
        index += 2
        while let byte = peek, byte &- 48 <= 9, number * 10 + Int(byte) - 48 <= groupCount {
            number = number * 10 + Int(byte) - 48
            index += 1
        }
        output += Array((number <= knownGroups ? "\\g{\(number)}" : "(?!)").utf8)
    }

    /// `\Q...\E`: each character stands for itself.
    private mutating func quotation() {
        index += 2
        while let byte = peek {
            if byte == UInt8(ascii: "\\"), peek(1) == UInt8(ascii: "E") {
                index += 2
                return
            }
            if byte < 0x80, !Self.isLetter(byte), byte &- 48 > 9 { output.append(UInt8(ascii: "\\")) }
            if classDepth > 0 { copy(characterLength) } else { literal() }
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
        let text = "\\x{\(String(code, radix: 16))}"
        output += Array((letters.isOfASCII && code >= 0x80 && classDepth == 0 ? "(?-i:\(text))" : text).utf8)
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
        if let posix = JavaProperties.posix[name] {
            let text = "[:\(isNegated ? "^" : "")\(posix):]"
            output += Array((classDepth > 0 ? text : "[\(text)]").utf8)
        } else if let members = JavaProperties.members(of: name) {
            if isNegated, classDepth > 0 { throw refused("the property \(name) is not supported in a class as \\P") }
            output += Array((classDepth > 0 ? members : "[\(isNegated ? "^" : "")\(members)]").utf8)
        } else if name.hasPrefix("java") || name.hasPrefix("In") || name.contains("=") {
            throw refused("the property \(name) is not supported")
        } else {
            let bare = name.hasPrefix("Is") ? String(name.dropFirst(2)) : name
            output += Array("\\\(isNegated ? "P" : "p"){\(bare)}".utf8)
        }
        index += end + 1
    }
}

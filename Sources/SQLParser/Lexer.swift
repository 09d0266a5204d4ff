// SQL text to tokens, by Spark's lexical rules.

import SourceText

/// Reads tokens from a text's bytes, in order.
///
/// - Words are ASCII letters, digits and underscores; `1a` is a name, as in Spark. Other letters need back-ticks.
/// - Strings stand in single or double quotes, with backslash escapes or, after `r`, without any.
/// - `--` starts a comment to the end of the line, `/* */` (nested) one of any length.
struct Lexer {
    /// Texts larger than this are refused before anything is read: 1 MiB.
    static let maximumBytes = 1 << 20

    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var lineStart = 0
    /// Continuation bytes of UTF-8 seen since `lineStart`, so that columns count characters.
    private var continuationBytes = 0

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// All tokens of a text; the last is `.end`.
    static func tokens(of text: String) throws(SQLDiagnostic) -> [Token] {
        guard text.utf8.count <= maximumBytes else {
            throw SQLDiagnostic(
                code: "TEXT_TOO_LONG", "the text has \(text.utf8.count) bytes; at most \(maximumBytes) are read",
                at: TextRange(start: 0, end: 0, line: 1, column: 1), hint: "split it into several statements")
        }
        var lexer = Lexer(Array(text.utf8))
        var tokens: [Token] = []
        while true {
            let token = try lexer.next()
            tokens.append(token)
            if token.kind == .end { return tokens }
        }
    }

    // MARK: Bytes

    private func byte(_ ahead: Int = 0) -> UInt8? {
        position + ahead < bytes.count ? bytes[position + ahead] : nil
    }

    private mutating func advance() {
        let byte = bytes[position]
        position += 1
        if byte == UInt8(ascii: "\n") {
            line += 1
            lineStart = position
            continuationBytes = 0
        } else if byte & 0xC0 == 0x80 {
            continuationBytes += 1
        }
    }

    /// A place that starts here; `range(from:)` completes it.
    private var here: TextRange {
        TextRange(
            start: position, end: position, line: line, column: position - lineStart - continuationBytes + 1)
    }

    private func range(from start: TextRange) -> TextRange {
        TextRange(start: start.start, end: position, line: start.line, column: start.column)
    }

    private func text(from start: Int) -> String { String(decoding: bytes[start..<position], as: UTF8.self) }

    // MARK: Tokens

    private mutating func next() throws(SQLDiagnostic) -> Token {
        try skipBlanks()
        let start = here
        guard let first = byte() else { return Token(kind: .end, range: start) }
        switch first {
        case UInt8(ascii: "'"), UInt8(ascii: "\""):
            return try string(start: start, isRaw: false)
        case UInt8(ascii: "r"), UInt8(ascii: "R"):
            if byte(1) == UInt8(ascii: "'") || byte(1) == UInt8(ascii: "\"") {
                advance()
                return try string(start: start, isRaw: true)
            }
        case UInt8(ascii: "`"):
            return try quotedName(start: start)
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            return number(start: start)
        case UInt8(ascii: "."):
            if let second = byte(1), isDigit(second) { return number(start: start) }
        default: break
        }
        if isWordByte(first) {
            while let next = byte(), isWordByte(next) { advance() }
            return Token(kind: .word(text(from: start.start)), range: range(from: start))
        }
        return try symbol(start: start)
    }

    private mutating func skipBlanks() throws(SQLDiagnostic) {
        while let next = byte() {
            if next == UInt8(ascii: " ") || (next >= 9 && next <= 13) {
                advance()
            } else if next == UInt8(ascii: "-"), byte(1) == UInt8(ascii: "-") {
                while let inside = byte(), inside != UInt8(ascii: "\n") {
                    _ = inside
                    advance()
                }
            } else if next == UInt8(ascii: "/"), byte(1) == UInt8(ascii: "*") {
                try skipBlockComment()
            } else {
                return
            }
        }
    }

    private mutating func skipBlockComment() throws(SQLDiagnostic) {
        let start = here
        var depth = 0
        repeat {
            if byte() == UInt8(ascii: "/"), byte(1) == UInt8(ascii: "*") {
                depth += 1
                advance()
                advance()
            } else if byte() == UInt8(ascii: "*"), byte(1) == UInt8(ascii: "/") {
                depth -= 1
                advance()
                advance()
            } else if byte() != nil {
                advance()
            } else {
                let opening = TextRange(
                    start: start.start, end: start.start + 2, line: start.line, column: start.column)
                throw SQLDiagnostic(
                    code: "UNCLOSED_BRACKETED_COMMENT", "the comment is not closed", at: opening,
                    hint: "close it with */")
            }
        } while depth > 0
    }

    private mutating func quotedName(start: TextRange) throws(SQLDiagnostic) -> Token {
        advance()
        var name: [UInt8] = []
        while let next = byte() {
            advance()
            if next != UInt8(ascii: "`") {
                name.append(next)
            } else if byte() == UInt8(ascii: "`") {
                name.append(next)
                advance()
            } else {
                let place = range(from: start)
                if name.isEmpty {
                    throw SQLDiagnostic("a name is empty", at: place, hint: "write it between the back-ticks")
                }
                return Token(kind: .quotedName(String(decoding: name, as: UTF8.self)), range: place)
            }
        }
        throw SQLDiagnostic("the name is not closed", at: range(from: start), hint: "close it with a back-tick: `")
    }

    private mutating func symbol(start: TextRange) throws(SQLDiagnostic) -> Token {
        // `>` is never joined with another `>`: in `ARRAY<ARRAY<INT>>` it closes two types.
        for candidate in ["<=>", "<<", "<>", "<=", ">=", "!=", "==", "||", "::", "->", "=>"]
        where bytes[position...].starts(with: candidate.utf8) {
            for _ in candidate.utf8 { advance() }
            return Token(kind: .symbol(candidate), range: range(from: start))
        }
        let known = Array("()[],.;:+-*/%=<>!&|^~?@{}".utf8)
        if let next = byte(), known.contains(next) {
            advance()
            return Token(kind: .symbol(text(from: start.start)), range: range(from: start))
        }
        advance()
        while let next = byte(), next & 0xC0 == 0x80 {
            _ = next
            advance()
        }
        let character = text(from: start.start)
        let isLetter = character.unicodeScalars.first?.properties.isAlphabetic ?? false
        throw SQLDiagnostic(
            code: isLetter ? "INVALID_IDENTIFIER" : "PARSE_SYNTAX_ERROR",
            isLetter ? "the letter '\(character)' needs a quoted name" : "unexpected character '\(character)'",
            at: range(from: start),
            hint: isLetter ? "put the whole name between back-ticks: `...`" : nil)
    }

    // MARK: Numbers

    private mutating func number(start: TextRange) -> Token {
        var isFractional = false
        digits()
        if byte() == UInt8(ascii: "."), !(byte(1).map(isWordStart) ?? false) || exponentFollows(1) || suffixFollows(1) {
            isFractional = true
            advance()
            digits()
        }
        var hasExponent = false
        if exponentFollows(0) {
            hasExponent = true
            advance()
            if byte() == UInt8(ascii: "+") || byte() == UInt8(ascii: "-") { advance() }
            digits()
        }
        let written = text(from: start.start)
        var form: NumberToken.Form = hasExponent ? .double : isFractional ? .decimal : .integer
        let suffixStart = position
        while let next = byte(), isWordByte(next) {
            _ = next
            advance()
        }
        let suffix = text(from: suffixStart)
        switch suffix.uppercased() {
        case "": break
        case "L" where form == .integer: form = .long
        case "S" where form == .integer: form = .short
        case "Y" where form == .integer: form = .byte
        case "F": form = .float
        case "D": form = .double
        case "BD": form = .decimal
        default:
            // `1a` is a name in Spark; with a point in it the parser reports the word that follows the number.
            if !isFractional, !hasExponent {
                return Token(kind: .word(text(from: start.start)), range: range(from: start))
            }
            position = suffixStart
        }
        let number = NumberToken(form: form, digits: written, text: text(from: start.start))
        return Token(kind: .number(number), range: range(from: start))
    }

    private mutating func digits() {
        while let next = byte(), isDigit(next) {
            _ = next
            advance()
        }
    }

    private func exponentFollows(_ ahead: Int) -> Bool {
        guard byte(ahead) == UInt8(ascii: "e") || byte(ahead) == UInt8(ascii: "E") else { return false }
        let signed = byte(ahead + 1) == UInt8(ascii: "+") || byte(ahead + 1) == UInt8(ascii: "-")
        return byte(ahead + (signed ? 2 : 1)).map(isDigit) ?? false
    }

    /// Whether a number's suffix, and nothing more, stands ahead.
    private func suffixFollows(_ ahead: Int) -> Bool {
        for suffix in ["F", "D", "BD"] {
            let upper = (0..<suffix.utf8.count).compactMap { byte(ahead + $0).map { $0 & 0xDF } }
            if upper.elementsEqual(suffix.utf8), !(byte(ahead + suffix.utf8.count).map(isWordByte) ?? false) {
                return true
            }
        }
        return false
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private func isWordStart(_ byte: UInt8) -> Bool { isWordByte(byte) && !isDigit(byte) }

    private func isWordByte(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
            || byte == UInt8(ascii: "_")
    }

    // MARK: Strings

    private mutating func string(start: TextRange, isRaw: Bool) throws(SQLDiagnostic) -> Token {
        let quote = bytes[position]
        advance()
        var content: [UInt8] = []
        while let next = byte() {
            let place = here
            advance()
            if next == quote {
                // A doubled quote is one quote; raw strings have no escapes at all.
                guard byte() == quote, !isRaw else {
                    return Token(kind: .string(String(decoding: content, as: UTF8.self)), range: range(from: start))
                }
                content.append(quote)
                advance()
            } else if next == UInt8(ascii: "\\"), !isRaw {
                try escape(into: &content, start: place)
            } else {
                content.append(next)
            }
        }
        throw SQLDiagnostic(
            "the string is not closed", at: range(from: start),
            hint: "close it with \(quote == UInt8(ascii: "'") ? "'" : "\"")")
    }

    /// The character behind a backslash: Spark's `unescapeSQLString`.
    private mutating func escape(into content: inout [UInt8], start: TextRange) throws(SQLDiagnostic) {
        guard let next = byte() else { return }
        if let (length, digits) = unicodeEscape(next) {
            for _ in 0..<(length + 1) { advance() }
            guard let scalar = Unicode.Scalar(digits) else {
                throw SQLDiagnostic("the escape names no character", at: range(from: start))
            }
            content.append(contentsOf: Array(String(Character(scalar)).utf8))
            return
        }
        if next >= UInt8(ascii: "0"), next <= UInt8(ascii: "3"), let second = byte(1), let third = byte(2),
            isOctal(second), isOctal(third)
        {
            let code = (next - 48) << 6 | (second - 48) << 3 | (third - 48)
            for _ in 0..<3 { advance() }
            content.append(contentsOf: Array(String(Character(Unicode.Scalar(code))).utf8))
            return
        }
        advance()
        switch next {
        case UInt8(ascii: "0"): content.append(0)
        case UInt8(ascii: "b"): content.append(8)
        case UInt8(ascii: "n"): content.append(10)
        case UInt8(ascii: "r"): content.append(13)
        case UInt8(ascii: "t"): content.append(9)
        case UInt8(ascii: "Z"): content.append(26)
        // LIKE's own escapes keep their backslash.
        case UInt8(ascii: "%"), UInt8(ascii: "_"): content.append(contentsOf: [UInt8(ascii: "\\"), next])
        default: content.append(next)
        }
    }

    private func isOctal(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "7") }

    /// How many hexadecimal digits follow `u` (4) or `U` (8) and what they say, if all are there.
    private func unicodeEscape(_ letter: UInt8) -> (length: Int, code: UInt32)? {
        let length: Int
        switch letter {
        case UInt8(ascii: "u"): length = 4
        case UInt8(ascii: "U"): length = 8
        default: return nil
        }
        guard position + length < bytes.count else { return nil }
        let digits = String(decoding: bytes[(position + 1)...(position + length)], as: UTF8.self)
        guard digits.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) else { return nil }
        return UInt32(digits, radix: 16).map { (length, $0) }
    }
}

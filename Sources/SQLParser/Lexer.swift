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

    let bytes: [UInt8]
    var position = 0
    private var line = 1
    private var lineStart = 0
    /// Continuation bytes of UTF-8 seen since `lineStart`, so that columns count characters.
    private var continuationBytes = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

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

    func byte(_ ahead: Int = 0) -> UInt8? {
        position + ahead < bytes.count ? bytes[position + ahead] : nil
    }

    mutating func advance() {
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
    var here: TextRange {
        TextRange(
            start: position, end: position, line: line, column: position - lineStart - continuationBytes + 1)
    }

    func range(from start: TextRange) -> TextRange {
        TextRange(start: start.start, end: position, line: start.line, column: start.column)
    }

    func text(from start: Int) -> String { String(decoding: bytes[start..<position], as: UTF8.self) }

    // MARK: Tokens

    private mutating func next() throws(SQLDiagnostic) -> Token {
        try skipBlanks()
        let start = here
        guard let first = byte() else { return Token(.end, start) }
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
            return Token(.word(text(from: start.start)), range(from: start))
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
                return Token(.quotedName(String(decoding: name, as: UTF8.self)), place)
            }
        }
        throw SQLDiagnostic("the name is not closed", at: range(from: start), hint: "close it with a back-tick: `")
    }

    private mutating func symbol(start: TextRange) throws(SQLDiagnostic) -> Token {
        let candidates = byte().flatMap { Symbol.byFirstByte[$0] } ?? []
        for symbol in candidates where bytes[position...].starts(with: symbol.rawValue.utf8) {
            for _ in symbol.rawValue.utf8 { advance() }
            return Token(.symbol(symbol), range(from: start))
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
}

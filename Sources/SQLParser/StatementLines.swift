// Which lines make whole statements.

/// Follows SQL line by line, and tells when the lines end with a statement's semicolon. Each line is read once.
///
/// Only an open string, quoted name or comment is not whole: a statement with a mistake ends like any other.
package struct StatementLines: Sendable {
    /// What goes on in the next line.
    private enum Open {
        case string(quote: UInt8, isRaw: Bool)
        case name
        case comment(depth: Int)
    }

    private var open: Open?
    /// The last token is a semicolon, or there is none at all.
    private var endsStatement = true

    package init() {}

    /// Whether the lines end with a semicolon that is in no string, name or comment, or hold nothing but blanks.
    package var isComplete: Bool { open == nil && endsStatement }

    /// Reads whole lines, with their ends; the last one may lack its end if no other follows.
    package mutating func add(_ lines: String) {
        var lexer = Lexer(Array(lines.utf8))
        while let next = lexer.byte() {
            switch open {
            case .string(let quote, let isRaw): passString(quote, isRaw: isRaw, &lexer)
            case .name: passName(&lexer)
            case .comment(let depth): passComment(depth, &lexer)
            case nil: passToken(next, &lexer)
            }
        }
    }

    // MARK: Outside of strings, names and comments

    private mutating func passToken(_ first: UInt8, _ lexer: inout Lexer) {
        let second = lexer.byte(1)
        switch (first, second) {
        case (UInt8(ascii: "-"), UInt8(ascii: "-")):
            while let next = lexer.byte(), next != UInt8(ascii: "\n") { lexer.advance() }
        case (UInt8(ascii: "/"), UInt8(ascii: "*")): open = .comment(depth: 0)
        case (UInt8(ascii: "'"), _), (UInt8(ascii: "\""), _):
            lexer.advance()
            begin(.string(quote: first, isRaw: false))
        case (UInt8(ascii: "r"), let quote?), (UInt8(ascii: "R"), let quote?):
            guard quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { return passWord(first, &lexer) }
            lexer.advance()
            lexer.advance()
            begin(.string(quote: quote, isRaw: true))
        case (UInt8(ascii: "`"), _):
            lexer.advance()
            begin(.name)
        case (UInt8(ascii: ";"), _):
            lexer.advance()
            endsStatement = true
        case (UInt8(ascii: " "), _), (9...13, _): lexer.advance()
        default: passWord(first, &lexer)
        }
    }

    private mutating func begin(_ open: Open) {
        self.open = open
        endsStatement = false
    }

    /// A word, a number, or a byte of anything else.
    private mutating func passWord(_ first: UInt8, _ lexer: inout Lexer) {
        endsStatement = false
        let isPoint = first == UInt8(ascii: ".")
        if lexer.isDigit(first) || (isPoint && lexer.byte(1).map(lexer.isDigit) == true) {
            // Not all that looks like a word's end is one: in `1.5r'a'` the string is a raw one.
            _ = lexer.number(start: lexer.here)
        } else if lexer.isWordByte(first) {
            while let next = lexer.byte(), lexer.isWordByte(next) { lexer.advance() }
        } else {
            lexer.advance()
        }
    }

    // MARK: Within them

    private mutating func passString(_ quote: UInt8, isRaw: Bool, _ lexer: inout Lexer) {
        while let next = lexer.byte() {
            lexer.advance()
            if next == UInt8(ascii: "\\"), !isRaw {
                if lexer.byte() != nil { lexer.advance() }
            } else if next == quote {
                guard lexer.byte() == quote, !isRaw else {
                    open = nil
                    return
                }
                lexer.advance()
            }
        }
    }

    private mutating func passName(_ lexer: inout Lexer) {
        while let next = lexer.byte() {
            lexer.advance()
            guard next == UInt8(ascii: "`") else { continue }
            guard lexer.byte() == next else {
                open = nil
                return
            }
            lexer.advance()
        }
    }

    private mutating func passComment(_ depth: Int, _ lexer: inout Lexer) {
        var depth = depth
        while let next = lexer.byte() {
            let second = lexer.byte(1)
            lexer.advance()
            if next == UInt8(ascii: "/"), second == UInt8(ascii: "*") {
                depth += 1
                lexer.advance()
            } else if next == UInt8(ascii: "*"), second == UInt8(ascii: "/") {
                depth -= 1
                lexer.advance()
                if depth == 0 { break }
            }
        }
        open = depth == 0 ? nil : .comment(depth: depth)
    }
}

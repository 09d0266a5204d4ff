// Numbers with their suffixes, and which bytes words are made of.

import SourceText

extension Lexer {
    mutating func number(start: TextRange) -> Token {
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
                return Token(.word(text(from: start.start)), range(from: start))
            }
            position = suffixStart
        }
        let number = NumberToken(form: form, digits: written, text: text(from: start.start))
        return Token(.number(number), range(from: start))
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

    func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private func isWordStart(_ byte: UInt8) -> Bool { isWordByte(byte) && !isDigit(byte) }

    func isWordByte(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
            || byte == UInt8(ascii: "_")
    }
}

// Strings and their escapes.

import SourceText

extension Lexer {
    mutating func string(start: TextRange, isRaw: Bool) throws(SQLDiagnostic) -> Token {
        let quote = bytes[position]
        advance()
        var content: [UInt8] = []
        while let next = byte() {
            let place = here
            advance()
            if next == quote {
                // A doubled quote is one quote; raw strings have no escapes at all.
                guard byte() == quote, !isRaw else {
                    return Token(.string(String(decoding: content, as: UTF8.self)), range(from: start))
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

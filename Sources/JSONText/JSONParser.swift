// Text to JSON value: strict, bounded, and never trapping whatever the bytes are.

extension JSONValue {
    /// Arrays and objects nested deeper than this are refused: the parser recurses.
    package static let maximumDepth = 64
    /// Digits and signs of one number; more are refused.
    package static let maximumNumberLength = 512

    /// Parses the whole of `utf8` as one value, with nothing but white space around it.
    package static func parse(_ utf8: [UInt8]) throws(JSONTextError) -> JSONValue {
        var parser = JSONParser(utf8)
        return try parser.parseDocument()
    }

    /// Parses the whole of `text` as one value, with nothing but white space around it.
    package static func parse(_ text: String) throws(JSONTextError) -> JSONValue {
        try parse(Array(text.utf8))
    }
}

/// A recursive descent over the bytes (RFC 8259). Arrays are bounds-checked, and every read asks for the end first.
private struct JSONParser {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func parseDocument() throws(JSONTextError) -> JSONValue {
        let value = try parseValue(depth: 0)
        skipWhiteSpace()
        guard position == bytes.count else { throw error(.trailingContent) }
        return value
    }

    private func error(_ reason: JSONTextError.Reason, at offset: Int? = nil) -> JSONTextError {
        JSONTextError(reason, at: offset ?? position, in: bytes)
    }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func unexpected() -> JSONTextError {
        guard let byte = current else { return error(.unexpectedEnd) }
        return error(.unexpectedByte(byte))
    }

    private mutating func skipWhiteSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func parseValue(depth: Int) throws(JSONTextError) -> JSONValue {
        skipWhiteSpace()
        guard let byte = current else { throw error(.unexpectedEnd) }
        switch byte {
        case UInt8(ascii: "{"): return try parseObject(depth: depth + 1)
        case UInt8(ascii: "["): return try parseArray(depth: depth + 1)
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "t"): return try parseWord("true", .bool(true))
        case UInt8(ascii: "f"): return try parseWord("false", .bool(false))
        case UInt8(ascii: "n"): return try parseWord("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try parseNumber()
        default: throw unexpected()
        }
    }

    private mutating func parseWord(_ word: StaticString, _ value: JSONValue) throws(JSONTextError) -> JSONValue {
        for index in 0..<word.utf8CodeUnitCount {
            guard let byte = current, byte == word.utf8Start[index] else { throw unexpected() }
            position += 1
        }
        return value
    }

    private mutating func parseArray(depth: Int) throws(JSONTextError) -> JSONValue {
        guard depth <= JSONValue.maximumDepth else { throw error(.tooDeep(limit: JSONValue.maximumDepth)) }
        position += 1
        var elements: [JSONValue] = []
        skipWhiteSpace()
        if current == UInt8(ascii: "]") {
            position += 1
            return .array(elements)
        }
        while true {
            elements.append(try parseValue(depth: depth))
            skipWhiteSpace()
            if current == UInt8(ascii: ",") {
                position += 1
            } else if current == UInt8(ascii: "]") {
                position += 1
                return .array(elements)
            } else {
                throw unexpected()
            }
        }
    }

    private mutating func parseObject(depth: Int) throws(JSONTextError) -> JSONValue {
        guard depth <= JSONValue.maximumDepth else { throw error(.tooDeep(limit: JSONValue.maximumDepth)) }
        position += 1
        var members: [(key: String, value: JSONValue)] = []
        var keys: Set<[UInt8]> = []
        skipWhiteSpace()
        if current == UInt8(ascii: "}") {
            position += 1
            return .object(members)
        }
        while true {
            skipWhiteSpace()
            let start = position
            guard current == UInt8(ascii: "\"") else { throw unexpected() }
            let key = try parseString()
            guard keys.insert(Array(key.utf8)).inserted else { throw error(.duplicateKey(key), at: start) }
            skipWhiteSpace()
            guard current == UInt8(ascii: ":") else { throw unexpected() }
            position += 1
            members.append((key, try parseValue(depth: depth)))
            skipWhiteSpace()
            if current == UInt8(ascii: ",") {
                position += 1
            } else if current == UInt8(ascii: "}") {
                position += 1
                return .object(members)
            } else {
                throw unexpected()
            }
        }
    }
}

extension JSONParser {
    private mutating func skipDigits() -> Int {
        let start = position
        while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        return position - start
    }

    private mutating func parseNumber() throws(JSONTextError) -> JSONValue {
        let start = position
        var isInteger = true
        if current == UInt8(ascii: "-") { position += 1 }
        let firstDigit = current
        let digits = skipDigits()
        guard digits > 0 else { throw current == nil ? error(.unexpectedEnd) : error(.invalidNumber) }
        guard digits == 1 || firstDigit != UInt8(ascii: "0") else { throw error(.invalidNumber, at: start) }
        if current == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            guard skipDigits() > 0 else { throw current == nil ? error(.unexpectedEnd) : error(.invalidNumber) }
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            isInteger = false
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            guard skipDigits() > 0 else { throw current == nil ? error(.unexpectedEnd) : error(.invalidNumber) }
        }
        guard position - start <= JSONValue.maximumNumberLength else { throw error(.numberOutOfRange, at: start) }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger {
            // "-0" has no integer of its own.
            if text == "-0" { return .number(-0.0) }
            // An integer that doesn't fit would lose digits as a Double: an offset would silently be another one.
            guard let value = Int64(text) else { throw error(.numberOutOfRange, at: start) }
            return .integer(value)
        }
        guard let value = Double(text), value.isFinite else { throw error(.numberOutOfRange, at: start) }
        return .number(value)
    }

    private mutating func parseString() throws(JSONTextError) -> String {
        position += 1
        let start = position
        var decoded: [UInt8] = []
        var copiedTo = position
        while true {
            guard let byte = current else { throw error(.unexpectedEnd) }
            if byte == UInt8(ascii: "\"") { break }
            guard byte >= 0x20 else { throw error(.unescapedControlCharacter) }
            if byte == UInt8(ascii: "\\") {
                decoded += bytes[copiedTo..<position]
                try parseEscape(into: &decoded)
                copiedTo = position
            } else {
                position += 1
            }
        }
        decoded += bytes[copiedTo..<position]
        position += 1
        guard let string = String(validating: decoded, as: UTF8.self) else { throw error(.invalidUTF8, at: start) }
        return string
    }

    private mutating func parseEscape(into output: inout [UInt8]) throws(JSONTextError) {
        let start = position
        position += 1
        guard let byte = current else { throw error(.unexpectedEnd) }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): output.append(byte)
        case UInt8(ascii: "b"): output.append(0x08)
        case UInt8(ascii: "f"): output.append(0x0C)
        case UInt8(ascii: "n"): output.append(0x0A)
        case UInt8(ascii: "r"): output.append(0x0D)
        case UInt8(ascii: "t"): output.append(0x09)
        case UInt8(ascii: "u"): output += Array(String(try parseUnicodeEscape(start: start)).utf8)
        default: throw error(.invalidEscape, at: start)
        }
    }

    /// The scalar of `\uXXXX`, or of two of them that form a surrogate pair; `start` is the place of the backslash.
    private mutating func parseUnicodeEscape(start: Int) throws(JSONTextError) -> Character {
        let first = try parseFourHexDigits()
        var value = UInt32(first)
        if (0xD800..<0xDC00).contains(first) {
            guard current == UInt8(ascii: "\\"), position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "u")
            else { throw error(.loneSurrogate, at: start) }
            position += 2
            let second = try parseFourHexDigits()
            guard (0xDC00..<0xE000).contains(second) else { throw error(.loneSurrogate, at: start) }
            value = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(value) else { throw error(.loneSurrogate, at: start) }
        return Character(scalar)
    }

    private mutating func parseFourHexDigits() throws(JSONTextError) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = current else { throw error(.unexpectedEnd) }
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw error(.invalidEscape)
            }
            value = value << 4 | UInt16(digit)
            position += 1
        }
        return value
    }
}

// Escapes of java.util.regex.

extension JavaPatternParser {
    /// What an escape is.
    enum Escape {
        case character(UInt32)
        case node(Node)
        case characterClass(JavaCharacterClass)
    }

    /// The escape at the cursor. `\v` at an end of a range is one character.
    mutating func escape(inClass: Bool, isRange: Bool) throws(KernelError) -> Escape {
        let letter = skip()
        switch Unicode.Scalar(letter) {
        case "0": return .character(try octal())
        case "a": return .character(7)
        case "c":
            guard !isAtEnd else { throw refused("\\c has no character behind it") }
            return .character(read() ^ 64)
        case "e": return .character(27)
        case "f": return .character(12)
        case "n": return .character(10)
        case "r": return .character(13)
        case "t": return .character(9)
        case "u": return .character(try unicode())
        case "v" where isRange: return .character(11)
        case "x": return .character(try hexadecimal())
        case "N": throw refused("\\N is not supported: characters by their names are unknown here")
        default: break
        }
        if let members = predefined(letter) { return .characterClass(members) }
        if !inClass, let node = try place(letter) { return .node(node) }
        guard letter >= 0x80 || !(JavaPatternCase.isLetter(letter) || Self.isDigit(letter)) else {
            let escape = Unicode.Scalar(letter).map(String.init) ?? ""
            throw refused("there is no \\\(escape)\(inClass ? " in a class" : "")")
        }
        guard cursor <= length else { throw refused("it ends with \\") }
        return .character(letter)
    }

    /// `\d` and its like.
    private func predefined(_ letter: UInt32) -> JavaCharacterClass? {
        let isUnicode = flags.contains(.unicodeClasses)
        let positive: JavaCharacterClass
        switch Unicode.Scalar(letter | 0x20) {
        case "d": positive = isUnicode ? .property("Nd") : .set(JavaProperties.digits)
        case "s": positive = isUnicode ? JavaProperties.unicodeSpace : .set(JavaProperties.space)
        case "w": positive = isUnicode ? JavaProperties.unicodeWord : .set(JavaProperties.word)
        case "h": positive = .set(JavaProperties.horizontalSpace)
        case "v": positive = .set(JavaProperties.verticalSpace)
        default: return nil
        }
        return letter & 0x20 == 0 ? .complement(positive) : positive
    }

    /// What stands outside of classes alone.
    private mutating func place(_ letter: UInt32) throws(KernelError) -> Node? {
        let isUnicode = flags.contains(.unicodeClasses)
        switch Unicode.Scalar(letter) {
        case "1", "2", "3", "4", "5", "6", "7", "8", "9": return reference(Int(letter) - 48)
        case "A": return .place(.start)
        case "B": return .place(.wordBoundary(isNegated: true, isUnicode: isUnicode))
        case "G": return .place(.lastMatch)
        case "R": return .lineEnding
        case "X": return .grapheme
        case "Z": return .place(.lineEnd(isUnix: flags.contains(.unixLines), isAny: false))
        case "z": return .place(.end)
        case "b":
            if peek() == Self.code("{") {
                guard at(cursor + 1) != Self.code("g") else {
                    throw refused("\\b{g} is not supported: PCRE2 knows no boundaries of graphemes")
                }
            }
            return .place(.wordBoundary(isNegated: false, isUnicode: isUnicode))
        case "k":
            guard read() == Self.code("<") else { throw refused("\\k has no < behind it") }
            let name = try groupName(read())
            guard let number = names[name] else { throw refused("there is no group \(name) in front of it") }
            return .reference(number, folding)
        default: return nil
        }
    }

    /// `\12` is group 12 where there are so many in front of it, and else group 1 with a 2 behind it.
    private mutating func reference(_ first: Int) -> Node {
        var number = first
        while Self.isDigit(peek()), number * 10 + Int(peek()) - 48 <= groupCount {
            number = number * 10 + Int(read()) - 48
        }
        return .reference(number, folding)
    }

    /// Up to three digits, of which the first is one of 0 to 3 where there are three.
    private mutating func octal() throws(KernelError) -> UInt32 {
        func isOctal(_ character: UInt32) -> Bool { (48...55).contains(character) }
        let first = read()
        guard isOctal(first) else { throw refused("\\0 needs an octal digit") }
        guard isOctal(peek()) else { return first - 48 }
        let two = (first - 48) * 8 + read() - 48
        guard first <= 51, isOctal(peek()) else { return two }
        return two * 8 + read() - 48
    }

    private static func hexadecimalDigit(_ character: UInt32) -> UInt32? {
        guard character < 0x80, let scalar = Unicode.Scalar(character) else { return nil }
        return Character(scalar).hexDigitValue.map(UInt32.init)
    }

    /// `\x41` and `\x{1F600}`.
    private mutating func hexadecimal() throws(KernelError) -> UInt32 {
        let first = read()
        if let high = Self.hexadecimalDigit(first) {
            guard let low = Self.hexadecimalDigit(read()) else { throw refused("\\x needs two hexadecimal digits") }
            return high * 16 + low
        }
        guard first == Self.code("{"), Self.hexadecimalDigit(peek()) != nil else {
            throw refused("\\x needs two hexadecimal digits, or braces")
        }
        var code: UInt32 = 0
        var character = read()
        while let digit = Self.hexadecimalDigit(character) {
            code = code << 4 + digit
            guard code <= CodePointSet.last else { throw refused("there is no such code point") }
            character = read()
        }
        guard character == Self.code("}") else { throw refused("\\x{ has no }") }
        return code
    }

    /// `\uXXXX`; two surrogates are one character.
    private mutating func unicode() throws(KernelError) -> UInt32 {
        let code = try fourDigits()
        guard (0xD800..<0xDC00).contains(code) else { return code }
        let before = cursor
        if read() == Self.code("\\"), read() == Self.code("u") {
            let low = try fourDigits()
            if (0xDC00..<0xE000).contains(low) { return 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00) }
        }
        cursor = before
        return code
    }

    private mutating func fourDigits() throws(KernelError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Self.hexadecimalDigit(read()) else { throw refused("\\u needs four hexadecimal digits") }
            code = code << 4 + digit
        }
        return code
    }
}

// SQL texts without the values of secrets, for pictures of what is wrong in them.

/// Finds the values of options whose names are those of secrets. It reads single words and not the grammar: the text
/// may be broken, and the break may be in the middle of a password.
package struct SecretText {
    /// The text, with a star in place of every byte of a secret but for the ends of lines, so that all places stay.
    package private(set) var bytes: [UInt8]
    private let original: [UInt8]
    private var place = 0
    /// What the name that was read last stands for.
    private var name = ""
    private var nameEnd = -1
    private var awaitsValue: Bool { nameEnd >= 0 && SecretNames.isSecret(name) }

    /// Reads a text.
    package init(_ text: String) {
        bytes = Array(text.utf8)
        original = bytes
        while place < original.count { step() }
    }

    /// Whether something of a run of bytes is part of a secret.
    package func hidesSome(of range: Range<Int>) -> Bool {
        range.clamped(to: 0..<original.count).contains { bytes[$0] != original[$0] }
    }

    private mutating func step() {
        switch original[place] {
        case let byte where Self.isQuote(byte): literal(byte, isRaw: false)
        case _ where startsRawString: literal(original[place + 1], isRaw: true)
        case UInt8(ascii: "`"): quotedName()
        case _ where startsComment: skipComment()
        case let byte where Self.isPartOfName(byte): word()
        case UInt8(ascii: "="):
            place += 1
            skipBlanks()
            // `SET key = value` needs no quotes.
            if awaitsValue, let next = at(place), !Self.isQuote(next), !startsRawString { hideWord() }
        case let byte:
            if !Self.isBlank(byte) { nameEnd = -1 }
            place += 1
        }
    }

    private var startsComment: Bool { startsLineComment || startsBlockComment }

    private var startsLineComment: Bool { at(place) == UInt8(ascii: "-") && at(place + 1) == UInt8(ascii: "-") }

    private var startsBlockComment: Bool { at(place) == UInt8(ascii: "/") && at(place + 1) == UInt8(ascii: "*") }

    /// Whether an `r` before a quote stands here that is no word's last letter.
    private var startsRawString: Bool {
        guard let letter = at(place), letter | 0x20 == UInt8(ascii: "r"), at(place + 1).map(Self.isQuote) == true else {
            return false
        }
        return place == 0 || !Self.isPartOfWord(original[place - 1])
    }

    private func at(_ place: Int) -> UInt8? { place < original.count ? original[place] : nil }

    /// A comment is a blank: a value may stand behind it.
    private mutating func skipComment() {
        guard startsBlockComment else {
            while let byte = at(place), byte != UInt8(ascii: "\n") { place += 1 }
            return
        }
        var depth = 0
        repeat {
            if startsBlockComment {
                depth += 1
                place += 2
            } else if at(place) == UInt8(ascii: "*"), at(place + 1) == UInt8(ascii: "/") {
                depth -= 1
                place += 2
            } else {
                place += 1
            }
        } while depth > 0 && place < original.count
    }

    private mutating func skipBlanks() {
        while let byte = at(place) {
            if Self.isBlank(byte) {
                place += 1
            } else if startsComment {
                skipComment()
            } else {
                return
            }
        }
    }

    // MARK: Names

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (9...13).contains(byte) }

    private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") }

    /// What one word of SQL is made of.
    private static func isPartOfWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// What the name of an option is made of: words and what may stand between them.
    private static func isPartOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":"), 0x80...: true
        default: isPartOfWord(byte)
        }
    }

    /// A part of a name: one with what stands right before it.
    private mutating func take(_ text: String, from start: Int) {
        name = nameEnd == start ? name + text : text
        nameEnd = place
    }

    private mutating func word() {
        let start = place
        // An option of Kafka has a value behind it, in quotes or not; another word may be a column.
        if awaitsValue, nameEnd < start, name.lowercased().hasPrefix("kafka.") { return hideWord() }
        while let byte = at(place), Self.isPartOfName(byte), !startsComment, !startsRawString { place += 1 }
        take(String(decoding: original[start..<place], as: UTF8.self), from: start)
    }

    private mutating func quotedName() {
        let start = place
        place += 1
        while let byte = at(place), byte != UInt8(ascii: "`") { place += 1 }
        let text = String(decoding: original[(start + 1)..<place], as: UTF8.self)
        place = min(place + 1, original.count)
        take(text, from: start)
    }

    // MARK: Values

    /// A string: a value, or a name in quotes. A raw one has an `r` before it, and no escapes.
    private mutating func literal(_ quote: UInt8, isRaw: Bool) {
        let start = place + (isRaw ? 2 : 1)
        place = start
        while let byte = at(place), byte != quote || (!isRaw && at(place + 1) == quote) {
            // A backslash and a doubled quote take the byte behind them along.
            place += !isRaw && (byte == UInt8(ascii: "\\") || byte == quote) ? 2 : 1
        }
        place = min(place, original.count)
        let content = start..<place
        place = min(place + 1, original.count)
        guard awaitsValue else {
            name = String(decoding: original[content], as: UTF8.self)
            nameEnd = place
            return
        }
        hide(content)
        // What stands right behind may be the rest of a value that holds quotes itself.
        if let next = at(place) {
            if Self.isQuote(next) { return }
            if Self.isPartOfName(next) || next == UInt8(ascii: "\\") { hideRestOfLine() }
        }
        nameEnd = -1
    }

    private mutating func hideWord() {
        let start = place
        while let byte = at(place), byte != UInt8(ascii: "\n"),
            ![UInt8(ascii: ","), UInt8(ascii: ")"), UInt8(ascii: ";")].contains(byte)
        {
            place += 1
        }
        hide(start..<place)
        nameEnd = -1
    }

    private mutating func hideRestOfLine() {
        let start = place
        while let byte = at(place), byte != UInt8(ascii: "\n") { place += 1 }
        hide(start..<place)
    }

    private mutating func hide(_ range: Range<Int>) {
        for index in range where !Self.isBlank(original[index]) { bytes[index] = UInt8(ascii: "*") }
    }
}

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
        case UInt8(ascii: "'"), UInt8(ascii: "\""): literal(original[place])
        case UInt8(ascii: "`"): quotedName()
        case UInt8(ascii: "-") where startsComment: skip(to: "\n")
        case UInt8(ascii: "/") where at(place + 1) == UInt8(ascii: "*"): skip(to: "*/")
        case let byte where Self.isPartOfName(byte): word()
        case UInt8(ascii: "="):
            place += 1
            skipBlanks()
            // `SET key = value` needs no quotes.
            if awaitsValue, let next = at(place), next != UInt8(ascii: "'"), next != UInt8(ascii: "\"") { hideWord() }
        case let byte:
            if !Self.isBlank(byte) { nameEnd = -1 }
            place += 1
        }
    }

    private var startsComment: Bool { at(place) == UInt8(ascii: "-") && at(place + 1) == UInt8(ascii: "-") }

    private func at(_ place: Int) -> UInt8? { place < original.count ? original[place] : nil }

    private mutating func skip(to end: String) {
        let end = Array(end.utf8)
        while place < original.count, !original[place...].starts(with: end) { place += 1 }
        place = min(place + end.count, original.count)
        nameEnd = -1
    }

    private mutating func skipBlanks() {
        while let byte = at(place), Self.isBlank(byte) { place += 1 }
    }

    // MARK: Names

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (9...13).contains(byte) }

    private static func isPartOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"),
            UInt8(ascii: ":"), 0x80...:
            true
        default: false
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
        while let byte = at(place), Self.isPartOfName(byte), !startsComment { place += 1 }
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

    /// A string: a value, or a name in quotes.
    private mutating func literal(_ quote: UInt8) {
        let start = place
        place += 1
        while let byte = at(place), byte != quote || at(place + 1) == quote {
            // A backslash and a doubled quote take the byte behind them along.
            place += byte == UInt8(ascii: "\\") || byte == quote ? 2 : 1
        }
        place = min(place, original.count)
        let content = (start + 1)..<place
        place = min(place + 1, original.count)
        guard awaitsValue else {
            name = String(decoding: original[content], as: UTF8.self)
            nameEnd = place
            return
        }
        hide(content)
        // What stands right behind may be the rest of a value that holds quotes itself.
        if let next = at(place), Self.isPartOfName(next) || next == UInt8(ascii: "\\") { hideRestOfLine() }
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

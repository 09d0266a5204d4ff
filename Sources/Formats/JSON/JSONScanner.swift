// Walking over the bytes of JSON: blanks, strings, numbers, and values that nobody wants.

import CPlatform
import Columns

/// A place in a record. Nothing at or beyond `end` counts, but 64 bytes beyond it may be read.
///
/// What is passed over is checked as if it were wanted: strings, numbers, nesting, UTF-8.
struct JSONScanner: ~Copyable {
    var at: UnsafePointer<UInt8>
    var end: UnsafePointer<UInt8>
    /// How many arrays and objects are open.
    var depth = 0
    let options: JSONReadOptions
    private let allowsSingleQuotes: Bool
    private let allowsControlCharacters: Bool
    let allowsNonNumericNumbers: Bool
    /// What may begin a comment; a byte that begins nothing where none are allowed.
    private let commentStart: UInt8
    /// Whether each open array or object is an object, while a value is passed over.
    private let isObject: UnsafeMutablePointer<Bool>

    /// A string between its quotes.
    struct Text {
        var start: UnsafePointer<UInt8>
        var length: Int
        var hasEscapes: Bool
    }

    init(_ options: JSONReadOptions, at start: UnsafePointer<UInt8>) {
        self.options = options
        at = start
        end = start
        allowsSingleQuotes = options.allowsSingleQuotes
        allowsControlCharacters = options.allowsControlCharacters
        allowsNonNumericNumbers = options.allowsNonNumericNumbers
        commentStart = options.allowsComments ? UInt8(ascii: "/") : 0
        isObject = .allocate(capacity: options.maximumDepth + 1)
        isObject.initialize(repeating: false, count: options.maximumDepth + 1)
    }

    deinit { isObject.deallocate() }

    // MARK: Blanks

    /// Passes blanks; false at the end, or where what is no blank looks like one.
    @inline(__always)
    mutating func skipBlanks() -> Bool {
        if at < end, at.pointee > 0x20, at.pointee != commentStart { return true }
        return skipMoreBlanks()
    }

    /// Passes a sign with the blanks around it, and stands at what follows; where another sign is here, stands there.
    @inline(__always)
    mutating func skip(_ sign: UInt8) -> Bool {
        guard let next = skip(sign, from: at) else { return false }
        at = next
        return true
    }

    /// The same from a place on, and gives what follows. Where it isn't the sign, `at` is at what is here instead.
    @inline(__always)
    mutating func skip(_ sign: UInt8, from place: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>? {
        // In most texts no blanks are around signs.
        if end - place > 1, place.pointee == sign, place[1] > 0x20, place[1] != commentStart { return place + 1 }
        at = place
        return skipWithBlanks(sign) ? at : nil
    }

    @inline(never)
    private mutating func skipWithBlanks(_ sign: UInt8) -> Bool {
        guard skipBlanks(), at.pointee == sign else { return false }
        at += 1
        return skipBlanks()
    }

    @inline(never)
    private mutating func skipMoreBlanks() -> Bool {
        while at < end {
            switch at.pointee {
            case 0x20, 0x09, 0x0A, 0x0D: at += 1
            case let byte where byte > 0x20 && byte != commentStart: return true
            case UInt8(ascii: "/"): if !skipComment() { return false }
            default: return false
            }
        }
        return false
    }

    private mutating func skipComment() -> Bool {
        guard end - at >= 2 else { return false }
        let kind = at[1]
        guard kind == UInt8(ascii: "/") || kind == UInt8(ascii: "*") else { return false }
        at += 2
        if kind == UInt8(ascii: "/") {
            while at < end, at.pointee != 0x0A, at.pointee != 0x0D { at += 1 }
            return true
        }
        while end - at >= 2 {
            if at[0] == UInt8(ascii: "*"), at[1] == UInt8(ascii: "/") {
                at += 2
                return true
            }
            at += 1
        }
        at = end
        return false
    }

    // MARK: Strings

    /// Whether a byte begins a string.
    @inline(__always)
    func isQuote(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\"") || (byte == UInt8(ascii: "'") && allowsSingleQuotes)
    }

    /// The closing quote of a string whose opening quote is at a place; `nil` where anything but ASCII without escapes
    /// is in it.
    @inline(__always)
    func endOfPlainString(_ place: UnsafePointer<UInt8>, _ quote: UInt8) -> UnsafePointer<UInt8>? {
        var next = place + 1
        // Most strings are short and plain.
        while next < end {
            let mask = platform_json_string_mask(next, quote)
            let special = (mask | mask &>> 16) & 0xFFFF
            if special == 0 {
                next += 16
                continue
            }
            next += special.trailingZeroBitCount
            return next < end && next.pointee == quote ? next : nil
        }
        return nil
    }

    /// A string whose opening quote `at` is at; `nil` where it is none. Ends behind the closing quote.
    @inline(__always)
    mutating func string() -> Text? {
        let quote = at.pointee
        guard let close = endOfPlainString(at, quote) else { return anyString(quote) }
        let text = Text(start: at + 1, length: close - at - 1, hasEscapes: false)
        at = close + 1
        return text
    }

    @inline(never)
    private mutating func anyString(_ quote: UInt8) -> Text? {
        let start = at + 1
        var next = start
        var hasEscapes = false
        var beyondASCII: UInt32 = 0
        while next < end {
            let mask = platform_json_string_mask(next, quote)
            let stops = mask & 0xFFFF
            let length = stops == 0 ? 16 : stops.trailingZeroBitCount
            beyondASCII |= (mask &>> 16) & ((1 &<< UInt32(truncatingIfNeeded: length)) &- 1)
            next += length
            if stops == 0 { continue }
            guard next < end else { return nil }
            if next.pointee == quote {
                let count = next - start
                if beyondASCII != 0, Utf8Kernel.validPrefix(start, count) != count { return nil }
                at = next + 1
                return Text(start: start, length: count, hasEscapes: hasEscapes)
            }
            if next.pointee == UInt8(ascii: "\\") {
                hasEscapes = true
                guard let length = escapeLength(next) else { return nil }
                next += length
            } else {
                guard allowsControlCharacters else { return nil }
                next += 1
            }
        }
        return nil
    }

    /// Bytes of the escape at a backslash, or `nil` where it is none.
    private func escapeLength(_ place: UnsafePointer<UInt8>) -> Int? {
        guard end - place >= 2 else { return nil }
        switch place[1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return 2
        case UInt8(ascii: "'") where allowsSingleQuotes: return 2
        case UInt8(ascii: "u"):
            guard end - place >= 6 else { return nil }
            for index in 2..<6 where JSONEscapes.digit(place[index]) == nil { return nil }
            return 6
        case let byte:
            // A character beyond ASCII is copied byte by byte.
            return options.allowsAnyEscape && (byte >= 0x20 || allowsControlCharacters) ? 2 : nil
        }
    }

    // MARK: Words

    /// Whether a word stands at a place; it may go on.
    @inline(__always)
    func isWord(_ word: StaticString, _ place: UnsafePointer<UInt8>) -> Bool {
        guard end - place >= word.utf8CodeUnitCount else { return false }
        for index in 0..<word.utf8CodeUnitCount where place[index] != word.utf8Start[index] { return false }
        return true
    }

    /// Passes a word.
    @inline(__always)
    mutating func take(_ word: StaticString) -> Bool {
        guard isWord(word, at) else { return false }
        at += word.utf8CodeUnitCount
        return true
    }

    // MARK: Names

    /// The name of a member that `at` is at; ends behind it and its closing quote.
    mutating func name() -> Text? {
        if isQuote(at.pointee) { return string() }
        guard options.allowsUnquotedNames else { return nil }
        let start = at
        while at < end, Self.isNameByte(at.pointee) { at += 1 }
        guard at > start, Utf8Kernel.validPrefix(start, at - start) == at - start else { return nil }
        return Text(start: start, length: at - start, hasEscapes: false)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), UInt8(ascii: "@"),
            UInt8(ascii: "#"), UInt8(ascii: "*"), UInt8(ascii: "-"), UInt8(ascii: "+"), 0x80...:
            true
        default: false
        }
    }

    // MARK: Values

    /// Passes a value at a place, as most without parts are: a plain string, a number, a boolean; `nil` for all others.
    /// `mutating` and inlined for the reasons of `JSONMachine.plainValue`.
    #if compiler(>=6.3)
    @inline(always)
    #else
    @inline(__always)
    #endif
    mutating func behindPlainValue(_ place: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>? {
        switch place.pointee {
        case UInt8(ascii: "\""): return endOfPlainString(place, UInt8(ascii: "\"")).map { $0 + 1 }
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): return behindPlainNumber(place)
        case UInt8(ascii: "t"): return isWord("true", place) ? place + 4 : nil
        case UInt8(ascii: "f"): return isWord("false", place) ? place + 5 : nil
        default: return nil
        }
    }

    /// Passes a value that begins at `at`; false where it is none.
    @inline(__always)
    mutating func skipValue() -> Bool {
        if let next = behindPlainValue(at) {
            at = next
            return true
        }
        let byte = at.pointee
        return byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") ? skipAnyValue() : skipScalar()
    }

    /// A value without parts.
    private mutating func skipScalar() -> Bool {
        switch at.pointee {
        case UInt8(ascii: "\""): return string() != nil
        case UInt8(ascii: "'"): return allowsSingleQuotes && string() != nil
        case UInt8(ascii: "n"): return take("null")
        case UInt8(ascii: "t"): return take("true")
        case UInt8(ascii: "f"): return take("false")
        default: return number() != nil
        }
    }

    /// Passes a value by keeping in mind what is open, however deep: no recursion.
    @inline(never)
    private mutating func skipAnyValue() -> Bool {
        let outside = depth
        while true {
            // A value begins here.
            let byte = at.pointee
            if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
                guard open(isObject: byte == UInt8(ascii: "{")) else { return false }
                guard skipBlanks() else { return false }
                if at.pointee == (byte == UInt8(ascii: "{") ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                    at += 1
                    depth -= 1
                } else if isObject[depth] {
                    guard name() != nil, skip(UInt8(ascii: ":")) else { return false }
                    continue
                } else {
                    continue
                }
            } else if let next = behindPlainValue(at) {
                at = next
            } else if !skipScalar() {
                return false
            }
            // A value has ended: so may what it is in.
            while depth > outside {
                guard skipBlanks() else { return false }
                let byte = at.pointee
                at += 1
                if byte == UInt8(ascii: ",") {
                    guard skipBlanks() else { return false }
                    if isObject[depth] { guard name() != nil, skip(UInt8(ascii: ":")) else { return false } }
                    break
                }
                guard byte == (isObject[depth] ? UInt8(ascii: "}") : UInt8(ascii: "]")) else { return false }
                depth -= 1
            }
            if depth == outside { return true }
        }
    }

    /// Passes a bracket or brace; false where there are too many.
    @inline(__always)
    mutating func open(isObject object: Bool) -> Bool {
        guard depth < options.maximumDepth else { return false }
        depth &+= 1
        isObject[depth] = object
        at += 1
        return true
    }
}

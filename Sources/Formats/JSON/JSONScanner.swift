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
    private let allowsNonNumericNumbers: Bool
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
        let here = at
        // In most texts no blanks are around signs.
        if end - here > 1, here.pointee == sign, here[1] > 0x20, here[1] != commentStart {
            at = here + 1
            return true
        }
        return skipWithBlanks(sign)
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

    /// A string whose opening quote `at` is at; `nil` where it is none. Ends behind the closing quote.
    @inline(__always)
    mutating func string() -> Text? {
        let quote = at.pointee
        let start = at + 1
        var next = start
        // Most strings are short and plain.
        while next < end {
            let mask = platform_json_string_mask(next, quote)
            let special = (mask | mask &>> 16) & 0xFFFF
            if special == 0 {
                next += 16
                continue
            }
            next += special.trailingZeroBitCount
            guard next < end, next.pointee == quote else { break }
            at = next + 1
            return Text(start: start, length: next - start, hasEscapes: false)
        }
        return anyString(quote)
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

    // MARK: Numbers

    /// A number that `at` is at, or `nil` where it is none. Ends behind it.
    @inline(__always)
    mutating func number() -> JSONNumber? {
        var number = JSONNumber(start: at)
        var next = at
        if next.pointee == UInt8(ascii: "-") {
            number.isNegative = true
            next += 1
        }
        let first = next
        var mantissa: UInt64 = 0
        while next < end {
            let digit = next.pointee &- 48
            if digit > 9 { break }
            mantissa = mantissa &* 10 &+ UInt64(digit)
            next += 1
        }
        var digits = next - first
        guard digits > 0 else { return notFinite(number, next) }
        if first.pointee == 48, digits > 1 {
            guard options.allowsLeadingZeros else { return nil }
            var zeros = first
            while zeros < next, zeros.pointee == 48 { zeros += 1 }
            digits = next - zeros
        }
        number.mantissa = mantissa
        number.digits = digits
        if next < end, next.pointee == UInt8(ascii: ".") || next.pointee | 0x20 == UInt8(ascii: "e") {
            return fraction(number, next)
        }
        at = next
        number.length = next - number.start
        return number
    }

    /// An integer of up to 18 digits that `at` is at, ending behind it; `nil`, with nothing passed, for all others.
    @inline(__always)
    mutating func shortInteger() -> Int64? {
        var next = at
        let isNegative = next.pointee == UInt8(ascii: "-")
        if isNegative { next += 1 }
        let first = next
        let limit = end - next > 18 ? next + 18 : end
        var value: Int64 = 0
        while next < limit {
            let digit = next.pointee &- 48
            if digit > 9 { break }
            value = value &* 10 &+ Int64(digit)
            next += 1
        }
        guard next > first, next < limit, next.pointee != UInt8(ascii: "."), next.pointee | 0x20 != UInt8(ascii: "e"),
            first.pointee != 48 || next - first == 1
        else { return nil }
        at = next
        return isNegative ? 0 &- value : value
    }

    /// Passes a number; false where it is none.
    @inline(__always)
    private mutating func skipNumber() -> Bool {
        var next = at
        if next.pointee == UInt8(ascii: "-") { next += 1 }
        let first = next
        while next < end, next.pointee &- 48 <= 9 { next += 1 }
        guard next > first, first.pointee != 48 || next - first == 1, next < end else { return number() != nil }
        if next.pointee == UInt8(ascii: ".") {
            let point = next
            next += 1
            while next < end, next.pointee &- 48 <= 9 { next += 1 }
            guard next - point > 1, next < end else { return number() != nil }
        }
        if next.pointee | 0x20 == UInt8(ascii: "e") { return number() != nil }
        at = next
        return true
    }

    /// What follows the whole part.
    private mutating func fraction(_ whole: JSONNumber, _ place: UnsafePointer<UInt8>) -> JSONNumber? {
        var number = whole
        var next = place
        number.isIntegral = false
        if next.pointee == UInt8(ascii: ".") {
            next += 1
            let first = next
            var mantissa = number.mantissa
            // Zeros before the first other digit don't count.
            if mantissa == 0, number.digits <= 1 { number.digits = 0 }
            while next < end {
                let digit = next.pointee &- 48
                if digit > 9 { break }
                mantissa = mantissa &* 10 &+ UInt64(digit)
                if mantissa != 0 { number.digits &+= 1 }
                next += 1
            }
            guard next > first else { return nil }
            number.mantissa = mantissa
            number.exponent = first - next
        }
        if next < end, next.pointee | 0x20 == UInt8(ascii: "e") {
            next += 1
            guard next < end else { return nil }
            let isNegative = next.pointee == UInt8(ascii: "-")
            if isNegative || next.pointee == UInt8(ascii: "+") { next += 1 }
            let first = next
            var exponent = 0
            while next < end, next.pointee &- 48 <= 9 {
                exponent = min(exponent * 10 + Int(next.pointee &- 48), 1_000_000)
                next += 1
            }
            guard next > first else { return nil }
            number.exponent += isNegative ? -exponent : exponent
        }
        at = next
        number.length = next - number.start
        return number
    }

    /// `NaN`, `Infinity`, `-Infinity`, `+Infinity`, `-INF`, `+INF`; `place` is behind the sign.
    private mutating func notFinite(_ sign: JSONNumber, _ place: UnsafePointer<UInt8>) -> JSONNumber? {
        guard allowsNonNumericNumbers else { return nil }
        var number = sign
        var next = place
        var isSigned = number.isNegative
        if !isSigned, next < end, next.pointee == UInt8(ascii: "+") {
            isSigned = true
            next += 1
        }
        number.isIntegral = false
        if isWord("Infinity", next) {
            number.special = number.isNegative ? -.infinity : .infinity
            next += 8
        } else if isSigned, isWord("INF", next) {
            number.special = number.isNegative ? -.infinity : .infinity
            next += 3
        } else if !isSigned, isWord("NaN", next) {
            number.special = .nan
            next += 3
        } else {
            return nil
        }
        at = next
        number.length = next - number.start
        return number
    }

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

    /// Passes a value that begins at `at`; false where it is none.
    @inline(__always)
    mutating func skipValue() -> Bool {
        let byte = at.pointee
        if byte == UInt8(ascii: "\"") { return string() != nil }
        if byte &- 48 <= 9 { return skipNumber() }
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
        default: return skipNumber()
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

/// Escapes of strings.
enum JSONEscapes {
    /// The value of a hexadecimal digit.
    static func digit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte &- 48)
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte &- 87)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte &- 55)
        default: nil
        }
    }

    /// The string with its escapes resolved, written to `out`; never longer than it was. The escapes are right: the
    /// scanner has seen them. Half a surrogate pair becomes `?`, as in Spark.
    static func resolve(_ text: JSONScanner.Text, into out: UnsafeMutablePointer<UInt8>) -> Int {
        var (from, to) = (0, 0)
        while from < text.length {
            let byte = text.start[from]
            guard byte == UInt8(ascii: "\\") else {
                out[to] = byte
                (from, to) = (from &+ 1, to &+ 1)
                continue
            }
            let kind = text.start[from &+ 1]
            if kind == UInt8(ascii: "u") {
                var unit = unit(text.start + (from &+ 2))
                from &+= 6
                if unit & 0xFC00 == 0xD800, from &+ 6 <= text.length, text.start[from] == UInt8(ascii: "\\"),
                    text.start[from &+ 1] == UInt8(ascii: "u")
                {
                    let low = JSONEscapes.unit(text.start + (from &+ 2))
                    if low & 0xFC00 == 0xDC00 {
                        unit = 0x10000 &+ ((unit & 0x3FF) &<< 10 | (low & 0x3FF))
                        from &+= 6
                    }
                }
                to &+= write(unit, out + to)
                continue
            }
            out[to] = plain(kind)
            (from, to) = (from &+ 2, to &+ 1)
        }
        return to
    }

    private static func plain(_ kind: UInt8) -> UInt8 {
        switch kind {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: kind
        }
    }

    private static func unit(_ place: UnsafePointer<UInt8>) -> UInt32 {
        var unit: UInt32 = 0
        for index in 0..<4 { unit = unit &<< 4 | (digit(place[index]) ?? 0) }
        return unit
    }

    private static func write(_ scalar: UInt32, _ out: UnsafeMutablePointer<UInt8>) -> Int {
        func byte(_ value: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: value) }
        switch scalar {
        case ..<0x80:
            out[0] = byte(scalar)
            return 1
        case ..<0x800:
            out[0] = byte(0xC0 | scalar &>> 6)
            out[1] = byte(0x80 | scalar & 0x3F)
            return 2
        case 0xD800..<0xE000:
            out[0] = UInt8(ascii: "?")
            return 1
        case ..<0x10000:
            out[0] = byte(0xE0 | scalar &>> 12)
            out[1] = byte(0x80 | (scalar &>> 6) & 0x3F)
            out[2] = byte(0x80 | scalar & 0x3F)
            return 3
        default:
            out[0] = byte(0xF0 | scalar &>> 18)
            out[1] = byte(0x80 | (scalar &>> 12) & 0x3F)
            out[2] = byte(0x80 | (scalar &>> 6) & 0x3F)
            out[3] = byte(0x80 | scalar & 0x3F)
            return 4
        }
    }
}

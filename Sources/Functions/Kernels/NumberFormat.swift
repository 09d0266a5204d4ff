// Formats of numbers as `to_number` and `to_char` have them: 999,990.00, S$9G999D99, 999PR.

import Columns

/// A format that was read once.
struct NumberFormat: Sendable {
    /// One mark of the format.
    enum Token: Sendable, Equatable {
        /// So many digits; those that begin with 0 are all there.
        case digits(Int, isExact: Bool)
        case separator, point, dollar
        /// S, and MI.
        case plusOrMinus, minus
        /// The angle brackets of PR.
        case open, close

        /// Whether it is part of a number's digits.
        var isOfDigits: Bool {
            switch self {
            case .digits, .separator: true
            default: false
            }
        }
    }

    let tokens: [Token]
    let wholeDigits: Int
    let fractionDigits: Int

    /// The type of numbers in this format.
    var type: DataType { .decimal(precision: wholeDigits + fractionDigits, scale: fractionDigits) }

    /// Reads a format.
    init(_ format: String) throws(FunctionError) {
        tokens = try NumberFormat.tokens(of: format)
        let point = tokens.firstIndex(of: .point) ?? tokens.count
        func digits(_ part: ArraySlice<Token>) -> Int {
            part.reduce(0) { sum, token in if case .digits(let count, _) = token { sum + count } else { sum } }
        }
        wholeDigits = digits(tokens[..<point])
        fractionDigits = digits(tokens[point...])
        guard wholeDigits + fractionDigits > 0 else {
            throw NumberFormat.refused(format, "INVALID_FORMAT.WRONG_NUM_DIGIT", "it has no digit")
        }
        guard wholeDigits + fractionDigits <= 38 else {
            throw NumberFormat.refused(format, "INVALID_FORMAT.WRONG_NUM_DIGIT", "it has more than 38 digits")
        }
        try NumberFormat.check(tokens, of: format)
    }

    private static func refused(_ format: String, _ condition: String, _ reason: String) -> FunctionError {
        FunctionError(condition, "the format '\(format)' is invalid: \(reason)")
    }

    private static func tokens(of format: String) throws(FunctionError) -> [Token] {
        var tokens: [Token] = []
        let input = Array(format.uppercased().utf8)
        var place = 0
        while place < input.count {
            switch input[place] {
            case 48, 57:
                let isExact = input[place] == 48
                var count = 0
                while place < input.count, input[place] == 48 || input[place] == 57 {
                    count += 1
                    place += 1
                }
                tokens.append(.digits(count, isExact: isExact))
                continue
            case UInt8(ascii: ","), UInt8(ascii: "G"): tokens.append(.separator)
            case UInt8(ascii: "."), UInt8(ascii: "D"): tokens.append(.point)
            case UInt8(ascii: "$"): tokens.append(.dollar)
            case UInt8(ascii: "S"): tokens.append(.plusOrMinus)
            case UInt8(ascii: "M") where place + 1 < input.count && input[place + 1] == UInt8(ascii: "I"):
                tokens.append(.minus)
                place += 1
            case UInt8(ascii: "P") where place + 2 == input.count && input[place + 1] == UInt8(ascii: "R"):
                tokens.insert(.open, at: 0)
                tokens.append(.close)
                place += 1
            default:
                throw refused(
                    format, "INVALID_FORMAT.UNEXPECTED_TOKEN",
                    "'\(Character(UnicodeScalar(input[place])))' is no mark of a number")
            }
            place += 1
        }
        return tokens
    }

    /// Refuses marks that are out of order, in Spark's order of checks.
    private static func check(_ tokens: [Token], of format: String) throws(FunctionError) {
        let point = tokens.firstIndex(of: .point) ?? tokens.count
        if let dollar = tokens.firstIndex(of: .dollar) {
            if let first = tokens.firstIndex(where: \.isOfDigits), first < dollar {
                throw refused(format, "INVALID_FORMAT.CUR_MUST_BEFORE_DIGIT", "the $ stands behind digits")
            }
            if point < dollar {
                throw refused(format, "INVALID_FORMAT.CUR_MUST_BEFORE_DEC", "the $ stands behind the point")
            }
        }
        func isDigits(_ place: Int) -> Bool {
            guard tokens.indices.contains(place), case .digits = tokens[place] else { return false }
            return true
        }
        for place in 0..<point where tokens[place] == .separator && !(isDigits(place - 1) && isDigits(place + 1)) {
            throw refused(format, "INVALID_FORMAT.CONT_THOUSANDS_SEPS", "a separator stands beside no digit")
        }
        if tokens[point...].contains(.separator) {
            throw refused(
                format, "INVALID_FORMAT.THOUSANDS_SEPS_MUST_BEFORE_DEC", "a separator stands behind the point")
        }
        for token in [Token.point, .dollar, .plusOrMinus, .minus, .close] where tokens.count(where: { $0 == token }) > 1
        {
            throw refused(format, "INVALID_FORMAT.WRONG_NUM_TOKEN", "a mark is there twice that may be there once")
        }
        var place = 0
        func take(_ allowed: Token...) {
            if place < tokens.count, allowed.contains(tokens[place]) { place += 1 }
        }
        func takeDigits() { while place < tokens.count, tokens[place].isOfDigits { place += 1 } }
        take(.open)
        take(.plusOrMinus, .minus)
        take(.dollar)
        takeDigits()
        take(.point)
        takeDigits()
        take(.plusOrMinus, .minus, .close)
        guard place == tokens.count else {
            throw refused(
                format, "INVALID_FORMAT.UNEXPECTED_TOKEN",
                "its marks are out of order, which is: S or MI, $, digits, a point, digits, and S, MI or PR")
        }
    }

    // MARK: Reading

    /// The unscaled number that a text is in this format; `nil` where it is none.
    func read(_ text: UnsafeBufferPointer<UInt8>) -> Int128? {
        let end = text.count
        var place = 0
        var (number, isNegative, isOpen, fraction): (Int128, Bool, Bool, Int) = (0, false, false, 0)
        var (hasPoint, hasDigit, isBehindPoint) = (false, false, false)
        var index = 0
        func at(_ byte: UInt8) -> Bool { place < end && text[place] == byte }
        while index < tokens.count {
            switch tokens[index] {
            case .open:
                if at(UInt8(ascii: "<")) {
                    isOpen = true
                    isNegative = true
                    place += 1
                }
            case .close:
                if isOpen {
                    guard at(UInt8(ascii: ">")) else { return nil }
                    place += 1
                }
            case .dollar:
                guard at(UInt8(ascii: "$")) else { return nil }
                place += 1
            case .plusOrMinus, .minus:
                if at(UInt8(ascii: "-")) {
                    isNegative = true
                    place += 1
                } else if tokens[index] == .plusOrMinus, at(UInt8(ascii: "+")) {
                    place += 1
                }
            case .point:
                isBehindPoint = true
                if at(UInt8(ascii: ".")) {
                    hasPoint = true
                    place += 1
                }
            case .digits where isBehindPoint:
                while place < end, Self.isDigit(text[place]) || Self.isBlank(text[place]) {
                    defer { place += 1 }
                    guard Self.isDigit(text[place]) else { continue }
                    // Digits without the point are those of a whole number, for which there is no room.
                    guard fraction < fractionDigits, hasPoint || text[place] == 48 else { return nil }
                    number = number * 10 + Int128(text[place] - 48)
                    fraction += 1
                    hasDigit = true
                }
            case .digits, .separator:
                guard let (whole, behind) = readGroups(text, place, end, &index) else { return nil }
                number = whole
                hasDigit = hasDigit || text[place..<behind].contains { Self.isDigit($0) }
                place = behind
                continue
            }
            index += 1
        }
        guard place == end, hasDigit else { return nil }
        while fraction < fractionDigits {
            number *= 10
            fraction += 1
        }
        return isNegative ? -number : number
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 <= 9 }

    /// What Java takes for white space, which may stand among digits and nowhere else.
    private static func isBlank(_ byte: UInt8) -> Bool { byte &- 9 <= 4 || byte &- 28 <= 4 }

    /// Groups of digits with separators: only leading ones may be missing or short.
    private func readGroups(
        _ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, _ index: inout Int
    ) -> (Int128, Int)? {
        let first = index
        while index < tokens.count {
            if case .digits = tokens[index] {} else if tokens[index] != .separator { break }
            index += 1
        }
        var place = start
        while place < end,
            Self.isDigit(text[place]) || Self.isBlank(text[place]) || text[place] == UInt8(ascii: ",")
        { place += 1 }
        // From the last group to the first.
        var (cursor, number, power): (Int, Int128, Int128) = (place, 0, 1)
        func skipBlanks() { while cursor > start, Self.isBlank(text[cursor - 1]) { cursor -= 1 } }
        skipBlanks()
        for token in tokens[first..<index].reversed() {
            switch token {
            case .digits(let count, let isExact):
                var taken = 0
                while taken < count, cursor > start, Self.isDigit(text[cursor - 1]) {
                    cursor -= 1
                    taken += 1
                    number += Int128(text[cursor] - 48) * power
                    power *= 10
                    skipBlanks()
                }
                if taken < count, isExact || cursor > start { return nil }
            default:
                guard cursor > start else { continue }
                guard text[cursor - 1] == UInt8(ascii: ",") else { return nil }
                cursor -= 1
                skipBlanks()
            }
        }
        return cursor == start ? (number, place) : nil
    }

    // MARK: Writing

    /// Writes a number, of which the digits were read; what doesn't fit is signs of number.
    func write(_ digits: DecimalDigits, _ out: inout BytesBuilder, _ scratch: inout [UInt8]) {
        scratch.removeAll(keepingCapacity: true)
        // Zero has no sign.
        let isNegative = digits.isNegative && !digits.digits.isEmpty
        let overflows = digits.point > wholeDigits || digits.digits.count - digits.point > fractionDigits
        var (whole, fraction) = (wholeDigits, 0)
        var isBehindPoint = false
        for token in tokens {
            switch token {
            case .digits(let count, let isExact):
                for _ in 0..<count {
                    if isBehindPoint {
                        scratch.append(overflows ? 35 : digits.digit(-1 - fraction) + 48)
                        fraction += 1
                    } else {
                        whole -= 1
                        let isThere = whole < digits.point
                        put(overflows ? 35 : isThere ? digits.digit(whole) + 48 : isExact ? 48 : 32, &scratch)
                    }
                }
            case .separator:
                put((48...57).contains(scratch.last ?? 0) ? UInt8(ascii: ",") : 32, &scratch)
            case .point:
                if scratch.last == 32 { scratch[scratch.count - 1] = 48 }
                // Without a digit behind it, it is a blank.
                scratch.append(fractionDigits > 0 ? UInt8(ascii: ".") : 32)
                isBehindPoint = true
            case .dollar: scratch.append(UInt8(ascii: "$"))
            case .plusOrMinus: add(UInt8(ascii: isNegative ? "-" : "+"), &scratch)
            case .minus: add(isNegative ? UInt8(ascii: "-") : 32, &scratch)
            case .open: if isNegative { scratch.append(UInt8(ascii: "<")) }
            case .close:
                // Blanks for both brackets.
                if !isNegative { scratch.append(32) }
                add(isNegative ? UInt8(ascii: ">") : 32, &scratch)
            }
        }
        scratch.withUnsafeBufferPointer { out.put($0) }
    }

    /// A digit, a comma or a blank; blanks stand before a sign, and not between it and the digits.
    private func put(_ byte: UInt8, _ scratch: inout [UInt8]) {
        if byte == 32, let last = scratch.last, "+-<".utf8.contains(last) {
            scratch.insert(byte, at: scratch.count - 1)
        } else {
            scratch.append(byte)
        }
    }

    /// A sign stands at once behind what is no blank.
    private func add(_ byte: UInt8, _ scratch: inout [UInt8]) {
        scratch.append(byte)
        var place = scratch.count - 1
        while place > 0, scratch[place - 1] == 32, byte != 32 {
            scratch.swapAt(place, place - 1)
            place -= 1
        }
    }
}

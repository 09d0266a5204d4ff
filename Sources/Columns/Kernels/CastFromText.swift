// Text as numbers, booleans, dates and timestamps.

enum CastFromText {
    static func cast(_ column: ColumnVector, to type: DataType, isTry: Bool) throws(KernelError) -> ColumnVector {
        let text = Runs(column)
        func loop(_ type: DataType, _ error: @escaping (Int) -> KernelError) -> CastLoop {
            CastLoop(column: column, type: type, isTry: isTry, error: error)
        }
        let plain = loop(type) { invalid(column, $0, type) }
        switch type {
        case .boolean:
            let bytes = try loop(.byte) { invalid(column, $0, type) }.slots(UInt8.self) { boolean(text[$0]) }
            let from = bytes.slots(as: UInt8.self)
            return CastLoop(column: bytes, type: type, isTry: isTry) { invalid(column, $0, type) }
                .booleans { from[$0] == 1 }
        case .float: return try plain.slots { NumberText.float(text[$0]) }
        case .double: return try plain.slots { NumberText.plainDouble(text[$0]) ?? NumberText.double(text[$0]) }
        case .date: return try plain.slots { CalendarText.parseDate(text[$0]) }
        case .timestamp: return try timestamps(column, isTry: isTry, in: .utc)
        case .timestampNTZ:
            var zones = TimeZoneLookup()
            return try plain.slots { CalendarText.parseLocalTimestamp(text[$0], &zones) }
        case .time(let precision):
            return try plain.slots { TimeOfDay.parse(text[$0]).map { TimeOfDay.truncated($0, precision: precision) } }
        case .yearMonthInterval, .dayTimeInterval: return try IntervalCast.fromText(column, to: type, isTry: isTry)
        case .decimal(let precision, let scale):
            func error(_ row: Int) -> KernelError {
                guard NumberText.decimal(text[row], precision: precision, scale: scale).isNumber else {
                    return invalid(column, row, type)
                }
                // What has more than 38 digits before the point is no number for Spark, whatever type it shall be.
                guard NumberText.decimal(text[row], precision: 38, scale: 0).value != nil else {
                    return KernelError(
                        code: "NUMERIC_OUT_OF_SUPPORTED_RANGE",
                        message: "the value \(quoted(column, row)) has more than 38 digits before the point", row: row,
                        hint: "use try_cast to get NULL instead")
                }
                return KernelError(
                    code: "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION",
                    message: "the value \(quoted(column, row)) does not fit \(type)", row: row,
                    hint: "use try_cast to get NULL instead")
            }
            return try loop(type, error).slots {
                NumberText.decimal(text[$0], precision: precision, scale: scale).value
            }
        default: return try plain.integers { NumberText.integer(text[$0]) }
        }
    }

    /// Texts as timestamps; those that name no zone are what clocks of `zone` show. Times alone are those of the day
    /// that it is at `now`, in microseconds since 1970; without it they are none.
    static func timestamps(
        _ column: ColumnVector, isTry: Bool, in zone: TimeZone, now: Int64? = nil
    ) throws(KernelError) -> ColumnVector {
        let text = Runs(column)
        var zones = TimeZoneLookup()
        return try CastLoop(column: column, type: .timestamp, isTry: isTry) { invalid(column, $0, .timestamp) }
            .slots { CalendarText.parseTimestamp(text[$0], in: zone, &zones, now: now) }
    }

    /// 1 for what reads as true, 0 for what reads as false.
    private static func boolean(_ text: UnsafeBufferPointer<UInt8>) -> UInt8? {
        let text = CalendarText.trimmed(text)
        switch text.count {
        case 1:
            switch text[0] {
            case UInt8(ascii: "t"), UInt8(ascii: "T"), UInt8(ascii: "y"), UInt8(ascii: "Y"), UInt8(ascii: "1"): return 1
            case UInt8(ascii: "f"), UInt8(ascii: "F"), UInt8(ascii: "n"), UInt8(ascii: "N"), UInt8(ascii: "0"): return 0
            default: return nil
            }
        case 2: return NumberText.isWord(text, "no") ? 0 : nil
        case 3: return NumberText.isWord(text, "yes") ? 1 : nil
        case 4: return NumberText.isWord(text, "true") ? 1 : nil
        case 5: return NumberText.isWord(text, "false") ? 0 : nil
        default: return nil
        }
    }

    private static func quoted(_ column: ColumnVector, _ row: Int) -> String {
        let text = String(decoding: column.run(row).prefix(100), as: UTF8.self)
        return "'\(text)'" + (column.run(row).count > 100 ? "..." : "")
    }

    private static func invalid(_ column: ColumnVector, _ row: Int, _ type: DataType) -> KernelError {
        KernelError(
            code: "CAST_INVALID_INPUT",
            message:
                "the value \(quoted(column, row)) of the type STRING cannot be cast to \(type) because it is malformed",
            row: row, hint: "correct the value, or use try_cast to get NULL instead")
    }
}

/// Numbers in text. Blanks and control characters at the ends don't count.
package enum NumberText {
    /// 10^0 to 10^22: those that a double holds exactly.
    static let exactPowers: [Double] = (0...22).map { Double("1e\($0)") ?? 0 }

    /// A sign and digits, nothing else; 16 bytes behind the text may be read.
    @inline(__always)
    static func integer(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard let start = text.baseAddress, text.count > 0 else { return nil }
        let sign = start.pointee
        let isNegative = sign == UInt8(ascii: "-")
        let first = start + (isNegative || sign == UInt8(ascii: "+") ? 1 : 0)
        let count = text.count &- (first - start)
        // Most have few digits, and nothing else.
        if count &- 1 < 8, count > 0 {
            let word = DigitWord(first)
            if word.count >= count { return signed(word.number(count), isNegative) }
        } else if count &- 1 < 16, count > 0 {
            let (head, tail) = (DigitWord(first), DigitWord(first + (count &- 8)))
            if head.count >= count &- 8, tail.count == 8 {
                return signed(head.number(count &- 8) &* 100_000_000 &+ tail.number(8), isNegative)
            }
        }
        return anyInteger(CalendarText.trimmed(text))
    }

    @inline(__always)
    private static func signed(_ magnitude: UInt64, _ isNegative: Bool) -> Int64 {
        let value = Int64(truncatingIfNeeded: magnitude)
        return isNegative ? 0 &- value : value
    }

    /// As `integer`, of as many digits as there are.
    @inline(never)
    private static func anyInteger(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        var position = 0
        let isNegative = text.first == UInt8(ascii: "-")
        if isNegative || text.first == UInt8(ascii: "+") { position = 1 }
        guard position < text.count else { return nil }
        var value: Int64 = 0
        while position < text.count {
            let digit = text[position] &- 48
            guard digit <= 9 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            // Counted below zero, where there is one number more.
            let (sum, carry) = product.subtractingReportingOverflow(Int64(digit))
            if overflow || carry { return nil }
            value = sum
            position &+= 1
        }
        if isNegative { return value }
        return value == .min ? nil : -value
    }

    /// A number of up to 7 digits before the point and 8 behind it, as most have; `nil` for all else. 16 bytes behind
    /// the text may be read.
    @inline(__always)
    static func plainDouble(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
        guard let start = text.baseAddress, text.count > 0 else { return nil }
        let isNegative = start.pointee == UInt8(ascii: "-")
        let first = start + (isNegative ? 1 : 0)
        let length = text.count &- (first - start)
        let word = DigitWord(first)
        // What lies behind the text may be digits, too.
        let whole = min(word.count, length)
        guard whole > 0, whole < 8 else { return nil }
        var value = Double(word.number(whole))
        if whole < length {
            let (fraction, digits) = (DigitWord(first + (whole &+ 1)), length &- whole &- 1)
            guard first[whole] == UInt8(ascii: "."), digits > 0, digits <= fraction.count else { return nil }
            // 15 digits and a power of ten are exact, so one rounding is right.
            value = Double(word.number(whole) &* 100_000_000 &+ fraction.filledUp(digits)) / 100_000_000
        }
        return isNegative ? -value : value
    }

    /// What Java's `Double.parseDouble` takes, and `inf`, `infinity`, `nan` in any case.
    package static func double(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
        let text = CalendarText.trimmed(text)
        guard let parts = scan(text) else { return special(text) ?? hexadecimal(text).flatMap { Double($0) } }
        // Few digits and a small exponent: both factors are exact, so one rounding is right.
        if parts.digits <= 15, abs(parts.exponent) <= 22 {
            let mantissa = Double(parts.mantissa)
            let value =
                parts.exponent < 0 ? mantissa / exactPowers[-parts.exponent] : mantissa * exactPowers[parts.exponent]
            return parts.isNegative ? -value : value
        }
        return Double(parts.plain(text))
    }

    /// The same for the nearest float.
    package static func float(_ text: UnsafeBufferPointer<UInt8>) -> Float? {
        let text = CalendarText.trimmed(text)
        guard let parts = scan(text) else {
            return special(text).map { Float($0) } ?? hexadecimal(text).flatMap { Float($0) }
        }
        return Float(parts.plain(text))
    }

    /// A number such as `0x1.8p3`, without the suffix that Java allows: the exponent must be there.
    package static func hexadecimal(_ text: UnsafeBufferPointer<UInt8>) -> String? {
        var rest = text[...]
        func takes(_ letters: StaticString) -> Bool {
            let isOne = rest.first.map { byte in letters.withUTF8Buffer { $0.contains(byte | 0x20) } } ?? false
            if isOne { rest.removeFirst() }
            return isOne
        }
        func digits(_ isDigit: (UInt8) -> Bool) -> String {
            let digits = rest.prefix(while: isDigit)
            rest = rest.dropFirst(digits.count)
            return String(decoding: digits, as: UTF8.self)
        }
        let sign = takes("-") ? "-" : ""
        if sign.isEmpty { _ = takes("+") }
        guard takes("0"), takes("x") else { return nil }
        let whole = digits(isHexadecimal)
        let fraction = takes(".") ? digits(isHexadecimal) : ""
        guard !(whole + fraction).isEmpty, takes("p") else { return nil }
        let exponentSign = takes("-") ? "-" : ""
        if exponentSign.isEmpty { _ = takes("+") }
        let exponent = digits { $0 &- 48 <= 9 }
        _ = takes("df")
        guard !exponent.isEmpty, rest.isEmpty else { return nil }
        return "\(sign)0x\(whole.isEmpty ? "0" : whole).\(fraction.isEmpty ? "0" : fraction)p\(exponentSign)\(exponent)"
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool { byte &- 48 <= 9 || (byte | 0x20) &- 97 <= 5 }

    private static func special(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
        guard let first = text.first else { return nil }
        let isNegative = first == UInt8(ascii: "-")
        let hasSign = isNegative || first == UInt8(ascii: "+")
        let word = UnsafeBufferPointer(rebasing: text.dropFirst(hasSign ? 1 : 0))
        if isWord(word, "inf") || isWord(word, "infinity") { return isNegative ? -.infinity : .infinity }
        // As in Java with a sign, too: but then it is written as there.
        return isWord(word, "nan") && (!hasSign || word.elementsEqual("NaN".utf8)) ? .nan : nil
    }

    /// Whether a text is a word of small ASCII letters, in any case.
    static func isWord(_ text: UnsafeBufferPointer<UInt8>, _ word: StaticString) -> Bool {
        guard text.count == word.utf8CodeUnitCount else { return false }
        for index in 0..<text.count where text[index] | 0x20 != word.utf8Start[index] { return false }
        return true
    }

    /// A decimal rounded half away from zero; no value where the text is no number, or the number does not fit.
    package static func decimal(
        _ text: UnsafeBufferPointer<UInt8>, precision: Int, scale: Int
    ) -> (value: Int128?, isNumber: Bool) {
        let text = CalendarText.trimmed(text)
        guard let parts = scan(text, allowsSuffix: false) else { return (nil, false) }
        // Digits beyond 38 significant ones are read for their place, and the next one for rounding.
        var unscaled: Int128 = 0
        var kept = 0
        var dropped = 0
        var roundsUp = false
        for byte in text[..<parts.mantissaEnd] where byte &- 48 <= 9 {
            if kept == 0, byte == 48 { continue }
            if kept < 38 {
                unscaled = unscaled * 10 + Int128(byte &- 48)
                kept += 1
            } else {
                if dropped == 0 { roundsUp = byte >= 53 }
                dropped += 1
            }
        }
        if unscaled == 0 { return (0, true) }
        let exponent = parts.exponent + dropped
        // Exact digits decide on rounding; those dropped only matter where all 38 are kept.
        var result = DecimalMath.rescaled(unscaled, from: -exponent, to: scale)
        if roundsUp, -exponent == scale { result = result.map { $0 + 1 } }
        guard var value = result, DecimalMath.fits(value, precision: precision) else { return (nil, true) }
        if parts.isNegative { value = -value }
        return (value, true)
    }

    private struct Parts {
        var isNegative = false
        var mantissa: UInt64 = 0
        /// Significant digits; `mantissa` is right for up to 19 of them.
        var digits = 0
        /// Where the digits before the exponent end.
        var mantissaEnd = 0
        /// What the digits, read as an integer, are multiplied by: 10^`exponent`.
        var exponent = 0
        var end = 0

        /// The number without a suffix, for the standard library.
        func plain(_ text: UnsafeBufferPointer<UInt8>) -> String { String(decoding: text[..<end], as: UTF8.self) }
    }

    /// Sign, digits, point, digits, exponent, and the suffix that Java allows.
    private static func scan(_ text: UnsafeBufferPointer<UInt8>, allowsSuffix: Bool = true) -> Parts? {
        var parts = Parts()
        var position = 0
        parts.isNegative = text.first == UInt8(ascii: "-")
        if parts.isNegative || text.first == UInt8(ascii: "+") { position = 1 }
        var seen = 0
        var fraction = 0
        var behindPoint = false
        while position < text.count {
            let byte = text[position]
            if byte &- 48 <= 9 {
                seen += 1
                if parts.digits > 0 || byte != 48 { parts.digits += 1 }
                if parts.digits <= 19 { parts.mantissa = parts.mantissa &* 10 &+ UInt64(byte &- 48) }
                if behindPoint { fraction += 1 }
            } else if byte == UInt8(ascii: "."), !behindPoint {
                behindPoint = true
            } else {
                break
            }
            position += 1
        }
        guard seen > 0 else { return nil }
        parts.mantissaEnd = position
        var exponent = 0
        if position < text.count, text[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            var isNegative = false
            if position < text.count, text[position] == UInt8(ascii: "-") || text[position] == UInt8(ascii: "+") {
                isNegative = text[position] == UInt8(ascii: "-")
                position += 1
            }
            let first = position
            while position < text.count, text[position] &- 48 <= 9 {
                exponent = min(exponent * 10 + Int(text[position] &- 48), 1_000_000)
                position += 1
            }
            guard position > first else { return nil }
            if isNegative { exponent = -exponent }
        }
        parts.end = position
        if allowsSuffix, position == text.count - 1,
            [UInt8(ascii: "d"), UInt8(ascii: "f")].contains(text[position] | 0x20)
        {
            position += 1
        }
        guard position == text.count else { return nil }
        parts.exponent = exponent - fraction
        return parts
    }
}

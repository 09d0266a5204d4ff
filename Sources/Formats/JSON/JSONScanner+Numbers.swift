// Numbers of JSON: most of them at once, all others sign by sign.

import Columns

extension JSONScanner {
    // MARK: As most are

    /// An integer of up to 18 digits at a place, and what is behind it; `nil` for all others.
    @inline(__always)
    func plainInteger(_ place: UnsafePointer<UInt8>) -> (value: Int64, next: UnsafePointer<UInt8>)? {
        let isNegative = place.pointee == UInt8(ascii: "-")
        let first = place + (isNegative ? 1 : 0)
        let word = DigitWord(first)
        let count = word.count
        guard count > 0 else { return nil }
        var value = word.number(count)
        var next = first + count
        if count == 8 {
            while next < first + 18 {
                let digit = next.pointee &- 48
                if digit > 9 { break }
                value = value &* 10 &+ UInt64(digit)
                next += 1
            }
        }
        guard endsNumber(next), next.pointee != UInt8(ascii: "."), first.pointee != 48 || next - first == 1 else {
            return nil
        }
        let magnitude = Int64(truncatingIfNeeded: value)
        return (isNegative ? 0 &- magnitude : magnitude, next)
    }

    /// A number of up to 7 digits before the point and 8 behind it at a place, and what follows; `nil` for all others.
    @inline(__always)
    func plainDouble(_ place: UnsafePointer<UInt8>) -> (value: Double, next: UnsafePointer<UInt8>)? {
        let isNegative = place.pointee == UInt8(ascii: "-")
        let first = place + (isNegative ? 1 : 0)
        let word = DigitWord(first)
        let count = word.count
        guard count > 0, count < 8, first.pointee != 48 || count == 1 else { return nil }
        var value = Double(word.number(count))
        var next = first + count
        if next.pointee == UInt8(ascii: ".") {
            let fraction = DigitWord(next + 1)
            let digits = fraction.count
            guard digits > 0 else { return nil }
            next += 1 &+ digits
            // 15 digits and a power of ten are exact, so one rounding is right.
            value = Double(word.number(count) &* 100_000_000 &+ fraction.filledUp(digits)) / 100_000_000
        }
        guard endsNumber(next), next.pointee != UInt8(ascii: ".") else { return nil }
        return (isNegative ? -value : value, next)
    }

    /// Passes a number without an exponent; `nil` for all others.
    @inline(__always)
    func behindPlainNumber(_ place: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>? {
        let first = place + (place.pointee == UInt8(ascii: "-") ? 1 : 0)
        var next = behindDigits(first)
        guard next > first, first.pointee != 48 || next - first == 1 else { return nil }
        if next.pointee == UInt8(ascii: ".") {
            let point = next
            next = behindDigits(point + 1)
            guard next - point > 1 else { return nil }
        }
        return endsNumber(next) ? next : nil
    }

    @inline(__always)
    private func behindDigits(_ place: UnsafePointer<UInt8>) -> UnsafePointer<UInt8> {
        var next = place
        while next < end {
            let count = DigitWord(next).count
            next += count
            if count < 8 { break }
        }
        return next
    }

    /// Whether digits that stand before a place are the end of a number. What lies beyond the text may be digits, too.
    @inline(__always)
    private func endsNumber(_ next: UnsafePointer<UInt8>) -> Bool {
        next < end && next.pointee &- 48 > 9 && next.pointee | 0x20 != UInt8(ascii: "e")
    }

    // MARK: All

    /// A number that `at` is at, or `nil` where it is none. Ends behind it.
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
}

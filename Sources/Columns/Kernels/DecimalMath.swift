// Decimals as unscaled 128-bit integers: rescaling, rounding, and products that need 256 bits on the way.

/// Exact arithmetic on unscaled decimals of at most 38 digits. `nil` is a result that does not fit.
package enum DecimalMath {
    /// 10^`exponent`, or `nil` where it has more than 39 digits or the exponent is negative.
    static func powerOfTen(_ exponent: Int) -> Int128? {
        (0...38).contains(exponent) ? PowersOfTen.integer(exponent) : nil
    }

    /// Whether a value has at most `precision` digits.
    package static func fits(_ value: Int128, precision: Int) -> Bool {
        guard let limit = powerOfTen(precision) else { return false }
        return value > -limit && value < limit
    }

    /// The value with another number of digits behind the point, rounded half away from zero.
    package static func rescaled(_ value: Int128, from: Int, to: Int) -> Int128? {
        if to >= from {
            if value == 0 { return 0 }
            guard let factor = powerOfTen(to - from) else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: factor)
            return overflow ? nil : product
        }
        guard let divisor = powerOfTen(from - to) else { return 0 }
        let (quotient, rest) = value.quotientAndRemainder(dividingBy: divisor)
        return rest.magnitude >= divisor.magnitude - rest.magnitude ? quotient + (value < 0 ? -1 : 1) : quotient
    }

    /// Without the digits behind the point.
    package static func truncated(_ value: Int128, scale: Int) -> Int128 {
        powerOfTen(scale).map { value / $0 } ?? 0
    }

    package static func sum(_ a: Int128, _ aScale: Int, _ b: Int128, _ bScale: Int, scale: Int) -> Int128? {
        let common = max(aScale, bScale)
        guard let x = rescaled(a, from: aScale, to: common), let y = rescaled(b, from: bScale, to: common) else {
            return wideSum(a, common - aScale, b, common - bScale, drop: common - scale)
        }
        let (sum, overflow) = x.addingReportingOverflow(y)
        if overflow { return wideSum(a, common - aScale, b, common - bScale, drop: common - scale) }
        return rescaled(sum, from: common, to: scale)
    }

    /// a · 10^`aShift` + b · 10^`bShift`, where they or their sum have more than 128 bits; without the last `drop`
    /// digits.
    @inline(never)
    private static func wideSum(_ a: Int128, _ aShift: Int, _ b: Int128, _ bShift: Int, drop: Int) -> Int128? {
        guard let aFactor = powerOfTen(aShift), let bFactor = powerOfTen(bShift), let divisor = powerOfTen(drop) else {
            return nil
        }
        let x = a.magnitude.multipliedFullWidth(by: aFactor.magnitude)
        let y = b.magnitude.multipliedFullWidth(by: bFactor.magnitude)
        if (a < 0) == (b < 0) {
            // Both have at most 253 bits.
            let (low, carry) = x.low.addingReportingOverflow(y.low)
            return rounded((x.high + y.high + (carry ? 1 : 0), low), by: divisor, isNegative: a < 0)
        }
        let isLarger = x.high > y.high || x.high == y.high && x.low >= y.low
        let (large, small) = isLarger ? (x, y) : (y, x)
        let (low, borrow) = large.low.subtractingReportingOverflow(small.low)
        let high = large.high - small.high - (borrow ? 1 : 0)
        return rounded((high, low), by: divisor, isNegative: isLarger ? a < 0 : b < 0)
    }

    /// Seconds as microseconds, without what is smaller: the last 64 bits, and whether that is all.
    package static func microseconds(_ seconds: Int128, scale: Int) -> (low: Int64, isWhole: Bool) {
        let limit = powerOfTen(scale) ?? Int128.max
        let (whole, rest) = seconds.quotientAndRemainder(dividingBy: limit)
        // Behind the point there are at most 38 digits, of which six count.
        let fraction = scale > 6 ? rest / (powerOfTen(scale - 6) ?? 1) : rest * (powerOfTen(6 - scale) ?? 1)
        let (product, overflow) = whole.multipliedReportingOverflow(by: 1_000_000)
        let (sum, carry) = product.addingReportingOverflow(fraction)
        let low = Int64(truncatingIfNeeded: sum)
        return (low, !overflow && !carry && Int128(low) == sum)
    }

    static func product(_ a: Int128, _ b: Int128, productScale: Int, scale: Int) -> Int128? {
        let (small, overflow) = a.multipliedReportingOverflow(by: b)
        if !overflow { return rescaled(small, from: productScale, to: scale) }
        let isNegative = (a < 0) != (b < 0)
        var product = a.magnitude.multipliedFullWidth(by: b.magnitude)
        var drop = productScale - scale
        if drop > 38, let whole = powerOfTen(38)?.magnitude, product.high < whole {
            // More digits than one divisor takes off. What the first leaves decides no tie: half of the second is
            // whole.
            product = (0, whole.dividingFullWidth(product).quotient)
            drop -= 38
        }
        guard drop > 0, let divisor = powerOfTen(drop) else { return nil }
        return rounded(product, by: divisor, isNegative: isNegative)
    }

    static func quotient(_ a: Int128, _ aScale: Int, _ b: Int128, _ bScale: Int, scale: Int) -> Int128? {
        guard b != 0 else { return nil }
        let shift = scale - aScale + bScale
        if shift < 0 {
            guard let factor = powerOfTen(-shift) else { return 0 }
            let (divisor, overflow) = b.magnitude.multipliedReportingOverflow(by: factor.magnitude)
            if overflow { return 0 }
            return rounded((0, a.magnitude), by: divisor, isNegative: (a < 0) != (b < 0))
        }
        let isNegative = (a < 0) != (b < 0)
        // At most 38 digits at a time fit the factor.
        guard let factor = powerOfTen(min(shift, 38)) else { return nil }
        let product = a.magnitude.multipliedFullWidth(by: factor.magnitude)
        guard shift > 38 else { return rounded(product, by: b.magnitude, isNegative: isNegative) }
        // More digits than one factor gives: divide, then go on with the rest.
        guard product.high < b.magnitude, let more = powerOfTen(shift - 38) else { return nil }
        let (high, rest) = b.magnitude.dividingFullWidth(product)
        let (scaled, overflow) = high.multipliedReportingOverflow(by: more.magnitude)
        guard !overflow,
            let low = rounded(rest.multipliedFullWidth(by: more.magnitude), by: b.magnitude, isNegative: false)
        else { return nil }
        let (sum, carry) = scaled.addingReportingOverflow(UInt128(low))
        guard !carry, let result = Int128(exactly: sum) else { return nil }
        return isNegative ? -result : result
    }

    /// A 256-bit number divided, rounded half away from zero.
    private static func rounded(
        _ value: (high: UInt128, low: UInt128), by divisor: some FixedWidthInteger, isNegative: Bool
    ) -> Int128? {
        let divisor = UInt128(divisor)
        guard value.high < divisor else { return nil }
        let (quotient, rest) = divisor.dividingFullWidth(value)
        guard let whole = Int128(exactly: quotient), whole < Int128.max else { return nil }
        let result = rest >= divisor - rest ? whole + 1 : whole
        return isNegative ? -result : result
    }

    package static func remainder(_ a: Int128, _ aScale: Int, _ b: Int128, _ bScale: Int, scale: Int) -> Int128? {
        guard b != 0 else { return nil }
        let common = max(aScale, bScale)
        guard let y = rescaled(b, from: bScale, to: common) else {
            // A divisor of more than 128 bits is larger than what it divides.
            return rescaled(a, from: aScale, to: scale)
        }
        guard let x = rescaled(a, from: aScale, to: common) else {
            guard let factor = powerOfTen(common - aScale) else { return nil }
            let rest = divided(a.magnitude.multipliedFullWidth(by: factor.magnitude), by: y.magnitude).rest
            return rescaled(a < 0 ? -Int128(rest) : Int128(rest), from: common, to: scale)
        }
        return rescaled(y == -1 ? 0 : x % y, from: common, to: scale)
    }

    /// A 256-bit number divided, the quotient `nil` where it has more than 128 bits.
    private static func divided(
        _ value: (high: UInt128, low: UInt128), by divisor: UInt128
    ) -> (quotient: UInt128?, rest: UInt128) {
        let (quotient, rest) = divisor.dividingFullWidth((value.high % divisor, value.low))
        return (value.high < divisor ? quotient : nil, rest)
    }

    static func integralQuotient(_ a: Int128, _ aScale: Int, _ b: Int128, _ bScale: Int) -> Int64? {
        let common = max(aScale, bScale)
        guard b != 0 else { return nil }
        guard let y = rescaled(b, from: bScale, to: common) else { return 0 }
        guard let x = rescaled(a, from: aScale, to: common) else {
            guard let factor = powerOfTen(common - aScale),
                let quotient = divided(a.magnitude.multipliedFullWidth(by: factor.magnitude), by: y.magnitude).quotient,
                let whole = Int128(exactly: quotient)
            else { return nil }
            return Int64(exactly: (a < 0) == (b < 0) ? whole : -whole)
        }
        return Int64(exactly: x / y)
    }
}

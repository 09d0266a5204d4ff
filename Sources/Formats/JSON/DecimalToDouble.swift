// The double nearest to a decimal number, by one multiplication with a power of five of 128 bits (Eisel and Lemire,
// "Number Parsing at a Gigabyte per Second", 2021).

/// Correctly rounded doubles; the rare cases that 128 bits don't decide are left to the system.
enum DecimalToDouble {
    private static let leastExponent = -342
    private static let greatestExponent = 308

    /// The upper 128 bits of 5^q for q from -342 to 308, the highest bit set; rounded down, but up from -27 to -1.
    private static let powers: [(high: UInt64, low: UInt64)] = {
        var table: [(high: UInt64, low: UInt64)] = []
        table.reserveCapacity(greatestExponent - leastExponent + 1)
        for exponent in stride(from: -leastExponent, to: 0, by: -1) { table.append(reciprocal(exponent)) }
        var power = [UInt32](repeating: 0, count: 1)
        power[0] = 1
        for _ in 0...greatestExponent {
            table.append(leadingBits(power))
            multiplyByFive(&power)
        }
        return table
    }()

    /// mantissa × 10^exponent as a double, or `nil` where it takes more than this.
    static func nearest(_ mantissa: UInt64, _ exponent: Int) -> Double? {
        if mantissa == 0 || exponent < leastExponent { return 0 }
        if exponent > greatestExponent { return .infinity }
        let shift = mantissa.leadingZeroBitCount
        let normalised = mantissa &<< UInt64(shift)
        let power = powers[exponent - leastExponent]
        var (upper, lower) = normalised.multipliedFullWidth(by: power.high)
        if upper & 0x1FF == 0x1FF {
            // The bits that are missing may change the result.
            let more = normalised.multipliedFullWidth(by: power.low)
            let (sum, carry) = lower.addingReportingOverflow(more.high)
            lower = sum
            if carry { upper &+= 1 }
        }
        if lower == .max, !(-27...55).contains(exponent) { return nil }
        let top = Int(upper &>> 63)
        var bits = upper &>> UInt64(top + 9)
        // floor(log2(10^q)) for all q in the table.
        var binary = (217_706 * exponent) >> 16 + 63 + 1023 - shift + top
        if binary <= 0 { return nil }
        // A tie is rounded to even; it is one only where the rest of the product is exact.
        if lower <= 1, (-4...23).contains(exponent), bits & 3 == 1, bits &<< UInt64(top + 9) == upper { bits &= ~1 }
        bits = (bits &+ (bits & 1)) &>> 1
        if bits >= 1 &<< 53 {
            bits = 1 &<< 52
            binary += 1
        }
        if binary >= 0x7FF { return .infinity }
        return Double(bitPattern: UInt64(binary) &<< 52 | (bits & ~(1 &<< 52)))
    }

    // MARK: The table

    private static func multiplyByFive(_ number: inout [UInt32]) {
        var carry: UInt64 = 0
        for index in number.indices {
            let product = UInt64(number[index]) * 5 + carry
            number[index] = UInt32(truncatingIfNeeded: product)
            carry = product >> 32
        }
        if carry > 0 { number.append(UInt32(carry)) }
    }

    /// The 128 highest bits, the first of them set; rounded down.
    private static func leadingBits(_ number: [UInt32]) -> (high: UInt64, low: UInt64) {
        let bits = number.count * 32 - (number.last ?? 0).leadingZeroBitCount
        var high: UInt64 = 0
        var low: UInt64 = 0
        for index in 0..<128 {
            let place = bits - 1 - index
            let bit: UInt64 = place < 0 ? 0 : UInt64(number[place / 32] >> UInt32(place % 32) & 1)
            high = high << 1 | low >> 63
            low = low << 1 | bit
        }
        return (high, low)
    }

    /// 1 / 5^exponent: long division, bit by bit.
    private static func reciprocal(_ exponent: Int) -> (high: UInt64, low: UInt64) {
        var divisor: [UInt32] = [1]
        for _ in 0..<exponent { multiplyByFive(&divisor) }
        divisor.append(0)
        var rest = [UInt32](repeating: 0, count: divisor.count)
        rest[0] = 1
        var high: UInt64 = 0
        var low: UInt64 = 0
        var count = 0
        while count < 128 {
            double(&rest)
            let bit: UInt64 = isAtLeast(rest, divisor) ? 1 : 0
            if bit == 1 { subtract(divisor, from: &rest) }
            if count == 0, bit == 0 { continue }
            high = high << 1 | low >> 63
            low = low << 1 | bit
            count += 1
        }
        // The proof takes these as rounded up, and those of more digits as cut off.
        guard exponent <= 27 else { return (high, low) }
        low &+= 1
        if low == 0 { high &+= 1 }
        return (high, low)
    }

    private static func double(_ number: inout [UInt32]) {
        var carry: UInt32 = 0
        for index in number.indices {
            let next = number[index] >> 31
            number[index] = number[index] << 1 | carry
            carry = next
        }
    }

    private static func isAtLeast(_ a: [UInt32], _ b: [UInt32]) -> Bool {
        for index in a.indices.reversed() where a[index] != b[index] { return a[index] > b[index] }
        return true
    }

    private static func subtract(_ b: [UInt32], from a: inout [UInt32]) {
        var borrow: UInt32 = 0
        for index in a.indices {
            let (first, overflow) = a[index].subtractingReportingOverflow(b[index])
            let (second, more) = first.subtractingReportingOverflow(borrow)
            a[index] = second
            borrow = overflow || more ? 1 : 0
        }
    }
}

// A DOUBLE in hexadecimal digits, as java.util.Formatter's %a writes it.

/// The digits of a finite number: `1.8p0` is 1.5.
struct HexadecimalDouble {
    let isNegative: Bool
    /// 1, and 0 for zero and for the numbers below the normal ones.
    let whole: UInt8
    /// The digits behind the point, the first one highest.
    let fraction: UInt64
    /// How many digits there are behind the point: at least 1, without zeros at the end where nobody asks for them.
    let digitCount: Int
    /// Zeros behind those digits.
    let zeroCount: Int
    let exponent: Int

    private static let fractionDigits = 13

    /// With so many digits behind the point, rounded half to even, where there are fewer than the number has; without
    /// a precision as many as it needs.
    init(_ value: Double, precision: Int?) {
        isNegative = value.sign == .minus
        var bits = value.significandBitPattern
        var exponent = value == 0 ? 0 : value.exponentBitPattern == 0 ? -1022 : Int(value.exponent)
        var whole: UInt8 = value.exponentBitPattern == 0 ? 0 : 1
        var count = Self.fractionDigits
        if let asked = precision.map({ max(1, $0) }), asked < count, value != 0 {
            // What is cut is written as a normal number.
            if whole == 0 {
                let shift = bits.leadingZeroBitCount - 11
                bits = (bits << UInt64(shift)) & ((1 << 52) - 1)
                exponent -= shift
                whole = 1
            }
            let dropped = UInt64(4 * (count - asked))
            let half: UInt64 = 1 << (dropped - 1)
            let rest = bits & ((1 << dropped) - 1)
            bits >>= dropped
            if rest > half || (rest == half && bits & 1 == 1) { bits += 1 }
            if bits >> UInt64(4 * asked) != 0 {
                bits = 0
                exponent += 1
            }
            count = asked
        } else {
            while count > 1, bits & 0xF == 0 {
                bits >>= 4
                count -= 1
            }
        }
        self.whole = whole
        self.exponent = exponent
        fraction = bits
        digitCount = count
        zeroCount = max(0, (precision.map { max(1, $0) } ?? 0) - count)
    }

    /// How many characters there are behind the sign and the `0x`.
    var length: Int { 2 + digitCount + zeroCount + exponentText.utf8.count + 1 }

    private var exponentText: String { "\(exponent)" }

    /// Gives the bytes behind the `0x`.
    func write(isUpper: Bool, _ put: (UInt8) -> Void) {
        put(whole + UInt8(ascii: "0"))
        put(UInt8(ascii: "."))
        for place in (0..<digitCount).reversed() {
            let digit = UInt8(truncatingIfNeeded: fraction >> UInt64(4 * place)) & 0xF
            put(digit < 10 ? digit + 48 : digit + (isUpper ? 55 : 87))
        }
        for _ in 0..<zeroCount { put(UInt8(ascii: "0")) }
        put(UInt8(ascii: isUpper ? "P" : "p"))
        for byte in exponentText.utf8 { put(byte) }
    }
}

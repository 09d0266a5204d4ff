// The cube root, to the last bit that of Java's StrictMath.

/// Cube roots as fdlibm has them, which Java prescribes: C libraries differ in the last bit.
enum CubeRoot {
    /// The cube root, with an error below 0.667 units in the last place.
    static func of(_ number: Double) -> Double {
        guard number.isFinite, number != 0 else { return number }
        let value = number.magnitude
        var root = estimate(value)
        // Newton's method with a good step: 23 bits are right.
        let ratio = root * root / value
        let step = 5.42857142857142815906e-01 + ratio * root
        let divisor = step + 1.41428571428571436819 + -7.05306122448979611050e-01 / step
        root *= 3.57142857142857150787e-01 + 1.60714285714285720630 / divisor
        // Cut to 20 bits and made a little too large, so that its square is exact.
        root = Double(bitPattern: ((root.bitPattern >> 32) + 1) << 32)
        let quotient = value / (root * root)
        root += root * ((quotient - root) / (root + root + quotient))
        return number < 0 ? -root : root
    }

    /// A third of the exponent: 5 bits are right.
    private static func estimate(_ value: Double) -> Double {
        guard !value.isSubnormal else {
            let scaled = value * 0x1p54
            return Double(bitPattern: ((scaled.bitPattern >> 32) / 3 + 696_219_795) << 32)
        }
        return Double(bitPattern: ((value.bitPattern >> 32) / 3 + 715_094_163) << 32)
    }
}

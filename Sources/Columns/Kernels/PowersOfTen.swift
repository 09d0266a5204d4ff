// 10^0 to 10^38 as 128-bit integers.

/// Powers of ten that decimals are scaled by.
enum PowersOfTen {
    private static let table: [Int128] = {
        var powers: [Int128] = [1]
        for _ in 0..<38 { powers.append(powers[powers.count - 1] * 10) }
        return powers
    }()

    /// 10^`exponent`, for exponents from 0 to 38.
    static func integer(_ exponent: Int) -> Int128 { table[exponent] }

    /// 10^`exponent` without a sign, for exponents from 0 to 38.
    static func unsigned(_ exponent: Int) -> UInt128 { UInt128(truncatingIfNeeded: table[exponent]) }
}

// A number as it stands in a text, and what it becomes.

import CPlatform
import Columns

/// A sign and digits: ±`mantissa` × 10^`exponent`, exact where there are at most 19 digits.
struct JSONNumber {
    private(set) var start: UnsafePointer<UInt8>
    var length = 0
    var isNegative = false
    /// Neither point nor exponent.
    var isIntegral = true
    var mantissa: UInt64 = 0
    /// Digits that count: those behind zeros at the start.
    var digits = 0
    var exponent = 0
    /// What it is instead, where it is not finite.
    var special: Double?

    init(start: UnsafePointer<UInt8>) { self.start = start }

    /// The integer, where it fits 64 bits.
    @inline(__always)
    var integer: Int64? {
        guard isIntegral, digits <= 19 else { return nil }
        if isNegative {
            return mantissa <= UInt64(Int64.max) &+ 1 ? Int64(truncatingIfNeeded: 0 &- mantissa) : nil
        }
        return mantissa <= UInt64(Int64.max) ? Int64(truncatingIfNeeded: mantissa) : nil
    }

    /// The same number with an end behind its text: what reads one of many digits goes on as long as there are more,
    /// and behind the end of a record may be those of another.
    func terminated(in memory: inout Buffer) -> JSONNumber {
        if length >= memory.capacity { memory = Buffer(capacity: length * 2) }
        memory.address.copyMemory(from: start, byteCount: length)
        memory.pointer(as: UInt8.self)[length] = 0
        var number = self
        number.start = UnsafePointer(memory.pointer(as: UInt8.self))
        return number
    }

    /// The nearest double.
    @inline(__always)
    var double: Double {
        if let special { return special }
        // Both factors are exact, so one rounding is right.
        if digits <= 19, mantissa <= 1 &<< 53, exponent >= -22, exponent <= 22 {
            let whole = Double(mantissa)
            let power = platform_power_of_ten(Int32(truncatingIfNeeded: exponent.magnitude))
            let value = exponent < 0 ? whole / power : whole * power
            return isNegative ? -value : value
        }
        return slowDouble
    }

    private var slowDouble: Double {
        if digits <= 19, let value = DecimalToDouble.nearest(mantissa, exponent) {
            return isNegative ? -value : value
        }
        return platform_text_to_double(start)
    }

    /// The nearest float.
    var float: Float {
        if let special { return Float(special) }
        // Exact in both: 24 bits, and powers up to 10^10.
        if digits <= 19, mantissa <= 1 &<< 24, exponent >= -10, exponent <= 10 {
            let power = Float(platform_power_of_ten(Int32(truncatingIfNeeded: exponent.magnitude)))
            let value = exponent < 0 ? Float(mantissa) / power : Float(mantissa) * power
            return isNegative ? -value : value
        }
        return platform_text_to_float(start)
    }

    /// The decimal with that scale, rounded half away from zero; `nil` where it has too many digits.
    func decimal(precision: Int, scale: Int) -> Int128? {
        guard special == nil else { return nil }
        guard digits <= 19, abs(exponent) <= 100 else {
            let text = UnsafeBufferPointer(start: start, count: length)
            return NumberText.decimal(text, precision: precision, scale: scale).value
        }
        guard let value = DecimalMath.rescaled(Int128(mantissa), from: -exponent, to: scale),
            DecimalMath.fits(value, precision: precision)
        else { return nil }
        return isNegative ? -value : value
    }
}

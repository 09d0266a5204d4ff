// Numbers as text, in the forms that Java and so Spark print.

/// Numbers to text as `Double.toString`, `BigDecimal.toPlainString` and their like write them.
package enum JavaNumbers {
    /// `1.0`, `1.0E10`, `-0.0`, `NaN`, `Infinity`: the fewest digits that tell the value from its neighbours.
    package static func text(_ value: Double) -> String {
        value.isNaN ? "NaN" : value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : adapted(value.description)
    }

    /// As for `Double`, with the digits that a `Float` needs.
    package static func text(_ value: Float) -> String {
        value.isNaN ? "NaN" : value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : adapted(value.description)
    }

    /// Swift's shortest digits in Java's layout: plain from 10^-3 to below 10^7, else with an exponent.
    private static func adapted(_ text: String) -> String {
        var digits: [UInt8] = []
        var point: Int?
        var exponent = 0
        var isNegative = false
        var bytes = Array(text.utf8)[...]
        if bytes.first == UInt8(ascii: "-") {
            isNegative = true
            bytes = bytes.dropFirst()
        }
        if let e = bytes.firstIndex(of: UInt8(ascii: "e")) {
            exponent = Int(String(decoding: bytes[(e + 1)...], as: UTF8.self)) ?? 0
            bytes = bytes[..<e]
        }
        for byte in bytes {
            if byte == UInt8(ascii: ".") { point = digits.count } else { digits.append(byte) }
        }
        // The value is 0.d1d2d3... × 10^magnitude.
        var magnitude = (point ?? digits.count) + exponent
        while digits.count > 1, digits.first == UInt8(ascii: "0") {
            digits.removeFirst()
            magnitude -= 1
        }
        while digits.count > 1, digits.last == UInt8(ascii: "0") { digits.removeLast() }
        let sign = isNegative ? "-" : ""
        let all = String(decoding: digits, as: UTF8.self)
        if all == "0" { return sign + "0.0" }
        if magnitude > -3, magnitude <= 7 {
            if magnitude <= 0 { return sign + "0." + String(repeating: "0", count: -magnitude) + all }
            if magnitude >= digits.count {
                return sign + all + String(repeating: "0", count: magnitude - digits.count) + ".0"
            }
            return sign + String(decoding: digits[..<magnitude], as: UTF8.self) + "."
                + String(decoding: digits[magnitude...], as: UTF8.self)
        }
        let rest = digits.count > 1 ? String(decoding: digits[1...], as: UTF8.self) : "0"
        return sign + String(decoding: digits[..<1], as: UTF8.self) + "." + rest + "E\(magnitude - 1)"
    }

    /// `unscaled` × 10^(-`scale`) without exponent, with `scale` digits behind the point.
    package static func text(unscaled: Int128, scale: Int) -> String {
        let digits = String(unscaled.magnitude)
        let sign = unscaled < 0 ? "-" : ""
        if scale <= 0 { return sign + digits + String(repeating: "0", count: unscaled == 0 ? 0 : -scale) }
        let padded = String(repeating: "0", count: max(0, scale + 1 - digits.utf8.count)) + digits
        return sign + padded.dropLast(scale) + "." + padded.suffix(scale)
    }
}

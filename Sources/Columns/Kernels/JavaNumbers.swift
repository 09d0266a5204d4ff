// Numbers as text, in the forms that Java and so Spark print.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Numbers to text as `Double.toString`, `BigDecimal.toPlainString` and their like write them.
package enum JavaNumbers {
    /// `1.0`, `1.0E10`, `-0.0`, `NaN`, `Infinity`: the fewest digits that tell the value from its neighbours.
    package static func text(_ value: Double) -> String { ValueWriter.text { $0.write(value) } }

    /// As for `Double`, with the digits that a `Float` needs.
    package static func text(_ value: Float) -> String { ValueWriter.text { $0.write(value) } }

    /// The two nearest digits of a value that one digit is enough to tell from its neighbours; `nil` where it isn't.
    static func twoDigits<T: BinaryFloatingPoint & TextOutputStreamable>(_ value: T) -> String? {
        let shortest = "\(value)".prefix { $0 != "e" }.filter { $0 != "-" && $0 != "." && $0 != "0" }
        guard shortest.count == 1 else { return nil }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { memory in
            guard let start = memory.baseAddress else { return nil }
            let length = withVaList([Double(value)]) { vsnprintf(start, 32, "%.1e", $0) }
            guard length > 0, length < 32 else { return nil }
            return String(cString: start).uppercased()
        }
    }

    /// `unscaled` × 10^(-`scale`) without exponent, with `scale` digits behind the point.
    package static func text(unscaled: Int128, scale: Int) -> String {
        ValueWriter.text { $0.write(unscaled: unscaled, scale: scale) }
    }

    /// Swift's shortest digits in Java's layout: plain from 10^-3 to below 10^7, else with an exponent. Writes at most
    /// 32 bytes and returns how many.
    static func adapt(_ text: UnsafeBufferPointer<UInt8>, into out: UnsafeMutablePointer<UInt8>) -> Int {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64) { memory in
            guard let digits = memory.baseAddress else { return 0 }
            var number = Digits(text, into: digits)
            number.normalise()
            return number.write(to: out)
        }
    }

    /// A sign, and 0.d1d2d3... × 10^magnitude.
    private struct Digits {
        private var digits: UnsafeMutablePointer<UInt8>
        private var count = 0
        private var magnitude = 0
        private var isNegative = false

        init(_ text: UnsafeBufferPointer<UInt8>, into digits: UnsafeMutablePointer<UInt8>) {
            self.digits = digits
            var point: Int?
            var exponent = 0
            var index = 0
            while index < text.count, count < 64 {
                let byte = text[index]
                switch byte {
                case UInt8(ascii: "-"): isNegative = true
                case UInt8(ascii: "."): point = count
                case UInt8(ascii: "e"):
                    let isSmall = index + 1 < text.count && text[index + 1] == UInt8(ascii: "-")
                    for digit in text[(index + 1)...] where digit &- 48 <= 9 {
                        exponent = exponent * 10 + Int(digit &- 48)
                    }
                    if isSmall { exponent = -exponent }
                    index = text.count
                default:
                    digits[count] = byte
                    count += 1
                }
                index += 1
            }
            magnitude = (point ?? count) + exponent
        }

        /// Without zeros at either end.
        mutating func normalise() {
            while count > 1, digits[0] == 48 {
                digits += 1
                count -= 1
                magnitude -= 1
            }
            while count > 1, digits[count - 1] == 48 { count -= 1 }
        }

        func write(to out: UnsafeMutablePointer<UInt8>) -> Int {
            var length = 0
            func put(_ byte: UInt8) {
                out[length] = byte
                length += 1
            }
            func put(_ from: Int, _ end: Int) {
                for index in from..<end { put(index < count ? digits[index] : 48) }
            }
            let (zero, point) = (UInt8(ascii: "0"), UInt8(ascii: "."))
            if isNegative { put(UInt8(ascii: "-")) }
            if count == 1, digits[0] == 48 {
                put(zero)
                put(point)
                put(zero)
            } else if magnitude > -3, magnitude <= 0 {
                put(zero)
                put(point)
                for _ in magnitude..<0 { put(zero) }
                put(0, count)
            } else if magnitude > 0, magnitude <= 7 {
                put(0, magnitude)
                put(point)
                put(magnitude, max(count, magnitude + 1))
            } else {
                put(0, 1)
                put(point)
                put(1, max(count, 2))
                put(UInt8(ascii: "E"))
                let exponent = magnitude - 1
                if exponent < 0 { put(UInt8(ascii: "-")) }
                if exponent.magnitude >= 100 { put(UInt8(truncatingIfNeeded: exponent.magnitude / 100) &+ 48) }
                if exponent.magnitude >= 10 { put(UInt8(truncatingIfNeeded: exponent.magnitude / 10 % 10) &+ 48) }
                put(UInt8(truncatingIfNeeded: exponent.magnitude % 10) &+ 48)
            }
            return length
        }
    }
}

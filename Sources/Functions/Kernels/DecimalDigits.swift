// A number's decimal digits, rounded and written with separators.

import Columns

/// The digits of a number as its text has them. One value serves all rows, so that its memory is used again.
struct DecimalDigits {
    /// From the first that isn't 0; empty for 0.
    private(set) var digits: [UInt8] = []
    /// How many digits stand before the point; below 0 where zeros follow it.
    private(set) var point = 0
    private(set) var isNegative = false
    /// Whether the text is that of no number: NaN, or an infinity.
    private(set) var isFinite = true

    enum Rounding {
        case halfEven, halfUp
    }

    /// Reads a number as casts to STRING write it: `-12.50`, `1.0E-5`.
    mutating func read(_ text: UnsafeBufferPointer<UInt8>) {
        digits.removeAll(keepingCapacity: true)
        point = 0
        isNegative = text.first == UInt8(ascii: "-")
        isFinite = true
        var (hasPoint, exponent, place) = (false, 0, isNegative ? 1 : 0)
        while place < text.count {
            let byte = text[place]
            place += 1
            switch byte {
            case 48...57:
                if digits.isEmpty, byte == 48 {
                    if hasPoint { point -= 1 }
                } else {
                    digits.append(byte - 48)
                    if !hasPoint { point += 1 }
                }
            case UInt8(ascii: "."): hasPoint = true
            case UInt8(ascii: "E"):
                var sign = 1
                for byte in text[place...] {
                    if byte == UInt8(ascii: "-") { sign = -1 } else { exponent = exponent * 10 + Int(byte) - 48 }
                }
                point += sign * exponent
                place = text.count
            default:
                isFinite = false
                return
            }
        }
        dropZeros()
    }

    /// Without zeros at the end.
    private mutating func dropZeros() {
        while digits.last == 0 { digits.removeLast() }
        if digits.isEmpty { point = 0 }
    }

    /// Rounds to so many digits behind the point.
    mutating func round(_ scale: Int, _ rounding: Rounding) {
        let kept = point + scale
        guard kept < digits.count else { return }
        guard kept >= 0 else {
            digits.removeAll(keepingCapacity: true)
            point = 0
            return
        }
        let next = digits[kept]
        let isTie = next == 5 && digits[(kept + 1)...].allSatisfy { $0 == 0 }
        let isOdd = kept > 0 && !digits[kept - 1].isMultiple(of: 2)
        let goesUp = next > 5 || next == 5 && (!isTie || rounding == .halfUp || isOdd)
        digits.removeSubrange(kept...)
        if goesUp { increment() }
        dropZeros()
    }

    private mutating func increment() {
        var place = digits.count
        while place > 0 {
            place -= 1
            if digits[place] < 9 {
                digits[place] += 1
                return
            }
            digits[place] = 0
        }
        digits.insert(1, at: 0)
        point += 1
    }

    /// The digit with this place from the point: 0 is the one before it, -1 the one behind.
    func digit(_ place: Int) -> UInt8 {
        let index = point - 1 - place
        return digits.indices.contains(index) ? digits[index] : 0
    }

    /// Writes the whole digits, at least so many, with a separator before every group of three.
    func writeWhole(atLeast least: Int, grouped: Bool, _ out: inout BytesBuilder) {
        let count = max(point, least)
        out.reserve(count * 2)
        var place = count
        while place > 0 {
            place -= 1
            out.write(digit(place) + 48)
            if grouped, place > 0, place.isMultiple(of: 3) { out.write(UInt8(ascii: ",")) }
        }
    }

    /// Writes so many digits behind the point.
    func writeFraction(_ scale: Int, _ out: inout BytesBuilder) {
        out.reserve(scale)
        for place in 0..<scale { out.write(digit(-1 - place) + 48) }
    }
}

// Functions of numbers that are more than one call of the C library.

import Columns

enum NumberKernels {
    // MARK: Doubles

    /// A function of each double.
    static func doubles(_ body: @escaping @Sendable (Double) -> Double) -> ScalarKernel {
        .unary { column in
            let values = column.slots(as: Double.self)
            return Loops.slots(.double, [column], as: Double.self) { body(values[$0]) }
        }
    }

    /// A function of each double, NULL where it gives none.
    static func partial(_ body: @escaping @Sendable (Double) -> Double?) -> ScalarKernel {
        .unary { column in
            let values = column.slots(as: Double.self)
            return Loops.optionalSlots(.double, [column], as: Double.self) { body(values[$0]) }
        }
    }

    /// A function of two doubles, NULL where it gives none.
    static func pairs(_ body: @escaping @Sendable (Double, Double) -> Double?) -> ScalarKernel {
        .binary { (left, right) in
            let (a, b) = (left.slots(as: Double.self), right.slots(as: Double.self))
            return Loops.optionalSlots(.double, [left, right], as: Double.self) { body(a[$0], b[$0]) }
        }
    }

    /// Whether each double or float is NaN; false for NULL.
    static func isNaN(_ column: ColumnVector) -> ColumnVector {
        let values = column.slots(as: Double.self)
        let valid = column.validityBits
        let bits = Buffer.zeroed(capacity: Bitmap.byteCount(column.count))
        let out = bits.pointer(as: UInt8.self)
        for row in 0..<column.count where Loops.isValid(valid, row) && values[row].isNaN {
            Bitmap.set(out, row)
        }
        return ColumnVector(type: .boolean, count: column.count, values: bits)
    }

    /// Each double rounded to a BIGINT.
    ///
    /// - Throws: ARITHMETIC_OVERFLOW where it is none.
    static func toLong(
        _ name: String, _ rule: FloatingPointRoundingRule
    ) -> ScalarKernel {
        .unary { (column) throws(KernelError) in
            let values = column.slots(as: Double.self)
            return try Loops.checkedSlots(.long, [column], as: Int64.self) { row in
                // As in Spark what is no number is 0.
                values[row].isNaN ? 0 : Int64(exactly: values[row].rounded(rule))
            } _: {
                .arithmeticOverflow("\(name)(\(JavaNumbers.text(values[$0])))", row: $0)
            }
        }
    }

    // MARK: Rounding to digits

    /// How a value between two neighbours is rounded.
    enum Mode: Sendable {
        case halfUp, halfEven, up, down
    }

    /// Doubles or floats with `digits` digits behind the point.
    static func roundFractions(_ digits: Int, _ mode: Mode) -> ScalarKernel {
        .unary { column in
            if column.type == .float {
                let values = column.slots(as: Float.self)
                return Loops.slots(.float, [column], as: Float.self) { row in
                    Float(DecimalRounding.rounded(Double(values[row]), digits, mode))
                }
            }
            let values = column.slots(as: Double.self)
            return Loops.slots(.double, [column], as: Double.self) {
                DecimalRounding.rounded(values[$0], digits, mode)
            }
        }
    }

    /// Integers with `digits` digits behind the point, which count only below 0.
    static func roundIntegers(_ name: String, _ digits: Int, _ type: DataType, _ mode: Mode) -> ScalarKernel {
        if digits >= 0 { return .unary { $0 } }
        switch type {
        case .byte: return integers(name, digits, type, mode, Int8.self)
        case .short: return integers(name, digits, type, mode, Int16.self)
        case .integer: return integers(name, digits, type, mode, Int32.self)
        default: return integers(name, digits, type, mode, Int64.self)
        }
    }

    private static func integers<T: FixedWidthInteger & BitwiseCopyable & Sendable>(
        _ name: String, _ digits: Int, _ type: DataType, _ mode: Mode, _: T.Type
    ) -> ScalarKernel {
        .unary { (column) throws(KernelError) in
            let values = column.slots(as: T.self)
            return try Loops.checkedSlots(type, [column], as: T.self) { row in
                DecimalRounding.rounded(Int128(values[row]), dropping: -digits, mode).flatMap { T(exactly: $0) }
            } _: {
                .arithmeticOverflow("\(name)(\(values[$0]))", row: $0)
            }
        }
    }

    /// Decimals of one scale rounded to `digits` digits behind the point, as the scale of `type`.
    static func roundDecimals(_ scale: Int, _ digits: Int, _ type: DataType, _ mode: Mode) -> ScalarKernel {
        guard case .decimal(let precision, let newScale) = type else {
            preconditionFailure("decimals are rounded to decimals")
        }
        return .unary { (column) throws(KernelError) in
            let values = column.slots(as: Int128.self)
            return try Loops.checkedSlots(type, [column], as: Int128.self) { row in
                let dropped = max(0, scale - digits)
                guard let rounded = DecimalRounding.rounded(values[row], dropping: dropped, mode, keepsPlaces: false),
                    let result = DecimalMath.rescaled(rounded, from: scale - dropped, to: newScale),
                    DecimalMath.fits(result, precision: precision)
                else { return nil }
                return result
            } _: {
                .outOfRange(JavaNumbers.text(unscaled: values[$0], scale: scale), type: type, row: $0)
            }
        }
    }

    // MARK: Remainders

    /// Remainders that are not below 0 where the divisor is above it, of numbers of one type.
    ///
    /// - Throws: DIVIDE_BY_ZERO where the divisor is 0.
    static func positiveRemainder(_ type: DataType) -> ScalarKernel {
        switch type {
        case .byte: integerRemainder(type, Int8.self)
        case .short: integerRemainder(type, Int16.self)
        case .integer: integerRemainder(type, Int32.self)
        case .long: integerRemainder(type, Int64.self)
        case .float: fractionRemainder(type, Float.self)
        default: fractionRemainder(type, Double.self)
        }
    }

    /// Of decimals with so many digits behind the point, as one of `precision` digits, `scale` of them behind it.
    static func positiveRemainder(_ aScale: Int, _ bScale: Int, precision: Int, scale: Int) -> ScalarKernel {
        let type = DataType.decimal(precision: precision, scale: scale)
        let common = max(aScale, bScale)
        return .binary { (left, right) throws(KernelError) in
            let (a, b) = (left.slots(as: Int128.self), right.slots(as: Int128.self))
            return try Loops.checkedSlots(type, [left, right], as: Int128.self) { row in
                guard let rest = DecimalMath.remainder(a[row], aScale, b[row], bScale, scale: common)
                else { return nil }
                let positive = DecimalMath.sum(
                    rest, common, rest < 0 && b[row] > 0 ? b[row] : 0, bScale, scale: scale)
                return positive.flatMap { DecimalMath.fits($0, precision: precision) ? $0 : nil }
            } _: { row in
                if b[row] == 0 { return .remainderByZero(row: row) }
                return KernelError(
                    code: "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION",
                    message: "the result of pmod does not fit \(type)", row: row)
            }
        }
    }

    private static func integerRemainder<T: FixedWidthInteger & SignedInteger & BitwiseCopyable & Sendable>(
        _ type: DataType, _: T.Type
    ) -> ScalarKernel {
        .binary { (left, right) throws(KernelError) in
            let (a, b) = (left.slots(as: T.self), right.slots(as: T.self))
            return try Loops.checkedSlots(type, [left, right], as: T.self) { row in
                guard b[row] != 0 else { return nil }
                let rest = b[row] == -1 ? 0 : a[row] % b[row]
                return rest < 0 ? (rest &+ b[row]) % b[row] : rest
            } _: {
                .remainderByZero(row: $0)
            }
        }
    }

    private static func fractionRemainder<T: BinaryFloatingPoint & BitwiseCopyable & Sendable>(
        _ type: DataType, _: T.Type
    ) -> ScalarKernel {
        .binary { (left, right) throws(KernelError) in
            let (a, b) = (left.slots(as: T.self), right.slots(as: T.self))
            return try Loops.checkedSlots(type, [left, right], as: T.self) { row in
                guard b[row] != 0 else { return nil }
                let rest = a[row].truncatingRemainder(dividingBy: b[row])
                return rest < 0 ? (rest + b[row]).truncatingRemainder(dividingBy: b[row]) : rest
            } _: {
                .remainderByZero(row: $0)
            }
        }
    }

    // MARK: Integers

    /// The product of the integers up to each; NULL outside of 0 to 20.
    static func factorial(_ column: ColumnVector) -> ColumnVector {
        let values = column.slots(as: Int32.self)
        return Loops.optionalSlots(.long, [column], as: Int64.self) { row in
            guard (0...20).contains(values[row]) else { return nil }
            var product: Int64 = 1
            for factor in 0..<Int64(values[row]) { product &*= factor &+ 1 }
            return product
        }
    }

    /// Integers shifted by a number of bits, which counts modulo their width.
    static func shift(
        _ type: DataType, _ long: @escaping @Sendable (Int64, Int64) -> Int64,
        _ integer: @escaping @Sendable (Int32, Int32) -> Int32
    ) -> ScalarKernel {
        .binary { (column, bits) in
            let by = bits.slots(as: Int32.self)
            guard type == .long else {
                let values = column.slots(as: Int32.self)
                return Loops.slots(.integer, [column, bits], as: Int32.self) { integer(values[$0], by[$0]) }
            }
            let values = column.slots(as: Int64.self)
            return Loops.slots(.long, [column, bits], as: Int64.self) { long(values[$0], Int64(by[$0])) }
        }
    }
}

/// Rounding at a decimal place.
enum DecimalRounding {
    /// The value without its last `places` decimal digits; with `keepsPlaces` there are zeros in their place. `nil`
    /// beyond 128 bits.
    static func rounded(
        _ value: Int128, dropping places: Int, _ mode: NumberKernels.Mode, keepsPlaces: Bool = true
    ) -> Int128? {
        guard places > 0 else { return value }
        guard places <= 38 else {
            let isAway = mode == .up ? value > 0 : mode == .down ? value < 0 : false
            return isAway ? nil : 0
        }
        let divisor = (0..<places).reduce(1 as Int128) { power, _ in power * 10 }
        var (quotient, rest) = value.quotientAndRemainder(dividingBy: divisor)
        let isAway: Bool
        switch mode {
        case .up: isAway = rest > 0
        case .down: isAway = rest < 0
        case .halfUp: isAway = rest.magnitude >= divisor.magnitude - rest.magnitude
        case .halfEven:
            let other = divisor.magnitude - rest.magnitude
            isAway = rest.magnitude > other || (rest.magnitude == other && quotient & 1 != 0)
        }
        if isAway { quotient += value < 0 ? -1 : 1 }
        guard keepsPlaces else { return quotient }
        let (product, overflow) = quotient.multipliedReportingOverflow(by: divisor)
        return overflow ? nil : product
    }

    /// The double nearest to the value's shortest decimal text rounded to `digits` digits behind the point, as Java's
    /// BigDecimal rounds it, which knows no -0.0.
    static func rounded(_ value: Double, _ digits: Int, _ mode: NumberKernels.Mode) -> Double {
        guard value != 0 else { return 0 }
        guard value.isFinite, digits < 400 else { return value }
        if digits >= 0, value.magnitude >= 0x1p52 { return value }
        if (0...22).contains(digits), let fast = quickly(value, digits, mode) { return fast }
        return exactly(value, digits, mode)
    }

    private static let powers: [Double] = (0...22).map { exponent in
        (0..<exponent).reduce(1.0) { power, _ in power * 10 }
    }

    /// By a product, where its error can't reach what decides.
    private static func quickly(_ value: Double, _ digits: Int, _ mode: NumberKernels.Mode) -> Double? {
        let scaled = value * powers[digits]
        guard scaled.magnitude < 0x1p50 else { return nil }
        let below = scaled.rounded(.down)
        let fraction = scaled - below
        let doubt = max(scaled.magnitude, 1) * 0x1p-50
        guard fraction > doubt, fraction < 1 - doubt, (fraction - 0.5).magnitude > doubt else { return nil }
        let isUp = mode == .up || (mode != .down && fraction > 0.5)
        let result = (isUp ? below + 1 : below) / powers[digits]
        return result == 0 ? 0 : result
    }

    /// By the digits of the shortest text: only for what lies near the middle of two results.
    private static func exactly(_ value: Double, _ digits: Int, _ mode: NumberKernels.Mode) -> Double {
        var significand: Int128 = 0
        var exponent = 0
        var isBehindPoint = false
        var text = Substring("\(value.magnitude)")
        if let mark = text.firstIndex(of: "e") {
            exponent = Int(text[text.index(after: mark)...]) ?? 0
            text = text[..<mark]
        }
        for byte in text.utf8 {
            guard byte != UInt8(ascii: ".") else {
                isBehindPoint = true
                continue
            }
            significand = significand * 10 + Int128(byte - 48)
            if isBehindPoint { exponent -= 1 }
        }
        let dropped = -exponent - digits
        guard dropped > 0 else { return value }
        let signed = value < 0 ? -significand : significand
        guard let kept = rounded(signed, dropping: dropped, mode, keepsPlaces: false) else { return value }
        return Double("\(kept)e\(exponent + dropped)") ?? value
    }
}

// Numbers, dates and timestamps as one another.

/// Casts between types of fixed width, by the rules of Spark's ANSI mode.
enum NumberCast {
    static func cast(_ column: ColumnVector, to type: DataType, isTry: Bool) throws(KernelError) -> ColumnVector {
        let loop = CastLoop(column: column, type: type, isTry: isTry) { overflow(column, $0, type) }
        switch column.type {
        case .byte: return try integers(Int8.self, loop)
        case .short: return try integers(Int16.self, loop)
        case .integer: return try integers(Int32.self, loop)
        case .long: return try integers(Int64.self, loop)
        case .float: return try fractions(Float.self, loop)
        case .double: return try fractions(Double.self, loop)
        case .decimal(_, let scale): return try decimals(scale, loop)
        case .date where type == .timestamp || type == .timestampNTZ:
            let from = column.slots(as: Int32.self)
            return try loop.slots { Int64(from[$0]) &* CalendarText.microsecondsPerDay }
        case .timestamp, .timestampNTZ: return try timestamps(loop)
        default:
            preconditionFailure("there is no cast from \(column.type) to \(type): the analyzer lets none pass")
        }
    }

    static func overflow(_ column: ColumnVector, _ row: Int, _ type: DataType) -> KernelError {
        let value = "the value \(CastToText.text(column, row: row)) of the type \(column.type)"
        guard type != .timestamp || !isNoFiniteNumber(column, row) else {
            return KernelError(
                code: "CAST_INVALID_INPUT", message: "\(value) cannot be cast to \(type) because it is malformed",
                row: row, hint: "correct the value, or use try_cast to get NULL instead")
        }
        var code = "CAST_OVERFLOW"
        if case .decimal = type { code = "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION" }
        return KernelError(
            code: code, message: "\(value) does not fit \(type)", row: row, hint: "use try_cast to get NULL instead")
    }

    private static func isNoFiniteNumber(_ column: ColumnVector, _ row: Int) -> Bool {
        switch column.type {
        case .float: !column.slots(as: Float.self)[row].isFinite
        case .double: !column.slots(as: Double.self)[row].isFinite
        default: false
        }
    }

    private static func integers<From: FixedWidthInteger & BitwiseCopyable>(
        _: From.Type, _ loop: CastLoop
    ) throws(KernelError) -> ColumnVector {
        let from = loop.column.slots(as: From.self)
        switch loop.type {
        case .boolean: return loop.booleans { from[$0] != 0 }
        case .float: return try loop.slots { Float(from[$0]) }
        case .double: return try loop.slots { Double(from[$0]) }
        case .decimal(let precision, let scale):
            return try loop.decimals(precision, scale, from: 0) { Int128(from[$0]) }
        case .timestamp:
            // As in Spark the last timestamp stands for all that are later.
            return try loop.slots { row in
                let (product, overflow) = Int64(from[row]).multipliedReportingOverflow(by: 1_000_000)
                return !overflow ? product : from[row] < 0 ? .min : .max
            }
        default: return try loop.integers { Int64(from[$0]) }
        }
    }

    private static func fractions<From: BinaryFloatingPoint & BitwiseCopyable & TextOutputStreamable>(
        _: From.Type, _ loop: CastLoop
    ) throws(KernelError) -> ColumnVector {
        let from = loop.column.slots(as: From.self)
        switch loop.type {
        case .boolean: return loop.booleans { from[$0] != 0 }
        case .float: return try loop.slots { Float(from[$0]) }
        case .double: return try loop.slots { Double(from[$0]) }
        case .timestamp:
            return try loop.slots { Int64(exactly: (Double(from[$0]) * 1_000_000).rounded(.towardZero)) }
        case .decimal(let precision, let scale):
            // By the shortest digits, as Java makes a BigDecimal of a double.
            var digits = ShortestDigits()
            // As in Spark NaN and the infinities are NULL, and no error.
            var none: [Int32] = []
            let column = try loop.slots { (row) -> Int128? in
                guard from[row].isFinite else {
                    none.append(Int32(truncatingIfNeeded: row))
                    return 0
                }
                return NumberText.decimal(digits.of(Double(from[row])), precision: precision, scale: scale).value
            }
            guard !none.isEmpty else { return column }
            let validity = Validity(of: column).excluding(none, count: column.count)
            return ColumnVector(
                type: loop.type, count: column.count, validity: validity.bits, nullCount: validity.nullCount,
                values: column.values ?? Buffer.zeroed(capacity: 16 * column.count))
        default:
            // Without what is behind the point; NaN and what is too large have no counterpart. The greatest BIGINT is
            // 2^63 as DOUBLE, which comes back as it.
            return try loop.integers { from[$0] == 0x1p63 ? .max : Int64(exactly: from[$0].rounded(.towardZero)) }
        }
    }

    private static func decimals(_ scale: Int, _ loop: CastLoop) throws(KernelError) -> ColumnVector {
        let from = loop.column.slots(as: Int128.self)
        switch loop.type {
        case .boolean: return loop.booleans { from[$0] != 0 }
        case .float: return try loop.slots { Float(double(from[$0], scale)) }
        case .double: return try loop.slots { double(from[$0], scale) }
        case .timestamp:
            // As in Spark what is beyond the calendar goes on at its other end.
            return try loop.slots { row in DecimalMath.microseconds(from[row], scale: scale).low }
        case .decimal(let precision, let newScale):
            return try loop.decimals(precision, newScale, from: scale) { from[$0] }
        default: return try loop.integers { Int64(exactly: DecimalMath.truncated(from[$0], scale: scale)) }
        }
    }

    /// The nearest double. Small values divide exactly; others go by their digits.
    private static func double(_ unscaled: Int128, _ scale: Int) -> Double {
        if unscaled.magnitude < 1 << 53, scale <= 22 { return Double(unscaled) / NumberText.exactPowers[scale] }
        return Double("\(unscaled)e-\(scale)") ?? .nan
    }

    private static func timestamps(_ loop: CastLoop) throws(KernelError) -> ColumnVector {
        let from = loop.column.slots(as: Int64.self)
        switch loop.type {
        case .date:
            // The days of all microseconds fit.
            return Loops.everySlot(.date, loop.column, as: Int32.self) {
                let days = CalendarText.floorDivide(from[$0], CalendarText.microsecondsPerDay).quotient
                return Int32(truncatingIfNeeded: days)
            }
        case .float: return try loop.slots { Float(Double(from[$0]) / 1e6) }
        case .double: return try loop.slots { Double(from[$0]) / 1e6 }
        case .decimal(let precision, let scale):
            return try loop.decimals(precision, scale, from: 6) { Int128(from[$0]) }
        default: return try loop.integers { CalendarText.floorDivide(from[$0], 1_000_000).quotient }
        }
    }
}

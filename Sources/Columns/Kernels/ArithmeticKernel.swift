// Arithmetic in ANSI mode: what does not fit is an error, never a wrong number.

/// `+ - * / % div`, signs and absolute values.
///
/// Only decimals go through `Loops`. Of other numbers rows that are NULL are calculated like all others and zeroed
/// afterwards, and what does not fit is looked for only where one row's flag says so: without a question for each row
/// the processor calculates several at once.
@usableFromInline
package enum ArithmeticKernel {
    /// Calculates row by row. Both sides are of one type, but for decimals of any digits; either may be constant. NULL
    /// where a side is.
    ///
    /// - Throws: ARITHMETIC_OVERFLOW, DIVIDE_BY_ZERO or NUMERIC_VALUE_OUT_OF_RANGE with the first row that has no
    /// result.
    package static func apply(
        _ operation: ArithmeticOperator, _ left: ColumnVector, _ right: ColumnVector, resultType: DataType
    ) throws(KernelError) -> ColumnVector {
        let count = left.count
        precondition(count == right.count, "columns of one batch are equally long")
        if left.isConstant && right.isConstant {
            if count == 0 { return NullKernels.nulls(type: resultType, count: 0) }
            let one = try apply(operation, left.physical, right.physical, resultType: resultType)
            return ColumnVector(repeating: one, count: count)
        }
        if case .decimal = left.type { return try decimals(operation, left, right, resultType) }
        let validity = ValidityKernel.both(Validity(of: left), Validity(of: right), count: count)
        switch left.type {
        case .byte: return try integers(Int8.self, operation, left, right, resultType, validity)
        case .short: return try integers(Int16.self, operation, left, right, resultType, validity)
        case .integer, .yearMonthInterval:
            return try integers(Int32.self, operation, left, right, resultType, validity)
        case .long, .dayTimeInterval: return try integers(Int64.self, operation, left, right, resultType, validity)
        case .float: return try fractions(Float.self, operation, left, right, resultType, validity)
        case .double: return try fractions(Double.self, operation, left, right, resultType, validity)
        default: preconditionFailure("\(left.type) has no arithmetic")
        }
    }

    static func overflow(_ type: DataType, row: Int, isBinary: Bool = false) -> KernelError {
        if type.isInterval { return .intervalOverflow(row: row) }
        return KernelError(
            code: isBinary && [.byte, .short].contains(type) ? "BINARY_ARITHMETIC_OVERFLOW" : "ARITHMETIC_OVERFLOW",
            message: "the result does not fit \(type)", row: row,
            hint: "cast to a wider type, for example DECIMAL(38,0), before calculating")
    }

    private static func byZero(_ operation: ArithmeticOperator, row: Int) -> KernelError {
        if operation == .remainder { return .remainderByZero(row: row) }
        return KernelError(
            code: "DIVIDE_BY_ZERO", message: "division by zero", row: row,
            hint: "use nullif(divisor, 0) to get NULL instead")
    }

    /// The first row with a value for which a test holds.
    @inline(__always)
    private static func firstRow(_ count: Int, _ validity: Validity, where test: (Int) -> Bool) -> Int? {
        let bits = validity.pointer
        for row in 0..<count where (bits.map { Bitmap.get($0, row) } ?? true) && test(row) { return row }
        return nil
    }

    /// Zeroes the slots of NULL rows, as every column promises.
    @usableFromInline
    static func zeroNulls<T: BitwiseCopyable>(
        _ out: UnsafeMutablePointer<T>, _ zero: T, _ validity: Validity, count: Int
    ) {
        guard let valid = validity.pointer.map(Bitmap.words) else { return }
        for word in 0..<Bitmap.wordCount(count) {
            var nulls = ~valid[word] & Bitmap.wordMask(word, count: count)
            while nulls != 0 {
                out[word &* 64 &+ nulls.trailingZeroBitCount] = zero
                nulls &= nulls &- 1
            }
        }
    }

    // MARK: Integers

    private static func integers<T: FixedWidthInteger & BitwiseCopyable>(
        _: T.Type, _ operation: ArithmeticOperator, _ a: ColumnVector, _ b: ColumnVector, _ type: DataType,
        _ validity: Validity
    ) throws(KernelError) -> ColumnVector {
        if b.isConstant {
            return try integers(operation, ColumnSlots<T>(a), ConstantSlot<T>(b), type, a.count, validity)
        }
        if a.isConstant {
            return try integers(operation, ConstantSlot<T>(a), ColumnSlots<T>(b), type, a.count, validity)
        }
        return try integers(operation, ColumnSlots<T>(a), ColumnSlots<T>(b), type, a.count, validity)
    }

    @inline(__always)
    private static func integers<A: SlotReader, B: SlotReader>(
        _ operation: ArithmeticOperator, _ a: A, _ b: B, _ type: DataType, _ count: Int, _ validity: Validity
    ) throws(KernelError) -> ColumnVector where A.Slot == B.Slot, A.Slot: FixedWidthInteger {
        switch operation {
        case .add: try checked(a, b, type, count, validity) { $0.addingReportingOverflow($1) }
        case .subtract: try checked(a, b, type, count, validity) { $0.subtractingReportingOverflow($1) }
        case .multiply: try checked(a, b, type, count, validity) { $0.multipliedReportingOverflow(by: $1) }
        case .integralDivide, .divide:
            try divided(operation, a, b, type, count, validity) { $0.dividedReportingOverflow(by: $1) }
        case .remainder:
            // The smallest number % -1 is 0, though the processor's division overflows.
            try divided(operation, a, b, type, count, validity) { ($1 == -1 ? 0 : $0 % $1, false) }
        }
    }

    @inline(__always)
    private static func checked<A: SlotReader, B: SlotReader>(
        _ a: A, _ b: B, _ type: DataType, _ count: Int, _ validity: Validity,
        _ operation: (A.Slot, A.Slot) -> (partialValue: A.Slot, overflow: Bool)
    ) throws(KernelError) -> ColumnVector where A.Slot == B.Slot, A.Slot: FixedWidthInteger {
        let values = Buffer(capacity: count * MemoryLayout<A.Slot>.stride)
        let out = values.pointer(as: A.Slot.self)
        // Without a jump, so that the loop has none.
        var overflows: UInt8 = 0
        for row in 0..<count {
            let (result, overflow) = operation(a[row], b[row])
            out[row] = result
            overflows |= unsafeBitCast(overflow, to: UInt8.self)
        }
        if overflows != 0, let row = firstRow(count, validity, where: { operation(a[$0], b[$0]).overflow }) {
            throw overflow(type, row: row, isBinary: true)
        }
        zeroNulls(out, 0, validity, count: count)
        return ColumnVector(
            type: type, count: count, validity: validity.bits, nullCount: validity.nullCount, values: values)
    }

    @inline(__always)
    private static func divided<A: SlotReader, B: SlotReader>(
        _ kind: ArithmeticOperator, _ a: A, _ b: B, _ type: DataType, _ count: Int, _ validity: Validity,
        _ operation: (A.Slot, A.Slot) -> (partialValue: A.Slot, overflow: Bool)
    ) throws(KernelError) -> ColumnVector where A.Slot == B.Slot, A.Slot: FixedWidthInteger {
        if let row = firstRow(count, validity, where: { b[$0] == 0 }) { throw byZero(kind, row: row) }
        // Rows that are NULL may still hold a zero.
        return try checked(a, b, type, count, validity) { x, y in y == 0 ? (0, false) : operation(x, y) }
    }

    // MARK: Floating point

    private static func fractions<T: BinaryFloatingPoint & BitwiseCopyable>(
        _: T.Type, _ operation: ArithmeticOperator, _ a: ColumnVector, _ b: ColumnVector, _ type: DataType,
        _ validity: Validity
    ) throws(KernelError) -> ColumnVector {
        if b.isConstant {
            return try fractions(operation, ColumnSlots<T>(a), ConstantSlot<T>(b), type, a.count, validity)
        }
        if a.isConstant {
            return try fractions(operation, ConstantSlot<T>(a), ColumnSlots<T>(b), type, a.count, validity)
        }
        return try fractions(operation, ColumnSlots<T>(a), ColumnSlots<T>(b), type, a.count, validity)
    }

    @inline(__always)
    private static func fractions<A: SlotReader, B: SlotReader>(
        _ operation: ArithmeticOperator, _ a: A, _ b: B, _ type: DataType, _ count: Int, _ validity: Validity
    ) throws(KernelError) -> ColumnVector where A.Slot == B.Slot, A.Slot: BinaryFloatingPoint {
        let values = Buffer(capacity: count * MemoryLayout<A.Slot>.stride)
        let out = values.pointer(as: A.Slot.self)
        switch operation {
        case .add: for row in 0..<count { out[row] = a[row] + b[row] }
        case .subtract: for row in 0..<count { out[row] = a[row] - b[row] }
        case .multiply: for row in 0..<count { out[row] = a[row] * b[row] }
        case .divide, .remainder:
            if let row = firstRow(count, validity, where: { b[$0] == 0 }) { throw byZero(operation, row: row) }
            if operation == .divide {
                for row in 0..<count { out[row] = a[row] / b[row] }
            } else {
                for row in 0..<count { out[row] = a[row].truncatingRemainder(dividingBy: b[row]) }
            }
        case .integralDivide: preconditionFailure("div is for integers and decimals")
        }
        zeroNulls(out, 0, validity, count: count)
        return ColumnVector(
            type: type, count: count, validity: validity.bits, nullCount: validity.nullCount, values: values)
    }

    // MARK: Decimals

    private static func decimals(
        _ operation: ArithmeticOperator, _ a: ColumnVector, _ b: ColumnVector, _ type: DataType
    ) throws(KernelError) -> ColumnVector {
        guard case .decimal(_, let aScale) = a.type, case .decimal(_, let bScale) = b.type else {
            preconditionFailure("decimal arithmetic needs decimals on both sides")
        }
        let (p, q) = (AnySlots<Int128>(a), AnySlots<Int128>(b))
        let (isDivision, kind) = ([.divide, .remainder, .integralDivide].contains(operation), operation)
        func each<T: FixedWidthInteger & BitwiseCopyable>(
            _: T.Type, _ operation: (Int128, Int128) -> T?
        ) throws(KernelError) -> ColumnVector {
            try Loops.checkedSlots(type, [a, b], as: T.self) {
                operation(p[$0], q[$0])
            } _: { row in
                if isDivision && q[row] == 0 { return byZero(kind, row: row) }
                return KernelError(
                    code: "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION", message: "the result does not fit \(type)",
                    row: row,
                    hint: "cast the operands to fewer digits")
            }
        }
        if operation == .integralDivide {
            return try each(Int64.self) { DecimalMath.integralQuotient($0, aScale, $1, bScale) }
        }
        guard case .decimal(let precision, let scale) = type else {
            preconditionFailure("decimal arithmetic gives decimals")
        }
        return try each(Int128.self) { x, y in
            let exact: Int128?
            switch operation {
            case .add, .subtract: exact = DecimalMath.sum(x, aScale, operation == .add ? y : -y, bScale, scale: scale)
            case .multiply: exact = DecimalMath.product(x, y, productScale: aScale + bScale, scale: scale)
            case .divide: exact = DecimalMath.quotient(x, aScale, y, bScale, scale: scale)
            case .remainder: exact = DecimalMath.remainder(x, aScale, y, bScale, scale: scale)
            case .integralDivide: exact = nil
            }
            return exact.flatMap { DecimalMath.fits($0, precision: precision) ? $0 : nil }
        }
    }

    // MARK: One operand

    /// `-a`.
    package static func negate(_ a: ColumnVector) throws(KernelError) -> ColumnVector {
        switch a.type {
        case .byte: try signed(Int8.self, a) { 0 &- $0 }
        case .short: try signed(Int16.self, a) { 0 &- $0 }
        case .integer, .yearMonthInterval: try signed(Int32.self, a) { 0 &- $0 }
        case .long, .dayTimeInterval: try signed(Int64.self, a) { 0 &- $0 }
        case .float: signed(Float.self, a) { -$0 }
        case .double: signed(Double.self, a) { -$0 }
        case .decimal: try signed(Int128.self, a) { 0 &- $0 }
        default: preconditionFailure("\(a.type) has no sign")
        }
    }

    /// `abs(a)`.
    package static func absolute(_ a: ColumnVector) throws(KernelError) -> ColumnVector {
        switch a.type {
        case .byte: try signed(Int8.self, a, magnitude)
        case .short: try signed(Int16.self, a, magnitude)
        case .integer, .yearMonthInterval: try signed(Int32.self, a, magnitude)
        case .long, .dayTimeInterval: try signed(Int64.self, a, magnitude)
        case .float: signed(Float.self, a) { $0.magnitude }
        case .double: signed(Double.self, a) { $0.magnitude }
        case .decimal: try signed(Int128.self, a, magnitude)
        default: preconditionFailure("\(a.type) has no sign")
        }
    }

    /// A number without its sign, without a question; the lowest number, which has none, stays.
    @inline(__always)
    private static func magnitude<T: FixedWidthInteger>(_ value: T) -> T {
        let sign = value &>> T(truncatingIfNeeded: T.bitWidth &- 1)
        return (value ^ sign) &- sign
    }

    /// Only the lowest number has no counterpart with the other sign: both give itself. The zeros of NULL rows stay.
    @inline(__always)
    private static func signed<T: FixedWidthInteger & BitwiseCopyable>(
        _: T.Type, _ a: ColumnVector, _ operation: (T) -> T
    ) throws(KernelError) -> ColumnVector {
        let (count, from, validity) = (a.count, a.slots(as: T.self), Validity(of: a))
        let values = Buffer(capacity: count * MemoryLayout<T>.stride)
        let out = values.pointer(as: T.self)
        // Its sign is set where a number and what comes of it are below zero, so that the loop has no jump.
        var unchanged: T = 0
        for row in 0..<count {
            let value = from[row]
            let result = operation(value)
            out[row] = result
            unchanged |= value & result
        }
        if unchanged < 0, let row = firstRow(count, validity, where: { from[$0] == .min }) {
            throw overflow(a.type, row: row)
        }
        return ColumnVector(
            type: a.type, count: count, validity: validity.bits, nullCount: validity.nullCount, values: values)
    }

    @inline(__always)
    private static func signed<T: BinaryFloatingPoint & BitwiseCopyable>(
        _: T.Type, _ a: ColumnVector, _ operation: (T) -> T
    ) -> ColumnVector {
        let (count, from, validity) = (a.count, a.slots(as: T.self), Validity(of: a))
        let values = Buffer(capacity: count * MemoryLayout<T>.stride)
        let out = values.pointer(as: T.self)
        for row in 0..<count { out[row] = operation(from[row]) }
        // The slots of NULL rows are zero bits, and -0.0 is not.
        zeroNulls(out, 0, validity, count: count)
        return ColumnVector(
            type: a.type, count: count, validity: validity.bits, nullCount: validity.nullCount, values: values)
    }
}

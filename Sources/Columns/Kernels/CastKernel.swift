// Values of one type as values of another, by the rules of Spark 4's ANSI mode.

/// Casts of whole columns.
package enum CastKernel {
    /// Whether `CAST(from AS to)` is a cast that ANSI mode knows and this kernel does.
    package static func canCast(from: DataType, to: DataType) -> Bool {
        if from == to || from == .null { return true }
        switch (from, to) {
        case (.array(let x, _), .array(let y, _)): return canCast(from: x, to: y)
        case (_, .string): return true
        case (.map, _), (_, .map), (.structure, _), (_, .structure), (.array, _), (_, .array), (_, .null): return false
        case (.string, _): return true
        case (.binary, _): return false
        case (let x, .binary): return x.isIntegral
        case (.boolean, let y): return y.isNumeric
        case (let x, .boolean): return x.isNumeric
        case (let x, let y) where x.isNumeric && y.isNumeric: return true
        case (.date, .timestamp), (.timestamp, .date): return true
        case (.timestamp, let y): return y.isNumeric
        case (let x, .timestamp): return x.isNumeric
        default: return false
        }
    }

    /// The column as another type. With `isTry`, a value that has no counterpart becomes NULL.
    ///
    /// - Throws: CAST_INVALID_INPUT, CAST_OVERFLOW or NUMERIC_VALUE_OUT_OF_RANGE with the first such value, unless
    /// `isTry`.
    package static func cast(
        _ column: ColumnVector, to type: DataType, isTry: Bool = false
    ) throws(KernelError) -> ColumnVector {
        if column.type == type { return column }
        switch (column.type, type) {
        case (.null, _): return NullKernels.nulls(type: type, count: column.count)
        // The bytes as they are, as Spark keeps them: what needs text repairs it (`Utf8Kernel`).
        case (.binary, .string), (.string, .binary): return column.reinterpreted(as: type)
        case (.string, _): return try CastFromText.cast(column, to: type, isTry: isTry)
        case (_, .string): return CastToText.cast(column)
        case (.array, .array(let element, _)):
            return ColumnVector(
                type: type, count: column.count, validity: column.validity, nullCount: column.nullCount,
                starts: column.offsets.starts, ends: column.offsets.ends,
                children: [try cast(column.children[0], to: element, isTry: isTry)])
        case (_, .binary): return bigEndian(column)
        case (.boolean, _): return try fromBoolean(column, to: type)
        default: return try numbers(column, to: type, isTry: isTry)
        }
    }

    // MARK: Fixed width to fixed width

    /// Fills a column slot by slot; `convert` gives `nil` where a value has no counterpart.
    @inline(__always)
    static func map<To: BitwiseCopyable>(
        _ column: ColumnVector, to type: DataType, isTry: Bool, zero: To, convert: (Int) -> To?,
        error: (Int) -> KernelError
    ) throws(KernelError) -> ColumnVector {
        let count = column.count
        let values = Buffer(capacity: count * MemoryLayout<To>.stride)
        let out = values.pointer(as: To.self)
        let bits = column.validityBits
        var failed: [Int32] = []
        for row in 0..<count {
            if let bits, !Bitmap.get(bits, row) {
                out[row] = zero
            } else if let result = convert(row) {
                out[row] = result
            } else {
                guard isTry else { throw error(row) }
                out[row] = zero
                failed.append(Int32(truncatingIfNeeded: row))
            }
        }
        let validity = Validity(of: column).excluding(failed, count: count)
        return ColumnVector(
            type: type, count: count, validity: validity.bits, nullCount: validity.nullCount, values: values)
    }

    private static func numbers(
        _ column: ColumnVector, to type: DataType, isTry: Bool
    ) throws(KernelError) -> ColumnVector {
        switch column.type {
        case .byte: return try integers(Int8.self, column, type, isTry)
        case .short: return try integers(Int16.self, column, type, isTry)
        case .integer: return try integers(Int32.self, column, type, isTry)
        case .long: return try integers(Int64.self, column, type, isTry)
        case .float: return try fractions(Float.self, column, type, isTry)
        case .double: return try fractions(Double.self, column, type, isTry)
        case .decimal(_, let scale): return try decimals(column, scale, type, isTry)
        case .date:
            guard type == .timestamp else { break }
            let from = column.slots(as: Int32.self)
            return try map(column, to: type, isTry: isTry, zero: Int64(0)) {
                Int64(from[$0]) &* CalendarText.microsecondsPerDay
            } error: {
                overflow(column, $0, type)
            }
        case .timestamp: return try timestamps(column, type, isTry)
        default: break
        }
        preconditionFailure("there is no cast from \(column.type) to \(type): the analyzer lets none pass")
    }

    private static func overflow(_ column: ColumnVector, _ row: Int, _ type: DataType) -> KernelError {
        let value = CastToText.text(column, row: row)
        if case .decimal = type {
            return KernelError(
                code: "NUMERIC_VALUE_OUT_OF_RANGE",
                message: "the value \(value) of the type \(column.type) does not fit \(type)",
                row: row, hint: "use try_cast to get NULL instead")
        }
        return KernelError(
            code: "CAST_OVERFLOW", message: "the value \(value) of the type \(column.type) does not fit \(type)",
            row: row,
            hint: "use try_cast to get NULL instead")
    }

    private static func integers<From: FixedWidthInteger & BitwiseCopyable>(
        _: From.Type, _ column: ColumnVector, _ type: DataType, _ isTry: Bool
    ) throws(KernelError) -> ColumnVector {
        let from = column.slots(as: From.self)
        func error(_ row: Int) -> KernelError { overflow(column, row, type) }
        switch type {
        case .boolean: return try bits(column) { from[$0] != 0 }
        case .byte:
            return try map(column, to: type, isTry: isTry, zero: 0) {
                Int8(exactly: from[$0])
            } error: {
                error($0)
            }
        case .short:
            return try map(column, to: type, isTry: isTry, zero: 0) {
                Int16(exactly: from[$0])
            } error: {
                error($0)
            }
        case .integer:
            return try map(column, to: type, isTry: isTry, zero: 0) {
                Int32(exactly: from[$0])
            } error: {
                error($0)
            }
        case .long:
            return try map(column, to: type, isTry: isTry, zero: 0) {
                Int64(exactly: from[$0])
            } error: {
                error($0)
            }
        case .float:
            return try map(column, to: type, isTry: isTry, zero: 0) {
                Float(from[$0])
            } error: {
                error($0)
            }
        case .double:
            return try map(column, to: type, isTry: isTry, zero: 0) {
                Double(from[$0])
            } error: {
                error($0)
            }
        case .decimal(let precision, let scale):
            return try map(column, to: type, isTry: isTry, zero: Int128(0)) { row in
                DecimalMath.rescaled(Int128(from[row]), from: 0, to: scale)
                    .flatMap { DecimalMath.fits($0, precision: precision) ? $0 : nil }
            } error: {
                error($0)
            }
        case .timestamp:
            return try map(column, to: type, isTry: isTry, zero: Int64(0)) { row in
                let (product, overflow) = Int64(from[row]).multipliedReportingOverflow(by: 1_000_000)
                return overflow ? nil : product
            } error: {
                error($0)
            }
        default: preconditionFailure("there is no cast from \(column.type) to \(type)")
        }
    }

    private static func fractions<From: BinaryFloatingPoint & BitwiseCopyable>(
        _: From.Type, _ column: ColumnVector, _ type: DataType, _ isTry: Bool
    ) throws(KernelError) -> ColumnVector {
        let from = column.slots(as: From.self)
        func error(_ row: Int) -> KernelError { overflow(column, row, type) }
        switch type {
        case .boolean: return try bits(column) { from[$0] != 0 }
        case .byte:
            return try map(column, to: type, isTry: isTry, zero: 0) {
                whole(from[$0], Int8.self)
            } error: {
                error($0)
            }
        case .short:
            return try map(column, to: type, isTry: isTry, zero: 0) {
                whole(from[$0], Int16.self)
            } error: {
                error($0)
            }
        case .integer:
            return try map(column, to: type, isTry: isTry, zero: 0) {
                whole(from[$0], Int32.self)
            } error: {
                error($0)
            }
        case .long:
            return try map(column, to: type, isTry: isTry, zero: 0) {
                whole(from[$0], Int64.self)
            } error: {
                error($0)
            }
        case .float:
            return try map(column, to: type, isTry: isTry, zero: 0) {
                Float(from[$0])
            } error: {
                error($0)
            }
        case .double:
            return try map(column, to: type, isTry: isTry, zero: 0) {
                Double(from[$0])
            } error: {
                error($0)
            }
        case .timestamp:
            return try map(column, to: type, isTry: isTry, zero: Int64(0)) {
                whole(Double(from[$0]) * 1_000_000, Int64.self)
            } error: {
                error($0)
            }
        case .decimal(let precision, let scale):
            // By the shortest digits, as Java makes a BigDecimal of a double.
            return try map(column, to: type, isTry: isTry, zero: Int128(0)) { row in
                let text = "\(from[row])"
                return Array(text.utf8).withUnsafeBufferPointer {
                    NumberText.decimal($0, precision: precision, scale: scale).value
                }
            } error: {
                error($0)
            }
        default: preconditionFailure("there is no cast from \(column.type) to \(type)")
        }
    }

    /// Without what is behind the point; `nil` for NaN and what is too large.
    @inline(__always)
    private static func whole<From: BinaryFloatingPoint, To: FixedWidthInteger>(_ value: From, _: To.Type) -> To? {
        To(exactly: value.rounded(.towardZero))
    }

    private static func decimals(
        _ column: ColumnVector, _ scale: Int, _ type: DataType, _ isTry: Bool
    ) throws(KernelError) -> ColumnVector {
        let from = column.slots(as: Int128.self)
        func error(_ row: Int) -> KernelError { overflow(column, row, type) }
        func whole(_ row: Int) -> Int128 { DecimalMath.truncated(from[row], scale: scale) }
        switch type {
        case .boolean: return try bits(column) { from[$0] != 0 }
        case .byte:
            return try map(column, to: type, isTry: isTry, zero: 0) {
                Int8(exactly: whole($0))
            } error: {
                error($0)
            }
        case .short:
            return try map(column, to: type, isTry: isTry, zero: 0) {
                Int16(exactly: whole($0))
            } error: {
                error($0)
            }
        case .integer:
            return try map(column, to: type, isTry: isTry, zero: 0) {
                Int32(exactly: whole($0))
            } error: {
                error($0)
            }
        case .long:
            return try map(column, to: type, isTry: isTry, zero: 0) {
                Int64(exactly: whole($0))
            } error: {
                error($0)
            }
        case .float:
            return try map(column, to: type, isTry: isTry, zero: 0) {
                Float(double(from[$0], scale))
            } error: {
                error($0)
            }
        case .double:
            return try map(column, to: type, isTry: isTry, zero: 0) {
                double(from[$0], scale)
            } error: {
                error($0)
            }
        case .timestamp:
            return try map(column, to: type, isTry: isTry, zero: Int64(0)) { row in
                DecimalMath.product(from[row], 1_000_000, productScale: 0, scale: 0)
                    .flatMap { Int64(exactly: DecimalMath.truncated($0, scale: scale)) }
            } error: {
                error($0)
            }
        case .decimal(let precision, let newScale):
            return try map(column, to: type, isTry: isTry, zero: Int128(0)) { row in
                DecimalMath.rescaled(from[row], from: scale, to: newScale)
                    .flatMap { DecimalMath.fits($0, precision: precision) ? $0 : nil }
            } error: {
                error($0)
            }
        default: preconditionFailure("there is no cast from \(column.type) to \(type)")
        }
    }

    /// The nearest double. Small values divide exactly; others go by their digits.
    private static func double(_ unscaled: Int128, _ scale: Int) -> Double {
        if unscaled.magnitude < 1 << 53, scale <= 22 { return Double(unscaled) / NumberText.exactPowers[scale] }
        return Double("\(unscaled)e-\(scale)") ?? .nan
    }

    private static func timestamps(
        _ column: ColumnVector, _ type: DataType, _ isTry: Bool
    ) throws(KernelError) -> ColumnVector {
        let from = column.slots(as: Int64.self)
        func error(_ row: Int) -> KernelError { overflow(column, row, type) }
        func seconds(_ row: Int) -> Int64 { CalendarText.floorDivide(from[row], 1_000_000).quotient }
        switch type {
        case .date:
            return try map(column, to: type, isTry: isTry, zero: Int32(0)) {
                Int32(exactly: CalendarText.floorDivide(from[$0], CalendarText.microsecondsPerDay).quotient)
            } error: {
                error($0)
            }
        case .byte:
            return try map(column, to: type, isTry: isTry, zero: 0) {
                Int8(exactly: seconds($0))
            } error: {
                error($0)
            }
        case .short:
            return try map(column, to: type, isTry: isTry, zero: 0) {
                Int16(exactly: seconds($0))
            } error: {
                error($0)
            }
        case .integer:
            return try map(column, to: type, isTry: isTry, zero: 0) {
                Int32(exactly: seconds($0))
            } error: {
                error($0)
            }
        case .long:
            return try map(column, to: type, isTry: isTry, zero: 0) {
                seconds($0)
            } error: {
                error($0)
            }
        case .float:
            return try map(column, to: type, isTry: isTry, zero: 0) {
                Float(Double(from[$0]) / 1e6)
            } error: {
                error($0)
            }
        case .double:
            return try map(column, to: type, isTry: isTry, zero: 0) {
                Double(from[$0]) / 1e6
            } error: {
                error($0)
            }
        case .decimal(let precision, let scale):
            return try map(column, to: type, isTry: isTry, zero: Int128(0)) { row in
                DecimalMath.rescaled(Int128(from[row]), from: 6, to: scale)
                    .flatMap { DecimalMath.fits($0, precision: precision) ? $0 : nil }
            } error: {
                error($0)
            }
        default: preconditionFailure("there is no cast from \(column.type) to \(type)")
        }
    }

    // MARK: Booleans and bytes

    /// A boolean column by a test of each row.
    static func bits(_ column: ColumnVector, _ test: (Int) -> Bool) throws(KernelError) -> ColumnVector {
        let values = Buffer.zeroed(capacity: Bitmap.wordCount(column.count) * 8)
        let out = values.pointer(as: UInt8.self)
        for row in 0..<column.count where test(row) { Bitmap.set(out, row) }
        return ColumnVector(
            type: .boolean, count: column.count, validity: column.validity, nullCount: column.nullCount, values: values)
    }

    private static func fromBoolean(_ column: ColumnVector, to type: DataType) throws(KernelError) -> ColumnVector {
        let values = Buffer.zeroed(capacity: column.count)
        let out = values.pointer(as: Int8.self)
        for row in 0..<column.count where !column.isNull(row) && Bitmap.get(column.bits, row) { out[row] = 1 }
        let ones = ColumnVector(
            type: .byte, count: column.count, validity: column.validity, nullCount: column.nullCount, values: values)
        return try cast(ones, to: type)
    }

    /// The bytes of integers, most significant first.
    private static func bigEndian(_ column: ColumnVector) -> ColumnVector {
        let width = column.type.fixedWidth ?? 0
        var builder = BytesBuilder(type: .binary, capacity: column.count, byteCapacity: column.count * width)
        let from = column.slots(as: UInt8.self)
        for row in 0..<column.count {
            if column.isNull(row) {
                builder.appendNull()
            } else {
                var number: UInt64 = 0
                for byte in 0..<width { number |= UInt64(from[row * width + byte]) << UInt64((width - 1 - byte) * 8) }
                withUnsafeBytes(of: number) { builder.append($0.baseAddress, count: width) }
            }
        }
        return builder.finish()
    }
}

extension ColumnVector {
    /// The offset buffers, to share them in another column.
    var offsets: (starts: Buffer, ends: Buffer?) {
        guard let starts = sharedStarts else { preconditionFailure("a column of \(type) has no offsets") }
        return (starts, sharedEnds)
    }
}

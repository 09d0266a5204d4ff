// Intervals from and to texts and numbers, and as one another.

/// Casts of intervals, by the rules of Spark's ANSI mode: a number counts the finest field.
enum IntervalCast {
    /// A column of texts as intervals.
    static func fromText(_ column: ColumnVector, to type: DataType, isTry: Bool) throws(KernelError) -> ColumnVector {
        let (start, end) = fields(type)
        let text = Runs(column)
        let loop = CastLoop(column: column, type: type, isTry: isTry) { row in
            KernelError(
                code: "INVALID_INTERVAL_FORMAT.UNMATCHED_FORMAT_STRING",
                message: "the value '\(String(decoding: text[row].prefix(100), as: UTF8.self))' is no \(type)",
                row: row,
                hint: "correct the value, or use try_cast to get NULL instead")
        }
        guard start.isOfMonths else {
            return try loop.slots { IntervalNotation.parseLiteral(text[$0], from: start, to: end) }
        }
        return try loop.slots { row in
            IntervalNotation.parseLiteral(text[row], from: start, to: end).flatMap { Int32(exactly: $0) }
        }
    }

    /// Intervals as other intervals or as numbers, or whole numbers and decimals as intervals.
    static func cast(_ column: ColumnVector, to type: DataType, isTry: Bool) throws(KernelError) -> ColumnVector {
        let loop = CastLoop(column: column, type: type, isTry: isTry) { row in
            KernelError(
                code: "CAST_OVERFLOW",
                message:
                    "the value \(CastToText.text(column, row: row)) of the type \(column.type) does not fit \(type)",
                row: row, hint: "use try_cast to get NULL instead")
        }
        switch column.type {
        case .yearMonthInterval(let fields):
            let months = column.slots(as: Int32.self)
            return try fromInterval(loop, fields.end) { Int64(months[$0]) }
        case .dayTimeInterval(let fields):
            let micros = column.slots(as: Int64.self)
            return try fromInterval(loop, fields.end) { micros[$0] }
        case .byte: return try fromWhole(Int8.self, loop)
        case .short: return try fromWhole(Int16.self, loop)
        case .integer: return try fromWhole(Int32.self, loop)
        case .long: return try fromWhole(Int64.self, loop)
        case .decimal(_, let scale):
            let from = column.slots(as: Int128.self)
            let size = Int128(fields(type).end.size)
            return try toInterval(loop) { row in
                DecimalMath.product(from[row], size, productScale: scale, scale: 0).flatMap { Int64(exactly: $0) }
            }
        default: preconditionFailure("there is no cast from \(column.type) to \(type): the analyzer lets none pass")
        }
    }

    private static func fields(_ type: DataType) -> (start: IntervalField, end: IntervalField) {
        guard let fields = type.intervalFields else { preconditionFailure("\(type) is no interval") }
        return fields
    }

    private static func fromWhole<T: FixedWidthInteger & BitwiseCopyable>(
        _: T.Type, _ loop: CastLoop
    ) throws(KernelError) -> ColumnVector {
        let from = loop.column.slots(as: T.self)
        let size = fields(loop.type).end.size
        return try toInterval(loop) { row in
            let (product, overflow) = Int64(from[row]).multipliedReportingOverflow(by: size)
            return overflow ? nil : product
        }
    }

    @inline(__always)
    private static func toInterval(_ loop: CastLoop, _ read: (Int) -> Int64?) throws(KernelError) -> ColumnVector {
        guard case .yearMonthInterval = loop.type else { return try loop.slots { read($0) } }
        return try loop.slots { row in read(row).flatMap { Int32(exactly: $0) } }
    }

    @inline(__always)
    private static func fromInterval(
        _ loop: CastLoop, _ end: IntervalField, _ read: (Int) -> Int64
    ) throws(KernelError) -> ColumnVector {
        switch loop.type {
        case .yearMonthInterval(let wanted):
            // Cut off, towards zero, to what the new fields show.
            let size = wanted.end.size
            return try loop.slots { row in Int32(exactly: read(row) / size * size) }
        case .dayTimeInterval(let wanted):
            let size = wanted.end == .second ? 1 : wanted.end.size
            return try loop.slots { row in read(row) / size * size }
        case .decimal(let precision, let scale):
            let size = end == .second ? 1 : end.size
            return try loop.decimals(precision, scale, from: end == .second ? 6 : 0) { Int128(read($0) / size) }
        default:
            let size = end.size
            return try loop.integers { read($0) / size }
        }
    }
}

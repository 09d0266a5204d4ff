// Comparisons of columns with columns and with constants.

/// Comparisons, with Spark's order: NaN equals NaN and stands above all numbers, -0.0 equals 0.0, strings and binaries
/// compare by their unsigned bytes, false stands below true.
///
/// Not made of `Loops`: rows that are NULL are compared like all others and their bits cleared afterwards, 64 at a
/// time. With a question for each row the loops would have a jump, and nothing could be done for several rows at once.
package enum CompareKernel {
    /// Compares two columns of one type, row by row; either may be constant. NULL where a side is, but for `<=>`.
    package static func compare(
        _ operation: ComparisonOperator, _ left: ColumnVector, _ right: ColumnVector
    ) -> ColumnVector {
        precondition(left.count == right.count, "columns of one batch are equally long")
        if left.isConstant {
            if right.isConstant {
                let one = compare(operation, left.physical, right.physical)
                return ColumnVector(repeating: one, count: left.count)
            }
            // A constant stands on the right.
            return compare(operation.flipped, right, left)
        }
        if operation == .nullSafeEqual { return nullSafeEqual(left, right) }
        let count = left.count
        if left.type == .null { return NullKernels.nulls(type: .boolean, count: count) }
        let values = Buffer(capacity: Bitmap.wordCount(count) * 8)
        let out = values.pointer(as: UInt64.self)
        switch left.type {
        case .boolean: booleans(operation, left, right.materialized(), out)
        case .string, .binary: bytes(operation, left, right, out)
        case .byte: slots(Int8.self, operation, left, right, out)
        case .short: slots(Int16.self, operation, left, right, out)
        case .integer, .date, .yearMonthInterval: slots(Int32.self, operation, left, right, out)
        case .long, .timestamp, .timestampNTZ, .dayTimeInterval, .time: slots(Int64.self, operation, left, right, out)
        case .decimal: slots(Int128.self, operation, left, right, out)
        case .float: slots(Float.self, operation, left, right, out)
        case .double: slots(Double.self, operation, left, right, out)
        case .array, .structure:
            // As bytes that compare as the values do: parts that are NULL are equal, and below all others.
            let encoder = SortKeyEncoder(types: [left.type], directions: [SortDirection()])
            bytes(
                operation, encoder.encode([left], count: count),
                encoder.encode([right.materialized()], count: count), out)
        case .null, .map, .variant: preconditionFailure("values of \(left.type) have no order")
        }
        let validity = ValidityKernel.both(Validity(of: left), Validity(of: right), count: count)
        clearNulls(out, validity, count: count)
        return ColumnVector(
            type: .boolean, count: count, validity: validity.bits, nullCount: validity.nullCount, values: values)
    }

    private static func nullSafeEqual(_ a: ColumnVector, _ b: ColumnVector) -> ColumnVector {
        let count = a.count
        let bothNull = BooleanKernels.and(NullKernels.isNull(a), NullKernels.isNull(b))
        let equal = compare(.equal, a, b)
        // Where a side is NULL, the bit of `equal` is zero.
        let (p, q) = (Bitmap.words(equal.bits), Bitmap.words(bothNull.bits))
        let values = Bitmap.filled(count: count) { out, words in
            for word in 0..<words { out[word] = p[word] | q[word] }
        }
        return ColumnVector(type: .boolean, count: count, values: values)
    }

    /// Zero bits for NULL rows and beyond the last row.
    private static func clearNulls(_ out: UnsafeMutablePointer<UInt64>, _ validity: Validity, count: Int) {
        let valid = validity.pointer.map(Bitmap.words)
        for word in 0..<Bitmap.wordCount(count) {
            out[word] &= (valid?[word] ?? ~0) & Bitmap.wordMask(word, count: count)
        }
    }

    // MARK: Fixed width

    private static func slots<T: OrderedSlot>(
        _: T.Type, _ operation: ComparisonOperator, _ a: ColumnVector, _ b: ColumnVector,
        _ out: UnsafeMutablePointer<UInt64>
    ) {
        if b.isConstant {
            each(operation, ColumnSlots<T>(a), ConstantSlot<T>(b), a.count, out)
        } else {
            each(operation, ColumnSlots<T>(a), ColumnSlots<T>(b), a.count, out)
        }
    }

    @inline(__always)
    private static func each<A: SlotReader, B: SlotReader>(
        _ operation: ComparisonOperator, _ a: A, _ b: B, _ count: Int, _ out: UnsafeMutablePointer<UInt64>
    ) where A.Slot == B.Slot, A.Slot: OrderedSlot {
        // Slots are totally ordered, so three loops serve six operators.
        switch operation {
        case .equal, .nullSafeEqual: Bitmap.pack(count, into: out) { A.Slot.areEqual(a[$0], b[$0]) }
        case .notEqual: Bitmap.pack(count, into: out, inverted: ~0) { A.Slot.areEqual(a[$0], b[$0]) }
        case .less: Bitmap.pack(count, into: out) { A.Slot.isLess(a[$0], b[$0]) }
        case .greaterOrEqual: Bitmap.pack(count, into: out, inverted: ~0) { A.Slot.isLess(a[$0], b[$0]) }
        case .greater: Bitmap.pack(count, into: out) { A.Slot.isLess(b[$0], a[$0]) }
        case .lessOrEqual: Bitmap.pack(count, into: out, inverted: ~0) { A.Slot.isLess(b[$0], a[$0]) }
        }
    }

    // MARK: Booleans and bytes

    private static func booleans(
        _ operation: ComparisonOperator, _ a: ColumnVector, _ b: ColumnVector, _ out: UnsafeMutablePointer<UInt64>
    ) {
        let (p, q) = (Bitmap.words(a.bits), Bitmap.words(b.bits))
        for word in 0..<Bitmap.wordCount(a.count) {
            switch operation {
            case .equal, .nullSafeEqual: out[word] = ~(p[word] ^ q[word])
            case .notEqual: out[word] = p[word] ^ q[word]
            case .less: out[word] = ~p[word] & q[word]
            case .lessOrEqual: out[word] = ~p[word] | q[word]
            case .greater: out[word] = p[word] & ~q[word]
            case .greaterOrEqual: out[word] = p[word] | ~q[word]
            }
        }
    }

    private static func bytes(
        _ operation: ComparisonOperator, _ left: ColumnVector, _ right: ColumnVector,
        _ out: UnsafeMutablePointer<UInt64>
    ) {
        let (a, b, count) = (Runs(left), Runs(right), left.count)
        switch operation {
        case .equal, .nullSafeEqual, .notEqual:
            let inverted: UInt64 = operation == .notEqual ? ~0 : 0
            if right.isConstant, count > 0 {
                return equal(a, to: ConstantRun(b[0]), count, out, inverted: inverted)
            }
            Bitmap.pack(count, into: out, inverted: inverted) { row in
                Runs.areEqual(a.address(row), a.length(row), b.address(row), b.length(row))
            }
        case .less, .greaterOrEqual:
            Bitmap.pack(count, into: out, inverted: operation == .less ? 0 : ~0) { row in
                Runs.order(a[row], b[row]) < 0
            }
        case .lessOrEqual, .greater:
            Bitmap.pack(count, into: out, inverted: operation == .lessOrEqual ? 0 : ~0) { row in
                Runs.order(a[row], b[row]) <= 0
            }
        }
    }
}

/// Which rows hold these bytes: a loop for each length of theirs, so that none asks in every row.
private func equal(
    _ rows: Runs, to wanted: ConstantRun, _ count: Int, _ out: UnsafeMutablePointer<UInt64>, inverted: UInt64
) {
    switch wanted.length {
    case ...8:
        Bitmap.pack(count, into: out, inverted: inverted) { wanted.isEqualWord(rows.address($0), rows.length($0)) }
    case ...64:
        Bitmap.pack(count, into: out, inverted: inverted) { wanted.isEqualEnds(rows.address($0), rows.length($0)) }
    default:
        Bitmap.pack(count, into: out, inverted: inverted) {
            rows.length($0) == wanted.length && wanted.begins(rows.address($0))
        }
    }
}

/// A slot with a total order.
protocol OrderedSlot: BitwiseCopyable {
    /// Whether two slots are equal.
    static func areEqual(_ a: Self, _ b: Self) -> Bool
    /// Whether the first stands before the second.
    static func isLess(_ a: Self, _ b: Self) -> Bool
}

extension OrderedSlot where Self: FixedWidthInteger {
    @inline(__always) static func areEqual(_ a: Self, _ b: Self) -> Bool { a == b }
    @inline(__always) static func isLess(_ a: Self, _ b: Self) -> Bool { a < b }
}

extension Int8: OrderedSlot {}
extension Int16: OrderedSlot {}
extension Int32: OrderedSlot {}
extension Int64: OrderedSlot {}
extension Int128: OrderedSlot {}

extension OrderedSlot where Self: BinaryFloatingPoint {
    /// All NaN are alike, and so are both zeros.
    @inline(__always) static func areEqual(_ a: Self, _ b: Self) -> Bool { a == b || (a.isNaN && b.isNaN) }

    /// NaN stands above all numbers: what isn't `a >= b` is `a < b`, or one of them is NaN.
    @inline(__always) static func isLess(_ a: Self, _ b: Self) -> Bool { !(a >= b) && !a.isNaN }
}

extension Float: OrderedSlot {}
extension Double: OrderedSlot {}

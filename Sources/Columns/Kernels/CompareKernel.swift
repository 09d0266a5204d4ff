// Comparisons of columns with columns and with constants.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Comparisons, with Spark's order: NaN equals NaN and stands above all numbers, -0.0 equals 0.0, strings and binaries
/// compare by their unsigned bytes, false stands below true.
package enum CompareKernel {
    /// Compares two columns of one type, row by row. NULL where a side is, but for `<=>`.
    package static func compare(
        _ operation: ComparisonOperator, _ left: ColumnVector, _ right: ColumnVector
    ) -> ColumnVector {
        operation == .nullSafeEqual ? nullSafeEqual(left, right) : compare(operation, left, .column(right))
    }

    /// Compares a column with a constant of its type, row by row.
    package static func compare(
        _ operation: ComparisonOperator, _ left: ColumnVector, literal: Value
    ) -> ColumnVector {
        if operation == .nullSafeEqual {
            return nullSafeEqual(left, ConstantKernel.column(of: literal, type: left.type, count: left.count))
        }
        return literal.isNull
            ? NullKernels.nulls(type: .boolean, count: left.count) : compare(operation, left, .literal(literal))
    }

    private static func compare(
        _ operation: ComparisonOperator, _ a: ColumnVector, _ right: Operand
    ) -> ColumnVector {
        let (type, count) = (a.type, a.count)
        if type == .null { return NullKernels.nulls(type: .boolean, count: count) }
        let values = Buffer(capacity: Bitmap.wordCount(count) * 8)
        let out = values.pointer(as: UInt64.self)
        switch type {
        case .boolean: booleans(operation, a, right.materialized(type: type, count: count), out)
        case .string, .binary: bytes(operation, a, right, out)
        case .byte: slots(Int8.self, operation, a, right, out)
        case .short: slots(Int16.self, operation, a, right, out)
        case .integer, .date: slots(Int32.self, operation, a, right, out)
        case .long, .timestamp: slots(Int64.self, operation, a, right, out)
        case .decimal: slots(Int128.self, operation, a, right, out)
        case .float: slots(Float.self, operation, a, right, out)
        case .double: slots(Double.self, operation, a, right, out)
        case .null, .array, .map, .structure: preconditionFailure("values of \(type) have no order")
        }
        var validity = Validity(of: a)
        if case .column(let b) = right { validity = ValidityKernel.both(validity, Validity(of: b), count: count) }
        clearNulls(out, validity, count: count)
        return ColumnVector(
            type: .boolean, count: count, validity: validity.bits, nullCount: validity.nullCount, values: values)
    }

    private static func nullSafeEqual(
        _ a: ColumnVector, _ b: ColumnVector
    ) -> ColumnVector {
        let count = a.count
        let bothNull = BooleanKernels.and(NullKernels.isNull(a), NullKernels.isNull(b))
        let equal = compare(.equal, a, .column(b))
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
        _: T.Type, _ operation: ComparisonOperator, _ a: ColumnVector, _ right: Operand,
        _ out: UnsafeMutablePointer<UInt64>
    ) {
        let p = ColumnSlots(pointer: a.slots(as: T.self))
        switch right {
        case .column(let b): each(operation, p, ColumnSlots(pointer: b.slots(as: T.self)), a.count, out)
        case .literal(let value): each(operation, p, ConstantSlot(value: T.slot(of: value)), a.count, out)
        }
    }

    @inline(__always)
    private static func each<A: SlotReader, B: SlotReader>(
        _ operation: ComparisonOperator, _ a: A, _ b: B, _ count: Int, _ out: UnsafeMutablePointer<UInt64>
    ) where A.Slot == B.Slot, A.Slot: OrderedSlot {
        // Keys are totally ordered, so three loops serve six operators.
        switch operation {
        case .equal, .nullSafeEqual: collect(count, 0, out) { a[$0].orderKey == b[$0].orderKey }
        case .notEqual: collect(count, ~0, out) { a[$0].orderKey == b[$0].orderKey }
        case .less: collect(count, 0, out) { a[$0].orderKey < b[$0].orderKey }
        case .greaterOrEqual: collect(count, ~0, out) { a[$0].orderKey < b[$0].orderKey }
        case .lessOrEqual: collect(count, 0, out) { a[$0].orderKey <= b[$0].orderKey }
        case .greater: collect(count, ~0, out) { a[$0].orderKey <= b[$0].orderKey }
        }
    }

    /// 64 answers a word, each exclusive-or'ed with `inverted`.
    @inline(__always)
    private static func collect(
        _ count: Int, _ inverted: UInt64, _ out: UnsafeMutablePointer<UInt64>, _ test: (Int) -> Bool
    ) {
        for word in 0..<Bitmap.wordCount(count) {
            var bits: UInt64 = 0
            let base = word &* 64
            for bit in 0..<min(64, count &- base) {
                bits |=
                    UInt64(truncatingIfNeeded: unsafeBitCast(test(base &+ bit), to: UInt8.self))
                    &<< UInt64(truncatingIfNeeded: bit)
            }
            out[word] = bits ^ inverted
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
        _ operation: ComparisonOperator, _ a: ColumnVector, _ right: Operand, _ out: UnsafeMutablePointer<UInt64>
    ) {
        let (aStart, aFrom, aTo) = (a.byteStart, a.starts, a.ends)
        switch right {
        case .column(let b):
            let (bStart, bFrom, bTo) = (b.byteStart, b.starts, b.ends)
            runs(operation, a.count, out) { row in
                (
                    aStart + Int(aFrom[row]), Int(aTo[row] &- aFrom[row]), bStart + Int(bFrom[row]),
                    Int(bTo[row] &- bFrom[row])
                )
            }
        case .literal(let value):
            let constant: [UInt8]
            switch value {
            case .string(let text): constant = Array(text.utf8)
            case .binary(let bytes): constant = bytes
            default: preconditionFailure("a constant is not of its column's type")
            }
            // One byte more, so that an empty constant has an address, too.
            (constant + [0]).withUnsafeBufferPointer { buffer in
                guard let address = buffer.baseAddress else { return }
                runs(operation, a.count, out) { row in
                    (aStart + Int(aFrom[row]), Int(aTo[row] &- aFrom[row]), address, constant.count)
                }
            }
        }
    }

    @inline(__always)
    private static func runs(
        _ operation: ComparisonOperator, _ count: Int, _ out: UnsafeMutablePointer<UInt64>,
        _ read: (Int) -> (UnsafePointer<UInt8>, Int, UnsafePointer<UInt8>, Int)
    ) {
        switch operation {
        case .equal, .nullSafeEqual, .notEqual:
            collect(count, operation == .notEqual ? ~0 : 0, out) { row in
                let (a, aLength, b, bLength) = read(row)
                return aLength == bLength && memcmp(a, b, aLength) == 0
            }
        case .less, .greaterOrEqual:
            collect(count, operation == .less ? 0 : ~0, out) { row in order(read(row)) < 0 }
        case .lessOrEqual, .greater:
            collect(count, operation == .lessOrEqual ? 0 : ~0, out) { row in order(read(row)) <= 0 }
        }
    }

    @inline(__always)
    private static func order(_ pair: (UnsafePointer<UInt8>, Int, UnsafePointer<UInt8>, Int)) -> Int {
        let (a, aLength, b, bLength) = pair
        let common = Int(memcmp(a, b, min(aLength, bLength)))
        return common != 0 ? common : aLength &- bLength
    }
}

// MARK: Slots

/// Reads the slot of a row: from a column, or the same for all rows. Specialised, so that a constant costs nothing.
protocol SlotReader {
    associatedtype Slot: BitwiseCopyable
    subscript(row: Int) -> Slot { get }
}

struct ColumnSlots<Slot: BitwiseCopyable>: SlotReader {
    let pointer: UnsafePointer<Slot>

    @inline(__always)
    subscript(row: Int) -> Slot { pointer[row] }
}

struct ConstantSlot<Slot: BitwiseCopyable>: SlotReader {
    let value: Slot

    @inline(__always)
    subscript(row: Int) -> Slot { value }
}

/// A slot that can be read from a constant.
protocol ConstantReadable: BitwiseCopyable {
    static func slot(of value: Value) -> Self
}

/// A slot with a total order.
protocol OrderedSlot: ConstantReadable {
    associatedtype Key: Comparable & BitwiseCopyable
    var orderKey: Key { get }
}

private func foreignConstant(_ value: Value) -> Never {
    preconditionFailure("a constant is not of its column's type")
}

extension Int8: OrderedSlot {
    @inline(__always) var orderKey: Int8 { self }
    static func slot(of value: Value) -> Int8 { if case .byte(let x) = value { x } else { foreignConstant(value) } }
}

extension Int16: OrderedSlot {
    @inline(__always) var orderKey: Int16 { self }
    static func slot(of value: Value) -> Int16 { if case .short(let x) = value { x } else { foreignConstant(value) } }
}

extension Int32: OrderedSlot {
    @inline(__always) var orderKey: Int32 { self }
    static func slot(of value: Value) -> Int32 {
        switch value {
        case .integer(let x), .date(let x): x
        default: foreignConstant(value)
        }
    }
}

extension Int64: OrderedSlot {
    @inline(__always) var orderKey: Int64 { self }
    static func slot(of value: Value) -> Int64 {
        switch value {
        case .long(let x), .timestamp(let x): x
        default: foreignConstant(value)
        }
    }
}

extension Int128: OrderedSlot {
    @inline(__always) var orderKey: Int128 { self }
    static func slot(of value: Value) -> Int128 {
        if case .decimal(let x, _) = value { x } else { foreignConstant(value) }
    }
}

extension Float: OrderedSlot {
    /// An integer in the order of the values: all NaN alike and on top, both zeros alike.
    @inline(__always) var orderKey: Int32 {
        let bits = Int32(bitPattern: (isNaN ? Float.nan : self == 0 ? 0 : self).bitPattern)
        return bits < 0 ? bits ^ Int32.max : bits
    }
    static func slot(of value: Value) -> Float { if case .float(let x) = value { x } else { foreignConstant(value) } }
}

extension Double: OrderedSlot {
    /// An integer in the order of the values: all NaN alike and on top, both zeros alike.
    @inline(__always) var orderKey: Int64 {
        let bits = Int64(bitPattern: (isNaN ? Double.nan : self == 0 ? 0 : self).bitPattern)
        return bits < 0 ? bits ^ Int64.max : bits
    }
    static func slot(of value: Value) -> Double { if case .double(let x) = value { x } else { foreignConstant(value) } }
}

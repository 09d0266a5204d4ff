// Where the values of a row lie that is kept as one run of bytes.

import Columns

/// Rows as runs of bytes, all equally long: a head that belongs to whoever keeps them, a bit for each column that says
/// whether its value is NULL, and the values of fixed width. What is kept by columns costs a miss of the processor's
/// caches for each column of a row that is found by its key; kept so it costs one or two.
///
/// Texts, lists and structures have no place here.
struct RowLayout: Sendable {
    private let types: [DataType]
    /// Where each column's value lies in a row; `nil` for those that have no place.
    private let offsets: [Int?]
    /// Where the bits for NULL lie.
    private let nullOffset: Int
    /// Bytes from a row to the next.
    let stride: Int

    /// Rows with so many bytes of a head. A column of which the head has the value already is `known` there.
    init(_ types: [DataType], head: Int, known: (column: Int, offset: Int)? = nil) {
        self.types = types
        nullOffset = head
        var end = (head + (types.count + 7) / 8 + 7) & ~7
        var offsets = [Int?](repeating: nil, count: types.count)
        if let known { offsets[known.column] = known.offset }
        for width in [16, 8, 4, 2, 1] {
            for (column, type) in types.enumerated() where offsets[column] == nil && RowLayout.width(type) == width {
                offsets[column] = end
                end += width
            }
        }
        self.offsets = offsets
        stride = (end + 7) & ~7
    }

    /// Bytes of a value in a row; `nil` where it has no place in one.
    private static func width(_ type: DataType) -> Int? { type == .boolean ? 1 : type.fixedWidth }

    /// Whether values of a type have a place in rows.
    static func holds(_ type: DataType) -> Bool { width(type) != nil }

    /// Whether a column's values lie in the rows.
    func holds(_ column: Int) -> Bool { offsets[column] != nil }

    // MARK: Writing

    /// Sets the values of a column in the rows `place(i)`. `setsNulls` says that some value of it is or was NULL: where
    /// it is not set, no bit is looked at.
    @inline(__always)
    func write(
        _ values: ColumnVector, _ column: Int, in rows: UnsafeMutablePointer<UInt8>, setsNulls: Bool,
        at place: (Int) -> Int
    ) {
        guard let offset = offsets[column] else { return }
        let values = values.materialized()
        let (base, stride) = (UnsafeMutableRawPointer(rows) + offset, stride)
        func store<T: BitwiseCopyable>(_: T.Type) {
            let slots = values.slots(as: T.self)
            for row in 0..<values.count { (base + place(row) &* stride).storeBytes(of: slots[row], as: T.self) }
        }
        switch types[column].layout {
        case .bits:
            let bits = values.bits
            for row in 0..<values.count {
                (base + place(row) &* stride).storeBytes(of: Bitmap.get(bits, row) ? 1 : 0, as: UInt8.self)
            }
        case .fixed8: store(UInt8.self)
        case .fixed16: store(UInt16.self)
        case .fixed32: store(UInt32.self)
        case .fixed64: store(UInt64.self)
        case .fixed128: store(UInt128.self)
        case .none, .bytes, .list, .structure: preconditionFailure("\(types[column]) has no place in a row")
        }
        if setsNulls { writeNulls(values, column, in: rows, at: place) }
    }

    /// Says of each of the rows `place(i)` whether a column's value is NULL.
    func writeNulls(
        _ values: ColumnVector, _ column: Int, in rows: UnsafeMutablePointer<UInt8>, at place: (Int) -> Int
    ) {
        let base = rows + nullOffset + column &>> 3
        let bit: UInt8 = 1 &<< UInt8(truncatingIfNeeded: column & 7)
        let validity = values.validityBits
        for row in 0..<values.count {
            let byte = base + place(row) &* stride
            byte.pointee = Loops.isValid(validity, row) ? byte.pointee & ~bit : byte.pointee | bit
        }
    }

    // MARK: Reading

    /// The values of a column that has a place, of the rows with some numbers. Without `mayBeNull` none is NULL.
    func gather(
        _ column: Int, of rows: UnsafePointer<UInt8>, _ numbers: UnsafePointer<UInt32>, count: Int, mayBeNull: Bool
    ) -> ColumnVector {
        guard let offset = offsets[column] else { preconditionFailure("a column that has a place in rows") }
        let type = types[column]
        let values: Buffer
        switch type.layout {
        case .bits:
            let (base, stride) = (rows + offset, stride)
            values = Bitmap.filled(count: count) { out, _ in
                Bitmap.pack(count, into: out) { base[Int(numbers[$0]) &* stride] != 0 }
            }
        case .fixed8: values = gathered(UInt8.self, rows + offset, numbers, count)
        case .fixed16: values = gathered(UInt16.self, rows + offset, numbers, count)
        case .fixed32: values = gathered(UInt32.self, rows + offset, numbers, count)
        case .fixed64: values = gathered(UInt64.self, rows + offset, numbers, count)
        case .fixed128: values = gathered(UInt128.self, rows + offset, numbers, count)
        case .none, .bytes, .list, .structure: preconditionFailure("\(type) has no place in a row")
        }
        let validity = mayBeNull ? self.validity(column, of: rows, numbers, count) : .allValid
        return ColumnVector(
            type: type, count: count, validity: validity.bits, nullCount: validity.nullCount, values: values)
    }

    @inline(__always)
    private func gathered<T: BitwiseCopyable>(
        _: T.Type, _ rows: UnsafePointer<UInt8>, _ numbers: UnsafePointer<UInt32>, _ count: Int
    ) -> Buffer {
        let buffer = Buffer(capacity: count * MemoryLayout<T>.stride)
        let (out, base, stride) = (buffer.pointer(as: T.self), UnsafeRawPointer(rows), stride)
        for row in 0..<count { out[row] = (base + Int(numbers[row]) &* stride).loadUnaligned(as: T.self) }
        return buffer
    }

    private func validity(
        _ column: Int, of rows: UnsafePointer<UInt8>, _ numbers: UnsafePointer<UInt32>, _ count: Int
    ) -> Validity {
        let (base, stride) = (rows + nullOffset + column &>> 3, stride)
        let bit: UInt8 = 1 &<< UInt8(truncatingIfNeeded: column & 7)
        let bits = Bitmap.filled(count: count) { out, _ in
            Bitmap.pack(count, into: out) { base[Int(numbers[$0]) &* stride] & bit == 0 }
        }
        return Validity(bits: bits, count: count)
    }
}

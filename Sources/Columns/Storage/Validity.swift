// Which rows of a column are NULL, and how many.

/// Validity bits with the number of NULLs; no bits where there are none.
@usableFromInline
package struct Validity: Sendable {
    /// No row is NULL.
    package static let allValid = Validity(bits: nil, nullCount: 0)

    /// One bit a row, or `nil` where no row is NULL.
    @usableFromInline package let bits: Buffer?
    @usableFromInline package let nullCount: Int

    /// Takes bits of which `nullCount` are unset.
    package init(bits: Buffer?, nullCount: Int) {
        self.bits = nullCount == 0 ? nil : bits
        self.nullCount = nullCount
    }

    /// Counts the NULLs among the first `count` bits.
    package init(bits: Buffer, count: Int) {
        self.init(bits: bits, nullCount: count - Bitmap.countOnes(bits.pointer(as: UInt8.self), count: count))
    }

    /// The validity of a column.
    package init(of column: ColumnVector) {
        self.init(bits: column.validity, nullCount: column.nullCount)
    }

    /// Every row is NULL.
    package static func allNull(count: Int) -> Validity {
        Validity(bits: Buffer.zeroed(capacity: Bitmap.byteCount(count)), nullCount: count)
    }

    /// The bits, or `nil` where no row is NULL.
    @inlinable package var pointer: UnsafePointer<UInt8>? {
        bits.map { UnsafePointer($0.pointer(as: UInt8.self)) }
    }

    /// The same, but with these rows NULL, too.
    package func excluding(_ rows: [Int32], count: Int) -> Validity {
        if rows.isEmpty { return self }
        let old = pointer.map(Bitmap.words)
        let buffer = Bitmap.filled(count: count) { out, words in
            for word in 0..<words { out[word] = old?[word] ?? ~0 }
        }
        for row in rows { Bitmap.clear(buffer.pointer(as: UInt8.self), Int(row)) }
        return Validity(bits: buffer, count: count)
    }
}

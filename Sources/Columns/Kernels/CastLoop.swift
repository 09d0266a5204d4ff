// The loop under every cast to values of fixed width: what a row becomes, or why it can't.

/// One cast of a column. What `convert` gives no value for raises `error`, or becomes NULL where `isTry`.
struct CastLoop {
    let column: ColumnVector
    let type: DataType
    let isTry: Bool
    /// Why a row has no counterpart.
    let error: (Int) -> KernelError

    /// A slot a row; `convert` sees rows that are not NULL.
    @inline(__always)
    func slots<To: BitwiseCopyable & ExpressibleByIntegerLiteral>(
        _: To.Type = To.self, _ convert: (Int) -> To?
    ) throws(KernelError) -> ColumnVector {
        let count = column.count
        let values = Buffer(capacity: count * MemoryLayout<To>.stride)
        let out = values.pointer(as: To.self)
        let bits = column.validityBits
        var failed: [Int32] = []
        for row in 0..<count {
            if let bits, !Bitmap.get(bits, row) {
                out[row] = 0
            } else if let result = convert(row) {
                out[row] = result
            } else {
                guard isTry else { throw error(row) }
                out[row] = 0
                failed.append(Int32(truncatingIfNeeded: row))
            }
        }
        let validity = Validity(of: column).excluding(failed, count: count)
        return ColumnVector(
            type: type, count: count, validity: validity.bits, nullCount: validity.nullCount, values: values)
    }

    /// Whole numbers as the four integer types; anything else is no target of theirs.
    @inline(__always)
    func integers(_ read: (Int) -> Int64?) throws(KernelError) -> ColumnVector {
        switch type {
        case .byte: return try slots { row in read(row).flatMap { Int8(exactly: $0) } }
        case .short: return try slots { row in read(row).flatMap { Int16(exactly: $0) } }
        case .integer: return try slots { row in read(row).flatMap { Int32(exactly: $0) } }
        case .long: return try slots { read($0) }
        default: preconditionFailure("there is no cast from \(column.type) to \(type): the analyzer lets none pass")
        }
    }

    /// Unscaled values of one scale as decimals of another, rounded half away from zero.
    @inline(__always)
    func decimals(
        _ precision: Int, _ scale: Int, from: Int, _ read: (Int) -> Int128
    ) throws(KernelError) -> ColumnVector {
        try slots { row in
            DecimalMath.rescaled(read(row), from: from, to: scale)
                .flatMap { DecimalMath.fits($0, precision: precision) ? $0 : nil }
        }
    }

    /// A boolean a row; every value has one.
    @inline(__always)
    func booleans(_ test: (Int) -> Bool) -> ColumnVector {
        let count = column.count
        let valid = column.validityBits.map(Bitmap.words)
        let values = Bitmap.filled(count: count) { out, words in
            for word in 0..<words {
                var bits: UInt64 = 0
                let first = word &* 64
                for bit in 0..<min(64, count &- first) where test(first &+ bit) {
                    bits |= 1 &<< UInt64(truncatingIfNeeded: bit)
                }
                out[word] = bits & (valid?[word] ?? ~0)
            }
        }
        return ColumnVector(
            type: .boolean, count: count, validity: column.validity, nullCount: column.nullCount, values: values)
    }
}

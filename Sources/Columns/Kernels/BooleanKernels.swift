// Truth in three values, NULL tests, and which rows a condition selects.

/// Kernels over booleans.
package enum BooleanKernels {
    /// TRUE where the column is NULL (or, negated, where it is not).
    package static func isNull(_ column: ColumnVector, isNegated: Bool) -> ColumnVector {
        let count = column.count
        let result = Buffer.zeroed(capacity: wordCount(count) * 8)
        let out = result.pointer(as: UInt64.self)
        let allNull = column.type == .null
        for word in 0..<wordCount(count) {
            let valid = allNull ? 0 : column.validityBits.map { words($0)[word] } ?? ~0
            out[word] = (isNegated ? valid : ~valid) & wordMask(word, count: count)
        }
        return ColumnVector(type: .boolean, count: count, values: result)
    }

    // MARK: Three-valued logic

    /// `a AND b`: false wins over NULL.
    package static func and(_ a: ColumnVector, _ b: ColumnVector) -> ColumnVector {
        logic(a, b) { aTrue, aFalse, bTrue, bFalse in (aTrue & bTrue, aFalse | bFalse) }
    }

    /// `a OR b`: true wins over NULL.
    package static func or(_ a: ColumnVector, _ b: ColumnVector) -> ColumnVector {
        logic(a, b) { aTrue, aFalse, bTrue, bFalse in (aTrue | bTrue, aFalse & bFalse) }
    }

    /// `NOT a`: NULL stays NULL.
    package static func not(_ a: ColumnVector) -> ColumnVector {
        logic(a, a) { aTrue, aFalse, _, _ in (aFalse, aTrue) }
    }

    /// Words of 64 rows: which are true, which are false; the rest is NULL.
    @inline(__always)
    private static func logic(
        _ a: ColumnVector, _ b: ColumnVector,
        _ operation: (UInt64, UInt64, UInt64, UInt64) -> (isTrue: UInt64, isFalse: UInt64)
    ) -> ColumnVector {
        let count = a.count
        let values = Buffer(capacity: wordCount(count) * 8)
        let validity = Buffer(capacity: wordCount(count) * 8)
        let out = values.pointer(as: UInt64.self)
        let valid = validity.pointer(as: UInt64.self)
        let (p, q) = (words(a.bits), words(b.bits))
        let (pv, qv) = (a.validityBits.map(words), b.validityBits.map(words))
        for word in 0..<wordCount(count) {
            let mask = wordMask(word, count: count)
            let av = (pv?[word] ?? ~0) & mask
            let bv = (qv?[word] ?? ~0) & mask
            let result = operation(p[word] & av, ~p[word] & av, q[word] & bv, ~q[word] & bv)
            out[word] = result.isTrue
            valid[word] = result.isTrue | result.isFalse
        }
        let nulls = Validity(bits: validity, count: count)
        return ColumnVector(
            type: .boolean, count: count, validity: nulls.bits, nullCount: nulls.nullCount, values: values)
    }

    // MARK: Selection

    /// The rows for which a boolean column is true.
    package static func selection(of mask: ColumnVector) -> Selection {
        let count = mask.count
        let indices = Buffer(capacity: (count + 64) * 4)
        let out = indices.pointer(as: Int32.self)
        var selected = 0
        for word in 0..<wordCount(count) {
            var bits = mask.trueWord(word)
            let base = Int32(truncatingIfNeeded: word &* 64)
            if bits == 0 { continue }
            for bit in 0..<Int32(64) {
                // Written always, counted only where it is true: no branch to mispredict.
                out[selected] = base &+ bit
                selected &+= Int(truncatingIfNeeded: bits & 1)
                bits &>>= 1
            }
        }
        return Selection(indices: indices, count: selected)
    }

    /// The rows of `selection` for which `mask`, evaluated on those rows alone, is true.
    package static func selection(of mask: ColumnVector, within selection: Selection?) -> Selection {
        let picked = self.selection(of: mask)
        guard let selection else { return picked }
        let indices = Buffer(capacity: picked.count * 4)
        let out = indices.pointer(as: Int32.self)
        let outer = selection.pointer
        let inner = picked.pointer
        for row in 0..<picked.count { out[row] = outer[Int(inner[row])] }
        return Selection(indices: indices, count: picked.count)
    }
}

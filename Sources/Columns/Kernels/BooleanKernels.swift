// AND, OR and NOT in SQL's three values, and the rows for which a condition is true.

import CPlatform

/// Logic on boolean columns, 64 rows at a time.
package enum BooleanKernels {
    /// The rows that are true: neither false nor NULL.
    package static func selection(of condition: ColumnVector) -> Selection {
        let condition = condition.materialized()
        let count = condition.count
        // One slot more than rows, because the branchless loop writes before it knows whether the row counts.
        let indices = Buffer(capacity: (count + 1) * 4)
        guard condition.type == .boolean else { return Selection(indices: indices, count: 0) }
        let out = indices.pointer(as: Int32.self)
        let values = words(condition)
        let valid = validityWords(condition)
        let last = Bitmap.wordCount(count) &- 1
        var selected = 0
        var first: Int32 = 0
        if last < 0 { return Selection(indices: indices, count: 0) }
        for word in 0...last {
            var bits = values[word]
            if let valid { bits &= valid[word] }
            var length: Int32 = 64
            if word == last {
                bits &= Bitmap.wordMask(last, count: count)
                length = Int32(truncatingIfNeeded: count &- word &* 64)
            }
            if bits == ~0 {
                for bit in 0..<Int32(64) { out[selected &+ Int(bit)] = first &+ bit }
                selected &+= 64
            } else if bits != 0 {
                for bit in 0..<length {
                    out[selected] = first &+ bit
                    selected &+= Int(truncatingIfNeeded: bits & 1)
                    bits &>>= 1
                }
            }
            first &+= 64
        }
        return Selection(indices: indices, count: selected)
    }

    /// Whether all rows are true, which takes a look at 64 of them at a time.
    package static func isAllTrue(_ condition: ColumnVector) -> Bool {
        guard condition.type == .boolean, isFlat(condition) else { return false }
        let (values, valid) = (words(condition), validityWords(condition))
        for word in 0..<Bitmap.wordCount(condition.count) {
            let bits = values[word] & (valid?[word] ?? ~0)
            if ~bits & Bitmap.wordMask(word, count: condition.count) != 0 { return false }
        }
        return true
    }

    /// `left AND right`: false where either is false, else NULL where either is NULL.
    package static func and(_ left: ColumnVector, _ right: ColumnVector) -> ColumnVector {
        combine(left, right, known: platform_and_words) { a, aValid, b, bValid in
            let isTrue = (a & aValid) & (b & bValid)
            let isFalse = (~a & aValid) | (~b & bValid)
            return (isTrue, isTrue | isFalse)
        }
    }

    /// `left OR right`: true where either is true, else NULL where either is NULL.
    package static func or(_ left: ColumnVector, _ right: ColumnVector) -> ColumnVector {
        combine(left, right, known: platform_or_words) { a, aValid, b, bValid in
            let isTrue = (a & aValid) | (b & bValid)
            let isFalse = (~a & aValid) & (~b & bValid)
            return (isTrue, isTrue | isFalse)
        }
    }

    /// `NOT column`: NULL stays NULL.
    package static func not(_ column: ColumnVector) -> ColumnVector {
        let column = column.materialized()
        let count = column.count
        guard column.type == .boolean else { return NullKernels.nulls(type: .boolean, count: count) }
        let values = words(column)
        let valid = validityWords(column)
        let buffer = Bitmap.filled(count: count) { out, words in
            for word in 0..<words { out[word] = ~values[word] & (valid?[word] ?? ~0) }
        }
        return ColumnVector(
            type: .boolean, count: count, validity: column.validity, nullCount: column.nullCount, values: buffer)
    }

    /// What makes a word of two where no row is NULL: the result, both sides, and how many words there are. It may go
    /// on to the end of a block of 64 bytes, which buffers are made of.
    private typealias KnownRule = (
        UnsafeMutablePointer<UInt64>, UnsafePointer<UInt64>, UnsafePointer<UInt64>, Int
    ) -> Void

    @inline(__always)
    private static func combine(
        _ left: ColumnVector, _ right: ColumnVector, known: KnownRule,
        _ rule: (UInt64, UInt64, UInt64, UInt64) -> (value: UInt64, valid: UInt64)
    ) -> ColumnVector {
        precondition(left.count == right.count, "columns of one batch are equally long")
        // Most sides are flat, and counting references to them again would take as long as a batch's bits.
        guard isFlat(left), isFlat(right) else {
            return combineFlat(flat(left), flat(right), known: known, rule)
        }
        return combineFlat(left, right, known: known, rule)
    }

    @inline(__always)
    private static func combineFlat(
        _ left: ColumnVector, _ right: ColumnVector, known: KnownRule,
        _ rule: (UInt64, UInt64, UInt64, UInt64) -> (value: UInt64, valid: UInt64)
    ) -> ColumnVector {
        let count = left.count
        let (a, b) = (words(left), words(right))
        let (aValid, bValid) = (validityWords(left), validityWords(right))
        if aValid == nil, bValid == nil {
            let values = Bitmap.filled(count: count) { out, words in known(out, a, b, words) }
            return ColumnVector(type: .boolean, count: count, values: values)
        }
        let bits = Buffer(capacity: Bitmap.wordCount(count) * 8)
        let valid = bits.pointer(as: UInt64.self)
        let values = Bitmap.filled(count: count) { out, words in
            @inline(__always)
            func fill(_ aValid: (Int) -> UInt64, _ bValid: (Int) -> UInt64) {
                for word in 0..<words { (out[word], valid[word]) = rule(a[word], aValid(word), b[word], bValid(word)) }
            }
            // A loop for each case, so that none asks in every word which it is.
            if let p = aValid, let q = bValid {
                fill({ p[$0] }, { q[$0] })
            } else if let p = aValid {
                fill({ p[$0] }, { _ in ~0 })
            } else if let q = bValid {
                fill({ _ in ~0 }, { q[$0] })
            }
        }
        let validity = Validity(bits: bits, count: count)
        return ColumnVector(
            type: .boolean, count: count, validity: validity.bits, nullCount: validity.nullCount, values: values)
    }

    /// Whether there is a bit for each row.
    @inline(__always)
    private static func isFlat(_ column: ColumnVector) -> Bool {
        if case .boolean = column.type { return !column.isConstant }
        return false
    }

    /// An untyped NULL is a boolean without a value.
    @inline(__always)
    private static func flat(_ column: ColumnVector) -> ColumnVector {
        if case .boolean = column.type { return column.materialized() }
        return NullKernels.nulls(type: .boolean, count: column.count)
    }

    /// How many rows are true.
    package static func countTrue(_ condition: ColumnVector) -> Int {
        let condition = condition.materialized()
        guard condition.type == .boolean else { return 0 }
        return Bitmap.countOnes(condition.bits, and: condition.validityBits, count: condition.count)
    }

    /// Whether each row is true: never NULL.
    package static func isTrue(_ condition: ColumnVector) -> ColumnVector {
        let count = condition.count
        guard condition.type == .boolean else {
            return ConstantKernel.constant(.boolean(false), .boolean, count: count)
        }
        guard let valid = validityWords(condition) else { return condition }
        let values = words(condition)
        return ColumnVector(
            type: .boolean, count: count,
            values: Bitmap.filled(count: count) { out, words in
                for word in 0..<words { out[word] = values[word] & valid[word] }
            })
    }

    /// The bits as words; those beyond the column's length are undefined.
    @inline(__always)
    private static func words(_ column: ColumnVector) -> UnsafePointer<UInt64> { column.slots(as: UInt64.self) }

    @inline(__always)
    private static func validityWords(_ column: ColumnVector) -> UnsafePointer<UInt64>? {
        column.validity.map { UnsafePointer($0.pointer(as: UInt64.self)) }
    }
}

// Which of several columns each row is taken from.

/// For each of several columns the rows that are taken from it: those whose condition is true and that no column before
/// it takes, and for the last one those that are left.
struct ChoiceMasks {
    /// As many columns as bytes can tell apart.
    static let most = 256

    let count: Int
    /// A bit a row for each column, set in one of them.
    private let masks: [Buffer]

    /// Takes the conditions of all columns but the last, in their order. NULL isn't true.
    init(_ conditions: [ColumnVector], count: Int) {
        precondition(conditions.count < Self.most, "more columns than a byte can name")
        self.count = count
        let left = Bitmap.filled(count: count) { out, words in out.update(repeating: ~0, count: words) }
        let open = left.pointer(as: UInt64.self)
        masks =
            conditions.map { condition in
                precondition(condition.count == count, "columns of one batch are equally long")
                guard condition.type == .boolean else { return Buffer.zeroed(capacity: Bitmap.byteCount(count)) }
                let condition = condition.materialized()
                let values = Bitmap.words(condition.bits)
                let valid = condition.validityBits.map(Bitmap.words)
                return Bitmap.filled(count: count) { out, words in
                    for word in 0..<words {
                        let isTrue = values[word] & (valid?[word] ?? ~0)
                        out[word] = isTrue & open[word]
                        open[word] &= ~isTrue
                    }
                }
            } + [left]
    }

    /// The bits of a column's rows.
    func bits(of column: Int) -> UnsafePointer<UInt8> { UnsafePointer(masks[column].pointer(as: UInt8.self)) }

    /// Each row's bit from its column; ones where a column has no bits.
    func merged(_ columns: [UnsafePointer<UInt8>?]) -> Buffer {
        let merged = Buffer.zeroed(capacity: Bitmap.wordCount(count) * 8)
        let out = merged.pointer(as: UInt64.self)
        for (mask, bits) in zip(masks, columns) {
            let (mask, bits) = (mask.pointer(as: UInt64.self), bits.map(Bitmap.words))
            for word in 0..<Bitmap.wordCount(count) { out[word] |= mask[word] & (bits?[word] ?? ~0) }
        }
        return merged
    }

    /// The number of each row's column, in a byte. Whole words of rows may be read.
    func places() -> Buffer {
        let words = Bitmap.wordCount(count)
        let places = Buffer.zeroed(capacity: words * 64)
        let out = places.pointer(as: UInt64.self)
        for (number, mask) in masks.enumerated().dropFirst() {
            let (bits, number) = (mask.pointer(as: UInt8.self), UInt64(truncatingIfNeeded: number))
            for eight in 0..<words &* 8 { out[eight] |= (Bitmap.spread(bits[eight]) &* number).littleEndian }
        }
        return places
    }
}

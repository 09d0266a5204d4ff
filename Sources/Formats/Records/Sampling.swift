// Which records a schema is inferred from.

/// About every record of the ratio, always the same ones.
struct Sampling {
    private let ratio: Double
    private var count: UInt64 = 0

    init(ratio: Double) { self.ratio = ratio }

    /// Whether the next record is looked at.
    mutating func takesNext() -> Bool {
        count += 1
        guard ratio < 1 else { return true }
        let mixed = (count &* 0x9E37_79B9_7F4A_7C15) >> 11
        return Double(mixed) / Double(1 << 53) < ratio
    }
}

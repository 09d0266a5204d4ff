// Which numbers rows have that are not all in memory.

/// Numbers that are taken, a bit each. The lowest free one is given out first, so that there are never many more than
/// rows.
struct RowNumbers {
    private var words: [UInt64] = []
    /// No word before it has a free bit.
    private var first = 0

    /// One more than the highest number may be.
    var limit: Int { words.count * UInt64.bitWidth }

    /// Bytes of memory.
    var memoryBytes: Int { words.capacity * MemoryLayout<UInt64>.size }

    /// Takes a number that is free.
    mutating func take() -> UInt32 {
        while first < words.count, words[first] == .max { first += 1 }
        if first == words.count { words.append(0) }
        let bit = (~words[first]).trailingZeroBitCount
        words[first] |= 1 << UInt64(bit)
        return UInt32(truncatingIfNeeded: first * UInt64.bitWidth + bit)
    }

    /// Notes that a number is taken.
    mutating func insert(_ number: UInt32) {
        let word = Int(number) / UInt64.bitWidth
        if word >= words.count { words += [UInt64](repeating: 0, count: word + 1 - words.count) }
        words[word] |= 1 << UInt64(Int(number) % UInt64.bitWidth)
    }

    /// A number is free again.
    mutating func remove(_ number: UInt32) {
        let word = Int(number) / UInt64.bitWidth
        guard word < words.count else { return }
        words[word] &= ~(1 << UInt64(Int(number) % UInt64.bitWidth))
        first = min(first, word)
    }
}

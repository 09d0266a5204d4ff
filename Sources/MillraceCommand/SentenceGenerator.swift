// Sentences for the demo, the same ones for the same seed.

/// Makes up sentences from a small vocabulary, in which some words are far more frequent than others.
struct SentenceGenerator {
    private static let words = [
        "the", "stream", "of", "water", "turns", "a", "wheel", "and", "mill", "grinds", "grain", "into", "flour",
        "every",
        "drop", "counts", "once", "race", "river", "stone", "slow", "fast", "never", "twice", "always", "miller",
    ]
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    /// The next sentence, of four to nine words.
    mutating func next() -> String {
        let count = 4 + Int(random() % 6)
        return (0..<count).map { _ in Self.words[rank()] }.joined(separator: " ")
    }

    /// A rank for which small numbers are frequent: the smaller of two.
    private mutating func rank() -> Int {
        min(Int(random() % UInt64(Self.words.count)), Int(random() % UInt64(Self.words.count)))
    }

    /// SplitMix64.
    private mutating func random() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

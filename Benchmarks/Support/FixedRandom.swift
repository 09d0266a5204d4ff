// Numbers at random that are the same in each run.

/// Random numbers that are the same in each run (splitmix64).
package struct FixedRandom: RandomNumberGenerator {
    private var state: UInt64

    package init(state: UInt64) { self.state = state }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    /// A number from 0 up to `limit`, without it.
    package mutating func below(_ limit: Int64) -> Int64 { Int64(next() % UInt64(limit)) }
}

// Short names for long texts.

/// Tells texts from others by 16 hexadecimal digits: FNV-1a, 64 bits. No proof against forgery. Checkpoints hold such
/// digits: the same bytes give the same ones in every version.
package struct Fingerprint: Sendable {
    private var hash: UInt64 = 0xCBF2_9CE4_8422_2325

    /// Of nothing yet.
    package init() {}

    /// Of a text.
    package init(of text: String) { add(text) }

    /// Adds a text's bytes behind those that it has.
    package mutating func add(_ text: String) {
        hash = text.utf8.reduce(hash) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// The digits.
    package var text: String {
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}

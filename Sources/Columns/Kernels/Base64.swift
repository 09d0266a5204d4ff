// Bytes as the letters of RFC 4648.

/// Base64 with padding and without line breaks, as Jackson writes and reads it.
package enum Base64 {
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Writes the letters of some bytes.
    package static func encode(_ bytes: UnsafeBufferPointer<UInt8>, into out: inout BytesBuilder) {
        out.reserve((bytes.count + 2) / 3 * 4)
        letters.withUnsafeBufferPointer { letters in
            var place = 0
            while place < bytes.count {
                let rest = min(bytes.count - place, 3)
                var word = UInt32(bytes[place]) << 16
                if rest > 1 { word |= UInt32(bytes[place + 1]) << 8 }
                if rest > 2 { word |= UInt32(bytes[place + 2]) }
                for letter in 0..<4 {
                    let code = Int(truncatingIfNeeded: word >> UInt32(18 - letter * 6) & 0x3F)
                    out.write(letter <= rest ? letters[code] : UInt8(ascii: "="))
                }
                place += 3
            }
        }
    }

    /// Writes the bytes that the letters stand for, never more than there are letters; `nil` where they stand for
    /// none. Blanks between groups of four are passed over.
    package static func decode(
        _ text: UnsafeBufferPointer<UInt8>, into out: UnsafeMutablePointer<UInt8>
    ) -> Int? {
        var count = 0
        var word: UInt32 = 0
        var letters = 0
        var padding = 0
        for byte in text {
            if byte <= 0x20, letters == 0 { continue }
            if byte == UInt8(ascii: "=") {
                guard letters >= 2 else { return nil }
                padding += 1
                word <<= 6
            } else {
                guard padding == 0, let code = code(byte) else { return nil }
                word = word << 6 | code
            }
            letters += 1
            guard letters == 4 else { continue }
            for index in 0..<(3 - padding) {
                out[count] = UInt8(truncatingIfNeeded: word >> UInt32(16 - index * 8))
                count += 1
            }
            (word, letters) = (0, 0)
            // Nothing follows padding.
            if padding > 0 { break }
        }
        return letters == 0 ? count : nil
    }

    private static func code(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - 65)
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - 71)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte + 4)
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}

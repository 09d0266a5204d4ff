// CRC32C over bytes, and checksums as text.

import CPlatform

/// CRC32C (Castagnoli): finds every error of up to 32 bits in a row, and any single flipped bit.
package enum Checksum {
    /// Continues `checksum`, 0 at first, over `bytes`.
    package static func crc32c(_ bytes: UnsafeRawBufferPointer, continuing checksum: UInt32 = 0) -> UInt32 {
        guard let address = bytes.baseAddress else { return checksum }
        return platform_crc32c(checksum, address, bytes.count)
    }

    /// Continues `checksum`, 0 at first, over `bytes`.
    package static func crc32c(_ bytes: some Collection<UInt8>, continuing checksum: UInt32 = 0) -> UInt32 {
        bytes.withContiguousStorageIfAvailable { crc32c(UnsafeRawBufferPointer($0), continuing: checksum) }
            ?? Array(bytes).withUnsafeBytes { crc32c($0, continuing: checksum) }
    }

    private static let digits = Array("0123456789abcdef".utf8)

    /// The checksum as eight lower case hexadecimal digits.
    static func hexadecimal(_ checksum: UInt32) -> [UInt8] {
        (0..<8).map { digits[Int(checksum >> (28 - 4 * UInt32($0))) & 15] }
    }

    /// Reads what `hexadecimal` wrote: eight digits, lower case only, so that each checksum has one text.
    static func parseHexadecimal(_ text: ArraySlice<UInt8>) -> UInt32? {
        guard text.count == 8 else { return nil }
        var value: UInt32 = 0
        for byte in text {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return value
    }
}

// How a record looks inside an append-only log.

/// One line of text a record, for people: `<CRC32C, 8 hexadecimal digits> <text>\n`, with `+` in place of the space
/// where records before it were not durable yet. The checksum is that of separator and text.
///
/// The separator says whether all before the record was durable when it was written: only then does a whole record
/// prove that damage before it is corruption, and not an append that a power cut tore.
enum LineCodec {
    /// The longest payload of a record.
    static let maximumPayloadBytes = 1 << 30
    /// Checksum, separator, line feed: the bytes that a record adds to its payload.
    static let overheadBytes = 10

    /// Appends the record for `payload` to `output`.
    static func encode(_ payload: [UInt8], afterDurable: Bool, into output: inout [UInt8]) {
        precondition(payload.count <= maximumPayloadBytes, "a log's record is limited to 1 GiB")
        precondition(!payload.contains(UInt8(ascii: "\n")), "a line of a log holds no line feed")
        let separator = [UInt8(ascii: afterDurable ? " " : "+")]
        output += Checksum.hexadecimal(Checksum.crc32c(payload, continuing: Checksum.crc32c(separator)))
        output += separator
        output += payload
        output.append(UInt8(ascii: "\n"))
    }

    /// A record found in a file.
    struct Found {
        var payload: Range<Int>
        /// Where the next record starts.
        var end: Int
        /// All before it was durable when it was written.
        var afterDurable: Bool
    }

    /// The whole record at `start` of a file's first bytes, or `nil` where there is none.
    static func decode(_ bytes: [UInt8], at start: Int, limit: Int) -> Found? {
        guard start >= 0, limit <= bytes.count, limit - start >= overheadBytes else { return nil }
        let separator = bytes[start + 8]
        guard separator == UInt8(ascii: " ") || separator == UInt8(ascii: "+"),
            let stored = Checksum.parseHexadecimal(bytes[start..<(start + 8)]),
            let end = bytes[(start + 9)..<limit].firstIndex(of: UInt8(ascii: "\n")),
            Checksum.crc32c(bytes[(start + 8)..<end]) == stored
        else { return nil }
        return Found(payload: (start + 9)..<end, end: end + 1, afterDurable: separator == UInt8(ascii: " "))
    }

    /// The least file that the record at `start`, whole or not, was written into: a shorter one was cut.
    static func leastFileBytes(at start: Int) -> Int { start + overheadBytes + 1 }
}

// How a record looks inside an append-only log.

/// The form of a log's records. Both say whether all before the record was durable when it was written: only then does
/// a whole record prove that damage before it is corruption, and not an append that a power cut tore.
package enum FrameCodec: Sendable {
    /// One line of text a record, for people: `<CRC32C, 8 hexadecimal digits> <text>\n`, with `+` in place of the space
    /// where records before it were not durable yet. The checksum is that of separator and text.
    case lines
    /// `u32 magic, u32 length, u32 CRC32C, payload`, little-endian, where the magic says what the separator says in a
    /// line. The checksum covers the record's offset in the file, magic, length and payload: bytes that look like a
    /// record inside another one's payload are none.
    case frames

    /// The longest payload of a record.
    package static let maximumPayloadBytes = 1 << 30

    private static let durableMagic: UInt32 = 0x3152_4C4D  // "MLR1"
    private static let joinedMagic: UInt32 = 0x2B52_4C4D  // "MLR+"
    private static let frameHeaderBytes = 12
    /// Checksum, separator, line feed.
    private static let lineOverheadBytes = 10

    /// Bytes that a record adds to its payload.
    var overheadBytes: Int {
        switch self {
        case .lines: Self.lineOverheadBytes
        case .frames: Self.frameHeaderBytes
        }
    }

    /// Appends the record for `payload` to `output`, to be written at `offset` of the file.
    func encode(_ payload: [UInt8], at offset: Int64, afterDurable: Bool, into output: inout [UInt8]) {
        precondition(payload.count <= Self.maximumPayloadBytes, "a log's record is limited to 1 GiB")
        switch self {
        case .lines:
            precondition(!payload.contains(UInt8(ascii: "\n")), "a line of a log holds no line feed")
            let separator = [UInt8(ascii: afterDurable ? " " : "+")]
            output += Checksum.hexadecimal(Checksum.crc32c(payload, continuing: Checksum.crc32c(separator)))
            output += separator
            output += payload
            output.append(UInt8(ascii: "\n"))
        case .frames:
            var header: [UInt8] = []
            Self.append(afterDurable ? Self.durableMagic : Self.joinedMagic, to: &header)
            Self.append(UInt32(payload.count), to: &header)
            let checksum = Checksum.crc32c(payload, continuing: Self.checksum(offset: offset, header: header[...]))
            Self.append(checksum, to: &header)
            output += header
            output += payload
        }
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
    func decode(_ bytes: [UInt8], at start: Int, limit: Int) -> Found? {
        switch self {
        case .lines: Self.decodeLine(bytes, at: start, limit: limit)
        case .frames: Self.decodeFrame(bytes, at: start, limit: limit)
        }
    }

    /// The least file that the record at `start`, whole or not, was written into: a shorter one was cut.
    func leastFileBytes(_ bytes: [UInt8], at start: Int) -> Int {
        let end = start + overheadBytes
        guard case .frames = self, end <= bytes.count else { return end + 1 }
        let magic = Self.integer(bytes, at: start)
        guard magic == Self.durableMagic || magic == Self.joinedMagic else { return end + 1 }
        return end + Int(Self.integer(bytes, at: start + 4)) + 1
    }

    private static func decodeLine(_ bytes: [UInt8], at start: Int, limit: Int) -> Found? {
        guard start >= 0, limit <= bytes.count, limit - start >= lineOverheadBytes else { return nil }
        let separator = bytes[start + 8]
        guard separator == UInt8(ascii: " ") || separator == UInt8(ascii: "+"),
            let stored = Checksum.parseHexadecimal(bytes[start..<(start + 8)]),
            let end = bytes[(start + 9)..<limit].firstIndex(of: UInt8(ascii: "\n")),
            Checksum.crc32c(bytes[(start + 8)..<end]) == stored
        else { return nil }
        return Found(payload: (start + 9)..<end, end: end + 1, afterDurable: separator == UInt8(ascii: " "))
    }

    private static func decodeFrame(_ bytes: [UInt8], at start: Int, limit: Int) -> Found? {
        guard start >= 0, limit <= bytes.count, limit - start >= frameHeaderBytes else { return nil }
        let magic = integer(bytes, at: start)
        guard magic == durableMagic || magic == joinedMagic else { return nil }
        let length = Int(integer(bytes, at: start + 4))
        guard length <= limit - start - frameHeaderBytes else { return nil }
        let payload = (start + frameHeaderBytes)..<(start + frameHeaderBytes + length)
        let header = checksum(offset: Int64(start), header: bytes[start..<(start + 8)])
        guard Checksum.crc32c(bytes[payload], continuing: header) == integer(bytes, at: start + 8) else { return nil }
        return Found(payload: payload, end: payload.upperBound, afterDurable: magic == durableMagic)
    }

    private static func checksum(offset: Int64, header: ArraySlice<UInt8>) -> UInt32 {
        let start = withUnsafeBytes(of: offset.littleEndian) { Checksum.crc32c($0) }
        return Checksum.crc32c(header, continuing: start)
    }

    private static func append(_ value: UInt32, to output: inout [UInt8]) {
        for shift in stride(from: UInt32(0), to: 32, by: 8) { output.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    private static func integer(_ bytes: [UInt8], at start: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
    }
}

// An append-only file of frames: a head that is checked whenever the file is read, and a body that is read when needed.
//
//     magic u32, bytes of the head u32, bytes of the body u64, CRC32C u32, head, body        little-endian
//
// The checksum covers the frame's place in the file, the sixteen bytes before it and the head. What checks the body is
// the head's business: so that the parts of a large body can be checksummed by several threads, and so that a reader
// finds what is in a file from the heads alone.

/// The bytes before a frame's head.
enum FrameHeader {
    static let byteCount = 20
    /// A longer head is damage.
    static let maximumHeadBytes = 1 << 28
    private static let magic: UInt32 = 0x3252_4C4D  // "MLR2"
    private static let formerMagic: UInt32 = 0x3152_4C4D  // "MLR1"

    /// The header of a frame at `offset`.
    static func encoded(head: [UInt8], bodyBytes: Int, at offset: Int64) -> [UInt8] {
        precondition(head.count <= maximumHeadBytes, "a frame's head is limited to 256 MiB")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount + head.count)
        append(magic, to: &bytes)
        append(UInt32(head.count), to: &bytes)
        append(UInt64(bodyBytes), to: &bytes)
        append(Checksum.crc32c(head, continuing: checksum(bytes[...], offset)), to: &bytes)
        return bytes
    }

    /// The lengths in a header, `nil` where it is none.
    static func decode(_ bytes: ArraySlice<UInt8>) -> (headBytes: Int, bodyBytes: Int64)? {
        guard bytes.count == byteCount, integer(bytes, 0, as: UInt32.self) == magic else { return nil }
        let head = Int(integer(bytes, 4, as: UInt32.self))
        guard head <= maximumHeadBytes, let body = Int64(exactly: integer(bytes, 8, as: UInt64.self)) else {
            return nil
        }
        return (head, body)
    }

    /// Whether bytes are the start of a file in the format before this one.
    static func isOfFormerFormat(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.count >= 4 && integer(bytes, 0, as: UInt32.self) == formerMagic
    }

    /// Whether a frame's header and head are those that were written at `offset`.
    static func isWhole(_ header: ArraySlice<UInt8>, head: ArraySlice<UInt8>, at offset: Int64) -> Bool {
        Checksum.crc32c(head, continuing: checksum(header.prefix(16), offset)) == integer(header, 16, as: UInt32.self)
    }

    private static func checksum(_ header: ArraySlice<UInt8>, _ offset: Int64) -> UInt32 {
        Checksum.crc32c(header, continuing: withUnsafeBytes(of: offset.littleEndian) { Checksum.crc32c($0) })
    }

    private static func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private static func integer<T: FixedWidthInteger>(_ bytes: ArraySlice<UInt8>, _ start: Int, as type: T.Type) -> T {
        let first = bytes.startIndex + start
        return (0..<MemoryLayout<T>.size).reduce(0) { $0 | T(truncatingIfNeeded: bytes[first + $1]) << T(8 * $1) }
    }
}

/// A log of frames being written. A body is a vector of runs, which are written as they lie.
package final class FrameLog: Sendable {
    private let file: PreallocatedFile

    /// Creates a log with one frame, whole and durable; `alreadyExists` where the name is taken. After an error it is
    /// not known whether the name exists, but if it does, the log is whole.
    package init(
        creating path: String, head: [UInt8], body: [UnsafeRawBufferPointer], growth: AppendLogGrowth, disk: any Disk
    ) throws(DurabilityError) {
        file = try PreallocatedFile(
            creating: path, byteCount: FrameLog.byteCount(head, body), growth: growth, disk: disk
        ) { (file) throws(DurabilityError) in try FrameLog.write(head, body, to: file, at: 0) }
    }

    /// Where the log is.
    package var path: String { file.path }

    /// Bytes of frames so far, durable or not.
    package var length: Int64 { file.length }

    /// Adds a frame; it survives a power cut after `synchronize` only. After an error the log takes no more frames.
    package func append(head: [UInt8], body: [UnsafeRawBufferPointer]) throws(DurabilityError) {
        _ = try file.append(FrameLog.byteCount(head, body)) { (file, offset, _) throws(DurabilityError) in
            try FrameLog.write(head, body, to: file, at: offset)
        }
    }

    /// Makes all frames survive a power cut; costs nothing where they do. After an error the log takes no more frames.
    package func synchronize() throws(DurabilityError) { try file.synchronize() }

    /// Closes the log; what was not made durable may be lost.
    package func close() { file.close() }

    private static func byteCount(_ head: [UInt8], _ body: [UnsafeRawBufferPointer]) -> Int {
        FrameHeader.byteCount + head.count + body.reduce(0) { $0 + $1.count }
    }

    private static func write(
        _ head: [UInt8], _ body: [UnsafeRawBufferPointer], to file: OpenFile, at offset: Int64
    ) throws(DurabilityError) {
        let bodyBytes = body.reduce(0) { $0 + $1.count }
        let start = FrameHeader.encoded(head: head, bodyBytes: bodyBytes, at: offset) + head
        let result = start.withUnsafeBytes { start in
            Result { () throws(DurabilityError) in try file.write([start] + body, at: offset) }
        }
        try result.get()
    }
}

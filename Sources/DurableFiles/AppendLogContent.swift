// What an append-only log holds: its whole records, and how it ends.

import CPlatform

/// The records of a log, as read.
package struct AppendLogContent: Sendable {
    /// How the log ends.
    package enum Tail: Equatable, Sendable {
        /// With zeros or the end of the file.
        case clean
        /// With bytes at `offset` that are no whole record: the last append was cut off before it was durable.
        case torn(offset: Int64)
    }

    /// The records in order: where each starts in the file, and its payload within `bytes`.
    package let records: [(offset: Int64, payload: Range<Int>)]
    /// The file's bytes.
    package let bytes: [UInt8]
    /// Bytes of whole records.
    package let length: Int64
    package let tail: Tail

    /// The payload of a record.
    package func payload(_ index: Int) -> [UInt8] { Array(bytes[records[index].payload]) }

    /// Reads a log. A torn last append is left out and reported in `tail`.
    ///
    /// `length` is how many bytes of records the log is known to have: what follows is left out, and anything missing
    /// or torn before is an error. Without it, the log ends with its last whole record.
    ///
    /// Throws `corrupt`, with the place, where a damaged record is followed by a whole one that was written after the
    /// damaged one was durable.
    package static func read(
        _ path: String, length: Int64? = nil, disk: any Disk
    ) throws(DurabilityError) -> AppendLogContent {
        let bytes = try disk.readWhole(path)
        // A log has zeros after its records from the moment it has a name, so an end without any was cut.
        guard bytes.last == 0 else {
            throw .corrupt(path, at: Int64(bytes.count), expected: "zeros at the end", found: "the file cut off")
        }
        if let length {
            guard let exact = Int(exactly: length), exact >= 0, exact < bytes.count else {
                throw .corrupt(
                    path, at: Int64(bytes.count), expected: "\(length) bytes of records", found: "the file cut off")
            }
            return try parse(Array(bytes[..<exact]), used: exact, path: path, mustBeWhole: true)
        }
        let used = bytes.withUnsafeBytes { buffer in
            buffer.baseAddress.map { platform_count_to_last_nonzero($0, buffer.count) } ?? 0
        }
        return try parse(bytes, used: used, path: path, mustBeWhole: false)
    }

    /// Finds the records in `bytes`, of which all from `used` on are zero.
    private static func parse(
        _ bytes: [UInt8], used: Int, path: String, mustBeWhole: Bool
    ) throws(DurabilityError) -> AppendLogContent {
        var records: [(offset: Int64, payload: Range<Int>)] = []
        var position = 0
        while let found = LineCodec.decode(bytes, at: position, limit: bytes.count) {
            records.append((Int64(position), found.payload))
            position = found.end
        }
        guard position < used else {
            guard mustBeWhole || position < bytes.count else {
                throw .corrupt(path, at: Int64(position), expected: "zeros at the end", found: "the file cut off")
            }
            return AppendLogContent(records: records, bytes: bytes, length: Int64(position), tail: .clean)
        }
        if mustBeWhole {
            throw .corrupt(path, at: Int64(position), expected: "a whole record", found: "a damaged one")
        }
        guard LineCodec.leastFileBytes(at: position) <= bytes.count else {
            throw .corrupt(path, at: Int64(bytes.count), expected: "the rest of a record", found: "the file cut off")
        }
        for start in (position + 1)..<used {
            if let found = LineCodec.decode(bytes, at: start, limit: bytes.count), found.afterDurable {
                throw .corrupt(
                    path, at: Int64(position), expected: "a whole record, as a later one follows at byte \(start)",
                    found: "a damaged one")
            }
        }
        return AppendLogContent(
            records: records, bytes: bytes, length: Int64(position), tail: .torn(offset: Int64(position)))
    }
}

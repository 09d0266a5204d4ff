// An append-only file of checksummed lines.

/// A log being written.
package final class AppendLog: Sendable {
    private let file: PreallocatedFile

    /// Creates a log that holds `records`, whole and durable; `alreadyExists` where the name is taken. After an error
    /// it is not known whether the name exists, but if it does, the log is whole.
    package init(
        creating path: String, records: [[UInt8]] = [], growth: AppendLogGrowth = AppendLogGrowth(), disk: any Disk
    ) throws(DurabilityError) {
        var bytes: [UInt8] = []
        // All of them are durable before the log has its name: none can be torn.
        for record in records { LineCodec.encode(record, afterDurable: true, into: &bytes) }
        file = try PreallocatedFile(creating: path, byteCount: bytes.count, growth: growth, disk: disk) {
            (file) throws(DurabilityError) in try file.write(bytes, at: 0)
        }
    }

    /// Where the log is.
    package var path: String { file.path }

    /// Bytes of records so far, durable or not.
    package var length: Int64 { file.length }

    /// Adds a record and returns where it starts; it survives a power cut after `synchronize` only. After an error the
    /// log takes no more records.
    @discardableResult
    package func append(_ payload: [UInt8]) throws(DurabilityError) -> Int64 {
        try file.append(payload.count + LineCodec.overheadBytes) {
            (file, offset, afterDurable) throws(DurabilityError) in
            var record: [UInt8] = []
            record.reserveCapacity(payload.count + LineCodec.overheadBytes)
            LineCodec.encode(payload, afterDurable: afterDurable, into: &record)
            try file.write(record, at: offset)
        }
    }

    /// Makes all records survive a power cut; costs nothing where they do. After an error the log takes no more
    /// records, and it isn't known which of those since the last `synchronize` it holds.
    package func synchronize() throws(DurabilityError) { try file.synchronize() }

    /// Closes the log; what was not made durable may be lost.
    package func close() { file.close() }
}

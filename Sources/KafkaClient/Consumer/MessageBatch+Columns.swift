// The way from librdkafka's messages into columns: one call per batch, one loop per column.

import CRdKafka

/// How much of a batch belongs to a range of offsets, and how many bytes it needs.
package struct MessageExtent: Sendable, Equatable {
    /// Rows from the measured row on.
    package var rows = 0
    package var keyBytes = 0
    package var valueBytes = 0
    /// The batch holds a row at or behind the end of the range: the range is complete.
    package var reachesEnd = false

    package init() {}
}

/// Columns that `MessageBatch.fill` writes; nil is a column that is not wanted.
///
/// Pointers are the columns' beginnings; rows are written from `row` on, bytes from `keyByteCount` and
/// `valueByteCount` on. Offsets (`keyOffsets[row]`...) are the ends of values: entry `row + 1` is the end of row
/// `row`, and entry `row` must hold the byte count so far (it is written, too). Validity bitmaps, least significant
/// bit first, come zeroed; a set bit is a value.
package struct MessageColumns {
    package var row = 0
    package var keyByteCount = 0
    package var keyBytes: UnsafeMutablePointer<UInt8>?
    package var keyOffsets: UnsafeMutablePointer<UInt32>?
    package var keyValidity: UnsafeMutablePointer<UInt8>?
    package var valueByteCount = 0
    package var valueBytes: UnsafeMutablePointer<UInt8>?
    package var valueOffsets: UnsafeMutablePointer<UInt32>?
    package var valueValidity: UnsafeMutablePointer<UInt8>?
    package var partitions: UnsafeMutablePointer<Int32>?
    package var offsets: UnsafeMutablePointer<Int64>?
    /// Microseconds since 1970; 0 where a message has no timestamp.
    package var timestampsMicros: UnsafeMutablePointer<Int64>?
    package var timestampValidity: UnsafeMutablePointer<UInt8>?
    /// 0 the producer's time, 1 the broker's, -1 none.
    package var timestampTypes: UnsafeMutablePointer<Int32>?

    package init() {}
}

/// What `MessageBatch.fill` wrote.
package struct FilledColumns: Sendable, Equatable {
    package var keyBytes = 0
    package var valueBytes = 0
    package var nullKeys = 0
    package var nullValues = 0
    package var nullTimestamps = 0

    package init() {}
}

extension MessageBatch {
    /// How many rows from `first` on lie below `endOffset`, and the bytes of their keys and values.
    ///
    /// Stops before `maximumRows`, and before the bytes of keys or of values pass `maximumBytes`, but takes one row at
    /// least.
    package func measure(
        from first: Int = 0, endOffset: Int64, maximumRows: Int = .max, maximumBytes: Int = Int(UInt32.max / 2)
    ) -> MessageExtent {
        precondition(first >= 0 && first <= count, "measuring begins outside of the batch")
        var extent = MessageExtent()
        let messages = self.messages + start + first
        let available = count &- first
        let limit = min(available, max(0, maximumRows))
        var row = 0
        var keyBytes = 0
        var valueBytes = 0
        while row < limit, let message = messages[row], message.pointee.offset < endOffset {
            let keys = keyBytes &+ message.pointee.key_len
            let values = valueBytes &+ message.pointee.len
            if keys > maximumBytes || values > maximumBytes, row > 0 { break }
            keyBytes = keys
            valueBytes = values
            row &+= 1
        }
        extent.rows = row
        extent.keyBytes = keyBytes
        extent.valueBytes = valueBytes
        if row < available, let message = messages[row] { extent.reachesEnd = message.pointee.offset >= endOffset }
        return extent
    }

    /// Copies `rows` rows from `first` on into `columns`. The caller has made room for what `measure` said.
    package func fill(from first: Int = 0, rows: Int, into columns: MessageColumns) -> FilledColumns {
        precondition(first >= 0 && rows >= 0 && first + rows <= count, "filling reaches outside of the batch")
        var filled = FilledColumns()
        let source = self.messages + start + first
        if columns.keyBytes != nil || columns.keyOffsets != nil || columns.keyValidity != nil {
            (filled.keyBytes, filled.nullKeys) = Self.copyKeys(source, rows, columns)
        }
        if columns.valueBytes != nil || columns.valueOffsets != nil || columns.valueValidity != nil {
            (filled.valueBytes, filled.nullValues) = Self.copyValues(source, rows, columns)
        }
        if columns.timestampsMicros != nil || columns.timestampTypes != nil || columns.timestampValidity != nil {
            filled.nullTimestamps = Self.copyTimestamps(source, rows, columns)
        }
        if let partitions = columns.partitions {
            let target = partitions + columns.row
            for row in 0..<rows { target[row] = source[row].unsafelyUnwrapped.pointee.partition }
        }
        if let offsets = columns.offsets {
            let target = offsets + columns.row
            for row in 0..<rows { target[row] = source[row].unsafelyUnwrapped.pointee.offset }
        }
        return filled
    }

    private typealias Messages = UnsafeMutablePointer<UnsafeMutablePointer<rd_kafka_message_t>?>

    private static func copyKeys(_ source: Messages, _ rows: Int, _ columns: MessageColumns) -> (Int, Int) {
        copy(
            source, rows, to: columns.keyBytes, behind: columns.keyByteCount, columns.keyOffsets, columns.keyValidity,
            behind: columns.row
        ) { ($0.pointee.key, $0.pointee.key_len) }
    }

    private static func copyValues(_ source: Messages, _ rows: Int, _ columns: MessageColumns) -> (Int, Int) {
        copy(
            source, rows, to: columns.valueBytes, behind: columns.valueByteCount, columns.valueOffsets,
            columns.valueValidity, behind: columns.row
        ) { ($0.pointee.payload, $0.pointee.len) }
    }

    /// Copies a part of each message behind what the columns have; how many bytes, and how many messages without it.
    @inline(__always)
    private static func copy(
        _ source: Messages, _ rows: Int, to bytes: UnsafeMutablePointer<UInt8>?, behind byteCount: Int,
        _ offsets: UnsafeMutablePointer<UInt32>?, _ validity: UnsafeMutablePointer<UInt8>?, behind firstRow: Int,
        part: (UnsafeMutablePointer<rd_kafka_message_t>) -> (bytes: UnsafeMutableRawPointer?, count: Int)
    ) -> (Int, Int) {
        var target = bytes.map { $0 + byteCount }
        var end = UInt32(truncatingIfNeeded: byteCount)
        let offsets = offsets.map { $0 + firstRow }
        offsets?[0] = end
        var nulls = 0
        var total = 0
        for row in 0..<rows {
            let (bytes, count) = part(source[row].unsafelyUnwrapped)
            if let bytes {
                if let here = target {
                    UnsafeMutableRawPointer(here).copyMemory(from: bytes, byteCount: count)
                    target = here + count
                }
                total &+= count
                end &+= UInt32(truncatingIfNeeded: count)
                if let validity { setBit(validity, firstRow &+ row) }
            } else {
                nulls &+= 1
            }
            offsets?[row &+ 1] = end
        }
        return (total, nulls)
    }

    private static func copyTimestamps(_ source: Messages, _ rows: Int, _ columns: MessageColumns) -> Int {
        let micros = columns.timestampsMicros.map { $0 + columns.row }
        let types = columns.timestampTypes.map { $0 + columns.row }
        var nulls = 0
        for row in 0..<rows {
            var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
            let time = rd_kafka_message_timestamp(source[row].unsafelyUnwrapped, &type)
            // A producer may write any number for a time: what does not fit is no time.
            let (scaled, overflow) = time.multipliedReportingOverflow(by: 1_000)
            let isNull = type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || overflow
            if isNull {
                nulls &+= 1
            } else if let bits = columns.timestampValidity {
                setBit(bits, columns.row &+ row)
            }
            micros?[row] = isNull ? 0 : scaled
            types?[row] = timestampType(type)
        }
        return nulls
    }

    @inline(__always)
    private static func setBit(_ bits: UnsafeMutablePointer<UInt8>, _ index: Int) {
        bits[index &>> 3] |= 1 &<< UInt8(truncatingIfNeeded: index & 7)
    }
}

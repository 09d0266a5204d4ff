// Decodes one partition's messages into columns: the only copy on the way in.

import Columns
import Connectors
import KafkaClient
import Synchronization
import Threads

/// What all readers of a source share: the wish to stop, and how large rows are.
final class KafkaReaderState: Sendable {
    /// When somebody asked to stop; 0 before.
    private let cancelledNanoseconds = Atomic<UInt64>(0)
    private let rows = Atomic<Int>(0)
    private let bytes = Atomic<Int>(0)

    /// Asks readers to give up once they get nowhere.
    func cancel() { cancelledNanoseconds.store(max(Monotonic.nanoseconds, 1), ordering: .relaxed) }

    /// Since when somebody wants to stop; `nil` where nobody does.
    var cancelledSince: UInt64? {
        let moment = cancelledNanoseconds.load(ordering: .relaxed)
        return moment > 0 ? moment : nil
    }

    func add(rows: Int, bytes: Int) {
        self.rows.wrappingAdd(rows, ordering: .relaxed)
        self.bytes.wrappingAdd(bytes, ordering: .relaxed)
    }

    /// Bytes of keys and values a row, of all rows so far; `nil` before the first.
    var averageRowBytes: Int? {
        let rows = rows.load(ordering: .relaxed)
        return rows > 0 ? bytes.load(ordering: .relaxed) / rows : nil
    }
}

/// One assigned partition with the messages that were fetched beyond the last batch's end.
///
/// SAFETY: used by the control thread between batches and by one worker during a batch, never by both.
final class KafkaPartitionChannel: @unchecked Sendable {
    let queue: PartitionQueue
    let signal: QueueSignal
    private var batch = MessageBatch(capacity: 16_384)
    /// The first offset that no batch has taken.
    private(set) var nextOffset: Int64
    /// An offset at which no batch begins.
    private static let nowhere: Int64 = -1

    init(queue: PartitionQueue, nextOffset: Int64) throws {
        self.queue = queue
        self.nextOffset = nextOffset
        signal = try QueueSignal()
        signal.watch([queue])
    }

    /// Whether messages are there that no batch has taken; drains what isn't a message.
    func hasArrivals() throws -> Bool {
        guard batch.isEmpty, queue.hasMessages else { return !batch.isEmpty }
        do {
            try queue.read(into: &batch, maximumCount: batch.capacity)
        } catch {
            // What came behind the error is gone: the partition has to be assigned anew.
            nextOffset = KafkaPartitionChannel.nowhere
            throw error
        }
        return !batch.isEmpty
    }

    /// The next rows below `end` that are here already, copied by `copy`; `nil` where there are none.
    func take(
        below end: Int64, maximumRows: Int, maximumBytes: Int,
        copy: (borrowing MessageBatch, MessageExtent) throws -> RecordBatch
    ) throws -> RecordBatch? {
        let extent = batch.measure(endOffset: end, maximumRows: maximumRows, maximumBytes: maximumBytes)
        if extent.rows > 0 {
            let last = batch.offset(extent.rows - 1)
            let columns = try copy(batch, extent)
            batch.removeFirst(extent.rows)
            nextOffset = last + 1
            return columns
        }
        if extent.reachesEnd { nextOffset = end }
        return nil
    }

    /// Fetches more; returns whether there may be rows now. Offsets that were passed without rows count as taken.
    func fetch(towards end: Int64) throws -> Bool {
        guard batch.isEmpty else { return true }
        let rows = try queue.read(into: &batch, maximumCount: batch.capacity)
        // Control records and aborted transactions leave gaps: the queue's position passes them.
        if rows == 0, queue.position >= end { nextOffset = max(nextOffset, end) }
        return rows > 0
    }
}

/// Reads one partition's rows of one batch.
final class KafkaPartitionReader: PartitionReader {
    private static let rowsPerBatch = 4096
    private static let bytesPerBatch = 1 << 20
    private static let waitMilliseconds = 100
    /// A batch that is to be the last is finished while its rows come; without any for so long it is given up.
    private static let patienceNanoseconds: UInt64 = 3_000_000_000

    private let channel: KafkaPartitionChannel
    private let end: Int64
    private let schema: Schema
    private let state: KafkaReaderState
    private let log: LogHandler
    private var stalledSince: UInt64?
    private var reportedStall: UInt64 = 0
    /// The first offset of the rows that came last, and all of them where some are missing between.
    private var lastOffsets: (first: Int64, all: [Int64]?)?

    init(
        channel: KafkaPartitionChannel, end: Int64, schema: Schema, includesHeaders: Bool, state: KafkaReaderState,
        log: @escaping LogHandler
    ) {
        self.channel = channel
        self.end = end
        self.schema = schema
        self.state = state
        self.log = log
    }

    func next() throws -> RecordBatch? {
        while true {
            switch try poll(waitMilliseconds: Self.waitMilliseconds) {
            case .rows(let rows): return rows
            case .nothingYet: continue
            case .end: return nil
            }
        }
    }

    func poll(waitMilliseconds: Int) throws -> ReadStep {
        do {
            return try step(waitMilliseconds: waitMilliseconds)
        } catch let error as ConnectorError where error.code == .notFound {
            throw KafkaSource.dataLoss("a topic was deleted while it was read: \(error.message)")
        }
    }

    func place(ofRow row: Int) -> String? {
        guard let lastOffsets else { return nil }
        let offset = lastOffsets.all.map { $0[row] } ?? lastOffsets.first + Int64(row)
        let partition = channel.queue.partition
        return "offset \(offset) of partition \(partition.partition) of topic '\(partition.topic)'"
    }

    private func step(waitMilliseconds: Int) throws -> ReadStep {
        try KafkaFailure.mapped {
            var mayWait = waitMilliseconds > 0
            while true {
                if let rows = try channel.take(
                    below: end, maximumRows: Self.rowsPerBatch, maximumBytes: Self.bytesPerBatch,
                    copy: { try decode($0, $1) })
                {
                    stalledSince = nil
                    return .rows(rows)
                }
                if channel.nextOffset >= end { return .end }
                if try channel.fetch(towards: end) || channel.nextOffset >= end { continue }
                guard mayWait else {
                    try noticeStall()
                    return .nothingYet
                }
                mayWait = false
                if !channel.signal.wait(timeoutMilliseconds: waitMilliseconds) { try noticeStall() }
            }
        }
    }

    /// Says now and then that rows which the brokers have don't come; gives up where somebody waits for the end.
    private func noticeStall() throws {
        let now = Monotonic.nanoseconds
        guard let since = stalledSince else {
            stalledSince = now
            reportedStall = now
            return
        }
        if let cancelled = state.cancelledSince, now - max(since, min(cancelled, now)) > Self.patienceNanoseconds {
            throw ConnectorError(
                .cancelled,
                "stopped while waiting for rows of partition \(channel.queue.partition); the batch comes again")
        }
        guard now - reportedStall > 30_000_000_000 else { return }
        reportedStall = now
        log(
            .warning,
            "partition \(channel.queue.partition): no rows for 30 s, waiting at offset \(channel.nextOffset) of "
                + "\(end); "
                + "is its broker there?")
    }

    /// Copies messages into the columns that the query reads.
    private func decode(_ messages: borrowing MessageBatch, _ extent: MessageExtent) throws -> RecordBatch {
        let rows = extent.rows
        var columns = MessageColumns()
        var buffers = DecodedBuffers()
        for field in schema.fields { buffers.prepare(field.name, rows: rows, extent: extent, &columns) }
        let filled = messages.fill(rows: rows, into: columns)
        state.add(rows: rows, bytes: extent.keyBytes + extent.valueBytes)
        let first = messages.offset(0)
        let hasGaps = messages.offset(rows - 1) - first != Int64(rows - 1)
        lastOffsets = (first, hasGaps ? (0..<rows).map { messages.offset($0) } : nil)
        let vectors = try schema.fields.map { field in
            field.name == "headers"
                ? try HeaderColumn.build(messages, rows: rows)
                : buffers.finish(field.name, rows: rows, filled, topic: channel.queue.partition.topic)
        }
        return RecordBatch(schema: schema, columns: vectors, count: rows)
    }
}

/// The buffers of the columns that a query reads.
private struct DecodedBuffers {
    private var keyBytes: Buffer?
    private var keyOffsets: Buffer?
    private var keyValidity: Buffer?
    private var valueBytes: Buffer?
    private var valueOffsets: Buffer?
    private var valueValidity: Buffer?
    private var partitions: Buffer?
    private var offsets: Buffer?
    private var timestamps: Buffer?
    private var timestampValidity: Buffer?
    private var timestampTypes: Buffer?

    /// Makes the buffers of a column and shows them to the client.
    mutating func prepare(_ column: String, rows: Int, extent: MessageExtent, _ columns: inout MessageColumns) {
        switch column {
        case "key":
            let (bytes, ends) = (Buffer(capacity: extent.keyBytes), Buffer(capacity: (rows + 1) * 4))
            let validity = Buffer.zeroed(capacity: Bitmap.byteCount(rows))
            (keyBytes, keyOffsets, keyValidity) = (bytes, ends, validity)
            columns.keyBytes = bytes.pointer(as: UInt8.self)
            columns.keyOffsets = ends.pointer(as: UInt32.self)
            columns.keyValidity = validity.pointer(as: UInt8.self)
        case "value":
            let (bytes, ends) = (Buffer(capacity: extent.valueBytes), Buffer(capacity: (rows + 1) * 4))
            let validity = Buffer.zeroed(capacity: Bitmap.byteCount(rows))
            (valueBytes, valueOffsets, valueValidity) = (bytes, ends, validity)
            columns.valueBytes = bytes.pointer(as: UInt8.self)
            columns.valueOffsets = ends.pointer(as: UInt32.self)
            columns.valueValidity = validity.pointer(as: UInt8.self)
        case "partition":
            let buffer = Buffer(capacity: rows * 4)
            partitions = buffer
            columns.partitions = buffer.pointer(as: Int32.self)
        case "offset":
            let buffer = Buffer(capacity: rows * 8)
            offsets = buffer
            columns.offsets = buffer.pointer(as: Int64.self)
        case "timestamp":
            let (times, validity) = (Buffer(capacity: rows * 8), Buffer.zeroed(capacity: Bitmap.byteCount(rows)))
            (timestamps, timestampValidity) = (times, validity)
            columns.timestampsMicros = times.pointer(as: Int64.self)
            columns.timestampValidity = validity.pointer(as: UInt8.self)
        case "timestampType":
            let buffer = Buffer(capacity: rows * 4)
            timestampTypes = buffer
            columns.timestampTypes = buffer.pointer(as: Int32.self)
        default: break
        }
    }

    /// The finished column.
    func finish(_ column: String, rows: Int, _ filled: FilledColumns, topic: String) -> ColumnVector {
        switch column {
        case "key":
            if let keyBytes, let keyOffsets {
                return ColumnVector(
                    type: .binary, count: rows, validity: keyValidity, nullCount: filled.nullKeys, starts: keyOffsets,
                    bytes: keyBytes)
            }
        case "value":
            if let valueBytes, let valueOffsets {
                return ColumnVector(
                    type: .binary, count: rows, validity: valueValidity, nullCount: filled.nullValues,
                    starts: valueOffsets, bytes: valueBytes)
            }
        case "partition": if let partitions { return ColumnVector(type: .integer, count: rows, values: partitions) }
        case "offset": if let offsets { return ColumnVector(type: .long, count: rows, values: offsets) }
        case "timestamp":
            if let timestamps {
                return ColumnVector(
                    type: .timestamp, count: rows, validity: timestampValidity, nullCount: filled.nullTimestamps,
                    values: timestamps)
            }
        case "timestampType":
            if let timestampTypes { return ColumnVector(type: .integer, count: rows, values: timestampTypes) }
        case "topic": return ConstantKernel.column(of: .string(topic), type: .string, count: rows)
        default: break
        }
        preconditionFailure("a Kafka source has no column '\(column)'")
    }
}

/// The headers column, built message by message: asked for rarely.
private enum HeaderColumn {
    static func build(_ messages: borrowing MessageBatch, rows: Int) throws -> ColumnVector {
        var names = BytesBuilder(type: .string)
        var values = BytesBuilder(type: .binary)
        let ends = Buffer(capacity: (rows + 1) * 4)
        let offsets = ends.pointer(as: UInt32.self)
        offsets[0] = 0
        var validity = ValidityBuilder()
        for row in 0..<rows {
            let headers = try messages.headers(row)
            for header in headers {
                names.append(header.name)
                if let value = header.value { values.append(value) } else { values.appendNull() }
            }
            // A message without headers has NULL, as in Spark.
            if headers.isEmpty { validity.appendNull(at: row) } else { validity.appendValid(at: row) }
            offsets[row + 1] = UInt32(names.count)
        }
        let count = names.count
        let (bits, nulls) = validity.finish(count: rows)
        let entries = ColumnVector(
            type: .structure([Field("key", .string), Field("value", .binary)]), count: count,
            children: [names.finish(), values.finish()])
        return ColumnVector(
            type: KafkaSchema.headerType, count: rows, validity: bits, nullCount: nulls, starts: ends,
            children: [entries])
    }
}

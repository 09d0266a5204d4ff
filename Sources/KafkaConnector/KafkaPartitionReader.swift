// Decodes one partition's messages into columns: the only copy on the way in.

import Columns
import Connectors
import KafkaClient
import Threads

/// Reads one partition's rows of one batch.
final class KafkaPartitionReader: PartitionReader {
    private static let rowsPerBatch = 4096
    private static let bytesPerBatch = 1 << 20
    private static let askMilliseconds = 1_000

    private let channel: KafkaPartitionChannel
    /// Where the range ends; comes down where the log has become shorter.
    private var end: Int64
    private let schema: Schema
    private let consumer: KafkaConsumer
    private let context: KafkaReadContext
    private var stalledSince: UInt64?
    private var nextWord: UInt64 = 0
    private var nextLook: UInt64 = 0
    /// Since when the brokers don't know the partition, or have less of it than was planned.
    private var missingSince: UInt64?
    /// The position is to be found anew before anything else is read.
    private var lostPosition: KafkaError?
    /// When it may be looked for: a position that is lost again and again must not keep the brokers busy.
    private var nextFind: UInt64 = 0
    /// The first offset of the rows that came last, and all of them where some are missing between.
    private var lastOffsets: (first: Int64, all: [Int64]?)?

    init(
        channel: KafkaPartitionChannel, end: Int64, schema: Schema, consumer: KafkaConsumer, context: KafkaReadContext
    ) {
        self.channel = channel
        self.end = end
        self.schema = schema
        self.consumer = consumer
        self.context = context
    }

    func poll(waitMilliseconds: Int) throws -> ReadStep {
        do {
            if lostPosition == nil { return try step(waitMilliseconds: waitMilliseconds) }
        } catch let error as KafkaError {
            guard Self.losesPosition(error) else { throw KafkaFailure.connectorError(error) }
            lostPosition = error
        }
        guard Monotonic.nanoseconds >= nextFind else {
            awaitNextFind(waitMilliseconds)
            return .nothingYet
        }
        try findPosition()
        // Nothing is there before the fetcher has started again.
        return channel.nextOffset >= end ? .end : .nothingYet
    }

    var partition: String? {
        LogPosition(log: channel.partition.topic, partition: channel.partition.partition, offset: 0).place
    }

    func origin(ofRow row: Int) -> RowOrigin? {
        guard let lastOffsets else { return nil }
        let offset = lastOffsets.all.map { $0[row] } ?? lastOffsets.first + Int64(row)
        let (topic, partition) = (channel.partition.topic, channel.partition.partition)
        return RowOrigin(
            "offset \(offset) of partition \(partition) of topic '\(topic)'",
            parts: [
                .init("topic", topic), .init("partition", String(partition)), .init("offset", String(offset)),
            ])
    }

    func message(ofRow row: Int, in rows: RecordBatch) -> OriginalMessage? { KafkaSchema.message(ofRow: row, in: rows) }

    private func step(waitMilliseconds: Int) throws -> ReadStep {
        var mayWait = waitMilliseconds > 0
        while true {
            let mark = consumer.arrivals.mark
            if let rows = try channel.take(
                below: end, maximumRows: Self.rowsPerBatch, maximumBytes: Self.bytesPerBatch,
                copy: { try decode($0, $1) })
            {
                stalledSince = nil
                missingSince = nil
                return .rows(rows)
            }
            if channel.nextOffset >= end { return .end }
            let mayHaveRows = try channel.fetch(towards: end, rowBytes: context.averageRowBytes)
            if mayHaveRows || channel.nextOffset >= end { continue }
            context.nudge(channel.partition, of: consumer)
            guard mayWait else {
                try noticeStall()
                return .nothingYet
            }
            mayWait = false
            if !consumer.arrivals.wait(since: mark, timeoutMilliseconds: waitMilliseconds) { try noticeStall() }
        }
    }

    // MARK: Rows that don't come

    /// Says now and then that rows which the brokers have don't come; looks whether they are still there; gives up
    /// where somebody waits for the end. One partition may have to wait long for its turn with the fetcher: as long as
    /// rows of others come, the brokers are there.
    private func noticeStall() throws {
        let now = Monotonic.nanoseconds
        guard let since = stalledSince.map({ max($0, context.lastRows) }) else {
            stalledSince = now
            nextWord = now + context.patience.firstWord
            nextLook = now + context.patience.vanished
            return
        }
        if let cancelled = context.cancelledSince, now > max(since, min(cancelled, now)) + context.patience.cancelled {
            throw ConnectorError(
                .cancelled, "stopped while waiting for rows of partition \(channel.partition); the batch comes again")
        }
        if now >= nextLook {
            try lookForEnd(now)
            nextLook = now + (missingSince == nil ? context.patience.vanished : context.patience.look)
        }
        guard now >= max(nextWord, since + context.patience.firstWord) else { return }
        nextWord = now + context.patience.firstWord
        context.log(
            .warning,
            "partition \(channel.partition): no rows for \((now - (stalledSince ?? now)) / 1_000_000_000) s, waiting "
                + "at offset \(channel.nextOffset) of \(end); is its broker there?")
    }

    /// Where the log has become shorter than the range, its reader would wait for ever.
    private func lookForEnd(_ now: UInt64) throws {
        guard let log = try askForLog(now) else { return }
        guard log.upperBound < end || log.lowerBound > channel.nextOffset else {
            missingSince = nil
            return
        }
        if isTooShort(log, now) { return }
        try goOn(within: log)
    }

    // MARK: A position that is gone

    /// Whether after this error the partition is not read any more until its position is found, or its broker is back.
    private static func losesPosition(_ error: KafkaError) -> Bool {
        switch KafkaFailure.connectorError(error).code {
        case .dataLoss, .notFound, .unavailable: true
        default: false
        }
    }

    /// Lets time pass until the position may be looked for, or for as long as the caller waits.
    private func awaitNextFind(_ waitMilliseconds: Int) {
        let now = Monotonic.nanoseconds
        guard waitMilliseconds > 0, nextFind > now else { return }
        let milliseconds = min(UInt64(waitMilliseconds), (nextFind - now) / 1_000_000 + 1)
        consumer.arrivals.wait(since: consumer.arrivals.mark, timeoutMilliseconds: Int(clamping: milliseconds))
    }

    /// Finds out where to go on after a fetch that failed for the position or the topic.
    private func findPosition() throws {
        let now = Monotonic.nanoseconds
        nextFind = now + context.patience.look
        if let cancelled = context.cancelledSince, now > cancelled + context.patience.cancelled {
            throw ConnectorError(
                .cancelled, "stopped while looking for partition \(channel.partition); the batch comes again")
        }
        guard let log = try askForLog(now) else { return }
        let partition = channel.partition
        let code = lostPosition.map { KafkaFailure.connectorError($0).code }
        let wasReset = code == .dataLoss
        if code != .unavailable {
            context.losses.note(
                LogBreak(
                    wasReset ? .reset : .missing, log: partition.topic, partition: partition.partition,
                    offset: channel.nextOffset, begin: log.lowerBound, end: log.upperBound))
        }
        // A new leader tells an end that is too low for a moment, as long as its followers have not reported.
        if !wasReset, isTooShort(log, now) { return }
        if wasReset, log.lowerBound <= channel.nextOffset, end <= log.upperBound {
            try context.losses.loseUnseen(partition, at: channel.nextOffset)
        }
        try goOn(within: log)
    }

    /// Whether the log ends before the range does, and has not done so for long enough to count as shorter.
    private func isTooShort(_ log: Range<Int64>, _ now: UInt64) -> Bool {
        guard log.upperBound < end, log.lowerBound <= channel.nextOffset else { return false }
        let since = missingSince ?? now
        missingSince = since
        return now < since + context.patience.vanished
    }

    /// The offsets that the partition has now; nil where the brokers don't say. A partition that they don't know for
    /// long is lost.
    private func askForLog(_ now: UInt64) throws -> Range<Int64>? {
        let partition = channel.partition
        do {
            // Asked for offsets alone, a topic that isn't there is indistinguishable from a leader that isn't.
            let topics = try consumer.metadata(topics: [partition.topic], timeoutMilliseconds: Self.askMilliseconds)
            if let error = topics.first?.error { throw error }
            guard topics.first?.partitions.contains(where: { $0.partition == partition.partition }) ?? false else {
                try noticeMissing(now, "the topic has \(topics.first?.partitions.count ?? 0) partitions now")
                return nil
            }
            let low = try consumer.earliestOffsets([partition], timeoutMilliseconds: Self.askMilliseconds)
            let high = try consumer.latestOffsets([partition], timeoutMilliseconds: Self.askMilliseconds)
            guard let begin = low[partition], let end = high[partition] else { return nil }
            return begin..<max(begin, end)
        } catch let error as KafkaError {
            let failure = KafkaFailure.connectorError(error)
            guard failure.code != .notFound else {
                try noticeMissing(now, "the topic was deleted (\(failure.message))")
                return nil
            }
            guard failure.isRetriable else { throw failure }
            context.log(.debug, "asking where partition \(partition) stands: \(failure.message)")
            return nil
        }
    }

    private func noticeMissing(_ now: UInt64, _ reason: String) throws {
        let since = missingSince ?? now
        missingSince = since
        guard now >= since + context.patience.vanished else { return }
        try context.losses.lose(channel.partition, channel.nextOffset..<end, because: reason)
        lostPosition = nil
        channel.giveUp(to: end)
    }

    /// Reads on at what is there, and loses what isn't.
    private func goOn(within log: Range<Int64>) throws {
        let (partition, next) = (channel.partition, channel.nextOffset)
        if log.lowerBound > next {
            try context.losses.lose(
                partition, next..<min(log.lowerBound, end), because: "the log begins at offset \(log.lowerBound) now")
        }
        let begin = max(next, min(log.lowerBound, end))
        if log.upperBound < end {
            try context.losses.lose(
                partition, max(begin, log.upperBound)..<end,
                because: "the log ends at offset \(log.upperBound) now; it was truncated, or the topic was made anew")
            end = max(begin, log.upperBound)
        }
        lostPosition = nil
        missingSince = nil
        stalledSince = nil
        if begin >= end { channel.giveUp(to: end) } else { try restart(at: begin) }
    }

    private func restart(at offset: Int64) throws {
        do {
            try channel.restart(at: offset)
        } catch {
            throw KafkaFailure.connectorError(error)
        }
    }

    /// Copies messages into the columns that the query reads.
    private func decode(_ messages: borrowing MessageBatch, _ extent: MessageExtent) throws -> RecordBatch {
        let rows = extent.rows
        var columns = MessageColumns()
        var buffers = DecodedBuffers()
        for field in schema.fields { buffers.prepare(field.name, rows: rows, extent: extent, &columns) }
        let filled = messages.fill(rows: rows, into: columns)
        context.add(rows: rows, bytes: extent.keyBytes + extent.valueBytes)
        let first = messages.offset(0)
        let hasGaps = messages.offset(rows - 1) - first != Int64(rows - 1)
        lastOffsets = (first, hasGaps ? (0..<rows).map { messages.offset($0) } : nil)
        let vectors = try schema.fields.map { field in
            field.name == "headers"
                ? try HeaderColumn.build(messages, rows: rows)
                : buffers.finish(field.name, rows: rows, filled, topic: channel.partition.topic)
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

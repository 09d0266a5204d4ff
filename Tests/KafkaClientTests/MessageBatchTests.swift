// From librdkafka's messages into columns: what is measured, what is written where.

import KafkaClient
import KafkaTestSupport
import Testing

@Suite struct MessageBatchTests {
    private static let keys: [[UInt8]?] = [nil, [10], [11, 12], nil, []]
    private static let values: [[UInt8]?] = [[1, 2, 3], nil, [], [4, 5], [6]]

    /// Gives `body` a batch of the five rows above, offsets 0 to 4, at time 5 ms.
    private func withBatch(_ body: (inout MessageBatch) throws -> Void) throws {
        let broker = try EmbeddedBroker.start()
        defer { broker.close() }
        try broker.createTopic("events", partitions: 1)
        let options = ["bootstrap.servers": broker.bootstrapServers]
        let producer = try KafkaProducer(KafkaConfiguration(options))
        for (key, value) in zip(Self.keys, Self.values) {
            try producer.send(topic: "events", key: key, value: value, partition: 0, timestampMilliseconds: 5)
        }
        try producer.flush()
        producer.close()
        let consumer = try KafkaConsumer(KafkaConfiguration(options), groupId: "g")
        defer { consumer.close() }
        let partition = TopicPartition("events", 0)
        _ = try consumer.latestOffsets([partition], timeoutMilliseconds: 10_000)
        try consumer.assign([partition: 0])
        let queue = try #require(consumer.queue(for: partition))
        var batch = MessageBatch(capacity: 8)
        for _ in 0..<100 where queue.end == nil {
            let mark = consumer.arrivals.mark
            try queue.read(into: &batch, maximumCount: 8)
            if queue.end == nil { consumer.arrivals.wait(since: mark, timeoutMilliseconds: 100) }
        }
        try #require(batch.count == 5)
        #expect(queue.position == 5)
        try body(&batch)
    }

    private func extent(_ rows: Int, _ keyBytes: Int, _ valueBytes: Int, reachesEnd: Bool) -> MessageExtent {
        var extent = MessageExtent()
        (extent.rows, extent.keyBytes, extent.valueBytes) = (rows, keyBytes, valueBytes)
        extent.reachesEnd = reachesEnd
        return extent
    }

    @Test func extentsEndAtOffsetsRowsAndBytes() throws {
        try withBatch { batch in
            #expect(batch.measure(endOffset: 99) == extent(5, 3, 6, reachesEnd: false))
            #expect(batch.measure(endOffset: 3) == extent(3, 3, 3, reachesEnd: true))
            #expect(batch.measure(endOffset: 0) == extent(0, 0, 0, reachesEnd: true))
            #expect(batch.measure(from: 3, endOffset: 4) == extent(1, 0, 2, reachesEnd: true))
            #expect(batch.measure(from: 5, endOffset: 4) == extent(0, 0, 0, reachesEnd: false))
            #expect(batch.measure(endOffset: 99, maximumRows: 2) == extent(2, 1, 3, reachesEnd: false))
            #expect(batch.measure(endOffset: 99, maximumBytes: 3) == extent(3, 3, 3, reachesEnd: false))
            // One row at least, or nothing would ever move.
            #expect(batch.measure(endOffset: 99, maximumBytes: 1) == extent(1, 0, 3, reachesEnd: false))
            batch.removeFirst(2)
            #expect(batch.offset(0) == 2)
            #expect(batch.measure(endOffset: 99) == extent(3, 2, 3, reachesEnd: false))
            batch.removeAll()
            let isEmpty = batch.isEmpty
            #expect(isEmpty)
        }
    }

    @Test func rowsAreAppendedToColumns() throws {
        // One row is there already: a value of one byte.
        let valueBytes = Memory<UInt8>(7, 99)
        let valueOffsets = Memory<UInt32>(7, 77)
        let valueBits = Memory<UInt8>(1, 1)
        let keyOffsets = Memory<UInt32>(7, 77)
        let keyBits = Memory<UInt8>(1, 0)
        let partitions = Memory<Int32>(6, -9)
        let offsets = Memory<Int64>(6, -9)
        let micros = Memory<Int64>(6, -9)
        let timeBits = Memory<UInt8>(1, 0)
        let types = Memory<Int32>(6, -9)
        var columns = MessageColumns()
        columns.row = 1
        columns.valueByteCount = 1
        (columns.valueBytes, columns.valueOffsets) = (valueBytes.start, valueOffsets.start)
        (columns.valueValidity, columns.keyValidity) = (valueBits.start, keyBits.start)
        (columns.keyOffsets, columns.partitions, columns.offsets) = (keyOffsets.start, partitions.start, offsets.start)
        (columns.timestampsMicros, columns.timestampValidity) = (micros.start, timeBits.start)
        columns.timestampTypes = types.start
        var filled = FilledColumns()
        try withBatch { filled = $0.fill(rows: 5, into: columns) }
        #expect((filled.keyBytes, filled.valueBytes) == (3, 6))
        #expect((filled.nullKeys, filled.nullValues, filled.nullTimestamps) == (2, 1, 0))
        #expect(valueBytes.all == [99, 1, 2, 3, 4, 5, 6])
        #expect(valueOffsets.all == [77, 1, 4, 4, 4, 6, 7])
        #expect(valueBits.all == [0b11_1011])
        #expect(keyOffsets.all == [77, 0, 0, 1, 3, 3, 3])
        #expect(keyBits.all == [0b10_1100])
        #expect(partitions.all == [-9, 0, 0, 0, 0, 0])
        #expect(offsets.all == [-9, 0, 1, 2, 3, 4])
        #expect(micros.all == [-9, 5_000, 5_000, 5_000, 5_000, 5_000])
        #expect(timeBits.all == [0b11_1110])
        #expect(types.all == [-9, 0, 0, 0, 0, 0])
    }

    @Test func columnsThatAreNotWantedAreLeftOut() throws {
        let keyBytes = Memory<UInt8>(3, 0)
        var columns = MessageColumns()
        columns.keyBytes = keyBytes.start
        var filled = FilledColumns()
        try withBatch { batch in
            filled = batch.fill(from: 1, rows: 2, into: columns)
            #expect(batch.fill(rows: 5, into: MessageColumns()) == FilledColumns())
        }
        #expect(keyBytes.all == [10, 11, 12])
        #expect((filled.keyBytes, filled.nullKeys, filled.valueBytes) == (3, 0, 0))
    }
}

/// Memory of a column, all of one value at first.
private final class Memory<Element> {
    let start: UnsafeMutablePointer<Element>
    private let count: Int

    init(_ count: Int, _ value: Element) {
        self.count = count
        start = .allocate(capacity: count)
        start.initialize(repeating: value, count: count)
    }

    deinit { start.deallocate() }

    var all: [Element] { Array(UnsafeBufferPointer(start: start, count: count)) }
}

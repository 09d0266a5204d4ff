// How much memory a consumer may fill with messages that nobody has asked for yet.

/// The memory for messages fetched ahead, of all partitions of one consumer together.
///
/// librdkafka knows limits for each partition only, and only from the moment it is made: whoever reads more partitions
/// than before makes a new client (`KafkaConsumer.init(prefetch:)`).
package struct PrefetchBudget: Sendable, Equatable {
    /// What a consumer takes unless it is told otherwise.
    package static let usualBytes = 128 << 20
    /// There is no smaller budget.
    package static let floorBytes = 1 << 20
    /// The least for a partition: with less for each, reading would come to a crawl and the budget would not hold.
    package static let leastBytes = 1 << 16
    /// librdkafka's own memory for each message, beside key and value.
    static let messageOverheadBytes = 320
    /// More than this for a partition makes nothing faster: it is drained and filled again many times a second.
    private static let ceilingKilobytes = 16_384

    /// In total, what librdkafka keeps for each message included.
    package let bytes: Int

    package init(bytes: Int = PrefetchBudget.usualBytes) { self.bytes = max(Self.floorBytes, bytes) }

    /// How many partitions it is enough for.
    package var maximumPartitions: Int { bytes / Self.leastBytes }

    /// The limits of each of so many partitions. A partition's bytes are for one answer, which comes on top of the
    /// limits, and the rest half for keys and values and half for what librdkafka keeps beside each of them, so that
    /// small messages stay within the budget, too.
    package func share(partitions: Int) -> Share {
        let each = max(Self.leastBytes, bytes / max(1, partitions))
        let answer = min(1 << 20, each / 4)
        let half = (each - answer) / 2
        return Share(
            kilobytes: min(Self.ceilingKilobytes, half / 1_024), messages: half / Self.messageOverheadBytes,
            partitionFetchBytes: answer, fetchBytes: min(50 << 20, max(Self.floorBytes, bytes / 8)))
    }

    /// What librdkafka is told about each partition.
    package struct Share: Sendable, Equatable {
        /// `queued.max.messages.kbytes`: keys and values that wait.
        package let kilobytes: Int
        /// `queued.min.messages`: messages that wait, above which no more are fetched.
        package let messages: Int
        /// `fetch.message.max.bytes`: what one answer brings of a partition, beyond the two limits above.
        package let partitionFetchBytes: Int
        /// `fetch.max.bytes`: what one answer brings of all partitions of a broker.
        package let fetchBytes: Int

        /// Whether this asks for more memory than `other` does.
        package func exceeds(_ other: Share) -> Bool { kilobytes > other.kilobytes || messages > other.messages }
    }
}

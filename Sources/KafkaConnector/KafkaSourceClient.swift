// The client that a source reads with, made anew when its number of partitions asks for smaller queues.

import Connectors
import KafkaClient
import Synchronization

/// Holds a source's client. Used by the control thread; `consumer` by all.
final class KafkaSourceClient: Sendable {
    private let configuration: KafkaConfiguration
    private let prefetch: PrefetchBudget
    private let log: LogHandler
    private let current: Mutex<KafkaConsumer>
    private let arrivalHandler = Mutex<(@Sendable () -> Void)?>(nil)

    /// How many partitions a client is made for before their number is known.
    private static let assumedPartitions = 4

    init(
        _ configuration: KafkaConfiguration, prefetch: PrefetchBudget, log: @escaping LogHandler
    ) throws {
        self.configuration = configuration
        self.prefetch = prefetch
        self.log = log
        current = Mutex(
            try Self.make(configuration, prefetch.share(partitions: Self.assumedPartitions), log))
    }

    private static func make(
        _ configuration: KafkaConfiguration, _ share: PrefetchBudget.Share, _ log: @escaping LogHandler
    ) throws -> KafkaConsumer {
        try KafkaConsumer(
            configuration, groupId: "millrace-source", prefetch: share, log: KafkaConnection.clientLog(log))
    }

    /// The brokers to ask first, as the user wrote them.
    var bootstrapServers: String { configuration.bootstrapServers }

    var consumer: KafkaConsumer { current.withLock { $0 } }

    /// Calls `wake` when messages arrive, whichever client brings them.
    func setArrivalHandler(_ wake: @escaping @Sendable () -> Void) {
        arrivalHandler.withLock { $0 = wake }
        consumer.arrivals.setHandler(wake)
    }

    /// Makes sure that what may be fetched ahead for so many partitions stays within the budget. Returns whether there
    /// is a new client, which has no partitions assigned; no reader may be under way. Throws where the budget isn't
    /// enough for so many.
    func fit(
        partitions: Int, timeoutMilliseconds: Int = KafkaSource.requestTimeoutMilliseconds
    ) throws -> Bool {
        guard partitions <= prefetch.maximumPartitions else {
            let (needed, there) = (partitions * PrefetchBudget.leastBytes, prefetch.bytes)
            throw ConnectorError(
                .tooManyPartitions,
                "\(partitions) partitions need \(needed >> 20) MiB for what is fetched ahead of them, and there are "
                    + "\(there >> 20) MiB, enough for \(prefetch.maximumPartitions)",
                hint:
                    "give the query more memory (memoryBytes, --memory: an eighth of it, 128 MiB at most, is for that, "
                    + "for all its sources together), or divide the topics among several queries")
        }
        let share = prefetch.share(partitions: partitions)
        let old = consumer
        guard old.prefetch.exceeds(share) else { return false }
        let new = try Self.make(configuration, share, log)
        // Knows the leaders before the first row is asked for, and is known to work before the old one goes.
        _ = try new.clusterId(timeoutMilliseconds: timeoutMilliseconds)
        if let wake = arrivalHandler.withLock({ $0 }) { new.arrivals.setHandler(wake) }
        current.withLock { $0 = new }
        old.close()
        log(
            .debug,
            "\(partitions) partitions: at most \(share.kilobytes) KiB and \(share.messages) messages are fetched ahead "
                + "for each")
        return true
    }
}

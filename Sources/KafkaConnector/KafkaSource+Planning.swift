// How far a batch may read: what the brokers have, what has gone, and what the options allow.

import Connectors
import JSONText
import KafkaClient
import Synchronization
import Threads

extension KafkaSource {
    /// How often the brokers are asked for ends while nothing arrives.
    private static let idleAskNanoseconds: UInt64 = 500_000_000
    /// And while rows wait until there are enough of them.
    private static let heldBackAskNanoseconds: UInt64 = 100_000_000
    /// Rows are taken to be this large until some have been seen, so that a first batch of large rows stays bounded.
    private static let assumedRowBytes = 16_384

    package func readableRange(from start: JSONValue, limit: ReadLimit) throws -> ReadableRange {
        let from = try offsets(start)
        do {
            guard try mayHaveNewRows(from) else {
                // Rows that are held back still wait.
                let latest = state.withLock { $0.isHeldBack ? $0.latestWhileHeldBack : nil }
                return ReadableRange(end: start, latest: latest.map { json($0) } ?? start)
            }
            return try KafkaFailure.mapped { try range(from: from, limit: limit) }
        } catch let error as ConnectorError where error.code == .notFound && !from.values.isEmpty {
            // A topic went while it was asked for; the next time tells which, and for how long.
            state.withLock { $0.partitions.forget() }
            throw ConnectorError(.unavailable, error.message, hint: error.hint)
        }
    }

    private func range(from: KafkaOffsets, limit: ReadLimit) throws -> ReadableRange {
        let partitions = try currentPartitions(from)
        let stable = try self.latest(partitions)
        state.withLock { $0.askedNanoseconds = Monotonic.nanoseconds }
        watchHeldEnds(stable)
        let latest = try checked(KafkaOffsets(stable), from: from)
        var reachable = latest
        if let fixedEnd = state.withLock({ $0.fixedEnd }) {
            for (partition, offset) in latest.values {
                let known = fixedEnd[partition] ?? from[partition]
                // What has come since is not read any more.
                reachable.values[partition] = known.map { min(offset, max($0, from[partition] ?? 0)) }
            }
        }
        let begin = try withBeginnings(of: reachable.partitions, from)
        if limit == .configured, holdsBack(reachable, from, begin) {
            reachable = from
            state.withLock { $0.latestWhileHeldBack = latest }
        }
        if limit == .configured, let rows = rowLimit {
            reachable = RateLimit.bounded(reachable, from: begin, limit: rows)
        }
        // Fetched from now on: the first row is noticed when it comes, and where an open transaction holds the end.
        if reachable == from, state.withLock({ $0.channels.isEmpty }) { _ = try channels(at: from.values) }
        // Where new partitions begin is logged with the batch: asked again, it could be another offset.
        // `nil` alone would be JSON's null.
        let isLonger = begin.values.count > from.values.count && reachable != from
        let start: JSONValue? = isLonger ? .some(json(begin)) : .none
        return ReadableRange(end: json(reachable), latest: json(latest), start: start)
    }

    package func latestOffset() throws -> JSONValue {
        try KafkaFailure.mapped { json(KafkaOffsets(try latest(try discover(mayUseKnown: true).known))) }
    }

    /// Whether what is there waits until there is more. What ends waits for nothing, and neither does what was said of
    /// rows that are gone: held back, the next look would find them gone, count them and say so again.
    private func holdsBack(_ reachable: KafkaOffsets, _ from: KafkaOffsets, _ begin: KafkaOffsets) -> Bool {
        guard options.limits.minimumOffsets != nil else { return false }
        let waiting = reachable.values.reduce(Int64(0)) { $0 &+ max(0, $1.value &- (begin[$1.key] ?? $1.value)) }
        let hasLost =
            from.values.contains { partition, offset in (reachable[partition] ?? -1) < offset }
            || begin.values.contains { partition, offset in from[partition] == nil && offset > 0 }
        return state.withLock { state in
            let holdsBack =
                state.fixedEnd == nil
                && state.delay.holdsBack(
                    waiting, options.limits, now: Monotonic.nanoseconds, isUrgent: hasLost)
            state.isHeldBack = holdsBack && waiting > 0
            return holdsBack
        }
    }

    /// How many rows a batch may take: what the options say, in rows and in bytes.
    private var rowLimit: Int64? {
        let bytes = context.averageRowBytes ?? Self.assumedRowBytes
        let byBytes = max(1, options.limits.maximumBytes / Int64(max(bytes, 1)))
        return min(options.limits.maximumOffsets ?? Int64.max, byBytes)
    }

    /// Looks into the queues before the brokers are asked: while nothing has arrived, asking now and then is enough.
    private func mayHaveNewRows(_ from: KafkaOffsets) throws -> Bool {
        for error in consumer.pollEvents() where !error.isRetriable {
            let failure = KafkaFailure.connectorError(error)
            if failure.code == .accessDenied { throw failure }
            log(.warning, failure.message)
        }
        if let refused = state.withLock({ $0.refused }) {
            try noticeReset(refused, from)
            return true
        }
        let (channels, asked, isFixed, isHeldBack) = state.withLock {
            ($0.channels, $0.askedNanoseconds, $0.fixedEnd != nil, $0.isHeldBack)
        }
        guard !isFixed, !channels.isEmpty, from.partitions.allSatisfy({ channels[$0]?.nextOffset == from[$0] }) else {
            return true
        }
        if asked == 0 || Monotonic.nanoseconds - asked > Self.idleAskNanoseconds { return true }
        if isHeldBack { return Monotonic.nanoseconds - asked > Self.heldBackAskNanoseconds }
        do {
            for channel in channels.values where try channel.hasArrivals() { return true }
            return false
        } catch {
            let failure = KafkaFailure.connectorError(error)
            switch failure.code {
            case .dataLoss:
                state.withLock { $0.refused = error }
                try noticeReset(error, from)
                return true
            case .notFound:
                state.withLock { $0.partitions.forget() }
                return true
            default: throw failure
            }
        }
    }

    /// A fetch was refused because the log did not have the position. Where it has it now, nothing else will tell.
    private func noticeReset(_ error: KafkaError, _ from: KafkaOffsets) throws {
        try KafkaFailure.mapped { try notice(error, from) }
        state.withLock { $0.refused = nil }
    }

    private func notice(_ error: KafkaError, _ from: KafkaOffsets) throws {
        guard let topic = error.topic, let number = error.partition, let offset = from[TopicPartition(topic, number)]
        else { return }
        let partition = TopicPartition(topic, number)
        let patience = Self.unknownMilliseconds
        guard let begin = try earliest([partition], unknownMilliseconds: patience)[partition],
            let end = try latest([partition], unknownMilliseconds: patience)[partition]
        else { return }
        losses.note(LogBreak(.reset, log: topic, partition: number, offset: offset, begin: begin, end: end))
        if begin <= offset, offset <= end { try losses.loseUnseen(partition, at: offset) }
    }

    // MARK: Partitions

    func latest(_ partitions: [TopicPartition], unknownMilliseconds: Int = 0) throws -> [TopicPartition: Int64] {
        try consumer.latestOffsets(
            partitions, timeoutMilliseconds: Self.requestTimeoutMilliseconds, unknownMilliseconds: unknownMilliseconds)
    }

    func earliest(_ partitions: [TopicPartition], unknownMilliseconds: Int = 0) throws -> [TopicPartition: Int64] {
        try consumer.earliestOffsets(
            partitions, timeoutMilliseconds: Self.requestTimeoutMilliseconds, unknownMilliseconds: unknownMilliseconds)
    }

    /// The partitions to read, asked for now. Throws for topics that are missing.
    func allPartitions() throws -> [TopicPartition] {
        let partitions = try discover(mayUseKnown: false)
        guard partitions.missing.isEmpty else { throw try missingError(partitions.missing) }
        return partitions.known
    }

    private func missingError(_ topics: [String]) throws -> ConnectorError {
        MissingTopics.error(topics, servers: client.bootstrapServers, known: try allTopics())
    }

    func allTopics() throws -> [String] {
        try consumer.metadata(topics: nil, timeoutMilliseconds: Self.requestTimeoutMilliseconds).map(\.topic)
    }

    /// The partitions to read; those of missing topics are not among them once they count as lost.
    private func currentPartitions(_ from: KafkaOffsets) throws -> [TopicPartition] {
        let partitions = try discover(mayUseKnown: true, expecting: from)
        guard !partitions.missing.isEmpty else { return partitions.known }
        let now = Monotonic.nanoseconds
        let isGone = { partitions.missingNanoseconds($0, now: now) >= self.context.patience.vanished }
        guard partitions.missing.allSatisfy(isGone) else {
            let error = try missingError(partitions.missing)
            throw ConnectorError(.unavailable, error.message, hint: error.hint)
        }
        for topic in partitions.missing where from.values.keys.contains(where: { $0.topic == topic }) {
            guard state.withLock({ $0.lostTopics.insert(topic).inserted }) else { continue }
            try losses.lose(0, "a topic that the query reads is gone: \(try missingError([topic]).message)")
        }
        if partitions.known.isEmpty {
            // Nothing is left to read; it may be made anew.
            let error = try missingError(partitions.missing)
            guard !options.failOnDataLoss else { throw error }
            throw ConnectorError(.unavailable, error.message, hint: error.hint)
        }
        return partitions.known
    }

    /// The subscription's partitions, asked anew after the discovery interval. Topics of which there are offsets are
    /// missing where a pattern no longer finds them.
    func discover(
        mayUseKnown: Bool, expecting offsets: KafkaOffsets = KafkaOffsets(),
        timeoutMilliseconds: Int = KafkaSource.requestTimeoutMilliseconds
    ) throws -> KafkaPartitions {
        let now = Monotonic.nanoseconds
        let known = state.withLock { $0.partitions }
        if mayUseKnown,
            !known.isStale(
                now: now, milliseconds: options.discoveryIntervalMilliseconds, vanished: context.patience.vanished),
            known.tells(of: offsets)
        {
            return known
        }
        let (found, missing) = try KafkaPartitions.ask(
            options.subscription, expecting: offsets, consumer, timeoutMilliseconds: timeoutMilliseconds)
        // More of them need a client that fetches less ahead for each. Where there is none they are not taken as known,
        // and asked for again.
        let isNewClient = try client.fit(partitions: found.count, timeoutMilliseconds: timeoutMilliseconds)
        let (partitions, new, back) = state.withLock { state in
            let (new, back) = state.partitions.update(found, missing: missing, now: now)
            state.lostTopics.subtract(back)
            return (state.partitions, new, back)
        }
        for partition in found where back.contains(partition.topic) {
            losses.note(
                LogBreak(
                    .missing, log: partition.topic, partition: partition.partition,
                    offset: state.withLock { $0.channels[partition]?.nextOffset } ?? -1, begin: -1, end: -1))
        }
        if !new.isEmpty {
            let names = new.map(\.description).joined(separator: ", ")
            log(.info, "new partitions, read from their beginning: \(names)")
        }
        if isNewClient { state.withLock { $0.channels = [:] } }
        return partitions
    }

    /// Says where an open transaction has held the readable end for long.
    private func watchHeldEnds(_ stable: [TopicPartition: Int64]) {
        var ends: [TopicPartition: Int64] = [:]
        for partition in stable.keys { ends[partition] = consumer.lastKnownEnd(partition) }
        let words = state.withLock {
            $0.heldEnds.observe(
                stable: stable, ends: ends, now: Monotonic.nanoseconds, patience: context.patience)
        }
        for word in words {
            log(
                .warning,
                "partition \(word.partition): an open transaction of another producer has held the readable end at "
                    + "offset \(word.stable) for \(word.nanoseconds / 1_000_000_000) s; \(word.waiting) offsets wait "
                    + "behind it until it ends, by its producer or by its transaction.timeout.ms")
        }
    }

    // MARK: What has gone

    /// Makes sure that nothing that is still to be read has gone: partitions that vanished, logs that became shorter.
    private func checked(_ latest: KafkaOffsets, from: KafkaOffsets) throws -> KafkaOffsets {
        var checked = latest
        for (partition, start) in from.values {
            guard let end = latest[partition] else {
                if state.withLock({ $0.lostTopics.contains(partition.topic) }) { continue }
                try losses.lose(0, "partition \(partition) is gone; it had been read up to offset \(start)")
                continue
            }
            guard end < start else { continue }
            let first = try earliest([partition])[partition] ?? end
            losses.note(
                LogBreak(
                    .shorter, log: partition.topic, partition: partition.partition, offset: start, begin: first,
                    end: end))
            try losses.lose(
                0,
                "partition \(partition) ends at offset \(end), and had been read up to \(start): "
                    + "the topic was deleted and made again, or its log was truncated")
            // What the new log holds is read from its beginning.
            checked.values[partition] = first
        }
        return checked
    }

    /// The offsets with those of new partitions, which are read from their first row on. One that has lost rows already
    /// has lost them before anybody read them.
    func withBeginnings(of partitions: [TopicPartition], _ from: KafkaOffsets) throws -> KafkaOffsets {
        let new = partitions.filter { from[$0] == nil }
        guard !new.isEmpty else { return from }
        var begins = from
        for (partition, first) in try earliest(new) {
            if first > 0 {
                try losses.lose(first, "new partition \(partition) begins at offset \(first), not at 0")
            }
            begins.values[partition] = first
        }
        return begins
    }
}

// What offsets there are: ends, beginnings, times, commits.

import CRdKafka

extension KafkaConsumer {
    /// The cluster's own id, which is the same whatever address a client uses; nil for brokers that have none.
    package func clusterId(timeoutMilliseconds: Int) throws(KafkaError) -> String? {
        // Asked for metadata first, which throws where no broker answers: no answer must not be taken for no id. And
        // `rd_kafka_clusterid` alone sleeps until the state of some broker changes, which may be a second after the
        // id came.
        _ = try client.metadata(topics: [], deadline: Deadline(milliseconds: timeoutMilliseconds), serve: serve)
        guard let id = rd_kafka_clusterid(client.pointer, 0) else { return nil }
        defer { rd_kafka_mem_free(client.pointer, id) }
        return String(cString: id)
    }

    /// The named topics, or all topics of the cluster for nil, each with its error where it has one.
    package func metadata(
        topics: [String]?, timeoutMilliseconds: Int
    ) throws(KafkaError) -> [TopicMetadata] {
        try client.metadata(topics: topics, deadline: Deadline(milliseconds: timeoutMilliseconds), serve: serve)
    }

    /// The offset after the last readable message of each partition: with `read_committed` the last stable offset,
    /// which an open transaction holds back.
    ///
    /// One request per broker. Throws the first partition's error. A partition that the brokers don't know is asked for
    /// again for `unknownMilliseconds`, which ought to leave some of the whole time for the answer: one that has just
    /// come up may tell of a topic before it tells of its partitions.
    package func latestOffsets(
        _ partitions: [TopicPartition], timeoutMilliseconds: Int, unknownMilliseconds: Int = 0
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        // ListOffsets takes -1 for a time as "latest", and honours the isolation level.
        try listOffsets(
            partitions, at: { _ in -1 }, timeoutMilliseconds, unknownMilliseconds, doing: "asking for ends")
    }

    /// The high watermark that the last fetch of an assigned partition told: the offset after its last message, which
    /// with `read_committed` may lie behind an open transaction. Asks nobody; nil before the first fetch.
    package func lastKnownEnd(_ partition: TopicPartition) -> Int64? {
        var (low, high) = (Int64(-1), Int64(-1))
        guard
            rd_kafka_get_watermark_offsets(client.pointer, partition.topic, partition.partition, &low, &high)
                == RD_KAFKA_RESP_ERR_NO_ERROR, high >= 0
        else { return nil }
        return high
    }

    /// The offset of the first message that is still there, per partition. Unknown partitions as for `latestOffsets`.
    package func earliestOffsets(
        _ partitions: [TopicPartition], timeoutMilliseconds: Int, unknownMilliseconds: Int = 0
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        try listOffsets(
            partitions, at: { _ in -2 }, timeoutMilliseconds, unknownMilliseconds, doing: "asking for beginnings")
    }

    /// The first offset whose message is not older than the given time (milliseconds since 1970), per partition; nil
    /// where no message is that young. Unknown partitions as for `latestOffsets`.
    package func offsetsForTimestamps(
        _ milliseconds: [TopicPartition: Int64], timeoutMilliseconds: Int, unknownMilliseconds: Int = 0
    ) throws(KafkaError) -> [TopicPartition: Int64?] {
        let found = try listOffsets(
            Array(milliseconds.keys), at: { max(0, milliseconds[$0] ?? 0) }, timeoutMilliseconds, unknownMilliseconds,
            doing: "asking for offsets of times")
        return found.mapValues { $0 >= 0 ? $0 : nil }
    }

    private func listOffsets(
        _ partitions: [TopicPartition], at time: (TopicPartition) -> Int64, _ timeoutMilliseconds: Int,
        _ unknownMilliseconds: Int, doing action: String
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        guard !partitions.isEmpty else { return [:] }
        let times = Dictionary(partitions.map { ($0, time($0)) }, uniquingKeysWith: { first, _ in first })
        let deadline = Deadline(milliseconds: timeoutMilliseconds)
        let patience = Deadline(milliseconds: unknownMilliseconds)
        var isStale = false
        return try client.ask(action, deadline: deadline, unknownUntil: patience, serve: serve) { timeout in
            if isStale { renewMetadata(of: partitions, timeout) }
            var (error, answer) = listOffsetsOnce(times, timeout)
            // librdkafka looks partitions up in what it was last told of their topic, a quarter of an hour long. That
            // a partition does not exist is only true if the brokers still say so.
            if KafkaErrorCode.unknown.contains(KafkaErrorCode(error)), !isStale {
                renewMetadata(of: partitions, timeout)
                (error, answer) = listOffsetsOnce(times, timeout)
            }
            isStale = KafkaErrorCode.unknown.contains(KafkaErrorCode(error))
            return (error, answer)
        }
    }

    private func listOffsetsOnce(
        _ times: [TopicPartition: Int64], _ timeoutMilliseconds: Int32
    ) -> (rd_kafka_resp_err_t, [TopicPartition: Int64]) {
        let list = PartitionList(times) { $0.pointee.offset = $1 }
        var error = rd_kafka_offsets_for_times(client.pointer, list.pointer, timeoutMilliseconds)
        var answer: [TopicPartition: Int64] = [:]
        for entry in list.entries {
            // The call itself succeeds when some partitions failed.
            if error == RD_KAFKA_RESP_ERR_NO_ERROR { error = entry.err }
            answer[PartitionList.partition(entry)] = entry.offset
        }
        return (error, answer)
    }

    /// Has librdkafka ask the brokers for these partitions' topics, whatever it knows of them already. What goes wrong
    /// shows in the request that follows.
    private func renewMetadata(of partitions: [TopicPartition], _ timeoutMilliseconds: Int32) {
        let deadline = Deadline(milliseconds: Int(timeoutMilliseconds))
        _ = try? client.metadata(topics: Set(partitions.map(\.topic)).sorted(), deadline: deadline, serve: serve)
    }

    /// Commits offsets and notes of this consumer's group, outside of any transaction.
    package func commit(
        _ offsets: [TopicPartition: CommittedOffset], timeoutMilliseconds: Int
    ) throws(KafkaError) {
        guard !offsets.isEmpty else { return }
        let deadline = Deadline(milliseconds: timeoutMilliseconds)
        try client.ask("committing offsets", deadline: deadline, serve: serve) { _ in
            let list = PartitionList(offsets) { $0.setCommitted($1) }
            return (rd_kafka_commit(client.pointer, list.pointer, 0), ())
        }
    }

    /// The offsets and notes that this consumer's group has committed; a partition without one is missing.
    ///
    /// With `read_committed` a pending transaction's commit is waited for, instead of showing the one before. Where it
    /// doesn't come in that time, the error's code is `unstableOffsetCommit`; to find that out takes some seconds more.
    package func committed(
        _ partitions: [TopicPartition], timeoutMilliseconds: Int
    ) throws(KafkaError) -> [TopicPartition: CommittedOffset] {
        guard !partitions.isEmpty else { return [:] }
        do {
            return try askCommitted(partitions, timeoutMilliseconds: timeoutMilliseconds)
        } catch {
            guard error.code == .timedOut else { throw error }
            return try committedLate(partitions, error)
        }
    }

    func askCommitted(
        _ partitions: [TopicPartition], timeoutMilliseconds: Int
    ) throws(KafkaError) -> [TopicPartition: CommittedOffset] {
        let wanted = Dictionary(partitions.map { ($0, ()) }, uniquingKeysWith: { first, _ in first })
        let deadline = Deadline(milliseconds: timeoutMilliseconds)
        return try client.ask("asking for committed offsets", deadline: deadline, serve: serve) { timeout in
            let list = PartitionList(wanted) { _, _ in }
            var error = rd_kafka_committed(client.pointer, list.pointer, timeout)
            var answer: [TopicPartition: CommittedOffset] = [:]
            for entry in list.entries {
                if error == RD_KAFKA_RESP_ERR_NO_ERROR { error = entry.err }
                guard entry.offset >= 0 else { continue }
                let note = UnsafeRawBufferPointer(start: entry.metadata, count: entry.metadata_size)
                answer[PartitionList.partition(entry)] = CommittedOffset(
                    offset: entry.offset, metadata: String(decoding: note, as: UTF8.self))
            }
            return (error, answer)
        }
    }
}

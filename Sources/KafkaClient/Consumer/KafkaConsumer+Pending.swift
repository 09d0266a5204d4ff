// Committed offsets that don't come: are the brokers away, or does a transaction hold them?

import CRdKafka

extension KafkaConsumer {
    private static let probeMilliseconds = 1_500

    /// What there is to say after a question for committed offsets has `timedOut`: the offsets after all, that error,
    /// or that they belong to a transaction that has not ended.
    ///
    /// librdkafka repeats the question inside for as long as the brokers answer UNSTABLE_OFFSET_COMMIT, and then says
    /// no more than that time is over. The administrator's question for the same hands that answer out, but crashes
    /// librdkafka 2.0.2 where its time is over before the group's coordinator is found. So another client asks without
    /// minding transactions: where it gets an answer, and this one none even then, a transaction is the reason.
    func committedLate(
        _ partitions: [TopicPartition], _ timedOut: KafkaError
    ) throws(KafkaError) -> [TopicPartition: CommittedOffset] {
        guard client.callbacks.lastBrokerProblem == nil, setting("isolation.level") == "read_committed",
            answersWithoutTransactions(partitions)
        else { throw timedOut }
        do {
            return try askCommitted(partitions, timeoutMilliseconds: Self.probeMilliseconds)
        } catch {
            guard error.code == .timedOut else { throw error }
            let place = partitions.min()
            throw KafkaError(
                code: .unstableOffsetCommit,
                message: "asking for committed offsets: those of group '\(groupID)' belong to a transaction that has "
                    + "not ended",
                isRetriable: true, topic: place?.topic)
        }
    }

    private func answersWithoutTransactions(_ partitions: [TopicPartition]) -> Bool {
        guard
            let probe = try? KafkaConsumer(
                configuration, groupId: groupID, prefetch: prefetch, isolation: "read_uncommitted")
        else { return false }
        defer { probe.close() }
        return (try? probe.askCommitted(partitions, timeoutMilliseconds: Self.probeMilliseconds)) != nil
    }
}

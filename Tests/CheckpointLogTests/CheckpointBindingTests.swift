import CheckpointLog
import Testing

private typealias Binding = CheckpointBinding

private func source(
    _ name: String = "0:events", cluster: String? = "c1", logs: [Binding.Log] = [.init(name: "events", id: "e1")]
) -> Binding.Source {
    Binding.Source(name: name, cluster: cluster, logs: logs)
}

private func transactions(
    cluster: String? = "c1", id: String = "millrace-q", group: String = "millrace-q", place: String = "with the source",
    log: Binding.Log? = .init(name: "counts", id: "s1")
) -> Binding.Transactions {
    Binding.Transactions(cluster: cluster, transactionalID: id, group: group, markerPlace: place, log: log)
}

private struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var was = Binding(sources: [source()], transactions: transactions())
    let now: Binding
    let expected: StartFailure.Code?

    static let rows: [Row] = [
        Row(
            testDescription: "the same", now: Binding(sources: [source()], transactions: transactions()),
            expected: nil),
        Row(
            testDescription: "what is not known is not compared",
            now: Binding(
                sources: [source(cluster: nil, logs: [.init(name: "events", id: nil)])],
                transactions: transactions(cluster: nil, log: .init(name: "counts", id: nil))),
            expected: nil),
        Row(
            testDescription: "what was not known is not compared",
            was: Binding(
                sources: [source(cluster: nil, logs: [.init(name: "events", id: nil)])],
                transactions: transactions(cluster: nil, log: .init(name: "counts", id: nil))),
            now: Binding(sources: [source()], transactions: transactions()), expected: nil),
        Row(
            testDescription: "another cluster of the source",
            now: Binding(sources: [source(cluster: "c2")], transactions: transactions()), expected: .clusterChanged),
        Row(
            testDescription: "another cluster of the sink",
            now: Binding(sources: [source()], transactions: transactions(cluster: "c2")), expected: .clusterChanged),
        Row(
            testDescription: "another cluster, whose topics have other ids, of course",
            now: Binding(
                sources: [source(cluster: "c2", logs: [.init(name: "events", id: "e2")])],
                transactions: transactions(cluster: "c2", log: .init(name: "counts", id: "s2"))),
            expected: .clusterChanged),
        Row(
            testDescription: "another cluster of the sink, and a topic of the source made anew",
            now: Binding(
                sources: [source(logs: [.init(name: "events", id: "e2")])], transactions: transactions(cluster: "c2")),
            expected: .clusterChanged),
        Row(
            testDescription: "the marker's place has moved",
            now: Binding(sources: [source()], transactions: transactions(place: "elsewhere")),
            expected: .clusterChanged),
        Row(
            testDescription: "a topic of the source made anew",
            now: Binding(sources: [source(logs: [.init(name: "events", id: "e2")])], transactions: transactions()),
            expected: .topicRecreated),
        Row(
            testDescription: "the second of two topics made anew",
            was: Binding(
                sources: [source(logs: [.init(name: "a", id: "1"), .init(name: "b", id: "2")])],
                transactions: transactions()),
            now: Binding(
                sources: [source(logs: [.init(name: "a", id: "1"), .init(name: "b", id: "3")])],
                transactions: transactions()),
            expected: .topicRecreated),
        Row(
            testDescription: "the topic of the second source made anew",
            was: Binding(
                sources: [source(), source("1:b", logs: [.init(name: "b", id: "2")])], transactions: transactions()),
            now: Binding(
                sources: [source("1:b", logs: [.init(name: "b", id: "3")]), source()], transactions: transactions()),
            expected: .topicRecreated),
        Row(
            testDescription: "the sink's topic made anew",
            now: Binding(sources: [source()], transactions: transactions(log: .init(name: "counts", id: "s2"))),
            expected: .topicRecreated),
        Row(
            testDescription: "another topic of the sink",
            now: Binding(sources: [source()], transactions: transactions(log: .init(name: "other", id: "s1"))),
            expected: .sinkChanged),
        Row(
            testDescription: "topics by column instead of one",
            now: Binding(sources: [source()], transactions: transactions(log: nil)), expected: .sinkChanged),
        Row(
            testDescription: "one topic instead of topics by column",
            was: Binding(sources: [source()], transactions: transactions(log: nil)),
            now: Binding(sources: [source()], transactions: transactions()), expected: .sinkChanged),
        Row(
            testDescription: "another prefix",
            now: Binding(sources: [source()], transactions: transactions(id: "other-q", group: "other-q")),
            expected: .transactionalIDChanged),
        Row(
            testDescription: "another group",
            now: Binding(sources: [source()], transactions: transactions(group: "other-q")),
            expected: .transactionalIDChanged),
        Row(
            testDescription: "at least once instead of exactly once", now: Binding(sources: [source()]),
            expected: .deliveryChanged),
        Row(
            testDescription: "exactly once instead of at least once", was: Binding(sources: [source()]),
            now: Binding(sources: [source()], transactions: transactions()), expected: .deliveryChanged),
        Row(
            testDescription: "without transactions the sink may change", was: Binding(sources: [source()]),
            now: Binding(sources: [source()]), expected: nil),
    ]
}

@Suite struct CheckpointBindingTests {
    @Test(arguments: Row.rows)
    private func refuses(row: Row) {
        let failure = row.was.refusal(of: row.now)
        #expect(failure?.code == row.expected)
        if let failure { #expect(!failure.message.isEmpty && !failure.hint.isEmpty) }
    }
}

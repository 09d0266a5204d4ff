// What a checkpoint is bound to outside of itself: clusters, topics and names in Kafka. Another one is refused.

import JSONText

/// Where a query's input comes from and its output goes to, as far as its place in them would be wrong elsewhere.
package struct CheckpointBinding: Equatable, Sendable {
    /// A log of another system, such as a Kafka topic, and its id where the client can tell: a log that was made anew
    /// under the same name has another one.
    package struct Log: Equatable, Sendable {
        package let name: String
        package let id: String?

        package init(name: String, id: String?) {
            self.name = name
            self.id = id
        }
    }

    /// A source, by the name that its offsets have in the log of batches.
    package struct Source: Equatable, Sendable {
        package let name: String
        /// The cluster that its offsets belong to, where it knows one.
        package let cluster: String?
        package let logs: [Log]

        package init(name: String, cluster: String?, logs: [Log]) {
            self.name = name
            self.cluster = cluster
            self.logs = logs
        }
    }

    /// What a transactional sink commits under which names.
    package struct Transactions: Equatable, Sendable {
        package let cluster: String?
        package let transactionalID: String
        /// The group whose offsets carry the marker.
        package let group: String
        /// Which offsets of the group carry the marker, in words.
        package let markerPlace: String
        /// The log that all rows go to; `nil` where the rows say it.
        package let log: Log?

        package init(cluster: String?, transactionalID: String, group: String, markerPlace: String, log: Log?) {
            self.cluster = cluster
            self.transactionalID = transactionalID
            self.group = group
            self.markerPlace = markerPlace
            self.log = log
        }
    }

    /// In plan order.
    package let sources: [Source]
    /// `nil` where the sink takes part in no transactions.
    package let transactions: Transactions?

    package init(sources: [Source] = [], transactions: Transactions? = nil) {
        self.sources = sources
        self.transactions = transactions
    }
}

// MARK: - Refusals

extension CheckpointBinding {
    /// Why a query that is bound like `now` must not go on from here; `nil` where it may. What either side doesn't
    /// know isn't compared.
    package func refusal(of now: CheckpointBinding) -> StartFailure? {
        if (transactions == nil) != (now.transactions == nil) { return deliveryChanged }
        // Topics of another cluster have other ids, of course: clusters first, all of them.
        if let failure = clusterRefusal(of: now) { return failure }
        for source in sources {
            guard let found = now.sources.first(where: { $0.name == source.name }) else { continue }
            if let failure = Self.refusal(of: found, instead: source) { return failure }
        }
        guard let transactions, let found = now.transactions else { return nil }
        return Self.refusal(of: found, instead: transactions)
    }

    private var deliveryChanged: StartFailure {
        let (was, wanted) =
            transactions == nil
            ? ("at least once", "a sink with transactions") : ("exactly once", "a sink without transactions")
        return StartFailure(
            code: .deliveryChanged,
            message: "the checkpoint was made for delivery \(was), and is started with \(wanted)",
            hint: "set the delivery back (option delivery), or start with a new checkpoint directory: what one kind "
                + "of sink has published the other can't tell")
    }

    private func clusterRefusal(of now: CheckpointBinding) -> StartFailure? {
        for source in sources {
            let found = now.sources.first { $0.name == source.name }
            if let was = source.cluster, let cluster = found?.cluster, was != cluster {
                return Self.clusterChanged("source \(source.name) was", was, cluster)
            }
        }
        if let was = transactions?.cluster, let cluster = now.transactions?.cluster, was != cluster {
            return Self.clusterChanged("the sink was", was, cluster)
        }
        return nil
    }

    private static func refusal(of found: Source, instead source: Source) -> StartFailure? {
        for log in source.logs {
            guard let other = found.logs.first(where: { $0.name == log.name }), let was = log.id, let id = other.id,
                was != id
            else { continue }
            return StartFailure(
                code: .topicRecreated,
                message: "topic '\(log.name)' of source \(source.name) was deleted and made again: its id was \(was), "
                    + "and is \(id)",
                hint: "the offsets in the checkpoint are those of a topic that is gone: start with a new checkpoint "
                    + "directory, which reads the new topic from startingOffsets on")
        }
        return nil
    }

    private static func refusal(of found: Transactions, instead known: Transactions) -> StartFailure? {
        guard known.transactionalID == found.transactionalID, known.group == found.group else {
            return StartFailure(
                code: .transactionalIDChanged,
                message: "the query publishes as '\(known.transactionalID)' in group '\(known.group)', and is started "
                    + "as '\(found.transactionalID)' in group '\(found.group)'",
                hint: "set option groupIdPrefix back: under another name nothing tells what has been published")
        }
        if let was = known.log, was.name != found.log?.name {
            return sinkChanged(was.inWords, found.log?.inWords ?? "topics by column")
        }
        if known.log == nil, let log = found.log { return sinkChanged("topics by column", log.inWords) }
        if let was = known.log, let wasID = was.id, let id = found.log?.id, wasID != id {
            return StartFailure(
                code: .topicRecreated,
                message: "topic '\(was.name)' of the sink was deleted and made again: its id was \(wasID), and is "
                    + "\(id); what the query had published is gone",
                hint: "start with a new checkpoint directory, which publishes everything once more")
        }
        guard known.markerPlace == found.markerPlace else {
            return StartFailure(
                code: .clusterChanged,
                message: "the marker is kept \(known.markerPlace), and would be looked for \(found.markerPlace)",
                hint: "start the query with the brokers that it had before")
        }
        return nil
    }

    private static func clusterChanged(_ whose: String, _ was: String, _ now: String) -> StartFailure {
        StartFailure(
            code: .clusterChanged, message: "\(whose) on cluster \(was), and is on cluster \(now)",
            hint: "start the query with the brokers that it had before; for a query on the other cluster take a new "
                + "checkpoint directory")
    }

    private static func sinkChanged(_ was: String, _ now: String) -> StartFailure {
        StartFailure(
            code: .sinkChanged, message: "the query publishes to \(was), and is started with \(now)",
            hint:
                "set the sink's topic or path back, or take a new checkpoint directory, which publishes everything "
                + "once more")
    }
}

extension CheckpointBinding.Log {
    /// A directory's path is absolute, and no topic has such a name.
    fileprivate var inWords: String { (name.hasPrefix("/") ? "directory" : "topic") + " '\(name)'" }
}

// MARK: - JSON

extension CheckpointBinding {
    /// As the metadata hold it.
    var json: JSONValue {
        [
            "sources": .array(sources.map(\.json)), "transactions": transactions.map(\.json) ?? .null,
        ]
    }

    init(_ json: JSONValue) throws(MalformedRecord) {
        let members = Members(json)
        var sources: [Source] = []
        for source in try members.array("sources") { sources.append(try Source(source)) }
        self.sources = sources
        let value = try members.value("transactions")
        transactions = value.isNull ? nil : try Transactions(value)
    }
}

extension CheckpointBinding.Log {
    fileprivate var json: JSONValue { ["name": .string(name), "id": id.map { .string($0) } ?? .null] }

    fileprivate init(_ json: JSONValue) throws(MalformedRecord) {
        self.init(name: try Members(json).string("name"), id: try Members(json).optionalString("id"))
    }
}

extension CheckpointBinding.Source {
    fileprivate var json: JSONValue {
        [
            "name": .string(name), "cluster": cluster.map { .string($0) } ?? .null, "topics": .array(logs.map(\.json)),
        ]
    }

    fileprivate init(_ json: JSONValue) throws(MalformedRecord) {
        let members = Members(json)
        var logs: [CheckpointBinding.Log] = []
        for log in try members.array("topics") { logs.append(try CheckpointBinding.Log(log)) }
        self.init(name: try members.string("name"), cluster: try members.optionalString("cluster"), logs: logs)
    }
}

extension CheckpointBinding.Transactions {
    fileprivate var json: JSONValue {
        [
            "cluster": cluster.map { .string($0) } ?? .null, "transactionalId": .string(transactionalID),
            "group": .string(group), "marker": .string(markerPlace), "topic": log.map(\.json) ?? .null,
        ]
    }

    fileprivate init(_ json: JSONValue) throws(MalformedRecord) {
        let members = Members(json)
        let topic = try members.value("topic")
        self.init(
            cluster: try members.optionalString("cluster"), transactionalID: try members.string("transactionalId"),
            group: try members.string("group"), markerPlace: try members.string("marker"),
            log: topic.isNull ? nil : try CheckpointBinding.Log(topic))
    }
}

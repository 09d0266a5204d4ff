// Where reading begins and ends: options as offsets of the partitions that there are.

import Connectors
import JSONText
import KafkaClient

extension KafkaSource {
    package func initialOffset() throws -> JSONValue {
        try KafkaFailure.mapped {
            let partitions = try allPartitions()
            if partitions.isEmpty, case .pattern(let pattern) = options.subscription {
                // The marker of an exactly-once query stands with offsets: there has to be a partition from the start.
                throw MissingTopics.error(
                    fitting: pattern.text, servers: client.bootstrapServers, known: try allTopics())
            }
            return try offsets(of: options.start, .starting, partitions).json
        }
    }

    /// Where a table begins and ends. Throws where a partition would begin behind its end.
    func fixedRange() throws -> (start: JSONValue, end: JSONValue) {
        try KafkaFailure.mapped {
            let partitions = try allPartitions()
            let start = try offsets(of: options.start, .starting, partitions)
            let end = try offsets(of: options.end ?? .latest, .ending, partitions)
            for partition in partitions {
                guard let from = start[partition], let to = end[partition], from > to else { continue }
                throw ConnectorError(
                    .invalidOption, "partition \(partition) would begin at offset \(from), behind its end at \(to)",
                    hint: "look at the options that say where the table starts and ends")
            }
            return (start.json, end.json)
        }
    }

    private func offsets(
        of limit: KafkaOffsetLimit, _ edge: KafkaEdge, _ partitions: [TopicPartition]
    ) throws -> KafkaOffsets {
        switch limit {
        case .earliest: return KafkaOffsets(try earliest(partitions, unknownMilliseconds: Self.unknownMilliseconds))
        case .latest: return KafkaOffsets(try latest(partitions, unknownMilliseconds: Self.unknownMilliseconds))
        case .timestamp(let time):
            return try offsets(at: Dictionary(uniqueKeysWithValues: partitions.map { ($0, time) }), edge)
        case .timestamps(let times):
            try Self.requireAll(Set(times.keys), partitions, edge.byTimestampOption, hint: "")
            return try offsets(at: times, edge)
        case .offsets(let given):
            try Self.requireAll(
                Set(given.keys), partitions, edge.offsetsOption,
                hint: edge == .starting ? "; -2 is the earliest, -1 the latest offset" : "; -1 is the latest offset")
            return try offsets(given, edge, partitions)
        }
    }

    /// The first offsets with at least these times. Where no row is that young, what is read ends at the end; where it
    /// begins, the user decides.
    private func offsets(at times: [TopicPartition: Int64], _ edge: KafkaEdge) throws -> KafkaOffsets {
        let found = try consumer.offsetsForTimestamps(
            times, timeoutMilliseconds: Self.requestTimeoutMilliseconds, unknownMilliseconds: Self.unknownMilliseconds
        ).compactMapValues { $0 }
        let missing = times.keys.filter { found[$0] == nil }.sorted()
        guard let first = missing.first else { return KafkaOffsets(found) }
        guard edge == .ending || options.noMatch == .latest else {
            throw ConnectorError(
                .invalidOption,
                "no offset matched: partition \(first) has no row with a time of \(times[first] ?? 0) or later, where "
                    + "it is to begin",
                hint: "with startingOffsetsByTimestampStrategy=latest such a partition begins at its end")
        }
        let ends = try latest(missing, unknownMilliseconds: Self.unknownMilliseconds)
        return KafkaOffsets(found.merging(ends) { known, _ in known })
    }

    private func offsets(
        _ given: [TopicPartition: Int64], _ edge: KafkaEdge, _ partitions: [TopicPartition]
    ) throws -> KafkaOffsets {
        let low = try earliest(partitions, unknownMilliseconds: Self.unknownMilliseconds)
        let high = try latest(partitions, unknownMilliseconds: Self.unknownMilliseconds)
        var offsets = KafkaOffsets()
        for partition in partitions {
            let (first, end) = (low[partition] ?? 0, high[partition] ?? 0)
            switch given[partition] {
            case KafkaOffsetLimit.earliestOffset: offsets.values[partition] = first
            case let offset? where offset >= 0:
                offsets.values[partition] = try place(offset, of: partition, edge, from: first, to: end)
            default: offsets.values[partition] = end
            }
        }
        return offsets
    }

    private static func requireAll(
        _ named: Set<TopicPartition>, _ partitions: [TopicPartition], _ option: String, hint: String
    ) throws {
        guard named != Set(partitions) else { return }
        let missing = Set(partitions).subtracting(named).sorted().map(\.description)
        let unknown = named.subtracting(partitions).sorted().map(\.description)
        throw ConnectorError(
            .invalidOption,
            "option '\(option)' \(missing.isEmpty ? "names unknown partitions \(unknown)" : "lacks \(missing)")",
            hint: "name every partition of every topic\(hint)")
    }

    /// Refuses an offset that isn't there: nothing is lost yet, and a checkpoint would keep it. A table that may lose
    /// rows has the nearest one instead.
    private func place(
        _ offset: Int64, of partition: TopicPartition, _ edge: KafkaEdge, from first: Int64, to end: Int64
    ) throws -> Int64 {
        guard offset < first || offset > end else { return offset }
        let verb = edge == .starting ? "begins" : "ends"
        let message =
            "option '\(edge.offsetsOption)' \(verb) partition \(partition) at offset \(offset), and it has offsets "
            + "\(first) to \(end)"
        if options.end != nil, !options.failOnDataLoss {
            log(.warning, "\(message); failOnDataLoss is false, the nearest one counts")
            return min(max(offset, first), end)
        }
        let words = edge == .starting ? "-2 for the earliest and -1 for the latest" : "-1 for the latest"
        throw ConnectorError(.invalidOption, message, hint: "name an offset that is there, or \(words)")
    }
}

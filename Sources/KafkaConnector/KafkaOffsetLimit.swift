// Where reading begins or ends, as the options say it.

import Connectors
import JSONText
import KafkaClient

/// Where reading begins or ends: a place in each partition, to be found when the query starts.
enum KafkaOffsetLimit: Sendable, Equatable {
    case earliest
    case latest
    /// Offsets of all partitions, among them those that stand for the earliest and the latest.
    case offsets([TopicPartition: Int64])
    /// The first offset with at least this time, in milliseconds since 1970, in every partition.
    case timestamp(Int64)
    /// The same with a time for each partition.
    case timestamps([TopicPartition: Int64])

    static let earliestOffset: Int64 = -2
    static let latestOffset: Int64 = -1
}

/// One of the two ends of what is read. Three options say where it is; the first of them that is given counts.
enum KafkaEdge: String, Sendable {
    case starting
    case ending

    var timestampOption: String { "\(rawValue)Timestamp" }
    var byTimestampOption: String { "\(rawValue)OffsetsByTimestamp" }
    var offsetsOption: String { "\(rawValue)Offsets" }

    /// In the order in which they count.
    var options: [String] { [timestampOption, byTimestampOption, offsetsOption] }

    /// Which option says where this end is, and what it says; `nil` where none is given. Neither may a table begin at
    /// its end, nor anything end at its beginning.
    func limit(_ options: Options, isTable: Bool) throws -> (option: String, limit: KafkaOffsetLimit)? {
        if let time = try options.integer(timestampOption, in: 0...Int64.max) {
            return (timestampOption, .timestamp(time))
        }
        if let text = options.string(byTimestampOption) {
            let hint = #"it takes JSON such as {"events":{"0":1700000000000}}: milliseconds since 1970"#
            guard case let json = try options.json(byTimestampOption, text, hint: hint),
                let times = try? KafkaOffsets.parse(json), !times.values.isEmpty
            else { throw options.invalid(byTimestampOption, text, hint: hint) }
            return (byTimestampOption, .timestamps(times.values))
        }
        guard let text = options.string(offsetsOption) else { return nil }
        return (offsetsOption, try offsets(text, options, isTable: isTable))
    }

    private func offsets(_ text: String, _ options: Options, isTable: Bool) throws -> KafkaOffsetLimit {
        let takesEarliest = self == .starting
        let takesLatest = self == .ending || !isTable
        let words = (takesEarliest ? ["earliest"] : []) + (takesLatest ? ["latest"] : [])
        let meanings = (takesEarliest ? ["-2 is earliest"] : []) + (takesLatest ? ["-1 is latest"] : [])
        let example = takesEarliest ? #"{"events":{"0":23,"1":-2}}"# : #"{"events":{"0":23,"1":-1}}"#
        let hint =
            "it takes \(words.joined(separator: ", ")) or JSON such as \(example); \(meanings.joined(separator: ", "))"
        switch text.lowercased() {
        case "earliest" where takesEarliest: return .earliest
        case "latest" where takesLatest: return .latest
        default:
            // Only what begins like an object is meant as one: `first` is no broken JSON.
            guard text.drop(while: \.isWhitespace).hasPrefix("{"),
                case let json = try options.json(offsetsOption, text, hint: hint),
                let given = try? KafkaOffsets.parse(json, lowest: KafkaOffsetLimit.earliestOffset),
                takesEarliest || !given.values.values.contains(KafkaOffsetLimit.earliestOffset),
                takesLatest || !given.values.values.contains(KafkaOffsetLimit.latestOffset)
            else { throw options.invalid(offsetsOption, text, hint: hint) }
            return .offsets(given.values)
        }
    }
}

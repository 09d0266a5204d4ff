// How far event time has come in a partition.

import JSONText

/// How far event time has come in one of the partitions that a step's rows come from.
package struct PartitionTime: Equatable, Sendable {
    /// The newest event time, in milliseconds since 1970; `nil` where none has come.
    package var newestMilliseconds: Int64?
    /// The time of the last batch that had an event time of it, or else of the first that knew it; in milliseconds
    /// since 1970.
    package var activeMilliseconds: Int64
    /// Since when it is waited for: the same, or the time at which rows came again after none had come at all.
    package var waitedForMilliseconds: Int64

    /// A partition that is waited for from this time on.
    package init(at now: Int64) {
        (activeMilliseconds, waitedForMilliseconds) = (now, now)
    }

    package init(newestMilliseconds: Int64?, activeMilliseconds: Int64, waitedForMilliseconds: Int64) {
        self.newestMilliseconds = newestMilliseconds
        self.activeMilliseconds = activeMilliseconds
        self.waitedForMilliseconds = waitedForMilliseconds
    }

    /// Those of several steps, sorted, so that equal ones are equal text.
    static func sortedObject(_ steps: [String: [String: PartitionTime]]) -> JSONValue {
        .object(
            steps.sorted { $0.key < $1.key }.map { step, partitions in
                (
                    step,
                    .object(
                        partitions.sorted { $0.key < $1.key }.map { name, time in
                            let newest = time.newestMilliseconds.map { JSONValue.integer($0) } ?? .null
                            return (
                                name,
                                [
                                    "newestMs": newest, "activeMs": .integer(time.activeMilliseconds),
                                    "waitedForMs": .integer(time.waitedForMilliseconds),
                                ]
                            )
                        })
                )
            })
    }

    /// Reads what `sortedObject` gave.
    static func parse(
        _ steps: [(key: String, value: JSONValue)]
    ) throws(MalformedRecord) -> [String: [String: PartitionTime]] {
        var known: [String: [String: PartitionTime]] = [:]
        for (step, value) in steps {
            guard let partitions = value.objectValue else {
                throw MalformedRecord(message: "\"partitions\" holds something else than objects")
            }
            for (name, value) in partitions {
                let members = Members(value)
                let newest = try members.value("newestMs").isNull ? nil : members.integer("newestMs")
                known[step, default: [:]][name] = PartitionTime(
                    newestMilliseconds: newest, activeMilliseconds: try members.integer("activeMs"),
                    waitedForMilliseconds: try members.integer("waitedForMs"))
            }
        }
        return known
    }
}

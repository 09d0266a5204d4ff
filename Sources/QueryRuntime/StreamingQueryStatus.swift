// What a query is doing now.

import JSONText

/// What a query is doing now, as Spark's `StreamingQueryStatus`.
public struct StreamingQueryStatus: Hashable, Sendable {
    /// In words: `Processing new data`, `Waiting for next trigger`, `Waiting for Kafka: ...`.
    public let message: String
    /// Whether the last look at the sources found rows.
    public let isDataAvailable: Bool
    /// Whether a trigger is being worked on.
    public let isTriggerActive: Bool

    /// The status as one line of JSON.
    public var json: String {
        JSONValue.object([
            ("message", .string(message)), ("isDataAvailable", .bool(isDataAvailable)),
            ("isTriggerActive", .bool(isTriggerActive)),
        ]).text
    }
}

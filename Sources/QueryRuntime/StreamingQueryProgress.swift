// What a query tells of each micro-batch, with Spark's field names.

import JSONText

/// Figures of one micro-batch, or of an idle trigger; field names and meanings as in Spark's `StreamingQueryProgress`.
public struct StreamingQueryProgress: Sendable {
    /// The query's id: the same after every restart from its checkpoint.
    public let id: String
    /// The id of this run of the query.
    public let runID: String
    /// The name given with `queryName`.
    public let name: String?
    /// When the trigger started, ISO 8601 in UTC.
    public let timestamp: String
    /// The batch that ran, or the next one where nothing ran.
    public let batchID: Int64
    /// The whole trigger, in milliseconds.
    public let batchDurationMilliseconds: Int64
    /// How long each step took, in milliseconds, in the order in which the steps ran.
    public let durations: [Step]
    public let stateOperators: [StateOperatorProgress]
    public let sources: [SourceProgress]
    public let sink: SinkProgress

    /// The duration of one step: `latestOffset`, `walCommit`, `addBatch`, `commitOffsets`, `triggerExecution` and others.
    public struct Step: Sendable {
        public let name: String
        public let milliseconds: Int64
        /// The same with the clock's full precision.
        public let nanoseconds: UInt64
    }

    /// Rows read in the batch.
    public var numInputRows: Int64 { sources.reduce(0) { $0 + $1.numInputRows } }
    /// Rows that arrived per second since the former trigger, or `nil` for the first.
    public var inputRowsPerSecond: Double? { StreamingQueryProgress.sum(sources.map(\.inputRowsPerSecond)) }
    /// Rows read per second of the trigger.
    public var processedRowsPerSecond: Double? { StreamingQueryProgress.sum(sources.map(\.processedRowsPerSecond)) }

    private static func sum(_ rates: [Double?]) -> Double? {
        let known = rates.compactMap { $0 }
        return known.isEmpty ? nil : known.reduce(0, +)
    }
}

/// Figures of one operator with state.
public struct StateOperatorProgress: Sendable {
    public let operatorName: String
    public let numRowsTotal: Int64
    public let numRowsUpdated: Int64
    public let allUpdatesTimeMs: Int64
    public let numRowsRemoved: Int64
    public let allRemovalsTimeMs: Int64
    public let commitTimeMs: Int64
    public let memoryUsedBytes: Int64
    public let numRowsDroppedByWatermark: Int64
    public let numShufflePartitions: Int64
    public let numStateStoreInstances: Int64
}

/// Figures of one source.
public struct SourceProgress: Sendable {
    public let description: String
    /// Offsets as JSON text; `nil` before a query's first batch.
    public let startOffset: String?
    public let endOffset: String
    public let latestOffset: String
    public let numInputRows: Int64
    public let inputRowsPerSecond: Double?
    public let processedRowsPerSecond: Double?
    public let metrics: [Metric]

    /// A figure that only this kind of source has.
    public struct Metric: Sendable {
        public let name: String
        public let value: String
    }
}

/// Figures of the sink.
public struct SinkProgress: Sendable {
    public let description: String
    public let numOutputRows: Int64
}

extension StreamingQueryProgress {
    /// The progress as one line of JSON.
    public var json: String { jsonValue.text }

    /// The progress as indented JSON, as Spark prints it.
    public var prettyJSON: String { jsonValue.prettyText }

    package var jsonValue: JSONValue {
        var members: [(String, JSONValue)] = [
            ("id", .string(id)), ("runId", .string(runID)), ("name", name.map { .string($0) } ?? .null),
            ("timestamp", .string(timestamp)), ("batchId", .integer(batchID)),
            ("batchDuration", .integer(batchDurationMilliseconds)), ("numInputRows", .integer(numInputRows)),
        ]
        members += Self.rates(inputRowsPerSecond, processedRowsPerSecond)
        members += [
            ("durationMs", .object(durations.map { ($0.name, .integer($0.milliseconds)) })),
            ("stateOperators", .array(stateOperators.map(\.jsonValue))),
            ("sources", .array(sources.map(\.jsonValue))),
            ("sink", sink.jsonValue),
        ]
        return .object(members)
    }

    /// Rates as Spark prints them: one decimal, and left out where they are not known, since JSON has no NaN.
    fileprivate static func rates(_ input: Double?, _ processed: Double?) -> [(String, JSONValue)] {
        [("inputRowsPerSecond", input), ("processedRowsPerSecond", processed)].compactMap { name, rate in
            guard let rate, rate.isFinite, abs(rate) < 1e17 else { return nil }
            let tenths = Int64((rate * 10).rounded(.toNearestOrAwayFromZero))
            return (name, .number(Double(tenths) / 10))
        }
    }
}

extension StateOperatorProgress {
    fileprivate var jsonValue: JSONValue {
        .object([
            ("operatorName", .string(operatorName)), ("numRowsTotal", .integer(numRowsTotal)),
            ("numRowsUpdated", .integer(numRowsUpdated)), ("allUpdatesTimeMs", .integer(allUpdatesTimeMs)),
            ("numRowsRemoved", .integer(numRowsRemoved)), ("allRemovalsTimeMs", .integer(allRemovalsTimeMs)),
            ("commitTimeMs", .integer(commitTimeMs)), ("memoryUsedBytes", .integer(memoryUsedBytes)),
            ("numRowsDroppedByWatermark", .integer(numRowsDroppedByWatermark)),
            ("numShufflePartitions", .integer(numShufflePartitions)),
            ("numStateStoreInstances", .integer(numStateStoreInstances)),
        ])
    }
}

extension SourceProgress {
    fileprivate var jsonValue: JSONValue {
        var members: [(String, JSONValue)] = [
            ("description", .string(description)), ("startOffset", Self.embedded(startOffset)),
            ("endOffset", Self.embedded(endOffset)), ("latestOffset", Self.embedded(latestOffset)),
            ("numInputRows", .integer(numInputRows)),
        ]
        members += StreamingQueryProgress.rates(inputRowsPerSecond, processedRowsPerSecond)
        if !metrics.isEmpty { members.append(("metrics", .object(metrics.map { ($0.name, .string($0.value)) }))) }
        return .object(members)
    }

    /// Offsets are JSON themselves, and are shown as such, not as quoted text.
    private static func embedded(_ text: String?) -> JSONValue {
        guard let text else { return .null }
        return (try? JSONValue.parse(text)) ?? .string(text)
    }
}

extension SinkProgress {
    fileprivate var jsonValue: JSONValue {
        .object([("description", .string(description)), ("numOutputRows", .integer(numOutputRows))])
    }
}

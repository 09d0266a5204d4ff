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
    /// Rows of the batch that an expression has no value for, and that did not end the query; `nil` where the first
    /// such row ends it. Spark's progress has no such thing.
    public let numBadRows: Int64?
    /// The event times of the batch, and the watermark; `nil` where the query has none.
    public let eventTime: EventTimeProgress?
    /// Where each watermark stands after the batch; none where the query has none. Spark's progress has no such thing.
    public let watermarks: [WatermarkProgress]
    /// The operators that keep state, as in Spark the last one first; none where the query keeps none.
    public let stateOperators: [StateOperatorProgress]
    /// In the order in which the query names them.
    public let sources: [SourceProgress]
    /// The tables that are read again now and then (`refreshInterval`); others are not among them.
    public let tables: [TableProgress]
    /// What was written.
    public let sink: SinkProgress

    /// The duration of one step: `latestOffset`, `walCommit`, `addBatch`, `commitOffsets`, `triggerExecution` and
    /// others.
    public struct Step: Sendable {
        /// The step, under Spark's name.
        public let name: String
        /// Whole milliseconds.
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

/// Event times of a batch, as ISO 8601 in UTC.
public struct EventTimeProgress: Sendable {
    /// The oldest time among the rows; `nil` where no row came, as all but the watermark.
    public let min: String?
    /// The newest time.
    public let max: String?
    /// The mean of the times.
    public let avg: String?
    /// The watermark that the batch used: what it has left is used from the next batch on.
    public let watermark: String
}

/// Figures of one operator with state.
public struct StateOperatorProgress: Sendable {
    /// Spark's name for the operator.
    public let operatorName: String
    /// Rows of state after the batch.
    public let numRowsTotal: Int64
    /// Rows of state that the batch has set.
    public let numRowsUpdated: Int64
    /// Milliseconds that it took to merge the batch into the state.
    public let allUpdatesTimeMs: Int64
    /// Rows of state that the batch has removed.
    public let numRowsRemoved: Int64
    /// Milliseconds that it took to remove them.
    public let allRemovalsTimeMs: Int64
    /// Milliseconds that it took to write the state.
    public let commitTimeMs: Int64
    /// Memory that the state takes.
    public let memoryUsedBytes: Int64
    /// Rows that came too late.
    public let numRowsDroppedByWatermark: Int64
    /// Shards of the state.
    public let numShufflePartitions: Int64
    /// The same.
    public let numStateStoreInstances: Int64
}

/// Figures of one source.
public struct SourceProgress: Sendable {
    /// What is read.
    public let description: String
    /// Offsets as JSON text; `nil` before a query's first batch.
    public let startOffset: String?
    /// Where the batch ended, exclusive, as JSON text.
    public let endOffset: String
    /// How far could be read when the batch was planned or, where a former run has planned it, when this one started,
    /// as JSON text: `null` where the source could not tell.
    public let latestOffset: String
    /// Rows read.
    public let numInputRows: Int64
    /// Rows read per second since the former trigger; `nil` for the first.
    public let inputRowsPerSecond: Double?
    /// Rows read per second of the trigger.
    public let processedRowsPerSecond: Double?
    /// Figures that only this kind of source has, as how far it is behind.
    public let metrics: [Metric]

    /// A figure that only this kind of source has.
    public struct Metric: Sendable {
        /// What it is.
        public let name: String
        /// The figure.
        public let value: String
    }
}

/// A table that is read again now and then.
public struct TableProgress: Sendable {
    /// What is read.
    public let description: String
    /// When the rows were read that the batch was computed with, ISO 8601 in UTC.
    public let readAt: String
}

/// Figures of the sink.
public struct SinkProgress: Sendable {
    /// Where the rows went to.
    public let description: String
    /// Rows written.
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
        if let numBadRows { members.append(("numBadRows", .integer(numBadRows))) }
        members += [
            ("durationMs", .object(durations.map { ($0.name, .integer($0.milliseconds)) }))
        ]
        if let eventTime { members.append(("eventTime", eventTime.jsonValue)) }
        if !watermarks.isEmpty { members.append(("watermarks", .array(watermarks.map(\.jsonValue)))) }
        members += [
            ("stateOperators", .array(stateOperators.map(\.jsonValue))),
            ("sources", .array(sources.map(\.jsonValue))),
        ]
        if !tables.isEmpty { members.append(("tables", .array(tables.map(\.jsonValue)))) }
        members.append(("sink", sink.jsonValue))
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

extension EventTimeProgress {
    fileprivate var jsonValue: JSONValue {
        let times = [("avg", avg), ("max", max), ("min", min)].compactMap { name, time in
            time.map { (name, JSONValue.string($0)) }
        }
        return .object(times + [("watermark", .string(watermark))])
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

extension TableProgress {
    fileprivate var jsonValue: JSONValue {
        .object([("description", .string(description)), ("readAt", .string(readAt))])
    }
}

extension SinkProgress {
    fileprivate var jsonValue: JSONValue {
        .object([("description", .string(description)), ("numOutputRows", .integer(numOutputRows))])
    }
}

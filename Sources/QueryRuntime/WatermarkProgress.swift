// Where watermarks stand after a batch, as the progress tells it.

import JSONText

/// Where one watermark stands after a batch, and what holds it there: why a window has not come out yet.
public struct WatermarkProgress: Sendable {
    /// What the checkpoint calls it, such as `watermark-0`.
    public let name: String
    /// The column of the event times.
    public let column: String
    /// How far rows may lie behind the newest one, in milliseconds.
    public let delayMilliseconds: Int64
    /// Where it stands, as ISO 8601 in UTC: the next batch uses it.
    public let watermark: String
    /// When it moved last, as the time of the batch; of the first batch where it never did.
    public let movedAt: String
    /// Whether the query goes by this one of its watermarks.
    public let isQuerys: Bool
    /// Rows of the batch that came too late, each counted once where it is read: their time is at or before the query's
    /// watermark of the batch before. Windows that end after that take them all the same.
    public let numLateRows: Int64
    /// Rows of the batch whose time lies further in the future than `millrace.watermark.maxFuture` allows: they didn't
    /// move it.
    public let numRowsBeyondMaxFuture: Int64
    /// The partitions that it waits for, ten at the most, where it goes by partitions: those without an event time so
    /// far, or else those that are furthest behind.
    public let heldBy: [Partition]
    /// The partitions that it goes on without, as they are idle.
    public let idle: [String]

    /// A partition that a watermark waits for.
    public struct Partition: Sendable {
        /// The number of the stream in the query, and the partition: `0/events-3`.
        public let name: String
        /// The newest event time; `nil` where none has come.
        public let newest: String?
        /// When an event time came last, or else since when the partition is known.
        public let activeAt: String
    }

    /// In words why what ends behind the watermark has not come out yet.
    public var why: String {
        let start = "what ends after \(watermark) is not final: "
        guard isQuerys else { return start + "the query goes by another watermark" }
        if let partition = heldBy.first {
            let others = heldBy.count > 1 ? " and \(heldBy.count - 1) more" : ""
            guard let newest = partition.newest else {
                return start + "no event time has come of \(partition.name)\(others), known since \(partition.activeAt)"
            }
            return start + "\(partition.name)\(others) has come to \(newest), last at \(partition.activeAt)"
        }
        return start + "no \(column) more than \(delayMilliseconds) ms later has come; it moved last at \(movedAt)"
    }
}

extension WatermarkProgress {
    var jsonValue: JSONValue {
        .object([
            ("name", .string(name)), ("column", .string(column)), ("delayMs", .integer(delayMilliseconds)),
            ("watermark", .string(watermark)), ("movedAt", .string(movedAt)), ("isQuerys", .bool(isQuerys)),
            ("numLateRows", .integer(numLateRows)), ("numRowsBeyondMaxFuture", .integer(numRowsBeyondMaxFuture)),
            ("heldBy", .array(heldBy.map(\.jsonValue))), ("idle", .array(idle.map { .string($0) })),
            ("why", .string(why)),
        ])
    }
}

extension WatermarkProgress.Partition {
    fileprivate var jsonValue: JSONValue {
        .object([
            ("name", .string(name)), ("newest", newest.map { .string($0) } ?? .null), ("activeAt", .string(activeAt)),
        ])
    }
}

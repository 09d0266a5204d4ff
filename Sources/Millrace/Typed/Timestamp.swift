// A point in time as a Swift value: what a TIMESTAMP is in typed rows.

import Columns

/// A point in time: the Swift type of TIMESTAMP columns in typed rows.
public struct Timestamp: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public var microseconds: Int64

    /// The point in time so many microseconds after 1970-01-01T00:00:00Z.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// The point in time so many milliseconds after 1970-01-01T00:00:00Z; where that is beyond all, the first or last.
    public init(milliseconds: Int64) {
        let (product, overflows) = milliseconds.multipliedReportingOverflow(by: 1000)
        microseconds = overflows ? (milliseconds < 0 ? .min : .max) : product
    }

    /// Whole milliseconds since 1970-01-01T00:00:00Z.
    public var milliseconds: Int64 { CalendarText.floorDivide(microseconds, 1000).quotient }

    /// Reads the microseconds.
    public init(from decoder: any Decoder) throws {
        microseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    /// Writes the microseconds.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(microseconds)
    }

    /// Whether it comes before the other one.
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

    /// `2024-01-02 03:04:05.678`, in UTC.
    public var description: String { CalendarText.timestamp(microseconds: microseconds) }
}

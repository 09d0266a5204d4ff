// Event time: how long to wait for rows that come late.

import Columns
import LogicalPlan

extension DataFrame {
    /// Says which column tells when a row happened, and how long to wait for rows that come late: a text such as
    /// `"10 minutes"`.
    ///
    /// Rows that lie further behind the newest one than that are late from the next batch on: steps that keep state
    /// drop them, and give what has become final. On static frames it changes nothing.
    public func withWatermark(_ eventTime: String, _ delayThreshold: String) -> DataFrame {
        let (columns, failure) = resolved([col(eventTime)])
        return with(
            columns.first.map { time in
                .watermark(plan, time, delay: .literal(.string(delayThreshold), .string), WatermarkPlace())
            } ?? plan,
            failure: failure)
    }
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Sessions: rows of a group follow each other at most `gapDuration` apart, such as `"5 minutes"`. A structure of
/// `start`, the first time, and `end`, the last one and the gap. Only to group by, with another column; it is named
/// `session_window`.
public func session_window(_ timeColumn: some ColumnOrName, _ gapDuration: String) -> Column {
    call("session_window", [timeColumn.asColumn, lit(gapDuration)])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Sessions with a gap of its own for each row, a text; a row whose gap isn't positive is in none.
public func session_window(_ timeColumn: some ColumnOrName, _ gapDuration: Column) -> Column {
    call("session_window", [timeColumn.asColumn, gapDuration])
}

/// Windows of time, each as long as `windowDuration`, such as `"10 minutes"`: a structure of `start` and `end`, which
/// is exclusive. With a `slideDuration` a window begins every so often, and a row is in several of them; `startTime`
/// says where after 1970 they begin. A row without a time is in none.
///
/// The column is named `window`. Of a window that was grouped by, the event time is its last microsecond.
public func window(
    _ timeColumn: some ColumnOrName, _ windowDuration: String, _ slideDuration: String? = nil,
    _ startTime: String? = nil
) -> Column {
    let lengths = [windowDuration, slideDuration ?? windowDuration] + (startTime.map { [$0] } ?? [])
    return call("window", [timeColumn.asColumn] + lengths.map { lit($0) })
}

// Which key of an aggregation says when its groups are final.

import Columns

/// The key of an aggregation that has event time: a group is final once the watermark has reached it, and rows for it
/// are late from the next batch on.
package struct KeyTime: Hashable, Sendable {
    /// What the key is.
    package enum Form: Hashable, Sendable {
        /// A time, or the start of a window that is so many microseconds long.
        case time(length: Int64)
        /// A window, which ends with its second field.
        case window
    }

    /// Which of the keys.
    package let key: Int
    package let form: Form

    package init(key: Int, _ form: Form) {
        self.key = key
        self.form = form
    }

    /// A key of this type that is an event time, or a window of it.
    package init(key: Int, ofType type: DataType) {
        self.init(key: key, type == .timestamp ? .time(length: 0) : .window)
    }

    /// Until when each group of a key column is open, in microseconds since 1970; NULL where the key is, whose group
    /// is never final.
    func ends(_ column: ColumnVector) -> ColumnVector {
        switch form {
        case .time(0): return column
        case .time(let length):
            let starts = column.slots(as: Int64.self)
            return Loops.slots(.timestamp, [column], as: Int64.self) { starts[$0] &+ length }
        case .window: return StructureKernel.field(column, 1)
        }
    }

    /// The rows of a key column that are not late, of which the others are counted; `nil` where all are on time.
    func onTime(_ column: ColumnVector, _ context: BatchContext, _ counts: inout StateRowCounts) -> Selection? {
        guard let late = context.lateWatermarkMicroseconds else { return nil }
        let ends = ends(column.materialized())
        let (values, validity) = (ends.slots(as: Int64.self), ends.validityBits)
        let picked = Buffer(capacity: ends.count * 4)
        let rows = picked.pointer(as: Int32.self)
        var count = 0
        for row in 0..<ends.count where !Loops.isValid(validity, row) || values[row] > late {
            rows[count] = Int32(truncatingIfNeeded: row)
            count += 1
        }
        counts.late += Int64(ends.count - count)
        return count < ends.count ? Selection(indices: picked, count: count) : nil
    }

    /// The rows of a batch without a selection that are not late; the others are counted.
    func onTime(_ rows: RecordBatch, _ context: BatchContext, _ counts: inout StateRowCounts) -> RecordBatch {
        guard let kept = onTime(rows.columns[key], context, &counts) else { return rows }
        return rows.selecting(kept).compacted()
    }

    /// The first end among those of a key column; `nil` without any.
    func firstEnd(_ column: ColumnVector) -> Int64? {
        var times = column
        var length: Int64 = 0
        switch form {
        case .time(let ofWindow): length = ofWindow
        case .window: times = StructureKernel.field(column, 1)
        }
        let (values, validity) = (times.slots(as: Int64.self), times.validityBits)
        var first = Int64.max
        if validity == nil {
            if times.count > 0 { first = ExtentKernel.least(values, times.count) }
        } else {
            for row in 0..<times.count where Loops.isValid(validity, row) { first = min(first, values[row]) }
        }
        return times.nullCount < times.count ? first &+ length : nil
    }
}

/// The key of an aggregation that is the start of a window of time.
package struct WindowKey: Hashable, Sendable {
    /// Which of the keys.
    package let key: Int
    package let cut: WindowCut

    package init(key: Int, _ cut: WindowCut) {
        self.key = key
        self.cut = cut
    }
}

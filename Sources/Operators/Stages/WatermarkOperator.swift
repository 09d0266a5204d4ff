// The shape of a step that watches event times.

import Columns

/// A step that watches the event times of the rows that pass it. Rows that lie further behind the newest one than the
/// delay are late from the next batch on.
package protocol WatermarkOperator: PhysicalOperator {
    /// What the log calls it: stable over restarts, such as `watermark-0`.
    var watermarkID: String { get }
    /// What logs call it that were written when each use of a place had a watermark of its own.
    var formerWatermarkID: String { get }
    /// What the column of the event times is called.
    var timeName: String { get }
    /// How far rows may lie behind the newest one.
    var delayMicroseconds: Int64 { get }
    /// Makes the running half for one worker and one micro-batch.
    func makeWatermarkTask(_ context: BatchContext) -> any WatermarkTask
}

extension WatermarkOperator {
    package var formerWatermarkID: String { watermarkID }

    package func makeTask(_ context: BatchContext) -> any OperatorTask { makeWatermarkTask(context) }
}

/// The running half of a step that watches event times.
package protocol WatermarkTask: OperatorTask {
    /// The event times that have passed; `nil` where none has.
    var eventTimes: EventTimes? { get }
    /// The rows that came too late, where the step was asked to keep them.
    var late: LateTexts? { get }
    /// Forgets what it has seen since it had seen that: the rows come again.
    func goBack(to eventTimes: EventTimes?, late: LateTexts?)
}

extension WatermarkTask {
    package var late: LateTexts? { nil }
}

/// Rows that came too late, as texts.
package struct LateTexts: Sendable {
    /// Event times up to this one were late, in microseconds since 1970.
    package let watermarkMicroseconds: Int64
    /// A text a row: columns of STRING without NULLs.
    package private(set) var texts: [ColumnVector] = []
    /// Bytes that the texts take.
    package private(set) var memoryBytes = 0

    package init(watermarkMicroseconds: Int64) { self.watermarkMicroseconds = watermarkMicroseconds }

    /// Some rows more.
    package mutating func add(_ rows: ColumnVector) {
        texts.append(rows)
        memoryBytes += rows.memoryBytes
    }
}

/// The event times of some rows, of which there is at least one.
package struct EventTimes: Equatable, Sendable {
    /// In microseconds since 1970.
    package private(set) var oldest: Int64
    /// In microseconds since 1970.
    package private(set) var newest: Int64
    private var sum: Int128
    private var count: Int64
    /// How many come too late: at or before the watermark of the batch before.
    package var lateCount: Int64 = 0
    /// How many lie so far in the future that they move no watermark.
    package private(set) var beyondCount: Int64 = 0
    /// The newest of the others, where there are both.
    private var newestWithin: Int64?

    /// That of one row, in microseconds since 1970.
    package init(_ time: Int64) {
        (oldest, newest, sum, count) = (time, time, Int128(time), 1)
    }

    /// Those of some rows, of which there is at least one.
    package init(of times: UnsafePointer<Int64>, count: Int) {
        (oldest, newest, sum) = ExtentKernel.extent(times, count)
        self.count = Int64(count)
    }

    /// The newest that moves the watermark, in microseconds since 1970; `nil` where all lie too far in the future.
    package var newestThatCounts: Int64? { beyondCount == 0 ? newest : newestWithin }

    /// Says that so many of them lie too far in the future, and which is the newest of the others.
    package mutating func leaveOut(_ count: Int64, newestWithin: Int64?) {
        beyondCount = count
        self.newestWithin = newestWithin
    }

    /// The mean, in microseconds since 1970.
    package var mean: Int64 { Int64(truncatingIfNeeded: sum / Int128(count)) }

    /// One row more.
    @inline(__always)
    package mutating func add(_ time: Int64) {
        oldest = min(oldest, time)
        newest = max(newest, time)
        sum &+= Int128(time)
        count &+= 1
    }

    /// Those of these rows and of others.
    package func merging(_ other: EventTimes) -> EventTimes {
        var both = self
        both.oldest = min(oldest, other.oldest)
        both.newest = max(newest, other.newest)
        both.sum &+= other.sum
        both.count &+= other.count
        both.lateCount &+= other.lateCount
        both.beyondCount &+= other.beyondCount
        both.newestWithin = [newestThatCounts, other.newestThatCounts].compactMap { $0 }.max()
        return both
    }
}

/// Which of several watermarks is the query's.
package enum WatermarkPolicy: String, Sendable, CaseIterable {
    /// The lowest: no stream's rows are late because another one is further.
    case min
    /// The highest: a stream that stands still holds nothing up, and its rows may be late.
    case max
}

// Windows of event time: which of them a time is in.

/// How time is cut into windows of one length, of which one begins every so often. In microseconds.
///
/// Where a window begins before the one before it has ended, times are in several. All of them are made of *panes*: the
/// pieces between two borders of windows. Times of a pane are in the same windows, so that rows are brought together by
/// pane first and go to each window only then.
package struct WindowCut: Hashable, Sendable {
    /// How long a window is; more than 0.
    package let size: Int64
    /// From the start of one window to that of the next; more than 0, and no more than `size`.
    package let slide: Int64
    /// Where after 1970 windows begin, as they do every `slide` before and behind it.
    package let start: Int64
    /// What a window is longer than a number of slides: each window ends inside of another slide then.
    private let rest: Int64
    private let wholeSlides: Int
    /// Divides by `slide` without a division, which takes as long as all the rest: see `remainder`.
    private let reciprocal: UInt64
    private let reciprocalShift: UInt64
    /// A number of whole slides, so that times before 1970 are none below 0.
    private let bias: UInt64

    package init(size: Int64, slide: Int64, start: Int64 = 0) {
        precondition(size > 0 && slide > 0 && slide <= size, "windows follow each other without a gap")
        self.size = size
        self.slide = slide
        self.start = start
        rest = size % slide
        wholeSlides = Int(size / slide)
        let divisor = UInt64(slide)
        let bits = 64 - (divisor - 1).leadingZeroBitCount
        // 2^(63 + bits) / slide, and one more: exact for all dividends below 2^63 (Granlund and Montgomery).
        reciprocal = (bits == 0 ? 1 << 63 : divisor.dividingFullWidth((1 << UInt64(bits - 1), 0)).quotient) + 1
        reciprocalShift = UInt64(bits)
        bias = (1 << 62) / divisor * divisor
    }

    /// How far a time lies behind the border of slides before it.
    @inline(__always)
    private func remainder(_ time: Int64) -> Int64 {
        let distance = time &- start
        let dividend = UInt64(bitPattern: distance) &+ bias
        // Times that far from 1970 are none that anybody means, but must not trap.
        guard dividend < 1 << 63 else { return CalendarText.floorDivide(distance, slide).remainder }
        let quotient = (dividend &<< 1).multipliedFullWidth(by: reciprocal).high &>> reciprocalShift
        return Int64(bitPattern: dividend &- quotient &* UInt64(bitPattern: slide))
    }

    /// Whether each time is in one window.
    package var isTumbling: Bool { size == slide }

    /// In how many windows a time is at most.
    package var maximumWindows: Int { wholeSlides + (rest > 0 ? 1 : 0) }

    /// How many times are put into their windows at once, so that what comes of them stays small.
    package func timesAtOnce(most: Int) -> Int { Swift.max(1, Swift.min(most, 65_536 / maximumWindows)) }

    /// More windows over one time are refused: each row, or each pane of a group, comes as often as that.
    package static let mostWindows = 100_000

    /// The start of the newest window that a time is in.
    @inline(__always)
    package func lastStart(_ time: Int64) -> Int64 { time &- remainder(time) }

    /// The start of a time's pane.
    @inline(__always)
    package func paneStart(_ time: Int64) -> Int64 {
        let behind = remainder(time)
        return behind < rest ? time &- behind : time &- behind &+ rest
    }

    /// How many windows a time is in.
    @inline(__always)
    package func windowCount(_ time: Int64) -> Int {
        wholeSlides + (remainder(time) < rest ? 1 : 0)
    }
}

/// Times to windows.
package enum TimeWindowKernel {
    /// A window: from its start to its end, exclusive.
    package static let type = DataType.structure([Field("start", .timestamp), Field("end", .timestamp)])

    /// Whether a type is that of a window.
    package static func isWindow(_ type: DataType) -> Bool {
        guard case .structure(let fields) = type else { return false }
        return fields.map(\.name) == ["start", "end"] && fields.allSatisfy { $0.type == .timestamp }
    }

    /// The start of each time's pane; NULL where the time is.
    package static func paneStarts(_ times: ColumnVector, _ cut: WindowCut) -> ColumnVector {
        let values = times.slots(as: Int64.self)
        return Loops.slots(.timestamp, [times], as: Int64.self) { cut.paneStart(values[$0]) }
    }

    /// The windows that begin at some times; NULL where the time is.
    package static func windows(startingAt starts: ColumnVector, size: Int64) -> ColumnVector {
        let values = starts.slots(as: Int64.self)
        let ends = Loops.slots(.timestamp, [starts], as: Int64.self) { values[$0] &+ size }
        return ColumnVector(
            type: type, count: starts.count, validity: starts.validity, nullCount: starts.nullCount,
            children: [starts, ends])
    }

    /// The last microsecond of each window; NULL where the window is.
    package static func lastTimes(_ windows: ColumnVector) -> ColumnVector {
        let ends = StructureKernel.field(windows, 1)
        let values = ends.slots(as: Int64.self)
        return Loops.slots(.timestamp, [ends], as: Int64.self) { values[$0] &- 1 }
    }

    /// Each of some times once for each window that it is in, the oldest window first: the row that it stands in, and
    /// where the window begins. Rows without a time are in none.
    package static func assign(
        _ times: ColumnVector, _ places: Range<Int>, _ cut: WindowCut
    ) -> (rows: Selection, starts: ColumnVector) {
        let values = times.slots(as: Int64.self)
        let validity = times.validityBits
        var count = 0
        for row in places where Loops.isValid(validity, row) { count &+= cut.windowCount(values[row]) }
        let indices = Buffer(capacity: count * 4)
        let starts = Buffer(capacity: count * 8)
        let (index, start) = (indices.pointer(as: Int32.self), starts.pointer(as: Int64.self))
        var next = 0
        for row in places where Loops.isValid(validity, row) {
            let last = cut.lastStart(values[row])
            let windows = cut.windowCount(values[row])
            for back in 0..<windows {
                index[next] = Int32(truncatingIfNeeded: row)
                start[next] = last &- Int64(windows &- 1 &- back) &* cut.slide
                next &+= 1
            }
        }
        return (
            Selection(indices: indices, count: count),
            ColumnVector(type: .timestamp, count: count, values: starts)
        )
    }
}

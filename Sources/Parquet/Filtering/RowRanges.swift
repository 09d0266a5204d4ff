// Some of the rows of a row group.

/// Ranges of rows, in order, none empty, none touching another.
struct RowRanges: Hashable, Sendable {
    private(set) var ranges: [Range<Int64>] = []

    /// No rows.
    init() {}

    /// One range, or none where it is empty.
    init(_ range: Range<Int64>) { add(range) }

    var isEmpty: Bool { ranges.isEmpty }
    var count: Int64 { ranges.reduce(0) { $0 + Int64($1.count) } }

    /// Adds a range that begins no earlier than those before.
    mutating func add(_ range: Range<Int64>) {
        guard !range.isEmpty else { return }
        if let last = ranges.last, range.lowerBound <= last.upperBound {
            ranges[ranges.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
        } else {
            ranges.append(range)
        }
    }

    /// The rows that are in both.
    func intersection(_ other: RowRanges) -> RowRanges {
        var result = RowRanges()
        var (one, two) = (0, 0)
        while one < ranges.count, two < other.ranges.count {
            result.add(ranges[one].clamped(to: other.ranges[two]))
            if ranges[one].upperBound < other.ranges[two].upperBound { one += 1 } else { two += 1 }
        }
        return result
    }

    /// The rows that are in one of them, or in both.
    func union(_ other: RowRanges) -> RowRanges {
        var result = RowRanges()
        for range in (ranges + other.ranges).sorted(by: { $0.lowerBound < $1.lowerBound }) { result.add(range) }
        return result
    }
}

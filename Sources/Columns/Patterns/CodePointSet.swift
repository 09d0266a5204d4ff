// Sets of code points, as ranges in order.

/// The code points that a class of a regular expression matches.
struct CodePointSet: Equatable, Sendable {
    typealias Range = ClosedRange<UInt32>

    static let last: UInt32 = 0x10FFFF
    static let all = CodePointSet([0...last])

    /// In order, neither overlapping nor next to each other.
    private(set) var ranges: [Range]

    init(_ ranges: [Range] = []) { self.ranges = Self.normalized(ranges) }

    init(_ points: some Sequence<UInt32>) { self.init(points.map { $0...$0 }) }

    private static func normalized(_ ranges: [Range]) -> [Range] {
        guard ranges.count > 1 else { return ranges }
        var result: [Range] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let end = result.last, range.lowerBound <= end.upperBound &+ 1 {
                result[result.count - 1] = end.lowerBound...max(end.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return result
    }

    /// The only one, where there is one.
    var only: UInt32? {
        guard ranges.count == 1, ranges[0].count == 1 else { return nil }
        return ranges[0].lowerBound
    }

    var complement: CodePointSet {
        var result: [Range] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { result.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= Self.last { result.append(next...Self.last) }
        return CodePointSet(result)
    }

    func contains(_ point: UInt32) -> Bool { ranges.contains { $0.contains(point) } }

    func union(_ other: CodePointSet) -> CodePointSet { CodePointSet(ranges + other.ranges) }

    func intersection(_ other: CodePointSet) -> CodePointSet {
        complement.union(other.complement).complement
    }
}

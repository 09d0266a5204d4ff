// The least, the greatest and the sum of many numbers at once.

/// What numbers have in common, in one pass: four of each at a time, as a comparison takes two cycles before the next
/// one can go by what came of it.
package enum ExtentKernel {
    /// The least of some numbers, of which there is at least one.
    package static func least(_ values: UnsafePointer<Int64>, _ count: Int) -> Int64 {
        var four = (values[0], values[0], values[0], values[0])
        var index = 0
        while index &+ 4 <= count {
            four.0 = min(four.0, values[index])
            four.1 = min(four.1, values[index &+ 1])
            four.2 = min(four.2, values[index &+ 2])
            four.3 = min(four.3, values[index &+ 3])
            index &+= 4
        }
        while index < count {
            four.0 = min(four.0, values[index])
            index &+= 1
        }
        return min(min(four.0, four.1), min(four.2, four.3))
    }

    /// The least and the greatest of some numbers, of which there is at least one, and the sum of all.
    package static func extent(
        _ values: UnsafePointer<Int64>, _ count: Int
    ) -> (least: Int64, greatest: Int64, sum: Int128) {
        let first = values[0]
        var least = (first, first, first, first)
        var greatest = least
        // In 64 bits, of which more may have been lost than is missed: see below.
        var sum: Int64 = 0
        var index = 0
        while index &+ 4 <= count {
            let four = (values[index], values[index &+ 1], values[index &+ 2], values[index &+ 3])
            least = (min(least.0, four.0), min(least.1, four.1), min(least.2, four.2), min(least.3, four.3))
            greatest = (
                max(greatest.0, four.0), max(greatest.1, four.1), max(greatest.2, four.2), max(greatest.3, four.3)
            )
            sum &+= (four.0 &+ four.1) &+ (four.2 &+ four.3)
            index &+= 4
        }
        while index < count {
            least.0 = min(least.0, values[index])
            greatest.0 = max(greatest.0, values[index])
            sum &+= values[index]
            index &+= 1
        }
        let all = (
            least: min(min(least.0, least.1), min(least.2, least.3)),
            greatest: max(max(greatest.0, greatest.1), max(greatest.2, greatest.3))
        )
        // What the numbers are more than the first one adds up to less than 2^63: its sum modulo 2^64 is the sum.
        let range = UInt64(bitPattern: all.greatest &- all.least)
        let (most, isLost) = range.multipliedReportingOverflow(by: UInt64(count))
        if !isLost, most <= UInt64(Int64.max) {
            let above = sum &- Int64(truncatingIfNeeded: count) &* first
            return (all.least, all.greatest, Int128(first) * Int128(count) + Int128(above))
        }
        var exact: Int128 = 0
        for index in 0..<count { exact &+= Int128(values[index]) }
        return (all.least, all.greatest, exact)
    }
}

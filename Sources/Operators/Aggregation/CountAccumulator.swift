// count(*) and count(x).

import Columns

/// Counts rows, or rows with a value.
final class CountAccumulator: Accumulator {
    private var counts = GroupArray<Int64>()

    override var storedTypes: [DataType] { [.long] }
    override var memoryBytes: Int { counts.memoryBytes }
    override func reserve(groups: Int) { counts.reserve(groups) }
    override func clear(groups: Int) { counts.clear(groups) }
    override func clear(groups: UnsafePointer<UInt32>, count: Int) { counts.clear(groups: groups, count: count) }

    override func update(groups: UnsafePointer<UInt32>, count: Int, input: ColumnVector?) throws(AggregateError) {
        let counts = counts.pointer
        if input?.type == .null { return }
        guard let validity = input?.validityBits else {
            for row in 0..<count { counts[Int(groups[row])] &+= 1 }
            return
        }
        for row in 0..<count { counts[Int(groups[row])] &+= Int64(validBit(validity, row)) }
    }

    override func merge(
        _ other: Accumulator, from: UnsafePointer<UInt32>, into: UnsafePointer<UInt32>, count: Int
    ) throws(AggregateError) {
        guard let other = other as? CountAccumulator else { preconditionFailure("merging another aggregate") }
        let counts = counts.pointer
        let others = other.counts.pointer
        for row in 0..<count { counts[Int(into[row])] &+= others[Int(from[row])] }
    }

    override func finish(groups: UnsafePointer<UInt32>, count: Int) throws(AggregateError) -> ColumnVector {
        ColumnVector(type: .long, count: count, values: counts.gather(groups, count))
    }

    override func store(groups: UnsafePointer<UInt32>, count: Int) -> [ColumnVector] {
        [ColumnVector(type: .long, count: count, values: counts.gather(groups, count))]
    }

    override func load(_ columns: [ColumnVector], groups: UnsafePointer<UInt32>, count: Int) {
        counts.scatter(columns[0].slots(as: Int64.self), groups, count)
    }
}

// sum and avg over decimals.

import Columns

/// Sums unscaled values in 128 bits; what exceeds the result's precision is an error, as in Spark's ANSI mode.
final class DecimalAccumulator: Accumulator {
    private var sums = GroupArray<Int128>()
    /// How many values a group has had.
    private var counts = GroupArray<Int64>()
    private let resultType: DataType
    /// The magnitude that results stay below.
    private let limit: UInt128
    /// For avg: what turns the sum's scale into the result's.
    private let factor: UInt128

    override init(_ spec: AggregateSpec) {
        guard case .decimal(_, let inputScale) = spec.inputType,
            case .decimal(let precision, let scale) = spec.resultType
        else { preconditionFailure("the planner gave a decimal aggregate of \(spec.shape)") }
        resultType = spec.resultType
        limit = DecimalAccumulator.powerOfTen(precision)
        factor = DecimalAccumulator.powerOfTen(scale - inputScale)
        super.init(spec)
    }

    private static func powerOfTen(_ exponent: Int) -> UInt128 {
        (0..<max(0, min(exponent, 38))).reduce(1 as UInt128) { power, _ in power * 10 }
    }

    /// The sum as DECIMAL(38, 0), whatever its scale, and the count.
    override var storedTypes: [DataType] { [.decimal(precision: 38, scale: 0), .long] }
    override var memoryBytes: Int { sums.memoryBytes + counts.memoryBytes }
    override func reserve(groups: Int) {
        sums.reserve(groups)
        counts.reserve(groups)
    }
    override func clear(groups: Int) {
        sums.clear(groups)
        counts.clear(groups)
    }
    override func clear(groups: UnsafePointer<UInt32>, count: Int) {
        sums.clear(groups: groups, count: count)
        counts.clear(groups: groups, count: count)
    }

    override func update(groups: UnsafePointer<UInt32>, count: Int, input: ColumnVector?) throws(AggregateError) {
        guard let input else { preconditionFailure("a sum has an input") }
        let sums = sums.pointer
        let counts = counts.pointer
        let values = input.slots(as: Int128.self)
        let validity = input.validityBits
        var overflows = false
        for row in 0..<count {
            let group = Int(groups[row])
            // Slots of NULL rows are zero.
            let (sum, overflow) = sums[group].addingReportingOverflow(values[row])
            sums[group] = sum
            counts[group] &+= validity.map { Int64(validBit($0, row)) } ?? 1
            if overflow { overflows = true }
        }
        if overflows { throw .overflow(spec) }
    }

    override func merge(
        _ other: Accumulator, from: UnsafePointer<UInt32>, into: UnsafePointer<UInt32>, count: Int
    ) throws(AggregateError) {
        guard let other = other as? DecimalAccumulator else { preconditionFailure("merging another aggregate") }
        let sums = sums.pointer
        let counts = counts.pointer
        let otherSums = other.sums.pointer
        let otherCounts = other.counts.pointer
        var overflows = false
        for row in 0..<count {
            let source = Int(from[row])
            let target = Int(into[row])
            let (sum, overflow) = sums[target].addingReportingOverflow(otherSums[source])
            sums[target] = sum
            counts[target] &+= otherCounts[source]
            if overflow { overflows = true }
        }
        if overflows { throw .overflow(spec) }
    }

    override func finish(groups: UnsafePointer<UInt32>, count: Int) throws(AggregateError) -> ColumnVector {
        let values = Buffer.zeroed(capacity: count * 16)
        let output = values.pointer(as: Int128.self)
        let validity = Buffer.zeroed(capacity: Bitmap.byteCount(count))
        var nulls = 0
        for row in 0..<count {
            let group = Int(groups[row])
            let number = counts.pointer[group]
            guard number > 0 else {
                nulls += 1
                continue
            }
            let sum = sums.pointer[group]
            let magnitude = spec.function == .average ? quotient(sum.magnitude, number) : sum.magnitude
            guard let magnitude, magnitude < limit else { throw .overflow(spec) }
            output[row] = sum < 0 ? 0 - Int128(magnitude) : Int128(magnitude)
            Bitmap.set(validity.pointer(as: UInt8.self), row)
        }
        return ColumnVector(type: resultType, count: count, validity: validity, nullCount: nulls, values: values)
    }

    /// The sum at the result's scale divided by the count, half away from zero; `nil` beyond 128 bits.
    private func quotient(_ sum: UInt128, _ count: Int64) -> UInt128? {
        let divisor = UInt128(count)
        let (high, low) = sum.multipliedFullWidth(by: factor)
        guard high < divisor else { return nil }
        let (quotient, remainder) =
            high == 0 ? low.quotientAndRemainder(dividingBy: divisor) : divisor.dividingFullWidth((high, low))
        return remainder >= divisor - remainder ? quotient + 1 : quotient
    }

    override func store(groups: UnsafePointer<UInt32>, count: Int) -> [ColumnVector] {
        [
            ColumnVector(type: storedTypes[0], count: count, values: sums.gather(groups, count)),
            ColumnVector(type: .long, count: count, values: counts.gather(groups, count)),
        ]
    }

    override func load(_ columns: [ColumnVector], groups: UnsafePointer<UInt32>, count: Int) {
        sums.scatter(columns[0].slots(as: Int128.self), groups, count)
        counts.scatter(columns[1].slots(as: Int64.self), groups, count)
    }
}

// sum and avg over integers and floating-point numbers.

import Columns

/// Sums integers as Spark's ANSI mode does: beyond BIGINT is an error.
final class LongSumAccumulator: Accumulator {
    private var sums = GroupArray<Int64>()
    /// 1 where a group has had a value.
    private var seen = GroupArray<UInt8>()

    override var storedTypes: [DataType] { [.long] }
    override var memoryBytes: Int { sums.memoryBytes + seen.memoryBytes }
    override func reserve(groups: Int) {
        sums.reserve(groups)
        seen.reserve(groups)
    }
    override func clear(groups: Int) {
        sums.clear(groups)
        seen.clear(groups)
    }
    override func clear(groups: UnsafePointer<UInt32>, count: Int) {
        sums.clear(groups: groups, count: count)
        seen.clear(groups: groups, count: count)
    }

    override func update(groups: UnsafePointer<UInt32>, count: Int, input: ColumnVector?) throws(AggregateError) {
        guard let input else { preconditionFailure("a sum has an input") }
        let overflowed =
            switch input.type {
            case .byte: add(input.slots(as: Int8.self), input.validityBits, groups, count)
            case .short: add(input.slots(as: Int16.self), input.validityBits, groups, count)
            case .integer: add(input.slots(as: Int32.self), input.validityBits, groups, count)
            case .long: add(input.slots(as: Int64.self), input.validityBits, groups, count)
            default: preconditionFailure("the planner gave a sum of \(input.type)")
            }
        if overflowed { throw .overflow(spec) }
    }

    /// Slots of NULL rows are zero, so that they need no branch.
    @inline(__always)
    private func add<T: FixedWidthInteger & SignedInteger>(
        _ values: UnsafePointer<T>, _ validity: UnsafePointer<UInt8>?, _ groups: UnsafePointer<UInt32>, _ count: Int
    ) -> Bool {
        let sums = sums.pointer
        let seen = seen.pointer
        var overflows: UInt8 = 0
        if let validity {
            for row in 0..<count {
                let group = Int(groups[row])
                let valid = validBit(validity, row)
                let (sum, overflow) = sums[group].addingReportingOverflow(
                    Int64(truncatingIfNeeded: values[row]) & (0 &- Int64(valid)))
                sums[group] = sum
                seen[group] |= valid
                overflows |= overflow ? 1 : 0
            }
        } else {
            for row in 0..<count {
                let group = Int(groups[row])
                let (sum, overflow) = sums[group].addingReportingOverflow(Int64(truncatingIfNeeded: values[row]))
                sums[group] = sum
                seen[group] = 1
                overflows |= overflow ? 1 : 0
            }
        }
        return overflows != 0
    }

    override func merge(
        _ other: Accumulator, from: UnsafePointer<UInt32>, into: UnsafePointer<UInt32>, count: Int
    ) throws(AggregateError) {
        guard let other = other as? LongSumAccumulator else { preconditionFailure("merging another aggregate") }
        let sums = sums.pointer
        let seen = seen.pointer
        let otherSums = other.sums.pointer
        let otherSeen = other.seen.pointer
        var overflows = false
        for row in 0..<count {
            let source = Int(from[row])
            let target = Int(into[row])
            let (sum, overflow) = sums[target].addingReportingOverflow(otherSums[source])
            sums[target] = sum
            seen[target] |= otherSeen[source]
            if overflow { overflows = true }
        }
        if overflows { throw .overflow(spec) }
    }

    override func finish(groups: UnsafePointer<UInt32>, count: Int) throws(AggregateError) -> ColumnVector {
        nullableColumn(.long, sums.gather(groups, count), seen: seen.pointer, groups, count)
    }

    override func store(groups: UnsafePointer<UInt32>, count: Int) -> [ColumnVector] {
        [nullableColumn(.long, sums.gather(groups, count), seen: seen.pointer, groups, count)]
    }

    override func load(_ columns: [ColumnVector], groups: UnsafePointer<UInt32>, count: Int) {
        sums.scatter(columns[0].slots(as: Int64.self), groups, count)
        for row in 0..<count { seen.pointer[Int(groups[row])] = columns[0].isNull(row) ? 0 : 1 }
    }
}

/// Sums as doubles: sum of floats and doubles, avg of every number but decimals.
final class DoubleAccumulator: Accumulator {
    private var sums = GroupArray<Double>()
    /// How many values a group has had.
    private var counts = GroupArray<Int64>()

    override var storedTypes: [DataType] { [.double, .long] }
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
        let validity = input.validityBits
        switch input.type {
        case .byte: addIntegers(input.slots(as: Int8.self), validity, groups, count)
        case .short: addIntegers(input.slots(as: Int16.self), validity, groups, count)
        case .integer: addIntegers(input.slots(as: Int32.self), validity, groups, count)
        case .long: addIntegers(input.slots(as: Int64.self), validity, groups, count)
        case .float: add(input.slots(as: Float.self), validity, groups, count) { Double($0) }
        case .double: add(input.slots(as: Double.self), validity, groups, count) { $0 }
        default: preconditionFailure("the planner gave an average of \(input.type)")
        }
    }

    @inline(__always)
    private func addIntegers<T: FixedWidthInteger & SignedInteger & BitwiseCopyable>(
        _ values: UnsafePointer<T>, _ validity: UnsafePointer<UInt8>?, _ groups: UnsafePointer<UInt32>, _ count: Int
    ) {
        add(values, validity, groups, count) { Double(Int64(truncatingIfNeeded: $0)) }
    }

    @inline(__always)
    private func add<T: BitwiseCopyable>(
        _ values: UnsafePointer<T>, _ validity: UnsafePointer<UInt8>?, _ groups: UnsafePointer<UInt32>, _ count: Int,
        _ double: (T) -> Double
    ) {
        let sums = sums.pointer
        let counts = counts.pointer
        if let validity {
            for row in 0..<count {
                let group = Int(groups[row])
                // Adding the zero of a NULL slot would turn a sum of -0.0 into 0.0.
                if validBit(validity, row) != 0 {
                    sums[group] += double(values[row])
                    counts[group] &+= 1
                }
            }
        } else {
            for row in 0..<count {
                let group = Int(groups[row])
                sums[group] += double(values[row])
                counts[group] &+= 1
            }
        }
    }

    override func merge(
        _ other: Accumulator, from: UnsafePointer<UInt32>, into: UnsafePointer<UInt32>, count: Int
    ) throws(AggregateError) {
        guard let other = other as? DoubleAccumulator else { preconditionFailure("merging another aggregate") }
        let sums = sums.pointer
        let counts = counts.pointer
        let otherSums = other.sums.pointer
        let otherCounts = other.counts.pointer
        for row in 0..<count {
            let source = Int(from[row])
            let target = Int(into[row])
            sums[target] += otherSums[source]
            counts[target] &+= otherCounts[source]
        }
    }

    override func finish(groups: UnsafePointer<UInt32>, count: Int) throws(AggregateError) -> ColumnVector {
        let values = sums.gather(groups, count)
        let output = values.pointer(as: Double.self)
        let counts = counts.pointer
        var nulls = 0
        for row in 0..<count {
            let number = counts[Int(groups[row])]
            if spec.function == .average && number > 0 { output[row] /= Double(number) }
            if number == 0 { nulls += 1 }
        }
        guard nulls > 0 else { return ColumnVector(type: .double, count: count, values: values) }
        let validity = Buffer.zeroed(capacity: Bitmap.byteCount(count))
        for row in 0..<count where counts[Int(groups[row])] > 0 { Bitmap.set(validity.pointer(as: UInt8.self), row) }
        return ColumnVector(type: .double, count: count, validity: validity, nullCount: nulls, values: values)
    }

    override func store(groups: UnsafePointer<UInt32>, count: Int) -> [ColumnVector] {
        [
            ColumnVector(type: .double, count: count, values: sums.gather(groups, count)),
            ColumnVector(type: .long, count: count, values: counts.gather(groups, count)),
        ]
    }

    override func load(_ columns: [ColumnVector], groups: UnsafePointer<UInt32>, count: Int) {
        sums.scatter(columns[0].slots(as: Double.self), groups, count)
        counts.scatter(columns[1].slots(as: Int64.self), groups, count)
    }
}

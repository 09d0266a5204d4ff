// sum and avg of every kind of number, and their try_ forms.

import Columns

enum SumAggregates {
    static let all: [AggregateDefinition] = [
        sum("sum", "the sum of the values: BIGINT for whole numbers", isTry: false),
        sum("try_sum", "the sum of the values, NULL where it overflows", isTry: true),
        average("avg", aliases: ["mean"], "the mean of the values", isTry: false),
        average("try_avg", "the mean of the values, NULL where their sum overflows", isTry: true),
    ]

    /// The running sum of numbers of a type.
    static func kind(_ type: DataType) -> AccumulatorKind {
        AccumulatorKind("sum", [0], [type]) {
            switch type {
            case .decimal: DecimalSumAccumulator()
            case .float, .double: DoubleSumAccumulator()
            default: IntegerSumAccumulator()
            }
        }
    }

    /// The sum of values of up to 32 bits, fewer than 2^31. Slots of NULL rows are zero.
    @inline(__always)
    static func total<T: FixedWidthInteger & SignedInteger>(_ values: UnsafePointer<T>, _ count: Int) -> Int128 {
        var sum: Int64 = 0
        for row in 0..<count { sum &+= Int64(truncatingIfNeeded: values[row]) }
        return Int128(sum)
    }

    /// The same of values of 64 bits: of their halves, which 64 bits are enough for.
    @inline(__always)
    static func total(_ values: UnsafePointer<Int64>, _ count: Int) -> Int128 {
        var (low, high): (UInt64, UInt64) = (0, 0)
        for row in 0..<count {
            // From zero on, in their order.
            let value = UInt64(bitPattern: values[row]) ^ 1 &<< 63
            low &+= value & 0xFFFF_FFFF
            high &+= value &>> 32
        }
        return Int128(high) << 32 + Int128(low) - Int128(count) << 63
    }

    private static func number(_ call: FunctionCall) throws(FunctionError) -> DataType {
        if call.type(0).isInterval { return call.type(0) }
        do throws(FunctionError) {
            return try call.numeric(0)
        } catch {
            throw .mismatch("\(call.name) needs numbers, found \(call.type(0))")
        }
    }

    private static func sum(_ name: String, _ summary: String, isTry: Bool) -> AggregateDefinition {
        AggregateDefinition(name, "\(name)(number)", summary, 1...1) { (call) throws(FunctionError) in
            let input = try number(call)
            switch input {
            case .decimal(let precision, let scale):
                let type = DataType.decimal(precision: min(38, precision + 10), scale: scale)
                return .parts([input], type, isNullable: true, [kind(input)]) {
                    (parts, groups, count) throws(AggregateError) in
                    try Accumulator.cast(parts[0], DecimalSumAccumulator.self).sums(
                        name, type, scale, isTry: isTry, groups, count)
                }
            case .yearMonthInterval, .dayTimeInterval:
                return .parts([input], input, isNullable: true, [kind(input)]) {
                    (parts, groups, count) throws(AggregateError) in
                    try Accumulator.cast(parts[0], IntegerSumAccumulator.self).intervals(
                        input, counts: nil, isTry: isTry, groups, count)
                }
            case .float, .double:
                return .parts([input], .double, isNullable: true, [kind(input)]) { parts, groups, count in
                    Accumulator.cast(parts[0], DoubleSumAccumulator.self).results(isMean: false, groups, count)
                }
            default:
                return .parts([input], .long, isNullable: true, [kind(input)]) {
                    (parts, groups, count) throws(AggregateError) in
                    try Accumulator.cast(parts[0], IntegerSumAccumulator.self).sums(name, isTry: isTry, groups, count)
                }
            }
        }
    }

    private static func average(
        _ name: String, aliases: [String] = [], _ summary: String, isTry: Bool
    ) -> AggregateDefinition {
        AggregateDefinition(name, aliases: aliases, "\(name)(number)", summary, 1...1) {
            (call) throws(FunctionError) in
            let input = try number(call)
            switch input {
            case .decimal(let precision, let scale):
                let type = DataType.decimal(precision: min(38, precision + 4), scale: min(38, scale + 4))
                return .parts([input], type, isNullable: true, [kind(input)]) {
                    (parts, groups, count) throws(AggregateError) in
                    try Accumulator.cast(parts[0], DecimalSumAccumulator.self).means(
                        name, type, scale, isTry: isTry, groups, count)
                }
            case .yearMonthInterval, .dayTimeInterval:
                let type: DataType =
                    input.layout == .fixed32 ? .yearMonthInterval(.yearToMonth) : .dayTimeInterval(.dayToSecond)
                let parts = [kind(input), CountAggregates.kind(0, input)]
                return .parts([input], type, isNullable: true, parts) {
                    (parts, groups, count) throws(AggregateError) in
                    try Accumulator.cast(parts[0], IntegerSumAccumulator.self).intervals(
                        type, counts: Accumulator.cast(parts[1], CountAccumulator.self), isTry: isTry, groups, count)
                }
            case .float, .double:
                return .parts([input], .double, isNullable: true, [kind(input)]) { parts, groups, count in
                    Accumulator.cast(parts[0], DoubleSumAccumulator.self).results(isMean: true, groups, count)
                }
            default:
                let parts = [kind(input), CountAggregates.kind(0, input)]
                return .parts([input], .double, isNullable: true, parts) { parts, groups, count in
                    let sums = Accumulator.cast(parts[0], IntegerSumAccumulator.self)
                    return sums.means(Accumulator.cast(parts[1], CountAccumulator.self), groups, count)
                }
            }
        }
    }
}

/// Sums integers exactly: in 64 bits, with a count of how often these overflowed.
///
/// Whether a sum fits BIGINT is asked only when it is wanted. A decision on the way would depend on the order of rows
/// and on which of them one worker has seen: MAX, -1 and 1 have a sum, but not in every order.
final class IntegerSumAccumulator: Accumulator {
    private let low = GroupSlots(.long)
    /// Twice the number of overflows, upwards less downwards, and 1 where a group has had a value. The sum is
    /// `low` + overflows * 2^64.
    private let status = GroupSlots(.integer)

    init() { super.init([low, status]) }

    override func update(_ groups: UnsafePointer<UInt32>, _ count: Int, _ inputs: [ColumnVector]) {
        let input = inputs[0]
        switch input.type {
        case .byte: add(input.slots(as: Int8.self), input.validityBits, groups, count)
        case .short: add(input.slots(as: Int16.self), input.validityBits, groups, count)
        case .integer, .yearMonthInterval: add(input.slots(as: Int32.self), input.validityBits, groups, count)
        case .long, .dayTimeInterval: add(input.slots(as: Int64.self), input.validityBits, groups, count)
        default: preconditionFailure("the table gave a sum of \(input.type)")
        }
    }

    /// Slots of NULL rows are zero, so that they need no branch.
    @inline(__always)
    private func add<T: FixedWidthInteger & SignedInteger>(
        _ values: UnsafePointer<T>, _ validity: UnsafePointer<UInt8>?, _ groups: UnsafePointer<UInt32>, _ count: Int
    ) {
        let low = low.pointer(as: Int64.self)
        let status = status.pointer(as: Int32.self)
        for row in 0..<count {
            let group = Int(groups[row])
            let value = Int64(truncatingIfNeeded: values[row])
            let (sum, overflows) = low[group].addingReportingOverflow(value)
            low[group] = sum
            status[group] |= validity.map { Int32(validBit($0, row)) } ?? 1
            if overflows { carry(status, group, value < 0 ? -1 : 1) }
        }
    }

    override func updateOne(_ group: Int, _ count: Int, _ inputs: [ColumnVector]) -> Bool {
        let input = inputs[0]
        let total: Int128
        switch input.type {
        case .byte: total = SumAggregates.total(input.slots(as: Int8.self), count)
        case .short: total = SumAggregates.total(input.slots(as: Int16.self), count)
        case .integer, .yearMonthInterval: total = SumAggregates.total(input.slots(as: Int32.self), count)
        case .long, .dayTimeInterval: total = SumAggregates.total(input.slots(as: Int64.self), count)
        default: return false
        }
        let (low, status) = (low.pointer(as: Int64.self), status.pointer(as: Int32.self))
        let sum = Int128(low[group]) + total
        low[group] = Int64(truncatingIfNeeded: sum)
        if input.nullCount < count { status[group] |= 1 }
        // By how often 64 bits are too few; at most once for two rows.
        let overflows = (sum - Int128(low[group])) >> 64
        if overflows != 0 { carry(status, group, Int32(truncatingIfNeeded: overflows)) }
        return true
    }

    /// Counts an overflow. Beyond 2^30 of them, which no sum of so many rows comes back from, the number stays.
    @inline(never)
    private func carry(_ status: UnsafeMutablePointer<Int32>, _ group: Int, _ overflows: Int32) {
        let (sum, isLost) = status[group].addingReportingOverflow(2 &* overflows)
        if !isLost { status[group] = sum }
    }

    override func merge(
        _ other: Accumulator, from: UnsafePointer<UInt32>, into: UnsafePointer<UInt32>, count: Int
    ) {
        let other = Accumulator.cast(other, IntegerSumAccumulator.self)
        let low = low.pointer(as: Int64.self)
        let status = status.pointer(as: Int32.self)
        let otherLow = other.low.pointer(as: Int64.self)
        let otherStatus = other.status.pointer(as: Int32.self)
        for row in 0..<count {
            let source = Int(from[row])
            let target = Int(into[row])
            let (mine, value, theirs) = (low[target], otherLow[source], otherStatus[source])
            let (sum, overflows) = mine.addingReportingOverflow(value)
            low[target] = sum
            // A sum that isn't zero has had a value: a state beyond the caches is spared the look at its status.
            if mine == 0 { status[target] |= theirs & 1 }
            if overflows { carry(status, target, value < 0 ? -1 : 1) }
            if theirs & ~1 != 0 { carry(status, target, theirs >> 1) }
        }
    }

    /// A group's sum, `nil` where it has had no value.
    @inline(__always)
    func sum(_ group: Int) -> Int128? {
        let status = status.pointer(as: Int32.self)[group]
        guard status & 1 != 0 else { return nil }
        return Int128(low.pointer(as: Int64.self)[group]) + Int128(status >> 1) << 64
    }

    /// The sums as BIGINT.
    func sums(
        _ name: String, isTry: Bool, _ groups: UnsafePointer<UInt32>, _ count: Int
    ) throws(AggregateError) -> ColumnVector {
        let status = status.pointer(as: Int32.self)
        var isTooLarge = false
        for row in 0..<count where status[Int(groups[row])] & ~1 != 0 { isTooLarge = true }
        if isTooLarge, !isTry { throw .overflow(name, .long) }
        let values = low.gathered(groups, count)
        if isTooLarge {
            for row in 0..<count where status[Int(groups[row])] != 1 { values.pointer(as: Int64.self)[row] = 0 }
        }
        return nullableColumn(.long, values, count) { status[Int(groups[$0])] == 1 }
    }

    /// The sums by their counts, as DOUBLE.
    func means(_ counts: CountAccumulator, _ groups: UnsafePointer<UInt32>, _ count: Int) -> ColumnVector {
        let values = Buffer.zeroed(capacity: count * 8)
        let numbers = counts.counts.pointer(as: Int64.self)
        for row in 0..<count {
            let group = Int(groups[row])
            if let sum = sum(group) { values.pointer(as: Double.self)[row] = Double(sum) / Double(numbers[group]) }
        }
        return nullableColumn(.double, values, count) { numbers[Int(groups[$0])] > 0 }
    }
}

/// Sums floats and doubles as doubles, and counts them.
final class DoubleSumAccumulator: Accumulator {
    private let sums = GroupSlots(.double)
    private let counts = GroupSlots(.long)

    init() { super.init([sums, counts]) }

    override func update(_ groups: UnsafePointer<UInt32>, _ count: Int, _ inputs: [ColumnVector]) {
        let input = inputs[0]
        switch input.type {
        case .float: add(input.slots(as: Float.self), input.validityBits, groups, count) { Double($0) }
        case .double: add(input.slots(as: Double.self), input.validityBits, groups, count) { $0 }
        default: preconditionFailure("the table gave a sum of \(input.type) as doubles")
        }
    }

    @inline(__always)
    private func add<T: BitwiseCopyable>(
        _ values: UnsafePointer<T>, _ validity: UnsafePointer<UInt8>?, _ groups: UnsafePointer<UInt32>, _ count: Int,
        _ double: (T) -> Double
    ) {
        let sums = sums.pointer(as: Double.self)
        let counts = counts.pointer(as: Int64.self)
        for row in 0..<count {
            let group = Int(groups[row])
            // Adding the zero of a NULL slot would turn a sum of -0.0 into 0.0.
            if let validity, validBit(validity, row) == 0 { continue }
            sums[group] += double(values[row])
            counts[group] &+= 1
        }
    }

    override func updateOne(_ group: Int, _ count: Int, _ inputs: [ColumnVector]) -> Bool {
        let input = inputs[0]
        guard input.validityBits == nil else { return false }
        var sum = sums.pointer(as: Double.self)[group]
        switch input.type {
        case .float:
            let values = input.slots(as: Float.self)
            for row in 0..<count { sum += Double(values[row]) }
        case .double:
            let values = input.slots(as: Double.self)
            for row in 0..<count { sum += values[row] }
        default: return false
        }
        sums.pointer(as: Double.self)[group] = sum
        counts.pointer(as: Int64.self)[group] &+= Int64(count)
        return true
    }

    override func merge(
        _ other: Accumulator, from: UnsafePointer<UInt32>, into: UnsafePointer<UInt32>, count: Int
    ) {
        let other = Accumulator.cast(other, DoubleSumAccumulator.self)
        let sums = sums.pointer(as: Double.self)
        let counts = counts.pointer(as: Int64.self)
        let otherSums = other.sums.pointer(as: Double.self)
        let otherCounts = other.counts.pointer(as: Int64.self)
        for row in 0..<count {
            let source = Int(from[row])
            let target = Int(into[row])
            sums[target] += otherSums[source]
            counts[target] &+= otherCounts[source]
        }
    }

    /// The sums, or the means.
    func results(isMean: Bool, _ groups: UnsafePointer<UInt32>, _ count: Int) -> ColumnVector {
        let values = sums.gathered(groups, count)
        let output = values.pointer(as: Double.self)
        let counts = counts.pointer(as: Int64.self)
        if isMean {
            for row in 0..<count {
                let number = counts[Int(groups[row])]
                if number > 0 { output[row] /= Double(number) }
            }
        }
        return nullableColumn(.double, values, count) { counts[Int(groups[$0])] > 0 }
    }
}

/// Sums unscaled decimals in 128 bits, with a count of how often these overflowed, and counts them.
final class DecimalSumAccumulator: Accumulator {
    /// As DECIMAL(38, 0), whatever the scale.
    private let low = GroupSlots(.decimal(precision: 38, scale: 0))
    private let counts = GroupSlots(.long)
    /// Overflows of `low`, upwards less downwards.
    private let overflows = GroupSlots(.integer)

    init() { super.init([low, counts, overflows]) }

    override func update(_ groups: UnsafePointer<UInt32>, _ count: Int, _ inputs: [ColumnVector]) {
        let values = inputs[0].slots(as: Int128.self)
        let validity = inputs[0].validityBits
        let counts = counts.pointer(as: Int64.self)
        for row in 0..<count {
            let group = Int(groups[row])
            // Slots of NULL rows are zero.
            add(values[row], 0, group)
            counts[group] &+= validity.map { Int64(validBit($0, row)) } ?? 1
        }
    }

    @inline(__always)
    private func add(_ value: Int128, _ carried: Int32, _ group: Int) {
        let low = low.pointer(as: Int128.self)
        let (sum, isTooLarge) = low[group].addingReportingOverflow(value)
        low[group] = sum
        if isTooLarge || carried != 0 {
            let overflows = overflows.pointer(as: Int32.self)
            let more = carried &+ (isTooLarge ? (value < 0 ? -1 : 1) : 0)
            let (number, isLost) = overflows[group].addingReportingOverflow(more)
            if !isLost { overflows[group] = number }
        }
    }

    override func merge(
        _ other: Accumulator, from: UnsafePointer<UInt32>, into: UnsafePointer<UInt32>, count: Int
    ) {
        let other = Accumulator.cast(other, DecimalSumAccumulator.self)
        let counts = counts.pointer(as: Int64.self)
        let otherLow = other.low.pointer(as: Int128.self)
        let otherCounts = other.counts.pointer(as: Int64.self)
        let otherOverflows = other.overflows.pointer(as: Int32.self)
        for row in 0..<count {
            let source = Int(from[row])
            add(otherLow[source], otherOverflows[source], Int(into[row]))
            counts[Int(into[row])] &+= otherCounts[source]
        }
    }

    /// The sums with the inputs' scale.
    func sums(
        _ name: String, _ type: DataType, _ scale: Int, isTry: Bool, _ groups: UnsafePointer<UInt32>, _ count: Int
    ) throws(AggregateError) -> ColumnVector {
        try results(name, type, isTry: isTry, groups, count) { sum, _ in sum.magnitude }
    }

    /// The sums by their counts with the result's scale, half away from zero.
    func means(
        _ name: String, _ type: DataType, _ inputScale: Int, isTry: Bool, _ groups: UnsafePointer<UInt32>, _ count: Int
    ) throws(AggregateError) -> ColumnVector {
        guard case .decimal(_, let scale) = type else { preconditionFailure("the mean of decimals is a decimal") }
        let factor = (inputScale..<scale).reduce(1 as UInt128) { power, _ in power * 10 }
        return try results(name, type, isTry: isTry, groups, count) { sum, number in
            let divisor = UInt128(number)
            let (high, low) = sum.magnitude.multipliedFullWidth(by: factor)
            guard high < divisor else { return nil }
            let (quotient, rest) = divisor.dividingFullWidth((high, low))
            return rest >= divisor - rest ? quotient + 1 : quotient
        }
    }

    private func results(
        _ name: String, _ type: DataType, isTry: Bool, _ groups: UnsafePointer<UInt32>, _ count: Int,
        _ magnitude: (Int128, Int64) -> UInt128?
    ) throws(AggregateError) -> ColumnVector {
        guard case .decimal(let precision, _) = type else { preconditionFailure("decimals sum up to decimals") }
        let limit = (0..<precision).reduce(1 as UInt128) { power, _ in power * 10 }
        let values = Buffer.zeroed(capacity: count * 16)
        let output = values.pointer(as: Int128.self)
        let validity = Buffer.zeroed(capacity: Bitmap.byteCount(count))
        let low = low.pointer(as: Int128.self)
        let counts = counts.pointer(as: Int64.self)
        let overflows = overflows.pointer(as: Int32.self)
        var nulls = count
        for row in 0..<count {
            let group = Int(groups[row])
            guard counts[group] > 0 else { continue }
            let result = overflows[group] == 0 ? magnitude(low[group], counts[group]) : nil
            guard let result, result < limit else {
                if isTry { continue }
                throw .overflow(name, type)
            }
            output[row] = low[group] < 0 ? 0 - Int128(result) : Int128(result)
            Bitmap.set(validity.pointer(as: UInt8.self), row)
            nulls &-= 1
        }
        return ColumnVector(type: type, count: count, validity: validity, nullCount: nulls, values: values)
    }
}

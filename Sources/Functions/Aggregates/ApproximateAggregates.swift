// How many different values there are, about: HyperLogLog++ as Spark computes it, value by value.

import Columns

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

enum ApproximateAggregates {
    static let all: [AggregateDefinition] = [
        AggregateDefinition(
            "approx_count_distinct", "approx_count_distinct(value [, error])",
            "about how many different values there are that aren't NULL, with a standard error of 5% or so much", 1...2
        ) { (call) throws(FunctionError) in
            let precision = try precision(call)
            let type = call.type(0)
            guard !type.hasVariant else { throw call.unexpected(0, "a value without VARIANT") }
            let kind = AccumulatorKind("distinct\(precision)", [0], [type]) {
                DistinctEstimateAccumulator(precision: precision)
            }
            return .parts(call.arguments.map(\.type), .long, isNullable: false, [kind]) { parts, groups, count in
                Accumulator.cast(parts[0], DistinctEstimateAccumulator.self).estimates(groups, count)
            }
        }
    ]

    /// How many bits of a hash choose the register.
    private static func precision(_ call: FunctionCall) throws(FunctionError) -> Int {
        guard call.arguments.count == 2 else { return 9 }
        guard let error = call.arguments[1].constant?.number else {
            throw FunctionError(
                "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", "the error of \(call.name) must be a constant number")
        }
        let bits = error > 0 ? (2 * log(1.106 / error) / log(2)).rounded(.up) : .infinity
        guard (4...18).contains(bits) else {
            throw FunctionError(
                "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
                "the error of \(call.name) must be from 0.0022 to 0.39 and is \(error)")
        }
        return Int(bits)
    }
}

/// Keeps the registers of HyperLogLog++ for each group, one a byte.
final class DistinctEstimateAccumulator: Accumulator {
    private let registers = GroupRuns()
    private let precision: Int
    private let estimator: DistinctEstimator

    init(precision: Int) {
        self.precision = precision
        estimator = .of(precision)
        super.init([registers])
    }

    private var size: Int { 1 << precision }

    override func update(_ groups: UnsafePointer<UInt32>, _ count: Int, _ inputs: [ColumnVector]) {
        let hashes = HashKernels.words(inputs[0])
        let words = hashes.pointer(as: UInt64.self)
        let validity = inputs[0].validityBits
        let (bits, filling) = (UInt64(precision), 1 as UInt64 &<< UInt64(precision - 1))
        for row in 0..<count where Loops.isValid(validity, row) {
            let register = Int(truncatingIfNeeded: words[row] &>> (64 &- bits))
            let rank = UInt8(truncatingIfNeeded: ((words[row] &<< bits) | filling).leadingZeroBitCount &+ 1)
            let mine = registers.bytes(Int(groups[row]), count: size)
            if mine[register] < rank { mine[register] = rank }
        }
    }

    override func merge(
        _ other: Accumulator, from: UnsafePointer<UInt32>, into: UnsafePointer<UInt32>, count: Int
    ) {
        let other = Accumulator.cast(other, DistinctEstimateAccumulator.self)
        for row in 0..<count {
            guard let theirs = other.registers.run(Int(from[row])), theirs.count == size else { continue }
            let mine = registers.bytes(Int(into[row]), count: size)
            for register in 0..<size { mine[register] = max(mine[register], theirs[register]) }
        }
    }

    /// The estimates of some groups.
    func estimates(_ groups: UnsafePointer<UInt32>, _ count: Int) -> ColumnVector {
        let values = Buffer.zeroed(capacity: count * 8)
        let out = values.pointer(as: Int64.self)
        for row in 0..<count {
            guard let run = registers.run(Int(groups[row])), run.count == size else { continue }
            out[row] = estimator.estimate(run)
        }
        return ColumnVector(type: .long, count: count, values: values)
    }
}

/// From registers to a number.
struct DistinctEstimator: Sendable {
    private static let all = (4...18).map { DistinctEstimator(precision: $0) }
    /// Up to these estimates counting empty registers is better, by precision from 4.
    private static let thresholds: [Double] = [
        10, 20, 40, 80, 220, 400, 900, 1800, 3100, 6500, 11500, 20000, 50000, 120000, 350000,
    ]
    /// How many measurements an estimate's bias is the mean of.
    private static let neighbours = 6

    private let size: Double
    private let threshold: Double
    private let factor: Double
    /// Raw estimates that were measured, and how far they were off.
    private let estimates: [Double]
    private let biases: [Double]

    /// The one with a precision from 4 to 18.
    static func of(_ precision: Int) -> DistinctEstimator { all[precision - 4] }

    private init(precision: Int) {
        size = Double(1 << precision)
        threshold = Self.thresholds[precision - 4]
        let alpha =
            switch precision {
            case 4: 0.673
            case 5: 0.697
            case 6: 0.709
            default: 0.7213 / (1 + 1.079 / size)
            }
        factor = alpha * size * size
        let text = precision < 12 ? EstimateTables.text(precision) : LargeEstimateTables.text(precision)
        let numbers = text.split(separator: " ").compactMap { Double($0) }
        estimates = stride(from: 0, to: numbers.count - 1, by: 2).map { numbers[$0] }
        biases = stride(from: 0, to: numbers.count - 1, by: 2).map { numbers[$0] - numbers[$0 + 1] }
    }

    /// About how many different values have left these registers.
    func estimate(_ registers: UnsafeBufferPointer<UInt8>) -> Int64 {
        var inverse = 0.0
        var empty = 0.0
        for register in registers {
            // As Java shifts an int.
            inverse += 1 / Double(1 as Int32 &<< Int32(register))
            if register == 0 { empty += 1 }
        }
        if empty > 0 {
            let linear = size * log(size / empty)
            if linear <= threshold { return Int64((linear + 0.5).rounded(.down)) }
        }
        let raw = factor / inverse
        let corrected = raw < 5 * size ? raw - bias(raw) : raw
        return Int64((corrected + 0.5).rounded(.down))
    }

    /// The mean bias of the nearest measurements.
    private func bias(_ estimate: Double) -> Double {
        func distance(_ place: Int) -> Double { (estimate - estimates[place]) * (estimate - estimates[place]) }
        var low = max(nearest(estimate) - Self.neighbours + 1, 0)
        var high = min(low + Self.neighbours, estimates.count)
        while high < estimates.count, distance(high) < distance(low) {
            low += 1
            high += 1
        }
        return biases[low..<high].reduce(0, +) / Double(high - low)
    }

    /// Where the estimate stands among those that were measured, by the steps of Java's binary search: those of
    /// precision 5 are not quite in order.
    private func nearest(_ estimate: Double) -> Int {
        var (low, high) = (0, estimates.count - 1)
        while low <= high {
            let middle = (low + high) / 2
            if estimates[middle] < estimate {
                low = middle + 1
            } else if estimates[middle] > estimate {
                high = middle - 1
            } else {
                return middle
            }
        }
        return low
    }
}

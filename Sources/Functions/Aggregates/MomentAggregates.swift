// Variances and what belongs to them, by the formulas that need no second pass (Welford; Chan, Golub and LeVeque).

import Columns

enum MomentAggregates {
    static let all: [AggregateDefinition] = [
        moments("var_pop", "the variance of the whole") { $0.m2 / $0.count },
        moments("var_samp", aliases: ["variance"], "the variance of a sample", least: 2) { $0.m2 / ($0.count - 1) },
        moments("stddev_pop", "the standard deviation of the whole") { ($0.m2 / $0.count).squareRoot() },
        moments("stddev_samp", aliases: ["stddev", "std"], "the standard deviation of a sample", least: 2) {
            ($0.m2 / ($0.count - 1)).squareRoot()
        },
        moments("skewness", "how far the values lean to one side") {
            $0.m2 == 0 ? nil : $0.count.squareRoot() * $0.m3 / ($0.m2 * $0.m2 * $0.m2).squareRoot()
        },
        moments("kurtosis", "how heavy the ends are, 0 for a normal distribution") {
            $0.m2 == 0 ? nil : $0.count * $0.m4 / ($0.m2 * $0.m2) - 3
        },
    ]

    /// A function of the moments of the values; NULL for fewer than `least` of them.
    private static func moments(
        _ name: String, aliases: [String] = [], _ summary: String, least: Double = 1,
        _ result: @escaping @Sendable (Moments) -> Double?
    ) -> AggregateDefinition {
        let isHigh = name == "skewness" || name == "kurtosis"
        return AggregateDefinition(name, aliases: aliases, "\(name)(number)", summary, 1...1) {
            (call) throws(FunctionError) in
            let kind = AccumulatorKind(isHigh ? "moments4" : "moments2", [0], [.double]) {
                MomentAccumulator(order: isHigh ? 4 : 2)
            }
            return .parts(try call.types([.double]), .double, isNullable: true, [kind]) { parts, groups, count in
                let moments = Accumulator.cast(parts[0], MomentAccumulator.self)
                return doubles(groups, count) { group in
                    let values = moments.moments(group)
                    // There is no distance from a mean that is infinite.
                    return values.count < least ? nil : values.mean.isFinite ? result(values) : .nan
                }
            }
        }
    }

    /// A column of doubles, NULL where `result` gives `nil`.
    static func doubles(
        _ groups: UnsafePointer<UInt32>, _ count: Int, _ result: (Int) -> Double?
    ) -> ColumnVector {
        let values = Buffer.zeroed(capacity: count * 8)
        let out = values.pointer(as: Double.self)
        return nullableColumn(.double, values, count) { row in
            guard let value = result(Int(groups[row])) else { return false }
            out[row] = value
            return true
        }
    }
}

/// Number, mean, and sums of powers of the distances from the mean.
struct Moments {
    var count = 0.0
    var mean = 0.0
    var m2 = 0.0
    var m3 = 0.0
    var m4 = 0.0

    /// The moments of these values and of those of another.
    @inline(__always)
    func merged(_ other: Moments) -> Moments {
        if count == 0 { return other }
        if other.count == 0 { return self }
        let total = count + other.count
        let delta = other.mean - mean
        let part = delta / total
        let squared = delta * delta
        let product = count * other.count
        let between = squared * product / total
        let third =
            part * squared * product * (count - other.count) / total
            + 3 * part * (count * other.m2 - other.count * m2)
        let fourth =
            between * part * part * (count * count - product + other.count * other.count)
            + 6 * part * part * (count * count * other.m2 + other.count * other.count * m2)
            + 4 * part * (count * other.m3 - other.count * m3)
        return Moments(
            count: total, mean: mean + part * other.count, m2: m2 + other.m2 + between, m3: m3 + other.m3 + third,
            m4: m4 + other.m4 + fourth)
    }
}

/// Keeps the moments of doubles up to an order.
final class MomentAccumulator: Accumulator {
    /// Number, mean, m2, and for order 4 m3 and m4.
    private let parts: [GroupSlots]

    init(order: Int) {
        parts = (0...order).map { _ in GroupSlots(.double) }
        super.init(parts)
    }

    /// The moments of a group.
    @inline(__always)
    func moments(_ group: Int) -> Moments {
        var moments = Moments(
            count: parts[0].pointer(as: Double.self)[group], mean: parts[1].pointer(as: Double.self)[group],
            m2: parts[2].pointer(as: Double.self)[group])
        if parts.count > 3 {
            moments.m3 = parts[3].pointer(as: Double.self)[group]
            moments.m4 = parts[4].pointer(as: Double.self)[group]
        }
        return moments
    }

    @inline(__always)
    private func set(_ group: Int, _ moments: Moments) {
        parts[0].pointer(as: Double.self)[group] = moments.count
        parts[1].pointer(as: Double.self)[group] = moments.mean
        parts[2].pointer(as: Double.self)[group] = moments.m2
        guard parts.count > 3 else { return }
        parts[3].pointer(as: Double.self)[group] = moments.m3
        parts[4].pointer(as: Double.self)[group] = moments.m4
    }

    override func update(_ groups: UnsafePointer<UInt32>, _ count: Int, _ inputs: [ColumnVector]) {
        let values = inputs[0].slots(as: Double.self)
        let validity = inputs[0].validityBits
        for row in 0..<count where Loops.isValid(validity, row) {
            let group = Int(groups[row])
            set(group, moments(group).merged(Moments(count: 1, mean: values[row])))
        }
    }

    override func merge(
        _ other: Accumulator, from: UnsafePointer<UInt32>, into: UnsafePointer<UInt32>, count: Int
    ) {
        let other = Accumulator.cast(other, MomentAccumulator.self)
        for row in 0..<count {
            let group = Int(into[row])
            set(group, moments(group).merged(other.moments(Int(from[row]))))
        }
    }
}

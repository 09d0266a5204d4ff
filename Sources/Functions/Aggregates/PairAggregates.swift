// Aggregates of pairs: covariance, correlation and the line of regression.

import Columns

enum PairAggregates {
    static let all: [AggregateDefinition] = [
        pairs("covar_pop", "the covariance of the whole") { $0.covariance / $0.count },
        pairs("covar_samp", "the covariance of a sample", least: 2) { $0.covariance / ($0.count - 1) },
        pairs("corr", "Pearson's correlation") { pair in
            let product = (pair.ySquares * pair.xSquares).squareRoot()
            return product == 0 ? nil : pair.product / product
        },
        pairs("regr_slope", "the slope of the line of regression of y over x") {
            $0.xSquares == 0 ? nil : $0.product / $0.xSquares
        },
        pairs("regr_intercept", "where the line of regression meets x = 0") {
            $0.xSquares == 0 ? nil : $0.yMean - $0.product / $0.xSquares * $0.xMean
        },
        pairs("regr_r2", "the share of y's variance that the line explains") { pair in
            if pair.xSquares == 0 { return nil }
            return pair.ySquares == 0 ? 1 : pair.product * pair.product / (pair.xSquares * pair.ySquares)
        },
        mean("regr_avgx", "the mean of x in pairs without NULL", 1),
        mean("regr_avgy", "the mean of y in pairs without NULL", 0),
        pairs("regr_sxx", "the sum of squares of x's distances from its mean") { $0.xSquares },
        pairs("regr_syy", "the sum of squares of y's distances from its mean") { $0.ySquares },
        pairs("regr_sxy", "the sum of products of both distances from the mean") { $0.product },
        AggregateDefinition("regr_count", "regr_count(y, x)", "how many pairs have no NULL", 2...2) {
            (call) throws(FunctionError) in
            _ = try call.types([.double, .double])
            return .rewrite(.call("count", [.cast(.argument(0), .double), .cast(.argument(1), .double)]))
        },
    ]

    /// The mean of one side of the pairs, of its own type as `avg` gives it.
    private static func mean(_ name: String, _ summary: String, _ side: Int) -> AggregateDefinition {
        AggregateDefinition(name, "\(name)(y, x)", summary, 2...2) { (call) throws(FunctionError) in
            _ = try call.types([.double, .double])
            return .rewrite(.call("avg", [.call("nvl2", [.argument(1 - side), .argument(side), .null])]))
        }
    }

    private static func pairs(
        _ name: String, _ summary: String, least: Double = 1, _ result: @escaping @Sendable (Pairs) -> Double?
    ) -> AggregateDefinition {
        AggregateDefinition(name, "\(name)(y, x)", summary, 2...2) { (call) throws(FunctionError) in
            let kind = AccumulatorKind("pairs", [0, 1], [.double, .double]) { PairAccumulator() }
            return .parts(try call.types([.double, .double]), .double, isNullable: true, [kind]) {
                parts, groups, count in
                let accumulator = Accumulator.cast(parts[0], PairAccumulator.self)
                return MomentAggregates.doubles(groups, count) { group in
                    let pairs = accumulator.pairs(group)
                    return pairs.count < least ? nil : result(pairs)
                }
            }
        }
    }
}

/// Number, means, and sums of squares and products of the distances from the means.
struct Pairs {
    var count = 0.0
    var yMean = 0.0
    var xMean = 0.0
    var product = 0.0
    var ySquares = 0.0
    var xSquares = 0.0

    /// The sum of products; there is no distance from a mean that is infinite.
    var covariance: Double { xMean.isFinite && yMean.isFinite ? product : .nan }

    /// The same over these pairs and those of another.
    @inline(__always)
    func merged(_ other: Pairs) -> Pairs {
        if count == 0 { return other }
        if other.count == 0 { return self }
        let total = count + other.count
        let (dy, dx) = (other.yMean - yMean, other.xMean - xMean)
        let weight = count * other.count / total
        return Pairs(
            count: total, yMean: yMean + dy * other.count / total, xMean: xMean + dx * other.count / total,
            product: product + other.product + dy * dx * weight, ySquares: ySquares + other.ySquares + dy * dy * weight,
            xSquares: xSquares + other.xSquares + dx * dx * weight)
    }
}

/// Keeps the moments of pairs of doubles.
final class PairAccumulator: Accumulator {
    private let parts = (0..<6).map { _ in GroupSlots(.double) }

    init() { super.init(parts) }

    /// The moments of a group.
    @inline(__always)
    func pairs(_ group: Int) -> Pairs {
        Pairs(
            count: parts[0].pointer(as: Double.self)[group], yMean: parts[1].pointer(as: Double.self)[group],
            xMean: parts[2].pointer(as: Double.self)[group], product: parts[3].pointer(as: Double.self)[group],
            ySquares: parts[4].pointer(as: Double.self)[group], xSquares: parts[5].pointer(as: Double.self)[group])
    }

    @inline(__always)
    private func set(_ group: Int, _ pairs: Pairs) {
        parts[0].pointer(as: Double.self)[group] = pairs.count
        parts[1].pointer(as: Double.self)[group] = pairs.yMean
        parts[2].pointer(as: Double.self)[group] = pairs.xMean
        parts[3].pointer(as: Double.self)[group] = pairs.product
        parts[4].pointer(as: Double.self)[group] = pairs.ySquares
        parts[5].pointer(as: Double.self)[group] = pairs.xSquares
    }

    override func update(_ groups: UnsafePointer<UInt32>, _ count: Int, _ inputs: [ColumnVector]) {
        let (y, x) = (inputs[0].slots(as: Double.self), inputs[1].slots(as: Double.self))
        // The bits live as long as this does.
        let validity = ValidityKernel.all(inputs, count: count)
        let bits = validity.pointer
        for row in 0..<count where Loops.isValid(bits, row) {
            let group = Int(groups[row])
            set(group, pairs(group).merged(Pairs(count: 1, yMean: y[row], xMean: x[row])))
        }
    }

    override func merge(
        _ other: Accumulator, from: UnsafePointer<UInt32>, into: UnsafePointer<UInt32>, count: Int
    ) {
        let other = Accumulator.cast(other, PairAccumulator.self)
        for row in 0..<count {
            let group = Int(into[row])
            set(group, pairs(group).merged(other.pairs(Int(from[row]))))
        }
    }
}

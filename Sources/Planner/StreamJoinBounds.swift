// Until when a row of one stream may find partners in another one: what a join's condition says of their times.

import Columns
import Functions
import LogicalPlan
import Operators
import Optimizer

/// Until when the rows of both sides of a join of two streams may find partners.
///
/// A row of the other side that is not late lies behind the watermark. So a condition `left.time >= right.time - 5s`
/// says that a left row more than 5 s before the watermark finds none; and where the time is among the keys, that a row
/// finds none once the watermark has reached it. Of several conditions the one counts by which rows stay longest, as in
/// Spark.
struct StreamJoinBounds {
    /// Until when the rows of one side may find partners.
    struct Bound: Hashable {
        enum Place: Hashable {
            /// A pair of keys has event time.
            case key(Int)
            /// A column of the side, which need not have event time itself.
            case column(ColumnID)
        }

        let place: Place
        /// A row finds no partner any more once the watermark and this have reached its time.
        var offsetMicroseconds: Int64 = 0
    }

    private(set) var left: Bound?
    private(set) var right: Bound?
    private var names: [ColumnID: String] = [:]

    init(_ left: ResolvedPlan, _ right: ResolvedPlan, _ join: Join) {
        let (leftSide, rightSide) = (Side(left), Side(right))
        for column in left.columns + right.columns { names[column.id] = column.name }
        var found = Found()
        for place in join.leftKeys.indices {
            let (a, b) = (join.leftKeys[place], join.rightKeys[place])
            guard leftSide.hasEventTime(a) || rightSide.hasEventTime(b) else { continue }
            // One that is so much later than the other says more of each side than the key itself does.
            var shifted = Found()
            for (low, high) in [(a, b), (b, a)] { shifted.add(low, high, isStrict: false, leftSide, rightSide) }
            if let distance = LinearTime(a).minus(LinearTime(b))?.constant, distance != 0, !shifted.left.isEmpty,
                !shifted.right.isEmpty
            {
                found.left += shifted.left
                found.right += shifted.right
                continue
            }
            self.left = Bound(place: .key(place))
            self.right = Bound(place: .key(place))
            return
        }
        for conjunct in join.condition?.conjuncts ?? [] { found.add(conjunct, nil, leftSide, rightSide) }
        self.left = found.left.bound(of: leftSide)
        self.right = found.right.bound(of: rightSide)
    }

    /// Whether rows that come out alone do so some day.
    func areEnough(for kind: StreamJoin.Kind) -> Bool {
        switch kind {
        case .inner: true
        case .left, .leftSemi, .leftAnti: left != nil
        case .right: right != nil
        case .full: left != nil || right != nil
        }
    }

    /// What `explain` says of them.
    var detail: String {
        let texts = [("left", left), ("right", right)].compactMap { side, bound -> String? in
            guard let bound else { return nil }
            switch bound.place {
            case .key(let place): return "\(side) until key \(place + 1)"
            case .column(let id):
                let name = names[id] ?? ""
                let back = -bound.offsetMicroseconds
                return "\(side) until \(name)\(id) \(back < 0 ? "-" : "+") \(back.magnitude) us"
            }
        }
        return texts.isEmpty ? "" : ", kept " + texts.joined(separator: ", ")
    }

    /// What is known of one side.
    fileprivate struct Side {
        let ids: Set<ColumnID>
        /// The columns with event time, in order.
        let eventTimes: [ColumnID]

        init(_ plan: ResolvedPlan) {
            let times = plan.eventTimes
            ids = plan.columnIDs
            eventTimes = plan.columns.map(\.id).filter { times[$0] != nil }
        }

        /// Whether an expression is a column with event time.
        func hasEventTime(_ expression: ResolvedExpression) -> Bool {
            if case .column(let id, _) = expression.kind { eventTimes.contains(id) } else { false }
        }
    }

    /// The bounds that conditions give.
    private struct Found {
        var left: [Bound] = []
        var right: [Bound] = []

        mutating func add(
            _ condition: ResolvedExpression, _ shared: ResolvedExpression?, _ leftSide: Side, _ rightSide: Side
        ) {
            switch condition.kind {
            case .sharing(let value, let body) where shared == nil:
                for conjunct in body.conjuncts { add(conjunct, value, leftSide, rightSide) }
            case .comparison(let operation, let a, let b):
                let (a, b) = (LinearTime(a, shared: shared), LinearTime(b, shared: shared))
                switch operation {
                case .less: add(a, b, isStrict: true, leftSide, rightSide)
                case .lessOrEqual: add(a, b, isStrict: false, leftSide, rightSide)
                case .greater: add(b, a, isStrict: true, leftSide, rightSide)
                case .greaterOrEqual: add(b, a, isStrict: false, leftSide, rightSide)
                default: return
                }
            default: return
            }
        }

        mutating func add(
            _ low: ResolvedExpression, _ high: ResolvedExpression, isStrict: Bool, _ leftSide: Side, _ rightSide: Side
        ) { add(LinearTime(low), LinearTime(high), isStrict: isStrict, leftSide, rightSide) }

        /// Takes in that `low` lies before `high`, or not behind it.
        private mutating func add(
            _ low: LinearTime?, _ high: LinearTime?, isStrict: Bool, _ leftSide: Side, _ rightSide: Side
        ) {
            guard let distance = high.minus(low), distance.columns.count == 2,
                let later = distance.columns.first(where: { $0.value == 1 })?.key,
                let earlier = distance.columns.first(where: { $0.value == -1 })?.key
            else { return }
            // later + constant >= earlier > watermark. Spark leaves a millisecond where they may be equal.
            let (sum, isBeyond) = distance.constant.addingReportingOverflow(
                distance.slack + (isStrict ? 0 : 1000))
            guard !isBeyond, sum != .min else { return }
            let bound = Bound(place: .column(later), offsetMicroseconds: -sum)
            if leftSide.ids.contains(later), rightSide.eventTimes.contains(earlier) { left.append(bound) }
            if rightSide.ids.contains(later), leftSide.eventTimes.contains(earlier) { right.append(bound) }
        }
    }
}

extension [StreamJoinBounds.Bound] {
    /// The one that counts: of event time before others, and of several of a column that by which rows stay longest.
    fileprivate func bound(of side: StreamJoinBounds.Side) -> StreamJoinBounds.Bound? {
        let place =
            side.eventTimes.lazy.map { StreamJoinBounds.Bound.Place.column($0) }
            .first { place in contains { $0.place == place } } ?? first?.place
        return filter { $0.place == place }.min { $0.offsetMicroseconds < $1.offsetMicroseconds }
    }
}

/// An expression of times as a sum of columns and a constant.
private struct LinearTime {
    /// How often each column counts; none is 0.
    private(set) var columns: [ColumnID: Int] = [:]
    /// In microseconds.
    private(set) var constant: Int64 = 0
    /// How far the sum may be off, because clocks of the session's zone are changed.
    private(set) var slack: Int64 = 0

    private static let day: Int64 = 24 * 3600 * 1_000_000
    /// By how much clocks are changed at most: Samoa once left a whole day out.
    private static let clockChange: Int64 = 26 * 3600 * 1_000_000

    init?(_ expression: ResolvedExpression, shared: ResolvedExpression? = nil) {
        if case .dayTimeInterval(let microseconds, _) = expression.constantValue {
            constant = microseconds
            return
        }
        switch expression.kind {
        case .column(let id, _) where expression.type == .timestamp: columns = [id: 1]
        case .shared(outward: 0):
            guard let value = shared.flatMap({ LinearTime($0) }) else { return nil }
            self = value
        case .cast(let operand, _) where expression.type == operand.type:
            guard let value = LinearTime(operand, shared: shared) else { return nil }
            self = value
        case .negate(let operand):
            guard let value = LinearTime(operand, shared: shared)?.times(-1) else { return nil }
            self = value
        case .arithmetic(.add, let a, let b):
            guard let sum = LinearTime(a, shared: shared).plus(LinearTime(b, shared: shared)) else { return nil }
            self = sum
        case .arithmetic(.subtract, let a, let b):
            guard let sum = LinearTime(a, shared: shared).minus(LinearTime(b, shared: shared)) else { return nil }
            self = sum
        case .function(let function, let arguments) where arguments.count == 2:
            guard let value = LinearTime(function, arguments, shared) else { return nil }
            self = value
        default: return nil
        }
    }

    private init?(_ function: BoundFunction, _ arguments: [ResolvedExpression], _ shared: ResolvedExpression?) {
        let parts = arguments.map { LinearTime($0, shared: shared) }
        var result: LinearTime?
        var isMoved = function.zone != nil
        switch function.name {
        case IntervalFunctions.addition.name where function.type == .timestamp:
            result = parts[0].plus(parts[1])
            // Whole days are those of clocks; what is shorter is exact.
            if let interval = parts[1], interval.columns.isEmpty, interval.constant.magnitude < LinearTime.day.magnitude
            {
                isMoved = false
            }
        case IntervalFunctions.difference.name where function.argumentTypes == [.timestamp, .timestamp]:
            result = parts[0].minus(parts[1])
        default: return nil
        }
        guard var result else { return nil }
        if isMoved { result.slack += LinearTime.clockChange }
        self = result
    }

    fileprivate func times(_ sign: Int) -> LinearTime? {
        guard constant != .min else { return nil }
        var result = self
        result.columns = columns.mapValues { $0 * sign }
        result.constant = constant * Int64(sign)
        return result
    }
}

extension LinearTime? {
    fileprivate func plus(_ other: LinearTime?) -> LinearTime? {
        guard let self, let other else { return nil }
        return self.adding(other)
    }

    fileprivate func minus(_ other: LinearTime?) -> LinearTime? { plus(other?.times(-1)) }
}

extension LinearTime {
    fileprivate func adding(_ other: LinearTime) -> LinearTime? {
        let (sum, isBeyond) = constant.addingReportingOverflow(other.constant)
        guard !isBeyond else { return nil }
        var result = self
        result.columns = columns.merging(other.columns, uniquingKeysWith: +).filter { $0.value != 0 }
        result.constant = sum
        result.slack += other.slack
        return result
    }
}

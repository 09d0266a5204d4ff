// Window functions done naively: for each row, all rows of its partition are looked at.

import Columns
import Functions
import LogicalPlan
import TestSupport

extension Relation {
    /// An order by one column.
    struct Key {
        let column: Int
        let isAscending: Bool
        let nullsFirst: Bool

        init(_ column: Int, _ dice: inout SeededRandom) {
            self.column = column
            isAscending = dice.below(2) == 0
            nullsFirst = dice.below(2) == 0
        }

        /// Negative where the first value stands first.
        func order(_ left: Value, _ right: Value) -> Int {
            if left.isNull || right.isNull {
                if left.isNull && right.isNull { return 0 }
                return left.isNull == nullsFirst ? -1 : 1
            }
            return isAscending ? Relation.compare(left, right) : -Relation.compare(left, right)
        }
    }

    /// A few functions over one window, with random frames.
    func windowed(_ dice: inout SeededRandom, _ ids: inout ColumnIDs) -> Relation {
        let partition = dice.below(3) == 0 ? [] : [dice.below(types.count)]
        var keys = (0..<dice.below(3)).map { _ in Key(dice.below(types.count), &dice) }
        if let long = types.firstIndex(of: .long), dice.below(2) == 0 { keys = [Key(long, &dice)] }
        let functions = (0..<3).map { RelationWindow($0, of: self, keys, &dice, &ids) }
        let order = keys.map {
            SortKey(plan.columns[$0.column].expression, isAscending: $0.isAscending, nullsFirst: $0.nullsFirst)
        }
        var groups: [String: [Int]] = [:]
        for row in rows.indices {
            groups[Relation.text(partition.map { rows[row][$0] }), default: []].append(row)
        }
        var result = rows
        for group in groups.values {
            let sorted = group.sorted { left, right in
                let order = RelationWindow.order(rows[left], rows[right], keys)
                return order == 0 ? left < right : order < 0
            }
            let members = sorted.map { rows[$0] }
            for (place, row) in sorted.enumerated() {
                result[row] += functions.map { $0.value(place, members) }
            }
        }
        return Relation(
            plan: .window(
                plan, functions.map(\.window), partition: partition.map { plan.columns[$0].expression }, order: order),
            rows: result, isOrdered: false)
    }
}

/// One function, and what it gives.
struct RelationWindow {
    let window: NamedWindow
    private let keys: [Relation.Key]
    private let argument: Int
    private let isRows: Bool
    private let start: Int?
    private let end: Int?

    init(
        _ number: Int, of relation: Relation, _ keys: [Relation.Key], _ dice: inout SeededRandom, _ ids: inout ColumnIDs
    ) {
        self.keys = keys
        argument = dice.below(relation.types.count)
        let column = relation.plan.columns[argument]
        let type = column.field.type
        // A bound by value needs one number to compare.
        let isByValue = keys.count == 1 && relation.types[keys[0].column] == .long && dice.below(2) == 0
        let isRows = !isByValue && dice.below(2) == 0
        self.isRows = isRows
        func bound() -> Int? { dice.below(3) == 0 ? nil : isRows || isByValue ? dice.below(6) - 3 : 0 }
        (start, end) = (bound(), bound())
        func resolved(_ offset: Int?, _ unbounded: WindowFrame.Bound) -> WindowFrame.Bound {
            guard let offset else { return unbounded }
            if isRows { return .rows(Int64(offset)) }
            if offset == 0 { return .currentRow }
            let key = relation.plan.columns[keys[0].column].expression
            let step = ResolvedExpression.literal(.long(Int64(keys[0].isAscending ? offset : -offset)), .long)
            return .value(ResolvedExpression(.arithmetic(.add, key, step), type: .long, isNullable: true))
        }
        let frame = WindowFrame(
            isRows ? .rows : .range, from: resolved(start, .unboundedPreceding), to: resolved(end, .unboundedFollowing))
        func aggregate(_ name: String) -> WindowFunction {
            guard let function = AggregateTable.aggregate(name, over: [type]) else { return .rowNumber }
            return .aggregate(AggregateCall(function: function, arguments: [column.expression]))
        }
        let some = Int(dice.below(4))
        let functions: [WindowFunction] = [
            .rowNumber, .rank, .denseRank, .percentRank, .cumeDist, .ntile(1 + some), .lag(some), .lead(some),
            .nthValue(1 + some), aggregate("first"), aggregate("last"), aggregate("min"), aggregate("max"),
            aggregate("count"), aggregate("sum"), aggregate("avg"),
        ]
        let function = functions[dice.below(functions.count)]
        window = NamedWindow(
            ids.fresh(), name: "w\(number)", function, arguments: RelationWindow.arguments(function, column),
            ignoreNulls: dice.below(2) == 0, frame: frame)
    }

    private static func arguments(_ function: WindowFunction, _ column: PlanColumn) -> [ResolvedExpression] {
        switch function {
        case .lag(1), .lead(1): [column.expression, column.expression]
        case .lag, .lead, .nthValue: [column.expression]
        default: []
        }
    }

    static func order(_ left: [Value], _ right: [Value], _ keys: [Relation.Key]) -> Int {
        for key in keys {
            let order = key.order(left[key.column], right[key.column])
            if order != 0 { return order }
        }
        return 0
    }

    /// What the function gives for a row of a partition in order.
    func value(_ place: Int, _ rows: [[Value]]) -> Value {
        let peers = rows.indices.filter { RelationWindow.order(rows[$0], rows[place], keys) == 0 }
        let (first, last) = (peers.first ?? place, peers.last ?? place)
        switch window.function {
        case .rowNumber: return .integer(Int32(place + 1))
        case .rank: return .integer(Int32(first + 1))
        case .denseRank:
            let starts = (0...place).filter { $0 == 0 || RelationWindow.order(rows[$0], rows[$0 - 1], keys) != 0 }
            return .integer(Int32(starts.count))
        case .percentRank: return .double(rows.count > 1 ? Double(first) / Double(rows.count - 1) : 0)
        case .cumeDist: return .double(Double(last + 1) / Double(rows.count))
        case .ntile(let parts):
            var sizes = (0..<parts).map { rows.count / parts + ($0 < rows.count % parts ? 1 : 0) }
            var left = place
            while let size = sizes.first, left >= size {
                left -= size
                sizes.removeFirst()
            }
            return .integer(Int32(parts - sizes.count + 1))
        case .lag(let offset): return shifted(-offset, place, rows)
        case .lead(let offset): return shifted(offset, place, rows)
        case .nthValue(let number):
            let seen = picked(frame(place, rows).map { rows[$0][argument] })
            return number <= seen.count ? seen[number - 1] : .null
        case .aggregate(let call): return aggregated(call, frame(place, rows).map { rows[$0][argument] })
        }
    }

    private func picked(_ values: [Value]) -> [Value] { window.ignoreNulls ? values.filter { !$0.isNull } : values }

    private func shifted(_ offset: Int, _ place: Int, _ rows: [[Value]]) -> Value {
        let missing = window.arguments.count > 1 ? rows[place][argument] : .null
        if offset == 0 { return rows[place][argument] }
        let others = offset < 0 ? rows[..<place].reversed() : Array(rows[(place + 1)...])
        let values = picked(others.map { $0[argument] })
        return abs(offset) <= values.count ? values[abs(offset) - 1] : missing
    }

    /// The rows that a row sees.
    private func frame(_ place: Int, _ rows: [[Value]]) -> [Int] {
        /// How a row stands to a bound: negative before it.
        func side(_ row: Int, _ offset: Int) -> Int {
            if isRows { return row - place - offset }
            if offset == 0 { return RelationWindow.order(rows[row], rows[place], keys) }
            let key = keys[0]
            var bound = rows[place][key.column]
            if case .long(let number) = bound { bound = .long(number + Int64(key.isAscending ? offset : -offset)) }
            return key.order(rows[row][key.column], bound)
        }
        return rows.indices.filter { row in
            (start.map { side(row, $0) >= 0 } ?? true) && (end.map { side(row, $0) <= 0 } ?? true)
        }
    }

    private func aggregated(_ call: AggregateCall, _ all: [Value]) -> Value {
        let values = all.filter { !$0.isNull }
        switch call.function.name {
        case "first": return picked(all).first ?? .null
        case "last": return picked(all).last ?? .null
        case "count": return .long(Int64(values.count))
        case "min": return values.min { Relation.compare($0, $1) < 0 } ?? .null
        case "max": return values.max { Relation.compare($0, $1) < 0 } ?? .null
        default: break
        }
        let isMean = call.function.name == "avg"
        if values.isEmpty { return .null }
        if case .long = values[0] {
            let sum = values.reduce(Int64(0)) { if case .long(let number) = $1 { $0 + number } else { $0 } }
            return isMean ? .double(Double(sum) / Double(values.count)) : .long(sum)
        }
        let sum = values.reduce(0.0) { if case .double(let number) = $1 { $0 + number } else { $0 } }
        return .double(isMean ? sum / Double(values.count) : sum)
    }
}

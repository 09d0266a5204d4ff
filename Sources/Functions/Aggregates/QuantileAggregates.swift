// Percentiles: all different values are kept with how often each came, so that each is exact.

import Columns

enum QuantileAggregates {
    static let all: [AggregateDefinition] = [
        AggregateDefinition(
            "percentile", "percentile(number, percentage [, frequency])",
            "the value, or an array of them, below which so large a part of the numbers lies, by frequency",
            2...3
        ) { (call) throws(FunctionError) in
            let asked = try percentages(call, 1)
            let value = try measured(call, 0)
            var types: [DataType] = [value, call.type(1)]
            if call.arguments.count == 3 {
                guard call.type(2).isIntegral else { throw call.unexpected(2, "an integer") }
                types.append(.long)
            }
            let inputs = call.arguments.count == 3 ? [0, 2] : [0]
            let kind = AccumulatorKind("counts", inputs, inputs.map { types[$0] }) { CountsAccumulator(value) }
            return .parts(types, asked.type(of: whole(value)), isNullable: true, [kind]) {
                (parts, groups, count) throws(AggregateError) in
                let sorted = try SortedCounts(parts[0], value, groups, count)
                return asked.column(sorted, of: try interpolated(sorted, asked.values))
            }
        },
        AggregateDefinition("median", "median(number)", "the number in the middle, or the mean of both", 1...1) {
            (call) throws(FunctionError) in
            _ = try measured(call, 0)
            return .rewrite(.call("percentile", [.argument(0), .literal(.double(0.5), .double)]))
        },
        AggregateDefinition(
            "percentile_cont", "percentile_cont(percentage)",
            "with WITHIN GROUP (ORDER BY number): the number so far on the way from the first to the last", 1...1,
            ordered: OrderedAggregate(1...1) { (call) throws(FunctionError) in
                try along(call) { (sorted, percentages) throws(AggregateError) in
                    try interpolated(sorted, percentages)
                }
            }, shape: withoutOrder),
        AggregateDefinition(
            "percentile_disc", "percentile_disc(percentage)",
            "with WITHIN GROUP (ORDER BY number): the first number up to which so large a part of them comes", 1...1,
            ordered: OrderedAggregate(1...1) { (call) throws(FunctionError) in
                try along(call) { (sorted, percentages) throws(AggregateError) in picked(sorted, percentages) }
            }, shape: withoutOrder),
        AggregateDefinition(
            "percentile_approx", aliases: ["approx_percentile"], "percentile_approx(value, percentage [, accuracy])",
            "the smallest value, or an array of them, that so large a part does not exceed; it is exact",
            2...3
        ) { (call) throws(FunctionError) in
            let asked = try percentages(call, 1)
            if call.arguments.count == 3 {
                let accuracy = call.arguments[2].constant.flatMap(\.wholeNumber)
                guard let accuracy, accuracy > 0 else {
                    throw FunctionError(
                        "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
                        "the accuracy of \(call.name) must be a constant integer above 0")
                }
            }
            let type: DataType
            switch call.type(0) {
            case .string, .null: type = .double
            case .boolean, .binary, .variant, .array, .map, .structure: throw call.unexpected(0, "a number or a time")
            default: type = call.type(0)
            }
            return .parts(
                [type] + call.arguments.dropFirst().map(\.type), asked.type(of: type), isNullable: true,
                [CollectAggregates.counts(0, type)]
            ) { (parts, groups, count) throws(AggregateError) in
                let sorted = try SortedCounts(parts[0], type, groups, count)
                return asked.column(sorted, of: picked(sorted, asked.values))
            }
        },
    ]

    // MARK: What is asked for

    /// One percentage, or several.
    private struct Percentages {
        let values: [Double]
        let isArray: Bool

        func type(of value: DataType) -> DataType { isArray ? .array(value, containsNull: false) : value }

        /// The answers, one or several for each group: NULL for groups without values.
        func column(_ sorted: SortedCounts, of answers: ColumnVector) -> ColumnVector {
            guard isArray else { return answers }
            let count = sorted.groupCount
            let offsets = Buffer(capacity: (count + 1) * 4)
            let out = offsets.pointer(as: UInt32.self)
            for row in 0...count { out[row] = UInt32(truncatingIfNeeded: row * values.count) }
            let valid = Buffer.zeroed(capacity: Bitmap.byteCount(count))
            for row in 0..<count where !sorted.isEmpty(row) { Bitmap.set(valid.pointer(as: UInt8.self), row) }
            let validity = Validity(bits: valid, count: count)
            return ColumnVector(
                type: type(of: answers.type), count: count, validity: validity.bits, nullCount: validity.nullCount,
                starts: offsets, children: [answers])
        }
    }

    private static func percentages(_ call: FunctionCall, _ place: Int) throws(FunctionError) -> Percentages {
        var values: [Double] = []
        var isArray = false
        switch call.arguments[place].constant {
        case .array(let elements)?:
            isArray = true
            for element in elements {
                guard let value = element.number else { throw call.unexpected(place, "a constant number from 0 to 1") }
                values.append(value)
            }
        case let value?:
            guard let number = value.number else { throw call.unexpected(place, "a constant number from 0 to 1") }
            values = [number]
        case nil:
            throw FunctionError(
                "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", "the percentage of \(call.name) must be a constant")
        }
        guard values.allSatisfy({ (0...1).contains($0) }) else {
            throw FunctionError(
                "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE", "the percentage of \(call.name) must be from 0 to 1")
        }
        return Percentages(values: values, isArray: isArray)
    }

    /// What the values of an argument are measured as: numbers as DOUBLE, intervals and times as they are.
    private static func measured(_ call: FunctionCall, _ place: Int) throws(FunctionError) -> DataType {
        let type = call.type(place)
        if type.isInterval || type.isTime { return type }
        guard type.isNumeric || type == .string || type == .null else {
            throw call.unexpected(place, "a number or an INTERVAL")
        }
        return .double
    }

    /// The type of what lies between two values: intervals with all their fields.
    private static func whole(_ type: DataType) -> DataType {
        switch type {
        case .yearMonthInterval: .yearMonthInterval(.yearToMonth)
        case .dayTimeInterval: .dayTimeInterval(.dayToSecond)
        default: type
        }
    }

    /// Numbers in the order that WITHIN GROUP says, and what is asked of them.
    private static func along(
        _ call: OrderedCall,
        _ answers: @escaping @Sendable (SortedCounts, [Double]) throws(AggregateError) -> ColumnVector
    ) throws(FunctionError) -> AggregateShape {
        let asked = try percentages(call.all, 0)
        let value = try measured(call.all, 1)
        let isDescending = !call.directions[0].isAscending
        return .parts(
            [call.all.type(0), value], asked.type(of: whole(value)), isNullable: true,
            [CollectAggregates.counts(1, value)]
        ) { (parts, groups, count) throws(AggregateError) in
            let sorted = try SortedCounts(parts[0], value, groups, count, isDescending: isDescending)
            return asked.column(sorted, of: try answers(sorted, asked.values))
        }
    }

    private static func withoutOrder(_ call: FunctionCall) throws(FunctionError) -> AggregateShape {
        throw FunctionError(
            "INVALID_WITHIN_GROUP_EXPRESSION.WITHIN_GROUP_MISSING", "\(call.name) needs WITHIN GROUP",
            hint: "write \(call.name)(...) WITHIN GROUP (ORDER BY ...)")
    }

    // MARK: Answers

    /// The smallest values that so large parts of the values do not exceed.
    private static func picked(_ sorted: SortedCounts, _ percentages: [Double]) -> ColumnVector {
        var places: [Int32] = []
        for group in 0..<sorted.groupCount {
            for percentage in percentages {
                let total = sorted.total(group)
                let rank = max(1, (percentage * Double(total)).rounded(.up))
                places.append(Int32(truncatingIfNeeded: sorted.place(group, ofRank: Int64(rank))))
            }
        }
        return sorted.values(at: places)
    }

    /// The values at fractions of the way from the first to the last.
    private static func interpolated(
        _ sorted: SortedCounts, _ percentages: [Double]
    ) throws(AggregateError) -> ColumnVector {
        let count = sorted.groupCount * percentages.count
        let values = Buffer.zeroed(capacity: count * 8)
        let out = values.pointer(as: Double.self)
        let type = whole(sorted.values.type)
        let number = numbers(sorted.values)
        let months = values.pointer(as: Int32.self)
        let microseconds = values.pointer(as: Int64.self)
        return nullableColumn(type, values, count) { row in
            let group = row / percentages.count
            guard !sorted.isEmpty(group) else { return false }
            let position = percentages[row % percentages.count] * Double(sorted.total(group) - 1)
            let (low, high) = (position.rounded(.down), position.rounded(.up))
            let lower = number(sorted.place(group, ofPosition: low))
            let higher = number(sorted.place(group, ofPosition: high))
            let value = low == high || lower == higher ? lower : lower + (higher - lower) * (position - low)
            switch type {
            case .yearMonthInterval: months[row] = Int32(clamping: Int64(value))
            // What is nearest to the longest interval is it.
            case .time: microseconds[row] = Int64(value)
            case .dayTimeInterval: microseconds[row] = value >= 0x1p63 ? .max : Int64(max(value, -0x1p63))
            default: out[row] = value
            }
            return true
        }
    }

    /// The values as numbers by their place.
    private static func numbers(_ values: ColumnVector) -> (Int) -> Double {
        switch values.type {
        case .yearMonthInterval:
            let months = values.slots(as: Int32.self)
            return { Double(months[$0]) }
        case .dayTimeInterval, .time:
            let microseconds = values.slots(as: Int64.self)
            return { Double(microseconds[$0]) }
        default:
            let doubles = values.slots(as: Double.self)
            return { doubles[$0] }
        }
    }
}

/// The different values of some groups in order, with how many values come up to each.
struct SortedCounts {
    /// The values of all groups one after the other.
    let values: ColumnVector
    private let order: UnsafePointer<Int32>
    private let selection: Selection
    /// Where each group's values begin; one more than there are groups.
    private let starts: [Int]
    /// How many values of its group come up to each one, in order.
    private let sums: [Int64]

    init(
        _ accumulator: Accumulator, _ type: DataType, _ groups: UnsafePointer<UInt32>, _ count: Int,
        isDescending: Bool = false
    ) throws(AggregateError) {
        let counts = Accumulator.cast(accumulator, CountsAccumulator.self).counts
        let arrays = try CollectAggregates.known(counts.arrays(of: type, groups, count))
        let lists = ListElements(arrays)
        var numbers: [Int64] = []
        var starts = [0]
        for row in 0..<count {
            var cursor = counts.start(Int(groups[row]))
            while let (_, number) = counts.nextCounted(&cursor) {
                guard number >= 0 else { throw .negativeFrequency }
                numbers.append(number)
            }
            starts.append(numbers.count)
        }
        let order = lists.order(SortDirection(isAscending: !isDescending))
        var sums: [Int64] = []
        sums.reserveCapacity(numbers.count)
        for group in 0..<count {
            var sum: Int64 = 0
            for place in starts[group]..<starts[group + 1] {
                let (next, overflow) = sum.addingReportingOverflow(numbers[Int(order.pointer[place])])
                guard !overflow else { throw .overflow("a count of values", .long) }
                sum = next
                sums.append(sum)
            }
        }
        values = lists.children[0]
        selection = order
        self.order = order.pointer
        self.starts = starts
        self.sums = sums
    }

    /// How many groups there are.
    var groupCount: Int { starts.count - 1 }

    /// Whether a group has no values.
    func isEmpty(_ group: Int) -> Bool { starts[group] == starts[group + 1] }

    /// How many values a group has, each as often as it came.
    func total(_ group: Int) -> Int64 { isEmpty(group) ? 0 : sums[starts[group + 1] - 1] }

    /// Calls `body` with where each different value of a group is, in order, and how often it came.
    func each(_ group: Int, _ body: (_ place: Int, _ count: Int64) -> Void) {
        var before: Int64 = 0
        for index in starts[group]..<starts[group + 1] {
            body(Int(order[index]), sums[index] - before)
            before = sums[index]
        }
    }

    /// Where in `values` a group's value at a whole position from 0 is: as a double 2^63 may come of fewer values.
    func place(_ group: Int, ofPosition position: Double) -> Int {
        place(group, ofRank: Int64(min(position, (0x1p63).nextDown)) + 1)
    }

    /// Where in `values` a group's value with a rank from 1 is; behind all for a group without values.
    func place(_ group: Int, ofRank rank: Int64) -> Int {
        guard !isEmpty(group) else { return values.count }
        var (low, high) = (starts[group], starts[group + 1] - 1)
        while low < high {
            let middle = (low + high) / 2
            if sums[middle] >= rank { high = middle } else { low = middle + 1 }
        }
        return Int(order[low])
    }

    /// The values at some places, NULL behind the last.
    func values(at places: [Int32]) -> ColumnVector {
        TakeKernel.takeOrNull(values, Selection(places))
    }
}

extension Value {
    /// A number as DOUBLE.
    var number: Double? {
        switch self {
        case .byte(let value): Double(value)
        case .short(let value): Double(value)
        case .integer(let value): Double(value)
        case .long(let value): Double(value)
        case .float(let value): Double(value)
        case .double(let value): value
        case .decimal(let unscaled, let scale): Double("\(unscaled)e-\(scale)")
        default: nil
        }
    }

    /// An integer as BIGINT.
    var wholeNumber: Int64? {
        switch self {
        case .byte(let value): Int64(value)
        case .short(let value): Int64(value)
        case .integer(let value): Int64(value)
        case .long(let value): value
        default: nil
        }
    }
}

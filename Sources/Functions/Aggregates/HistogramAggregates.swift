// Histograms with bins of different widths, as Ben-Haim and Yom-Tov make them.

import Columns

enum HistogramAggregates {
    static let all: [AggregateDefinition] = [
        AggregateDefinition(
            "histogram_numeric", "histogram_numeric(number, bins)",
            "an array of so many bins at most, each with its centre x and how many values y it stands for", 2...2
        ) { (call) throws(FunctionError) in
            let bins = try bins(call)
            let type: DataType
            switch call.type(0) {
            case .string, .null: type = .double
            case .boolean, .binary, .variant, .array, .map, .structure: throw call.unexpected(0, "a number or a time")
            default: type = call.type(0)
            }
            let bin = DataType.structure([
                Field("x", type, isNullable: true), Field("y", .double, isNullable: true),
            ])
            let result = DataType.array(bin, containsNull: true)
            return .parts([type, .integer], result, isNullable: true, [CollectAggregates.counts(0, type)]) {
                (parts, groups, count) throws(AggregateError) in
                try histograms(try SortedCounts(parts[0], type, groups, count), type, bins, result)
            }
        }
    ]

    private static func bins(_ call: FunctionCall) throws(FunctionError) -> Int {
        guard let bins = call.arguments[1].constant?.wholeNumber else {
            throw FunctionError(
                "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", "the number of bins of \(call.name) must be a constant INT")
        }
        guard (2...Int64(Int32.max)).contains(bins) else {
            throw FunctionError(
                "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE", "\(call.name) takes 2 bins or more, not \(bins)")
        }
        return Int(bins)
    }

    /// The histogram of each group: its values are taken in from the smallest on, so that neither their order nor the
    /// number of workers changes it.
    private static func histograms(
        _ sorted: SortedCounts, _ type: DataType, _ most: Int, _ result: DataType
    ) throws(AggregateError) -> ColumnVector {
        let numbers = try doubles(sorted.values)
        let slots = numbers.slots(as: Double.self)
        var (centres, heights): ([Double], [Double]) = ([], [])
        let count = sorted.groupCount
        let offsets = Buffer(capacity: (count + 1) * 4)
        let out = offsets.pointer(as: UInt32.self)
        out[0] = 0
        let valid = Buffer.zeroed(capacity: Bitmap.byteCount(count))
        var histogram = Histogram(most: most)
        for group in 0..<count {
            if !sorted.isEmpty(group) {
                Bitmap.set(valid.pointer(as: UInt8.self), group)
                histogram.clear()
                sorted.each(group) { place, number in histogram.add(slots[place], Double(number)) }
                centres += histogram.centres
                heights += histogram.heights
            }
            out[group + 1] = UInt32(truncatingIfNeeded: centres.count)
        }
        let validity = Validity(bits: valid, count: count)
        guard case .array(let bin, _) = result else { preconditionFailure("a histogram is an array") }
        let bins = ColumnVector(
            type: bin, count: centres.count, children: [try values(column(centres), type), column(heights)])
        return ColumnVector(
            type: result, count: count, validity: validity.bits, nullCount: validity.nullCount, starts: offsets,
            children: [bins])
    }

    private static func column(_ numbers: [Double]) -> ColumnVector {
        let values = Buffer(capacity: max(1, numbers.count) * 8)
        let out = values.pointer(as: Double.self)
        for (place, number) in numbers.enumerated() { out[place] = number }
        return ColumnVector(type: .double, count: numbers.count, values: values)
    }

    /// Values as numbers: times by their days, microseconds or months.
    private static func doubles(_ column: ColumnVector) throws(AggregateError) -> ColumnVector {
        if column.type == .double { return column }
        let plain: ColumnVector
        switch column.type {
        case .date, .yearMonthInterval: plain = column.reinterpreted(as: .integer)
        case .timestamp, .timestampNTZ, .time, .dayTimeInterval: plain = column.reinterpreted(as: .long)
        default: plain = column
        }
        return try cast(plain, to: .double)
    }

    /// Numbers as values of a type, without what is behind the point.
    private static func values(_ numbers: ColumnVector, _ type: DataType) throws(AggregateError) -> ColumnVector {
        switch type {
        case .double: return numbers
        case .float, .decimal: return try cast(numbers, to: type)
        default:
            let slots = numbers.slots(as: Double.self)
            let longs = Loops.slots(.long, [numbers], as: Int64.self) { row in
                Int64(exactly: slots[row].rounded(.towardZero)) ?? (slots[row] < 0 ? .min : .max)
            }
            switch type {
            case .date, .yearMonthInterval: return try cast(longs, to: .integer).reinterpreted(as: type)
            case .byte, .short, .integer: return try cast(longs, to: type)
            default: return longs.reinterpreted(as: type)
            }
        }
    }

    /// A cast of what lies between values of the type.
    private static func cast(_ column: ColumnVector, to type: DataType) throws(AggregateError) -> ColumnVector {
        do throws(KernelError) {
            return try CastKernel.cast(column, to: type, isTry: true)
        } catch {
            throw AggregateError(code: error.code, message: error.message, hint: error.hint ?? "cast the argument")
        }
    }
}

/// One histogram: of bins beyond the most the two nearest are merged. Which of several that are equally near is chosen
/// by chance in Spark, by the numbers of a generator with a fixed seed: here by the same.
private struct Histogram {
    private(set) var centres: [Double] = []
    private(set) var heights: [Double] = []
    private let most: Int
    private var chance = JavaRandom(seed: 31183)

    init(most: Int) { self.most = most }

    mutating func clear() {
        centres.removeAll(keepingCapacity: true)
        heights.removeAll(keepingCapacity: true)
        chance = JavaRandom(seed: 31183)
    }

    /// Takes in a value above all others.
    mutating func add(_ value: Double, _ count: Double) {
        centres.append(value)
        heights.append(count)
        guard centres.count > most else { return }
        var (nearest, distance, ties) = (0, centres[1] - centres[0], 1)
        for place in 1..<(centres.count - 1) {
            let next = centres[place + 1] - centres[place]
            if next < distance {
                (nearest, distance, ties) = (place, next, 1)
            } else if next == distance {
                ties += 1
                if chance.nextDouble() <= 1 / Double(ties) { nearest = place }
            }
        }
        let height = heights[nearest] + heights[nearest + 1]
        // In the order in which Spark computes it: else the last bit differs.
        centres[nearest] =
            centres[nearest] * (heights[nearest] / height) + centres[nearest + 1] / height * heights[nearest + 1]
        heights[nearest] = height
        centres.remove(at: nearest + 1)
        heights.remove(at: nearest + 1)
    }
}

/// The numbers of `java.util.Random`.
private struct JavaRandom {
    private var state: Int64

    init(seed: Int64) { state = (seed ^ 0x5_DEEC_E66D) & 0xffff_ffff_ffff }

    private mutating func next(_ bits: Int64) -> Int64 {
        state = (state &* 0x5_DEEC_E66D &+ 11) & 0xffff_ffff_ffff
        return state >> (48 - bits)
    }

    /// From 0 up to 1.
    mutating func nextDouble() -> Double { Double(next(26) << 27 + next(27)) * 0x1p-53 }
}

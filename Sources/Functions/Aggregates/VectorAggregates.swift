// Sums and means of vectors, element by element.

import Columns

enum VectorAggregates {
    static let all: [AggregateDefinition] = [
        aggregate("vector_sum", "the sum of vectors of FLOAT, element by element", isMean: false),
        aggregate("vector_avg", "the mean of vectors of FLOAT, element by element", isMean: true),
    ]

    private static func aggregate(_ name: String, _ summary: String, isMean: Bool) -> AggregateDefinition {
        AggregateDefinition(name, "\(name)(vector)", summary, 1...1) { (call) throws(FunctionError) in
            guard case .array(.float, _) = call.type(0) else { throw call.unexpected(0, "ARRAY<FLOAT>") }
            let result = DataType.array(.float, containsNull: false)
            let kind = AccumulatorKind("vector", [0], [call.type(0)]) { VectorAccumulator() }
            return .parts([call.type(0)], result, isNullable: true, [kind]) {
                (parts, groups, count) throws(AggregateError) in
                try Accumulator.cast(parts[0], VectorAccumulator.self)
                    .vectors(groups, count, result, isMean: isMean, name: name)
            }
        }
    }
}

/// Keeps the sums of the elements of vectors as DOUBLE. Vectors with a NULL among their elements are left out.
final class VectorAccumulator: Accumulator {
    private let sums = GroupRuns()
    private let counts = GroupSlots(.long)
    /// 1 where vectors of several dimensions have come.
    private let differ = GroupSlots(.byte)

    init() { super.init([sums, counts, differ]) }

    /// The sums of a group for vectors of so many elements, `nil` where those before had others.
    @inline(__always)
    private func sums(_ group: Int, _ elements: Int) -> UnsafeMutableRawPointer? {
        if let known = sums.run(group), known.count != 8 * elements {
            differ.pointer(as: UInt8.self)[group] = 1
            return nil
        }
        return UnsafeMutableRawPointer(sums.bytes(group, count: 8 * elements))
    }

    @inline(__always)
    private static func add(_ number: Double, to sums: UnsafeMutableRawPointer, _ place: Int) {
        let before = sums.loadUnaligned(fromByteOffset: 8 &* place, as: Double.self)
        sums.storeBytes(of: before + number, toByteOffset: 8 &* place, as: Double.self)
    }

    override func update(_ groups: UnsafePointer<UInt32>, _ count: Int, _ inputs: [ColumnVector]) {
        let column = inputs[0].materialized()
        let lists = ListRows(column)
        let elements = column.children[0].materialized()
        let values = elements.slots(as: Float.self)
        let known = elements.nullCount > 0 ? elements.validityBits : nil
        for row in 0..<count where lists.isValid(row) {
            let range = lists[row]
            var isWhole = true
            if known != nil { for element in range where !Loops.isValid(known, element) { isWhole = false } }
            let group = Int(groups[row])
            guard isWhole, let sums = sums(group, range.count) else { continue }
            for place in 0..<range.count {
                Self.add(Double(values[range.lowerBound &+ place]), to: sums, place)
            }
            counts.pointer(as: Int64.self)[group] += 1
        }
    }

    override func merge(
        _ other: Accumulator, from: UnsafePointer<UInt32>, into: UnsafePointer<UInt32>, count: Int
    ) {
        let other = Accumulator.cast(other, VectorAccumulator.self)
        for row in 0..<count {
            let (theirs, group) = (Int(from[row]), Int(into[row]))
            differ.pointer(as: UInt8.self)[group] |= other.differ.pointer(as: UInt8.self)[theirs]
            guard let run = other.sums.run(theirs), let sums = sums(group, run.count / 8) else { continue }
            let numbers = UnsafeRawPointer(run.baseAddress)
            for place in 0..<(run.count / 8) {
                guard let number = numbers?.loadUnaligned(fromByteOffset: 8 &* place, as: Double.self) else { break }
                Self.add(number, to: sums, place)
            }
            counts.pointer(as: Int64.self)[group] += other.counts.pointer(as: Int64.self)[theirs]
        }
    }

    /// The sums or means of some groups; NULL for groups without vectors.
    func vectors(
        _ groups: UnsafePointer<UInt32>, _ count: Int, _ type: DataType, isMean: Bool, name: String
    ) throws(AggregateError) -> ColumnVector {
        let offsets = Buffer(capacity: (count + 1) * 4)
        let starts = offsets.pointer(as: UInt32.self)
        starts[0] = 0
        let valid = Buffer.zeroed(capacity: Bitmap.byteCount(count))
        var elements = 0
        for row in 0..<count {
            let group = Int(groups[row])
            guard differ.pointer(as: UInt8.self)[group] == 0 else {
                throw AggregateError(
                    code: "VECTOR_DIMENSION_MISMATCH", message: "\(name) has met vectors of different dimensions",
                    hint: "leave those of another length out with FILTER")
            }
            if let run = sums.run(group) {
                Bitmap.set(valid.pointer(as: UInt8.self), row)
                elements += run.count / 8
            }
            starts[row + 1] = UInt32(truncatingIfNeeded: elements)
        }
        let values = Buffer.zeroed(capacity: elements * 4)
        let out = values.pointer(as: Float.self)
        for row in 0..<count {
            guard let run = sums.run(Int(groups[row])), let start = run.baseAddress else { continue }
            let numbers = UnsafeRawPointer(start)
            let divisor = isMean ? Double(counts.pointer(as: Int64.self)[Int(groups[row])]) : 1
            for place in 0..<(run.count / 8) {
                let sum = numbers.loadUnaligned(fromByteOffset: 8 &* place, as: Double.self)
                out[Int(starts[row]) + place] = Float(sum / divisor)
            }
        }
        let validity = Validity(bits: valid, count: count)
        return ColumnVector(
            type: type, count: count, validity: validity.bits, nullCount: validity.nullCount, starts: offsets,
            children: [ColumnVector(type: .float, count: elements, values: values)])
    }
}

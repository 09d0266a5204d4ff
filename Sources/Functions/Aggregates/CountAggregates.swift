// How many: count, and what is written in terms of it.

import Columns

enum CountAggregates {
    static let all: [AggregateDefinition] = [
        AggregateDefinition(
            "count", "count(value, ...)", "how many rows have no NULL in these values; count(*) counts all rows",
            0...Int.max
        ) { call in
            let types = call.arguments.map(\.type)
            let kind = AccumulatorKind("count", Array(types.indices), types) { CountAccumulator() }
            return .parts(types, .long, isNullable: false, [kind]) { parts, groups, count in
                ColumnVector(
                    type: .long, count: count,
                    values: Accumulator.cast(parts[0], CountAccumulator.self).counts.gathered(groups, count))
            }
        },
        AggregateDefinition(
            "count_if", "count_if(condition)", "for how many rows the condition is true", 1...1
        ) { (call) throws(FunctionError) in
            guard [.boolean, .null].contains(call.type(0)) else { throw call.unexpected(0, "BOOLEAN") }
            return .rewrite(
                .call(
                    "count",
                    [.choose(.argument(0), then: .literal(.boolean(true), .boolean), otherwise: .null)]))
        },
    ]

    /// The values of one argument, counted.
    static func kind(_ input: Int, _ type: DataType) -> AccumulatorKind {
        AccumulatorKind("count", [input], [type]) { CountAccumulator() }
    }
}

/// Counts rows, or rows with a value in every input.
final class CountAccumulator: Accumulator {
    let counts = GroupSlots(.long)

    init() { super.init([counts]) }

    override func update(_ groups: UnsafePointer<UInt32>, _ count: Int, _ inputs: [ColumnVector]) {
        if inputs.contains(where: { $0.type == .null }) { return }
        let counts = counts.pointer(as: Int64.self)
        let validity = ValidityKernel.all(inputs, count: count)
        guard let bits = validity.pointer else {
            for row in 0..<count { counts[Int(groups[row])] &+= 1 }
            return
        }
        for row in 0..<count { counts[Int(groups[row])] &+= Int64(validBit(bits, row)) }
    }

    override func updateOne(_ group: Int, _ count: Int, _ inputs: [ColumnVector]) -> Bool {
        if inputs.contains(where: { $0.type == .null }) { return true }
        counts.pointer(as: Int64.self)[group] += Int64(count - ValidityKernel.all(inputs, count: count).nullCount)
        return true
    }

    override func merge(
        _ other: Accumulator, from: UnsafePointer<UInt32>, into: UnsafePointer<UInt32>, count: Int
    ) {
        let counts = counts.pointer(as: Int64.self)
        let others = Accumulator.cast(other, CountAccumulator.self).counts.pointer(as: Int64.self)
        for row in 0..<count { counts[Int(into[row])] &+= others[Int(from[row])] }
    }
}

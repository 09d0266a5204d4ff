// AND, OR and XOR of the bits of integers.

import Columns

enum BitAggregates {
    static let all: [AggregateDefinition] = [
        bits("bit_and", "the bits that all values have", .and), bits("bit_or", "the bits that a value has", .or),
        bits("bit_xor", "the bits that an odd number of values have", .xor),
    ]

    private static func bits(
        _ name: String, _ summary: String, _ operation: BitAccumulator.Operation
    ) -> AggregateDefinition {
        AggregateDefinition(name, "\(name)(number)", summary, 1...1) { (call) throws(FunctionError) in
            guard call.type(0).isIntegral || call.type(0) == .null else { throw call.unexpected(0, "an integer") }
            let type = call.type(0) == .null ? .long : call.type(0)
            let kind = AccumulatorKind(name, [0], [type]) { BitAccumulator(operation) }
            return .parts([type], type, isNullable: true, [kind]) { parts, groups, count in
                let longs = Accumulator.cast(parts[0], BitAccumulator.self).column(groups, count)
                guard type != .long else { return longs }
                // The value has the width of the inputs: nothing is lost.
                guard let narrow = try? CastKernel.cast(longs, to: type) else {
                    preconditionFailure("the bits of \(type) are no \(type)")
                }
                return narrow
            }
        }
    }
}

/// Keeps the bits of integers as BIGINT.
final class BitAccumulator: Accumulator {
    enum Operation: Sendable {
        case and, or, xor
    }

    private let bits = GroupSlots(.long)
    private let seen = GroupSlots(.byte)
    private let operation: Operation

    init(_ operation: Operation) {
        self.operation = operation
        super.init([bits, seen])
    }

    @inline(__always)
    private func take(_ value: Int64, _ group: Int) {
        let bits = bits.pointer(as: Int64.self)
        let seen = seen.pointer(as: UInt8.self)
        guard seen[group] != 0 else {
            seen[group] = 1
            bits[group] = value
            return
        }
        switch operation {
        case .and: bits[group] &= value
        case .or: bits[group] |= value
        case .xor: bits[group] ^= value
        }
    }

    override func update(_ groups: UnsafePointer<UInt32>, _ count: Int, _ inputs: [ColumnVector]) {
        let values = Rank.column(inputs[0])
        let numbers = values.pointer(as: Int64.self)
        let validity = inputs[0].validityBits
        for row in 0..<count where Loops.isValid(validity, row) { take(numbers[row], Int(groups[row])) }
    }

    override func merge(
        _ other: Accumulator, from: UnsafePointer<UInt32>, into: UnsafePointer<UInt32>, count: Int
    ) {
        let other = Accumulator.cast(other, BitAccumulator.self)
        let theirs = other.bits.pointer(as: Int64.self)
        let seen = other.seen.pointer(as: UInt8.self)
        for row in 0..<count where seen[Int(from[row])] != 0 { take(theirs[Int(from[row])], Int(into[row])) }
    }

    /// The bits of some groups.
    func column(_ groups: UnsafePointer<UInt32>, _ count: Int) -> ColumnVector {
        let seen = seen.pointer(as: UInt8.self)
        return nullableColumn(.long, bits.gathered(groups, count), count) { seen[Int(groups[$0])] != 0 }
    }
}

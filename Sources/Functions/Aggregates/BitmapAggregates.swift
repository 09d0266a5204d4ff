// Bitmaps of 4 KiB: of positions, and of other bitmaps.

import Columns

enum BitmapAggregates {
    /// Bytes of a bitmap.
    static let size = 4096

    static let all: [AggregateDefinition] = [
        AggregateDefinition(
            "bitmap_construct_agg", "bitmap_construct_agg(position)",
            "a bitmap of 4 KiB of the positions, as bitmap_bit_position gives them", 1...1
        ) { (call) throws(FunctionError) in
            guard call.type(0).isNumeric || [.string, .null].contains(call.type(0)) else {
                throw call.unexpected(0, "BIGINT")
            }
            return parts(.long, .construct)
        },
        combined("bitmap_or_agg", "the bits that a bitmap has, in 4 KiB", .or),
        combined("bitmap_and_agg", "the bits that all bitmaps have, in 4 KiB", .and),
    ]

    private static func combined(
        _ name: String, _ summary: String, _ operation: BitmapAccumulator.Operation
    ) -> AggregateDefinition {
        AggregateDefinition(name, "\(name)(bitmap)", summary, 1...1) { (call) throws(FunctionError) in
            guard [.binary, .null].contains(call.type(0)) else { throw call.unexpected(0, "BINARY") }
            return parts(.binary, operation)
        }
    }

    private static func parts(_ type: DataType, _ operation: BitmapAccumulator.Operation) -> AggregateShape {
        let kind = AccumulatorKind("bitmap \(operation)", [0], [type]) { BitmapAccumulator(operation) }
        return .parts([type], .binary, isNullable: false, [kind]) { (parts, groups, count) throws(AggregateError) in
            try Accumulator.cast(parts[0], BitmapAccumulator.self).bitmaps(groups, count)
        }
    }
}

/// Keeps a bitmap for each group.
final class BitmapAccumulator: Accumulator {
    enum Operation: Sendable {
        case construct, or, and
    }

    private let bitmaps = GroupRuns()
    /// A position that no bitmap has, the lowest of several; 0 where there was none.
    private let outside = GroupSlots(.long)
    private let operation: Operation

    init(_ operation: Operation) {
        self.operation = operation
        super.init([bitmaps, outside])
    }

    private func note(_ position: Int64, _ group: Int) {
        let outside = outside.pointer(as: Int64.self)
        outside[group] = outside[group] == 0 ? position : min(outside[group], position)
    }

    /// Takes a bitmap into a group's; what is missing at its end is zeros.
    private func combine(_ bitmap: UnsafeBufferPointer<UInt8>, _ group: Int) {
        let size = BitmapAggregates.size
        let isFirst = bitmaps.run(group) == nil
        let mine = bitmaps.bytes(group, count: size)
        let count = min(bitmap.count, size)
        if operation == .and, !isFirst {
            for place in 0..<count { mine[place] &= bitmap[place] }
            for place in count..<size { mine[place] = 0 }
        } else {
            for place in 0..<count { mine[place] |= bitmap[place] }
        }
    }

    override func update(_ groups: UnsafePointer<UInt32>, _ count: Int, _ inputs: [ColumnVector]) {
        let validity = inputs[0].validityBits
        guard operation == .construct else {
            let runs = Runs(inputs[0])
            for row in 0..<count where Loops.isValid(validity, row) { combine(runs[row], Int(groups[row])) }
            return
        }
        let positions = inputs[0].slots(as: Int64.self)
        for row in 0..<count where Loops.isValid(validity, row) {
            let (position, group) = (positions[row], Int(groups[row]))
            guard position >= 0, position < 8 * Int64(BitmapAggregates.size) else {
                note(position, group)
                continue
            }
            bitmaps.bytes(group, count: BitmapAggregates.size)[Int(position) &>> 3] |=
                1 &<< UInt8(truncatingIfNeeded: position & 7)
        }
    }

    override func merge(
        _ other: Accumulator, from: UnsafePointer<UInt32>, into: UnsafePointer<UInt32>, count: Int
    ) {
        let other = Accumulator.cast(other, BitmapAccumulator.self)
        for row in 0..<count {
            if let run = other.bitmaps.run(Int(from[row])) { combine(run, Int(into[row])) }
            let position = other.outside.pointer(as: Int64.self)[Int(from[row])]
            if position != 0 { note(position, Int(into[row])) }
        }
    }

    /// The bitmaps of some groups: without bits where nothing came, and for AND with all.
    func bitmaps(_ groups: UnsafePointer<UInt32>, _ count: Int) throws(AggregateError) -> ColumnVector {
        let none = [UInt8](repeating: operation == .and ? 255 : 0, count: BitmapAggregates.size)
        var builder = BytesBuilder(type: .binary, capacity: count)
        for row in 0..<count {
            let group = Int(groups[row])
            let position = outside.pointer(as: Int64.self)[group]
            guard position == 0 else {
                throw AggregateError(
                    code: "INVALID_BITMAP_POSITION",
                    message: "the position \(position) is not one of a bitmap, which go from 0 to 32767",
                    hint: "use bitmap_bit_position, and group by bitmap_bucket_number")
            }
            if let run = bitmaps.run(group) {
                builder.append(run.baseAddress, count: run.count)
            } else {
                none.withUnsafeBufferPointer { builder.append($0.baseAddress, count: $0.count) }
            }
        }
        return builder.finish()
    }
}

// CASE and IF: takes each row from one of several columns.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Chooses between columns row by row.
package enum ChooseKernel {
    /// `then` where the condition is true, `otherwise` where it is false or NULL. Both have one type, or are bare
    /// NULLs; each may be constant.
    package static func choose(
        condition: ColumnVector, then: ColumnVector, otherwise: ColumnVector
    ) -> ColumnVector {
        choose([condition], [then, otherwise])
    }

    /// For each row the result of the first condition that is true, or the last result, which has no condition, where
    /// none is. Results have one type, or are bare NULLs; each may be constant.
    package static func choose(_ conditions: [ColumnVector], _ results: [ColumnVector]) -> ColumnVector {
        precondition(results.count == conditions.count + 1, "each condition has a result, and one is for the others")
        let count = results[0].count
        precondition(results.allSatisfy { $0.count == count }, "columns of one batch are equally long")
        if results.count > ChoiceMasks.most {
            let kept = ChoiceMasks.most - 1
            let others = choose(Array(conditions[kept...]), Array(results[kept...]))
            return choose(Array(conditions[..<kept]), results[..<kept] + [others])
        }
        let type = results.first { $0.type != .null }?.type ?? .null
        let masks = ChoiceMasks(conditions, count: count)
        return choose(masks, results.map { $0.type == .null ? NullKernels.nulls(type: type, count: count) : $0 }, type)
    }

    private static func choose(_ masks: ChoiceMasks, _ results: [ColumnVector], _ type: DataType) -> ColumnVector {
        let count = masks.count
        let validity =
            results.allSatisfy { $0.validity == nil }
            ? Validity.allValid : Validity(bits: masks.merged(results.map(\.validityBits)), count: count)
        func fixed(_ values: Buffer) -> ColumnVector {
            ColumnVector(
                type: type, count: count, validity: validity.bits, nullCount: validity.nullCount, values: values)
        }
        switch type.layout {
        case .none: return results[0]
        case .bits:
            let flat = results.map { $0.materialized() }
            return withExtendedLifetime(flat) { fixed(masks.merged(flat.map(\.bits))) }
        case .fixed8: return fixed(slots(masks, results, as: UInt8.self))
        case .fixed16: return fixed(slots(masks, results, as: UInt16.self))
        case .fixed32: return fixed(slots(masks, results, as: UInt32.self))
        case .fixed64: return fixed(slots(masks, results, as: UInt64.self))
        case .fixed128: return fixed(slots(masks, results, as: UInt128.self))
        case .bytes:
            return isOfConstants(results)
                ? constantRuns(masks, results, type, validity) : runs(masks, results, type, validity)
        case .list: return lists(masks, results)
        case .structure:
            let flat = results.map { $0.materialized() }
            return ColumnVector(
                type: type, count: count, validity: validity.bits, nullCount: validity.nullCount,
                children: type.childTypes.enumerated().map { index, type in
                    choose(masks, flat.map { $0.children[index] }, type)
                })
        }
    }

    /// Whether each column is one value for all rows, or NULL in all.
    private static func isOfConstants(_ columns: [ColumnVector]) -> Bool {
        columns.allSatisfy { $0.isConstant || $0.nullCount == $0.count }
    }

    // MARK: Fixed width

    private static func slots<T: FixedWidthInteger & BitwiseCopyable>(
        _ masks: ChoiceMasks, _ columns: [ColumnVector], as _: T.Type
    ) -> Buffer {
        let count = masks.count
        let values = Buffer(capacity: count * MemoryLayout<T>.stride)
        let out = values.pointer(as: T.self)
        let placeBuffer = masks.places()
        let places = UnsafePointer(placeBuffer.pointer(as: UInt8.self))
        defer { withExtendedLifetime((placeBuffer, columns)) {} }
        if isOfConstants(columns) {
            withTable(columns.map { $0.isConstant ? ConstantSlot<T>($0).value : 0 }) { table in
                for row in 0..<count { out[row] = table[Int(places[row])] }
            }
        } else if columns.count > 2 {
            withTable(columns.map { AnySlots<T>($0) }) { table in
                for row in 0..<count { out[row] = table[Int(places[row])][row] }
            }
        } else if columns[0].isConstant {
            blend(places, ConstantSlot<T>(columns[0]), ColumnSlots<T>(columns[1]), count, out)
        } else if columns[1].isConstant {
            blend(places, ColumnSlots<T>(columns[0]), ConstantSlot<T>(columns[1]), count, out)
        } else {
            blend(places, ColumnSlots<T>(columns[0]), ColumnSlots<T>(columns[1]), count, out)
        }
        return values
    }

    /// Two columns, without a jump and several rows at once.
    @inline(__always)
    private static func blend<A: SlotReader, B: SlotReader>(
        _ places: UnsafePointer<UInt8>, _ a: A, _ b: B, _ count: Int, _ out: UnsafeMutablePointer<A.Slot>
    ) where A.Slot == B.Slot, A.Slot: FixedWidthInteger {
        for row in 0..<count {
            let mask = 0 &- A.Slot(truncatingIfNeeded: places[row])
            out[row] = (a[row] & ~mask) | (b[row] & mask)
        }
    }

    /// What is looked up by the number of a row's column, where reading it costs no more than the read.
    @inline(__always)
    private static func withTable<T>(_ entries: [T], _ body: (UnsafePointer<T>) -> Void) {
        entries.withUnsafeBufferPointer { if let start = $0.baseAddress { body(start) } }
    }

    // MARK: Texts and binaries

    /// Every row points at the one run of its value.
    private static func constantRuns(
        _ masks: ChoiceMasks, _ columns: [ColumnVector], _ type: DataType, _ validity: Validity
    ) -> ColumnVector {
        let ones = columns.map { $0.isConstant ? $0.physical : NullKernels.nulls(type: type, count: 1) }
        let values = ConcatKernel.concat(columns: ones)
        let count = masks.count
        let (starts, ends) = (Buffer(capacity: count * 4), Buffer(capacity: count * 4))
        let (outStarts, outEnds) = (starts.pointer(as: UInt32.self), ends.pointer(as: UInt32.self))
        let (fromStarts, fromEnds) = (values.starts, values.ends)
        let placeBuffer = masks.places()
        let places = placeBuffer.pointer(as: UInt8.self)
        for row in 0..<count {
            let place = Int(places[row])
            outStarts[row] = fromStarts[place]
            outEnds[row] = fromEnds[place]
        }
        withExtendedLifetime(placeBuffer) {}
        return ColumnVector(
            type: type, count: count, validity: validity.bits, nullCount: validity.nullCount, starts: starts,
            ends: ends, bytes: values.sharedBytes)
    }

    private static func runs(
        _ masks: ChoiceMasks, _ columns: [ColumnVector], _ type: DataType, _ validity: Validity
    ) -> ColumnVector {
        let count = masks.count
        let placeBuffer = masks.places()
        let places = UnsafePointer(placeBuffer.pointer(as: UInt8.self))
        let offsets = Buffer(capacity: (count + 1) * 4)
        let outOffsets = offsets.pointer(as: UInt32.self)
        outOffsets[0] = 0
        var bytes = Buffer(capacity: 0)
        withTable(columns.map { Runs($0) }) { table in
            var total = 0
            for row in 0..<count {
                total &+= table[Int(places[row])].length(row)
                outOffsets[row &+ 1] = UInt32(truncatingIfNeeded: total)
            }
            precondition(total <= Int(UInt32.max), "batches are bounded in bytes")
            bytes = Buffer(capacity: total)
            let out = bytes.address
            for row in 0..<count {
                let run = table[Int(places[row])][row]
                if let start = run.baseAddress { memcpy(out + Int(outOffsets[row]), start, run.count) }
            }
        }
        withExtendedLifetime((placeBuffer, columns)) {}
        return ColumnVector(
            type: type, count: count, validity: validity.bits, nullCount: validity.nullCount, starts: offsets,
            bytes: bytes)
    }

    // MARK: Arrays and maps

    /// Column by column from the last one on: puts two one after the other and picks from the whole.
    private static func lists(_ masks: ChoiceMasks, _ columns: [ColumnVector]) -> ColumnVector {
        let count = masks.count
        var chosen = columns[columns.count - 1]
        for number in columns.indices.dropLast().reversed() {
            let bits = masks.bits(of: number)
            let indices = Buffer(capacity: count * 4)
            let out = indices.pointer(as: Int32.self)
            for row in 0..<count { out[row] = Int32(truncatingIfNeeded: Bitmap.get(bits, row) ? row : count &+ row) }
            chosen = TakeKernel.take(
                ConcatKernel.concat(columns: [columns[number], chosen]), Selection(indices: indices, count: count))
        }
        return chosen
    }
}

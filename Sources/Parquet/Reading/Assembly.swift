// From levels to offsets and validity: the columns of a batch.

import Columns

extension ReadNode {
    /// The column of the batch; one that the file is without has `count` NULLs.
    func column(count: Int) throws(ParquetError) -> ColumnVector {
        switch kind {
        case .missing: return NullKernels.nulls(type: type, count: count)
        case .leaf(let reader):
            guard let column = try reader.column(), column.count == count else { throw mismatch }
            return column
        case .structure(let children):
            let validity = try structureValidity(count)
            var columns: [ColumnVector] = []
            for child in children { columns.append(try child.column(count: count)) }
            return ColumnVector(
                type: type, count: count, validity: validity.bits, nullCount: validity.nullCount, children: columns)
        case .array(let element): return try list(count, [element])
        case .map(let key, let value):
            let map = try list(count, [key, value])
            guard map.children[0].nullCount == 0 else {
                throw ParquetError(.damaged, "a map with a NULL key", column: levels?.path)
            }
            return map
        }
    }

    /// Fields of one group that don't agree on how often it is there.
    private var mismatch: ParquetError {
        ParquetError(.damaged, "levels that don't belong to those of the fields beside it", column: levels?.path)
    }

    private func structureValidity(_ count: Int) throws(ParquetError) -> Validity {
        guard let reader = levels else { return .allValid }
        let definition = definition
        if reader.leaf.maxRepetition == 0 {
            guard reader.entries == count else { throw mismatch }
            guard definition > 0 else { return .allValid }
            let levels = reader.definitions.levels
            let bits = Bitmap.filled(count: count) { out, _ in
                Bitmap.pack(count, into: out) { levels[$0] >= definition }
            }
            return Validity(bits: bits, count: count)
        }
        let (definitions, repetitions) = (reader.definitions.levels, reader.repetitions.levels)
        let buffer = Buffer.zeroed(capacity: Bitmap.byteCount(count))
        let bits = buffer.pointer(as: UInt8.self)
        let (least, most) = (slotDefinition, slotRepetition)
        var slot = 0
        for entry in 0..<reader.entries where definitions[entry] >= least && repetitions[entry] <= most {
            guard slot < count else { throw mismatch }
            if definitions[entry] >= definition { Bitmap.set(bits, slot) }
            slot &+= 1
        }
        guard slot == count else { throw mismatch }
        return Validity(bits: buffer, count: count)
    }

    private func list(_ count: Int, _ parts: [ReadNode]) throws(ParquetError) -> ColumnVector {
        guard let reader = levels else { throw mismatch }
        let (definitions, repetitions) = (reader.definitions.levels, reader.repetitions.levels)
        let offsets = Buffer(capacity: (count + 1) * 4)
        let starts = offsets.pointer(as: UInt32.self)
        let buffer = Buffer.zeroed(capacity: Bitmap.byteCount(count))
        let bits = buffer.pointer(as: UInt8.self)
        let (least, own) = (slotDefinition, definition)
        let (elementDefinition, elementRepetition) = (elementDefinition, elementRepetition)
        var slot = 0
        var elements = 0
        for entry in 0..<reader.entries {
            let (definition, repetition) = (definitions[entry], repetitions[entry])
            guard repetition <= elementRepetition else { continue }
            if repetition < elementRepetition, definition >= least {
                guard slot < count else { throw mismatch }
                starts[slot] = UInt32(truncatingIfNeeded: elements)
                if definition >= own { Bitmap.set(bits, slot) }
                slot &+= 1
            }
            elements &+= definition >= elementDefinition ? 1 : 0
        }
        guard slot == count else { throw mismatch }
        starts[count] = UInt32(truncatingIfNeeded: elements)
        let validity = Validity(bits: buffer, count: count)
        var children: [ColumnVector] = []
        for part in parts { children.append(try part.column(count: elements)) }
        return ColumnVector(
            type: type, count: count, validity: validity.bits, nullCount: validity.nullCount, starts: offsets,
            children: children)
    }
}

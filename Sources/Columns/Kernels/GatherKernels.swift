// Columns from rows of other columns: picked, repeated, appended.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

extension ColumnVector {
    /// The rows with these indices, in this order; an index may come several times. Strings, binaries, arrays and maps
    /// come in the view layout: their bytes and elements are shared, not copied.
    package func taking(_ indices: UnsafePointer<Int32>, count: Int) -> ColumnVector {
        let validity = takingValidity(indices, count: count)
        switch type {
        case .null: return ColumnVector.nulls(type, count: count)
        case .boolean:
            let buffer = takingBits(bits, indices, count: count)
            return ColumnVector(
                type: type, count: count, validity: validity.bits, nullCount: validity.nullCount, values: buffer)
        case .byte: return takingSlots(UInt8.self, indices, count, validity)
        case .short: return takingSlots(UInt16.self, indices, count, validity)
        case .integer, .float, .date: return takingSlots(UInt32.self, indices, count, validity)
        case .long, .double, .timestamp: return takingSlots(UInt64.self, indices, count, validity)
        case .decimal: return takingSlots(UInt128.self, indices, count, validity)
        case .string, .binary, .array, .map:
            let newStarts = Buffer(capacity: count * 4)
            let newEnds = Buffer(capacity: count * 4)
            let (p, q) = (newStarts.pointer(as: UInt32.self), newEnds.pointer(as: UInt32.self))
            let (from, to) = (starts, ends)
            for row in 0..<count {
                let index = Int(indices[row])
                p[row] = from[index]
                q[row] = to[index]
            }
            if let bytes {
                return ColumnVector(
                    type: type, count: count, validity: validity.bits, nullCount: validity.nullCount,
                    starts: newStarts, ends: newEnds, bytes: bytes)
            }
            return ColumnVector(
                type: type, count: count, validity: validity.bits, nullCount: validity.nullCount,
                starts: newStarts, ends: newEnds, children: children)
        case .structure:
            return ColumnVector(
                type: type, count: count, validity: validity.bits, nullCount: validity.nullCount,
                children: children.map { $0.taking(indices, count: count) })
        }
    }

    private func takingSlots<T: BitwiseCopyable>(
        _: T.Type, _ indices: UnsafePointer<Int32>, _ count: Int, _ validity: Validity
    ) -> ColumnVector {
        let buffer = Buffer(capacity: count * MemoryLayout<T>.stride)
        let out = buffer.pointer(as: T.self)
        let from = slots(as: T.self)
        for row in 0..<count { out[row] = from[Int(indices[row])] }
        return ColumnVector(
            type: type, count: count, validity: validity.bits, nullCount: validity.nullCount, values: buffer)
    }

    private func takingBits(_ bits: UnsafePointer<UInt8>, _ indices: UnsafePointer<Int32>, count: Int) -> Buffer {
        let buffer = Buffer(capacity: wordCount(count) * 8)
        let out = buffer.pointer(as: UInt64.self)
        for word in 0..<wordCount(count) {
            var collected: UInt64 = 0
            let base = word &* 64
            for bit in 0..<min(64, count - base) {
                let index = Int(indices[base &+ bit])
                let value = UInt64(truncatingIfNeeded: bits[index &>> 3] &>> UInt8(truncatingIfNeeded: index & 7)) & 1
                collected |= value &<< UInt64(truncatingIfNeeded: bit)
            }
            out[word] = collected
        }
        return buffer
    }

    private func takingValidity(_ indices: UnsafePointer<Int32>, count: Int) -> Validity {
        guard let validityBits else { return .allValid }
        return Validity(bits: takingBits(validityBits, indices, count: count), count: count)
    }

    // MARK: Constants

    /// A column of NULLs.
    package static func nulls(_ type: DataType, count: Int) -> ColumnVector {
        let validity = Buffer.zeroed(capacity: wordCount(count) * 8)
        switch type {
        case .string, .binary:
            return ColumnVector(
                type: type, count: count, validity: validity, nullCount: count,
                starts: Buffer.zeroed(capacity: (count + 1) * 4), bytes: Buffer.zeroed(capacity: 0))
        case .array(let element, _):
            return ColumnVector(
                type: type, count: count, validity: validity, nullCount: count,
                starts: Buffer.zeroed(capacity: (count + 1) * 4), children: [nulls(element, count: 0)])
        case .map(let key, let value, _):
            return ColumnVector(
                type: type, count: count, validity: validity, nullCount: count,
                starts: Buffer.zeroed(capacity: (count + 1) * 4), children: [nulls(key, count: 0), nulls(value, count: 0)])
        case .structure(let fields):
            return ColumnVector(
                type: type, count: count, validity: validity, nullCount: count,
                children: fields.map { nulls($0.type, count: count) })
        default:
            return ColumnVector(
                type: type, count: count, validity: validity, nullCount: count,
                values: Buffer.zeroed(capacity: count * (type.fixedWidth ?? 1)))
        }
    }

    /// One value in every row. Bytes are stored once.
    package static func broadcast(_ value: Value, type: DataType, count: Int) -> ColumnVector {
        if value.isNull { return nulls(type, count: count) }
        if count == 0 { return nulls(type, count: 0) }
        let one = ColumnVector.of([value], type: type)
        if case .structure = type {} else if count == 1 { return one }
        let indices = Buffer.zeroed(capacity: count * 4)
        return one.taking(UnsafePointer(indices.pointer(as: Int32.self)), count: count)
    }

    // MARK: Appending

    /// The rows of several columns of one type, one after the other.
    package static func concatenating(_ columns: [ColumnVector], type: DataType) -> ColumnVector {
        if columns.count == 1 { return columns[0] }
        let count = columns.reduce(0) { $0 + $1.count }
        if columns.isEmpty || type == .null { return nulls(type, count: count) }
        let validity = concatenatedBits(columns, count: count) { $0.validityBits }
        switch type {
        case .boolean:
            guard let bits = concatenatedBits(columns, count: count, { $0.bits }, needed: true) else {
                preconditionFailure("booleans have bits")
            }
            return ColumnVector(
                type: type, count: count, validity: validity, nullCount: columns.reduce(0) { $0 + $1.nullCount },
                values: bits)
        case .string, .binary: return concatenatedRuns(columns, type, count, validity)
        case .array, .map: return concatenatedLists(columns, type, count, validity)
        case .structure(let fields):
            let children = fields.indices.map { index in
                concatenating(columns.map { $0.children[index] }, type: fields[index].type)
            }
            return ColumnVector(
                type: type, count: count, validity: validity, nullCount: columns.reduce(0) { $0 + $1.nullCount },
                children: children)
        default:
            let width = type.fixedWidth ?? 1
            let buffer = Buffer(capacity: count * width)
            var used = 0
            for column in columns {
                memcpy(buffer.address + used, column.slots(as: UInt8.self), column.count * width)
                used += column.count * width
            }
            return ColumnVector(
                type: type, count: count, validity: validity, nullCount: columns.reduce(0) { $0 + $1.nullCount },
                values: buffer)
        }
    }

    private static func concatenatedBits(
        _ columns: [ColumnVector], count: Int, _ bits: (ColumnVector) -> UnsafePointer<UInt8>?, needed: Bool = false
    ) -> Buffer? {
        guard needed || columns.contains(where: { bits($0) != nil }) else { return nil }
        let buffer = Buffer.zeroed(capacity: wordCount(count) * 8 + 8)
        let out = buffer.pointer(as: UInt64.self)
        var position = 0
        for column in columns {
            let source = bits(column).map(words)
            for word in 0..<wordCount(column.count) {
                let value = (source?[word] ?? ~0) & wordMask(word, count: column.count)
                let shift = UInt64(truncatingIfNeeded: position & 63)
                out[position / 64] |= value &<< shift
                if shift > 0 { out[position / 64 + 1] |= value &>> (64 &- shift) }
                position += min(64, column.count - word * 64)
            }
        }
        return buffer
    }

    private static func concatenatedRuns(
        _ columns: [ColumnVector], _ type: DataType, _ count: Int, _ validity: Buffer?
    ) -> ColumnVector {
        var total = 0
        for column in columns {
            let (from, to) = (column.starts, column.ends)
            for row in 0..<column.count { total &+= Int(to[row] &- from[row]) }
        }
        precondition(total <= UInt32.max, "a column holds at most 4 GiB: batches are bounded long before")
        let offsets = Buffer(capacity: (count + 1) * 4)
        let bytes = Buffer(capacity: total)
        let out = offsets.pointer(as: UInt32.self)
        out[0] = 0
        var position = 0
        var used = 0
        for column in columns {
            let (from, to, source) = (column.starts, column.ends, column.byteStart)
            for row in 0..<column.count {
                let length = Int(to[row] &- from[row])
                memcpy(bytes.address + used, source + Int(from[row]), length)
                used &+= length
                position &+= 1
                out[position] = UInt32(truncatingIfNeeded: used)
            }
        }
        return ColumnVector(
            type: type, count: count, validity: validity, nullCount: columns.reduce(0) { $0 + $1.nullCount },
            starts: offsets, bytes: bytes)
    }

    private static func concatenatedLists(
        _ columns: [ColumnVector], _ type: DataType, _ count: Int, _ validity: Buffer?
    ) -> ColumnVector {
        let types: [DataType]
        switch type {
        case .array(let element, _): types = [element]
        case .map(let key, let value, _): types = [key, value]
        default: preconditionFailure("only arrays and maps have lists")
        }
        let newStarts = Buffer(capacity: count * 4)
        let newEnds = Buffer(capacity: count * 4)
        let (p, q) = (newStarts.pointer(as: UInt32.self), newEnds.pointer(as: UInt32.self))
        var position = 0
        var shift: UInt32 = 0
        for column in columns {
            let (from, to) = (column.starts, column.ends)
            for row in 0..<column.count {
                p[position] = from[row] &+ shift
                q[position] = to[row] &+ shift
                position &+= 1
            }
            shift += UInt32(column.children[0].count)
        }
        return ColumnVector(
            type: type, count: count, validity: validity, nullCount: columns.reduce(0) { $0 + $1.nullCount },
            starts: newStarts, ends: newEnds,
            children: types.indices.map { index in
                concatenating(columns.map { $0.children[index] }, type: types[index])
            })
    }

    // MARK: Choosing

    /// For each row the value of `sources[choice[row]]` in that row, or NULL where the choice is negative: the heart of CASE
    /// and coalesce.
    package static func choosing(
        _ choice: UnsafePointer<Int32>, among sources: [ColumnVector], type: DataType, count: Int
    ) -> ColumnVector {
        let all = concatenating(sources + [nulls(type, count: 1)], type: type)
        let indices = Buffer(capacity: count * 4)
        let out = indices.pointer(as: Int32.self)
        let nullRow = Int32(truncatingIfNeeded: all.count - 1)
        let stride = Int32(truncatingIfNeeded: count)
        for row in 0..<count {
            let source = choice[row]
            out[row] = source < 0 ? nullRow : source &* stride &+ Int32(truncatingIfNeeded: row)
        }
        return all.taking(UnsafePointer(out), count: count)
    }
}

/// Picking rows.
package enum TakeKernel {
    /// The rows of `column` that `rows` names, in that order.
    package static func take(_ column: ColumnVector, _ rows: Selection) -> ColumnVector {
        column.taking(rows.pointer, count: rows.count)
    }
}

/// Columns of one value.
package enum ConstantKernel {
    /// `value` in each of `count` rows; bytes are stored once.
    package static func column(of value: Value, type: DataType, count: Int) -> ColumnVector {
        ColumnVector.broadcast(value, type: type, count: count)
    }
}

extension RecordBatch {
    /// The rows that count and no others: without selection.
    package func compacted() -> RecordBatch {
        guard let selection else { return self }
        return RecordBatch(
            schema: schema, columns: columns.map { $0.taking(selection.pointer, count: selection.count) },
            count: selection.count)
    }

    /// The rows of several batches of one schema in one batch.
    package static func concatenating(_ batches: [RecordBatch], schema: Schema) -> RecordBatch {
        if batches.count == 1 { return batches[0].compacted() }
        let whole = batches.map { $0.compacted() }
        let columns = schema.fields.indices.map { index in
            ColumnVector.concatenating(whole.map { $0.columns[index] }, type: schema.fields[index].type)
        }
        return RecordBatch(schema: schema, columns: columns, count: whole.reduce(0) { $0 + $1.count })
    }
}

// Puts columns and batches one after the other.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Appends columns of one type into one compact column in the plain layout.
package enum ConcatKernel {
    /// The rows of all batches in order, compact. The batches have equal column types; the schema is the first one's.
    package static func concat(_ batches: [RecordBatch]) -> RecordBatch {
        precondition(!batches.isEmpty, "at least one batch gives the schema")
        let parts = batches.map { $0.compacted() }
        if parts.count == 1 { return parts[0] }
        let columns = parts[0].columns.indices.map { index in concat(columns: parts.map { $0.columns[index] }) }
        return RecordBatch(
            schema: parts[0].schema, columns: columns, count: parts.reduce(0) { $0 + $1.physicalCount })
    }

    /// The values of all columns in order. All have one type; at least one is given.
    package static func concat(columns given: [ColumnVector]) -> ColumnVector {
        precondition(!given.isEmpty, "at least one column gives the type")
        let columns = given.map { $0.materialized() }
        let type = columns[0].type
        let count = columns.reduce(0) { $0 + $1.count }
        let validity = joinedValidity(columns, count)
        switch type.layout {
        case .none: return NullKernels.nulls(type: type, count: count)
        case .bits:
            return ColumnVector(
                type: type, count: count, validity: validity.bits, nullCount: validity.nullCount,
                values: joinedBits(columns.map { ($0.bits, $0.count) }, count))
        case .fixed8, .fixed16, .fixed32, .fixed64, .fixed128:
            let width = type.layout.width ?? 0
            let values = Buffer(capacity: count * width)
            var offset = 0
            for column in columns {
                memcpy(values.address + offset, column.slots(as: UInt8.self), column.count * width)
                offset += column.count * width
            }
            return ColumnVector(
                type: type, count: count, validity: validity.bits, nullCount: validity.nullCount, values: values)
        case .bytes:
            let (offsets, bytes) = joinedRuns(columns, count)
            return ColumnVector(
                type: type, count: count, validity: validity.bits, nullCount: validity.nullCount,
                starts: offsets, bytes: bytes)
        case .list:
            let lists = columns.map(ListKernel.contiguous)
            let children = columns[0].children.indices.map { child in
                concat(columns: lists.map { $0.children[child] })
            }
            return ColumnVector(
                type: type, count: count, validity: validity.bits, nullCount: validity.nullCount,
                starts: joinedOffsets(lists, count), children: children)
        case .structure:
            let children = columns[0].children.indices.map { child in
                concat(columns: columns.map { $0.children[child] })
            }
            return ColumnVector(
                type: type, count: count, validity: validity.bits, nullCount: validity.nullCount, children: children)
        }
    }

    private static func joinedValidity(_ columns: [ColumnVector], _ count: Int) -> Validity {
        let nulls = columns.reduce(0) { $0 + $1.nullCount }
        if nulls == 0 { return .allValid }
        return Validity(bits: joinedBits(columns.map { ($0.validityBits, $0.count) }, count), nullCount: nulls)
    }

    /// Bits one after the other; ones where there are none.
    private static func joinedBits(_ parts: [(bits: UnsafePointer<UInt8>?, count: Int)], _ count: Int) -> Buffer {
        let joined = Buffer.zeroed(capacity: Bitmap.byteCount(count) + 1)
        var offset = 0
        for part in parts {
            ValidityKernel.appendBits(
                part.bits, count: part.count, to: joined.pointer(as: UInt8.self), offset: offset)
            offset += part.count
        }
        return joined
    }

    private static func joinedRuns(_ columns: [ColumnVector], _ count: Int) -> (Buffer, Buffer) {
        var total = 0
        for column in columns {
            let (starts, ends) = (column.starts, column.ends)
            for row in 0..<column.count { total &+= Int(ends[row] &- starts[row]) }
        }
        precondition(total <= Int(UInt32.max), "batches are bounded in bytes")
        let offsets = Buffer(capacity: (count + 1) * 4)
        let bytes = Buffer(capacity: total)
        let out = offsets.pointer(as: UInt32.self)
        out[0] = 0
        var used = 0
        var written = 0
        for column in columns {
            let (starts, ends, from) = (column.starts, column.ends, column.byteStart)
            if column.isPlainLayout && column.count > 0 {
                let first = Int(starts[0])
                let length = Int(ends[column.count - 1]) - first
                memcpy(bytes.address + used, from + first, length)
                let shift = UInt32(truncatingIfNeeded: used) &- UInt32(truncatingIfNeeded: first)
                for row in 0..<column.count { out[written &+ 1 &+ row] = ends[row] &+ shift }
                used += length
            } else {
                for row in 0..<column.count {
                    let length = Int(ends[row] &- starts[row])
                    memcpy(bytes.address + used, from + Int(starts[row]), length)
                    used &+= length
                    out[written &+ 1 &+ row] = UInt32(truncatingIfNeeded: used)
                }
            }
            written += column.count
        }
        return (offsets, bytes)
    }

    private static func joinedOffsets(_ lists: [ListKernel.Contiguous], _ count: Int) -> Buffer {
        let offsets = Buffer(capacity: (count + 1) * 4)
        let out = offsets.pointer(as: UInt32.self)
        out[0] = 0
        var written = 0
        var base: UInt32 = 0
        for list in lists {
            let from = list.offsets.pointer(as: UInt32.self)
            for row in 0..<list.count { out[written &+ 1 &+ row] = from[row &+ 1] &+ base }
            written += list.count
            let (next, overflow) = base.addingReportingOverflow(from[list.count])
            precondition(!overflow, "batches are bounded in elements")
            base = next
        }
        return offsets
    }
}

// CASE and IF: takes each row from one of two columns.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Chooses between two columns row by row.
package enum ChooseKernel {
    /// `then` where the condition is true, `otherwise` where it is false or NULL. Both have one type, or are bare
    /// NULLs.
    package static func choose(
        condition: ColumnVector, then: ColumnVector, otherwise: ColumnVector
    ) -> ColumnVector {
        let count = condition.count
        precondition(then.count == count && otherwise.count == count, "columns of one batch are equally long")
        let type = then.type == .null ? otherwise.type : then.type
        let then = then.type == .null ? NullKernels.nulls(type: type, count: count) : then
        let otherwise = otherwise.type == .null ? NullKernels.nulls(type: type, count: count) : otherwise
        let mask = trueBits(condition)
        if type == .null { return then }
        let validity = chooseValidity(mask, then, otherwise, count)
        switch type {
        case .boolean, .null:
            return ColumnVector(
                type: type, count: count, validity: validity.bits, nullCount: validity.nullCount,
                values: chooseWords(
                    mask, then.slots(as: UInt64.self), otherwise.slots(as: UInt64.self), count))
        case .string, .binary: return chooseRuns(mask, then, otherwise, validity)
        case .structure:
            let condition = ColumnVector(type: .boolean, count: count, values: mask)
            return ColumnVector(
                type: type, count: count, validity: validity.bits, nullCount: validity.nullCount,
                children: zip(then.children, otherwise.children).map {
                    choose(condition: condition, then: $0, otherwise: $1)
                })
        case .array, .map: return chooseNested(mask, then, otherwise)
        case .byte, .short, .integer, .long, .float, .double, .decimal, .date, .timestamp:
            return ColumnVector(
                type: type, count: count, validity: validity.bits, nullCount: validity.nullCount,
                values: chooseSlots(mask, then, otherwise))
        }
    }

    /// The rows for which the condition is true, as bits.
    private static func trueBits(_ condition: ColumnVector) -> Buffer {
        let count = condition.count
        guard condition.type == .boolean else { return Buffer.zeroed(capacity: Bitmap.byteCount(count)) }
        let values = condition.slots(as: UInt64.self)
        let valid = condition.validity?.pointer(as: UInt64.self)
        return Bitmap.filled(count: count) { out, words in
            for word in 0..<words { out[word] = values[word] & (valid?[word] ?? ~0) }
        }
    }

    private static func chooseWords(
        _ mask: Buffer, _ a: UnsafePointer<UInt64>?, _ b: UnsafePointer<UInt64>?, _ count: Int
    ) -> Buffer {
        let mask = mask.pointer(as: UInt64.self)
        return Bitmap.filled(count: count) { out, words in
            for word in 0..<words {
                out[word] = (mask[word] & (a?[word] ?? ~0)) | (~mask[word] & (b?[word] ?? ~0))
            }
        }
    }

    private static func chooseValidity(
        _ mask: Buffer, _ then: ColumnVector, _ otherwise: ColumnVector, _ count: Int
    ) -> Validity {
        if then.validity == nil && otherwise.validity == nil { return .allValid }
        let a = then.validity.map { UnsafePointer($0.pointer(as: UInt64.self)) }
        let b = otherwise.validity.map { UnsafePointer($0.pointer(as: UInt64.self)) }
        return Validity(bits: chooseWords(mask, a, b, count), count: count)
    }

    private static func chooseSlots(_ mask: Buffer, _ then: ColumnVector, _ otherwise: ColumnVector) -> Buffer {
        let bits = UnsafePointer(mask.pointer(as: UInt8.self))
        switch then.type.fixedWidth {
        case 1: return blend(bits, then, otherwise, as: UInt8.self)
        case 2: return blend(bits, then, otherwise, as: UInt16.self)
        case 4: return blend(bits, then, otherwise, as: UInt32.self)
        case 8: return blend(bits, then, otherwise, as: UInt64.self)
        default: return blend(bits, then, otherwise, as: UInt128.self)
        }
    }

    @inline(__always)
    private static func blend<T: FixedWidthInteger & BitwiseCopyable>(
        _ bits: UnsafePointer<UInt8>, _ then: ColumnVector, _ otherwise: ColumnVector, as type: T.Type
    ) -> Buffer {
        let count = then.count
        let a = then.slots(as: T.self)
        let b = otherwise.slots(as: T.self)
        let buffer = Buffer(capacity: count * MemoryLayout<T>.stride)
        let out = buffer.pointer(as: T.self)
        for row in 0..<count {
            let bit = (bits[row &>> 3] &>> UInt8(truncatingIfNeeded: row & 7)) & 1
            let mask = 0 &- T(truncatingIfNeeded: bit)
            out[row] = (a[row] & mask) | (b[row] & ~mask)
        }
        return buffer
    }

    private static func chooseRuns(
        _ mask: Buffer, _ then: ColumnVector, _ otherwise: ColumnVector, _ validity: Validity
    ) -> ColumnVector {
        let count = then.count
        let bits = UnsafePointer(mask.pointer(as: UInt8.self))
        let (a, b) = (then.byteStart, otherwise.byteStart)
        let (aStarts, aEnds, bStarts, bEnds) = (then.starts, then.ends, otherwise.starts, otherwise.ends)
        var total = 0
        for row in 0..<count {
            let chosen = Bitmap.get(bits, row)
            total &+= chosen ? Int(aEnds[row] &- aStarts[row]) : Int(bEnds[row] &- bStarts[row])
        }
        precondition(total <= Int(UInt32.max), "batches are bounded in bytes")
        let offsets = Buffer(capacity: (count + 1) * 4)
        let bytes = Buffer(capacity: total)
        let outOffsets = offsets.pointer(as: UInt32.self)
        outOffsets[0] = 0
        var used = 0
        for row in 0..<count {
            let chosen = Bitmap.get(bits, row)
            let from = chosen ? a + Int(aStarts[row]) : b + Int(bStarts[row])
            let length = chosen ? Int(aEnds[row] &- aStarts[row]) : Int(bEnds[row] &- bStarts[row])
            memcpy(bytes.address + used, from, length)
            used &+= length
            outOffsets[row &+ 1] = UInt32(truncatingIfNeeded: used)
        }
        return ColumnVector(
            type: then.type, count: count, validity: validity.bits, nullCount: validity.nullCount,
            starts: offsets, bytes: bytes)
    }

    /// Puts both columns one after the other and picks from the whole.
    private static func chooseNested(
        _ mask: Buffer, _ then: ColumnVector, _ otherwise: ColumnVector
    ) -> ColumnVector {
        let count = then.count
        let bits = UnsafePointer(mask.pointer(as: UInt8.self))
        let indices = Buffer(capacity: count * 4)
        let out = indices.pointer(as: Int32.self)
        for row in 0..<count { out[row] = Int32(truncatingIfNeeded: Bitmap.get(bits, row) ? row : count &+ row) }
        return TakeKernel.take(
            ConcatKernel.concat(columns: [then, otherwise]), Selection(indices: indices, count: count))
    }
}

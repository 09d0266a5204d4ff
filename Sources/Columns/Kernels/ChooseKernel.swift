// CASE and IF: takes each row from one of two columns.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Chooses between two columns row by row.
package enum ChooseKernel {
    /// `then` where the condition is true, `otherwise` where it is false or NULL. Both have one type, or are bare
    /// NULLs; each may be constant.
    package static func choose(
        condition: ColumnVector, then: ColumnVector, otherwise: ColumnVector
    ) -> ColumnVector {
        let count = condition.count
        precondition(then.count == count && otherwise.count == count, "columns of one batch are equally long")
        let type = then.type == .null ? otherwise.type : then.type
        let then = then.type == .null ? NullKernels.nulls(type: type, count: count) : then
        let otherwise = otherwise.type == .null ? NullKernels.nulls(type: type, count: count) : otherwise
        let mask = trueBits(condition.materialized())
        let validity = chooseValidity(mask, then, otherwise, count)
        func slots<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type) -> ColumnVector {
            ColumnVector(
                type: type, count: count, validity: validity.bits, nullCount: validity.nullCount,
                values: blend(mask.pointer(as: UInt8.self), then, otherwise, as: T.self))
        }
        switch type.layout {
        case .none: return then
        case .bits:
            let (a, b) = (then.materialized(), otherwise.materialized())
            let values = withExtendedLifetime((a, b)) {
                chooseWords(mask, Bitmap.words(a.bits), Bitmap.words(b.bits), count)
            }
            return ColumnVector(
                type: type, count: count, validity: validity.bits, nullCount: validity.nullCount, values: values)
        case .fixed8: return slots(UInt8.self)
        case .fixed16: return slots(UInt16.self)
        case .fixed32: return slots(UInt32.self)
        case .fixed64: return slots(UInt64.self)
        case .fixed128: return slots(UInt128.self)
        case .bytes: return chooseRuns(mask, then, otherwise, validity)
        case .list: return chooseNested(mask, then, otherwise)
        case .structure:
            let condition = ColumnVector(type: .boolean, count: count, values: mask)
            return ColumnVector(
                type: type, count: count, validity: validity.bits, nullCount: validity.nullCount,
                children: zip(then.materialized().children, otherwise.materialized().children).map {
                    choose(condition: condition, then: $0, otherwise: $1)
                })
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

    @inline(__always)
    private static func blend<T: FixedWidthInteger & BitwiseCopyable>(
        _ bits: UnsafePointer<UInt8>, _ then: ColumnVector, _ otherwise: ColumnVector, as type: T.Type
    ) -> Buffer {
        let count = then.count
        let buffer = Buffer(capacity: count * MemoryLayout<T>.stride)
        let out = buffer.pointer(as: T.self)
        func blend(_ a: some SlotReader<T>, _ b: some SlotReader<T>) {
            for row in 0..<count {
                let bit = (bits[row &>> 3] &>> UInt8(truncatingIfNeeded: row & 7)) & 1
                let mask = 0 &- T(truncatingIfNeeded: bit)
                out[row] = (a[row] & mask) | (b[row] & ~mask)
            }
        }
        if then.isConstant || otherwise.isConstant {
            blend(AnySlots(then), AnySlots(otherwise))
        } else {
            blend(ColumnSlots(then), ColumnSlots(otherwise))
        }
        return buffer
    }

    private static func chooseRuns(
        _ mask: Buffer, _ then: ColumnVector, _ otherwise: ColumnVector, _ validity: Validity
    ) -> ColumnVector {
        let count = then.count
        let bits = UnsafePointer(mask.pointer(as: UInt8.self))
        let (a, b) = (Runs(then), Runs(otherwise))
        var total = 0
        for row in 0..<count { total &+= Bitmap.get(bits, row) ? a.length(row) : b.length(row) }
        precondition(total <= Int(UInt32.max), "batches are bounded in bytes")
        let offsets = Buffer(capacity: (count + 1) * 4)
        let bytes = Buffer(capacity: total)
        let outOffsets = offsets.pointer(as: UInt32.self)
        outOffsets[0] = 0
        var used = 0
        for row in 0..<count {
            let chosen = Bitmap.get(bits, row)
            let length = chosen ? a.length(row) : b.length(row)
            memcpy(bytes.address + used, chosen ? a.address(row) : b.address(row), length)
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

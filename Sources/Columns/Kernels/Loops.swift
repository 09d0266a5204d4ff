// The loops of kernels: one slot or run after the other, NULL where an argument is.

/// Loops over the rows of columns: the library that kernels of every target are made of. NULLs are handled here, once;
/// `body` sees the rows in which no column is NULL, and reads them through `ColumnSlots`, `AnySlots` or `Runs`. All of
/// it is inlined where it is used, `body` included.
@usableFromInline
package enum Loops {
    /// Whether a row has a value.
    @inlinable @inline(__always)
    package static func isValid(_ bits: UnsafePointer<UInt8>?, _ row: Int) -> Bool {
        guard let bits else { return true }
        return Bitmap.get(bits, row)
    }

    /// A slot for each row from `body`, which sees only rows without NULL.
    @inlinable @inline(__always)
    package static func slots<Out: BitwiseCopyable>(
        _ type: DataType, _ columns: [ColumnVector], as _: Out.Type, _ body: (Int) -> Out
    ) -> ColumnVector {
        let count = columns[0].count
        let validity = ValidityKernel.all(columns, count: count)
        let byteCount = count * MemoryLayout<Out>.stride
        let values = validity.pointer == nil ? Buffer(capacity: byteCount) : .zeroed(capacity: byteCount)
        let out = values.pointer(as: Out.self)
        if let bits = validity.pointer {
            for row in 0..<count where isValid(bits, row) { out[row] = body(row) }
        } else {
            for row in 0..<count { out[row] = body(row) }
        }
        return ColumnVector(
            type: type, count: count, validity: validity.bits, nullCount: validity.nullCount, values: values)
    }

    /// As `slots`, with a `body` that takes whatever is in the slots, those of NULL rows too: without a jump for each
    /// row.
    @inlinable @inline(__always)
    package static func everySlot<Out: FixedWidthInteger & BitwiseCopyable>(
        _ type: DataType, _ column: ColumnVector, as _: Out.Type, _ body: (Int) -> Out
    ) -> ColumnVector {
        let count = column.count
        let validity = ValidityKernel.all([column], count: count)
        let values = Buffer(capacity: count * MemoryLayout<Out>.stride)
        let out = values.pointer(as: Out.self)
        for row in 0..<count { out[row] = body(row) }
        ArithmeticKernel.zeroNulls(out, 0, validity, count: count)
        return ColumnVector(
            type: type, count: count, validity: validity.bits, nullCount: validity.nullCount, values: values)
    }

    /// As `slots`, with NULL where `body` gives `nil`.
    @inlinable @inline(__always)
    package static func optionalSlots<Out: BitwiseCopyable>(
        _ type: DataType, _ columns: [ColumnVector], as _: Out.Type, _ body: (Int) -> Out?
    ) -> ColumnVector {
        let count = columns[0].count
        let validity = ValidityKernel.all(columns, count: count)
        let bits = validity.pointer
        let values = Buffer.zeroed(capacity: count * MemoryLayout<Out>.stride)
        let out = values.pointer(as: Out.self)
        let valid = Buffer.zeroed(capacity: Bitmap.byteCount(count))
        let validBits = valid.pointer(as: UInt8.self)
        var nulls = count
        for row in 0..<count where isValid(bits, row) {
            guard let result = body(row) else { continue }
            out[row] = result
            Bitmap.set(validBits, row)
            nulls &-= 1
        }
        return ColumnVector(type: type, count: count, validity: valid, nullCount: nulls, values: values)
    }

    /// As `slots`, raising for the first row for which `body` gives `nil`.
    @inlinable @inline(__always)
    package static func checkedSlots<Out: BitwiseCopyable>(
        _ type: DataType, _ columns: [ColumnVector], as _: Out.Type, _ body: (Int) -> Out?,
        _ error: (Int) -> KernelError
    ) throws(KernelError) -> ColumnVector {
        let count = columns[0].count
        let validity = ValidityKernel.all(columns, count: count)
        let bits = validity.pointer
        let values = Buffer.zeroed(capacity: count * MemoryLayout<Out>.stride)
        let out = values.pointer(as: Out.self)
        for row in 0..<count where isValid(bits, row) {
            guard let result = body(row) else { throw error(row) }
            out[row] = result
        }
        return ColumnVector(
            type: type, count: count, validity: validity.bits, nullCount: validity.nullCount, values: values)
    }

    /// A boolean for each row.
    @inlinable @inline(__always)
    package static func booleans(_ columns: [ColumnVector], _ body: (Int) -> Bool) -> ColumnVector {
        let count = columns[0].count
        let validity = ValidityKernel.all(columns, count: count)
        let valid = validity.pointer.map(Bitmap.words)
        let values = Bitmap.filled(count: count) { out, words in
            for word in 0..<words {
                let first = word &* 64
                let there = valid?[word] ?? ~0
                var made: UInt64 = 0
                for bit in 0..<min(64, count &- first) {
                    let shift = UInt64(truncatingIfNeeded: bit)
                    guard (there &>> shift) & 1 != 0 else { continue }
                    // Without a jump: what `body` says is often as good as random.
                    let isTrue = UInt64(truncatingIfNeeded: unsafeBitCast(body(first &+ bit), to: UInt8.self))
                    made |= isTrue &<< shift
                }
                out[word] = made
            }
        }
        return ColumnVector(
            type: .boolean, count: count, validity: validity.bits, nullCount: validity.nullCount, values: values)
    }

    /// A boolean for each row, NULL where `body` gives `nil`; rows are asked in order.
    @inlinable @inline(__always)
    package static func optionalBooleans(_ columns: [ColumnVector], _ body: (Int) -> Bool?) -> ColumnVector {
        let count = columns[0].count
        let validity = ValidityKernel.all(columns, count: count)
        let bits = validity.pointer
        let values = Buffer.zeroed(capacity: Bitmap.byteCount(count))
        let valid = Buffer.zeroed(capacity: Bitmap.byteCount(count))
        let (out, validBits) = (values.pointer(as: UInt8.self), valid.pointer(as: UInt8.self))
        var nulls = count
        for row in 0..<count where isValid(bits, row) {
            guard let result = body(row) else { continue }
            if result { Bitmap.set(out, row) }
            Bitmap.set(validBits, row)
            nulls &-= 1
        }
        return ColumnVector(type: .boolean, count: count, validity: valid, nullCount: nulls, values: values)
    }

    /// A text or binary for each row: `body` writes its bytes. `strict` columns make NULL what is NULL in them.
    @inlinable @inline(__always)
    package static func runs(
        _ type: DataType, count: Int, strict: [ColumnVector],
        _ body: (Int, inout BytesBuilder) throws(KernelError) -> Void
    ) throws(KernelError) -> ColumnVector {
        let validity = ValidityKernel.all(strict, count: count)
        let bits = validity.pointer
        var writer = BytesBuilder(type: type, capacity: count, byteCapacity: count &* 16)
        for row in 0..<count {
            guard isValid(bits, row) else {
                writer.appendNull()
                continue
            }
            try body(row, &writer)
            guard writer.byteCount <= Int(UInt32.max) else { throw .tooLarge("the texts") }
            writer.endValue()
        }
        return writer.finish()
    }

    /// The same, and NULL where `body` says that there is no value; it has written nothing then.
    @inlinable @inline(__always)
    package static func optionalRuns(
        _ type: DataType, count: Int, strict: [ColumnVector], _ body: (Int, inout BytesBuilder) -> Bool
    ) throws(KernelError) -> ColumnVector {
        let validity = ValidityKernel.all(strict, count: count)
        let bits = validity.pointer
        var writer = BytesBuilder(type: type, capacity: count, byteCapacity: count &* 16)
        for row in 0..<count {
            guard isValid(bits, row), body(row, &writer) else {
                writer.appendNull()
                continue
            }
            guard writer.byteCount <= Int(UInt32.max) else { throw .tooLarge("the texts") }
            writer.endValue()
        }
        return writer.finish()
    }
}

extension BytesBuilder {
    /// Writes bytes of the next value, reserving them.
    @inlinable @inline(__always)
    package mutating func put(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let start = bytes.baseAddress, bytes.count > 0 else { return }
        reserve(bytes.count)
        write(start, count: bytes.count)
    }

    /// Raises where a value of so many more bytes would make the column too large.
    @inlinable @inline(__always)
    package func require(_ bytes: Int) throws(KernelError) {
        guard bytes <= Int(Int32.max), byteCount + bytes <= Int(UInt32.max) else { throw .tooLarge("the texts") }
    }
}

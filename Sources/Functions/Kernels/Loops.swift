// The loops of kernels: one slot or run after the other, NULL where an argument is.

import Columns

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The texts or binaries of a column, with their pointers read once.
struct Runs {
    private let starts: UnsafePointer<UInt32>
    private let ends: UnsafePointer<UInt32>
    private let bytes: UnsafePointer<UInt8>

    init(_ column: ColumnVector) {
        starts = column.starts
        ends = column.ends
        bytes = column.byteStart
    }

    /// The bytes of a row.
    @inline(__always)
    subscript(row: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: bytes + Int(starts[row]), count: Int(ends[row] &- starts[row]))
    }
}

extension Runs {
    /// How two runs order by their bytes: below 0, 0 or above it.
    @inline(__always)
    static func order(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Int {
        if let x = a.baseAddress, let y = b.baseAddress {
            let order = memcmp(x, y, min(a.count, b.count))
            if order != 0 { return Int(order) }
        }
        return a.count &- b.count
    }
}

/// Loops over the rows of columns.
enum Loops {
    /// Whether a row has a value.
    @inline(__always)
    static func isValid(_ bits: UnsafePointer<UInt8>?, _ row: Int) -> Bool {
        guard let bits else { return true }
        return Bitmap.get(bits, row)
    }

    /// A slot for each row from `body`, which sees only rows without NULL.
    @inline(__always)
    static func slots<Out: BitwiseCopyable>(
        _ type: DataType, _ columns: [ColumnVector], as _: Out.Type, _ body: (Int) -> Out
    ) -> ColumnVector {
        let count = columns[0].count
        let validity = ValidityKernel.all(columns, count: count)
        let values = Buffer.zeroed(capacity: count * MemoryLayout<Out>.stride)
        let out = values.pointer(as: Out.self)
        if let bits = validity.pointer {
            for row in 0..<count where isValid(bits, row) { out[row] = body(row) }
        } else {
            for row in 0..<count { out[row] = body(row) }
        }
        return ColumnVector(
            type: type, count: count, validity: validity.bits, nullCount: validity.nullCount, values: values)
    }

    /// As `slots`, with NULL where `body` gives `nil`.
    @inline(__always)
    static func optionalSlots<Out: BitwiseCopyable>(
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
    @inline(__always)
    static func checkedSlots<Out: BitwiseCopyable>(
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
    @inline(__always)
    static func booleans(_ columns: [ColumnVector], _ body: (Int) -> Bool) -> ColumnVector {
        let count = columns[0].count
        let validity = ValidityKernel.all(columns, count: count)
        let bits = validity.pointer
        let values = Buffer.zeroed(capacity: Bitmap.byteCount(count))
        let out = values.pointer(as: UInt8.self)
        for row in 0..<count where isValid(bits, row) && body(row) {
            Bitmap.set(out, row)
        }
        return ColumnVector(
            type: .boolean, count: count, validity: validity.bits, nullCount: validity.nullCount, values: values)
    }

    /// A text or binary for each row: `body` appends its bytes. `strict` columns make NULL what is NULL in them.
    @inline(__always)
    static func runs(
        _ type: DataType, count: Int, strict: [ColumnVector],
        _ body: (Int, inout TextWriter) throws(KernelError) -> Void
    ) throws(KernelError) -> ColumnVector {
        let validity = ValidityKernel.all(strict, count: count)
        let bits = validity.pointer
        var writer = TextWriter(rows: count, bytesPerRow: 16)
        for row in 0..<count {
            if isValid(bits, row) { try body(row, &writer) }
            guard writer.count <= Int(UInt32.max) else { throw .tooLarge("the texts") }
            writer.endRow()
        }
        return writer.finish(type: type, validity)
    }
}

extension TextWriter {
    /// Appends bytes, reserving them.
    @inline(__always)
    mutating func put(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let start = bytes.baseAddress, bytes.count > 0 else { return }
        reserve(bytes.count)
        append(start, bytes.count)
    }

    /// Raises where a row of so many bytes would make the column too large.
    @inline(__always)
    func require(_ bytes: Int) throws(KernelError) {
        guard bytes <= Int(Int32.max), count + bytes <= Int(UInt32.max) else { throw .tooLarge("the texts") }
    }
}

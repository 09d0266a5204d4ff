// The values of one column of one batch, in Arrow's memory layout.

/// An immutable column of `count` values.
///
/// | type | buffers |
/// |---|---|
/// | fixed width | `values`: one slot a row; slots of NULL rows are zero |
/// | boolean | `values`: one bit a row |
/// | string, binary | `bytes` and, per row, where its run starts and ends |
/// | array, map | one child of elements (map: keys and values) and, per row, where its run starts and ends |
/// | structure | one child a field, each as long as this column |
/// | the bare NULL | none; every validity bit is unset |
///
/// Starts and ends are two pointers: in Arrow's plain layout they lie one apart in the same buffer of `count + 1`
/// offsets; in the *view* layout each has a buffer of its own, so that `split` can point into the text that it split
/// and copies nothing. A kernel that reads `starts[i]` and `ends[i]` serves both.
///
/// A *constant* column has one physical row for all: see `isConstant`.
///
/// SAFETY: all buffers are written before `init` and never afterwards.
@usableFromInline
package final class ColumnVector: @unchecked Sendable {
    @usableFromInline package let type: DataType
    @usableFromInline package let count: Int
    /// One bit a row, set where there is a value; `nil` where no row is NULL.
    @usableFromInline package let validity: Buffer?
    @usableFromInline package let nullCount: Int
    /// Fixed-width slots, or the bits of booleans.
    @usableFromInline package let values: Buffer?
    /// The bytes of strings and binaries; padded, so that 64 bytes beyond any run may be read.
    @usableFromInline package let bytes: Buffer?
    @usableFromInline package let children: [ColumnVector]

    @usableFromInline let startBuffer: Buffer?
    @usableFromInline let endBuffer: Buffer?
    /// The one row of a constant column, which has no buffers of its own.
    @usableFromInline let constant: ColumnVector?

    private init(
        type: DataType, count: Int, _ validity: Validity, values: Buffer? = nil, starts: Buffer? = nil,
        ends: Buffer? = nil, bytes: Buffer? = nil, children: [ColumnVector] = [], constant: ColumnVector? = nil
    ) {
        self.type = type
        self.count = count
        self.validity = validity.bits
        self.nullCount = validity.nullCount
        self.values = values
        self.startBuffer = starts
        self.endBuffer = ends
        self.bytes = bytes
        self.children = children
        self.constant = constant
    }

    /// Creates a column of fixed-width values or booleans.
    @usableFromInline
    package convenience init(
        type: DataType, count: Int, validity: Buffer? = nil, nullCount: Int = 0, values: Buffer
    ) {
        assert(type.layout.width.map { $0 * count <= values.capacity } ?? true)
        self.init(type: type, count: count, Validity(bits: validity, nullCount: nullCount), values: values)
    }

    /// Creates a column of strings or binaries. Without `ends`, `starts` holds `count + 1` offsets (plain layout).
    package convenience init(
        type: DataType, count: Int, validity: Buffer? = nil, nullCount: Int = 0,
        starts: Buffer, ends: Buffer? = nil, bytes: Buffer
    ) {
        assert(type.layout == .bytes)
        self.init(
            type: type, count: count, Validity(bits: validity, nullCount: nullCount), starts: starts, ends: ends,
            bytes: bytes)
    }

    /// Creates a column of arrays (one child) or maps (keys, values).
    ///
    /// Without `ends`, `starts` holds `count + 1` offsets.
    package convenience init(
        type: DataType, count: Int, validity: Buffer? = nil, nullCount: Int = 0,
        starts: Buffer, ends: Buffer? = nil, children: [ColumnVector]
    ) {
        assert(type.layout == .list)
        self.init(
            type: type, count: count, Validity(bits: validity, nullCount: nullCount), starts: starts, ends: ends,
            children: children)
    }

    /// Creates a column of structures: one child a field.
    package convenience init(
        type: DataType, count: Int, validity: Buffer? = nil, nullCount: Int = 0, children: [ColumnVector]
    ) {
        self.init(type: type, count: count, Validity(bits: validity, nullCount: nullCount), children: children)
    }

    /// The one row of `one`, which is not NULL, `count` times: a constant column.
    package convenience init(repeating one: ColumnVector, count: Int) {
        precondition(one.count == 1 && one.nullCount == 0, "a constant column repeats one value")
        self.init(type: one.type, count: count, .allValid, constant: one.constant ?? one)
    }

    /// The same values under another type with the same layout, for example binary read as string.
    package func reinterpreted(as type: DataType) -> ColumnVector {
        assert(type.layout == self.type.layout)
        return ColumnVector(
            type: type, count: count, Validity(of: self), values: values, starts: startBuffer, ends: endBuffer,
            bytes: bytes, children: children, constant: constant?.reinterpreted(as: type))
    }

    // MARK: Reading. Hoist these pointers out of loops.

    /// The fixed-width slots as `T`; the caller has checked `type`.
    @inlinable @inline(__always)
    package func slots<T: BitwiseCopyable>(as type: T.Type) -> UnsafePointer<T> {
        guard let values else { failMissing("fixed-width slots") }
        return UnsafePointer(values.pointer(as: T.self))
    }

    /// The bits of a boolean column.
    @inlinable package var bits: UnsafePointer<UInt8> { slots(as: UInt8.self) }

    /// Where each row's run starts, in `bytes` or in the child.
    @inlinable package var starts: UnsafePointer<UInt32> {
        guard let startBuffer else { failMissing("offsets") }
        return UnsafePointer(startBuffer.pointer(as: UInt32.self))
    }

    /// Where each row's run ends, exclusive.
    @inlinable @inline(__always) package var ends: UnsafePointer<UInt32> {
        if let endBuffer { return UnsafePointer(endBuffer.pointer(as: UInt32.self)) }
        return starts + 1
    }

    /// Whether starts and ends share one buffer of `count + 1` offsets.
    @inlinable package var isPlainLayout: Bool { endBuffer == nil }

    /// The buffer of starts, to share it in another column.
    @inlinable package var sharedStarts: Buffer {
        guard let startBuffer else { failMissing("offsets") }
        return startBuffer
    }
    /// The buffer of ends in the view layout, to share it in another column.
    @inlinable package var sharedEnds: Buffer? { endBuffer }
    /// The bytes of a string or binary column, to share them in another column.
    @inlinable package var sharedBytes: Buffer {
        guard let bytes else { failMissing("bytes") }
        return bytes
    }

    /// The bytes of a string or binary column.
    @inlinable package var byteStart: UnsafePointer<UInt8> {
        guard let bytes else { failMissing("bytes") }
        return UnsafePointer(bytes.pointer(as: UInt8.self))
    }

    /// The validity bits, or `nil` where no row is NULL.
    @inlinable package var validityBits: UnsafePointer<UInt8>? {
        validity.map { UnsafePointer($0.pointer(as: UInt8.self)) }
    }

    /// Whether a row is NULL. Loops hoist `validityBits`.
    @inlinable @inline(__always)
    package func isNull(_ row: Int) -> Bool {
        guard let bits = validityBits else { return false }
        return !Bitmap.get(bits, row)
    }

    /// Out of line, so that the readers above stay a few instructions.
    @usableFromInline @inline(never)
    func failMissing(_ what: String) -> Never { preconditionFailure("a column of \(type) has no \(what)") }
}

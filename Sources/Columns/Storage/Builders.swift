// Appending values to columns. A builder owns its buffers until `finish` hands them over as an immutable column.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Appends fixed-width values, with NULLs.
@usableFromInline
package struct FixedBuilder<T: BitwiseCopyable>: ~Copyable {
    @usableFromInline let type: DataType
    @usableFromInline var buffer: Buffer
    @usableFromInline var validity = ValidityBuilder()
    @usableFromInline package internal(set) var count = 0

    @inlinable
    package init(type: DataType, capacity: Int = 1024) {
        assert(type.fixedWidth == MemoryLayout<T>.size)
        self.type = type
        self.buffer = Buffer(capacity: capacity * MemoryLayout<T>.stride)
    }

    @inlinable @inline(__always)
    package mutating func append(_ value: T) {
        if (count + 1) * MemoryLayout<T>.stride > buffer.capacity { grow(to: count + 1) }
        buffer.pointer(as: T.self)[count] = value
        validity.appendValid(at: count)
        count += 1
    }

    @inlinable @inline(__always)
    package mutating func appendNull() {
        if (count + 1) * MemoryLayout<T>.stride > buffer.capacity { grow(to: count + 1) }
        memset(buffer.pointer(as: T.self) + count, 0, MemoryLayout<T>.stride)
        validity.appendNull(at: count)
        count += 1
    }

    @inlinable @inline(never)
    mutating func grow(to needed: Int) {
        buffer = Buffer.grown(buffer, used: count * MemoryLayout<T>.stride, needed: needed * MemoryLayout<T>.stride)
    }

    @inlinable
    package consuming func finish() -> ColumnVector {
        let (bits, nulls) = validity.finish(count: count)
        return ColumnVector(type: type, count: count, validity: bits, nullCount: nulls, values: buffer)
    }
}

/// Appends booleans, with NULLs.
@usableFromInline
package struct BooleanBuilder: ~Copyable {
    @usableFromInline var buffer = Buffer.zeroed(capacity: 128)
    @usableFromInline var validity = ValidityBuilder()
    @usableFromInline package internal(set) var count = 0

    @usableFromInline
    package init() {}

    @inlinable @inline(__always)
    package mutating func append(_ value: Bool) {
        reserve()
        if value { Bitmap.set(buffer.pointer(as: UInt8.self), count) }
        validity.appendValid(at: count)
        count += 1
    }

    @inlinable @inline(__always)
    package mutating func appendNull() {
        reserve()
        validity.appendNull(at: count)
        count += 1
    }

    @inlinable
    mutating func reserve() {
        let needed = Bitmap.byteCount(count + 1)
        if needed > buffer.capacity { buffer = Buffer.grown(buffer, used: buffer.capacity, needed: needed, zero: true) }
    }

    @usableFromInline
    package consuming func finish() -> ColumnVector {
        let (bits, nulls) = validity.finish(count: count)
        return ColumnVector(type: .boolean, count: count, validity: bits, nullCount: nulls, values: buffer)
    }
}

/// Appends strings or binaries in the plain layout, with NULLs: whole, or byte by byte with `reserve`, `write` and
/// `endValue`. Traps beyond 4 GiB: callers bound their batches in bytes long before.
@usableFromInline
package struct BytesBuilder: ~Copyable {
    @usableFromInline let type: DataType
    @usableFromInline var offsets: Buffer
    @usableFromInline var bytes: Buffer
    @usableFromInline var validity = ValidityBuilder()
    @usableFromInline package internal(set) var count = 0
    /// Bytes of all values so far, those of a value that is being written included.
    @usableFromInline package internal(set) var byteCount = 0

    @usableFromInline
    package init(type: DataType, capacity: Int = 1024, byteCapacity: Int = 16 * 1024) {
        assert(type.isBytes)
        self.type = type
        offsets = Buffer(capacity: (capacity + 1) * 4)
        bytes = Buffer(capacity: byteCapacity)
        offsets.pointer(as: UInt32.self)[0] = 0
    }

    // MARK: Whole values

    /// Appends a value of `length` bytes.
    @inlinable @inline(__always)
    package mutating func append(_ start: UnsafeRawPointer?, count length: Int) {
        reserve(length)
        if let start, length > 0 { memcpy(bytes.address + byteCount, start, length) }
        byteCount &+= length
        endValue()
    }

    /// Appends a string.
    package mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append($0.baseAddress, count: $0.count) }
    }

    /// Appends a binary.
    package mutating func append(_ value: [UInt8]) {
        value.withUnsafeBytes { append($0.baseAddress, count: $0.count) }
    }

    /// Appends NULL; what was written of the next value goes.
    @inlinable @inline(__always)
    package mutating func appendNull() {
        if (count &+ 2) &* 4 > offsets.capacity { growOffsets() }
        byteCount = Int(offsets.pointer(as: UInt32.self)[count])
        validity.appendNull(at: count)
        count &+= 1
        offsets.pointer(as: UInt32.self)[count] = UInt32(byteCount)
    }

    // MARK: Values in parts

    /// Makes room for `length` more bytes.
    @inlinable @inline(__always)
    package mutating func reserve(_ length: Int) {
        if byteCount &+ length > bytes.capacity { growBytes(length) }
    }

    /// Writes a byte of the next value; it was reserved.
    @inlinable @inline(__always)
    package mutating func write(_ byte: UInt8) {
        bytes.pointer(as: UInt8.self)[byteCount] = byte
        byteCount &+= 1
    }

    /// Writes bytes of the next value; they were reserved.
    @inlinable @inline(__always)
    package mutating func write(_ start: UnsafePointer<UInt8>, count length: Int) {
        memcpy(bytes.address + byteCount, start, length)
        byteCount &+= length
    }

    /// Gives `body` reserved bytes of the next value to write; it returns how many it wrote.
    @inlinable @inline(__always)
    package mutating func write(_ body: (UnsafeMutablePointer<UInt8>) -> Int) {
        byteCount &+= body(bytes.pointer(as: UInt8.self) + byteCount)
    }

    /// Ends the value that was written, which may be empty.
    @inlinable @inline(__always)
    package mutating func endValue() {
        if (count &+ 2) &* 4 > offsets.capacity { growOffsets() }
        validity.appendValid(at: count)
        count &+= 1
        offsets.pointer(as: UInt32.self)[count] = UInt32(byteCount)
    }

    @usableFromInline @inline(never)
    mutating func growBytes(_ length: Int) {
        bytes = Buffer.grown(bytes, used: byteCount, needed: byteCount + length)
    }

    @usableFromInline @inline(never)
    mutating func growOffsets() {
        offsets = Buffer.grown(offsets, used: (count + 1) * 4, needed: (count + 2) * 4)
    }

    @usableFromInline
    package consuming func finish() -> ColumnVector {
        let (bits, nulls) = validity.finish(count: count)
        return ColumnVector(
            type: type, count: count, validity: bits, nullCount: nulls, starts: offsets, bytes: bytes)
    }
}

/// Validity bits that cost nothing until the first NULL.
@usableFromInline
package struct ValidityBuilder: ~Copyable {
    @usableFromInline var bits: Buffer?
    @usableFromInline package internal(set) var nullCount = 0

    @usableFromInline
    package init() {}

    @inlinable @inline(__always)
    package mutating func appendValid(at index: Int) {
        guard let buffer = bits else { return }
        if index &>> 3 < buffer.capacity {
            Bitmap.set(buffer.pointer(as: UInt8.self), index)
        } else {
            Bitmap.set(grown(index).pointer(as: UInt8.self), index)
        }
    }

    @inlinable @inline(__always)
    package mutating func appendNull(at index: Int) {
        if bits == nil || index &>> 3 >= bits?.capacity ?? 0 { _ = grown(index) }
        nullCount &+= 1
    }

    /// Bits with room for `index`, those before it set where there were none.
    @usableFromInline @inline(never)
    mutating func grown(_ index: Int) -> Buffer {
        let buffer: Buffer
        if let bits {
            buffer = Buffer.grown(bits, used: bits.capacity, needed: Bitmap.byteCount(index + 1), zero: true)
        } else {
            buffer = Buffer.zeroed(capacity: max(128, Bitmap.byteCount(index + 1)))
            let pointer = buffer.pointer(as: UInt8.self)
            memset(pointer, 0xFF, index / 8)
            for row in (index & ~7)..<index { Bitmap.set(pointer, row) }
        }
        bits = buffer
        return buffer
    }

    @usableFromInline
    package consuming func finish(count: Int) -> (Buffer?, Int) { (bits, nullCount) }
}

extension Buffer {
    /// A buffer at least twice as large with the first `used` bytes copied.
    @usableFromInline
    package static func grown(_ old: Buffer, used: Int, needed: Int, zero: Bool = false) -> Buffer {
        let capacity = max(needed, old.capacity * 2)
        let larger = zero ? Buffer.zeroed(capacity: capacity) : Buffer(capacity: capacity)
        memcpy(larger.address, old.address, used)
        return larger
    }
}

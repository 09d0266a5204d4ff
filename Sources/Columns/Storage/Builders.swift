// Appending values to columns. A builder owns its buffers until `finish` hands them over as an immutable column.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Appends fixed-width values, with NULLs.
package struct FixedBuilder<T: BitwiseCopyable>: ~Copyable {
    private let type: DataType
    private var buffer: Buffer
    private var validity = ValidityBuilder()
    package private(set) var count = 0

    package init(type: DataType, capacity: Int = 1024) {
        assert(type.fixedWidth == MemoryLayout<T>.size)
        self.type = type
        self.buffer = Buffer(capacity: capacity * MemoryLayout<T>.stride)
    }

    package mutating func append(_ value: T) {
        if (count + 1) * MemoryLayout<T>.stride > buffer.capacity { grow(to: count + 1) }
        buffer.pointer(as: T.self)[count] = value
        validity.appendValid(at: count)
        count += 1
    }

    package mutating func appendNull() {
        if (count + 1) * MemoryLayout<T>.stride > buffer.capacity { grow(to: count + 1) }
        memset(buffer.pointer(as: T.self) + count, 0, MemoryLayout<T>.stride)
        validity.appendNull(at: count)
        count += 1
    }

    @inline(never)
    private mutating func grow(to needed: Int) {
        buffer = Buffer.grown(buffer, used: count * MemoryLayout<T>.stride, needed: needed * MemoryLayout<T>.stride)
    }

    package consuming func finish() -> ColumnVector {
        let (bits, nulls) = validity.finish(count: count)
        return ColumnVector(type: type, count: count, validity: bits, nullCount: nulls, values: buffer)
    }
}

/// Appends booleans, with NULLs.
package struct BooleanBuilder: ~Copyable {
    private var buffer = Buffer.zeroed(capacity: 128)
    private var validity = ValidityBuilder()
    package private(set) var count = 0

    package init() {}

    package mutating func append(_ value: Bool) {
        reserve()
        if value { Bitmap.set(buffer.pointer(as: UInt8.self), count) }
        validity.appendValid(at: count)
        count += 1
    }

    package mutating func appendNull() {
        reserve()
        validity.appendNull(at: count)
        count += 1
    }

    private mutating func reserve() {
        let needed = Bitmap.byteCount(count + 1)
        if needed > buffer.capacity { buffer = Buffer.grown(buffer, used: buffer.capacity, needed: needed, zero: true) }
    }

    package consuming func finish() -> ColumnVector {
        let (bits, nulls) = validity.finish(count: count)
        return ColumnVector(type: .boolean, count: count, validity: bits, nullCount: nulls, values: buffer)
    }
}

/// Appends strings or binaries in the plain layout, with NULLs.
package struct BytesBuilder: ~Copyable {
    private let type: DataType
    private var offsets: Buffer
    private var bytes: Buffer
    private var validity = ValidityBuilder()
    package private(set) var count = 0
    package private(set) var byteCount = 0

    package init(type: DataType, capacity: Int = 1024, byteCapacity: Int = 16 * 1024) {
        assert(type.isBytes)
        self.type = type
        offsets = Buffer(capacity: (capacity + 1) * 4)
        bytes = Buffer(capacity: byteCapacity)
        offsets.pointer(as: UInt32.self)[0] = 0
    }

    /// Appends `count` bytes. Traps beyond 4 GiB: callers bound their batches in bytes long before.
    @inline(__always)
    package mutating func append(_ start: UnsafeRawPointer?, count length: Int) {
        if byteCount + length > bytes.capacity || (count + 2) * 4 > offsets.capacity { grow(by: length) }
        if let start, length > 0 { memcpy(bytes.address + byteCount, start, length) }
        byteCount += length
        validity.appendValid(at: count)
        count += 1
        offsets.pointer(as: UInt32.self)[count] = UInt32(byteCount)
    }

    package mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append($0.baseAddress, count: $0.count) }
    }

    package mutating func append(_ value: [UInt8]) {
        value.withUnsafeBytes { append($0.baseAddress, count: $0.count) }
    }

    package mutating func appendNull() {
        if (count + 2) * 4 > offsets.capacity { grow(by: 0) }
        validity.appendNull(at: count)
        count += 1
        offsets.pointer(as: UInt32.self)[count] = UInt32(byteCount)
    }

    @inline(never)
    private mutating func grow(by length: Int) {
        if byteCount + length > bytes.capacity {
            bytes = Buffer.grown(bytes, used: byteCount, needed: byteCount + length)
        }
        if (count + 2) * 4 > offsets.capacity {
            offsets = Buffer.grown(offsets, used: (count + 1) * 4, needed: (count + 2) * 4)
        }
    }

    package consuming func finish() -> ColumnVector {
        let (bits, nulls) = validity.finish(count: count)
        return ColumnVector(
            type: type, count: count, validity: bits, nullCount: nulls, starts: offsets, bytes: bytes)
    }
}

/// Validity bits that cost nothing until the first NULL.
package struct ValidityBuilder: ~Copyable {
    private var bits: Buffer?
    package private(set) var nullCount = 0

    package init() {}

    @inline(__always)
    package mutating func appendValid(at index: Int) {
        if bits != nil { mark(index) }
    }

    @inline(never)
    private mutating func mark(_ index: Int) {
        let buffer = reserved(index)
        Bitmap.set(buffer.pointer(as: UInt8.self), index)
    }

    package mutating func appendNull(at index: Int) {
        if bits == nil {
            let buffer = Buffer.zeroed(capacity: max(128, Bitmap.byteCount(index + 1)))
            let pointer = buffer.pointer(as: UInt8.self)
            memset(pointer, 0xFF, index / 8)
            for row in (index & ~7)..<index { Bitmap.set(pointer, row) }
            bits = buffer
        }
        _ = reserved(index)
        nullCount += 1
    }

    private mutating func reserved(_ index: Int) -> Buffer {
        let needed = Bitmap.byteCount(index + 1)
        let current = bits ?? Buffer.zeroed(capacity: needed)
        if needed <= current.capacity {
            bits = current
            return current
        }
        let larger = Buffer.grown(current, used: current.capacity, needed: needed, zero: true)
        bits = larger
        return larger
    }

    package consuming func finish(count: Int) -> (Buffer?, Int) { (bits, nullCount) }
}

extension Buffer {
    /// A buffer at least twice as large with the first `used` bytes copied.
    package static func grown(_ old: Buffer, used: Int, needed: Int, zero: Bool = false) -> Buffer {
        let capacity = max(needed, old.capacity * 2)
        let larger = zero ? Buffer.zeroed(capacity: capacity) : Buffer(capacity: capacity)
        memcpy(larger.address, old.address, used)
        return larger
    }
}

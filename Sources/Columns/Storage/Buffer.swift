// Memory of a column: aligned, padded, owned by one object.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A block of memory aligned to 64 bytes, with 64 readable bytes beyond its capacity, so that kernels may load whole
/// words and vectors past the last value.
///
/// The memory lies behind the count of its references, in one allocation: kernels make a buffer or two for each batch,
/// and on small ones a second allocation takes as long as the work.
///
/// SAFETY: written only by the builder or kernel that made it, before it is shared; immutable from then on.
@usableFromInline
package struct Buffer: @unchecked Sendable {
    package static let padding = 64

    /// The count of references, the bytes that may be written, and the memory.
    @usableFromInline
    final class Storage: ManagedBuffer<Int, UInt8> {}

    @usableFromInline private(set) var storage: Storage

    /// Allocates at least `capacity` bytes; their content is undefined, the padding is zero.
    @usableFromInline
    package init(capacity: Int) {
        let rounded = (max(capacity, 1) + 63) & ~63
        // Aligned by hand: `malloc` has small blocks at hand for each thread, and an aligned allocation searches for
        // them. Without memory nothing can be reported or released: the one place where the runtime gives up.
        let made = Storage.create(minimumCapacity: rounded + Buffer.padding + 63) { _ in rounded }
        storage = unsafeDowncast(made, to: Storage.self)
        memset(address + rounded, 0, Buffer.padding)
    }

    /// Allocates `capacity` bytes, all zero.
    @usableFromInline
    package static func zeroed(capacity: Int) -> Buffer {
        let buffer = Buffer(capacity: capacity)
        memset(buffer.address, 0, buffer.capacity)
        return buffer
    }

    /// Bytes that may be written.
    @inlinable @inline(__always)
    package var capacity: Int { storage.header }

    /// Where they begin.
    @inlinable @inline(__always)
    package var address: UnsafeMutableRawPointer {
        storage.withUnsafeMutablePointerToElements { UnsafeMutableRawPointer($0).alignedUp(toMultipleOf: 64) }
    }

    /// The memory as values of `T`.
    @inlinable @inline(__always)
    package func pointer<T: BitwiseCopyable>(as type: T.Type) -> UnsafeMutablePointer<T> {
        address.assumingMemoryBound(to: T.self)
    }

    /// Whether nothing else keeps this memory.
    package mutating func isUniquelyReferenced() -> Bool { isKnownUniquelyReferenced(&storage) }

    /// Which memory it is, among all that there is.
    package var identity: ObjectIdentifier { ObjectIdentifier(storage) }
}

/// Whether both are the same memory, or neither is there.
package func === (left: Buffer?, right: Buffer?) -> Bool { left?.storage === right?.storage }

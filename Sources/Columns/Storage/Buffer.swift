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

    /// The count of references, and behind it words of memory: in the first how many bytes may be written, then what
    /// aligns them, and they themselves. (A property in its place would be watched for accesses that overlap.)
    @usableFromInline
    final class Storage {}

    @usableFromInline private(set) var storage: Storage

    /// Allocates at least `capacity` bytes; their content is undefined, the padding is zero.
    @usableFromInline
    package init(capacity: Int) {
        let rounded = (max(capacity, 1) + 63) & ~63
        // Aligned by hand: `malloc` has small blocks at hand for each thread, and an aligned allocation searches for
        // them. Without memory nothing can be reported or released: the one place where the runtime gives up.
        let made = ManagedBufferPointer<Void, UInt64>(
            bufferClass: Storage.self, minimumCapacity: (8 + 56 + rounded + Buffer.padding) / 8
        ) { _, _ in () }
        storage = unsafeDowncast(made.buffer, to: Storage.self)
        words.pointee = UInt64(rounded)
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
    package var capacity: Int { Int(truncatingIfNeeded: words.pointee) }

    /// Where they begin.
    @inlinable @inline(__always)
    package var address: UnsafeMutableRawPointer {
        UnsafeMutableRawPointer(words + 1).alignedUp(toMultipleOf: 64)
    }

    /// The words, which `ManagedBufferPointer` puts right behind what every object begins with.
    @inlinable @inline(__always)
    var words: UnsafeMutablePointer<UInt64> {
        (Unmanaged.passUnretained(storage).toOpaque() + 16).assumingMemoryBound(to: UInt64.self)
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

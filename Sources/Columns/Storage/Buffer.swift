// Memory of a column: aligned, padded, owned by one object.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A block of memory aligned to 64 bytes, with 64 readable bytes beyond its capacity, so that kernels may load whole
/// words and vectors past the last value.
///
/// SAFETY: written only by the builder or kernel that made it, before it is shared; immutable from then on.
@usableFromInline
package final class Buffer: @unchecked Sendable {
    package static let padding = 64

    @usableFromInline package let address: UnsafeMutableRawPointer
    /// Bytes that may be written.
    @usableFromInline package let capacity: Int
    /// What was allocated: `address` lies in it.
    private let block: UnsafeMutableRawPointer

    /// Allocates at least `capacity` bytes; their content is undefined, the padding is zero.
    @usableFromInline
    package init(capacity: Int) {
        let rounded = (max(capacity, 1) + 63) & ~63
        // Aligned by hand: `malloc` has small blocks at hand for each thread, and `posix_memalign` searches for them.
        // What it gives is aligned to 16 bytes.
        guard let block = malloc(rounded + Buffer.padding + 48) else {
            // Nothing can be reported or released without memory: the one place where we give up.
            preconditionFailure("out of memory: could not allocate \(rounded) bytes")
        }
        let address = block.alignedUp(toMultipleOf: 64)
        memset(address + rounded, 0, Buffer.padding)
        self.block = block
        self.address = address
        self.capacity = rounded
    }

    /// Allocates `capacity` bytes, all zero.
    @usableFromInline
    package static func zeroed(capacity: Int) -> Buffer {
        let buffer = Buffer(capacity: capacity)
        memset(buffer.address, 0, buffer.capacity)
        return buffer
    }

    deinit { free(block) }

    /// The memory as values of `T`.
    @inlinable @inline(__always)
    package func pointer<T: BitwiseCopyable>(as type: T.Type) -> UnsafeMutablePointer<T> {
        address.assumingMemoryBound(to: T.self)
    }
}

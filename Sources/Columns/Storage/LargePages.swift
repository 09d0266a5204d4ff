// Large pages for what is large and read here and there.

import CPlatform

/// Tables and accumulators of many groups are read at places that have nothing to do with each other: with pages of
/// 4 KiB nearly every read misses the processor's cache of translations, too.
package enum LargePages {
    /// Below this a processor's translations reach far enough.
    private static let leastBytes = 4 << 20

    /// Asks for large pages for memory that has just been allocated or moved.
    @inline(never)
    package static func prefer(_ memory: UnsafeMutableRawPointer, byteCount: Int) {
        if byteCount >= leastBytes { platform_prefer_large_pages(memory, byteCount) }
    }
}

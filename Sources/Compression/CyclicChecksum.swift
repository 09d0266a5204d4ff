// The checksum of gzip, PNG and Parquet.

import CZlib

/// CRC-32, with the polynomial of gzip.
package enum CyclicChecksum {
    /// The checksum of bytes.
    package static func crc32(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        UInt32(truncatingIfNeeded: crc32_z(0, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count))
    }
}

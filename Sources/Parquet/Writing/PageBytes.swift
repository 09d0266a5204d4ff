// Bytes that grow: what becomes a page.

import Columns

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Bytes to append to; cleared, they keep their memory.
struct PageBytes: ~Copyable {
    private(set) var buffer: Buffer
    private(set) var count = 0

    init(capacity: Int = 4096) { buffer = Buffer(capacity: capacity) }

    /// The bytes so far, until more are appended.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: buffer.address, count: count) }

    /// The first bytes as values of a type.
    func pointer<T: BitwiseCopyable>(as type: T.Type) -> UnsafeMutablePointer<T> { buffer.pointer(as: type) }

    /// Makes room for more bytes, and tells where they go.
    @inline(__always)
    mutating func reserve(_ more: Int) -> UnsafeMutableRawPointer {
        if count &+ more > buffer.capacity { buffer = Buffer.grown(buffer, used: count, needed: count &+ more) }
        return buffer.address + count
    }

    /// Counts bytes that were written where `reserve` said.
    @inline(__always)
    mutating func advance(_ written: Int) { count &+= written }

    @inline(__always)
    mutating func append(_ bytes: UnsafeRawPointer, count length: Int) {
        memcpy(reserve(length), bytes, length)
        count &+= length
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        if let start = bytes.baseAddress { append(start, count: bytes.count) }
    }

    mutating func append(_ byte: UInt8) {
        reserve(1).storeBytes(of: byte, as: UInt8.self)
        count &+= 1
    }

    mutating func append(repeating byte: UInt8, count length: Int) {
        memset(reserve(length), Int32(byte), length)
        count &+= length
    }

    /// A number of 32 bits, least significant byte first.
    @inline(__always)
    mutating func append(word: UInt32) {
        reserve(4).storeBytes(of: word.littleEndian, as: UInt32.self)
        count &+= 4
    }

    /// A number in as few groups of seven bits as hold it.
    mutating func append(varint number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func append(zigzag number: Int64) { append(varint: UInt64(bitPattern: number << 1 ^ number >> 63)) }

    mutating func clear() { count = 0 }
}

// Blocks of Snappy, back as they were.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Decompresses blocks of Snappy. Debian's library copies each few bytes by a call of `memmove`, and takes half as long
/// again; it compresses.
///
/// A block is its decompressed length, and then elements: bytes as they are (literals), or how far back bytes lie that
/// come again (copies). As long as there is room on both sides for any element that is short, 64 bytes are copied of
/// each, and those that are too many are written over by what follows; near the ends each byte is copied alone.
/// Every length and distance is held against what is there before it is used.
enum SnappyBlock {
    /// How many bytes a block says to hold, and where its elements begin; `nil` where it doesn't say.
    static func length(_ block: UnsafeRawBufferPointer) -> (bytes: Int, start: Int)? {
        var bytes: UInt64 = 0
        for index in 0..<min(5, block.count) {
            bytes |= UInt64(block[index] & 0x7F) << UInt64(7 * index)
            if block[index] < 0x80 { return bytes <= UInt64(UInt32.max) ? (Int(bytes), index + 1) : nil }
        }
        return nil
    }

    /// Decompresses elements into the whole of `target`. Whether they are sound, and as many bytes as it takes.
    static func decompress(_ elements: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Bool {
        guard let first = elements.baseAddress, let start = target.baseAddress else {
            return elements.isEmpty && target.isEmpty
        }
        var walk = Walk(
            next: first, end: first + elements.count, start: start, out: start, limit: start + target.count)
        return walk.passLong() && walk.passRest() && walk.out == walk.limit
    }

    /// Where the next element is read, and where it is written.
    fileprivate struct Walk {
        var next: UnsafeRawPointer
        let end: UnsafeRawPointer
        let start: UnsafeMutableRawPointer
        var out: UnsafeMutableRawPointer
        let limit: UnsafeMutableRawPointer
    }
}

extension SnappyBlock.Walk {
    /// So far from the ends 64 bytes may be read behind a tag, and 64 and a word be written.
    private static var margin: Int { 80 }

    /// The elements that begin far enough from the ends. Whether all are sound.
    ///
    /// Which of the two short kinds of copies comes next nobody can foresee: what differs between them is calculated.
    @inline(__always)
    fileprivate mutating func passLong() -> Bool {
        guard end - next > Self.margin, limit - out > Self.margin else { return true }
        let (lastNext, lastOut, start) = (end - Self.margin, limit - Self.margin, start)
        var (next, out) = (next, out)
        while next <= lastNext, out <= lastOut {
            let tag = Int(next.load(as: UInt8.self))
            let (kind, upper) = (tag & 3, tag &>> 2)
            if kind == 0, upper < 60 {
                Self.copy(next + 1, out)
                next += upper &+ 2
                out += upper &+ 1
                continue
            }
            if kind == 0 || kind == 3 {
                (self.next, self.out) = (next, out)
                guard passOne() else { return false }
                (next, out) = (self.next, self.out)
                continue
            }
            // One byte of distance, and three bits of it beside three of the length; or two bytes and six bits.
            let word = Int(UInt16(littleEndian: next.loadUnaligned(fromByteOffset: 1, as: UInt16.self)))
            let count = (upper & ((1 &<< (3 &* kind)) &- 1)) &+ (7 &- 3 &* kind)
            let distance = word & (0xFFFF &>> (16 &- 8 &* kind)) | ((tag & 0xE0) &<< 3) &* (2 &- kind)
            next += kind &+ 1
            guard UInt(bitPattern: distance &- 1) < UInt(bitPattern: out - start) else { return false }
            let from = UnsafeRawPointer(out) - distance
            if distance < 16 { Self.copyNear(from, out, count) } else { Self.copy(from, out) }
            out += count
        }
        (self.next, self.out) = (next, out)
        return true
    }

    /// Copies 64 bytes, the first ones first, from where they don't overlap within 16.
    @inline(__always)
    private static func copy(_ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer) {
        for place in 0..<4 {
            let part = from.loadUnaligned(fromByteOffset: place &* 16, as: SIMD16<UInt8>.self)
            to.storeBytes(of: part, toByteOffset: place &* 16, as: SIMD16<UInt8>.self)
        }
    }

    /// Copies bytes from less than 16 before, some of which are only there once others were copied; up to 7 too many.
    @inline(__always)
    private static func copyNear(_ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ count: Int) {
        var (from, to, left) = (from, to, count)
        // What repeats gets twice as long each time.
        while UnsafeRawPointer(to) - from < 8 {
            let distance = UnsafeRawPointer(to) - from
            to.storeBytes(of: from.loadUnaligned(as: UInt64.self), as: UInt64.self)
            left &-= distance
            to += distance
        }
        while left > 0 {
            to.storeBytes(of: from.loadUnaligned(as: UInt64.self), as: UInt64.self)
            from += 8
            to += 8
            left &-= 8
        }
    }

    /// The elements that are left. Whether all are sound.
    fileprivate mutating func passRest() -> Bool {
        while next < end { guard passOne() else { return false } }
        return true
    }

    /// One element of any kind, anywhere. Whether it is sound.
    @inline(never)
    private mutating func passOne() -> Bool {
        let tag = Int(next.load(as: UInt8.self))
        let (kind, upper) = (tag & 3, tag >> 2)
        next += 1
        // How many bytes of length or distance follow.
        let width = kind == 0 ? max(0, upper - 59) : kind == 3 ? 4 : kind
        guard width <= end - next else { return false }
        var number = 0
        for index in 0..<width { number |= Int(next.load(fromByteOffset: index, as: UInt8.self)) << (8 * index) }
        next += width
        if kind == 0 {
            let count = width == 0 ? upper + 1 : number + 1
            guard count <= end - next, count <= limit - out else { return false }
            memcpy(out, next, count)
            next += count
            out += count
            return true
        }
        let count = kind == 1 ? (upper & 7) + 4 : upper + 1
        let distance = kind == 1 ? (tag >> 5) << 8 | number : number
        guard distance > 0, distance <= out - start, count <= limit - out else { return false }
        for _ in 0..<count {
            out.storeBytes(of: (out - distance).load(as: UInt8.self), as: UInt8.self)
            out += 1
        }
        return true
    }
}

// Numbers as differences, packed into bits by block.

/// Reads what DELTA_BINARY_PACKED writes, from bytes 16 beyond which may be read. Nothing is allocated for what the
/// header claims.
struct DeltaDecoder {
    private var next: UnsafePointer<UInt8>
    private let end: UnsafePointer<UInt8>
    private var miniBlocks = 0
    private var miniBlockSize = 0
    /// Numbers that weren't read yet.
    private(set) var left = 0
    private var value: UInt64 = 0
    private var isFirst = true
    /// Of the block: the least difference, the widths of its parts, and which part is next.
    private var least: UInt64 = 0
    private var widths: UnsafePointer<UInt8>
    private var nextPart = 0
    /// Of the part: where it is, how wide its numbers are, which is next and how many there are.
    private var part: UnsafePointer<UInt8>
    private var width = 0
    private var index = 0
    private var partLeft = 0

    /// Reads the header; `nil` where it is none.
    init?(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) {
        next = start
        self.end = end
        widths = start
        part = start
        guard let size = varint(), let parts = varint(), let count = varint(), let first = varint(),
            size > 0, size <= 1 << 20, parts > 0, parts <= size, size % parts == 0, size / parts % 8 == 0,
            count <= UInt64(Int32.max)
        else { return nil }
        miniBlocks = Int(parts)
        miniBlockSize = Int(size / parts)
        nextPart = miniBlocks
        left = Int(count)
        value = Self.unzigzag(first)
    }

    /// Where the numbers end; `nil` where they don't.
    var endOfNumbers: UnsafePointer<UInt8>? {
        var other = self
        guard other.left > 0 else { return next }
        other.left -= 1
        while other.left > 0 {
            guard other.beginPart() else { return nil }
            other.left -= other.partLeft
        }
        return other.next
    }

    private mutating func varint() -> UInt64? {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64 {
            guard next < end else { return nil }
            let byte = next[0]
            next += 1
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return number }
            shift += 7
        }
        return nil
    }

    private static func unzigzag(_ number: UInt64) -> UInt64 { number >> 1 ^ (0 &- (number & 1)) }

    /// Goes to the next part with numbers. Whether it is there.
    private mutating func beginPart() -> Bool {
        if nextPart == miniBlocks {
            guard let number = varint(), end - next >= miniBlocks else { return false }
            least = Self.unzigzag(number)
            widths = next
            next += miniBlocks
            nextPart = 0
        }
        width = Int(widths[nextPart])
        nextPart += 1
        guard width <= 64 else { return false }
        partLeft = min(miniBlockSize, left)
        index = 0
        part = next
        let size = miniBlockSize * width / 8
        guard (partLeft * width + 7) / 8 <= end - next else { return false }
        next += min(size, end - next)
        return true
    }

    /// Reads `count` numbers, cut to the size of `T`. Whether there were as many.
    @inline(__always)
    mutating func decode<T: FixedWidthInteger & BitwiseCopyable>(
        into out: UnsafeMutablePointer<T>, count: Int
    ) -> Bool {
        guard count <= left else { return false }
        var done = 0
        if isFirst, count > 0 {
            isFirst = false
            out[0] = T(truncatingIfNeeded: value)
            left -= 1
            done = 1
        }
        while done < count {
            if partLeft == 0, !beginPart() { return false }
            let step = min(partLeft, count &- done)
            let bytes = UnsafeRawPointer(part)
            let mask: UInt64 = width == 64 ? ~0 : (1 &<< UInt64(width)) &- 1
            var bit = index &* width
            for slot in 0..<step {
                let byte = bit &>> 3
                let shift = UInt64(bit & 7)
                let low = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: byte, as: UInt64.self))
                // What lies in a ninth byte; nothing where the number begins with a byte.
                let high = UInt64(bytes.load(fromByteOffset: byte &+ 8, as: UInt8.self))
                let delta = ((low &>> shift) | ((high &<< 1) &<< (63 &- shift))) & mask
                value = value &+ least &+ delta
                out[done &+ slot] = T(truncatingIfNeeded: value)
                bit &+= width
            }
            index &+= step
            partLeft &-= step
            left &-= step
            done &+= step
        }
        return true
    }
}

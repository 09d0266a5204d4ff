// Runs of one number and numbers packed into bits: levels, numbers of a dictionary, and booleans.

/// Reads numbers of up to 32 bits from bytes, 8 beyond which may be read.
struct HybridDecoder {
    private var next: UnsafePointer<UInt8>
    private let end: UnsafePointer<UInt8>
    private let width: Int
    /// What is left of the run.
    private var left = 0
    private var repeated: UInt32 = 0
    /// Where the numbers of a packed run begin, and which of them is next; `nil` in a run of one number.
    private var packed: UnsafePointer<UInt8>?
    private var packedIndex = 0

    /// Reads numbers of `width` bits, 0 to 32.
    init(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, width: Int) {
        next = start
        self.end = end
        self.width = width
    }

    /// Finds the next run. Whether there is one.
    private mutating func nextRun() -> Bool {
        while left == 0 {
            var header: UInt64 = 0
            var shift: UInt64 = 0
            repeat {
                guard next < end, shift < 35 else { return false }
                header |= UInt64(next[0] & 0x7F) << shift
                shift += 7
                next += 1
            } while next[-1] >= 0x80
            let count = Int(header >> 1)
            if header & 1 == 1 {
                packed = next
                packedIndex = 0
                left = count * 8
                let wanted = count * width
                if wanted > end - next {
                    // Some leave out what would be beyond the last number.
                    left = (end - next) * 8 / width
                    next = end
                } else {
                    next += wanted
                }
            } else {
                let bytes = (width + 7) / 8
                guard end - next >= bytes else { return false }
                packed = nil
                repeated = 0
                for index in 0..<bytes { repeated |= UInt32(next[index]) << UInt32(index * 8) }
                next += bytes
                left = count
            }
        }
        return true
    }

    /// Reads `count` numbers, cut to the size of `T`. Whether there were as many.
    @inline(__always)
    mutating func decode<T: FixedWidthInteger & BitwiseCopyable>(
        into out: UnsafeMutablePointer<T>, count: Int
    ) -> Bool {
        var done = 0
        while done < count {
            guard left > 0 || nextRun() else { return false }
            let step = min(left, count &- done)
            if let packed {
                Self.unpack(packed, from: packedIndex, step, width: width, into: out + done)
                packedIndex &+= step
            } else {
                (out + done).update(repeating: T(truncatingIfNeeded: repeated), count: step)
            }
            left &-= step
            done &+= step
        }
        return true
    }

    /// The number of a run that has `count` numbers at least, which are taken; `nil`, and nothing taken, where the next
    /// ones are no such run.
    mutating func takeRun(_ count: Int) -> UInt32? {
        guard left > 0 || nextRun(), packed == nil, left >= count else { return nil }
        left &-= count
        return repeated
    }

    @inline(__always)
    private static func unpack<T: FixedWidthInteger & BitwiseCopyable>(
        _ packed: UnsafePointer<UInt8>, from first: Int, _ count: Int, width: Int, into out: UnsafeMutablePointer<T>
    ) {
        let bytes = UnsafeRawPointer(packed)
        let mask = (UInt64(1) &<< UInt64(width)) &- 1
        var index = 0
        var bit = first &* width
        if width <= 8, width > 0 {
            // Eight numbers are in one word, once they begin with a byte.
            while index < count, bit & 7 != 0 {
                out[index] = number(bytes, bit, mask)
                index &+= 1
                bit &+= width
            }
            while index &+ 8 <= count {
                var word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self))
                for slot in 0..<8 {
                    out[index &+ slot] = T(truncatingIfNeeded: word & mask)
                    word &>>= UInt64(width)
                }
                index &+= 8
                bit &+= 8 &* width
            }
        }
        while index < count {
            out[index] = number(bytes, bit, mask)
            index &+= 1
            bit &+= width
        }
    }

    @inline(__always)
    private static func number<T: FixedWidthInteger>(_ bytes: UnsafeRawPointer, _ bit: Int, _ mask: UInt64) -> T {
        let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self))
        return T(truncatingIfNeeded: (word &>> UInt64(bit & 7)) & mask)
    }
}

/// Reads the levels of a page.
struct LevelDecoder {
    private enum Kind {
        /// All are 0.
        case none
        case hybrid(HybridDecoder)
        /// Packed into bits from the highest one on, as nobody writes any more.
        case highestFirst(UnsafePointer<UInt8>, bit: Int, end: Int, width: Int)
    }

    private var kind: Kind
    private let maximum: UInt8

    /// Levels that are all 0.
    init() {
        kind = .none
        maximum = 0
    }

    /// Levels up to `maximum` in bytes, 8 beyond which may be read.
    init(
        _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, maximum: UInt8, isBitPacked: Bool = false
    ) {
        self.maximum = maximum
        let width = Self.width(maximum)
        kind =
            isBitPacked
            ? .highestFirst(start, bit: 0, end: (end - start) * 8, width: width)
            : .hybrid(HybridDecoder(start, end, width: width))
    }

    /// Bits of a level.
    static func width(_ maximum: UInt8) -> Int { 8 - maximum.leadingZeroBitCount }

    /// The level of the next `count` ones, which are taken, where all are in one run of it; `nil`, and nothing taken,
    /// elsewhere.
    mutating func takeRun(_ count: Int) -> UInt8? {
        guard case .hybrid(var decoder) = kind else { return nil }
        let level = decoder.takeRun(count)
        // A level beyond the greatest is left to `decode`, which refuses it.
        guard let level, level <= UInt32(maximum) else { return nil }
        kind = .hybrid(decoder)
        return UInt8(truncatingIfNeeded: level)
    }

    /// Reads `count` levels. Whether there were as many, none beyond the greatest.
    mutating func decode(into out: UnsafeMutablePointer<UInt8>, count: Int) -> Bool {
        switch kind {
        case .none:
            out.update(repeating: 0, count: count)
            return true
        case .hybrid(var decoder):
            let isWhole = decoder.decode(into: out, count: count)
            kind = .hybrid(decoder)
            guard isWhole else { return false }
        case .highestFirst(let bytes, var bit, let end, let width):
            guard count <= (end - bit) / width else { return false }
            for index in 0..<count {
                var level: UInt8 = 0
                for _ in 0..<width {
                    level = level << 1 | (bytes[bit >> 3] >> UInt8(7 - bit & 7)) & 1
                    bit += 1
                }
                out[index] = level
            }
            kind = .highestFirst(bytes, bit: bit, end: end, width: width)
        }
        var greatest: UInt8 = 0
        for index in 0..<count { greatest = max(greatest, out[index]) }
        return greatest <= maximum
    }
}

// Values of up to eight bytes as words, so that equal values are equal words.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Integers sign-extended, floating-point numbers as canonical bits, booleans 0 or 1. The form of keys in memory and,
/// as little-endian bytes, in the state's files.
enum KeyWords {
    /// Whether a value of a type is one word.
    static func canRead(_ type: DataType) -> Bool {
        switch type.layout {
        case .bits, .fixed8, .fixed16, .fixed32, .fixed64: true
        case .none, .fixed128, .bytes, .list, .structure: false
        }
    }

    /// The least word that a value of a type is, and how many bits all of them differ in.
    static func range(of type: DataType) -> (least: Int64, bits: Int) {
        switch type {
        case .boolean: return (0, 1)
        // Their bits are not extended by a sign.
        case .float: return (0, 32)
        default: break
        }
        switch type.layout {
        case .fixed8: return (Int64(Int8.min), 8)
        case .fixed16: return (Int64(Int16.min), 16)
        case .fixed32: return (Int64(Int32.min), 32)
        case .none, .bits, .fixed64, .fixed128, .bytes, .list, .structure: return (.min, 64)
        }
    }

    /// The words of `count` rows from `first` on; those of NULL rows mean nothing.
    static func read(
        _ column: ColumnVector, first: Int, count: Int, into words: UnsafeMutablePointer<UInt64>
    ) {
        switch column.type {
        case .float:
            let slots = column.slots(as: Float.self) + first
            for index in 0..<count { words[index] = UInt64(canonicalBits(slots[index])) }
            return
        case .double:
            let slots = column.slots(as: Double.self) + first
            for index in 0..<count { words[index] = canonicalBits(slots[index]) }
            return
        default: break
        }
        switch column.type.layout {
        case .bits:
            let bits = column.bits
            for index in 0..<count { words[index] = Bitmap.get(bits, first &+ index) ? 1 : 0 }
        case .fixed8: widen(column.slots(as: Int8.self) + first, count, words)
        case .fixed16: widen(column.slots(as: Int16.self) + first, count, words)
        case .fixed32: widen(column.slots(as: Int32.self) + first, count, words)
        case .fixed64: memcpy(words, column.slots(as: UInt64.self) + first, count * 8)
        case .none, .fixed128, .bytes, .list, .structure: preconditionFailure("\(column.type) is not one word")
        }
    }

    @inline(__always)
    private static func widen<T: FixedWidthInteger>(
        _ slots: UnsafePointer<T>, _ count: Int, _ words: UnsafeMutablePointer<UInt64>
    ) {
        for index in 0..<count { words[index] = UInt64(bitPattern: Int64(truncatingIfNeeded: slots[index])) }
    }

    /// The words at some places as a column's buffer.
    static func gather(
        _ words: UnsafePointer<UInt64>, _ places: UnsafePointer<UInt32>, _ count: Int, _ type: DataType
    ) -> Buffer {
        column(count, type) { words[Int(places[$0])] }
    }

    /// The words of some rows as a column's buffer.
    @inline(__always)
    static func column(_ count: Int, _ type: DataType, _ word: (Int) -> UInt64) -> Buffer {
        switch type.layout {
        case .bits:
            return Bitmap.filled(count: count) { out, wordCount in
                for index in 0..<wordCount {
                    var bits: UInt64 = 0
                    for bit in 0..<min(64, count &- index &* 64) {
                        bits |= (word(index &* 64 &+ bit) & 1) &<< UInt64(truncatingIfNeeded: bit)
                    }
                    out[index] = bits
                }
            }
        case .fixed8: return narrow(count, UInt8.self, word)
        case .fixed16: return narrow(count, UInt16.self, word)
        case .fixed32: return narrow(count, UInt32.self, word)
        case .fixed64: return narrow(count, UInt64.self, word)
        case .none, .fixed128, .bytes, .list, .structure: preconditionFailure("\(type) is not one word")
        }
    }

    @inline(__always)
    private static func narrow<T: FixedWidthInteger & BitwiseCopyable>(
        _ count: Int, _: T.Type, _ word: (Int) -> UInt64
    ) -> Buffer {
        let buffer = Buffer(capacity: count * MemoryLayout<T>.stride)
        let out = buffer.pointer(as: T.self)
        for row in 0..<count { out[row] = T(truncatingIfNeeded: word(row)) }
        return buffer
    }
}

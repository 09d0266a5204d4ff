// Bytes to text: valid UTF-8 is shared, everything else is repaired.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

package enum UTF8Kernel {
    /// Binaries as strings. Bytes that are no UTF-8 become U+FFFD, one for each maximal part of a sequence that could have
    /// gone on, as Unicode recommends and Java's decoder does. Where all is valid, nothing is copied.
    package static func string(fromBinary column: ColumnVector) -> ColumnVector {
        if isASCII(column) || isValid(column) { return column.reinterpreted(as: .string) }
        var builder = BytesBuilder(type: .string, capacity: column.count, byteCapacity: 1024)
        var repaired: [UInt8] = []
        for row in 0..<column.count {
            if column.isNull(row) {
                builder.appendNull()
                continue
            }
            let run = column.run(row)
            repaired.removeAll(keepingCapacity: true)
            repair(run, into: &repaired)
            builder.append(repaired)
        }
        return builder.finish()
    }

    /// Whether no byte of any run has its high bit set. In the plain layout the runs lie one behind the other.
    static func isASCII(_ column: ColumnVector) -> Bool {
        let (from, to, base) = (column.starts, column.ends, column.byteStart)
        if column.isPlainLayout {
            guard column.count > 0 else { return true }
            return isASCII(base + Int(from[0]), Int(to[column.count - 1] &- from[0]))
        }
        for row in 0..<column.count where !isASCII(base + Int(from[row]), Int(to[row] &- from[row])) { return false }
        return true
    }

    @inline(__always)
    static func isASCII(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        let raw = UnsafeRawPointer(bytes)
        var high: UInt64 = 0
        var position = 0
        while position &+ 8 <= count {
            high |= raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            position &+= 8
        }
        while position < count {
            high |= UInt64(bytes[position])
            position &+= 1
        }
        return high & 0x8080_8080_8080_8080 == 0
    }

    private static func isValid(_ column: ColumnVector) -> Bool {
        let (from, to, base) = (column.starts, column.ends, column.byteStart)
        for row in 0..<column.count where !isValid(base + Int(from[row]), Int(to[row] &- from[row])) { return false }
        return true
    }

    private static func isValid(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        var position = 0
        while position < count {
            if bytes[position] < 0x80 {
                position &+= 1
                continue
            }
            let (length, isWhole) = sequence(bytes + position, count &- position)
            if !isWhole { return false }
            position &+= length
        }
        return true
    }

    /// How many bytes the character here has; where it is broken, how many could have begun one.
    private static func sequence(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> (length: Int, isWhole: Bool) {
        let lead = bytes[0]
        let length: Int
        var low: UInt8 = 0x80
        var high: UInt8 = 0xBF
        switch lead {
        case 0..<0x80: return (1, true)
        case 0xC2...0xDF: length = 2
        case 0xE0...0xEF:
            length = 3
            if lead == 0xE0 { low = 0xA0 }
            if lead == 0xED { high = 0x9F }
        case 0xF0...0xF4:
            length = 4
            if lead == 0xF0 { low = 0x90 }
            if lead == 0xF4 { high = 0x8F }
        default: return (1, false)
        }
        for place in 1..<length {
            guard place < count, bytes[place] >= low, bytes[place] <= high else { return (place, false) }
            low = 0x80
            high = 0xBF
        }
        return (length, true)
    }

    private static func repair(_ run: UnsafeBufferPointer<UInt8>, into result: inout [UInt8]) {
        guard let bytes = run.baseAddress else { return }
        var position = 0
        while position < run.count {
            let (length, isWhole) = sequence(bytes + position, run.count - position)
            if isWhole {
                for place in 0..<length { result.append(bytes[position + place]) }
            } else {
                result.append(contentsOf: [0xEF, 0xBF, 0xBD])
            }
            position += length
        }
    }
}

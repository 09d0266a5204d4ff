// The different values of a column's chunk, each with a number.

import Columns

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Mixes the bits of a word with a secret of the process, so that nobody can choose values that collide.
@inline(__always)
private func mixed(_ word: UInt64, _ seed: UInt64) -> UInt64 {
    let product = (word ^ seed).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    return product.high ^ product.low
}

/// Numbers of values with a fixed width.
struct FixedDictionary<Key: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>: ~Copyable {
    /// The number of a value plus one, by its hash; zero is none. A power of two of them.
    private var slots: [UInt32] = []
    /// The values in the order of their numbers, which is their plain encoding.
    private(set) var values = PageBytes(capacity: 0)
    private(set) var count = 0
    private let seed = HashSeed.process.first

    init() {}

    /// Appends the number of each value.
    mutating func encode(_ keys: UnsafePointer<Key>, count rows: Int, into numbers: inout PageBytes) {
        let out = numbers.reserve(rows * 4).assumingMemoryBound(to: UInt32.self)
        while (count + rows) * 2 > slots.count { grow() }
        _ = values.reserve(rows * MemoryLayout<Key>.stride)
        let known = values.pointer(as: Key.self)
        var next = count
        slots.withUnsafeMutableBufferPointer { table in
            guard let slots = table.baseAddress else { return }
            let mask = table.count &- 1
            for row in 0..<rows {
                let key = keys[row]
                var place = Int(truncatingIfNeeded: mixed(UInt64(truncatingIfNeeded: key), seed)) & mask
                while true {
                    let number = slots[place]
                    if number == 0 {
                        known[next] = key
                        next &+= 1
                        slots[place] = UInt32(truncatingIfNeeded: next)
                        out[row] = UInt32(truncatingIfNeeded: next &- 1)
                        break
                    }
                    if known[Int(number &- 1)] == key {
                        out[row] = number &- 1
                        break
                    }
                    place = (place &+ 1) & mask
                }
            }
        }
        values.advance((next - count) * MemoryLayout<Key>.stride)
        count = next
        numbers.advance(rows * 4)
    }

    private mutating func grow() {
        var larger = [UInt32](repeating: 0, count: max(1024, slots.count * 2))
        let known = values.pointer(as: Key.self)
        let mask = larger.count - 1
        for index in 0..<count {
            var place = Int(truncatingIfNeeded: mixed(UInt64(truncatingIfNeeded: known[index]), seed)) & mask
            while larger[place] != 0 { place = (place + 1) & mask }
            larger[place] = UInt32(truncatingIfNeeded: index + 1)
        }
        slots = larger
    }
}

/// Numbers of runs of bytes.
struct BytesDictionary: ~Copyable {
    private var slots: [UInt32] = []
    /// The hashes of the values, where each starts in `values` behind its length, and how long it is.
    private var entries: [(hash: UInt64, start: Int, length: Int)] = []
    /// The values in the order of their numbers, in plain encoding.
    private(set) var values = PageBytes(capacity: 0)
    /// Whether a value's length stands before it.
    let writesLengths: Bool
    private let seed = HashSeed.process

    var count: Int { entries.count }

    init(writesLengths: Bool) { self.writesLengths = writesLengths }

    /// Appends the number of each run.
    mutating func encode(_ runs: StagedRuns, into numbers: inout PageBytes) {
        let out = numbers.reserve(runs.count * 4).assumingMemoryBound(to: UInt32.self)
        while (count + runs.count) * 2 > slots.count { grow() }
        let mask = slots.count &- 1
        for row in 0..<runs.count {
            let (start, length) = (runs.start(row), runs.length(row))
            let hash = hash(start, length)
            var place = Int(truncatingIfNeeded: hash) & mask
            while true {
                let number = slots[place]
                if number == 0 {
                    slots[place] = UInt32(truncatingIfNeeded: count &+ 1)
                    out[row] = UInt32(truncatingIfNeeded: count)
                    add(start, length, hash)
                    break
                }
                let entry = entries[Int(number &- 1)]
                if entry.hash == hash, entry.length == length,
                    memcmp(values.pointer(as: UInt8.self) + entry.start, start, length) == 0
                {
                    out[row] = number &- 1
                    break
                }
                place = (place &+ 1) & mask
            }
        }
        numbers.advance(runs.count * 4)
    }

    private mutating func add(_ start: UnsafePointer<UInt8>, _ length: Int, _ hash: UInt64) {
        if writesLengths { values.append(word: UInt32(truncatingIfNeeded: length)) }
        entries.append((hash, values.count, length))
        values.append(start, count: length)
    }

    /// Appends the plain encoding of the values with these numbers.
    func decode(_ numbers: UnsafePointer<UInt32>, count: Int, into out: inout PageBytes) {
        for index in 0..<count {
            let entry = entries[Int(numbers[index])]
            if writesLengths { out.append(word: UInt32(truncatingIfNeeded: entry.length)) }
            out.append(values.pointer(as: UInt8.self) + entry.start, count: entry.length)
        }
    }

    @inline(__always)
    private func hash(_ start: UnsafePointer<UInt8>, _ length: Int) -> UInt64 {
        var hash = mixed(UInt64(truncatingIfNeeded: length), seed.first)
        var place = 0
        while place &+ 8 <= length {
            let word = UnsafeRawPointer(start + place).loadUnaligned(as: UInt64.self)
            hash = mixed(word ^ hash, seed.second)
            place &+= 8
        }
        if place < length {
            // Columns' bytes are padded, so that a word may be read beyond the last one.
            let word = UnsafeRawPointer(start + place).loadUnaligned(as: UInt64.self)
            hash = mixed((word & ~(~0 << UInt64((length &- place) &* 8))) ^ hash, seed.third)
        }
        return hash
    }

    private mutating func grow() {
        var larger = [UInt32](repeating: 0, count: max(1024, slots.count * 2))
        let mask = larger.count - 1
        for index in entries.indices {
            var place = Int(truncatingIfNeeded: entries[index].hash) & mask
            while larger[place] != 0 { place = (place + 1) & mask }
            larger[place] = UInt32(truncatingIfNeeded: index + 1)
        }
        slots = larger
    }
}

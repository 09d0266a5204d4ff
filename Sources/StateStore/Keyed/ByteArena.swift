// Runs of bytes by number, in one block that is packed when much of it is wasted.

import Columns

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Runs of bytes; a run's number stays the same as long as it is there.
struct ByteArena {
    private struct Place {
        var start: Int
        var length: Int
    }

    private var block = Buffer(capacity: 1024)
    private var places: [Place] = []
    private var used = 0
    private var wasted = 0

    /// Bytes of memory.
    var memoryBytes: Int { block.capacity + places.capacity * MemoryLayout<Place>.stride }

    /// Bytes that a run's place takes.
    static let placeBytes = MemoryLayout<Place>.stride

    /// Bytes that so many more bytes of runs may take at the peak.
    func growthBytes(_ more: Int) -> Int { used + more > block.capacity ? 2 * (used - wasted + more) : 0 }

    /// A run; valid until the next change.
    func run(_ number: Int) -> UnsafeBufferPointer<UInt8> {
        let place = places[number]
        return UnsafeBufferPointer(
            start: UnsafePointer(block.pointer(as: UInt8.self)) + place.start, count: place.length)
    }

    /// Sets a run; a number that is new must be one more than the highest so far or less.
    mutating func set(_ number: Int, _ bytes: UnsafeBufferPointer<UInt8>) {
        if number == places.count { places.append(Place(start: 0, length: 0)) }
        wasted += places[number].length
        // What was there before is forgotten first: it isn't moved.
        places[number].length = 0
        if used + bytes.count > block.capacity { makeRoom(for: bytes.count) }
        if let start = bytes.baseAddress { memcpy(block.address + used, start, bytes.count) }
        places[number] = Place(start: used, length: bytes.count)
        used += bytes.count
    }

    /// Empties a run.
    mutating func clear(_ number: Int) {
        wasted += places[number].length
        places[number].length = 0
    }

    private mutating func makeRoom(for count: Int) {
        let live = used - wasted
        let fresh = Buffer(capacity: max(2 * (live + count), 1024))
        var next = 0
        for number in places.indices {
            memcpy(fresh.address + next, block.address + places[number].start, places[number].length)
            places[number].start = next
            next += places[number].length
        }
        block = fresh
        used = next
        wasted = 0
    }
}

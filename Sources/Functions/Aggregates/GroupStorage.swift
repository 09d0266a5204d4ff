// Something for each group, in memory that grows by moving pages: what accumulators are made of.

import Columns

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A value a group. Reserve before you name new groups; whatever is stored can be loaded, also to take it back.
package class GroupStorage {
    /// The type of the column that `store` gives.
    package let type: DataType

    init(_ type: DataType) { self.type = type }

    var memoryBytes: Int { preconditionFailure("each storage has its own") }
    /// Bytes that `reserve` of so many takes.
    func growthBytes(_ count: Int) -> Int { preconditionFailure("each storage has its own") }
    /// Bytes that copying what some groups of another hold takes, beside the room for the groups.
    func growthBytes(from other: GroupStorage, _ groups: UnsafePointer<UInt32>, _ count: Int) -> Int { 0 }
    /// Makes room for groups 0 to `count` - 1.
    func reserve(_ count: Int) { preconditionFailure("each storage has its own") }
    /// Forgets the first `count` groups.
    func clear(_ count: Int) { preconditionFailure("each storage has its own") }
    /// Forgets some groups.
    func clear(_ groups: UnsafePointer<UInt32>, _ count: Int) { preconditionFailure("each storage has its own") }
    /// The values of some groups.
    func store(_ groups: UnsafePointer<UInt32>, _ count: Int) -> ColumnVector {
        preconditionFailure("each storage has its own")
    }
    /// Sets the values of some groups to what `store` gave.
    func load(_ column: ColumnVector, _ groups: UnsafePointer<UInt32>, _ count: Int) {
        preconditionFailure("each storage has its own")
    }
    /// Another storage as the kind that it must be.
    static func cast<T: GroupStorage>(_ storage: GroupStorage, _: T.Type) -> T {
        guard let known = storage as? T else { preconditionFailure("a storage of another accumulator") }
        return known
    }
}

/// A slot of fixed width for each group, zero at first.
package final class GroupSlots: GroupStorage {
    private var memory: UnsafeMutableRawPointer
    private var capacity = 64
    private let width: Int

    /// Slots for values of a type of fixed width.
    override init(_ type: DataType) {
        guard let width = type.fixedWidth else { preconditionFailure("values of \(type) have no fixed width") }
        self.width = width
        memory = GroupSlots.allocated(nil, 64 * width)
        memset(memory, 0, 64 * width)
        super.init(type)
    }

    deinit { free(memory) }

    override var memoryBytes: Int { capacity * width }

    /// The slots; moves when more are reserved.
    @inline(__always)
    func pointer<T: BitwiseCopyable>(as _: T.Type) -> UnsafeMutablePointer<T> {
        assert(MemoryLayout<T>.size == width)
        return memory.assumingMemoryBound(to: T.self)
    }

    override func growthBytes(_ count: Int) -> Int {
        count > capacity ? (max(count, capacity * 2) - capacity) * width : 0
    }

    override func reserve(_ count: Int) {
        guard count > capacity else { return }
        let larger = max(count, capacity * 2)
        memory = GroupSlots.allocated(memory, larger * width)
        memset(memory + capacity * width, 0, (larger - capacity) * width)
        capacity = larger
    }

    override func clear(_ count: Int) { memset(memory, 0, min(count, capacity) * width) }

    override func clear(_ groups: UnsafePointer<UInt32>, _ count: Int) {
        for row in 0..<count { memset(memory + Int(groups[row]) * width, 0, width) }
    }

    override func store(_ groups: UnsafePointer<UInt32>, _ count: Int) -> ColumnVector {
        ColumnVector(type: type, count: count, values: gathered(groups, count))
    }

    /// The slots of some groups.
    func gathered(_ groups: UnsafePointer<UInt32>, _ count: Int) -> Buffer {
        switch width {
        case 1: gathered(UInt8.self, groups, count)
        case 2: gathered(UInt16.self, groups, count)
        case 4: gathered(UInt32.self, groups, count)
        case 8: gathered(UInt64.self, groups, count)
        default: gathered(UInt128.self, groups, count)
        }
    }

    @inline(__always)
    private func gathered<T: BitwiseCopyable>(
        _: T.Type, _ groups: UnsafePointer<UInt32>, _ count: Int
    ) -> Buffer {
        let buffer = Buffer(capacity: count * width)
        let output = buffer.pointer(as: T.self)
        let slots = pointer(as: T.self)
        for row in 0..<count { output[row] = slots[Int(groups[row])] }
        return buffer
    }

    override func load(_ column: ColumnVector, _ groups: UnsafePointer<UInt32>, _ count: Int) {
        switch width {
        case 1: scatter(column.slots(as: UInt8.self), groups, count)
        case 2: scatter(column.slots(as: UInt16.self), groups, count)
        case 4: scatter(column.slots(as: UInt32.self), groups, count)
        case 8: scatter(column.slots(as: UInt64.self), groups, count)
        default: scatter(column.slots(as: UInt128.self), groups, count)
        }
    }

    @inline(__always)
    private func scatter<T: BitwiseCopyable>(
        _ values: UnsafePointer<T>, _ groups: UnsafePointer<UInt32>, _ count: Int
    ) {
        let slots = pointer(as: T.self)
        for row in 0..<count { slots[Int(groups[row])] = values[row] }
    }

    private static func allocated(_ old: UnsafeMutableRawPointer?, _ bytes: Int) -> UnsafeMutableRawPointer {
        guard let memory = realloc(old, bytes) else {
            // Nothing can be reported or released without memory: as in Buffer, where we give up.
            preconditionFailure("out of memory: could not allocate \(bytes) bytes of accumulators")
        }
        LargePages.prefer(memory, byteCount: bytes)
        return memory
    }
}

/// A run of bytes for each group, or none.
///
/// Runs lie in one arena; a group's run is overwritten where the new one fits and else appended, and the arena is
/// compacted when more than half of it is waste.
package final class GroupRuns: GroupStorage {
    /// A group's run: empty slots have no room and hold nothing.
    private struct Place: BitwiseCopyable {
        var start: Int
        var length: UInt32
        /// Bytes that the run may take where it is.
        var room: UInt32
        var isSet: Bool
    }

    private var places = UnsafeMutablePointer<Place>.allocate(capacity: 64)
    private var capacity = 64
    private var arena = UnsafeMutablePointer<UInt8>.allocate(capacity: 1024)
    private var arenaCapacity = 1024
    private var used = 0
    /// Bytes of `used` that no group needs.
    private var wasted = 0

    init() {
        memset(places, 0, 64 * MemoryLayout<Place>.stride)
        super.init(.binary)
    }

    deinit {
        places.deallocate()
        arena.deallocate()
    }

    override var memoryBytes: Int { capacity * MemoryLayout<Place>.stride + arenaCapacity }

    /// The run of a group, `nil` where it has none; valid until the next call of `set`.
    @inline(__always)
    func run(_ group: Int) -> UnsafeBufferPointer<UInt8>? {
        let place = places[group]
        return place.isSet ? UnsafeBufferPointer(start: arena + place.start, count: Int(place.length)) : nil
    }

    /// Copies a run into a group.
    @inline(never)
    func set(_ group: Int, _ run: UnsafeBufferPointer<UInt8>) {
        var place = places[group]
        if run.count > Int(place.room) {
            wasted += Int(place.room)
            reserveArena(used + run.count)
            place.start = used
            place.room = UInt32(truncatingIfNeeded: run.count)
            used += run.count
        }
        if let start = run.baseAddress { memmove(arena + place.start, start, run.count) }
        place.length = UInt32(truncatingIfNeeded: run.count)
        place.isSet = true
        places[group] = place
        compactIfWasted()
    }

    /// The bytes of a group's run, zeros at first; they may be written until the next call.
    @inline(__always)
    func bytes(_ group: Int, count: Int) -> UnsafeMutablePointer<UInt8> {
        let place = places[group]
        return place.isSet && Int(place.length) == count ? arena + place.start : zeros(group, count)
    }

    @inline(never)
    private func zeros(_ group: Int, _ count: Int) -> UnsafeMutablePointer<UInt8> {
        unset(group)
        compactIfWasted()
        reserveArena(used + count)
        let length = UInt32(truncatingIfNeeded: count)
        places[group] = Place(start: used, length: length, room: length, isSet: true)
        memset(arena + used, 0, count)
        used += count
        return arena + places[group].start
    }

    /// Takes a group's run away.
    func unset(_ group: Int) {
        wasted += Int(places[group].room)
        places[group] = Place(start: 0, length: 0, room: 0, isSet: false)
    }

    override func growthBytes(_ count: Int) -> Int {
        count > capacity ? max(count, capacity * 2) * MemoryLayout<Place>.stride : 0
    }

    override func growthBytes(from other: GroupStorage, _ groups: UnsafePointer<UInt32>, _ count: Int) -> Int {
        let other = GroupStorage.cast(other, GroupRuns.self)
        // Most often the sum of all is enough to know.
        guard used + other.used > arenaCapacity else { return 0 }
        var bytes = 0
        for row in 0..<count { bytes += Int(other.places[Int(groups[row])].length) }
        return used + bytes > arenaCapacity ? max(used + bytes, arenaCapacity * 2) : 0
    }

    override func reserve(_ count: Int) {
        guard count > capacity else { return }
        let larger = max(count, capacity * 2)
        let new = UnsafeMutablePointer<Place>.allocate(capacity: larger)
        memcpy(new, places, capacity * MemoryLayout<Place>.stride)
        memset(new + capacity, 0, (larger - capacity) * MemoryLayout<Place>.stride)
        places.deallocate()
        places = new
        capacity = larger
    }

    private func reserveArena(_ bytes: Int) {
        guard bytes > arenaCapacity else { return }
        let larger = max(bytes, arenaCapacity * 2)
        let new = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        memcpy(new, arena, used)
        arena.deallocate()
        arena = new
        arenaCapacity = larger
    }

    override func clear(_ count: Int) {
        memset(places, 0, min(count, capacity) * MemoryLayout<Place>.stride)
        used = 0
        wasted = 0
    }

    override func clear(_ groups: UnsafePointer<UInt32>, _ count: Int) {
        for row in 0..<count { unset(Int(groups[row])) }
    }

    private func compactIfWasted() {
        guard wasted > 64 * 1024, wasted * 2 > used else { return }
        let size = max(1024, used - wasted)
        let fresh = UnsafeMutablePointer<UInt8>.allocate(capacity: size)
        var position = 0
        for group in 0..<capacity where places[group].room > 0 {
            let place = places[group]
            memcpy(fresh + position, arena + place.start, Int(place.length))
            places[group].start = position
            places[group].room = place.length
            position += Int(place.length)
        }
        arena.deallocate()
        arena = fresh
        arenaCapacity = size
        used = position
        wasted = 0
    }

    override func store(_ groups: UnsafePointer<UInt32>, _ count: Int) -> ColumnVector {
        column(.binary, groups, count)
    }

    /// The runs of some groups as values of a type, NULL where there is none.
    func column(_ type: DataType, _ groups: UnsafePointer<UInt32>, _ count: Int) -> ColumnVector {
        var builder = BytesBuilder(type: type, capacity: count)
        for row in 0..<count {
            if let run = run(Int(groups[row])) {
                builder.append(run.baseAddress, count: run.count)
            } else {
                builder.appendNull()
            }
        }
        return builder.finish()
    }

    override func load(_ column: ColumnVector, _ groups: UnsafePointer<UInt32>, _ count: Int) {
        let runs = Runs(column)
        let valid = column.validityBits
        for row in 0..<count {
            if Loops.isValid(valid, row) { set(Int(groups[row]), runs[row]) } else { unset(Int(groups[row])) }
        }
    }
}

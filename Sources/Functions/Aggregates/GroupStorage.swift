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
    /// Bytes that a group's value takes in a column, where values are of any length.
    func storedBytes(_ group: Int) -> Int { 0 }
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

    private var places = GroupArray<Place>()
    private var arena = GroupArena()

    init() { super.init(.binary) }

    override var memoryBytes: Int { places.memoryBytes + arena.capacity }

    @inline(__always)
    private func address(_ place: Place) -> UnsafeMutablePointer<UInt8> {
        (arena.start + place.start).assumingMemoryBound(to: UInt8.self)
    }

    /// The run of a group, `nil` where it has none; valid until the next call of `set`.
    @inline(__always)
    func run(_ group: Int) -> UnsafeBufferPointer<UInt8>? {
        let place = places.pointer[group]
        return place.isSet ? UnsafeBufferPointer(start: address(place), count: Int(place.length)) : nil
    }

    /// Copies a run into a group.
    @inline(never)
    func set(_ group: Int, _ run: UnsafeBufferPointer<UInt8>) {
        var place = places.pointer[group]
        if run.count > Int(place.room) {
            arena.wasted += Int(place.room)
            place.start = arena.take(run.count)
            place.room = UInt32(truncatingIfNeeded: run.count)
        }
        if let start = run.baseAddress { memmove(address(place), start, run.count) }
        place.length = UInt32(truncatingIfNeeded: run.count)
        place.isSet = true
        places.pointer[group] = place
        compactIfWasted()
    }

    /// The bytes of a group's run, zeros at first; they may be written until the next call.
    @inline(__always)
    func bytes(_ group: Int, count: Int) -> UnsafeMutablePointer<UInt8> {
        let place = places.pointer[group]
        return place.isSet && Int(place.length) == count ? address(place) : zeros(group, count)
    }

    @inline(never)
    private func zeros(_ group: Int, _ count: Int) -> UnsafeMutablePointer<UInt8> {
        unset(group)
        compactIfWasted()
        let length = UInt32(truncatingIfNeeded: count)
        let place = Place(start: arena.take(count), length: length, room: length, isSet: true)
        places.pointer[group] = place
        memset(address(place), 0, count)
        return address(place)
    }

    /// Takes a group's run away.
    func unset(_ group: Int) {
        arena.wasted += Int(places.pointer[group].room)
        places.pointer[group] = Place(start: 0, length: 0, room: 0, isSet: false)
    }

    override func storedBytes(_ group: Int) -> Int { Int(places.pointer[group].length) }

    override func growthBytes(_ count: Int) -> Int { places.growthBytes(count) }

    override func growthBytes(from other: GroupStorage, _ groups: UnsafePointer<UInt32>, _ count: Int) -> Int {
        let other = GroupStorage.cast(other, GroupRuns.self)
        // Most often the sum of all is enough to know.
        guard arena.growthBytes(other.arena.used) > 0 else { return 0 }
        var bytes = 0
        for row in 0..<count { bytes += Int(other.places.pointer[Int(groups[row])].length) }
        return arena.growthBytes(bytes)
    }

    override func reserve(_ count: Int) { places.reserve(count) }

    override func clear(_ count: Int) {
        places.clear(count)
        arena.clear()
    }

    override func clear(_ groups: UnsafePointer<UInt32>, _ count: Int) {
        for row in 0..<count { unset(Int(groups[row])) }
    }

    private func compactIfWasted() {
        guard arena.isWasteful else { return }
        var fresh = GroupArena(capacity: arena.used - arena.wasted)
        for group in 0..<places.capacity where places.pointer[group].room > 0 {
            let place = places.pointer[group]
            let start = fresh.take(Int(place.length))
            memcpy(fresh.start + start, address(place), Int(place.length))
            places.pointer[group].start = start
            places.pointer[group].room = place.length
        }
        arena = fresh
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

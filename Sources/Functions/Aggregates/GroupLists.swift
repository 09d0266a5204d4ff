// Any number of runs of bytes for each group: what aggregates that keep their values are made of.

import Columns

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Runs of bytes for each group, in the order in which they were appended.
///
/// They lie in chunks of one arena. A group's chunks name each other, and each is twice as large as the one before, so
/// that appending moves nothing; the arena is written anew, one chunk a group, when more than half of it is waste.
package class GroupLists: GroupStorage {
    /// Where a group's chunks begin and end; 0 for none.
    private struct Place: BitwiseCopyable {
        var first: Int
        var last: Int
        /// How many runs there are, and how many bytes they take with their lengths.
        var count: Int
        var bytes: Int
    }

    /// What stands before a chunk's runs.
    private struct Chunk: BitwiseCopyable {
        /// Where the group's next chunk is; 0 for none.
        var next: Int
        /// Bytes behind this header, and how many of them are written.
        var room: Int
        var used: Int
    }

    private static let headerBytes = MemoryLayout<Chunk>.stride
    /// Chunks grow up to this, where no run is longer.
    private static let largestChunk = 1024

    private var places = GroupArray<Place>()
    /// No chunk is at 0.
    private var arena = GroupArena(first: 8)

    init() { super.init(.array(.binary, containsNull: false)) }

    override var memoryBytes: Int { places.memoryBytes + arena.capacity }

    /// How many runs a group has.
    @inline(__always)
    final func count(_ group: Int) -> Int { places.pointer[group].count }

    /// How many bytes a group's runs have.
    @inline(__always)
    final func byteCount(_ group: Int) -> Int { places.pointer[group].bytes - 4 * places.pointer[group].count }

    // MARK: Reading

    /// A place among a group's runs.
    struct Cursor {
        fileprivate var chunk: Int
        fileprivate var position = 0
    }

    /// Before the first run of a group.
    @inline(__always)
    final func start(_ group: Int) -> Cursor { Cursor(chunk: places.pointer[group].first) }

    /// The next run, `nil` behind the last; valid until the next run is appended anywhere.
    @inline(__always)
    final func next(_ cursor: inout Cursor) -> UnsafeMutableBufferPointer<UInt8>? {
        while cursor.chunk != 0 {
            let chunk = header(cursor.chunk).pointee
            if cursor.position < chunk.used {
                let at = cursor.chunk &+ GroupLists.headerBytes &+ cursor.position
                let run = run(at)
                cursor.position &+= 4 &+ run.count
                return run
            }
            cursor.chunk = chunk.next
            cursor.position = 0
        }
        return nil
    }

    /// The run whose length stands at a place in the arena.
    @inline(__always)
    final func run(_ place: Int) -> UnsafeMutableBufferPointer<UInt8> {
        let length = Int((arena.start + place).loadUnaligned(as: UInt32.self))
        return UnsafeMutableBufferPointer(
            start: (arena.start + place + 4).assumingMemoryBound(to: UInt8.self), count: length)
    }

    @inline(__always)
    private func header(_ chunk: Int) -> UnsafeMutablePointer<Chunk> {
        (arena.start + chunk).assumingMemoryBound(to: Chunk.self)
    }

    /// Calls `body` with every run's place in the arena and its group.
    final func forEachPlace(_ body: (_ place: Int, _ group: Int) -> Void) {
        for group in 0..<places.capacity {
            var chunk = places.pointer[group].first
            while chunk != 0 {
                var position = 0
                while position < header(chunk).pointee.used {
                    let place = chunk + GroupLists.headerBytes + position
                    body(place, group)
                    position += 4 + run(place).count
                }
                chunk = header(chunk).pointee.next
            }
        }
    }

    // MARK: Appending

    /// Appends a run to a group's.
    final func append(_ group: Int, _ run: UnsafeBufferPointer<UInt8>) {
        let place = room(for: run.count, in: group)
        if let start = run.baseAddress { memcpy(arena.start + place + 4, start, run.count) }
    }

    /// Appends a run of so many bytes, which are to be written, and returns its place in the arena.
    final func room(for length: Int, in group: Int) -> Int {
        let needed = 4 + length
        var chunk = places.pointer[group].last
        if chunk == 0 || header(chunk).pointee.room - header(chunk).pointee.used < needed {
            chunk = addChunk(to: group, needed)
        }
        let place = chunk + GroupLists.headerBytes + header(chunk).pointee.used
        (arena.start + place).storeBytes(of: UInt32(truncatingIfNeeded: length), as: UInt32.self)
        header(chunk).pointee.used += needed
        places.pointer[group].count += 1
        places.pointer[group].bytes += needed
        return place
    }

    @inline(never)
    private func addChunk(to group: Int, _ needed: Int) -> Int {
        compactIfWasted()
        let last = places.pointer[group].last
        let before = last == 0 ? 8 : header(last).pointee.room
        let room = (max(needed, min(2 * before, GroupLists.largestChunk)) + 7) & ~7
        let chunk = arena.take(GroupLists.headerBytes + room)
        header(chunk).initialize(to: Chunk(next: 0, room: room, used: 0))
        if last == 0 { places.pointer[group].first = chunk } else { header(last).pointee.next = chunk }
        places.pointer[group].last = chunk
        return chunk
    }

    /// The runs have other places in the arena now.
    func moved() {}

    // MARK: Memory

    /// Arrays of results begin with 5 bytes.
    override func storedBytes(_ group: Int) -> Int { 5 + places.pointer[group].bytes }

    override func growthBytes(_ count: Int) -> Int { places.growthBytes(count) }

    override func growthBytes(from other: GroupStorage, _ groups: UnsafePointer<UInt32>, _ count: Int) -> Int {
        let other = GroupStorage.cast(other, GroupLists.self)
        var bytes = 0
        for row in 0..<count {
            let theirs = other.places.pointer[Int(groups[row])].bytes
            if theirs > 0 { bytes += GroupLists.headerBytes + 2 * max(theirs, GroupLists.largestChunk) }
        }
        return arena.growthBytes(bytes)
    }

    override func reserve(_ count: Int) { places.reserve(count) }

    override func clear(_ count: Int) {
        places.clear(count)
        arena.clear()
    }

    override func clear(_ groups: UnsafePointer<UInt32>, _ count: Int) {
        for row in 0..<count {
            let group = Int(groups[row])
            var chunk = places.pointer[group].first
            while chunk != 0 {
                arena.wasted += GroupLists.headerBytes + header(chunk).pointee.room
                chunk = header(chunk).pointee.next
            }
            places.pointer[group] = Place(first: 0, last: 0, count: 0, bytes: 0)
        }
    }

    private func compactIfWasted() {
        guard arena.isWasteful else { return }
        var size = 8
        for group in 0..<places.capacity where places.pointer[group].first != 0 {
            size += GroupLists.headerBytes + (places.pointer[group].bytes + 7) & ~7
        }
        var fresh = GroupArena(first: 8, capacity: size)
        for group in 0..<places.capacity where places.pointer[group].first != 0 {
            let bytes = places.pointer[group].bytes
            let room = (bytes + 7) & ~7
            let place = fresh.take(GroupLists.headerBytes + room)
            (fresh.start + place).storeBytes(of: Chunk(next: 0, room: room, used: bytes), as: Chunk.self)
            var end = place + GroupLists.headerBytes
            var chunk = places.pointer[group].first
            while chunk != 0 {
                let one = header(chunk).pointee
                memcpy(fresh.start + end, arena.start + chunk + GroupLists.headerBytes, one.used)
                end += one.used
                chunk = one.next
            }
            places.pointer[group].first = place
            places.pointer[group].last = place
        }
        arena = fresh
        moved()
    }

    // MARK: State

    override func store(_ groups: UnsafePointer<UInt32>, _ count: Int) -> ColumnVector {
        let offsets = Buffer(capacity: (count + 1) * 4)
        let out = offsets.pointer(as: UInt32.self)
        out[0] = 0
        var runs = BytesBuilder(type: .binary)
        for row in 0..<count {
            var cursor = start(Int(groups[row]))
            while let run = next(&cursor) { runs.append(run.baseAddress, count: run.count) }
            out[row + 1] = UInt32(truncatingIfNeeded: runs.count)
        }
        return ColumnVector(type: type, count: count, starts: offsets, children: [runs.finish()])
    }

    override func load(_ column: ColumnVector, _ groups: UnsafePointer<UInt32>, _ count: Int) {
        clear(groups, count)
        let (starts, ends) = (column.starts, column.ends)
        let runs = Runs(column.children[0])
        for row in 0..<count {
            for place in Int(starts[row])..<Int(ends[row]) { take(runs[place], into: Int(groups[row])) }
        }
    }

    /// Takes in a run that `store` gave.
    func take(_ run: UnsafeBufferPointer<UInt8>, into group: Int) { append(group, run) }

    // MARK: Results

    /// The runs of some groups as arrays of values; runs begin behind so many bytes of something else.
    final func arrays(
        of type: DataType, _ groups: UnsafePointer<UInt32>, _ count: Int, skipping skipped: Int = 0
    ) -> ColumnVector? {
        // As `KeyEncoder` writes an array: that it isn't NULL, how many elements it has, and each of them.
        var arrays = BytesBuilder(type: .binary, capacity: count)
        for row in 0..<count {
            let group = Int(groups[row])
            arrays.reserve(5 + byteCount(group))
            arrays.write(1)
            var number = UInt32(truncatingIfNeeded: self.count(group)).littleEndian
            withUnsafeBytes(of: &number) { bytes in for byte in bytes { arrays.write(byte) } }
            var cursor = start(group)
            while let run = next(&cursor) {
                if let address = run.baseAddress { arrays.write(address + skipped, count: run.count - skipped) }
            }
            arrays.endValue()
        }
        return ValueRuns(.array(type, containsNull: false)).decode(arrays.finish())
    }
}

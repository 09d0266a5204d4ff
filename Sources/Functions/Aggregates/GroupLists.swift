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

    private var places = UnsafeMutablePointer<Place>.allocate(capacity: 64)
    private var capacity = 64
    private var arena = UnsafeMutableRawPointer.allocate(byteCount: 1024, alignment: 8)
    private var arenaCapacity = 1024
    /// Where the next chunk goes: never 0.
    private var used = 8
    /// Bytes of chunks that no group has.
    private var wasted = 0

    init() {
        memset(places, 0, 64 * MemoryLayout<Place>.stride)
        super.init(.array(.binary, containsNull: false))
    }

    deinit {
        places.deallocate()
        arena.deallocate()
    }

    override var memoryBytes: Int { capacity * MemoryLayout<Place>.stride + arenaCapacity }

    /// How many runs a group has.
    @inline(__always)
    final func count(_ group: Int) -> Int { places[group].count }

    /// How many bytes a group's runs have.
    @inline(__always)
    final func byteCount(_ group: Int) -> Int { places[group].bytes - 4 * places[group].count }

    // MARK: Reading

    /// A place among a group's runs.
    struct Cursor {
        fileprivate var chunk: Int
        fileprivate var position = 0
    }

    /// Before the first run of a group.
    @inline(__always)
    final func start(_ group: Int) -> Cursor { Cursor(chunk: places[group].first) }

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
        let length = Int((arena + place).loadUnaligned(as: UInt32.self))
        return UnsafeMutableBufferPointer(
            start: (arena + place + 4).assumingMemoryBound(to: UInt8.self), count: length)
    }

    @inline(__always)
    private func header(_ chunk: Int) -> UnsafeMutablePointer<Chunk> {
        (arena + chunk).assumingMemoryBound(to: Chunk.self)
    }

    /// Calls `body` with every run's place in the arena and its group.
    final func forEachPlace(_ body: (_ place: Int, _ group: Int) -> Void) {
        for group in 0..<capacity {
            var chunk = places[group].first
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
        if let start = run.baseAddress { memcpy(arena + place + 4, start, run.count) }
    }

    /// Appends a run of so many bytes, which are to be written, and returns its place in the arena.
    final func room(for length: Int, in group: Int) -> Int {
        let needed = 4 + length
        var chunk = places[group].last
        if chunk == 0 || header(chunk).pointee.room - header(chunk).pointee.used < needed {
            chunk = addChunk(to: group, needed)
        }
        let place = chunk + GroupLists.headerBytes + header(chunk).pointee.used
        (arena + place).storeBytes(of: UInt32(truncatingIfNeeded: length), as: UInt32.self)
        header(chunk).pointee.used += needed
        places[group].count += 1
        places[group].bytes += needed
        return place
    }

    @inline(never)
    private func addChunk(to group: Int, _ needed: Int) -> Int {
        compactIfWasted()
        let last = places[group].last
        let before = last == 0 ? 8 : header(last).pointee.room
        let room = (max(needed, min(2 * before, GroupLists.largestChunk)) + 7) & ~7
        reserveArena(used + GroupLists.headerBytes + room)
        let chunk = used
        used += GroupLists.headerBytes + room
        header(chunk).initialize(to: Chunk(next: 0, room: room, used: 0))
        if last == 0 { places[group].first = chunk } else { header(last).pointee.next = chunk }
        places[group].last = chunk
        return chunk
    }

    /// The runs have other places in the arena now.
    func moved() {}

    // MARK: Memory

    override func growthBytes(_ count: Int) -> Int {
        count > capacity ? max(count, capacity * 2) * MemoryLayout<Place>.stride : 0
    }

    override func growthBytes(from other: GroupStorage, _ groups: UnsafePointer<UInt32>, _ count: Int) -> Int {
        let other = GroupStorage.cast(other, GroupLists.self)
        var bytes = used
        for row in 0..<count {
            let theirs = other.places[Int(groups[row])].bytes
            if theirs > 0 { bytes += GroupLists.headerBytes + 2 * max(theirs, GroupLists.largestChunk) }
        }
        return bytes > arenaCapacity ? max(bytes, arenaCapacity * 2) : 0
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
        let new = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 8)
        memcpy(new, arena, used)
        arena.deallocate()
        arena = new
        arenaCapacity = larger
    }

    override func clear(_ count: Int) {
        memset(places, 0, min(count, capacity) * MemoryLayout<Place>.stride)
        used = 8
        wasted = 0
    }

    override func clear(_ groups: UnsafePointer<UInt32>, _ count: Int) {
        for row in 0..<count {
            let group = Int(groups[row])
            var chunk = places[group].first
            while chunk != 0 {
                wasted += GroupLists.headerBytes + header(chunk).pointee.room
                chunk = header(chunk).pointee.next
            }
            places[group] = Place(first: 0, last: 0, count: 0, bytes: 0)
        }
    }

    private func compactIfWasted() {
        guard wasted > 64 * 1024, wasted * 2 > used else { return }
        var size = 8
        for group in 0..<capacity where places[group].first != 0 {
            size += GroupLists.headerBytes + (places[group].bytes + 7) & ~7
        }
        size = max(size, 1024)
        let fresh = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 8)
        var position = 8
        for group in 0..<capacity where places[group].first != 0 {
            let room = (places[group].bytes + 7) & ~7
            (fresh + position).storeBytes(
                of: Chunk(next: 0, room: room, used: places[group].bytes), as: Chunk.self)
            var end = position + GroupLists.headerBytes
            var chunk = places[group].first
            while chunk != 0 {
                let one = header(chunk).pointee
                memcpy(fresh + end, arena + chunk + GroupLists.headerBytes, one.used)
                end += one.used
                chunk = one.next
            }
            places[group].first = position
            places[group].last = position
            position += GroupLists.headerBytes + room
        }
        arena.deallocate()
        arena = fresh
        arenaCapacity = size
        used = position
        wasted = 0
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

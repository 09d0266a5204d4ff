// min and max over strings and binaries.

import Columns

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Keeps the smallest or largest run of bytes of each group; strings order by their bytes, as in Spark.
///
/// Runs lie in one arena; a group's run is overwritten where the new one fits and else appended, and the arena is
/// compacted when more than half of it is waste.
final class RunExtremeAccumulator: Accumulator {
    /// A group's run: empty slots have no room and were never seen.
    private struct Place: BitwiseCopyable {
        var start: Int
        var length: UInt32
        /// Bytes that the run may take where it is.
        var room: UInt32
        var seen: UInt8
    }

    private var places = GroupArray<Place>()
    private var arena = GroupArray<UInt8>()
    private var used = 0
    /// Bytes of `used` that no group needs.
    private var wasted = 0
    /// Groups that `places` may hold.
    private var groupLimit = 0
    private let wantsLargest: Bool

    override init(_ spec: AggregateSpec) {
        wantsLargest = spec.function == .maximum
        super.init(spec)
    }

    override var storedTypes: [DataType] { [.binary] }
    override var memoryBytes: Int { places.memoryBytes + arena.memoryBytes }
    override func reserve(groups: Int) {
        places.reserve(groups)
        groupLimit = max(groupLimit, groups)
    }
    override func clear(groups: Int) {
        places.clear(groups)
        used = 0
        wasted = 0
        groupLimit = 0
    }
    override func clear(groups: UnsafePointer<UInt32>, count: Int) {
        for row in 0..<count { wasted += Int(places.pointer[Int(groups[row])].room) }
        places.clear(groups: groups, count: count)
    }

    override func update(groups: UnsafePointer<UInt32>, count: Int, input: ColumnVector?) throws(AggregateError) {
        guard let input else { preconditionFailure("min and max have an input") }
        let validity = input.validityBits
        let bytes = input.byteStart
        let starts = input.starts
        let ends = input.ends
        for row in 0..<count {
            if let validity, validBit(validity, row) == 0 { continue }
            take(bytes + Int(starts[row]), Int(ends[row] &- starts[row]), group: Int(groups[row]))
        }
        compactIfWasted()
    }

    override func merge(
        _ other: Accumulator, from: UnsafePointer<UInt32>, into: UnsafePointer<UInt32>, count: Int
    ) throws(AggregateError) {
        guard let other = other as? RunExtremeAccumulator else { preconditionFailure("merging another aggregate") }
        for row in 0..<count {
            let place = other.places.pointer[Int(from[row])]
            guard place.seen != 0 else { continue }
            take(other.arena.pointer + place.start, Int(place.length), group: Int(into[row]))
        }
        compactIfWasted()
    }

    @inline(__always)
    private func take(_ run: UnsafePointer<UInt8>, _ length: Int, group: Int) {
        let place = places.pointer[group]
        if place.seen != 0 {
            let order = memcmp(run, arena.pointer + place.start, min(length, Int(place.length)))
            let difference = order != 0 ? Int(order) : length &- Int(place.length)
            if wantsLargest ? difference <= 0 : difference >= 0 { return }
        }
        put(run, length, group: group)
    }

    @inline(never)
    private func put(_ run: UnsafePointer<UInt8>, _ length: Int, group: Int) {
        var place = places.pointer[group]
        if length > Int(place.room) {
            wasted += Int(place.room)
            arena.reserve(used + length)
            place.start = used
            place.room = UInt32(truncatingIfNeeded: length)
            used += length
        }
        memcpy(arena.pointer + place.start, run, length)
        place.length = UInt32(truncatingIfNeeded: length)
        place.seen = 1
        places.pointer[group] = place
    }

    private func compactIfWasted() {
        guard wasted > 64 * 1024, wasted * 2 > used else { return }
        var fresh = GroupArray<UInt8>()
        fresh.reserve(used - wasted)
        var position = 0
        for group in 0..<groupLimit where places.pointer[group].room > 0 {
            let place = places.pointer[group]
            memcpy(fresh.pointer + position, arena.pointer + place.start, Int(place.length))
            places.pointer[group].start = position
            places.pointer[group].room = place.length
            position += Int(place.length)
        }
        arena = fresh
        used = position
        wasted = 0
    }

    override func finish(groups: UnsafePointer<UInt32>, count: Int) throws(AggregateError) -> ColumnVector {
        column(spec.resultType, groups, count)
    }

    private func column(_ type: DataType, _ groups: UnsafePointer<UInt32>, _ count: Int) -> ColumnVector {
        var builder = BytesBuilder(type: type, capacity: count)
        for row in 0..<count {
            let place = places.pointer[Int(groups[row])]
            if place.seen == 0 {
                builder.appendNull()
            } else {
                builder.append(arena.pointer + place.start, count: Int(place.length))
            }
        }
        return builder.finish()
    }

    override func store(groups: UnsafePointer<UInt32>, count: Int) -> [ColumnVector] {
        [column(.binary, groups, count)]
    }

    override func load(_ columns: [ColumnVector], groups: UnsafePointer<UInt32>, count: Int) {
        for row in 0..<count {
            let group = Int(groups[row])
            if columns[0].isNull(row) {
                wasted += Int(places.pointer[group].room)
                places.pointer[group] = Place(start: 0, length: 0, room: 0, seen: 0)
            } else {
                let run = columns[0].run(row)
                put(run.baseAddress ?? UnsafePointer(arena.pointer), run.count, group: group)
            }
        }
    }
}

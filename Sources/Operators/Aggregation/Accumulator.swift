// What all accumulators have in common: values of one aggregate for all groups, in flat arrays.

import Columns

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// One value a group, zero at first, in memory that grows by moving pages.
struct GroupArray<Element: BitwiseCopyable>: ~Copyable {
    private(set) var pointer: UnsafeMutablePointer<Element>
    private(set) var capacity: Int

    init() {
        capacity = 64
        pointer = GroupArray.allocated(nil, 64)
        memset(pointer, 0, 64 * MemoryLayout<Element>.stride)
    }

    deinit { free(pointer) }

    var memoryBytes: Int { capacity * MemoryLayout<Element>.stride }

    /// Makes room for `count` groups.
    mutating func reserve(_ count: Int) {
        guard count > capacity else { return }
        let larger = max(count, capacity * 2)
        pointer = GroupArray.allocated(pointer, larger)
        memset(pointer + capacity, 0, (larger - capacity) * MemoryLayout<Element>.stride)
        capacity = larger
    }

    /// Zeroes the first `count` groups.
    mutating func clear(_ count: Int) { memset(pointer, 0, min(count, capacity) * MemoryLayout<Element>.stride) }

    /// Zeroes some groups.
    mutating func clear(groups: UnsafePointer<UInt32>, count: Int) {
        for row in 0..<count { memset(pointer + Int(groups[row]), 0, MemoryLayout<Element>.stride) }
    }

    /// The values of some groups.
    func gather(_ groups: UnsafePointer<UInt32>, _ count: Int) -> Buffer {
        let buffer = Buffer(capacity: count * MemoryLayout<Element>.stride)
        let output = buffer.pointer(as: Element.self)
        let values = pointer
        for row in 0..<count { output[row] = values[Int(groups[row])] }
        return buffer
    }

    /// Sets the values of some groups.
    mutating func scatter(_ values: UnsafePointer<Element>, _ groups: UnsafePointer<UInt32>, _ count: Int) {
        let pointer = pointer
        for row in 0..<count { pointer[Int(groups[row])] = values[row] }
    }

    private static func allocated(_ old: UnsafeMutablePointer<Element>?, _ count: Int) -> UnsafeMutablePointer<Element>
    {
        guard let memory = realloc(old, count * MemoryLayout<Element>.stride) else {
            // Nothing can be reported or released without memory: as in Buffer, where we give up.
            preconditionFailure("out of memory: could not allocate \(count) accumulators")
        }
        return memory.assumingMemoryBound(to: Element.self)
    }
}

/// The running values of one aggregate. Every method takes a batch; `reserve` comes before any that names new groups.
///
/// A class per way of accumulating, none generic: methods of generic classes are not specialised when they are called
/// through the base class, which costs a factor of 20.
class Accumulator {
    let spec: AggregateSpec

    init(_ spec: AggregateSpec) { self.spec = spec }

    /// The accumulator for an aggregate.
    static func make(_ spec: AggregateSpec) -> Accumulator {
        switch (spec.function, spec.inputType) {
        case (.countRows, _), (.count, _): CountAccumulator(spec)
        case (.sum, .decimal), (.average, .decimal): DecimalAccumulator(spec)
        case (.sum, .float), (.sum, .double), (.average, _): DoubleAccumulator(spec)
        case (.sum, _): LongSumAccumulator(spec)
        case (.minimum, .string), (.minimum, .binary), (.maximum, .string), (.maximum, .binary):
            RunExtremeAccumulator(spec)
        case (.minimum, _), (.maximum, _): ExtremeAccumulator(spec)
        }
    }

    /// The columns that `store` gives.
    var storedTypes: [DataType] { preconditionFailure("each accumulator has its own") }
    var memoryBytes: Int { preconditionFailure("each accumulator has its own") }

    /// Makes room for groups 0 to `groups` - 1.
    func reserve(groups: Int) { preconditionFailure("each accumulator has its own") }
    /// Takes in `count` rows; row i belongs to group `groups[i]`.
    func update(groups: UnsafePointer<UInt32>, count: Int, input: ColumnVector?) throws(AggregateError) {
        preconditionFailure("each accumulator has its own")
    }
    /// Takes in groups of another accumulator of the same aggregate: its group `from[i]` into this one's `into[i]`.
    func merge(
        _ other: Accumulator, from: UnsafePointer<UInt32>, into: UnsafePointer<UInt32>, count: Int
    ) throws(AggregateError) {
        preconditionFailure("each accumulator has its own")
    }
    /// The results of some groups.
    func finish(groups: UnsafePointer<UInt32>, count: Int) throws(AggregateError) -> ColumnVector {
        preconditionFailure("each accumulator has its own")
    }
    /// The running values of some groups, for state files.
    func store(groups: UnsafePointer<UInt32>, count: Int) -> [ColumnVector] {
        preconditionFailure("each accumulator has its own")
    }
    /// Sets the running values of some groups to what `store` gave.
    func load(_ columns: [ColumnVector], groups: UnsafePointer<UInt32>, count: Int) {
        preconditionFailure("each accumulator has its own")
    }
    /// Forgets the values of groups 0 to `groups` - 1.
    func clear(groups: Int) { preconditionFailure("each accumulator has its own") }
    /// Forgets the values of some groups.
    func clear(groups: UnsafePointer<UInt32>, count: Int) { preconditionFailure("each accumulator has its own") }
}

/// A result column of fixed width, NULL where nothing was seen.
func nullableColumn(
    _ type: DataType, _ values: Buffer, seen: UnsafePointer<UInt8>, _ groups: UnsafePointer<UInt32>, _ count: Int
) -> ColumnVector {
    let (validity, nulls) = validityBits(seen: seen, groups, count)
    return ColumnVector(type: type, count: count, validity: validity, nullCount: nulls, values: values)
}

/// Validity bits of some groups from one byte a group; `nil` where all are valid.
func validityBits(
    seen: UnsafePointer<UInt8>, _ groups: UnsafePointer<UInt32>, _ count: Int
) -> (Buffer?, Int) {
    var valid = 0
    for row in 0..<count { valid &+= Int(seen[Int(groups[row])]) }
    if valid == count { return (nil, 0) }
    let buffer = Buffer.zeroed(capacity: Bitmap.byteCount(count))
    let bits = buffer.pointer(as: UInt8.self)
    for row in 0..<count where seen[Int(groups[row])] != 0 { Bitmap.set(bits, row) }
    return (buffer, count - valid)
}

/// 1 where a row has a value.
@inline(__always)
func validBit(_ validity: UnsafePointer<UInt8>, _ row: Int) -> UInt8 {
    (validity[row &>> 3] &>> UInt8(truncatingIfNeeded: row & 7)) & 1
}

// The running values of a part of an aggregate for all groups.

import Columns

/// What one part of an aggregate keeps for every group. Every method takes a batch; `reserve` comes before any that
/// names new groups. Nothing here raises: what does not fit is told by the aggregate's `finish`, so that the order in
/// which rows and partial results come makes no difference.
///
/// A class per way of accumulating, none generic: methods of generic classes are not specialised when they are called
/// through the base class, which costs a factor of 20.
package class Accumulator {
    /// What it keeps, in the order in which it is stored.
    let storage: [GroupStorage]

    init(_ storage: [GroupStorage]) { self.storage = storage }

    /// Takes in `count` rows; row i belongs to group `groups[i]`.
    package func update(_ groups: UnsafePointer<UInt32>, _ count: Int, _ inputs: [ColumnVector]) {
        preconditionFailure("each accumulator has its own")
    }

    /// Takes in `count` rows that all belong to one group, where there is a shorter way for them than `update`; returns
    /// whether there is.
    package func updateOne(_ group: Int, _ count: Int, _ inputs: [ColumnVector]) -> Bool { false }

    /// Takes in groups of another accumulator of the same kind: its group `from[i]` into this one's `into[i]`.
    package func merge(
        _ other: Accumulator, from: UnsafePointer<UInt32>, into: UnsafePointer<UInt32>, count: Int
    ) {
        preconditionFailure("each accumulator has its own")
    }

    /// Whether what comes of rows depends on their order.
    var needsOrder: Bool { false }

    // MARK: The same for all

    /// Whether groups can be merged in any order, and groups of one accumulator with each other: nothing of what it
    /// keeps moves while it is written.
    package final var mergesFreely: Bool { !needsOrder && !holdsRuns }

    /// Whether what it keeps for a group is of any length.
    package final var holdsRuns: Bool { storage.contains { !($0 is GroupSlots) } }

    /// The columns that `store` gives.
    package final var storedTypes: [DataType] { storage.map(\.type) }
    /// Bytes that a group takes in those of them whose values are of any length.
    package final func storedBytes(group: Int) -> Int {
        var bytes = 0
        for part in storage { bytes += part.storedBytes(group) }
        return bytes
    }
    /// Bytes of memory that it holds.
    package final var memoryBytes: Int { storage.reduce(0) { $0 + $1.memoryBytes } }

    /// Bytes that making room for groups 0 to `groups` - 1 takes.
    package final func growthBytes(groups: Int) -> Int { storage.reduce(0) { $0 + $1.growthBytes(groups) } }
    /// The same with room for what groups of another accumulator of the same kind hold.
    package final func growthBytes(
        groups: Int, from other: Accumulator, _ theirs: UnsafePointer<UInt32>, _ count: Int
    ) -> Int {
        var bytes = growthBytes(groups: groups)
        for (part, others) in zip(storage, other.storage) { bytes += part.growthBytes(from: others, theirs, count) }
        return bytes
    }

    /// Makes room for groups 0 to `groups` - 1.
    package final func reserve(groups: Int) { for part in storage { part.reserve(groups) } }

    /// The running values of some groups, for state files.
    package final func store(groups: UnsafePointer<UInt32>, count: Int) -> [ColumnVector] {
        storage.map { $0.store(groups, count) }
    }

    /// Sets the running values of some groups to what `store` gave.
    package final func load(_ columns: [ColumnVector], groups: UnsafePointer<UInt32>, count: Int) {
        for (part, column) in zip(storage, columns) { part.load(column, groups, count) }
    }

    /// Forgets the values of groups 0 to `groups` - 1.
    package final func clear(groups: Int) { for part in storage { part.clear(groups) } }
    /// Forgets the values of some groups.
    package final func clear(groups: UnsafePointer<UInt32>, count: Int) {
        for part in storage { part.clear(groups, count) }
    }

    /// An accumulator as the kind that it must be.
    static func cast<T: Accumulator>(_ accumulator: Accumulator, _: T.Type) -> T {
        guard let known = accumulator as? T else { preconditionFailure("an accumulator of another aggregate") }
        return known
    }
}

/// A result column of fixed width, NULL for the groups that `isValid` says.
func nullableColumn(
    _ type: DataType, _ values: Buffer, _ count: Int, _ isValid: (Int) -> Bool
) -> ColumnVector {
    let bits = Buffer.zeroed(capacity: Bitmap.byteCount(count))
    let pointer = bits.pointer(as: UInt8.self)
    var nulls = count
    for row in 0..<count where isValid(row) {
        Bitmap.set(pointer, row)
        nulls &-= 1
    }
    return ColumnVector(type: type, count: count, validity: bits, nullCount: nulls, values: values)
}

/// A column of bytes, 0 or 1, as one of BOOLEAN.
func booleanColumn(_ bytes: ColumnVector) -> ColumnVector {
    let values = Buffer.zeroed(capacity: Bitmap.byteCount(bytes.count))
    let (out, slots) = (values.pointer(as: UInt8.self), bytes.slots(as: UInt8.self))
    for row in 0..<bytes.count where slots[row] != 0 { Bitmap.set(out, row) }
    return ColumnVector(
        type: .boolean, count: bytes.count, validity: bytes.validity, nullCount: bytes.nullCount, values: values)
}

/// 1 where a row has a value.
@inline(__always)
func validBit(_ validity: UnsafePointer<UInt8>, _ row: Int) -> UInt8 {
    (validity[row &>> 3] &>> UInt8(truncatingIfNeeded: row & 7)) & 1
}

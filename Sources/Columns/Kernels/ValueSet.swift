// `x IN (constants)`: a set that is made once and asked for every row.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// An immutable set of values of one type, shared by all threads.
package struct ValueSet: Sendable {
    private enum Members {
        /// Values as words, in slots of a power of two of which at most half are in use.
        case words(Buffer, mask: Int, empty: UInt64)
        /// Runs of bytes by their hash.
        case runs(Buffer, mask: Int, bytes: ColumnVector)
    }

    private struct RunSlot: BitwiseCopyable {
        var hash: UInt64
        /// The member's row plus one; 0 marks an empty slot.
        var rowPlusOne: UInt64
    }

    private let seed = HashSeed.process
    private let members: Members
    /// Whether NULL is among the values: then no value is known not to be.
    private let hasNull: Bool

    /// A set of values of `type`, or `nil` for types that a set can't hold: decimals, nested values and bare NULLs.
    package init?(_ values: [Value], type: DataType) {
        let present = values.filter { !$0.isNull }
        hasNull = present.count < values.count
        let column = ValueColumns.column(of: present, type: type)
        var slotCount = 2
        while slotCount < 2 * present.count { slotCount *= 2 }
        switch type.layout {
        case .bits, .fixed8, .fixed16, .fixed32, .fixed64:
            members = ValueSet.wordMembers(column, slotCount: slotCount, seed)
        case .bytes: members = ValueSet.runMembers(column, slotCount: slotCount, seed)
        case .none, .fixed128, .list, .structure: return nil
        }
    }

    private static func wordMembers(_ column: ColumnVector, slotCount: Int, _ seed: HashSeed) -> Members {
        let words = Buffer(capacity: column.count * 8)
        let member = words.pointer(as: UInt64.self)
        KeyWords.read(column, first: 0, count: column.count, into: member)
        let known = Set((0..<column.count).map { member[$0] })
        // A word that is no member: there is one among the first so many.
        var empty: UInt64 = 0
        while known.contains(empty) { empty += 1 }
        let slots = Buffer(capacity: slotCount * 8)
        let slot = slots.pointer(as: UInt64.self)
        slot.update(repeating: empty, count: slotCount)
        for word in known {
            var position = Int(truncatingIfNeeded: seed.hashWord(word)) & (slotCount - 1)
            while slot[position] != empty { position = (position + 1) & (slotCount - 1) }
            slot[position] = word
        }
        return .words(slots, mask: slotCount - 1, empty: empty)
    }

    private static func runMembers(_ column: ColumnVector, slotCount: Int, _ seed: HashSeed) -> Members {
        let slots = Buffer.zeroed(capacity: slotCount * MemoryLayout<RunSlot>.stride)
        let slot = slots.pointer(as: RunSlot.self)
        let runs = Runs(column)
        for row in 0..<column.count {
            let hash = GroupTable.hash(runs.address(row), length: runs.length(row), seed: seed)
            var position = Int(truncatingIfNeeded: hash) & (slotCount - 1)
            while slot[position].rowPlusOne != 0 { position = (position + 1) & (slotCount - 1) }
            slot[position] = RunSlot(hash: hash, rowPlusOne: UInt64(row + 1))
        }
        return .runs(slots, mask: slotCount - 1, bytes: column)
    }

    /// Whether each row is one of the values; NULL for NULL, and for what is none of them where NULL is among them.
    package func contains(_ column: ColumnVector) -> ColumnVector {
        let count = column.count
        let found: Buffer
        switch members {
        case .words(let slots, let mask, let empty): found = findWords(column, slots, mask, empty)
        case .runs(let slots, let mask, let bytes): found = findRuns(column, slots, mask, bytes)
        }
        let bits = found.pointer(as: UInt64.self)
        let valid = column.validityBits.map(Bitmap.words)
        for word in 0..<Bitmap.wordCount(count) { bits[word] &= valid?[word] ?? ~0 }
        guard hasNull else {
            return ColumnVector(
                type: .boolean, count: count, validity: column.validity, nullCount: column.nullCount, values: found)
        }
        // What is found is valid, and nothing else: true or NULL.
        let validity = Validity(bits: found, count: count)
        return ColumnVector(
            type: .boolean, count: count, validity: validity.bits, nullCount: validity.nullCount, values: found)
    }

    private func findWords(_ column: ColumnVector, _ slots: Buffer, _ mask: Int, _ empty: UInt64) -> Buffer {
        let slot = slots.pointer(as: UInt64.self)
        let seed = seed
        let vector = 1024
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: vector) { memory in
            collected(column.count) { first, size, out in
                guard let scratch = memory.baseAddress else { return }
                KeyWords.read(column, first: first, count: size, into: scratch)
                Bitmap.pack(size, into: out) { row in
                    let word = scratch[row]
                    var position = Int(truncatingIfNeeded: seed.hashWord(word)) & mask
                    while slot[position] != word && slot[position] != empty { position = (position &+ 1) & mask }
                    return slot[position] == word && word != empty
                }
            }
        }
    }

    private func findRuns(_ column: ColumnVector, _ slots: Buffer, _ mask: Int, _ bytes: ColumnVector) -> Buffer {
        let slot = slots.pointer(as: RunSlot.self)
        let (seed, runs, members) = (seed, Runs(column), Runs(bytes))
        return collected(column.count) { first, size, out in
            Bitmap.pack(size, into: out) { place in
                let row = first &+ place
                let (address, length) = (runs.address(row), runs.length(row))
                let hash = GroupTable.hash(address, length: length, seed: seed)
                var position = Int(truncatingIfNeeded: hash) & mask
                while slot[position].rowPlusOne != 0 {
                    let member = Int(truncatingIfNeeded: slot[position].rowPlusOne) &- 1
                    if slot[position].hash == hash, members.length(member) == length,
                        memcmp(members.address(member), address, length) == 0
                    {
                        return true
                    }
                    position = (position &+ 1) & mask
                }
                return false
            }
        }
    }

    /// Words of bits that `body` writes, in pieces of at most 1024 rows: each gets its own words.
    private func collected(_ count: Int, _ body: (Int, Int, UnsafeMutablePointer<UInt64>) -> Void) -> Buffer {
        let found = Buffer(capacity: Bitmap.wordCount(count) * 8)
        var first = 0
        while first < count {
            let size = min(1024, count - first)
            body(first, size, found.pointer(as: UInt64.self) + first / 64)
            first += size
        }
        return found
    }
}

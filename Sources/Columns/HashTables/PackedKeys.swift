// Keys of several columns in one word, as long as their values lie close enough together.

/// Writes rows of key columns without NULL as one word each: of every value what it is more than the least one, in as
/// many bits as that takes. A window's start and a customer's number are such a key: what is 16 bytes written out goes
/// through the table of words.
///
/// How many bits each column has, and from which value they count, is its *lane*. Values beyond it need other lanes,
/// by which all keys of the table are written anew. Lanes have room on both sides, so that this gets rarer the longer
/// it goes on. For tables in memory only.
struct PackedKeys {
    /// Where the values of a column lie in the word, and what they are counted from.
    struct Lane: Equatable {
        /// A value is `base` and what its lane says.
        var base: UInt64 = 0
        /// Bits that all values have like `base`, below the others.
        var shift: UInt64 = 0
        /// Bits of the word, at least 0 and at most 64.
        var bits = 0
        /// The first of them in the word.
        var offset: UInt64 = 0

        /// The lane's bits, at the bottom of a word.
        @inline(__always)
        var mask: UInt64 { bits >= 64 ? .max : 1 << UInt64(truncatingIfNeeded: bits) &- 1 }
    }

    /// Which values a column has.
    struct Extent {
        var least = Int64.max
        var greatest = Int64.min
        /// The bits in which some value is not like the first one.
        var differing: UInt64 = 0
        var first: UInt64?

        var isEmpty: Bool { first == nil }
    }

    private let types: [DataType]
    /// A lane for each column; of no bits before the first row.
    private(set) var lanes: [Lane]

    /// A writer for keys of these types, or `nil` where one is more than a word.
    init?(types: [DataType]) {
        guard types.count > 1, types.allSatisfy({ KeyWords.canRead($0) }) else { return nil }
        self.types = types
        lanes = types.map { _ in Lane() }
    }

    // MARK: Lanes

    /// The same with lanes that have room for such values, and to spare; `nil` where a word has none.
    func laidOut(for extents: [Extent]) -> PackedKeys? {
        let needed = extents.map { extent in
            guard !extent.isEmpty else { return (shift: 0, bits: 0) }
            let shift = extent.differing == 0 ? 0 : extent.differing.trailingZeroBitCount
            let range = UInt64(bitPattern: extent.greatest &- extent.least) >> UInt64(shift)
            return (shift: shift, bits: 64 - range.leadingZeroBitCount)
        }
        var spare = 64 - needed.reduce(0) { $0 + $1.bits }
        guard spare >= 0 else { return nil }
        var (result, offset) = (self, 0)
        for (place, extent) in extents.enumerated() {
            let (shift, bits) = needed[place]
            let more = spare / (extents.count - place)
            guard let lane = PackedKeys.lane(types[place], extent, shift: shift, bits: bits, more: more) else {
                return nil
            }
            result.lanes[place] = lane
            result.lanes[place].offset = UInt64(min(offset, 63))
            offset += lane.bits
            spare -= lane.bits - bits
        }
        return result
    }

    /// A lane for a column whose values take so many bits, with up to so many `more`; `nil` where none is left. As the
    /// values fill at most half of it, a table's keys are written anew only after they have moved by a good part of
    /// their range.
    private static func lane(_ type: DataType, _ extent: Extent, shift: Int, bits: Int, more: Int) -> Lane? {
        let whole = KeyWords.range(of: type)
        if bits + more >= whole.bits { return Lane(base: UInt64(bitPattern: whole.least), bits: whole.bits) }
        guard more > 0 else { return nil }
        var lane = Lane(shift: UInt64(shift), bits: min(bits + more, 64 - shift))
        guard !extent.isEmpty else { return lane }
        let used = UInt64(bitPattern: extent.greatest &- extent.least) >> lane.shift
        // As much room below as above.
        lane.base = UInt64(bitPattern: extent.least) &- ((lane.mask &- used) >> 1) << lane.shift
        return lane
    }

    /// What values the first `count` rows have.
    static func extents(of columns: [ColumnVector], count: Int) -> [Extent] {
        columns.map { column in
            var extent = Extent()
            inWords(of: column, count: count) { words, _, size in extent.add(words, size) }
            return extent
        }
    }

    /// Adds the values of some groups of a table whose keys these are.
    func add(_ keys: UnsafePointer<UInt64>, _ groups: UnsafePointer<UInt32>, _ count: Int, to extents: inout [Extent]) {
        for (place, lane) in lanes.enumerated() {
            FixedGroupTable.inVectors(count) { first, size, scratch in
                for index in 0..<size { scratch[index] = lane.value(keys[Int(groups[first &+ index])]) }
                extents[place].add(scratch, size)
            }
        }
    }

    // MARK: Writing

    /// The keys of `count` rows from `first` on, at most `FixedGroupTable.vectorLength`; false where a value is beyond
    /// its lane.
    func write(_ columns: [ColumnVector], first: Int, count: Int, into keys: UnsafeMutablePointer<UInt64>) -> Bool {
        var lost: UInt64 = 0
        for (place, column) in columns.enumerated() {
            PackedKeys.inWords(of: column, first: first, count: count) { words, _, size in
                lost |= lanes[place].write(words, size, into: keys, isFirst: place == 0)
            }
        }
        return lost == 0
    }

    /// Writes keys of other lanes by these, in their place; false where a value is beyond its lane.
    func rewrite(_ keys: UnsafeMutablePointer<UInt64>, _ count: Int, of other: PackedKeys) -> Bool {
        var lost: UInt64 = 0
        FixedGroupTable.inVectors(count) { first, size, scratch in
            let part = keys + first
            FixedGroupTable.inVectors(size) { _, _, made in
                for (place, lane) in other.lanes.enumerated() {
                    for index in 0..<size { scratch[index] = lane.value(part[index]) }
                    lost |= lanes[place].write(scratch, size, into: made, isFirst: place == 0)
                }
                part.update(from: made, count: size)
            }
        }
        return lost == 0
    }

    // MARK: Reading

    /// The key columns of some groups of a table whose keys these are.
    func columns(of keys: UnsafePointer<UInt64>, _ groups: UnsafePointer<UInt32>, _ count: Int) -> [ColumnVector] {
        zip(types, lanes).map { type, lane in
            ColumnVector(
                type: type, count: count,
                values: KeyWords.column(count, type) { lane.value(keys[Int(groups[$0])]) })
        }
    }

    // MARK: Vectors

    /// Goes through the rows from `first` on, some at a time, as words.
    @inline(__always)
    private static func inWords(
        of column: ColumnVector, first start: Int = 0, count: Int, _ body: (UnsafePointer<UInt64>, Int, Int) -> Void
    ) {
        if column.type.layout == .fixed64, column.type != .double {
            return body(column.slots(as: UInt64.self) + start, 0, count)
        }
        FixedGroupTable.inVectors(count) { first, size, scratch in
            KeyWords.read(column, first: start + first, count: size, into: scratch)
            body(scratch, first, size)
        }
    }
}

extension PackedKeys.Lane {
    /// The value that a key has in this lane.
    @inline(__always)
    func value(_ key: UInt64) -> UInt64 { ((key &>> offset) & mask) &<< shift &+ base }

    /// Writes values into their bits of some keys; returns the bits for which there is no room.
    @inline(__always)
    func write(
        _ values: UnsafePointer<UInt64>, _ count: Int, into keys: UnsafeMutablePointer<UInt64>, isFirst: Bool
    ) -> UInt64 {
        let (base, shift, offset) = (base, shift, offset)
        var seen: UInt64 = 0
        if isFirst {
            for index in 0..<count {
                let above = values[index] &- base
                seen |= above
                keys[index] = (above &>> shift) &<< offset
            }
        } else {
            for index in 0..<count {
                let above = values[index] &- base
                seen |= above
                keys[index] |= (above &>> shift) &<< offset
            }
        }
        return seen & ~(mask &<< shift)
    }
}

extension PackedKeys.Extent {
    /// Some values more.
    @inline(__always)
    mutating func add(_ values: UnsafePointer<UInt64>, _ count: Int) {
        guard count > 0 else { return }
        let first = first ?? values[0]
        var (least, greatest, differing) = (least, greatest, differing)
        for index in 0..<count {
            let value = Int64(bitPattern: values[index])
            least = min(least, value)
            greatest = max(greatest, value)
            differing |= values[index] ^ first
        }
        (self.first, self.least, self.greatest, self.differing) = (first, least, greatest, differing)
    }
}

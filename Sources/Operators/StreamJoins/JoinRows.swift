// The rows of one side of a join of two streams, found by the number of their key and by their time.

import CPlatform
import Columns
import StateStore

/// Rows in numbered slots, column by column. Those of a key are a ring in the order in which they came; those with a
/// time are in an index by it. A row keeps its slot for as long as it is there: by it the state on disk knows it.
///
/// Where there is a place outside of memory, rows have a number besides, by which they are known: a slot is only theirs
/// as long as they are in memory.
///
/// What a batch removes leaves its ring at once and its slot at the commit, so that the slot's number means one row in
/// the changes of a batch.
///
/// SAFETY: not synchronised; the shard that it belongs to has one owner at a time.
final class JoinRows {
    /// What is known of a slot, a bit each.
    enum Mark {
        static let isThere: UInt8 = 1
        /// Whether the row has had a partner.
        static let hadPartner: UInt8 = 2
        /// Whether the batch under way has made the row.
        static let isNew: UInt8 = 4
        /// Whether the row is to be removed once all rows that look up have done so.
        static let isDone: UInt8 = 8
    }

    private(set) var columns: [SlotColumn]
    let schema: Schema
    private var marks = GroupArray<UInt8>()
    /// The number of each row's key.
    private var keys = GroupArray<UInt32>()
    /// The next and the previous row of the same key.
    private var next = GroupArray<UInt32>()
    private var previous = GroupArray<UInt32>()
    /// The slot of each key's first row, counted from 1; 0 for none.
    private var heads = GroupArray<UInt32>()
    /// One more than the highest slot so far.
    private(set) var limit = 0
    private var free: [UInt32] = []
    private var leaving: [UInt32] = []
    private var expiry: ExpiryIndex
    private let canFinish: Bool
    /// How many rows there are in memory.
    private(set) var count = 0

    // MARK: Numbers of rows that need not be in memory

    /// Whether rows have a number besides their slot.
    private var hasNumbers = false
    /// The number of each row.
    private var numbers = GroupArray<UInt32>()
    private var taken = RowNumbers()
    /// Where the rows in memory are, while they are read from disk.
    private var places: [UInt32: UInt32] = [:]

    // MARK: What the batch has changed

    /// Slots of rows that the batch has made; some may be gone again.
    private(set) var created: [UInt32] = []
    /// Rows that were there before and have found their first partner; some may be gone.
    private(set) var marked: [UInt32] = []
    /// Rows that were there before and are gone.
    private(set) var removed: [UInt32] = []
    /// Numbers of rows that were outside of memory and are gone.
    private(set) var removedElsewhere: [UInt32] = []
    private var createdCount = 0

    /// `canFinish` says that rows may go before their time.
    init(_ schema: Schema, canFinish: Bool) {
        self.schema = schema
        columns = schema.fields.map { SlotColumn($0.type) }
        self.canFinish = canFinish
        expiry = ExpiryIndex(canRemove: canFinish)
    }

    /// How many rows were set or removed since the commit.
    var updatedCount: Int { createdCount + marked.count + removed.count + removedElsewhere.count }

    /// Whether anything is other than at the commit.
    var isDirty: Bool { !created.isEmpty || !marked.isEmpty || !removed.isEmpty || !removedElsewhere.isEmpty }

    var memoryBytes: Int {
        columns.reduce(0) { $0 + $1.memoryBytes } + marks.memoryBytes + keys.memoryBytes + next.memoryBytes
            + previous.memoryBytes + heads.memoryBytes + expiry.memoryBytes
            + (hasNumbers ? numbers.memoryBytes + taken.memoryBytes + JoinRows.placeBytes * places.capacity : 0)
            + 4 * removedElsewhere.capacity
            + 4 * (free.capacity + leaving.capacity + created.capacity + marked.capacity + removed.capacity)
    }

    /// Bytes of a row's number and slot, with the room that a table of hashes leaves.
    private static let placeBytes = 16

    /// Bytes that so many more rows of these columns, with so many keys at most, may take at the peak; `haveTimes` says
    /// that each may have a time of its own.
    func growthBytes(adding rows: Int, _ values: [ColumnVector], haveTimes: Bool, keyLimit: Int) -> Int {
        let limit = self.limit + max(0, rows - free.count)
        return zip(columns, values).reduce(0) { $0 + $1.0.growthBytes(limit, storing: $1.1) }
            + marks.growthBytes(limit) + keys.growthBytes(limit) + next.growthBytes(limit)
            + previous.growthBytes(limit) + heads.growthBytes(keyLimit) + 8 * rows
            + (hasNumbers ? self.numbers.growthBytes(limit) : 0)
            + (haveTimes ? expiry.growthBytes(limit: limit, adding: rows) : 0)
    }

    // MARK: Adding

    /// Makes room for keys with numbers below a limit.
    func reserve(keys limit: Int) { heads.reserve(limit) }

    /// Adds rows: row i has the key number `numbers[i]` and, where it has one, the time in row i of `times`.
    /// `hadPartner` has a bit for each.
    func add(
        _ values: [ColumnVector], keys numbers: UnsafePointer<UInt32>, hadPartner: UnsafePointer<UInt8>,
        times: ColumnVector?, count rows: Int
    ) {
        guard rows > 0 else { return }
        let buffer = Buffer(capacity: rows * 4)
        let slots = buffer.pointer(as: UInt32.self)
        for row in 0..<rows { slots[row] = freeSlot() }
        makeRoom()
        if hasNumbers { for row in 0..<rows { self.numbers.pointer[Int(slots[row])] = taken.take() } }
        for (column, values) in zip(columns, values) { column.store(values, into: slots) }
        for row in 0..<rows {
            if row &+ JoinRows.headDistance < rows {
                platform_prefetch(heads.pointer + Int(numbers[row &+ JoinRows.headDistance]))
            }
            let partner = Bitmap.get(hadPartner, row) ? Mark.hadPartner : 0
            marks.pointer[Int(slots[row])] = Mark.isThere | Mark.isNew | partner
            link(slots[row], to: numbers[row])
        }
        created.append(contentsOf: UnsafeBufferPointer(start: slots, count: rows))
        createdCount += rows
        count += rows
        guard let times else { return }
        let (known, validity) = (times.slots(as: Int64.self), times.validityBits)
        for row in 0..<rows where Loops.isValid(validity, row) { expiry.add(slots[row], at: known[row]) }
    }

    @inline(__always)
    private func freeSlot() -> UInt32 {
        if let slot = free.popLast() { return slot }
        defer { limit += 1 }
        return UInt32(truncatingIfNeeded: limit)
    }

    private func makeRoom() {
        if hasNumbers { numbers.reserve(limit) }
        for column in columns { column.reserve(limit) }
        marks.reserve(limit)
        keys.reserve(limit)
        next.reserve(limit)
        previous.reserve(limit)
    }

    /// Puts a row behind the others of its key.
    @inline(__always)
    private func link(_ slot: UInt32, to key: UInt32) {
        let (next, previous, heads) = (next.pointer, previous.pointer, heads.pointer)
        keys.pointer[Int(slot)] = key
        let head = heads[Int(key)]
        if head == 0 {
            heads[Int(key)] = slot &+ 1
            next[Int(slot)] = slot
            previous[Int(slot)] = slot
        } else {
            let first = Int(head &- 1)
            let last = previous[first]
            next[Int(last)] = slot
            previous[Int(slot)] = last
            next[Int(slot)] = head &- 1
            previous[first] = slot
        }
    }

    private func unlink(_ slot: UInt32) {
        let (next, previous, heads) = (next.pointer, previous.pointer, heads.pointer)
        let key = Int(keys.pointer[Int(slot)])
        let (after, before) = (next[Int(slot)], previous[Int(slot)])
        if after == slot {
            heads[key] = 0
        } else {
            next[Int(before)] = after
            previous[Int(after)] = before
            if heads[key] == slot &+ 1 { heads[key] = after &+ 1 }
        }
    }

    /// How many rows ahead of its turn each of the places is fetched in which a row's partners are looked for.
    private static let headDistance = 24
    private static let rowDistance = 12

    // MARK: Reading

    /// Whether a key has rows.
    @inline(__always)
    func hasRows(key: UInt32) -> Bool { heads.pointer[Int(key)] != 0 }

    /// The number of a row's key.
    @inline(__always)
    func key(of slot: UInt32) -> UInt32 { keys.pointer[Int(slot)] }

    /// What a row is known by on disk.
    @inline(__always)
    func number(of slot: UInt32) -> UInt32 { hasNumbers ? numbers.pointer[Int(slot)] : slot }

    /// More than any row's number.
    var numberLimit: Int { hasNumbers ? taken.limit : limit }

    /// Whether a row is there.
    @inline(__always)
    func isThere(_ slot: UInt32) -> Bool { marks.pointer[Int(slot)] & Mark.isThere != 0 }

    /// Whether a row has had a partner.
    @inline(__always)
    func hadPartner(_ slot: UInt32) -> Bool { marks.pointer[Int(slot)] & Mark.hadPartner != 0 }

    /// The columns of some rows.
    func gather(_ slots: UnsafePointer<UInt32>, count: Int) -> [ColumnVector] {
        columns.map { $0.gather(slots, count: count) }
    }

    /// How many of these rows, at most `maximum`, make one piece.
    func pieceLength(_ slots: UnsafePointer<UInt32>, maximum: Int) -> Int {
        columns.reduce(maximum) { $1.pieceLength(slots, maximum: $0) }
    }

    /// Gives some rows in pieces that are not too large.
    func forEachPiece<Failure: Error>(
        of slots: [UInt32], maximumRows: Int, _ body: ([UInt32]) throws(Failure) -> Void
    ) throws(Failure) {
        var first = 0
        while first < slots.count {
            let maximum = min(maximumRows, slots.count - first)
            let length = slots.withUnsafeBufferPointer { slots in
                slots.baseAddress.map { pieceLength($0 + first, maximum: maximum) } ?? maximum
            }
            try body(Array(slots[first..<(first + length)]))
            first += length
        }
    }

    /// Where a lookup of several rows has come to.
    struct Cursor {
        fileprivate var row = 0
        /// The slot that is looked at next for `row`, counted from 1; 0 before its first and behind its last one.
        fileprivate var slot: UInt32 = 0
    }

    /// Writes the next pairs of rows that look up and rows that are there, and returns how many: fewer than `maximum`
    /// only at the end. `numbers` has the key of each row; those without a bit in `findable`, and those with one in
    /// `isDone`, find nothing.
    func pairs(
        _ cursor: inout Cursor, keys numbers: UnsafePointer<UInt32>, count rows: Int,
        findable: UnsafePointer<UInt8>?, isDone: UnsafePointer<UInt8>?, maximum: Int,
        rows found: UnsafeMutablePointer<Int32>, slots: UnsafeMutablePointer<UInt32>
    ) -> Int {
        let (next, heads, marks) = (next.pointer, heads.pointer, marks.pointer)
        var (row, slot, count) = (cursor.row, cursor.slot, 0)
        while row < rows {
            if row &+ JoinRows.headDistance < rows {
                platform_prefetch(heads + Int(numbers[row &+ JoinRows.headDistance]))
                let first = heads[Int(numbers[row &+ JoinRows.rowDistance])]
                if first != 0 {
                    platform_prefetch(marks + (Int(first) &- 1))
                    platform_prefetch(next + (Int(first) &- 1))
                }
            }
            let head = heads[Int(numbers[row])]
            if slot == 0 { slot = Loops.isValid(findable, row) ? head : 0 }
            if let isDone, Bitmap.get(isDone, row) { slot = 0 }
            while slot != 0 {
                if count == maximum {
                    (cursor.row, cursor.slot) = (row, slot)
                    return count
                }
                let place = Int(slot &- 1)
                if marks[place] & Mark.isDone == 0 {
                    found[count] = Int32(truncatingIfNeeded: row)
                    slots[count] = slot &- 1
                    count &+= 1
                }
                slot = next[place] &+ 1
                if slot == head { slot = 0 }
            }
            row &+= 1
        }
        (cursor.row, cursor.slot) = (row, 0)
        return count
    }

    // MARK: Changing

    /// A row has found a partner.
    @inline(__always)
    func mark(_ slot: UInt32) {
        let known = marks.pointer[Int(slot)]
        guard known & Mark.hadPartner == 0 else { return }
        marks.pointer[Int(slot)] = known | Mark.hadPartner
        if known & Mark.isNew == 0 { marked.append(slot) }
    }

    /// A row needs no more partners: it is found no more. False where that was known.
    @inline(__always)
    func finish(_ slot: UInt32) -> Bool {
        guard marks.pointer[Int(slot)] & Mark.isDone == 0 else { return false }
        marks.pointer[Int(slot)] |= Mark.isDone
        return true
    }

    /// Removes rows that are there, and in the index no more.
    func remove(_ slots: [UInt32]) {
        for slot in slots {
            let known = marks.pointer[Int(slot)]
            unlink(slot)
            marks.pointer[Int(slot)] = 0
            if known & Mark.isNew != 0 { createdCount -= 1 } else { removed.append(slot) }
        }
        leaving += slots
        count -= slots.count
    }

    /// Takes the rows out of the index whose times lie at or before `time`: they are to be removed.
    func takeFinal(at time: Int64) -> [UInt32] { expiry.takeFinal(at: time) }

    /// Takes rows out of the index before their time; `times` has one for each, or NULL.
    func forgetTimes(_ times: ColumnVector, of slots: [UInt32]) {
        let (known, validity) = (times.slots(as: Int64.self), times.validityBits)
        for (row, slot) in slots.enumerated() where Loops.isValid(validity, row) {
            expiry.remove(slot, at: known[row])
        }
    }

    /// The batch is committed.
    func markClean() {
        for slot in created { marks.pointer[Int(slot)] &= ~Mark.isNew }
        for column in columns { column.clear(leaving) }
        free += leaving
        if hasNumbers {
            for slot in leaving { taken.remove(numbers.pointer[Int(slot)]) }
            for number in removedElsewhere { taken.remove(number) }
            removedElsewhere = []
        }
        func empty(_ list: inout [UInt32]) { list.removeAll(keepingCapacity: list.count < 1 << 16) }
        empty(&created)
        empty(&marked)
        empty(&removed)
        empty(&leaving)
        createdCount = 0
    }

    func clear() {
        for column in columns { column.clear(allRows()) }
        marks.clear(limit)
        heads.clear(heads.capacity)
        (limit, count, createdCount) = (0, 0, 0)
        (free, leaving, created, marked, removed, removedElsewhere) = ([], [], [], [], [], [])
        expiry.clear()
        taken = RowNumbers()
        places = [:]
    }

    // MARK: Outside of memory

    /// Rows get numbers: before there is any.
    func useNumbers() { hasNumbers = true }

    /// Adds rows that have been outside of memory, as if they had been here at the commit; gives their slots. They are
    /// in no index yet.
    func hold(_ values: [ColumnVector], numbers known: [UInt32], keys: [UInt32], hadPartner: ColumnVector) -> [UInt32] {
        let slots = known.map { _ in freeSlot() }
        makeRoom()
        for (column, values) in zip(columns, values) { column.store(values, into: slots) }
        let partners = hadPartner.bits
        for (row, slot) in slots.enumerated() {
            numbers.pointer[Int(slot)] = known[row]
            marks.pointer[Int(slot)] = Mark.isThere | (Bitmap.get(partners, row) ? Mark.hadPartner : 0)
            link(slot, to: keys[row])
        }
        count += slots.count
        return slots
    }

    /// Rows outside of memory are gone from there.
    func removeElsewhere(_ numbers: [UInt32]) { removedElsewhere += numbers }

    /// Begins anew without rows in memory, and gives the memory of those that there were back.
    func letGo() {
        columns = schema.fields.map { SlotColumn($0.type) }
        marks = GroupArray<UInt8>()
        keys = GroupArray<UInt32>()
        next = GroupArray<UInt32>()
        previous = GroupArray<UInt32>()
        heads = GroupArray<UInt32>()
        numbers = GroupArray<UInt32>()
        expiry = ExpiryIndex(canRemove: canFinish)
        (limit, count, createdCount) = (0, 0, 0)
        (free, leaving, created, marked, removed) = ([], [], [], [], [])
        places = [:]
    }

    /// The slots of all rows, ascending.
    func allRows() -> [UInt32] { rows(in: 0..<limit) }

    /// The slots of the rows in a range of slots.
    func rows(in range: Range<Int>) -> [UInt32] {
        range.clamped(to: 0..<limit).lazy.map { UInt32(truncatingIfNeeded: $0) }.filter(isThere)
    }

    // MARK: What was read from disk

    /// Sets the rows of some numbers, which may be there; `keys` has the key of each.
    func restore(
        _ values: [ColumnVector], numbers known: [UInt32], keys numbers: [UInt32], hadPartner: ColumnVector,
        keyLimit: Int
    ) {
        heads.reserve(keyLimit)
        let slots = hasNumbers ? slots(restoring: known) : known
        limit = slots.reduce(limit) { max($0, Int($1) + 1) }
        makeRoom()
        if hasNumbers { for (slot, number) in zip(slots, known) { self.numbers.pointer[Int(slot)] = number } }
        for (column, values) in zip(columns, values) { column.store(values, into: slots) }
        let partners = hadPartner.bits
        for (row, slot) in slots.enumerated() {
            if isThere(slot) { unlink(slot) } else { count += 1 }
            marks.pointer[Int(slot)] = Mark.isThere | (Bitmap.get(partners, row) ? Mark.hadPartner : 0)
            link(slot, to: numbers[row])
        }
    }

    private func slots(restoring known: [UInt32]) -> [UInt32] {
        known.map { number in
            taken.insert(number)
            if let slot = places[number] { return slot }
            let slot = freeSlot()
            places[number] = slot
            return slot
        }
    }

    /// The slots of those rows that are there.
    private func slots(of known: [UInt32]) -> [UInt32] {
        hasNumbers ? known.compactMap { places[$0] } : known.filter { Int($0) < limit && isThere($0) }
    }

    /// Whether rows that are read from disk are in memory.
    func isHeld(_ number: UInt32) -> Bool { places[number] != nil }

    /// Notes that rows have had a partner, where they are there.
    func restoreMarks(_ known: [UInt32]) {
        for slot in slots(of: known) { marks.pointer[Int(slot)] |= Mark.hadPartner }
    }

    /// Removes the rows of some numbers, where they are there.
    func restoreRemoved(_ known: [UInt32]) {
        for slot in slots(of: known) {
            unlink(slot)
            marks.pointer[Int(slot)] = 0
            count -= 1
            if hasNumbers {
                places[numbers.pointer[Int(slot)]] = nil
                free.append(slot)
            }
        }
        if hasNumbers { for number in known { taken.remove(number) } }
    }

    /// All is read: finds out which slots are free. Rows are in no index yet.
    func endRestoring(keyLimit: Int) {
        heads.reserve(keyLimit)
        expiry.clear()
        free = (0..<limit).reversed().lazy.map { UInt32(truncatingIfNeeded: $0) }.filter { !self.isThere($0) }
        leaving = []
        places = [:]
    }

    /// Puts rows into the index; `times` has one for each, or NULL.
    func learn(_ times: ColumnVector, of slots: [UInt32]) {
        let (known, validity) = (times.slots(as: Int64.self), times.validityBits)
        for (row, slot) in slots.enumerated() where Loops.isValid(validity, row) { expiry.add(slot, at: known[row]) }
    }
}

// The rows of one side of a join of two streams, found by the number of their key and by their time.

import CPlatform
import Columns
import StateStore

/// Rows in numbered slots. Those of a key are a ring in the order in which they came; those with a time are in an index
/// by it. A row keeps its slot for as long as it is there: by it the state on disk knows it.
///
/// What is known of a row and its values of fixed width are one run of bytes, so that a row that is found by its key
/// costs one or two misses of the processor's caches; other values are kept column by column. The lowest free slots are
/// taken first: rows that come together mostly lie together, and go together.
///
/// Where there is a place outside of memory, rows have a number besides, by which they are known: a slot is only theirs
/// as long as they are in memory.
///
/// What a batch removes leaves its ring at once and its slot at the commit, so that the slot's number means one row in
/// the changes of a batch.
///
/// SAFETY: not synchronised; the shard that it belongs to has one owner at a time. The rows are not checked for
/// overlapping use: they are private, and nothing that reads or writes them comes back here.
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

    /// Where things lie in a row's head.
    private enum Head {
        /// The number of the row's key.
        static let key = 0
        /// The next and the previous row of the same key.
        static let next = 4
        static let previous = 8
        static let marks = 12
        static let bytes = 13
    }

    let schema: Schema
    private let layout: RowLayout
    @exclusivity(unchecked) private var rows = GroupArray<UInt64>()
    /// Which columns have had a NULL.
    private var mayBeNull: [Bool]
    /// The columns that have no place in the rows.
    private var others: [SlotColumn?]
    /// What is known of each key.
    private let keys: JoinKeys
    /// Which of the two sides this is.
    private let side: Int
    /// One more than the highest slot so far.
    private(set) var limit = 0
    /// The slots that are taken, those of rows that are leaving among them.
    @exclusivity(unchecked) private var takenSlots = RowNumbers()
    @exclusivity(unchecked) private var leaving: [UInt32] = []
    @exclusivity(unchecked) private var expiry: ExpiryIndex
    private let canFinish: Bool
    /// How many rows there are in memory.
    private(set) var count = 0

    // MARK: Numbers of rows that need not be in memory

    /// Whether rows have a number besides their slot.
    private var hasNumbers = false
    /// The number of each row.
    @exclusivity(unchecked) private var numbers = GroupArray<UInt32>()
    private var taken = RowNumbers()
    /// Where the rows in memory are, while they are read from disk.
    private var places: [UInt32: UInt32] = [:]

    // MARK: What the batch has changed

    /// Slots of rows that the batch has made; some may be gone again.
    private(set) var created: [UInt32] = []
    /// Rows that were there before and have found their first partner; some may be gone.
    @exclusivity(unchecked) private(set) var marked: [UInt32] = []
    /// Rows that were there before and are gone.
    @exclusivity(unchecked) private(set) var removed: [UInt32] = []
    /// Numbers of rows that were outside of memory and are gone.
    private(set) var removedElsewhere: [UInt32] = []
    private var createdCount = 0

    /// `canFinish` says that rows may go before their time.
    init(_ schema: Schema, side: Int, keys: JoinKeys, canFinish: Bool) {
        self.schema = schema
        self.side = side
        self.keys = keys
        layout = RowLayout(schema.fields.map(\.type), head: Head.bytes)
        mayBeNull = schema.fields.map { _ in false }
        others = JoinRows.others(schema)
        self.canFinish = canFinish
        expiry = ExpiryIndex(canRemove: canFinish)
    }

    private static func others(_ schema: Schema) -> [SlotColumn?] {
        schema.fields.map { RowLayout.holds($0.type) ? nil : SlotColumn($0.type) }
    }

    /// How many rows were set or removed since the commit.
    var updatedCount: Int { createdCount + marked.count + removed.count + removedElsewhere.count }

    /// Whether anything is other than at the commit.
    var isDirty: Bool { !created.isEmpty || !marked.isEmpty || !removed.isEmpty || !removedElsewhere.isEmpty }

    var memoryBytes: Int {
        others.reduce(0) { $0 + ($1?.memoryBytes ?? 0) } + rows.memoryBytes + takenSlots.memoryBytes
            + expiry.memoryBytes
            + (hasNumbers ? numbers.memoryBytes + taken.memoryBytes + JoinRows.placeBytes * places.capacity : 0)
            + 4 * removedElsewhere.capacity
            + 4 * (leaving.capacity + created.capacity + marked.capacity + removed.capacity)
    }

    /// Bytes of a row's number and slot, with the room that a table of hashes leaves.
    private static let placeBytes = 16

    /// Bytes that so many more rows of these columns may take at the peak; `haveTimes` says that each may have a time
    /// of its own.
    func growthBytes(adding count: Int, _ values: [ColumnVector], haveTimes: Bool) -> Int {
        let free = self.limit - self.count - leaving.count
        let limit = self.limit + max(0, count - free)
        return zip(others, values).reduce(0) { $0 + ($1.0?.growthBytes(limit, storing: $1.1) ?? 0) }
            + rows.growthBytes(words(limit)) + 8 * count + (hasNumbers ? self.numbers.growthBytes(limit) : 0)
            + (haveTimes ? expiry.growthBytes(limit: limit, adding: count) : 0)
    }

    // MARK: Adding

    /// Adds rows: row i has the key number `numbers[i]` and, where it has one, the time in row i of `times`.
    /// `hadPartner` has a bit for each.
    func add(
        _ values: [ColumnVector], keys numbers: UnsafePointer<UInt32>, hadPartner: UnsafePointer<UInt8>,
        times: ColumnVector?, count: Int
    ) {
        guard count > 0 else { return }
        let buffer = Buffer(capacity: count * 4)
        let slots = buffer.pointer(as: UInt32.self)
        for row in 0..<count { slots[row] = freeSlot() }
        makeRoom()
        if hasNumbers { for row in 0..<count { self.numbers.pointer[Int(slots[row])] = taken.take() } }
        store(values, into: slots)
        for row in 0..<count {
            fetch(numbers, behind: row, count, beside: Head.previous, values: false)
            let partner = Bitmap.get(hadPartner, row) ? Mark.hadPartner : 0
            set(Mark.isThere | Mark.isNew | partner, of: slots[row])
            link(slots[row], to: numbers[row])
        }
        created.append(contentsOf: UnsafeBufferPointer(start: slots, count: count))
        createdCount += count
        self.count += count
        guard let times else { return }
        let (known, validity) = (times.slots(as: Int64.self), times.validityBits)
        for row in 0..<count where Loops.isValid(validity, row) { expiry.add(slots[row], at: known[row]) }
    }

    @inline(__always)
    private func freeSlot() -> UInt32 {
        let slot = takenSlots.take()
        limit = max(limit, Int(slot) &+ 1)
        return slot
    }

    /// Words of 8 bytes that so many rows take.
    private func words(_ count: Int) -> Int { count * layout.stride / 8 }

    private func makeRoom() {
        if hasNumbers { numbers.reserve(limit) }
        for column in others { column?.reserve(limit) }
        rows.reserve(words(limit))
    }

    private func store(_ values: [ColumnVector], into slots: UnsafePointer<UInt32>) {
        let bytes = UnsafeMutableRawPointer(rows.pointer).assumingMemoryBound(to: UInt8.self)
        for (column, values) in values.enumerated() {
            if let other = others[column] {
                other.store(values, into: slots)
                continue
            }
            if values.nullCount > 0 { mayBeNull[column] = true }
            layout.write(values, column, in: bytes, setsNulls: mayBeNull[column]) { Int(slots[$0]) }
        }
    }

    // MARK: Heads of rows

    @inline(__always)
    private func row(_ slot: UInt32) -> UnsafeMutableRawPointer {
        UnsafeMutableRawPointer(rows.pointer) + Int(slot) &* layout.stride
    }

    @inline(__always)
    private func marks(_ slot: UInt32) -> UInt8 { row(slot).load(fromByteOffset: Head.marks, as: UInt8.self) }

    @inline(__always)
    private func set(_ marks: UInt8, of slot: UInt32) {
        row(slot).storeBytes(of: marks, toByteOffset: Head.marks, as: UInt8.self)
    }

    /// Puts a row behind the others of its key.
    @inline(__always)
    private func link(_ slot: UInt32, to key: UInt32) {
        let (own, head) = (row(slot), keys.head(of: key, side))
        own.storeBytes(of: key, toByteOffset: Head.key, as: UInt32.self)
        guard head != 0 else {
            keys.setHead(of: key, side, slot &+ 1)
            own.storeBytes(of: slot, toByteOffset: Head.next, as: UInt32.self)
            own.storeBytes(of: slot, toByteOffset: Head.previous, as: UInt32.self)
            return
        }
        let first = row(head &- 1)
        let last = first.load(fromByteOffset: Head.previous, as: UInt32.self)
        row(last).storeBytes(of: slot, toByteOffset: Head.next, as: UInt32.self)
        own.storeBytes(of: last, toByteOffset: Head.previous, as: UInt32.self)
        own.storeBytes(of: head &- 1, toByteOffset: Head.next, as: UInt32.self)
        first.storeBytes(of: slot, toByteOffset: Head.previous, as: UInt32.self)
    }

    private func unlink(_ slot: UInt32) {
        let own = row(slot)
        let key = own.load(fromByteOffset: Head.key, as: UInt32.self)
        let after = own.load(fromByteOffset: Head.next, as: UInt32.self)
        let before = own.load(fromByteOffset: Head.previous, as: UInt32.self)
        if after == slot { return keys.setHead(of: key, side, 0) }
        row(before).storeBytes(of: after, toByteOffset: Head.next, as: UInt32.self)
        row(after).storeBytes(of: before, toByteOffset: Head.previous, as: UInt32.self)
        if keys.head(of: key, side) == slot &+ 1 { keys.setHead(of: key, side, after &+ 1) }
    }

    /// How many rows ahead of its turn each of the places is fetched in which a row's partners are looked for.
    private static let headDistance = 36
    private static let firstDistance = 24
    private static let secondDistance = 12

    /// Fetches what rows some way behind this one need: what is known of their keys, the first rows of those, and the
    /// rows beside the first, at `beside` in its head; with `values`, all of each row.
    @inline(__always)
    private func fetch(
        _ numbers: UnsafePointer<UInt32>, behind row: Int, _ count: Int, beside: Int, values: Bool
    ) {
        let far = row &+ JoinRows.headDistance
        guard far < count else { return }
        keys.fetch(numbers[far])
        let first = keys.head(of: numbers[row &+ JoinRows.firstDistance], side)
        if first != 0 { fetch(first &- 1, values: values) }
        let known = keys.head(of: numbers[row &+ JoinRows.secondDistance], side)
        guard known != 0 else { return }
        let second = self.row(known &- 1).load(fromByteOffset: beside, as: UInt32.self)
        if second != known &- 1 { fetch(second, values: values) }
    }

    @inline(__always)
    private func fetch(_ slot: UInt32, values: Bool) {
        let row = self.row(slot)
        platform_prefetch(row)
        if values { platform_prefetch(row + (layout.stride &- 1)) }
    }

    /// Fetches what removing rows some way behind this one needs: the rows, their neighbours and their keys.
    @inline(__always)
    private func fetch(_ slots: UnsafePointer<UInt32>, behind place: Int, _ count: Int) {
        let (far, near) = (place &+ JoinRows.firstDistance, place &+ JoinRows.secondDistance)
        guard far < count else { return }
        fetch(slots[far], values: false)
        let row = self.row(slots[near])
        keys.fetch(row.load(fromByteOffset: Head.key, as: UInt32.self))
        let after = row.load(fromByteOffset: Head.next, as: UInt32.self)
        guard after != slots[near] else { return }
        fetch(after, values: false)
        fetch(row.load(fromByteOffset: Head.previous, as: UInt32.self), values: false)
    }

    // MARK: Reading

    /// The number of a row's key.
    @inline(__always)
    func key(of slot: UInt32) -> UInt32 { row(slot).load(fromByteOffset: Head.key, as: UInt32.self) }

    /// What a row is known by on disk.
    @inline(__always)
    func number(of slot: UInt32) -> UInt32 { hasNumbers ? numbers.pointer[Int(slot)] : slot }

    /// More than any row's number.
    var numberLimit: Int { hasNumbers ? taken.limit : limit }

    /// Whether a row is there.
    @inline(__always)
    func isThere(_ slot: UInt32) -> Bool { marks(slot) & Mark.isThere != 0 }

    /// Whether a row has had a partner.
    @inline(__always)
    func hadPartner(_ slot: UInt32) -> Bool { marks(slot) & Mark.hadPartner != 0 }

    /// The columns of some rows.
    func gather(_ slots: UnsafePointer<UInt32>, count: Int) -> [ColumnVector] {
        others.indices.map { gather(column: $0, slots, count: count) }
    }

    /// A column of some rows.
    func gather(column: Int, _ slots: UnsafePointer<UInt32>, count: Int) -> ColumnVector {
        if let other = others[column] { return other.gather(slots, count: count) }
        return layout.gather(
            column, of: UnsafeRawPointer(rows.pointer).assumingMemoryBound(to: UInt8.self), slots, count: count,
            mayBeNull: mayBeNull[column])
    }

    /// How many of these rows, at most `maximum`, make one piece.
    func pieceLength(_ slots: UnsafePointer<UInt32>, maximum: Int) -> Int {
        others.reduce(maximum) { $1?.pieceLength(slots, maximum: $0) ?? $0 }
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
        var (row, slot, count) = (cursor.row, cursor.slot, 0)
        while row < rows {
            fetch(numbers, behind: row, rows, beside: Head.next, values: true)
            let head = keys.head(of: numbers[row], side)
            if slot == 0 { slot = Loops.isValid(findable, row) ? head : 0 }
            if let isDone, Bitmap.get(isDone, row) { slot = 0 }
            while slot != 0 {
                if count == maximum {
                    (cursor.row, cursor.slot) = (row, slot)
                    return count
                }
                let own = self.row(slot &- 1)
                if own.load(fromByteOffset: Head.marks, as: UInt8.self) & Mark.isDone == 0 {
                    found[count] = Int32(truncatingIfNeeded: row)
                    slots[count] = slot &- 1
                    count &+= 1
                }
                slot = own.load(fromByteOffset: Head.next, as: UInt32.self) &+ 1
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
        let known = marks(slot)
        guard known & Mark.hadPartner == 0 else { return }
        set(known | Mark.hadPartner, of: slot)
        if known & Mark.isNew == 0 { marked.append(slot) }
    }

    /// A row needs no more partners: it is found no more. False where that was known.
    @inline(__always)
    func finish(_ slot: UInt32) -> Bool {
        let known = marks(slot)
        guard known & Mark.isDone == 0 else { return false }
        set(known | Mark.isDone, of: slot)
        return true
    }

    /// Removes rows that are there, and in the index no more; their keys may have no rows then.
    func remove(_ slots: [UInt32], _ loose: inout [UInt32]) {
        loose.reserveCapacity(loose.count + slots.count)
        var known: [UInt32] = []
        known.reserveCapacity(slots.count)
        slots.withUnsafeBufferPointer { slots in
            guard let all = slots.baseAddress else { return }
            for place in 0..<slots.count {
                fetch(all, behind: place, slots.count)
                let slot = all[place]
                unlink(slot)
                loose.append(key(of: slot))
                if marks(slot) & Mark.isNew == 0 { known.append(slot) }
                set(0, of: slot)
            }
        }
        createdCount -= slots.count - known.count
        removed += known
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
        for slot in created { set(marks(slot) & ~Mark.isNew, of: slot) }
        for column in others { column?.clear(leaving) }
        for slot in leaving { takenSlots.remove(slot) }
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
        if others.contains(where: { $0 != nil }) {
            let rows = allRows()
            for column in others { column?.clear(rows) }
        }
        rows.clear(words(limit))
        mayBeNull = mayBeNull.map { _ in false }
        (limit, count, createdCount) = (0, 0, 0)
        takenSlots = RowNumbers()
        (leaving, created, marked, removed, removedElsewhere) = ([], [], [], [], [])
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
        store(values, into: slots)
        let partners = hadPartner.bits
        for (row, slot) in slots.enumerated() {
            numbers.pointer[Int(slot)] = known[row]
            set(Mark.isThere | (Bitmap.get(partners, row) ? Mark.hadPartner : 0), of: slot)
            link(slot, to: keys[row])
        }
        count += slots.count
        return slots
    }

    /// Rows outside of memory are gone from there.
    func removeElsewhere(_ numbers: [UInt32]) { removedElsewhere += numbers }

    /// Begins anew without rows in memory, and gives the memory of those that there were back.
    func letGo() {
        others = JoinRows.others(schema)
        keys.clearHeads(side)
        rows = GroupArray<UInt64>()
        mayBeNull = mayBeNull.map { _ in false }
        numbers = GroupArray<UInt32>()
        expiry = ExpiryIndex(canRemove: canFinish)
        (limit, count, createdCount) = (0, 0, 0)
        takenSlots = RowNumbers()
        (leaving, created, marked, removed) = ([], [], [], [])
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
        _ values: [ColumnVector], numbers known: [UInt32], keys numbers: [UInt32], hadPartner: ColumnVector
    ) {
        let slots = hasNumbers ? slots(restoring: known) : known
        limit = slots.reduce(limit) { max($0, Int($1) + 1) }
        makeRoom()
        if hasNumbers { for (slot, number) in zip(slots, known) { self.numbers.pointer[Int(slot)] = number } }
        store(values, into: slots)
        let partners = hadPartner.bits
        for (row, slot) in slots.enumerated() {
            if isThere(slot) { unlink(slot) } else { count += 1 }
            set(Mark.isThere | (Bitmap.get(partners, row) ? Mark.hadPartner : 0), of: slot)
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
        for slot in slots(of: known) { set(marks(slot) | Mark.hadPartner, of: slot) }
    }

    /// Removes the rows of some numbers, where they are there.
    func restoreRemoved(_ known: [UInt32]) {
        for slot in slots(of: known) {
            unlink(slot)
            set(0, of: slot)
            count -= 1
            if hasNumbers {
                places[numbers.pointer[Int(slot)]] = nil
                takenSlots.remove(slot)
            }
        }
        if hasNumbers { for number in known { taken.remove(number) } }
    }

    /// All is read: finds out which slots are free. Rows are in no index yet.
    func endRestoring() {
        expiry.clear()
        takenSlots = RowNumbers()
        for slot in allRows() { takenSlots.insert(slot) }
        leaving = []
        places = [:]
    }

    /// Puts rows into the index; `times` has one for each, or NULL.
    func learn(_ times: ColumnVector, of slots: [UInt32]) {
        let (known, validity) = (times.slots(as: Int64.self), times.validityBits)
        for (row, slot) in slots.enumerated() where Loops.isValid(validity, row) { expiry.add(slot, at: known[row]) }
    }
}

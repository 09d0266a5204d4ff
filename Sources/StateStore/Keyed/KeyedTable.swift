// Rows by key, in the order of the keys: what operators with state of their own keep.

import Columns

/// A table of rows, each with a key and some values: get, put, remove, all rows whose keys begin with some columns, and
/// ranges of keys; batch by batch.
///
/// Keys are `OrderedKeys`' bytes. A time as the first key column makes a range by time; a table without value columns
/// is an ordered set, which is what timers are: `rows(from: [], to: keys.encode([.timestamp(now)]))` are those due.
///
/// What a batch changes lies over the rows of the last commit: a row that is set gets a slot of its own, and the slot
/// that it had is let go of at the commit. So the whole batch is dropped or kept without copying a value.
///
/// Where there is a place outside of memory, rows may be there: all that is read here and all that is changed has to be
/// brought in first. A row that was brought in is as if it had been in memory at the last commit.
///
/// SAFETY: not synchronised; the runtime gives a shard to one thread at a time.
package final class KeyedTable: StateShard, @unchecked Sendable {
    /// In place of a row that isn't there.
    package static let absent = UInt32.max
    /// In place of the slot of a row that isn't there.
    private static let noSlot = UInt32.max

    /// How keys are written.
    package let keys: OrderedKeys
    /// The types of the values.
    package let valueTypes: [DataType]
    private var order = KeyOrder()
    private var columns: [SlotColumn]
    /// Where the time stands at which a row is due, for those that look for rows by it.
    let due: DueTime?
    /// The rows that are not in memory, where they may be elsewhere.
    var spilled: SpilledRows?
    /// The keys of rows that the batch has removed where they were, outside of memory.
    var removedElsewhere: [ColumnVector] = []
    /// For each row's number: where its values are, where they were before the batch, and the batch that touched it.
    private var slots: [UInt32] = []
    private var slotsBefore: [UInt32] = []
    private var stamps: [UInt32] = []
    private var batch: UInt32 = 1
    private var touched: [UInt32] = []
    private var freeRows: [UInt32] = []
    private var freeSlots: [UInt32] = []
    private var slotLimit: UInt32 = 0
    /// Rows in memory.
    private(set) var heldCount = 0

    /// An empty table.
    package init(keys: [DataType], values: [DataType], due: DueTime? = nil) {
        self.keys = OrderedKeys(types: keys)
        self.due = due
        valueTypes = values
        columns = values.map { SlotColumn($0) }
    }

    /// What `StateOperator.shape` says of the table, a line a column.
    package var shape: [String] { keys.types.map { "key \($0)" } + valueTypes.map { "value \($0)" } }

    // MARK: Reading

    /// Writes the row of each key that `keys.encode` gave, or `absent`. A row's number is good until the batch ends.
    package func find(_ encoded: ColumnVector, into rows: UnsafeMutablePointer<UInt32>) {
        for index in 0..<encoded.count { rows[index] = row(of: encoded.run(index)) }
    }

    private func row(of key: UnsafeBufferPointer<UInt8>) -> UInt32 {
        let place = order.place(of: key)
        guard place.isFound else { return KeyedTable.absent }
        let row = order.number(at: place)
        return slots[Int(row)] == KeyedTable.noSlot ? KeyedTable.absent : row
    }

    /// The row, or `absent`, of each key from `first` on, of as many as have values that columns take; and those that
    /// are there.
    package func findPiece(_ encoded: ColumnVector, from first: Int = 0) -> (rows: [UInt32], found: [UInt32]) {
        var rows = withExtendedLifetime(encoded) { (first..<encoded.count).map { row(of: encoded.run($0)) } }
        var found = rows.filter { $0 != KeyedTable.absent }
        let most = pieceLength(found[...])
        if most < found.count {
            let places = rows.indices.filter { rows[$0] != KeyedTable.absent }
            rows.removeSubrange(places[most]...)
            found.removeSubrange(most...)
        }
        return (rows, found)
    }

    /// The values of rows that are there.
    package func values(of rows: [UInt32]) -> [ColumnVector] {
        let numbers = rows.map { slots[Int($0)] }
        return columns.map { $0.gather(numbers, count: numbers.count) }
    }

    /// One value of rows that are there.
    package func values(_ column: Int, of rows: [UInt32]) -> ColumnVector {
        columns[column].gather(rows.map { slots[Int($0)] }, count: rows.count)
    }

    /// How many of these rows have so few bytes that a column of them stays far below the 4 GiB that it reaches.
    package func pieceLength(_ rows: ArraySlice<UInt32>) -> Int {
        let numbers = rows.map { slots[Int($0)] }
        var (length, bytes) = (numbers.count, 0)
        for (place, row) in rows.enumerated() {
            bytes += order.keys.run(Int(row)).count
            if bytes > SlotColumn.pieceBytes, place > 0 {
                length = place
                break
            }
        }
        return columns.reduce(length) { $1.pieceLength(numbers, maximum: $0) }
    }

    /// Gives rows in pieces of at most `maximumRows`, or of so few that their columns stay far below the 4 GiB that one
    /// reaches.
    package func forEachPiece<Failure: Error>(
        of rows: [UInt32], maximumRows: Int, _ body: ([UInt32]) throws(Failure) -> Void
    ) throws(Failure) {
        var first = 0
        while first < rows.count {
            let most = rows[first..<min(first + maximumRows, rows.count)]
            let part = Array(most.prefix(pieceLength(most)))
            try body(part)
            first += part.count
        }
    }

    /// The key columns of rows.
    package func keyColumns(of rows: [UInt32]) -> [ColumnVector] {
        guard let columns = keys.decode(encodedKeys(of: rows)) else {
            preconditionFailure("a row's key decodes: it was encoded here or checked when it was read")
        }
        return columns
    }

    /// Whether the batch or memory knows something of a key, be it that its row is gone.
    func isHeld(_ key: UnsafeBufferPointer<UInt8>) -> Bool { order.place(of: key).isFound }

    func encodedKeys(of rows: [UInt32]) -> ColumnVector {
        var builder = BytesBuilder(type: .binary, capacity: rows.count)
        for row in rows {
            let run = order.keys.run(Int(row))
            if let start = run.baseAddress { builder.append(start, count: run.count) }
        }
        return builder.finish()
    }

    /// The rows whose keys begin with `prefix`, in order: all rows of the first key columns that it encodes.
    package func rows(withPrefix prefix: [UInt8], limit: Int = .max) -> [UInt32] {
        prefix.withUnsafeBufferPointer { prefix in
            rows(from: Array(prefix), limit: limit) { key in
                key.count >= prefix.count
                    && KeyOrder.compare(UnsafeBufferPointer(rebasing: key[..<prefix.count]), prefix) == 0
            }
        }
    }

    /// The rows with keys from `start` on and before `end`, in order; to the last where there is no end.
    package func rows(from start: [UInt8], to end: [UInt8]? = nil, limit: Int = .max) -> [UInt32] {
        guard let end else { return rows(from: start, limit: limit) { _ in true } }
        return end.withUnsafeBufferPointer { end in
            rows(from: start, limit: limit) { KeyOrder.compare($0, end) < 0 }
        }
    }

    /// The last row whose key begins with `prefix`; `nil` where there is none.
    package func lastRow(withPrefix prefix: [UInt8]) -> UInt32? { lastRow(withPrefix: prefix) { _ in } }

    /// The same; tells of each row that is looked at.
    func lastRow(withPrefix prefix: [UInt8], _ lookedAt: (UInt32) -> Void) -> UInt32? {
        // No key column begins with such a byte.
        order.last(before: prefix + [UInt8.max]) { row in
            lookedAt(row)
            guard order.keys.run(Int(row)).starts(with: prefix) else { return false }
            return slots[Int(row)] == KeyedTable.noSlot ? nil : true
        }
    }

    private func rows(
        from start: [UInt8], limit: Int, _ isInside: (UnsafeBufferPointer<UInt8>) -> Bool
    ) -> [UInt32] {
        var rows: [UInt32] = []
        guard limit > 0 else { return rows }
        order.visit(from: start) { row in
            guard isInside(order.keys.run(Int(row))) else { return false }
            if slots[Int(row)] != KeyedTable.noSlot { rows.append(row) }
            return rows.count < limit
        }
        return rows
    }

    // MARK: A batch

    /// Sets the rows of keys that `keys.encode` gave; of rows with the same key the last one counts.
    package func put(_ encoded: ColumnVector, _ values: [ColumnVector]) {
        precondition(values.count == columns.count, "as many value columns as value types")
        var numbers = [UInt32](repeating: 0, count: encoded.count)
        for index in 0..<encoded.count {
            let row = Int(rowToSet(encoded.run(index)))
            // A slot that the batch itself has made is written again.
            if slots[row] == KeyedTable.noSlot || slots[row] == slotsBefore[row] {
                if slots[row] == KeyedTable.noSlot { heldCount += 1 }
                slots[row] = newSlot()
            }
            numbers[index] = slots[row]
        }
        store(values, into: numbers)
    }

    private func store(_ values: [ColumnVector], into numbers: [UInt32]) {
        for (column, values) in zip(columns, values) {
            column.reserve(Int(slotLimit))
            column.store(values, into: numbers)
        }
    }

    /// Adds rows of which nothing is known in memory, as if they had been there at the last commit; their numbers.
    func hold(_ encoded: ColumnVector, _ values: [ColumnVector]) -> [UInt32] {
        let rows = (0..<encoded.count).map { index in
            let row = number(of: encoded.run(index))
            slots[Int(row)] = newSlot()
            return row
        }
        heldCount += rows.count
        store(values, into: rows.map { slots[Int($0)] })
        return rows
    }

    /// Begins anew without rows in memory, and gives the memory of those that there were back.
    package func letGo() {
        order = KeyOrder()
        columns = valueTypes.map { SlotColumn($0) }
        (slots, slotsBefore, stamps, touched, freeRows, freeSlots) = ([], [], [], [], [], [])
        slotLimit = 0
        heldCount = 0
    }

    /// Bytes that setting so many rows, whose keys and values take so much, may need at the peak where none is there.
    package func growthBytes(adding count: Int, keyBytes: Int, values: [ColumnVector]) -> Int {
        let limit = Int(slotLimit) + max(0, count - freeSlots.count)
        func grown(_ array: [UInt32]) -> Int {
            array.count + count > array.capacity ? 4 * max(2 * array.capacity, array.count + count) : 0
        }
        return zip(columns, values).reduce(0) { $0 + $1.0.growthBytes(limit, storing: $1.1) }
            + order.growthBytes(adding: count, bytes: keyBytes)
            + [slots, slotsBefore, stamps, touched, freeRows, freeSlots].reduce(0) { $0 + grown($1) }
    }

    /// Removes the rows of keys that `keys.encode` gave, where they are there.
    package func remove(_ encoded: ColumnVector) {
        for index in 0..<encoded.count {
            let place = order.place(of: encoded.run(index))
            if place.isFound { remove(order.number(at: place)) }
        }
    }

    /// Removes rows.
    package func remove(rows: [UInt32]) { for row in rows { remove(row) } }

    private func remove(_ row: UInt32) {
        touch(row)
        let index = Int(row)
        guard slots[index] != KeyedTable.noSlot else { return }
        if slots[index] != slotsBefore[index] { free(slots[index]) }
        slots[index] = KeyedTable.noSlot
        heldCount -= 1
    }

    private func rowToSet(_ key: UnsafeBufferPointer<UInt8>) -> UInt32 {
        let row = number(of: key)
        touch(row)
        return row
    }

    /// The number of a key, which it gets where it has none.
    private func number(of key: UnsafeBufferPointer<UInt8>) -> UInt32 {
        let place = order.place(of: key)
        let row: UInt32
        if place.isFound {
            row = order.number(at: place)
        } else {
            row = freeRows.popLast() ?? UInt32(slots.count)
            if Int(row) == slots.count {
                slots.append(KeyedTable.noSlot)
                slotsBefore.append(KeyedTable.noSlot)
                stamps.append(0)
            }
            order.insert(key, number: row, at: place)
        }
        return row
    }

    private func touch(_ row: UInt32) {
        let index = Int(row)
        guard stamps[index] != batch else { return }
        stamps[index] = batch
        slotsBefore[index] = slots[index]
        touched.append(row)
    }

    private func newSlot() -> UInt32 {
        if let slot = freeSlots.popLast() { return slot }
        defer { slotLimit += 1 }
        return slotLimit
    }

    private func free(_ slot: UInt32) {
        for column in columns { column.clear([slot]) }
        freeSlots.append(slot)
    }

    // MARK: State

    package var rowCount: Int { heldCount + (spilled?.count ?? 0) }

    package var updatedCount: Int { touched.count + removedElsewhere.reduce(0) { $0 + $1.count } }

    package var memoryBytes: Int {
        order.memoryBytes + removedElsewhere.reduce(0) { $0 + $1.memoryBytes }
            + columns.reduce(0) { $0 + $1.memoryBytes }
            + 4 * (slots.capacity + slotsBefore.capacity + stamps.capacity + touched.capacity)
            + 4 * (freeRows.capacity + freeSlots.capacity)
    }

    package func markClean() {
        for row in touched {
            let (now, before) = (slots[Int(row)], slotsBefore[Int(row)])
            if before != KeyedTable.noSlot && before != now { free(before) }
            if now == KeyedTable.noSlot { forget(row) }
        }
        beginBatch()
    }

    package func rollback() -> Bool {
        for row in touched {
            let (now, before) = (slots[Int(row)], slotsBefore[Int(row)])
            if now != KeyedTable.noSlot && now != before {
                free(now)
                heldCount -= before == KeyedTable.noSlot ? 1 : 0
            } else if now == KeyedTable.noSlot && before != now {
                heldCount += 1
            }
            slots[Int(row)] = before
            if before == KeyedTable.noSlot { forget(row) }
        }
        // What was removed elsewhere is gone, and is read again.
        let isWhole = removedElsewhere.isEmpty && spilled?.failure == nil
        beginBatch()
        return isWhole
    }

    package func clear() {
        _ = rollback()
        let all = rows(from: [])
        for row in all {
            free(slots[Int(row)])
            slots[Int(row)] = KeyedTable.noSlot
            forget(row)
        }
        heldCount = 0
        spilled?.clear()
    }

    private func forget(_ row: UInt32) {
        order.remove(row)
        freeRows.append(row)
    }

    private func beginBatch() {
        removedElsewhere = []
        touched.removeAll(keepingCapacity: touched.count < 1 << 16)
        if batch == UInt32.max {
            stamps = [UInt32](repeating: 0, count: stamps.count)
            batch = 0
        }
        batch += 1
    }

    /// Rows that are written at a time.
    static let pieceRows = 4096

    package func encodeChanges(into writer: inout StateWriter) {
        let removed = touched.filter {
            slots[Int($0)] == KeyedTable.noSlot && slotsBefore[Int($0)] != KeyedTable.noSlot
        }
        writer.write(KeyedTable.pieceCount(removed) + removedElsewhere.count)
        writePieces(of: removed, withValues: false, &writer)
        for keys in removedElsewhere {
            writer.write(keys.count)
            writer.write(keys)
        }
        write(touched.filter { slots[Int($0)] != KeyedTable.noSlot }, withValues: true, &writer)
    }

    package func encodeRows(
        from cursor: StateCursor, byteCount: Int, into writer: inout StateWriter
    ) -> StateCursor? {
        let start: [UInt8] = if case .key(let key) = cursor { key } else { [] }
        let rowBytes = max(8, memoryBytes / max(1, heldCount))
        let limit = max(16, min(byteCount / rowBytes, 16 * KeyedTable.pieceRows))
        if let spilled, !spilled.isEmpty {
            return encodeAllRows(from: start, limit: limit, byteCount: byteCount, into: &writer)
        }
        let found = rows(from: start, limit: limit + 1)
        write([], withValues: false, &writer)
        write(Array(found.prefix(limit)), withValues: true, &writer)
        return found.count > limit ? .key(Array(order.keys.run(Int(found[limit])))) : nil
    }

    /// Writes no row, as `encodeRows` writes rows.
    package static func encodeNothing(into writer: inout StateWriter) {
        writer.write(0)
        writer.write(0)
    }

    private func write(_ rows: [UInt32], withValues: Bool, _ writer: inout StateWriter) {
        writer.write(KeyedTable.pieceCount(rows))
        writePieces(of: rows, withValues: withValues, &writer)
    }

    static func pieceCount(_ rows: [UInt32]) -> Int { (rows.count + pieceRows - 1) / pieceRows }

    func writePieces(of rows: [UInt32], withValues: Bool, _ writer: inout StateWriter) {
        for start in stride(from: 0, to: rows.count, by: KeyedTable.pieceRows) {
            let piece = Array(rows[start..<min(start + KeyedTable.pieceRows, rows.count)])
            writer.write(piece.count)
            writer.write(encodedKeys(of: piece))
            if withValues { for column in values(of: piece) { writer.write(column) } }
        }
    }

    package func apply(_ reader: inout StateReader) throws(StateFormatError) {
        for _ in 0..<(try reader.readCount()) {
            let encoded = try readKeys(&reader)
            spilled?.forget(encoded)
            remove(encoded)
        }
        for _ in 0..<(try reader.readCount()) {
            let encoded = try readKeys(&reader)
            spilled?.forget(encoded)
            var values: [ColumnVector] = []
            for type in valueTypes { values.append(try reader.readColumn(type, count: encoded.count)) }
            put(encoded, values)
        }
    }

    private func readKeys(_ reader: inout StateReader) throws(StateFormatError) -> ColumnVector {
        let count = try reader.readCount()
        guard count > 0, count <= KeyedTable.pieceRows else { throw StateFormatError("a piece of \(count) rows") }
        let encoded = try reader.readColumn(.binary, count: count)
        guard encoded.nullCount == 0, keys.decode(encoded) != nil else {
            throw StateFormatError("keys that are not of these types")
        }
        return encoded
    }
}

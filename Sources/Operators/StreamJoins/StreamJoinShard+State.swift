// What a join of two streams keeps on disk: each side's rows by their slots.

import Columns
import StateStore

extension StreamJoinShard {
    var rowCount: Int { sides.reduce(0) { $0 + $1.count } }
    var updatedCount: Int { sides.reduce(0) { $0 + $1.updatedCount } }

    func encodeChanges(into writer: inout StateWriter) {
        for rows in sides {
            write(rows.removed, into: &writer)
            write(rows.marked.filter { rows.isThere($0) }, into: &writer)
            write(rows.created.filter { rows.isThere($0) }, of: rows, into: &writer)
        }
    }

    func encodeRows(
        from cursor: StateCursor, byteCount: Int, into writer: inout StateWriter
    ) -> StateCursor? {
        // Both sides go on at the same slot.
        let first = if case .number(let slot) = cursor { slot } else { 0 }
        let limit = max(sides[0].limit, sides[1].limit)
        let slotBytes = max(8, memoryBytes / max(1, limit))
        let end = min(limit, first + max(64, min(byteCount / slotBytes, 4 * StreamJoinShard.pieceRows)))
        for rows in sides {
            write([], into: &writer)
            write([], into: &writer)
            write(rows.rows(in: first..<end), of: rows, into: &writer)
        }
        return end < limit ? .number(end) : nil
    }

    private func write(_ slots: [UInt32], into writer: inout StateWriter) {
        let starts = Array(stride(from: 0, to: slots.count, by: StreamJoinShard.pieceRows))
        writer.write(starts.count)
        for start in starts {
            let part = slots[start..<min(start + StreamJoinShard.pieceRows, slots.count)]
            writer.write(part.count)
            writer.write(column(part))
        }
    }

    private func write(_ slots: [UInt32], of rows: JoinRows, into writer: inout StateWriter) {
        var pieces: [[UInt32]] = []
        rows.forEachPiece(of: slots, maximumRows: StreamJoinShard.pieceRows) { part in
            let numbers = part.map { rows.key(of: $0) }
            var first = 0
            while first < part.count {
                let end = keys.pieceEnd(of: numbers, from: first, maximumRows: part.count)
                pieces.append(Array(part[first..<end]))
                first = end
            }
        }
        writer.write(pieces.count)
        for part in pieces {
            writer.write(part.count)
            writer.write(column(part[...]))
            var partners = BooleanBuilder()
            for slot in part { partners.append(rows.hadPartner(slot)) }
            writer.write(partners.finish())
            let numbers = part.map { rows.key(of: $0) }
            if let stored = keys.storedKeys(groups: numbers, count: numbers.count) { writer.write(stored) }
            for values in rows.gather(part, count: part.count) { writer.write(values) }
        }
    }

    /// Slots as numbers below 2³¹, which is checked before a row gets one.
    private func column(_ slots: ArraySlice<UInt32>) -> ColumnVector {
        var builder = FixedBuilder<Int32>(type: .integer, capacity: slots.count)
        for slot in slots { builder.append(Int32(truncatingIfNeeded: slot)) }
        return builder.finish()
    }

    func apply(_ reader: inout StateReader) throws(StateFormatError) {
        isIndexed = false
        for rows in sides {
            for _ in 0..<(try reader.readCount()) {
                let count = try readLength(&reader)
                rows.restoreRemoved(try reader.readSlots(count: count))
            }
            for _ in 0..<(try reader.readCount()) {
                let count = try readLength(&reader)
                rows.restoreMarks(try reader.readSlots(count: count))
            }
            for _ in 0..<(try reader.readCount()) { try readRows(&reader, rows) }
        }
    }

    private func readRows(_ reader: inout StateReader, _ rows: JoinRows) throws(StateFormatError) {
        let count = try readLength(&reader)
        let slots = try reader.readSlots(count: count)
        let partners = try reader.readColumn(.boolean, count: count)
        guard partners.nullCount == 0 else { throw StateFormatError("a row that may have a partner or not") }
        var stored: ColumnVector?
        if let type = keys.storedType { stored = try reader.readColumn(type, count: count) }
        var numbers = [UInt32](repeating: 0, count: count)
        guard keys.assignGroups(stored: stored, count: count, into: &numbers) else {
            throw StateFormatError("keys that are not of these types")
        }
        var values: [ColumnVector] = []
        for field in rows.schema.fields { values.append(try reader.readColumn(field.type, count: count)) }
        rows.restore(values, slots: slots, keys: numbers, hadPartner: partners, keyLimit: keys.groupLimit)
    }

    private func readLength(_ reader: inout StateReader) throws(StateFormatError) -> Int {
        let count = try reader.readCount()
        guard count > 0, count <= StreamJoinShard.pieceRows else {
            throw StateFormatError("a piece of \(count) rows")
        }
        return count
    }

    func clear() {
        clearKeys()
        for rows in sides { rows.clear() }
        isIndexed = false
    }

    func markClean() { for rows in sides { rows.markClean() } }

    /// Rows that were dropped are out of their rings: the store reads them again.
    func rollback() -> Bool { !sides.contains(where: \.isDirty) }
}

// What a join of two streams keeps on disk: each side's rows by their slots.

import Columns
import StateStore

extension StreamJoinShard {
    var rowCount: Int { sides.indices.reduce(0) { $0 + rowCount($1) } }
    var updatedCount: Int { sides.reduce(0) { $0 + $1.updatedCount } }

    func encodeChanges(into writer: inout StateWriter) {
        for rows in sides {
            write(rows.removed.map(rows.number(of:)) + rows.removedElsewhere, into: &writer)
            write(rows.marked.filter { rows.isThere($0) }.map(rows.number(of:)), into: &writer)
            write(rows.created.filter { rows.isThere($0) }, of: rows, into: &writer)
        }
    }

    func encodeRows(
        from cursor: StateCursor, byteCount: Int, into writer: inout StateWriter
    ) -> StateCursor? {
        if !spilled.isEmpty { return encodeAllRows(from: cursor, byteCount: byteCount, into: &writer) }
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

    func write(_ numbers: [UInt32], into writer: inout StateWriter) {
        let starts = Array(stride(from: 0, to: numbers.count, by: StreamJoinShard.pieceRows))
        writer.write(starts.count)
        for start in starts {
            let part = numbers[start..<min(start + StreamJoinShard.pieceRows, numbers.count)]
            writer.write(part.count)
            writer.write(column(part))
        }
    }

    private func write(_ slots: [UInt32], of rows: JoinRows, into writer: inout StateWriter) {
        let pieces = pieces(of: slots, rows)
        writer.write(pieces.count)
        write(pieces, of: rows, into: &writer)
    }

    /// Rows as they are written one after the other.
    func pieces(of slots: [UInt32], _ rows: JoinRows) -> [[UInt32]] {
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
        return pieces
    }

    func write(_ pieces: [[UInt32]], of rows: JoinRows, into writer: inout StateWriter) {
        for part in pieces {
            writer.write(part.count)
            writer.write(column(part.map(rows.number(of:))[...]))
            var partners = BooleanBuilder()
            for slot in part { partners.append(rows.hadPartner(slot)) }
            writer.write(partners.finish())
            let numbers = part.map { rows.key(of: $0) }
            if let stored = keys.storedKeys(groups: numbers, count: numbers.count) { writer.write(stored) }
            for values in rows.gather(part, count: part.count) { writer.write(values) }
        }
    }

    /// Rows' numbers, which are below 2³¹: that is checked before a row gets one.
    func column(_ numbers: ArraySlice<UInt32>) -> ColumnVector {
        var builder = FixedBuilder<Int32>(type: .integer, capacity: numbers.count)
        for number in numbers { builder.append(Int32(truncatingIfNeeded: number)) }
        return builder.finish()
    }

    func apply(_ reader: inout StateReader) throws(StateFormatError) {
        isIndexed = false
        for (side, rows) in sides.enumerated() {
            for _ in 0..<(try reader.readCount()) {
                let count = try readLength(&reader)
                let removed = try reader.readSlots(count: count)
                forgetElsewhere(side, removed)
                rows.restoreRemoved(removed)
            }
            for _ in 0..<(try reader.readCount()) {
                let count = try readLength(&reader)
                let marked = try reader.readSlots(count: count)
                markElsewhere(side, marked)
                rows.restoreMarks(marked)
            }
            for _ in 0..<(try reader.readCount()) { try readRows(&reader, side) }
        }
    }

    private func readRows(_ reader: inout StateReader, _ side: Int) throws(StateFormatError) {
        let rows = sides[side]
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
        forgetElsewhere(side, slots)
        makeRoom()
        rows.restore(values, numbers: slots, keys: numbers, hadPartner: partners)
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
        for rows in spilled { rows.clear() }
        isIndexed = false
    }

    func markClean() { for rows in sides { rows.markClean() } }

    /// Rows that were dropped are out of their rings: the store reads them again.
    func rollback() -> Bool { !sides.contains(where: \.isDirty) && spillFailure == nil }
}

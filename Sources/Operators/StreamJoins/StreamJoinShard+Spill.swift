// Rows of a join of two streams that are not in memory.

import Columns
import StateStore

/// A row outside of memory has its number as key and is found by its key in the join, which is its group, and by the
/// time until which it may find partners.
extension StreamJoinShard {
    func useSpill(_ storage: any SpillStorage, part: Int) -> Bool {
        guard let keyType = keys.storedType else { return false }
        spilled = sides.enumerated().map { side, rows in
            rows.useNumbers()
            return SpilledRows(
                in: storage, part: part, table: side, keyType: .long,
                valueTypes: [keyType, .boolean] + rows.schema.fields.map(\.type),
                hasEnds: join.sides[side].lifetime != nil, hasGroups: true)
        }
        return true
    }

    var spillFailure: StateStoreError? { spilled.lazy.compactMap(\.failure).first }

    /// Rows of a side, wherever they are.
    func rowCount(_ side: Int) -> Int { sides[side].count + (spilled.isEmpty ? 0 : spilled[side].count) }

    // MARK: Moving out

    func spill(beyond bytes: Int) throws(StateStoreError) {
        if let failure = spillFailure { throw failure }
        guard memoryBytes > bytes, !spilled.isEmpty else { return }
        for (side, rows) in sides.enumerated() {
            try rows.forEachPiece(
                of: rows.allRows(), maximumRows: StreamJoinShard.pieceRows
            ) { (part) throws(StateStoreError) in
                let keyNumbers = part.map { rows.key(of: $0) }
                guard let stored = keys.storedKeys(groups: keyNumbers, count: part.count) else {
                    preconditionFailure("joins without keys stay in memory")
                }
                var partners = BooleanBuilder()
                for slot in part { partners.append(rows.hadPartner(slot)) }
                let ends = join.sides[side].lifetime.map { times($0, of: part, rows) }
                try spilled[side].put(
                    Self.keys(of: part.map { rows.number(of: $0) }),
                    [stored, partners.finish()] + rows.gather(part, count: part.count), ends: ends)
            }
            rows.letGo()
        }
        letGoOfKeys()
    }

    private static func keys(of numbers: [UInt32]) -> ColumnVector { ColumnVector.longs(numbers.map { Int64($0) }) }

    private static func numbers(of keys: ColumnVector) -> [UInt32] {
        keys.longs.map { UInt32(truncatingIfNeeded: $0) }
    }

    // MARK: Bringing in

    /// Brings the rows of a side into memory whose keys some rows of the other side have; `room` is asked for what each
    /// piece may take, before it is taken.
    func bringIn(
        _ side: Int, _ keyNumbers: UnsafePointer<UInt32>, _ count: Int, room: (Int) throws -> Void
    ) throws {
        guard !spilled.isEmpty, !spilled[side].isEmpty else { return }
        let wanted = keysToBringIn(side, keyNumbers, count)
        var first = 0
        while first < wanted.count {
            let end = keys.pieceEnd(of: wanted, from: first, maximumRows: StreamJoinShard.pieceRows)
            let part = Array(wanted[first..<end])
            first = end
            guard let stored = keys.storedKeys(groups: part, count: part.count) else { continue }
            try spilled[side].take(groups: stored) { numbers, values in
                try room(
                    sides[side].growthBytes(
                        adding: numbers.count, Array(values.dropFirst(2)),
                        haveTimes: join.sides[side].lifetime != nil))
                let slots = try hold(side, numbers, values)
                if let lifetime = join.sides[side].lifetime {
                    sides[side].learn(times(lifetime, of: slots, sides[side]), of: slots)
                }
            }
        }
    }

    /// Puts rows that have been outside of memory back into it.
    private func hold(_ side: Int, _ numbers: ColumnVector, _ values: [ColumnVector]) throws -> [UInt32] {
        var keyNumbers = [UInt32](repeating: 0, count: numbers.count)
        guard keys.assignGroups(stored: values[0], count: numbers.count, into: &keyNumbers) else {
            throw StateStoreError.spill("keys outside of memory aren't those that were written")
        }
        makeRoom()
        return sides[side].hold(
            Array(values.dropFirst(2)), numbers: Self.numbers(of: numbers), keys: keyNumbers, hadPartner: values[1])
    }

    // MARK: Dropping

    /// Drops what is outside of memory and can find no partner any more, and gives those rows out that had none, where
    /// they come out alone.
    func dropElsewhere(
        _ side: Int, at watermark: Int64, _ emit: (RecordBatch) throws -> Void, room: (Int) throws -> Void
    ) throws {
        guard !spilled.isEmpty, let lifetime = join.sides[side].lifetime else { return }
        while let rows = try spilled[side].takeFinal(
            at: lifetime.end(at: watermark), maximumCount: StreamJoinShard.pieceRows,
            byteCount: SpilledRows.pieceBytes, withValues: true)
        {
            sides[side].removeElsewhere(Self.numbers(of: rows.keys))
            counts.removed += Int64(rows.count)
            try room(0)
            guard join.keepsAlone(side) else { continue }
            let partners = rows.values[1].bits
            let alone = Selection(
                (0..<rows.count).filter { !Bitmap.get(partners, $0) }.map { Int32(truncatingIfNeeded: $0) })
            guard alone.count > 0 else { continue }
            try emit(
                padded(
                    rows.values.dropFirst(2).map { TakeKernel.take($0, alone).materialized() }, side,
                    count: alone.count))
        }
    }

    // MARK: What was read from disk

    /// Rows are removed, or read anew: what is outside of memory of them is old.
    func forgetElsewhere(_ side: Int, _ numbers: [UInt32]) {
        guard !spilled.isEmpty, !spilled[side].isEmpty else { return }
        spilled[side].forget(Self.keys(of: numbers.filter { !sides[side].isHeld($0) }))
    }

    /// Rows have had a partner: those that are outside of memory are put back there with that.
    func markElsewhere(_ side: Int, _ numbers: [UInt32]) {
        guard !spilled.isEmpty, !spilled[side].isEmpty else { return }
        spilled[side].change(Self.keys(of: numbers.filter { !sides[side].isHeld($0) })) { values in
            var changed = values
            var partners = BooleanBuilder()
            for _ in 0..<values[1].count { partners.append(true) }
            changed[1] = partners.finish()
            return changed
        }
    }

    // MARK: Snapshots

    /// `encodeRows` where rows are elsewhere, too: in the order of their numbers, which they keep wherever they are.
    /// What fails is noted, and nothing is written then.
    func encodeAllRows(
        from cursor: StateCursor, byteCount: Int, into writer: inout StateWriter
    ) -> StateCursor? {
        let first = if case .number(let number) = cursor { number } else { 0 }
        let limit = max(sides[0].numberLimit, sides[1].numberLimit)
        var end = limit
        for rows in sides {
            let most = max(64, byteCount / max(8, memoryBytes / max(1, rows.count)))
            let held = rows.allRows().map { Int(rows.number(of: $0)) }.filter { $0 >= first }
            if held.count > most { end = min(end, held.sorted()[most]) }
        }
        var others: [SpilledRows.Rows] = []
        for rows in spilled {
            let start = rows.place(of: Int64(first))
            guard
                let found = try? rows.rows(
                    from: start, maximumCount: StreamJoinShard.pieceRows, byteCount: byteCount / 2)
            else {
                writeNothing(into: &writer)
                return nil
            }
            if let last = found.rows.keys.longs.last { end = min(end, Int(last) + 1) }
            others.append(found.rows)
        }
        for (rows, other) in zip(sides, others) {
            write([], into: &writer)
            write([], into: &writer)
            let held = rows.allRows().filter { (first..<end).contains(Int(rows.number(of: $0))) }
            let pieces = pieces(of: held, rows)
            let numbers = Self.numbers(of: other.keys).prefix { $0 < end }
            writer.write(pieces.count + (numbers.isEmpty ? 0 : 1))
            write(pieces, of: rows, into: &writer)
            guard !numbers.isEmpty else { continue }
            writer.write(numbers.count)
            writer.write(column(numbers))
            let kept = Selection(numbers.indices.map { Int32(truncatingIfNeeded: $0) })
            func part(_ column: ColumnVector) -> ColumnVector { TakeKernel.take(column, kept).materialized() }
            writer.write(part(other.values[1]))
            writer.write(part(other.values[0]))
            for column in other.values.dropFirst(2) { writer.write(part(column)) }
        }
        return end < limit ? .number(end) : nil
    }

    private func writeNothing(into writer: inout StateWriter) {
        for _ in sides { for _ in 0..<3 { writer.write(0) } }
    }
}

// Rows of a keyed table that are not in memory.

import Columns

/// Where the time stands at which a row is due: a column of whole numbers in a unit of its own, or NULL for never.
package enum DueTime: Sendable {
    /// Among the key columns.
    case key(Int)
    /// Among the values.
    case value(Int)
}

extension KeyedTable {
    /// Gives the table a place outside of memory: no two tables in it have the same numbers.
    package func useSpill(_ storage: any SpillStorage, part: Int, table: Int) {
        spilled = SpilledRows(
            in: storage, part: part, table: table, keyType: .binary, valueTypes: valueTypes, hasEnds: due != nil)
    }

    /// What has gone wrong outside of memory since `clear`.
    package var spillFailure: StateStoreError? { spilled?.failure }

    /// Whether there may be something to bring in.
    package var hasRowsElsewhere: Bool { spilled.map { !$0.isEmpty } ?? false }

    // MARK: Bringing rows in

    /// Brings the rows of keys that `keys.encode` gave into memory, as far as they are elsewhere, and gives their
    /// numbers; `room` is asked for what each piece may take at the peak, before it is taken.
    package func bringIn(_ encoded: ColumnVector, room: (Int) throws -> Void) throws -> [UInt32] {
        guard let spilled, !spilled.isEmpty else { return [] }
        var known: Set<[UInt8]> = []
        let places = withExtendedLifetime(encoded) {
            (0..<encoded.count).filter { place in
                let key = encoded.run(place)
                return !isHeld(key) && known.insert(Array(key)).inserted
            }
        }
        guard !places.isEmpty else { return [] }
        var rows: [UInt32] = []
        try spilled.take(Self.picked(encoded, places)) { found in
            rows += try hold(found.keys, found.values, room)
        }
        return rows
    }

    private static func picked(_ column: ColumnVector, _ places: [Int]) -> ColumnVector {
        guard places.count < column.count else { return column }
        let selection = Selection(places.map { Int32(truncatingIfNeeded: $0) })
        return TakeKernel.take(column, selection).materialized()
    }

    /// The same for all rows whose keys begin with one of some bytes.
    package func bringIn(withPrefixes prefixes: ColumnVector, room: (Int) throws -> Void) throws -> [UInt32] {
        guard let spilled, !spilled.isEmpty else { return [] }
        var rows: [UInt32] = []
        try spilled.take(withPrefixes: prefixes) { keys, values in rows += try hold(keys, values, room) }
        return rows
    }

    /// The same for all rows that are due at a time, or before it.
    package func bringIn(dueAt time: Int64, room: (Int) throws -> Void) throws -> [UInt32] {
        guard let spilled else { return [] }
        var rows: [UInt32] = []
        try spilled.takeFinal(
            at: time, maximumCount: KeyedTable.pieceRows, byteCount: SpilledRows.pieceBytes
        ) { rows += try hold($0.keys, $0.values, room) }
        return rows
    }

    private func hold(
        _ encoded: ColumnVector, _ values: [ColumnVector], _ room: (Int) throws -> Void
    ) throws -> [UInt32] {
        try room(growthBytes(adding: encoded.count, keyBytes: encoded.bytesByRow, values: values))
        return hold(encoded, values)
    }

    // MARK: Looking

    /// Whether there are rows whose keys begin with some bytes, wherever they are.
    package func hasRows(withPrefix prefix: [UInt8]) throws(StateStoreError) -> Bool {
        if !rows(withPrefix: prefix, limit: 1).isEmpty { return true }
        return try spilled?.hasRows(withPrefix: prefix) ?? false
    }

    /// The last key that begins with some bytes, wherever its row is; `nil` where there is none.
    package func lastKey(withPrefix prefix: [UInt8]) throws(StateStoreError) -> [UInt8]? {
        let held = lastRow(withPrefix: prefix).map(key(of:))
        guard let other = try spilled?.lastKey(withPrefix: prefix) else { return held }
        return held.map { other.lexicographicallyPrecedes($0) ? $0 : other } ?? other
    }

    /// The first time at which a row outside of memory is due; `nil` where none is.
    package func firstDueElsewhere() throws(StateStoreError) -> Int64? { try spilled?.firstFinal() }

    /// Removes the rows outside of memory that are due at a time or before it, and gives them piece by piece: with
    /// their values where these are asked for. Nobody may have looked for the key of one since the last commit.
    package func removeElsewhere(
        dueAt time: Int64, withValues: Bool, room: (Int) throws -> Void,
        _ body: (_ keys: ColumnVector, _ values: [ColumnVector]) throws -> Void
    ) throws {
        guard let spilled else { return }
        while let rows = try spilled.takeFinal(
            at: time, maximumCount: KeyedTable.pieceRows, byteCount: SpilledRows.pieceBytes, withValues: withValues)
        {
            removedElsewhere.append(rows.keys)
            try room(0)
            try body(rows.keys, rows.values)
        }
    }

    /// Gives all rows in the order of their keys, wherever they are, piece by piece: the bytes of the keys, and the
    /// values. What is outside of memory stays there.
    package func forEachPiece(
        maximumRows: Int, _ body: (_ keys: ColumnVector, _ values: [ColumnVector]) throws -> Void
    ) throws {
        var next: [UInt8]? = []
        while let start = next {
            let piece = try pieceOfAll(
                from: start, limit: maximumRows, otherLimit: maximumRows, byteCount: SpilledRows.pieceBytes)
            next = piece.next
            let held = (keys: encodedKeys(of: piece.held), values: values(of: piece.held))
            guard let others = piece.others, others.keys.count > 0 else {
                if !piece.held.isEmpty { try body(held.keys, held.values) }
                continue
            }
            guard !piece.held.isEmpty else {
                try body(others.keys, others.values)
                continue
            }
            let order = Selection(Self.merged(held.keys, others.keys))
            func inOrder(_ one: ColumnVector, _ other: ColumnVector) -> ColumnVector {
                TakeKernel.take(ConcatKernel.concat(columns: [one, other]), order).materialized()
            }
            try body(inOrder(held.keys, others.keys), zip(held.values, others.values).map(inOrder))
        }
    }

    /// The order of the rows of two columns, each in order, behind each other.
    private static func merged(_ left: ColumnVector, _ right: ColumnVector) -> [Int32] {
        withExtendedLifetime((left, right)) {
            var (next, other) = (0, 0)
            return (0..<(left.count + right.count)).map { _ in
                let isLeft =
                    other == right.count
                    || (next < left.count && KeyOrder.compare(left.run(next), right.run(other)) < 0)
                defer { if isLeft { next += 1 } else { other += 1 } }
                return Int32(truncatingIfNeeded: isLeft ? next : left.count + other)
            }
        }
    }

    /// Rows from a key on, those in memory and others, and where to go on. No row lies between them and that place:
    /// a row that moves from one to the other later is where it was, before that place or behind it.
    private func pieceOfAll(
        from start: [UInt8], limit: Int, otherLimit: Int, byteCount: Int
    ) throws(StateStoreError) -> (held: [UInt32], others: (keys: ColumnVector, values: [ColumnVector])?, next: [UInt8]?)
    {
        let found = rows(from: start, limit: limit + 1)
        var length = pieceLength(found.prefix(limit))
        var next = length < found.count ? key(of: found[length]) : nil
        guard let spilled, !spilled.isEmpty else { return (Array(found.prefix(length)), nil, next) }
        let others = try spilled.rows(
            from: spilled.place(of: start), maximumCount: min(otherLimit, KeyedTable.pieceRows),
            byteCount: byteCount
        ).rows
        guard others.count > 0 else { return (Array(found.prefix(length)), nil, next) }
        var kept = others.count
        let end = withExtendedLifetime(others.keys) { Array(others.keys.run(others.count - 1)) } + [0]
        if let first = next, first.lexicographicallyPrecedes(end) {
            kept = (0..<kept).first { !Array(others.keys.run($0)).lexicographicallyPrecedes(first) } ?? kept
        } else {
            next = end
            length = found.prefix(length).firstIndex { !key(of: $0).lexicographicallyPrecedes(end) } ?? length
        }
        let places = Array(0..<kept)
        return (
            Array(found.prefix(length)),
            (Self.picked(others.keys, places), others.values.map { Self.picked($0, places) }), next
        )
    }

    private func key(of row: UInt32) -> [UInt8] {
        let keys = encodedKeys(of: [row])
        return withExtendedLifetime(keys) { Array(keys.run(0)) }
    }

    /// `encodeRows` where rows are elsewhere, too: what fails there is noted, and nothing is written then.
    func encodeAllRows(
        from start: [UInt8], limit: Int, byteCount: Int, into writer: inout StateWriter
    ) -> StateCursor? {
        guard
            let piece = try? pieceOfAll(
                from: start, limit: limit, otherLimit: KeyedTable.pieceRows, byteCount: byteCount)
        else {
            KeyedTable.encodeNothing(into: &writer)
            return nil
        }
        let others = piece.others.flatMap { $0.keys.count > 0 ? $0 : nil }
        writer.write(0)
        writer.write(KeyedTable.pieceCount(piece.held) + (others == nil ? 0 : 1))
        writePieces(of: piece.held, withValues: true, &writer)
        if let others {
            writer.write(others.keys.count)
            writer.write(others.keys)
            for column in others.values { writer.write(column) }
        }
        return piece.next.map { .key($0) }
    }

    /// The key columns of rows that `forEachPiece` and `removeElsewhere` have given.
    package func columns(ofStored keys: ColumnVector) throws(StateStoreError) -> [ColumnVector] {
        guard let columns = self.keys.decode(keys) else {
            throw .spill("what is outside of memory isn't what was written: a key of other types")
        }
        return columns
    }

    // MARK: Moving out

    /// Moves all rows out of memory. Called where nothing is changed, or while rows are loaded.
    package func spill() throws(StateStoreError) {
        guard let spilled else { return }
        if let failure = spilled.failure { throw failure }
        markClean()
        try forEachPiece(of: rows(from: []), maximumRows: KeyedTable.pieceRows) {
            (part) throws(StateStoreError) in
            let values = values(of: part)
            let ends: ColumnVector? =
                switch due {
                case nil: nil
                case .key(let place): keyColumns(of: part)[place]
                case .value(let place): values[place]
                }
            try spilled.put(encodedKeys(of: part), values, ends: ends)
        }
        letGo()
    }
}

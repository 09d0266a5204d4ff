// Shards that keep all their state in ordered tables.

import StateStore

/// A shard whose state are the rows of some tables, in files one after the other.
protocol KeyedTableShard: KeyedShard, StateShard {
    /// What is kept, always as many tables.
    var tables: [KeyedTable] { get }
    /// The tables are no longer what the last batch has left: what is known of them besides has to be learnt anew.
    func tablesChanged()
    /// No row of the tables is in memory any more: what is known of them besides goes, too, and gives its memory back.
    func tablesMovedOut()
}

extension KeyedTableShard {
    var rowCount: Int { tables.reduce(0) { $0 + $1.rowCount } }
    var updatedCount: Int { tables.reduce(0) { $0 + $1.updatedCount } }

    func encodeChanges(into writer: inout StateWriter) { for table in tables { table.encodeChanges(into: &writer) } }

    func encodeRows(
        from cursor: StateCursor, byteCount: Int, into writer: inout StateWriter
    ) -> StateCursor? {
        // Which table, in two bytes, and where in it.
        var (place, start): (Int, StateCursor) = (0, .start)
        if case .key(let key) = cursor {
            place = Int(key[0]) << 8 | Int(key[1])
            start = .key(Array(key[2...]))
        }
        let before = writer.byteCount
        var next: [UInt8]?
        for (number, table) in tables.enumerated() {
            // Small tables are written together.
            guard number >= place, next == nil else {
                KeyedTable.encodeNothing(into: &writer)
                continue
            }
            let rest = table.encodeRows(
                from: number == place ? start : .start, byteCount: byteCount - (writer.byteCount - before),
                into: &writer)
            if case .key(let key)? = rest {
                next = Self.cursor(number, key)
            } else if number + 1 < tables.count, writer.byteCount - before >= byteCount {
                next = Self.cursor(number + 1, [])
            }
        }
        return next.map { .key($0) }
    }

    private static func cursor(_ table: Int, _ key: [UInt8]) -> [UInt8] {
        [UInt8(truncatingIfNeeded: table >> 8), UInt8(truncatingIfNeeded: table)] + key
    }

    func apply(_ reader: inout StateReader) throws(StateFormatError) {
        tablesChanged()
        for table in tables { try table.apply(&reader) }
    }

    func clear() {
        tablesChanged()
        for table in tables { table.clear() }
    }

    func markClean() { for table in tables { table.markClean() } }

    func useSpill(_ storage: any SpillStorage, part: Int) -> Bool {
        for (number, table) in tables.enumerated() { table.useSpill(storage, part: part, table: number) }
        return true
    }

    func spill(beyond bytes: Int) throws(StateStoreError) {
        if let failure = spillFailure { throw failure }
        guard memoryBytes > bytes else { return }
        for table in tables { try table.spill() }
        tablesMovedOut()
    }

    var spillFailure: StateStoreError? { tables.lazy.compactMap(\.spillFailure).first }

    func rollback() -> Bool {
        tablesChanged()
        return tables.map { $0.rollback() }.allSatisfy { $0 }
    }
}

extension KeyedTable {
    /// The earlier of a time and of the first one at which a row of a table is due that isn't in memory. What can't be
    /// read is due at once: the batch that comes then says why.
    static func earlier(_ time: Int64?, of table: KeyedTable) -> Int64? {
        do throws(StateStoreError) {
            guard let other = try table.firstDueElsewhere() else { return time }
            return time.map { min($0, other) } ?? other
        } catch {
            return .min
        }
    }
}

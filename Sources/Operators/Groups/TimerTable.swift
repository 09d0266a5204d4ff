// The timers of a part of the keys.

import Columns
import StateStore

/// Times by key, any number for each, in milliseconds since 1970.
///
/// SAFETY: not synchronised; the shard that it belongs to has one owner at a time.
final class TimerTable {
    let table: KeyedTable
    /// The same by time. Not kept on disk.
    private let due: KeyedTable

    init(keys: [DataType]) {
        table = Self.table(keys: keys)
        due = KeyedTable(keys: [.long] + keys, values: [])
    }

    /// How timers are kept.
    static func table(keys: [DataType]) -> KeyedTable {
        KeyedTable(keys: keys + [.long], values: [], due: .key(keys.count))
    }

    var memoryBytes: Int { table.memoryBytes + due.memoryBytes }

    /// The times of a group, in order; `room` is asked for what bringing them in may take, as everywhere here.
    func times(_ piece: ProcessorPiece, group: Int, room: (Int) throws -> Void) throws -> [Int64] {
        if table.hasRowsElsewhere { note(try table.bringIn(withPrefixes: piece.encoded(group), room: room)) }
        let rows = table.rows(withPrefix: piece.prefix(group))
        return rows.isEmpty ? [] : table.keyColumns(of: rows).last?.longs ?? []
    }

    func isSet(_ time: Int64, _ piece: ProcessorPiece, group: Int, room: (Int) throws -> Void) throws -> Bool {
        try isSet(encode(time, piece, group).byKey, room)
    }

    private func isSet(_ byKey: ColumnVector, _ room: (Int) throws -> Void) throws -> Bool {
        note(try table.bringIn(byKey, room: room))
        var row = KeyedTable.absent
        table.find(byKey, into: &row)
        return row != KeyedTable.absent
    }

    /// Sets a time, where it isn't set.
    func set(_ time: Int64, _ piece: ProcessorPiece, group: Int, room: (Int) throws -> Void) throws {
        let (byKey, byTime) = encode(time, piece, group)
        guard try !isSet(byKey, room) else { return }
        try room(
            table.growthBytes(adding: 1, keyBytes: byKey.bytesByRow, values: [])
                + due.growthBytes(adding: 1, keyBytes: byTime.bytesByRow, values: []))
        table.put(byKey, [])
        due.put(byTime, [])
    }

    func remove(_ time: Int64, _ piece: ProcessorPiece, group: Int, room: (Int) throws -> Void) throws {
        let (byKey, byTime) = encode(time, piece, group)
        note(try table.bringIn(byKey, room: room))
        table.remove(byKey)
        due.remove(byTime)
    }

    private func encode(
        _ time: Int64, _ piece: ProcessorPiece, _ group: Int
    ) -> (byKey: ColumnVector, byTime: ColumnVector) {
        let keys = piece.keys(of: [Int32(group)])
        let time = ColumnVector.longs([time])
        return (table.keys.encode(keys + [time], count: 1), due.keys.encode([time] + keys, count: 1))
    }

    /// The first time of all.
    var first: Int64? {
        let rows = due.rows(from: [], limit: 1)
        let here = rows.isEmpty ? nil : due.keyColumns(of: rows)[0].longs.first
        return KeyedTable.earlier(here, of: table)
    }

    /// Gives what is due at a time, in pieces in the order of the times: the times, and the keys. What is set meanwhile
    /// is not among it.
    func forEachPiece(
        dueAt now: Int64, maximumRows: Int, room: (Int) throws -> Void,
        _ body: (_ times: [Int64], _ keys: [ColumnVector]) throws -> Void
    ) throws {
        note(try table.bringIn(dueAt: now, room: room))
        let end = now == .max ? nil : due.keys.encode([.long(now + 1)])
        try due.forEachPiece(of: due.rows(from: [], to: end), maximumRows: maximumRows) { part in
            let columns = due.keyColumns(of: part)
            try body(columns[0].longs, Array(columns.dropFirst()))
        }
    }

    /// Nothing that isn't kept is taken back: where a batch is dropped, it is learnt anew.
    func endBatch() { due.markClean() }

    /// Looks at all rows in memory once, after a start.
    func learn() {
        due.clear()
        note(table.rows(from: []))
        due.markClean()
    }

    /// No row is in memory any more.
    func movedOut() { due.letGo() }

    /// Puts rows of the table that have been elsewhere in the order of their times.
    private func note(_ rows: [UInt32]) {
        table.forEachPiece(of: rows, maximumRows: 4096) { part in
            var columns = table.keyColumns(of: part)
            columns.insert(columns.removeLast(), at: 0)
            due.put(due.keys.encode(columns, count: part.count), [])
        }
    }
}

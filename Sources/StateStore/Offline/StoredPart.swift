// The rows of a part of the state as its files hold them, without the operator that keeps them.

import Columns

/// Some rows of a part.
package struct StoredRows {
    /// Which side of a join they are on: 0 is the left one. 0 where there are no sides.
    package let side: Int
    package let keys: [ColumnVector]
    package let values: [ColumnVector]
    package let count: Int
    /// The keys as files hold them; `nil` without keys.
    let stored: ColumnVector?
    /// Of a join's rows, whether they had a partner.
    var hadPartner: ColumnVector?
    /// Of a join's rows, what the part calls them.
    var slots: [UInt32] = []

    /// The same rows on another side.
    func on(side: Int) -> StoredRows {
        StoredRows(
            side: side, keys: keys, values: values, count: count, stored: stored, hadPartner: hadPartner, slots: slots)
    }

    /// Some of the rows.
    func taking(_ rows: Selection) -> StoredRows {
        if rows.count == count { return self }
        return StoredRows(
            side: side, keys: keys.map { TakeKernel.take($0, rows) }, values: values.map { TakeKernel.take($0, rows) },
            count: rows.count, stored: stored.map { TakeKernel.take($0, rows) },
            hadPartner: hadPartner.map { TakeKernel.take($0, rows) })
    }
}

/// A part's rows in memory: read as operators write them, given out in pieces, and written again.
protocol StoredPart: AnyObject {
    /// Removes and sets rows, as a shard of the operator does.
    func apply(_ reader: inout StateReader) throws(StateFormatError)
    /// Forgets all rows.
    func clear()
    /// Gives all rows, in pieces of at most `StoredPieces.rows`.
    func forEachPiece<Failure: Error>(_ body: (StoredRows) throws(Failure) -> Void) throws(Failure)
    /// Adds rows of another part, with keys that no row here has.
    func add(_ rows: StoredRows)
    /// Writes rows that this part has given, so that the operator's shard reads them.
    func encode(_ rows: StoredRows, into writer: inout StateWriter)
}

/// How many rows are looked at together.
enum StoredPieces {
    /// No operator reads longer pieces than it writes: this is the shortest of theirs.
    static let rows = 4096
}

extension SlotColumn {
    /// How many of these slots may be gathered into columns at once.
    static func pieceLength(_ columns: [SlotColumn], _ numbers: [UInt32]) -> Int {
        columns.reduce(numbers.count) { $1.pieceLength(numbers, maximum: $0) }
    }
}

/// A number that is kept from batch to batch, where it isn't 0.
final class CounterPart: StoredPart {
    private var number = 0

    func apply(_ reader: inout StateReader) throws(StateFormatError) { number = try reader.readCount() }

    func clear() { number = 0 }

    func forEachPiece<Failure: Error>(_ body: (StoredRows) throws(Failure) -> Void) throws(Failure) {
        guard number > 0 else { return }
        var values = FixedBuilder<Int64>(type: .long)
        values.append(Int64(number))
        try body(StoredRows(side: 0, keys: [], values: [values.finish()], count: 1, stored: nil))
    }

    func add(_ rows: StoredRows) {
        guard let values = rows.values.first else { return }
        number = withExtendedLifetime(values) { Int(values.slots(as: Int64.self)[0]) }
    }

    func encode(_ rows: StoredRows, into writer: inout StateWriter) { writer.write(number) }
}

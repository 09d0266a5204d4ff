// Rows by key, without the operator that keeps them.

import Columns

/// The rows of an aggregation, a deduplication or a `KeyedTable`: each a key, and values of any types.
final class GroupedPart: StoredPart {
    private let layout: StateLayout
    /// Numbers the keys as they are stored.
    private let index: GroupKeys
    /// For keys that are in order.
    private let ordered: OrderedKeys?
    private let columns: [SlotColumn]

    init(_ layout: StateLayout) {
        self.layout = layout
        let types = layout.keys.map(\.type)
        ordered = layout.form == .ordered ? OrderedKeys(types: types) : nil
        index = GroupKeys(types: ordered == nil ? types : [.binary])
        columns = layout.values.map { SlotColumn($0.type) }
    }

    // MARK: Reading

    func apply(_ reader: inout StateReader) throws(StateFormatError) {
        for _ in 0..<(try reader.readCount()) {
            let groups = try readKeys(&reader)
            guard Set(groups).count == groups.count else { throw StateFormatError("a row removed twice") }
            makeRoom()
            for column in columns { column.clear(groups) }
            index.remove(groups: groups, count: groups.count)
        }
        for _ in 0..<(try reader.readCount()) {
            let groups = try readKeys(&reader)
            var values: [ColumnVector] = []
            for column in layout.values { values.append(try reader.readColumn(column.type, count: groups.count)) }
            store(values, groups)
        }
    }

    private func makeRoom() { for column in columns { column.reserve(index.groupLimit) } }

    private func store(_ values: [ColumnVector], _ groups: [UInt32]) {
        makeRoom()
        for (column, values) in zip(columns, values) { column.store(values, into: groups) }
    }

    private func readKeys(_ reader: inout StateReader) throws(StateFormatError) -> [UInt32] {
        let count = try reader.readCount()
        guard count > 0, count <= 1 << 31 else { throw StateFormatError("a piece of \(count) rows") }
        var stored: ColumnVector?
        if let type = index.storedType {
            stored = try reader.readColumn(type, count: count)
        } else if count > 1 {
            throw StateFormatError("\(count) rows without a key")
        }
        if let ordered, let stored, stored.nullCount > 0 || ordered.decode(stored) == nil {
            throw StateFormatError("keys that are not of these types")
        }
        var groups = [UInt32](repeating: 0, count: count)
        guard index.assignGroups(stored: stored, count: count, into: &groups) else {
            throw StateFormatError("keys that are not of these types")
        }
        return groups
    }

    func clear() {
        makeRoom()
        for column in columns { column.clear(index.allGroups()) }
        index.clear()
    }

    // MARK: Giving

    func forEachPiece<Failure: Error>(_ body: (StoredRows) throws(Failure) -> Void) throws(Failure) {
        let groups = index.allGroups()
        var first = 0
        while first < groups.count {
            let end = index.pieceEnd(of: groups, from: first, maximumRows: StoredPieces.rows)
            let most = Array(groups[first..<end])
            let part = Array(most.prefix(SlotColumn.pieceLength(columns, most)))
            let stored = index.storedKeys(groups: part, count: part.count)
            try body(
                StoredRows(
                    side: 0, keys: keyColumns(part, stored),
                    values: columns.map { $0.gather(part, count: part.count) }, count: part.count, stored: stored))
            first += part.count
        }
    }

    private func keyColumns(_ groups: [UInt32], _ stored: ColumnVector?) -> [ColumnVector] {
        guard let ordered, let stored else { return index.keyColumns(groups: groups, count: groups.count) }
        guard let columns = ordered.decode(stored) else {
            preconditionFailure("a row's key decodes: that was checked when it was read")
        }
        return columns
    }

    func add(_ rows: StoredRows) {
        var groups = [UInt32](repeating: 0, count: rows.count)
        guard index.assignGroups(stored: rows.stored, count: rows.count, into: &groups) else {
            preconditionFailure("rows come from a part with the same layout")
        }
        store(rows.values, groups)
    }

    func encode(_ rows: StoredRows, into writer: inout StateWriter) {
        writer.writeRows(rows.count, rows.stored, rows.values)
    }
}

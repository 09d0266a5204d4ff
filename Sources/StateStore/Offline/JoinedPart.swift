// The rows of both sides of a join of two streams, without the join.

import Columns

/// The rows of a part of a join: by side and slot, each with its key and whether it had a partner.
final class JoinedPart: StoredPart {
    private let layout: StateLayout
    private let sides: [Side]

    init(_ layout: StateLayout) {
        self.layout = layout
        let storedType = GroupKeys(types: layout.keys.map(\.type)).storedType ?? .binary
        sides = [layout.values, layout.otherValues].map { Side($0, storedType) }
    }

    /// The rows of one side. A slot is what the files call a row, a place is where it is here.
    private final class Side {
        let types: [DataType]
        let storedType: DataType
        var places: [UInt32: UInt32] = [:]
        private var free: [UInt32] = []
        private var limit = 0
        /// Slots of rows that came from elsewhere.
        private var nextSlot: UInt32 = 0
        let keys: SlotColumn
        let partners = SlotColumn(.boolean)
        let values: [SlotColumn]

        init(_ columns: [StateLayout.Column], _ storedType: DataType) {
            types = columns.map(\.type)
            self.storedType = storedType
            keys = SlotColumn(storedType)
            values = types.map { SlotColumn($0) }
        }

        var all: [SlotColumn] { [keys, partners] + values }

        /// Places for slots, those that they have or new ones.
        func place(_ slots: [UInt32]) -> [UInt32] {
            let found = slots.map { slot -> UInt32 in
                if let known = places[slot] { return known }
                let place = free.popLast() ?? UInt32(truncatingIfNeeded: limit)
                if Int(place) == limit { limit += 1 }
                places[slot] = place
                return place
            }
            for column in all { column.reserve(limit) }
            return found
        }

        func freshSlots(_ count: Int) -> [UInt32] {
            let first = nextSlot
            nextSlot += UInt32(truncatingIfNeeded: count)
            return Array(first..<nextSlot)
        }

        func remove(_ slots: [UInt32]) {
            let gone = slots.compactMap { places.removeValue(forKey: $0) }
            for column in all { column.clear(gone) }
            free += gone
        }

        func mark(_ slots: [UInt32]) {
            let known = slots.compactMap { places[$0] }
            var flags = BooleanBuilder()
            for _ in known { flags.append(true) }
            partners.store(flags.finish(), into: known)
        }
    }

    // MARK: Reading

    func apply(_ reader: inout StateReader) throws(StateFormatError) {
        for side in sides {
            for _ in 0..<(try reader.readCount()) { side.remove(try readSlots(&reader)) }
            for _ in 0..<(try reader.readCount()) { side.mark(try readSlots(&reader)) }
            for _ in 0..<(try reader.readCount()) { try readRows(&reader, side) }
        }
    }

    private func readRows(_ reader: inout StateReader, _ side: Side) throws(StateFormatError) {
        let slots = try readSlots(&reader)
        let partners = try reader.readColumn(.boolean, count: slots.count)
        guard partners.nullCount == 0 else { throw StateFormatError("a row that may have a partner or not") }
        let stored = try reader.readColumn(side.storedType, count: slots.count)
        guard decode(stored) != nil else { throw StateFormatError("keys that are not of these types") }
        var values: [ColumnVector] = []
        for type in side.types { values.append(try reader.readColumn(type, count: slots.count)) }
        store(side, slots, stored, partners, values)
    }

    private func store(
        _ side: Side, _ slots: [UInt32], _ stored: ColumnVector, _ partners: ColumnVector, _ values: [ColumnVector]
    ) {
        let places = side.place(slots)
        for (column, values) in zip(side.all, [stored, partners] + values) { column.store(values, into: places) }
    }

    private func readSlots(_ reader: inout StateReader) throws(StateFormatError) -> [UInt32] {
        let count = try reader.readCount()
        guard count > 0, count <= 1 << 31 else { throw StateFormatError("a piece of \(count) rows") }
        return try reader.readSlots(count: count)
    }

    /// The key columns of stored keys; `nil` where they are none.
    private func decode(_ stored: ColumnVector) -> [ColumnVector]? {
        let keys = GroupKeys(types: layout.keys.map(\.type))
        var numbers = [UInt32](repeating: 0, count: stored.count)
        guard keys.assignGroups(stored: stored, count: stored.count, into: &numbers) else { return nil }
        return keys.keyColumns(groups: numbers, count: numbers.count)
    }

    func clear() { for side in sides { side.remove(Array(side.places.keys)) } }

    // MARK: Giving

    func forEachPiece<Failure: Error>(_ body: (StoredRows) throws(Failure) -> Void) throws(Failure) {
        for (number, side) in sides.enumerated() {
            let slots = side.places.keys.sorted()
            var first = 0
            while first < slots.count {
                let most = side.place(Array(slots[first..<min(first + StoredPieces.rows, slots.count)]))
                let part = Array(most.prefix(SlotColumn.pieceLength(side.all, most)))
                let stored = side.keys.gather(part, count: part.count)
                guard let keys = decode(stored) else {
                    preconditionFailure("a row's key decodes: that was checked when it was read")
                }
                try body(
                    StoredRows(
                        side: number, keys: keys, values: side.values.map { $0.gather(part, count: part.count) },
                        count: part.count, stored: stored,
                        hadPartner: side.partners.gather(part, count: part.count),
                        slots: Array(slots[first..<(first + part.count)])))
                first += part.count
            }
        }
    }

    func add(_ rows: StoredRows) {
        guard let stored = rows.stored, let partners = rows.hadPartner else {
            preconditionFailure("rows come from a part with the same layout")
        }
        let side = sides[rows.side]
        store(side, side.freshSlots(rows.count), stored, partners, rows.values)
    }

    func encode(_ rows: StoredRows, into writer: inout StateWriter) {
        for side in sides.indices {
            writer.write(0)
            writer.write(0)
            guard side == rows.side, let stored = rows.stored, let partners = rows.hadPartner else {
                writer.write(0)
                continue
            }
            writer.write(1)
            writer.write(rows.count)
            var slots = FixedBuilder<Int32>(type: .integer, capacity: rows.count)
            for slot in rows.slots { slots.append(Int32(truncatingIfNeeded: slot)) }
            writer.write(slots.finish())
            writer.write(partners)
            writer.write(stored)
            for column in rows.values { writer.write(column) }
        }
    }
}

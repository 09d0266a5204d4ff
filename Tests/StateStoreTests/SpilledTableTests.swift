// A table of rows by key with rows in memory and outside of it, against a dictionary.

import Columns
import TestSupport
import Testing

@testable import StateStore

@Suite struct SpilledTableTests {
    private struct Key: Hashable {
        let text: String
        let number: Int64
    }

    private struct Row: Equatable {
        let value: String
        /// When it is due.
        let time: Int64?
    }

    private final class World {
        let table = KeyedTable(keys: [.string, .long], values: [.string, .long], due: .value(1))
        let storage = MemorySpill()
        var model: [Key: Row] = [:]
        /// Bytes that were asked for.
        var asked = 0

        init() { table.useSpill(storage, part: 3, table: 1) }

        func encode(_ keys: [Key]) -> ColumnVector {
            table.keys.encode(
                [
                    ValueColumns.column(of: keys.map { .string($0.text) }, type: .string),
                    ValueColumns.column(of: keys.map { .long($0.number) }, type: .long),
                ], count: keys.count)
        }

        func prefix(_ text: String) -> ColumnVector {
            table.keys.encode([ValueColumns.column(of: [.string(text)], type: .string)], count: 1)
        }

        func room(_ bytes: Int) { asked += bytes }

        func put(_ rows: [(key: Key, row: Row)]) throws {
            let encoded = encode(rows.map(\.key))
            _ = try table.bringIn(encoded, room: room)
            table.put(
                encoded,
                [
                    ValueColumns.column(of: rows.map { .string($0.row.value) }, type: .string),
                    ValueColumns.column(of: rows.map { $0.row.time.map { .long($0) } ?? .null }, type: .long),
                ])
            for one in rows { model[one.key] = one.row }
        }

        func remove(_ keys: [Key]) throws {
            let encoded = encode(keys)
            _ = try table.bringIn(encoded, room: room)
            table.remove(encoded)
            for key in keys { model[key] = nil }
        }

        /// Rows as they are told apart here.
        static func rows(_ keys: [ColumnVector], _ values: [ColumnVector]) -> [Key: Row] {
            var rows: [Key: Row] = [:]
            for row in 0..<(keys.first?.count ?? 0) {
                guard case .string(let text) = keys[0].value(at: row), case .long(let number) = keys[1].value(at: row),
                    case .string(let value) = values[0].value(at: row)
                else { continue }
                let time: Int64? = if case .long(let time) = values[1].value(at: row) { time } else { nil }
                rows[Key(text: text, number: number)] = Row(value: value, time: time)
            }
            return rows
        }

        func held(_ rows: [UInt32]) -> [Key: Row] { Self.rows(table.keyColumns(of: rows), table.values(of: rows)) }
    }

    private static func all(of table: KeyedTable) throws -> (rows: [Key: Row], keys: [[UInt8]]) {
        var (found, keys): ([Key: Row], [[UInt8]]) = ([:], [])
        try table.forEachPiece(maximumRows: 7) { encoded, values in
            found.merge(World.rows(try table.columns(ofStored: encoded), values)) { old, _ in old }
            for row in 0..<encoded.count { keys.append(Array(encoded.run(row))) }
        }
        return (found, keys)
    }

    private static func random(_ dice: inout SeededRandom) -> (key: Key, row: Row) {
        (
            Key(text: "k\(dice.below(6))", number: Int64(dice.below(30))),
            Row(
                value: String(repeating: "v", count: dice.below(20)),
                time: dice.below(4) == 0 ? nil : Int64(dice.below(100)))
        )
    }

    /// Something that a step does in a batch, and what it finds.
    private static func act(_ world: World, _ dice: inout SeededRandom, _ hint: Comment) throws {
        let table = world.table
        let text = "k\(dice.below(6))"
        let prefix = withExtendedLifetime(world.prefix(text)) { Array($0.run(0)) }
        let own = world.model.filter { $0.key.text == text }
        switch dice.below(5) {
        case 0: try world.put((0..<dice.below(12)).map { _ in random(&dice) })
        case 1: try world.remove((0..<dice.below(6)).map { _ in random(&dice).key })
        case 2:
            _ = try table.bringIn(withPrefixes: world.prefix(text), room: world.room)
            #expect(world.held(table.rows(withPrefix: prefix)) == own, hint)
        case 3:
            let time = Int64(dice.below(30))
            _ = try table.bringIn(dueAt: time, room: world.room)
            let due = world.model.filter { $0.value.time.map { $0 <= time } ?? false }
            let held = world.held(table.rows(from: []))
            #expect(due.allSatisfy { held[$0.key] == $0.value }, hint)
            if dice.below(2) == 0 { try world.remove(Array(due.keys)) }
        default:
            #expect(try table.hasRows(withPrefix: prefix) == !own.isEmpty, hint)
            let last = own.keys.map(\.number).max().map { world.encode([Key(text: text, number: $0)]) }
            #expect(
                try table.lastKey(withPrefix: prefix)
                    == last.map { key in withExtendedLifetime(key) { Array(key.run(0)) } }, hint)
        }
    }

    private static func bytes(_ body: (inout StateWriter) -> Void) -> [UInt8] {
        var writer = StateWriter()
        body(&writer)
        return writer.finish().bytes
    }

    @Test("rows are the dictionary's wherever they are, and so are those of a snapshot with the changes since")
    func likeADictionary() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var dice = SeededRandom(seed)
        let world = World()
        var (cursor, slices, changes): (StateCursor?, [[UInt8]], [[UInt8]]) = (.start, [], [])
        for batch in 0..<150 {
            let hint: Comment = "seed \(seed), batch \(batch)"
            let before = world.model
            for _ in 0..<dice.below(4) { try Self.act(world, &dice, hint) }
            if dice.below(4) == 0 {
                #expect(world.table.rollback(), hint)
                world.model = before
            } else {
                if dice.below(5) == 0 {
                    let time = Int64(dice.below(20))
                    // Those in memory are no business of it.
                    let held = world.held(world.table.rows(from: []))
                    let due = world.model.filter { ($0.value.time.map { $0 <= time } ?? false) && held[$0.key] == nil }
                    var gone: [Key: Row] = [:]
                    try world.table.removeElsewhere(dueAt: time, withValues: true, room: world.room) {
                        gone.merge(World.rows(try world.table.columns(ofStored: $0), $1)) { old, _ in old }
                    }
                    #expect(gone == due, hint)
                    for key in due.keys { world.model[key] = nil }
                }
                changes.append(Self.bytes { world.table.encodeChanges(into: &$0) })
                world.table.markClean()
            }
            let found = try Self.all(of: world.table)
            #expect(found.rows == world.model && world.table.rowCount == world.model.count, hint)
            #expect(zip(found.keys, found.keys.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) }, hint)
            if let from = cursor {
                slices.append(Self.bytes { cursor = world.table.encodeRows(from: from, byteCount: 200, into: &$0) })
            } else {
                let copy = World()
                for bytes in slices + changes {
                    var reader = StateReader(bytes[...])
                    try copy.table.apply(&reader)
                    try reader.finish()
                    if dice.below(3) == 0 { try copy.table.spill() }
                }
                #expect(try Self.all(of: copy.table).rows == world.model, hint)
                (cursor, slices, changes) = (.start, [], [])
            }
            if dice.below(3) == 0 { try world.table.spill() }
        }
        #expect(world.asked > 0)
    }

    @Test("what is refused its room stays where it was, and what can't be read is an error from then on")
    func refused() throws {
        struct Full: Error {}
        let world = World()
        try world.put((0..<50).map { (Key(text: "a", number: $0), Row(value: "v", time: $0)) })
        try world.table.spill()
        let key = world.encode([Key(text: "a", number: 3)])
        #expect(throws: Full.self) { try world.table.bringIn(key) { _ in throw Full() } }
        #expect(throws: Full.self) { try world.table.bringIn(withPrefixes: world.prefix("a")) { _ in throw Full() } }
        #expect(throws: Full.self) { try world.table.bringIn(dueAt: 20) { _ in throw Full() } }
        #expect(world.table.rollback())
        #expect(try Self.all(of: world.table).rows == world.model)
        #expect(try world.table.firstDueElsewhere() == 0)
        world.storage.fail(afterCalls: 0)
        #expect(throws: StateStoreError.self) { try world.table.bringIn(key) { _ in } }
        world.storage.fail(afterCalls: nil)
        #expect(throws: StateStoreError.self) { try world.table.hasRows(withPrefix: []) }
        #expect(world.table.spillFailure?.code == .spill)
        #expect(!world.table.rollback())
        world.table.clear()
        #expect(world.table.spillFailure == nil && world.table.rowCount == 0)
    }
}

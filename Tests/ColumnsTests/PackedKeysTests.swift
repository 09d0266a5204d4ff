// Keys of several columns in one word: against a dictionary, however far their values move.

import Columns
import TestSupport
import Testing

@Suite struct PackedKeysTests {
    /// A table, and what it must know.
    private struct Model {
        let types: [DataType]
        let table: GroupKeys
        var groups: [[Value]: UInt32] = [:]

        init(_ types: [DataType]) {
            self.types = types
            table = GroupKeys(types: types)
        }

        mutating func add(_ rows: [[Value]], _ note: String) {
            guard !rows.isEmpty else { return }
            let columns = types.indices.map { place in column(rows.map { $0[place] }, types[place]) }
            let limit = table.memoryBytes + table.growthBytes(adding: rows.count, keys: columns)
            learn(rows, table.groups(columns, count: rows.count), note)
            #expect(table.memoryBytes <= limit, "\(note): no more than was asked for")
        }

        /// Takes in all groups of another table, as partial results come.
        mutating func add(_ other: Model, _ note: String) {
            let rows = Array(other.groups.keys)
            let theirs = rows.map { other.groups[$0] ?? 0 }
            let growth = table.growthBytes(from: other.table, groups: theirs, count: theirs.count)
            let limit = table.memoryBytes + growth
            var mapping = [UInt32](repeating: 0, count: rows.count)
            table.assignGroups(from: other.table, groups: theirs, count: theirs.count, into: &mapping)
            #expect(table.memoryBytes <= limit, "\(note): no more than was asked for")
            learn(rows, mapping, note)
        }

        private mutating func learn(_ rows: [[Value]], _ found: [UInt32], _ note: String) {
            for (row, group) in zip(rows, found) {
                #expect(groups[row] ?? group == group, "\(note), key \(row)")
                groups[row] = group
            }
            #expect(Set(groups.values).count == groups.count, "\(note): two keys share a number")
            #expect(table.count == groups.count, "\(note)")
        }

        mutating func remove(_ random: inout SeededRandom) {
            let gone = groups.filter { _ in random.next() % 3 == 0 }
            table.remove(groups: Array(gone.values), count: gone.count)
            for key in gone.keys { groups[key] = nil }
        }

        /// What the table says of its groups, and what would be stored of them.
        func check(_ note: String) {
            let all = table.allGroups()
            #expect(all == groups.values.sorted(), "\(note)")
            let columns = table.keyColumns(groups: all, count: all.count)
            for column in columns { _ = column.checked() }
            for (row, group) in all.enumerated() {
                #expect(groups[columns.map { $0.value(at: row) }] == group, "\(note)")
            }
            let expected = KeyEncoder(types: types).encode(columns, count: all.count)
            let stored = table.storedKeys(groups: all, count: all.count)
            #expect((0..<all.count).allSatisfy { stored?.value(at: $0) == expected.value(at: $0) }, "\(note)")
            let read = GroupKeys(types: types)
            var numbers = [UInt32](repeating: 0, count: all.count)
            #expect(read.assignGroups(stored: stored, count: all.count, into: &numbers), "\(note)")
            let again = read.keyColumns(groups: numbers, count: numbers.count)
            #expect(zip(again, columns).allSatisfy { $0.checked() == $1.checked() }, "\(note)")
        }
    }

    /// A value near `around`, in steps of `step`.
    private static func value(_ type: DataType, _ random: inout SeededRandom, around: Int64, step: Int64) -> Value {
        let number = around &+ Int64(random.next() % 50) &* step
        switch type {
        case .boolean: return .boolean(number & 1 == 0)
        case .byte: return .byte(Int8(truncatingIfNeeded: number))
        case .short: return .short(Int16(truncatingIfNeeded: number))
        case .integer: return .integer(Int32(truncatingIfNeeded: number))
        case .date: return .date(Int32(truncatingIfNeeded: number))
        case .float: return .float(Float(number % 1000) / 4)
        case .timestamp: return .timestamp(number)
        default: return .long(number)
        }
    }

    private static func rows(
        _ types: [DataType], _ count: Int, _ random: inout SeededRandom, around: Int64, step: Int64
    ) -> [[Value]] {
        (0..<count).map { _ in types.map { value($0, &random, around: around, step: step) } }
    }

    private static let shapes: [[DataType]] = [
        [.timestamp, .long], [.timestamp, .integer, .boolean], [.long, .short, .date], [.float, .byte],
        [.byte, .short, .boolean, .date], [.timestamp, .timestamp, .timestamp],
    ]

    /// Values that go on as time does, jump, and end where a word has no room for them.
    @Test(arguments: shapes)
    func movingValuesKeepTheirGroups(_ types: [DataType]) {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        var state = Model(types)
        var around: Int64 = 1_700_000_000_000_000
        for batch in 0..<40 {
            let note = "seed \(seed), batch \(batch)"
            let step: Int64 = [1, 10_000_000, 3, 64][batch / 10]
            switch random.next() % 8 {
            case 0: around = -around
            case 1: around &-= step * 1_000_000
            default: around &+= step * Int64(random.next() % 400)
            }
            let rows = Self.rows(types, [1, 70, 1500][Int(random.next() % 3)], &random, around: around, step: step)
            if batch % 2 == 0 {
                state.add(rows, note)
            } else {
                var partial = Model(types)
                partial.add(rows, note)
                state.add(partial, note)
            }
            state.remove(&random)
            if batch % 8 == 7 { state.check(note) }
        }
        let note = "seed \(seed), the ends"
        state.add(Self.rows(types, 20, &random, around: .max, step: 1 << 40), note)
        state.add(Self.rows(types, 20, &random, around: .min, step: 1), note)
        state.check(note)
        state.add([types.map { _ in .null }, types.indices.map { $0 == 0 ? .null : Self.zero(types[$0]) }], note)
        state.remove(&random)
        state.add(Self.rows(types, 300, &random, around: 0, step: 1), note)
        state.check(note)
    }

    private static func zero(_ type: DataType) -> Value {
        var random = SeededRandom(1)
        return value(type, &random, around: 0, step: 0)
    }

    /// A table that has given up words takes groups of one that has not, and the other way round.
    @Test(arguments: shapes, [true, false])
    func tablesOfDifferentFormsGoTogether(_ types: [DataType], _ isStatePlain: Bool) {
        var random = SeededRandom(3)
        var (state, partial) = (Model(types), Model(types))
        let near = Self.rows(types, 200, &random, around: 1_000, step: 10)
        let far = Self.rows(types, 50, &random, around: .min, step: 1 << 57) + [types.map { _ in .null }]
        state.add(near + (isStatePlain ? far : []), "state")
        partial.add(near.reversed() + (isStatePlain ? [] : far), "partial")
        state.add(partial, "both")
        state.check("both")
    }

    /// 16 bytes a slot and 8 a key, at most half of the slots in use; written out it would be more than twice as much.
    @Test func aWindowAndANumberAreOneWord() {
        let count = 100_000
        let rows = (0..<count).map { [Value.timestamp(Int64($0 / 1000) * 10_000_000), .long(Int64($0 % 1000) - 500)] }
        var model = Model([.timestamp, .long])
        let empty = model.table.memoryBytes
        model.add(rows, "all")
        let (slots, keys) = (262_144 * 16, 131_072 * 8)
        #expect(model.table.memoryBytes - empty <= slots + keys)
        // As windows go on, and the oldest go, the table stays one of words.
        for window in 100..<400 as Range<Int64> {
            let old = model.groups.filter { $0.key[0] == .timestamp((window - 100) * 10_000_000) }
            model.table.remove(groups: Array(old.values), count: old.count)
            for key in old.keys { model.groups[key] = nil }
            model.add((0..<100).map { [.timestamp(window * 10_000_000), .long($0 * 7)] }, "window \(window)")
        }
        model.check("in the end")
        #expect(model.table.memoryBytes - empty <= slots + keys + 8 * count)
    }

    /// The hash that chooses a key's shard is that of its stored bytes.
    @Test func shardsDoNotDependOnTheForm() {
        var random = SeededRandom(5)
        let types: [DataType] = [.timestamp, .integer]
        var model = Model(types)
        model.add(Self.rows(types, 5000, &random, around: 77, step: 1_000_000), "all")
        var shards = [UInt32](repeating: 9, count: model.table.groupLimit)
        model.table.shards(count: 5, into: &shards)
        let all = model.table.allGroups()
        let bytes = KeyEncoder(types: types).encode(
            model.table.keyColumns(groups: all, count: all.count), count: all.count)
        for (row, group) in all.enumerated() {
            #expect(Int(shards[Int(group)]) == StableHash.shard(of: StableHash.hash(bytes.run(row)), shards: 5))
        }
    }
}

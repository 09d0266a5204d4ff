// Group tables against a dictionary.

import Columns
import TestSupport
import Testing

@Suite struct HashTableTests {
    /// Numbers random keys in batches and compares with a dictionary from values to numbers.
    @Test(
        arguments: keyTypes.map { [$0] } + [
            [.string, .long], [.boolean, .binary, .double], [.long, .timestamp],
            [.decimal(precision: 5, scale: 0), .string], [.float, .short, .date],
        ], [true, false])
    func numbersKeysLikeADictionary(types: [DataType], hasNulls: Bool) {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        let table = GroupKeys(types: types)
        var model: [[Value]: UInt32] = [:]
        var order: [[Value]] = []
        for batch in 0..<6 {
            let count = [0, 1, 700, 1024, 1025, 3000][batch]
            let columns = types.map { type in
                column((0..<count).map { _ in randomValue(type, &random, nulls: hasNulls && batch % 2 == 0) }, type)
            }
            let limit = table.memoryBytes + table.growthBytes(adding: count, keys: columns)
            let groups = table.groups(columns, count: count)
            #expect(table.memoryBytes <= limit, "seed \(seed), batch \(batch): no more than was asked for")
            for row in 0..<count {
                let key = columns.map { $0.value(at: row) }
                if let known = model[key] {
                    #expect(groups[row] == known, "seed \(seed), batch \(batch), row \(row), key \(key)")
                } else {
                    #expect(!model.values.contains(groups[row]), "seed \(seed): a new key took an old number")
                    model[key] = groups[row]
                    order.append(key)
                }
            }
        }
        #expect(table.count == model.count, "seed \(seed)")
        let groups = order.map { model[$0] ?? 0 }
        let columns = table.keyColumns(groups: groups, count: groups.count)
        for (row, key) in order.enumerated() {
            #expect(columns.map { $0.value(at: row) } == key, "seed \(seed)")
        }
        #expect(columns.map(\.type) == types)

        // Into another table: directly, and as stored keys.
        let other = GroupKeys(types: types)
        var mapping = [UInt32](repeating: 0, count: groups.count)
        other.assignGroups(from: table, groups: groups, count: groups.count, into: &mapping)
        let copied = other.keyColumns(groups: mapping, count: mapping.count)
        #expect((0..<order.count).allSatisfy { row in copied.map { $0.value(at: row) } == order[row] }, "seed \(seed)")
        #expect(other.count == table.count)
        let third = GroupKeys(types: types)
        let stored = table.storedKeys(groups: groups, count: groups.count)
        #expect(third.assignGroups(stored: stored, count: groups.count, into: &mapping))
        let restored = third.keyColumns(groups: mapping, count: mapping.count)
        #expect(
            (0..<order.count).allSatisfy { row in restored.map { $0.value(at: row) } == order[row] }, "seed \(seed)")

        // The same keys get the same shards in every table.
        var shards = [UInt32](repeating: 9, count: table.groupLimit)
        table.shards(count: 7, into: &shards)
        var otherShards = [UInt32](repeating: 9, count: other.groupLimit)
        other.shards(count: 7, into: &otherShards)
        #expect(shards.allSatisfy { $0 < 7 })
        var otherMapping = [UInt32](repeating: 0, count: groups.count)
        other.assignGroups(from: table, groups: groups, count: groups.count, into: &otherMapping)
        for (row, group) in groups.enumerated() {
            #expect(shards[Int(group)] == otherShards[Int(otherMapping[row])], "seed \(seed)")
        }

        table.clear()
        #expect(table.count == 0 && table.groupLimit == 0)
        let again = types.map { column([.null, .null], $0) }
        #expect(table.groups(again, count: 2) == [0, 0])
    }

    /// Windows are equally long until one is not: the table's form of keys changes, its groups don't.
    @Test(arguments: ["window", "word and window", "window, then NULL"])
    func windowsKeepTheirGroups(_ kind: String) {
        let window = DataType.structure([Field("start", .timestamp), Field("end", .timestamp)])
        let types = kind == "word and window" ? [DataType.string, window] : [window]
        func columns(_ rows: Range<Int64>, length: Int64?) -> [ColumnVector] {
            let windows = rows.map { row -> Value in
                guard let length else { return .null }
                return .structure([.timestamp(row / 2 * 10), .timestamp(row / 2 * 10 + length)])
            }
            let words = rows.map { Value.string(String(repeating: "w", count: Int($0 % 2) * 20)) }
            return types.map { column($0 == .string ? words : windows, $0) }
        }
        let (table, partial) = (GroupKeys(types: types), GroupKeys(types: types))
        let batches = [
            columns(0..<40, length: 10), columns(20..<60, length: 10),
            columns(0..<40, length: kind == "window, then NULL" ? nil : 15), columns(0..<40, length: 10),
        ]
        var model: [[Value]: UInt32] = [:]
        for batch in batches {
            for (row, group) in table.groups(batch, count: 40).enumerated() {
                let key = batch.map { $0.value(at: row) }
                #expect(model[key] ?? group == group)
                model[key] = group
            }
            // The same through a table of another form, as partial results come.
            partial.clear()
            let theirs = partial.groups(batch, count: 40)
            var mapping = [UInt32](repeating: 0, count: 40)
            table.assignGroups(from: partial, groups: theirs, count: 40, into: &mapping)
            #expect((0..<40).allSatisfy { row in model[batch.map { $0.value(at: row) }] == mapping[row] })
        }
        #expect(table.count == model.count)
        let groups = model.values.sorted()
        let keys = table.keyColumns(groups: groups, count: groups.count)
        #expect(keys.allSatisfy { $0.brokenInvariants().isEmpty })
        for (row, group) in groups.enumerated() { #expect(model[keys.map { $0.value(at: row) }] == group) }

        // What is stored does not depend on the form.
        let expected = KeyEncoder(types: types).encode(keys, count: groups.count)
        let stored = table.storedKeys(groups: groups, count: groups.count)
        #expect((0..<groups.count).allSatisfy { stored?.value(at: $0) == expected.value(at: $0) })
        let compact = GroupKeys(types: types)
        _ = compact.groups(batches[0], count: 40)
        var shards = [UInt32](repeating: 9, count: compact.groupLimit)
        compact.shards(count: 5, into: &shards)
        let all = compact.allGroups()
        let bytes = KeyEncoder(types: types).encode(
            compact.keyColumns(groups: all, count: all.count), count: all.count)
        for (row, group) in all.enumerated() {
            #expect(Int(shards[Int(group)]) == StableHash.shard(of: StableHash.hash(bytes.run(row)), shards: 5))
        }
    }

    @Test func removedGroupsStayRemovedInAnotherForm() {
        let table = GroupKeys(types: [.long, .integer])
        func keys(_ values: [Int64?]) -> [ColumnVector] {
            [
                column(values.map { $0.map { .long($0) } ?? .null }, .long),
                column(values.map { .integer(Int32($0 ?? 7)) }, .integer),
            ]
        }
        #expect(table.groups(keys([1, 2, 3]), count: 3) == [0, 1, 2])
        table.remove(groups: [1], count: 1)
        #expect(table.groups(keys([nil]), count: 1) == [1])
        #expect(table.groups(keys([3, 1, 2, nil]), count: 4) == [2, 0, 3, 1])
        table.remove(groups: [0, 2], count: 2)
        #expect(table.count == 2 && table.allGroups() == [1, 3])
    }

    @Test func plainAndViewLayoutGiveTheSameGroups() {
        var random = SeededRandom(7)
        let column = column((0..<5000).map { _ in randomValue(.string, &random) }, .string)
        let plain = GroupKeys(types: [.string])
        let view = GroupKeys(types: [.string])
        #expect(plain.groups([column], count: 5000) == view.groups([viewLayout(column)], count: 5000))
    }

    @Test func nullIsNotTheEmptyKey() {
        let table = GroupKeys(types: [.string])
        let groups = table.groups(
            [column([.string(""), .null, .string(""), .null, .string("\u{0}")], .string)], count: 5)
        #expect(Set(groups).count == 3)
        #expect(groups[0] == groups[2] && groups[1] == groups[3])
        let keys = table.keyColumns(groups: groups, count: 5)[0]
        #expect((0..<5).map { keys.value(at: $0) } == [.string(""), .null, .string(""), .null, .string("\u{0}")])
        let words = GroupKeys(types: [.long])
        let wordGroups = words.groups([column([.long(0), .null, .long(0), .null], .long)], count: 4)
        #expect(Set(wordGroups).count == 2)
    }

    @Test(arguments: [[DataType.double], [.double, .string]])
    func zerosAndNaNsAreOneKeyEach(types: [DataType]) {
        let values: [Value] = [
            .double(0), .double(-0.0), .double(.nan), .double(-.nan), .double(.signalingNaN), .double(1),
        ]
        var columns = [column(values, .double)]
        if types.count == 2 { columns.append(column(values.map { _ in .string("k") }, .string)) }
        let groups = GroupKeys(types: types).groups(columns, count: 6)
        #expect(groups == [0, 0, 1, 1, 1, 2])
    }

    /// Removing closes gaps and reuses numbers: against a dictionary, over many rounds.
    @Test(arguments: [DataType.long, .string])
    func removedKeysAreNewAgain(type: DataType) {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        let table = GroupKeys(types: [type])
        var model: [Value: UInt32] = [:]
        for _ in 0..<60 {
            let values: [Value] = (0..<400).map { _ in
                let number = Int64(random.next() % 3000)
                if number == 0 { return .null }
                return type == .long ? .long(number) : .string("key with more than sixteen bytes \(number)")
            }
            let groups = table.groups([column(values, type)], count: values.count)
            for (row, value) in values.enumerated() {
                #expect(model[value] == nil || model[value] == groups[row], "seed \(seed)")
                model[value] = groups[row]
            }
            #expect(Set(model.values).count == model.count, "seed \(seed): two keys share a number")
            let removed = model.filter { _ in random.next() % 3 == 0 }
            let numbers = Array(removed.values)
            table.remove(groups: numbers, count: numbers.count)
            for key in removed.keys { model[key] = nil }
            #expect(table.count == model.count, "seed \(seed)")
        }
        let keys = Array(model.keys)
        let column = table.keyColumns(groups: keys.map { model[$0] ?? 0 }, count: keys.count)[0]
        #expect(keys.indices.allSatisfy { column.value(at: $0) == keys[$0] }, "seed \(seed)")
    }

    /// A table with few groups for its size is cleared group by group, and no group stays behind.
    @Test(arguments: [DataType.long, .string])
    func nothingIsLeftOfClearedGroups(type: DataType) {
        let table = GroupKeys(types: [type])
        // The first makes the table large; of the others some are few for it.
        for (round, count) in [500, 40, 3, 64, 65, 0, 2_000, 125, 1].enumerated() {
            var values: [Value] = (0..<count).map { number in
                let text = "a key of round \(round) and number \(number)"
                return type == .long ? .long(Int64(round * 7 + number)) : .string(number % 2 == 0 ? text : "\(number)")
            }
            if count > 1 { values[0] = .null }
            let isNumbered = table.groups([column(values, type)], count: count) == Array(0..<UInt32(count))
            #expect(isNumbered, "round \(round)")
            // Also where some were removed before.
            if round % 2 == 1, count > 3 { table.remove(groups: [0, 1, UInt32(count) - 1], count: 3) }
            table.clear()
            #expect(table.count == 0 && table.groupLimit == 0 && table.allGroups() == [])
        }
    }

    /// With a known seed one can make all keys collide; with another seed the same keys spread.
    @Test func collidingKeysOfOneSeedSpreadUnderAnother() {
        let known = HashSeed(first: 0x1111_2222_3333_4445, second: 0x9999_AAAA_BBBB_CCCD, third: 0x8765_4321_0FED_CBA9)
        // A second word that cancels the seed makes every product 0.
        let cancelling = known.second ^ 16
        let count = 3000
        let keys: [Value] = (0..<count).map { number in
            .binary(
                withUnsafeBytes(of: UInt64(number).littleEndian) { Array($0) }
                    + withUnsafeBytes(of: cancelling.littleEndian) { Array($0) })
        }
        let column = column(keys, .binary)
        var groups = [UInt32](repeating: 0, count: count)
        var attacked = GroupTable(seed: known)
        attacked.assignGroups(keys: column, count: count, into: &groups)
        #expect(attacked.totalDisplacement == count * (count - 1) / 2, "the attack works where the seed is known")
        var safe = GroupTable()
        safe.assignGroups(keys: column, count: count, into: &groups)
        #expect(safe.count == count)
        #expect(safe.totalDisplacement < count * 4)
    }

    /// 100,000 keys that would collide without a hash, or share a long beginning, stay cheap.
    @Test func manyCollidingKeysStayLinear() {
        let count = 100_000
        // Equal in all the bits that a table of this size would look at, were it not for the hash.
        let keys = (0..<count).map { UInt64($0) << 32 ^ 1 }
        let texts: [Value] = (0..<count).map { .string("a common beginning of the keys \($0)") }
        let column = column(texts, .string)
        var groups = [UInt32](repeating: 0, count: count)
        var fixed: [Int] = []
        var runs: [Int] = []
        for number in 1...9 as ClosedRange<UInt64> {
            // Spread as random words are, and the same in every run.
            let (a, b, c) = (mixed(3 * number), mixed(3 * number + 1), mixed(3 * number + 2))
            let seed = HashSeed(first: a, second: b | 0x8000_0000_0000_0001, third: c | 0x8000_0000_0000_0001)
            var table = FixedGroupTable(seed: seed)
            table.assignGroups(keys: keys, count: count, into: &groups)
            #expect(table.count == count)
            fixed.append(table.totalDisplacement)
            var texts = GroupTable(seed: seed)
            texts.assignGroups(keys: column, count: count, into: &groups)
            #expect(texts.count == count)
            runs.append(texts.totalDisplacement)
        }
        // Of several seeds the middle one: a single seed may give a few long runs of slots.
        #expect(fixed.sorted()[4] < count * 4)
        #expect(runs.sorted()[4] < count * 4)
    }

    /// SplitMix64's finish.
    private func mixed(_ number: UInt64) -> UInt64 {
        var bits = number &* 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }

    @Test func damagedStoredKeysAreRefused() {
        let table = GroupKeys(types: [.string, .long])
        var groups: [UInt32] = [0]
        for bytes: [UInt8] in [[], [1], [2, 0], [1, 255, 255, 255, 255, 1], [0, 0, 0], [1, 0, 0, 0, 0, 1, 1]] {
            #expect(!table.assignGroups(stored: column([.binary(bytes)], .binary), count: 1, into: &groups))
        }
        #expect(!table.assignGroups(stored: column([.long(1)], .long), count: 1, into: &groups))
        #expect(table.count == 0)
        #expect(table.assignGroups(stored: column([.binary([0, 0])], .binary), count: 1, into: &groups))
    }
}

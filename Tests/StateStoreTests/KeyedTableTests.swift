// A table of rows by key against a dictionary: batches, rollbacks, restarts, a disk that fails.

import Columns
import DurableFiles
import TestSupport
import Testing

@testable import StateStore

@Suite struct KeyedTableTests {
    /// A key of a text and a time, in the order of the table's bytes.
    struct Key: Hashable, Comparable {
        var text: String
        var time: Int64

        static func < (left: Key, right: Key) -> Bool {
            left.text == right.text
                ? left.time < right.time : left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
        }
    }

    static let valueTypes: [DataType] = [
        .long, .string, .boolean, .array(.string, containsNull: true),
        .structure([Field("a", .decimal(precision: 20, scale: 2)), Field("b", .string)]), .null,
        .map(key: .string, value: .integer, valueContainsNull: true),
    ]

    @Test("what is read of a table at once stays far below what a column can hold, with one row at least")
    func pieces() {
        let table = KeyedTable(keys: [.string], values: [.long, .string])
        let large = Value.string(String(repeating: "x", count: 33 << 20))
        let keys = ValueColumns.column(of: ["a", "b", "c"].map { .string($0) }, type: .string)
        table.put(
            table.keys.encode([keys], count: 3),
            [
                ValueColumns.column(of: [.long(1), .long(2), .long(3)], type: .long),
                ValueColumns.column(of: [large, large, .null], type: .string),
            ])
        let rows = table.rows(from: [])
        #expect(table.pieceLength(rows[...]) == 1)
        #expect(table.pieceLength(rows[1...]) == 2)
        #expect(table.values(0, of: rows).value(at: 2) == .long(3))
    }

    @Test("rows that share their bytes ask for room of their own, and rows of a large column for their own alone")
    func growth() {
        let texts = ValueColumns.column(
            of: [.string(String(repeating: "x", count: 1 << 20)), .string("a")], type: .string)
        let same = TakeKernel.take(texts, Selection([Int32](repeating: 0, count: 100)))
        #expect(SlotColumn(.string).growthBytes(100, storing: same) >= 100 << 20)
        let short = TakeKernel.take(texts, Selection([1]))
        #expect(SlotColumn(.string).growthBytes(1, storing: short) < 1 << 10)
        let lists = ValueColumns.column(
            of: [.array([.string(String(repeating: "y", count: 1 << 16))])],
            type: .array(.string, containsNull: false))
        let many = TakeKernel.take(lists, Selection([Int32](repeating: 0, count: 50)))
        #expect(SlotColumn(lists.type).growthBytes(50, storing: many) >= 50 << 16)
    }

    @Test("lists of structures ask for what they take, long and empty")
    func growthOfLists() {
        let pair = DataType.structure([Field("a", .long), Field("b", .long)])
        let lists = DataType.array(pair, containsNull: true)
        let column = SlotColumn(lists)
        for batch in 0..<40 {
            let (first, count) = (batch * 100, 100)
            let values = ValueColumns.column(
                of: (0..<count).map { row in
                    .array((0..<(row % 3 * 8)).map { .structure([.long(Int64($0)), .long(Int64(row))]) })
                }, type: lists)
            let limit = column.memoryBytes + column.growthBytes(first + count, storing: values)
            column.reserve(first + count)
            let numbers = (first..<(first + count)).map { UInt32($0) }
            numbers.withUnsafeBufferPointer { numbers in
                if let start = numbers.baseAddress { column.store(values, into: start) }
            }
            #expect(column.memoryBytes <= limit, "batch \(batch)")
        }
    }

    static func makeTable() -> KeyedTable { KeyedTable(keys: [.string, .timestamp], values: valueTypes) }

    typealias Model = [Key: [Value]]

    /// Random changes to a table and to its model.
    static func change(_ table: KeyedTable, _ model: inout Model, _ random: inout SeededRandom) {
        for _ in 0..<(1 + random.next() % 4) {
            let count = Int(random.next() % 20)
            let keys = (0..<count).map { _ in
                Key(text: String(repeating: "a\0", count: Int(random.next() % 4)), time: Int64(random.next() % 12) - 6)
            }
            let encoded = encode(keys, table)
            if random.next() % 3 == 0 {
                table.remove(encoded)
                for key in keys { model[key] = nil }
            } else {
                let values = keys.map { _ in valueTypes.map { StateColumnsTests.randomValue($0, &random) } }
                let columns = valueTypes.indices.map { column in
                    ValueColumns.column(of: values.map { $0[column] }, type: valueTypes[column])
                }
                table.put(encoded, columns)
                for (key, value) in zip(keys, values) { model[key] = value }
            }
            if random.next() % 5 == 0 {
                // By time within a text.
                let from = Key(text: "a\0", time: 0)
                let rows = table.rows(
                    from: bytes(from, table), to: bytes(Key(text: "a\0", time: 3), table), limit: 2)
                let expected = model.keys.filter { from <= $0 && $0 < Key(text: "a\0", time: 3) }.sorted().prefix(2)
                table.remove(rows: rows)
                for key in expected { model[key] = nil }
            }
        }
    }

    static func encode(_ keys: [Key], _ table: KeyedTable) -> ColumnVector {
        table.keys.encode(
            [
                ValueColumns.column(of: keys.map { .string($0.text) }, type: .string),
                ValueColumns.column(of: keys.map { .timestamp($0.time) }, type: .timestamp),
            ], count: keys.count)
    }

    static func bytes(_ key: Key, _ table: KeyedTable) -> [UInt8] {
        table.keys.encode([.string(key.text), .timestamp(key.time)])
    }

    /// Rows as text, in order.
    static func text(_ table: KeyedTable, _ rows: [UInt32]) -> [String] {
        let columns = (table.keyColumns(of: rows) + table.values(of: rows)).map { StateColumnsTests.rows($0) }
        return rows.indices.map { row in columns.map { $0[row] }.joined(separator: " | ") }
    }

    static func text(_ model: Model, where isKept: (Key) -> Bool = { _ in true }) -> [String] {
        model.keys.filter(isKept).sorted().map { key in
            let values = [.string(key.text), .timestamp(key.time)] + (model[key] ?? [])
            let types = [.string, .timestamp] + valueTypes
            return zip(values, types).map { StateColumnsTests.rows(ValueColumns.column(of: [$0], type: $1))[0] }
                .joined(separator: " | ")
        }
    }

    static func check(_ table: KeyedTable, _ model: Model, _ note: String) {
        #expect(text(table, table.rows(from: [])) == text(model), "\(note)")
        #expect(table.rowCount == model.count, "\(note)")
        let prefix = table.keys.encode([.string("a\0")])
        #expect(text(table, table.rows(withPrefix: prefix)) == text(model) { $0.text == "a\0" }, "\(note)")
        let low = Key(text: "a\0", time: -2)
        let high = Key(text: "a\0a\0", time: 1)
        let range = table.rows(from: bytes(low, table), to: bytes(high, table))
        #expect(text(table, range) == text(model) { low <= $0 && $0 < high }, "\(note)")
        let keys = ["", "a\0", "b"].flatMap { text in [-1, 0, 7].map { Key(text: text, time: $0) } }
        var found = [UInt32](repeating: 0, count: keys.count)
        table.find(encode(keys, table), into: &found)
        for (key, row) in zip(keys, found) { #expect((row == KeyedTable.absent) == (model[key] == nil), "\(note)") }
    }

    @Test func likeADictionaryOverBatchesAndRollbacks() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        let table = Self.makeTable()
        var committed: Model = [:]
        for batch in 0..<60 {
            var model = committed
            Self.change(table, &model, &random)
            Self.check(table, model, "seed \(seed), batch \(batch)")
            if random.next() % 3 == 0 {
                #expect(table.rollback())
            } else {
                table.markClean()
                committed = model
            }
            Self.check(table, committed, "seed \(seed), batch \(batch), ended")
            #expect(table.updatedCount == 0)
        }
        table.clear()
        Self.check(table, [:], "seed \(seed)")
    }

    /// More rows than a leaf has, in ascending and in random order.
    @Test(arguments: [true, false])
    func manyRowsStayInOrder(isAscending: Bool) {
        var random = SeededRandom(3)
        let table = KeyedTable(keys: [.long], values: [])
        var times = (0..<20_000).map { Int64($0) * 3 }
        if !isAscending { times.shuffle(using: &random) }
        for start in stride(from: 0, to: times.count, by: 1000) {
            let values = times[start..<(start + 1000)].map { Value.long($0) }
            table.put(table.keys.encode([ValueColumns.column(of: values, type: .long)], count: 1000), [])
            table.markClean()
        }
        func all() -> [Int64] {
            let rows = table.rows(from: [])
            let column = table.keyColumns(of: rows)[0]
            return rows.indices.map { column.slots(as: Int64.self)[$0] }
        }
        #expect(all() == times.sorted())
        // Timers: those due come in order, and go.
        let due = table.rows(from: [], to: table.keys.encode([.long(30_000)]))
        #expect(due.count == 10_000)
        table.remove(rows: due)
        #expect(table.rows(from: [], limit: 1).count == 1)
        table.markClean()
        #expect(all() == times.filter { $0 >= 30_000 }.sorted())
        #expect(table.rowCount == 10_000)
    }

    @Test("the last row of a key is looked for among the rows of that key, whatever has gone of the others")
    func lastRowOfAKey() {
        let table = KeyedTable(keys: [.long, .long], values: [])
        func put(_ keys: Range<Int64>, elements: Range<Int64>) {
            let rows = keys.flatMap { key in elements.map { (key, $0) } }
            let columns = [rows.map { Value.long($0.0) }, rows.map { Value.long($0.1) }]
            table.put(
                table.keys.encode(columns.map { ValueColumns.column(of: $0, type: .long) }, count: rows.count), [])
        }
        func last(_ key: Int64) -> (element: Value?, looked: Int) {
            var looked = 0
            let row = table.lastRow(withPrefix: table.keys.encode([.long(key)])) { _ in looked += 1 }
            return (row.map { table.keyColumns(of: [$0])[1].value(at: 0) }, looked)
        }
        put(0..<1000, elements: 0..<3)
        table.markClean()
        table.remove(rows: table.rows(from: [], to: table.keys.encode([.long(900)])))
        // Of a key without rows: those of its own that are gone, and the one before.
        for key in [1, 500, 899] as [Int64] { #expect(last(key) == (nil, 4)) }
        #expect(last(0) == (nil, 3) && last(900) == (.long(2), 1) && last(2000) == (nil, 1))
        put(500..<501, elements: 0..<1)
        #expect(last(500) == (.long(0), 3))
        #expect(last(501) == (nil, 4))
    }

    /// The whole life in a store: batches, given-up ones, snapshots under way, power cuts at random operations.
    @Test func survivesCrashesInAStore() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        let disk = FaultyDisk()
        var committed: [Model] = [[:], [:]]
        var version = StateVersion.empty
        var runs = 0
        while version.number < 60 {
            runs += 1
            let tables = [Self.makeTable(), Self.makeTable()]
            var options = StateStoreOptions(memoryBudgetBytes: 1 << 30)
            options.maximumReplayVersions = 3
            options.sliceBytes = 256
            options.changelogBytes = 4000
            options.growth = AppendLogGrowth(firstBytes: 2048, nextBytes: 2048)
            options.writesInBackground = false
            let store = try StateStore(
                directory: StateWorld.directory,
                operators: [StateOperator(name: "join-0", table: "left", shape: tables[0].shape, shards: tables)],
                runID: "r\(runs)", options: options, disk: disk)
            try store.load(version: version.number, attempt: version.attempt)
            for (table, model) in zip(tables, committed) { Self.check(table, model, "seed \(seed), \(version)") }
            disk.inject(.powerCut, at: disk.operationCount + Int(random.next() % 60))
            do {
                for attempt in 0..<20 {
                    var models = committed
                    for index in tables.indices { Self.change(tables[index], &models[index], &random) }
                    if random.next() % 5 == 0 {
                        try store.rollback()
                        for (table, model) in zip(tables, committed) { Self.check(table, model, "seed \(seed)") }
                        continue
                    }
                    let next = StateVersion(version.number + 1, attempt: "r\(runs)-\(attempt)")
                    _ = try store.prepare(version: next.number, attempt: next.attempt, metadata: [])
                    (version, committed) = (next, models)
                    store.committed(version: next.number, attempt: next.attempt)
                }
            } catch {
                #expect(error.code == .disk, "seed \(seed): \(error)")
            }
            disk.restart(.some(seed: random.next()))
        }
        #expect(runs > 3, "seed \(seed)")
    }

    @Test func damagedRowsAreRefused() {
        var random = SeededRandom(4)
        let table = Self.makeTable()
        var model: Model = [:]
        for _ in 0..<4 { Self.change(table, &model, &random) }
        var writer = StateWriter()
        table.encodeChanges(into: &writer)
        let whole = writer.finish().bytes
        for length in stride(from: 0, to: whole.count, by: 3) {
            var reader = StateReader(whole[..<length])
            #expect(throws: StateFormatError.self) { try Self.makeTable().apply(&reader) }
        }
        for position in whole.indices {
            var bytes = whole
            bytes[position] ^= 1 << UInt8(position % 8)
            var reader = StateReader(bytes[...])
            try? Self.makeTable().apply(&reader)
        }
    }
}

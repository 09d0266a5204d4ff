// Finding rows by key, and what is read of them, against plain loops.

import Columns
import TestSupport
import Testing

@testable import Operators

@Suite struct JoinIndexTests {
    private static let keyTypes: [[DataType]] = [
        [], [.long], [.integer], [.boolean], [.double], [.float], [.string], [.timestamp],
        [.decimal(precision: 20, scale: 2)], [.long, .string], [.array(.integer, containsNull: true)],
    ]

    /// Rows of few different values, so that many meet.
    private static func rows(_ types: [DataType], _ count: Int, _ random: inout SeededRandom) -> [[Value]] {
        let columns = types.map { type in
            let pool = randomValues(type, 6, nulls: 0.2, &random)
            return (0..<count).map { _ in pool[Int.random(in: 0..<pool.count, using: &random)] }
        }
        return (0..<count).map { row in columns.map { $0[row] } }
    }

    private static func columns(_ rows: [[Value]], _ types: [DataType]) -> [ColumnVector] {
        types.indices.map { index in column(rows.map { $0[index] }, types[index]) }
    }

    /// Every key as a run of bytes: equal ones are equal keys.
    private static func bytes(_ rows: [[Value]], _ types: [DataType]) -> [[UInt8]] {
        let column = KeyEncoder(types: types).encode(columns(rows, types), count: rows.count)
        return rows.indices.map { Array(column.run($0)) }
    }

    @Test("what is found is what a loop finds, in the order of the rows", arguments: keyTypes, [1, 7, 4096])
    func lookups(types: [DataType], limit: Int) {
        var random = SeededRandom(9)
        let shared = Self.rows(types, 40, &random)
        let built = [Array(shared[..<25]), Self.rows(types, 10, &random), Array(shared[25...])]
        let probing = shared.shuffled(using: &random) + Self.rows(types, 20, &random)
        func keys(_ rows: [[Value]]) -> CanonicalKeys { CanonicalKeys(Self.columns(rows, types), count: rows.count) }
        let (own, others) = (Self.bytes(probing, types), built.flatMap { Self.bytes($0, types) })
        var expected: [[Int]] = []
        for (row, key) in probing.enumerated() where !key.contains(.null) {
            expected += others.indices.filter { others[$0] == own[row] }.map { [row, $0] }
        }
        // A seed under which everything falls into few buckets.
        for seed in [HashSeed.process, HashSeed(first: 0, second: 0, third: 0)] {
            let index = JoinIndex(
                built.map(keys), columns: built.map { Self.columns($0, types) }, types: types, seed: seed)
            var lookup = JoinIndex.Lookup(index, keys(probing))
            var found: [[Int]] = []
            var (looking, numbers) = ([Int32](repeating: 0, count: limit), [UInt32](repeating: 0, count: limit))
            while true {
                let count = lookup.next(limit, rows: &looking, numbers: &numbers)
                found += (0..<count).map { [Int(looking[$0]), Int(numbers[$0])] }
                if count < limit { break }
            }
            #expect(found == expected)
            let bits = JoinIndex.Lookup(index, keys(probing)).found()
            let hits = Set(expected.map { $0[0] })
            for row in probing.indices { #expect(Bitmap.get(bits.pointer(as: UInt8.self), row) == hits.contains(row)) }
        }
    }

    private static let held = allTypes.filter(RowLayout.holds)

    @Test("values come out of rows as they went in, NULL or not", arguments: [false, true])
    func values(isKeyOfRows: Bool) {
        var random = SeededRandom(4)
        let types = [.long] + Self.held
        // No NULL in the first batch, and many in the second.
        let batches = [0.0, 0.4].map { nulls in types.map { randomValues($0, 50, nulls: nulls, &random) } }
        let columns = batches.map { zip($0, types).map { column($0, $1) } }
        let index = JoinIndex(
            columns.map { CanonicalKeys([$0[0]], count: 50) }, columns: columns, types: types,
            keyColumn: isKeyOfRows ? 0 : nil)
        let numbers = (0..<300).map { _ in UInt32.random(in: 0..<100, using: &random) }
        for (place, type) in types.enumerated() {
            let all = ConcatKernel.concat(columns: columns.map { $0[place] })
            let found = index.gather(place, numbers, count: numbers.count)
            let expected = TakeKernel.take(all, Selection(numbers.map { Int32($0) }))
            for row in numbers.indices { #expect("\(found.value(at: row))" == "\(expected.value(at: row))", "\(type)") }
            #expect(found.nullCount == expected.nullCount)
        }
    }
}

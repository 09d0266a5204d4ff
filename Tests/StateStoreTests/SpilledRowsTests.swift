// Rows outside of memory are looked up in the order in which they lie there, whatever the order of those who ask.

import Columns
import TestSupport
import Testing

@testable import StateStore

@Suite struct SpilledRowsTests {
    /// Rows with NULL and the even numbers below a limit as keys; a row's value is three times its key, or -1.
    private static func rows(below limit: Int64, in storage: MemorySpill) throws -> SpilledRows {
        let rows = SpilledRows(in: storage, part: 1, keyType: .long, valueTypes: [.long], hasEnds: true)
        let keys = [nil] + stride(from: 0, to: limit, by: 2).map { Int64?($0) }
        // Each second row ends, at a time that is its key.
        try rows.put(
            column(keys.reversed()), [column(keys.reversed().map { $0.map { $0 * 3 } ?? -1 })],
            ends: column(keys.reversed().map { $0.flatMap { $0 % 4 == 0 ? $0 : nil } }))
        return rows
    }

    private static func column(_ numbers: [Int64?]) -> ColumnVector {
        ValueColumns.column(of: numbers.map { $0.map { .long($0) } ?? .null }, type: .long)
    }

    private static func numbers(_ column: ColumnVector) -> [Int64?] {
        (0..<column.count).map { if case .long(let number) = column.value(at: $0) { number } else { nil } }
    }

    /// NULL and all numbers below a limit, in any order.
    private static func asked(below limit: Int64, seed: UInt64) -> [Int64?] {
        var random = SeededRandom(seed)
        return ([nil] + (0..<limit).map { Int64?($0) }).shuffled(using: &random)
    }

    private static func places(among asked: [Int64?]) -> [Int] {
        asked.indices.filter { asked[$0].map { $0 % 2 == 0 } ?? true }
    }

    @Test func placesAreThoseOfTheKeysThatWereAskedFor() throws {
        // Few rows, and so many keys that they are put in order in two pieces.
        let storage = MemorySpill()
        let rows = try Self.rows(below: 500, in: storage)
        let asked = Self.asked(below: 500, seed: 7) + (500..<66_000).map { Int64?(-$0) }
        #expect(try rows.places(of: Self.column(asked)) == Self.places(among: asked).filter { $0 <= 500 })
        #expect(storage.isAskedInOrder)
    }

    @Test func rowsComeWithTheirPlacesAndKeys() throws {
        let storage = MemorySpill()
        let rows = try Self.rows(below: 10_000, in: storage)
        let asked = Self.asked(below: 10_000, seed: 8)
        var found: [Int: Int64?] = [:]
        try rows.take(Self.column(asked)) { piece in
            #expect(Self.numbers(piece.keys) == piece.places.map { asked[$0] })
            for (place, value) in zip(piece.places, Self.numbers(piece.values[0])) { found[place] = value }
        }
        #expect(found.keys.sorted() == Self.places(among: asked))
        #expect(found.allSatisfy { place, value in value == asked[place].map { $0 * 3 } ?? -1 })
        #expect(storage.isAskedInOrder)
        // Nothing is left, not even the times of rows.
        #expect(rows.isEmpty)
        #expect(try storage.entries(from: [], before: [255], maximumCount: 1, byteCount: 1).keys.count == 0)
    }

    @Test func changedRowsKeepTheirKeysAndTimes() throws {
        let storage = MemorySpill()
        let rows = try Self.rows(below: 1000, in: storage)
        let asked = Self.asked(below: 1000, seed: 9)
        rows.change(Self.column(asked)) { values in [Self.column(Self.numbers(values[0]).map { $0.map { $0 + 1 } })] }
        let final = try #require(try rows.takeFinal(at: 500, maximumCount: 2000, byteCount: 1 << 20, withValues: true))
        #expect(Self.numbers(final.keys) == stride(from: 0, through: 500, by: 4).map { Int64?($0) })
        #expect(Self.numbers(final.values[0]) == stride(from: 0, through: 500, by: 4).map { Int64?($0 * 3 + 1) })
    }
}
